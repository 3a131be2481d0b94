//! Values that the mapping states.

use mapwright_json::{Json, Snippet};
use serde_json::Value;

/// A value that the mapping states, and its JSON text.
#[derive(Debug)]
pub struct Constant {
    /// The value.
    pub value: Value,
    /// Its JSON text.
    pub json: Snippet,
}

impl From<Value> for Constant {
    fn from(value: Value) -> Self {
        let mut json = Vec::new();
        Json::Tree(&value).write(&mut json);
        Constant { json: Snippet::new(&json), value }
    }
}
