//! Events to measure with: of a few kinds, each event with values of its own, the same ones every time.

use std::collections::HashSet;

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Events of one kind.
#[derive(Debug)]
pub struct Events {
    /// The kind.
    pub name: &'static str,
    /// The message type.
    pub message: &'static str,
    /// JSON texts.
    pub texts: Vec<String>,
}

const IDENTIFY: &str = include_str!("../../data/samples/identify.json");
const TRACK: &str = include_str!("../../data/samples/track.json");
const GROUP: &str = include_str!("../../data/samples/group.json");

/// Events like the samples without an end, identify, track and group in turn.
pub fn like_samples() -> impl Iterator<Item = String> {
    let mut source = Source::new();
    [IDENTIFY, TRACK, GROUP].into_iter().cycle().map(move |sample| source.like(sample).to_string())
}

/// Events of all kinds.
pub fn all() -> Vec<Events> {
    let kind = |name, message, count, event: &dyn Fn(&mut Source) -> Value| {
        let mut source = Source::new();
        Events { name, message, texts: (0..count).map(|_| event(&mut source).to_string()).collect() }
    };
    vec![
        kind("identify", "identify", 64, &|source| source.like(IDENTIFY)),
        kind("track", "track", 64, &|source| source.like(TRACK)),
        kind("group", "group", 64, &|source| source.like(GROUP)),
        kind("10 traits", "identify", 64, &|source| source.identify_with(10)),
        kind("100 traits", "identify", 32, &|source| source.identify_with(100)),
        kind("1,000 traits", "identify", 8, &|source| source.identify_with(1_000)),
        kind("products", "track", 64, &Source::order),
        kind("10 kB", "track", 16, &|source| source.track_of(10_000)),
        kind("100 kB", "track", 4, &|source| source.track_of(100_000)),
        kind("1 MB", "track", 2, &|source| source.track_of(1_000_000)),
        kind("1 MB of numbers", "identify", 1, &|source| source.identify_with_numbers(1_000_000)),
    ]
}

/// Where values come from.
struct Source {
    rng: Rng,
    words: Vec<&'static str>,
}

const WORDS: &str = "account annual basic beta blue board business café campaign cart city client contact country credit currency \
    customer daily delivery desktop direct discount email employee enterprise event export field first free gift group growth home \
    industry invoice item label last lead level limit list login loyalty market member mobile monthly München news note number office \
    online order owner page partner payment person phone plan points premium price product profile project quantity rate region \
    renewal report revenue role sales score season seat segment service session size source stage state status store street \
    subscription support tax team temporary tier title total trial type unit updated user value vendor version visit website weekly";

impl Source {
    fn new() -> Self {
        Source { rng: Rng::with_seed(0x5EED), words: WORDS.split_whitespace().collect() }
    }

    /// The same members with other values of their kinds; it stays an event of its type and for all destinations.
    fn like(&mut self, sample: &str) -> Value {
        let mut event: Value = serde_json::from_str(sample).unwrap_or_default();
        for (key, value) in event.as_object_mut().into_iter().flatten() {
            if key != "type" && key != "integrations" {
                self.vary(value);
            }
        }
        // any other role would be invalid, which costs a warning
        if let Some(role) = event.pointer_mut("/context/traits/role") {
            *role = Value::from(if self.rng.bool() { "user" } else { "lead" });
        }
        event
    }

