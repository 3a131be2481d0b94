//! Numbers that a mapping or its API distinguishes from their neighbours: those of conditions, and the bounds of schemas.

use std::collections::{BTreeMap, BTreeSet};

use mapwright_language::catalog::Version;
use serde_json::{Number, Value};

/// Keywords of schemas that have a bound of a number.
const WORDS: [&str; 6] =
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const"];

/// Numbers that few expect.
const PLAIN: [f64; 7] = [0.0, 1.0, -1.0, 2.5, 100.0, 101.0, 1_000_000.0];

/// About so many numbers are tried for a name.
const MOST: usize = 100;

/// Numbers by the names of the fields that they are about.
#[derive(Default)]
pub(super) struct Bounds {
    by_name: BTreeMap<String, BTreeSet<Ordered>>,
}

/// A number in hundredths, which have an order.
type Ordered = i64;

impl Bounds {
    /// Adds the numbers of a condition to all names in it.
    pub(super) fn condition(&mut self, text: &str) {
        let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let words: Vec<&str> = text.split(|c: char| !is_of_name(c)).filter(|word| !word.is_empty()).collect();
        let numbers = words.iter().filter_map(|word| word.parse::<f64>().ok());
        for number in numbers {
            for word in &words {
                let name = word.rsplit('.').next().unwrap_or(word);
                if name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                    self.add(name, number);
                }
            }
        }
    }

    /// Adds the bounds in the schemas of a version.
    pub(super) fn schemas(&mut self, version: &Version) {
        for name in version.schemas.keys() {
            if let Some(Ok(schema)) = version.schema(name) {
                self.schema(&schema, "");
            }
        }
    }

    fn schema(&mut self, schema: &Value, name: &str) {
        match schema {
            Value::Object(members) => {
                for (key, inner) in members {
                    match inner {
                        Value::Number(number) if WORDS.contains(&key.as_str()) => {
                            self.add(name, number.as_f64().unwrap_or_default());
                        }
                        Value::Object(fields) if key == "properties" => {
                            fields.iter().for_each(|(field, inner)| self.schema(inner, field));
                        }
                        inner => self.schema(inner, name),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.schema(item, name)),
            _ => {}
        }
    }

    fn add(&mut self, name: &str, number: f64) {
        let known = self.by_name.entry(plain(name)).or_default();
        if number.abs() < 1.0e12 && known.len() < MOST {
            let hundredths = (number * 100.0).round() as Ordered;
            known.extend([-100, -50, 0, 50, 100].map(|more| hundredths + more));
        }
    }

    /// The numbers that are stated of fields of a name, and their neighbours.
    pub(super) fn of(&self, name: &str) -> Vec<Value> {
        let own = self.by_name.get(&plain(name)).into_iter().flatten().map(|bound| *bound as f64 / 100.0);
        own.filter_map(number).collect()
    }

    /// Whether anything is stated of a field of this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(&plain(name))
    }
}

/// Numbers to try in any field that is one.
pub(super) fn plain_numbers() -> impl Iterator<Item = Value> {
    PLAIN.into_iter().filter_map(number)
}

/// A name as it is compared: fields of events are called in another way than those of the API.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A number as JSON, without a fraction if it has none.
fn number(number: f64) -> Option<Value> {
    if number.fract() == 0.0 {
        return Some(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number)
}
