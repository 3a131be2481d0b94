//! Values of events that must not be shown, in two ways. On the page of one event they are *hidden* ([`Mask`]), and so are their copies wherever they are; its structure, and what a mapping itself says, stay readable.
//! In the examples of a comparison only their *shape* is shown ([`shape`]), so that one can see what differs.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What stands for a value that is not shown.
pub const MASKED: &str = "•••";

/// The members of an event that reveal nothing of a person.
const OPEN: [&str; 2] = ["type", "event"];

/// The shortest text that is looked for within others.
const SHORTEST: usize = 3;

/// The longest value of an example, in characters.
const LONGEST: usize = 60;

/// Returns the shape of a value as an example among many, up to some characters. Unless `as_they_are`, letters become `x` and digits
/// become `0`, except in the words `true`, `false` and `null`.
pub fn shape(value: &Value, as_they_are: bool) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_word = matches!(value, Value::Bool(_) | Value::Null);
    let cut: String = text.chars().take(LONGEST).collect();
    let dots = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    // backticks enclose values in reports
    let plain = |c: char| if c == '`' || c.is_control() { ' ' } else { c };
    let masked = |c: char| match c {
        c if c.is_numeric() => '0',
        c if c.is_alphabetic() => 'x',
        c => plain(c),
    };
    let text: String =
        cut.chars().map(|c| if as_they_are || is_word { plain(c) } else { masked(c) }).collect();
    format!("{text}{dots}")
}

/// Hides values, or shows all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mask {
    /// What is hidden: the texts of an event, and what was made of them; nothing is hidden without.
    known: Option<Known>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    /// Texts of the event and of what was made of it.
    values: BTreeSet<String>,
    /// Texts that the mapping itself says.
    constants: BTreeSet<String>,
}

impl Mask {
    /// Hides what an event says.
    pub(crate) fn of(event: &Value) -> Self {
        let mut mask = Self { known: Some(Known::default()) };
        if let Value::Object(members) = event {
            members
                .iter()
                .filter(|(name, _)| !OPEN.contains(&name.as_str()))
                .for_each(|(_, value)| mask.learn(value));
        }
        mask
    }

    /// Hides what was made of the event, too.
    pub(crate) fn learn(&mut self, value: &Value) {
        if let Some(known) = &mut self.known {
            leaves(value, &mut |text| _ = known.values.insert(text));
        }
    }

    /// Shows what a mapping says.
    pub(crate) fn allow(&mut self, value: &Value) {
        if let Some(known) = &mut self.known {
            leaves(value, &mut |text| _ = known.constants.insert(text));
        }
    }

    /// Whether something is hidden.
    pub(crate) fn hides(&self) -> bool {
        self.known.is_some()
    }

    /// Returns the event as it may be shown.
    pub(crate) fn event(&self, event: &Value) -> Value {
        let (Some(_), Value::Object(members)) = (&self.known, event) else { return self.value(event) };
        let shown = members.iter().map(|(name, value)| match OPEN.contains(&name.as_str()) {
            true => (name.clone(), value.clone()),
            false => (self.name(name), self.value(value)),
        });
        Value::Object(shown.collect())
    }

    /// Returns a value as it may be shown. Booleans and null reveal nothing.
    pub(crate) fn value(&self, value: &Value) -> Value {
        let Some(known) = &self.known else { return value.clone() };
        match value {
            Value::Object(members) => {
                let mut shown = Map::new();
                for (name, value) in members {
                    shown.insert(self.name(name), self.value(value));
                }
                Value::Object(shown)
            }
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::String(text) if !known.constants.contains(text) => MASKED.into(),
            Value::Number(number) if !known.constants.contains(&number.to_string()) => MASKED.into(),
            other => other.clone(),
        }
    }

    /// Returns the name of a member as it may be shown: one that is the value of another is one itself.
    pub(crate) fn name(&self, name: &str) -> String {
        match &self.known {
            Some(known) if is_address(name) || known.hides(name) => MASKED.to_owned(),
            _ => name.to_owned(),
        }
    }

    /// Returns a message as it may be shown: what it quotes is hidden where it is known.
    pub(crate) fn message(&self, message: &str) -> String {
        let Some(known) = &self.known else { return message.to_owned() };
        let mut shown = String::new();
        for (at, piece) in message.split('`').enumerate() {
            if at > 0 {
                shown.push('`');
            }
            let inner = piece.trim_matches('"');
            match at % 2 == 1 && known.hides(inner) {
                true => shown.push_str(MASKED),
                false => shown.push_str(&known.without(piece)),
            }
        }
        shown
    }

    /// Returns the value of a header as it may be shown.
    pub(crate) fn header(&self, value: &str) -> String {
        match &self.known {
            Some(known) if known.constants.contains(value) => value.to_owned(),
            Some(known) if known.values.contains(value) => MASKED.to_owned(),
            Some(known) => known.without(value),
            None => value.to_owned(),
        }
    }

