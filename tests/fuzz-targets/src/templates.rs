//! Any text as a condition and a template.

use serde_json::json;

use crate::mapping_yaml::load_and_map;

/// Uses any text as a condition and as a template.
pub fn templates(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mapping = json!({
        "message": "identify",
        "payload": { "thing": { "a": { "template": text } } },
        "steps": {
            "get": { "operation": "get", "params": { "id": { "template": text, "default": "x" } } },
            "send": { "operation": "send", "body": "thing" },
        },
    });
    load_and_map(&mapping.to_string());
    let mapping = json!({
        "message": "identify",
        "payload": { "thing": { "a": { "value": 1, "when": text }, "b": { "each": "traits.tags", "where": text, "to": "item" } } },
        "steps": {
            "find": { "operation": "find", "capture": { "id": "response.body.id" } },
            "send": { "operation": "send", "body": "thing", "when": text },
        },
    });
    load_and_map(&mapping.to_string());
}
