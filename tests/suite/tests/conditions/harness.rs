//! Mappers whose rows are conditions and templates.

use mapwright::Mapper;
pub use mapwright_tests::rows;
use mapwright_tests::{preview, preview_bytes};
use serde_json::{Map, Value, json};

pub fn when(condition: &str) -> Value {
    json!({ "value": true, "when": condition })
}

pub fn template(text: &str) -> Value {
    json!({ "template": text, "keep": ["empty"] })
}

/// A name for the row of a template, which is not a template itself.
pub fn name_of(template: &str) -> String {
    template.replace('{', "<")
}

/// The rows of an event with these traits, read from bytes and from a tree.
pub fn made(mapper: &Mapper, traits: &str) -> Map<String, Value> {
    let event = format!(r#"{{"type":"identify","userId":"u","traits":{traits}}}"#);
    let of_bytes = preview_bytes(mapper, event.as_bytes()).body();
    let tree: Value = serde_json::from_str(&event).unwrap();
    assert_eq!(of_bytes, preview(mapper, &tree).body(), "{event}");
    of_bytes.as_object().unwrap().clone()
}

/// Which of these conditions hold.
pub fn hold<const N: usize>(conditions: [&str; N], traits: &str) -> [bool; N] {
    let mapper = rows(conditions.iter().enumerate().map(|(at, text)| (format!("c{at}"), when(text))));
    let made = made(&mapper, traits);
    std::array::from_fn(|at| made.contains_key(&format!("c{at}")))
}

/// The texts of these templates.
pub fn texts<const N: usize>(templates: [&str; N], traits: &str) -> [Option<String>; N] {
    let mapper = rows(templates.iter().enumerate().map(|(at, text)| (format!("t{at}"), template(text))));
    let made = made(&mapper, traits);
    std::array::from_fn(|at| made.get(&format!("t{at}")).map(|text| text.as_str().unwrap().to_owned()))
}