    /// Returns a URL as it may be shown: segments of its path and values of its query that are known are hidden.
    pub(crate) fn url(&self, url: &str) -> String {
        let Some(known) = &self.known else { return url.to_owned() };
        let (start, rest) = url.split_once("://").unwrap_or(("", url));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut segments = path.split('/');
        let host = segments.next().unwrap_or_default();
        let mut shown = format!("{start}://{host}");
        for segment in segments {
            let plain = unescaped(segment);
            shown.push('/');
            match known.values.contains(&plain) || known.without(&plain) != plain {
                true => shown.push_str(MASKED),
                false => shown.push_str(segment),
            }
        }
        // a query names a person
        for (at, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is_open = known.constants.contains(&unescaped(value)) || value.starts_with('{');
            let value = if is_open { value } else { MASKED };
            shown.push_str(&format!("{}{name}={value}", if at == 0 { '?' } else { '&' }));
        }
        shown
    }
}

impl Known {
    /// Whether a string is one of the event, and none of the mapping.
    fn hides(&self, text: &str) -> bool {
        self.values.contains(text) && !self.constants.contains(text)
    }

    /// Hides the longer ones of the known texts within another.
    fn without(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        let mut longest: Vec<&String> = self.values.iter().filter(|value| value.len() >= SHORTEST).collect();
        longest.sort_by_key(|value| std::cmp::Reverse(value.len()));
        for value in longest.into_iter().filter(|value| !self.constants.contains(*value)) {
            if shown.contains(value.as_str()) {
                shown = shown.replace(value.as_str(), MASKED);
            }
        }
        shown
    }
}

/// The texts and numbers in a value, and the names of members that are addresses.
fn leaves(value: &Value, learn: &mut impl FnMut(String)) {
    match value {
        Value::Object(members) => {
            members.keys().filter(|name| is_address(name)).for_each(|name| learn(name.clone()));
            members.values().for_each(|value| leaves(value, learn));
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, learn)),
        Value::String(text) => learn(text.clone()),
        Value::Number(number) => learn(number.to_string()),
        Value::Bool(_) | Value::Null => {}
    }
}

fn is_address(name: &str) -> bool {
    name.contains('@')
}

/// A part of a URL without its escapes.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digits = (byte == b'%').then(|| rest.clone().take(2).map(char::from).collect::<String>());
        match digits.and_then(|digits| u8::from_str_radix(&digits, 16).ok()) {
            Some(escaped) => {
                bytes.push(escaped);
                rest.nth(1);
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mask() -> Mask {
        let event = json!({ "type": "track", "event": "Sold", "userId": "u 1", "n": 12345, "t": { "email": "a@b.c" } });
        let mut mask = Mask::of(&event);
        mask.allow(&json!(["OR", "u2"]));
        mask
    }

    #[test]
    fn what_an_event_says_is_hidden_and_what_a_mapping_says_is_not() {
        let mask = mask();
        let event = json!({ "type": "track", "event": "Sold", "userId": "u 1", "ok": true });
        assert_eq!(
            mask.event(&event),
            json!({ "type": "track", "event": "Sold", "userId": MASKED, "ok": true })
        );
        assert_eq!(
            mask.value(&json!({ "operator": "OR", "a@b.c": [1] })),
            json!({ "operator": "OR", MASKED: [MASKED] })
        );
        // the name of a field is no secret, even if it is a value as well
        let mut named = mask.clone();
        named.learn(&json!("email"));
        assert_eq!(named.name("email"), MASKED);
        named.allow(&json!("email"));
        assert_eq!(named.name("email"), "email");
        assert_eq!(mask.message("`u 1` of a@b.c is no `number`"), "`•••` of ••• is no `number`");
        assert_eq!(
            mask.url("https://api.example.com/v1/users/u%201?q=x&kind=OR&id={id}"),
            "https://api.example.com/v1/users/•••?q=•••&kind=OR&id={id}"
        );
    }

    #[test]
    fn without_a_mask_everything_is_shown() {
        let mask = Mask::default();
        assert_eq!(mask.message("`u 1`"), "`u 1`");
        assert_eq!(mask.value(&json!(["x"])), json!(["x"]));
    }

    #[test]
    fn values_keep_their_looks_alone() {
        let masked = |value| shape(&value, false);
        assert_eq!(masked(json!("Ada.L+7@example.com")), "xxx.x+0@xxxxxxx.xxx");
        assert_eq!(masked(json!(1_714_564_800)), "0000000000");
        assert_eq!(masked(json!({ "plan": ["pro", true] })), r#"{"xxxx":["xxx",xxxx]}"#);
        assert_eq!(masked(json!(false)), "false");
        assert_eq!(masked(json!("å`\n")), "x  ");
        assert_eq!(shape(&json!("Ada"), true), "Ada");
        assert_eq!(masked(json!("a".repeat(70))), format!("{}…", "x".repeat(60)));
    }
}