    fn vary(&mut self, value: &mut Value) {
        match value {
            Value::Null => {}
            Value::Bool(b) => *b = self.rng.bool(),
            Value::Number(n) if n.is_f64() => *value = self.amount(),
            Value::Number(n) => *value = json!(self.rng.u64(0..=n.as_u64().unwrap_or(100) * 2 + 1)),
            Value::String(text) => *text = self.vary_text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.vary(item)),
            Value::Object(members) => members.iter_mut().for_each(|(_, value)| self.vary(value)),
        }
    }

    fn vary_text(&mut self, text: &str) -> String {
        let is_date = text.starts_with("20") && text.contains('T') && text.ends_with('Z');
        match text {
            _ if is_date => self.date(),
            _ if text.contains('@') => format!("{}.{}@example.com", self.name(), self.rng.u16(..)),
            _ if text.contains("://") => {
                let folder = text.rfind('/').and_then(|end| text.get(..=end)).unwrap_or_default();
                format!("{folder}{}", self.name())
            }
            _ if text.contains(|c: char| c.is_ascii_digit()) => text.chars().map(|c| self.alike(c)).collect(),
            _ => {
                let words = text.split(' ').count();
                self.words(words.div_ceil(2)..=words * 2)
            }
        }
    }

    /// Another letter or digit for one.
    fn alike(&mut self, c: char) -> char {
        match c {
            '0'..='9' => self.rng.digit(10),
            'a'..='z' => self.rng.lowercase(),
            'A'..='Z' => self.rng.uppercase(),
            _ => c,
        }
    }

    fn word(&mut self) -> &'static str {
        let place = self.rng.usize(0..self.words.len());
        self.words.get(place).copied().unwrap_or_default()
    }

    fn words(&mut self, count: std::ops::RangeInclusive<usize>) -> String {
        let words: Vec<&str> = (0..self.rng.usize(count)).map(|_| self.word()).collect();
        words.join(" ")
    }

    /// A word of plain letters.
    fn name(&mut self) -> &'static str {
        loop {
            let word = self.word();
            if word.is_ascii() {
                return word;
            }
        }
    }

    fn date(&mut self) -> String {
        let mut upto = |most: u32| self.rng.u32(0..most);
        let (year, month, day) = (2015 + upto(10), 1 + upto(12), 1 + upto(28));
        let (hour, minute, second, millis) = (upto(24), upto(60), upto(60), upto(1_000));
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }

    fn amount(&mut self) -> Value {
        json!(f64::from(self.rng.u32(1..1_000_000)) / 100.0)
    }

    fn scalar(&mut self) -> Value {
        match self.rng.u8(0..10) {
            0..5 => Value::String(self.words(1..=5)),
            5..7 => json!(self.rng.u32(0..100_000)),
            7 => self.amount(),
            8 => Value::Bool(self.rng.bool()),
            _ => Value::String(self.date()),
        }
    }

    /// Adds so many members with names that are not there yet.
    fn fill(&mut self, members: &mut Map<String, Value>, count: usize) {
        let mut left: HashSet<String> = HashSet::new();
        while left.len() < count {
            let name = format!("{}_{}_{}", self.name(), self.name(), self.rng.u8(..));
            if !members.contains_key(&name) && left.insert(name.clone()) {
                members.insert(name, self.scalar());
            }
        }
    }

    fn identify_with(&mut self, traits: usize) -> Value {
        let mut event = self.like(IDENTIFY);
        if let Some(members) = event.pointer_mut("/context/traits").and_then(Value::as_object_mut) {
            self.fill(members, traits);
        }
        event
    }

    fn identify_with_numbers(&mut self, bytes: usize) -> Value {
        let mut event = self.like(IDENTIFY);
        let numbers: Vec<u32> = (0..bytes / 7).map(|_| self.rng.u32(100_000..1_000_000)).collect();
        if let Some(members) = event.pointer_mut("/context/traits").and_then(Value::as_object_mut) {
            members.insert("readings".to_owned(), json!(numbers));
        }
        event
    }

    /// An order of up to 20 products, in the words of the e-commerce specification.
    fn order(&mut self) -> Value {
        let mut event = self.like(TRACK);
        let products: Vec<Value> = (0..self.rng.usize(1..=20)).map(|place| self.product(place)).collect();
        if let Some(properties) = event.pointer_mut("/properties").and_then(Value::as_object_mut) {
            properties.insert("products".to_owned(), Value::Array(products));
        }
        event
    }

    fn product(&mut self, place: usize) -> Value {
        let sku: String = "AA-0000".chars().map(|c| self.alike(c)).collect();
        json!({
            "product_id": self.rng.u32(..).to_string(),
            "sku": sku,
            "category": self.word(),
            "name": self.words(1..=4),
            "brand": self.word(),
            "variant": self.word(),
            "price": self.amount(),
            "quantity": self.rng.u8(1..10),
            "position": place + 1,
            "url": format!("https://www.example.com/p/{sku}"),
        })
    }

    fn track_of(&mut self, bytes: usize) -> Value {
        let mut event = self.like(TRACK);
        let mut left = bytes.saturating_sub(event.to_string().len());
        while let Some(properties) = event.pointer_mut("/properties").and_then(Value::as_object_mut) {
            let (name, value) = (format!("{}_{}", self.name(), properties.len()), self.nested(3));
            let size = name.len() + value.to_string().len() + 4;
            properties.insert(name, value);
            match left.checked_sub(size) {
                Some(rest) => left = rest,
                None => break,
            }
        }
        event
    }

    /// A value that others may be in, so many levels deep.
    fn nested(&mut self, depth: u32) -> Value {
        match self.rng.u8(0..6) {
            _ if depth == 0 => self.scalar(),
            0 => {
                let mut members = Map::new();
                for _ in 0..self.rng.usize(2..10) {
                    members.insert(self.name().to_owned(), self.nested(depth - 1));
                }
                Value::Object(members)
            }
            1 => (0..self.rng.usize(1..10)).map(|_| self.nested(depth - 1)).collect(),
            _ => self.scalar(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_the_same_every_time_and_differ_from_each_other() {
        for (once, again) in all().into_iter().zip(all()) {
            assert_eq!(once.texts, again.texts);
            assert_eq!(once.texts.iter().collect::<HashSet<_>>().len(), once.texts.len(), "{}", once.name);
        }
    }
}
