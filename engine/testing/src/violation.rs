//! What a schema refuses in a body, in our words.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use mapwright_findings::one_of;

/// A violation of a schema by a body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Violation {
    /// Where in the body.
    pub path: Vec<String>,
    /// What is wrong there.
    pub message: String,
    /// The place in the schema, as a JSON pointer.
    pub schema: String,
}

/// Everything that a schema refuses in a body, up to a bound; but not where the name of a capture stands for its value.
pub(crate) fn violations(validator: &Validator, body: &Value, waiting: &[String]) -> Vec<Violation> {
    const MOST: usize = 20;
    let found = validator.iter_errors(body).filter(|error| !waits(error.instance(), waiting)).take(MOST);
    found
        .map(|error| {
            let mut path: Vec<String> =
                error.instance_path().segments().map(|segment| segment.to_string()).collect();
            if let ValidationErrorKind::Required { property } = error.kind() {
                path.extend(property.as_str().map(str::to_owned));
            }
            Violation { path, message: wording(&error), schema: error.schema_path().to_string() }
        })
        .collect()
}

fn waits(value: &Value, names: &[String]) -> bool {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            name.is_some_and(|name| names.iter().any(|known| known == name))
        }
        Value::Array(items) => items.iter().any(|item| waits(item, names)),
        Value::Object(members) => members.values().any(|value| waits(value, names)),
        _ => false,
    }
}

/// What the validator found, in our words where it has many readers.
pub(crate) fn wording(error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    let found = || shown(error.instance());
    match error.kind() {
        Kind::Required { property } => format!("`{}` is missing", property.as_str().unwrap_or_default()),
        Kind::Type { kind } => {
            let types: Vec<String> = match kind {
                TypeKind::Single(kind) => vec![kind.to_string()],
                TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect(),
            };
            format!("expected {}, found {}", types.join(" or "), found())
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|name| format!("`{name}`")).collect();
            match names.as_slice() {
                [one] => format!("{one} is not allowed"),
                _ => format!("{} are not allowed", names.join(", ")),
            }
        }
        Kind::Enum { options } => {
            let options: Vec<String> = options.as_array().into_iter().flatten().map(text).collect();
            format!("expected {}, found {}", one_of(options.iter().map(String::as_str)), found())
        }
        Kind::Constant { expected_value } => format!("expected {}, found {}", shown(expected_value), found()),
        Kind::Minimum { limit } => format!("expected {limit} or more, found {}", found()),
        Kind::Maximum { limit } => format!("expected {limit} or less, found {}", found()),
        Kind::MaxLength { limit } => format!("{} is longer than {limit} characters", found()),
        Kind::MinLength { limit } => format!("{} is shorter than {limit} characters", found()),
        Kind::MaxItems { limit } => format!("a list of more than {limit} items"),
        Kind::MinItems { limit } => format!("a list of fewer than {limit} items"),
        Kind::MaxProperties { limit } => format!("an object of more than {limit} members"),
        Kind::MinProperties { limit } => format!("an object of fewer than {limit} members"),
        Kind::Pattern { pattern } => format!("{} does not match `{pattern}`", found()),
        Kind::Format { format } => format!("{} is not of the format `{format}`", found()),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            format!("{} fits none of the alternatives", found())
        }
        Kind::OneOfMultipleValid { .. } => {
            format!("{} fits several alternatives, and one is wanted", found())
        }
        _ => {
            let text = error.masked_with("the value").to_string();
            let mut chars = text.chars();
            chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value in backticks, cut where it is long.
pub(crate) fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        None => format!("`{text}`"),
        Some((at, _)) => format!("`{}…`", text.get(..at).unwrap_or("")),
    }
}
