//! What a double received, read so that it can be compared with what another one did: ids that the doubles made up are not the same on both.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use mapwright_docs::shape;
use mapwright_sandbox::Exchange;
use serde_json::{Map, Value};

/// So many resources of a side are compared, and so many made-up values are known again.
const MOST_RESOURCES: usize = 100_000;
const MOST_MADE: usize = 1_000_000;

/// What a string starts with that stands for a made-up value: events have none that do.
const MADE: char = '\u{1}';

/// A request as it is compared.
pub(crate) struct Arrival {
    pub(crate) method: String,
    /// The path with its parameters; none, if the request was refused.
    pub(crate) path: Option<String>,
    pub(crate) status: u16,
    pub(crate) refused: Option<&'static str>,
    /// What it says, by place.
    pub(crate) places: BTreeMap<String, Value>,
}

impl Arrival {
    /// What requests are of one kind.
    pub(crate) fn kind(&self) -> (&str, Option<&str>, u16, Option<&str>) {
        (&self.method, self.path.as_deref(), self.status, self.refused)
    }

    /// The method and the path.
    pub(crate) fn call(&self) -> String {
        format!("{} {}", self.method, self.path.as_deref().unwrap_or("(refused)"))
    }
}

/// What is at the API under a path.
pub(crate) struct Resource {
    /// The path with its parameters.
    pub(crate) path: String,
    /// The path with their values.
    params: Vec<(String, Value)>,
    /// The line of the first event that wrote it.
    pub(crate) line: u64,
    body: Value,
}

impl Resource {
    /// What it has, by place.
    pub(crate) fn places(&self) -> BTreeMap<String, Value> {
        let mut places = BTreeMap::new();
        leaves(&self.body, String::new(), &mut places);
        places
    }

    /// Its path for people.
    pub(crate) fn name(&self, show_values: bool) -> String {
        filled(&self.path, &self.params, |value| text(value, show_values))
    }
}

/// Everything that a double received.
#[derive(Default)]
pub(crate) struct Received {
    /// By the hash of a value that the double made up: the line of the first event that got it.
    made: HashMap<u64, u64>,
    /// By place and line: the values that stand there, so that several can be distinguished.
    used: HashMap<(u64, u64), Vec<u64>>,
    /// What was written, by path.
    resources: BTreeMap<String, Resource>,
    /// How many requests wrote resources beyond the first.
    pub(crate) left_out: u64,
}

impl Received {
    /// Reads what arrived for an event.
    pub(crate) fn read(&mut self, line: u64, exchanges: Vec<Exchange>) -> Vec<Arrival> {
        let mut fresh = HashSet::new();
        let mut all = Vec::with_capacity(exchanges.len());
        for exchange in exchanges {
            let call = format!("{} {}", exchange.method, exchange.path);
            let mut places = BTreeMap::new();
            let mut params = Vec::new();
            for (name, value) in &exchange.params {
                let place = format!("{{{name}}}");
                // numbers of paths are texts here, but not where they were made up
                let value = self.known(&call, &place, &Value::String(value.clone()), None);
                places.insert(place, value.clone());
                params.push((name.clone(), value));
            }
            for (name, value) in &exchange.query {
                let place = format!("?{name}");
                let value = self.known(&call, &place, &Value::String(value.clone()), None);
                places.insert(place, value);
            }
            let body = exchange.body.as_ref().map(|body| self.named(&call, "", body, &fresh));
            if let Some(body) = &body {
                leaves(body, String::new(), &mut places);
            }
            if let Some(answer) = &exchange.answer {
                self.learn(line, answer, &mut fresh);
            }
            if exchange.refused.is_none() && (200..300).contains(&exchange.status) && !params.is_empty() {
                self.write(line, &exchange, params, body.unwrap_or_default());
            }
            all.push(Arrival {
                method: exchange.method,
                path: exchange.refused.is_none().then_some(exchange.path),
                status: exchange.status,
                refused: exchange.refused,
                places,
            });
        }
        all
    }

