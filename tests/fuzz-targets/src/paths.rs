//! Any text as a source.

use serde_json::json;

use crate::mapping_yaml::load_and_map;

/// Uses any text as a source, wherever one is allowed.
pub fn paths(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for row in [
        json!(text),
        json!({ "from": [text, "userId"], "key": text }),
        json!({ "each": text, "to": "item" }),
        json!({ "rest_of": [text], "omit": [text] }),
    ] {
        // JSON is YAML
        let mapping = json!({
            "message": "identify",
            "payload": { "thing": { "a": row, "b": "payload.other.x" }, "other": { "x": text } },
            "steps": { "send": { "operation": "send", "body": "thing" } },
        });
        load_and_map(&mapping.to_string());
    }
}
