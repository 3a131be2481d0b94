//! JSON, with the place of a mistake.

use mapwright_json::Kind;
use serde_json::Value;

use crate::error::StartError;

/// Reads JSON, with or without a mark of its encoding.
pub(crate) fn json(text: &str) -> Result<Value, StartError> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let reason = error.to_string();
        // the position is reported by itself
        let reason = reason.split(" at line ").next().unwrap_or("").to_owned();
        StartError::Syntax { format: "JSON", line: error.line(), column: error.column(), reason }
    })
}

/// What a value is, in words.
pub(crate) fn kind(value: &Value) -> &'static str {
    Kind::from(value).name()
}