    fn write(&mut self, line: u64, exchange: &Exchange, params: Vec<(String, Value)>, body: Value) {
        let key = filled(&exchange.path, &params, |value| value.as_str().unwrap_or_default().to_owned());
        match exchange.method.as_str() {
            "GET" | "HEAD" => {}
            "DELETE" => {
                self.resources.remove(&key);
            }
            _ => {
                let is_full = self.resources.len() >= MOST_RESOURCES;
                match self.resources.get_mut(&key) {
                    Some(known) => overlay(&mut known.body, body),
                    None if is_full => self.left_out += 1,
                    None => {
                        let path = exchange.path.clone();
                        self.resources.insert(key, Resource { path, params, line, body });
                    }
                }
            }
        }
    }

    /// What is at the API in the end, by path.
    pub(crate) fn resources(&self) -> &BTreeMap<String, Resource> {
        &self.resources
    }

    /// Learns what a double made up.
    fn learn(&mut self, line: u64, answer: &Value, fresh: &mut HashSet<u64>) {
        match answer {
            Value::Object(members) => members.values().for_each(|value| self.learn(line, value, fresh)),
            Value::Array(items) => items.iter().for_each(|value| self.learn(line, value, fresh)),
            Value::String(_) | Value::Number(_) if self.made.len() < MOST_MADE => {
                let hash = hashed(&plain(answer));
                self.made.entry(hash).or_insert(line);
                fresh.insert(hash);
            }
            _ => {}
        }
    }

    /// A body in which made-up values have names that both sides have for them.
    fn named(&mut self, call: &str, at: &str, value: &Value, fresh: &HashSet<u64>) -> Value {
        match value {
            Value::Object(members) => {
                let member = |(name, value): (&String, &Value)| {
                    (name.clone(), self.named(call, &format!("{at}.{name}"), value, fresh))
                };
                Value::Object(members.iter().map(member).collect::<Map<_, _>>())
            }
            Value::Array(items) => {
                let at = format!("{at}[]");
                items.iter().map(|item| self.named(call, &at, item, fresh)).collect()
            }
            leaf => self.known(call, at, leaf, Some(fresh)),
        }
    }

    /// The name of a value that was made up, by the line of the event that got it; another value as it is.
    fn known(&mut self, call: &str, place: &str, value: &Value, fresh: Option<&HashSet<u64>>) -> Value {
        let hash = hashed(&plain(value));
        let line = match value {
            Value::String(_) => self.made.get(&hash).copied(),
            // any number may be one that was made up before
            Value::Number(_) if fresh.is_some_and(|fresh| fresh.contains(&hash)) => {
                self.made.get(&hash).copied()
            }
            _ => None,
        };
        let Some(line) = line else {
            return match value {
                Value::String(text) => Value::String(text.trim_start_matches(MADE).to_owned()),
                other => other.clone(),
            };
        };
        let values = self.used.entry((hashed(&format!("{call} {place}")), line)).or_default();
        let at = values.iter().position(|known| *known == hash).unwrap_or_else(|| {
            values.push(hash);
            values.len() - 1
        });
        let which = if at == 0 { String::new() } else { format!(" ({})", at + 1) };
        Value::String(format!("{MADE}id of line {line}{which}"))
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn hashed(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A value for people.
pub(crate) fn text(value: &Value, show_values: bool) -> String {
    match value.as_str().and_then(|text| text.strip_prefix(MADE)) {
        Some(name) => format!("<{name}>"),
        None => shape(value, show_values),
    }
}

/// A path with values in place of its parameters.
fn filled(path: &str, params: &[(String, Value)], text: impl Fn(&Value) -> String) -> String {
    params
        .iter()
        .fold(path.to_owned(), |path, (name, value)| path.replacen(&format!("{{{name}}}"), &text(value), 1))
}

/// Lays an object over another: members that it does not have stay.
fn overlay(known: &mut Value, more: Value) {
    match (known, more) {
        (Value::Object(known), Value::Object(more)) => {
            for (name, value) in more {
                match known.get_mut(&name) {
                    Some(known) => overlay(known, value),
                    None => {
                        known.insert(name, value);
                    }
                }
            }
        }
        (_, Value::Null) => {}
        (known, more) => *known = more,
    }
}

/// The values within a value, by place.
fn leaves(value: &Value, at: String, all: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                leaves(value, at, all);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                leaves(value, format!("{at}[{index}]"), all);
            }
        }
        Value::Null if at.is_empty() => {}
        leaf => {
            all.insert(at, leaf.clone());
        }
    }
}
