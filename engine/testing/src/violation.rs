//! What a schema refuses in a body, in our words.

use std::collections::HashMap;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use mapwright_findings::rules::schema_violation::{self, Refusal};
use mapwright_findings::{Reports, Span, one_of};
use mapwright_plan::redact::Redactor;

/// A violation of a schema by a body.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Violation {
    /// Where in the body.
    pub path: Vec<String>,
    /// What is wrong there.
    pub message: String,
    /// The place in the schema, as a JSON pointer.
    pub schema: String,
}

/// Those of one body, of which those about the same place of a mapping are one.
pub(crate) fn merged(refusals: Vec<Refusal>) -> Vec<Refusal> {
    let mut merged: Vec<Refusal> = Vec::new();
    for refusal in refusals {
        match merged.iter_mut().find(|known| known.span == refusal.span) {
            Some(known) => known.text.extend(["; ", &refusal.text]),
            None => merged.push(refusal),
        }
    }
    merged
}

/// The violations of all tests. What several operations refuse for the same reason is one, and the first test that shows it is enough.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    list: Vec<(Refusal, Span)>,
    known: HashMap<(Span, String, String), usize>,
}

impl Violations {
    pub(crate) fn add(&mut self, refusal: Refusal, test: Span) {
        let key = (refusal.span, refusal.file.clone(), refusal.text.clone());
        match self.known.get(&key).and_then(|at| self.list.get_mut(*at)) {
            Some((known, _)) => {
                for operation in refusal.operations {
                    if !known.operations.contains(&operation) {
                        known.operations.push(operation);
                    }
                }
            }
            None => {
                self.known.insert(key, self.list.len());
                self.list.push((refusal, test));
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn report(self, reports: &mut Reports) {
        self.list.iter().for_each(|(refusal, test)| schema_violation::report(reports, refusal, *test));
    }
}

/// Everything that a schema refuses in a body, up to a bound; but not where the name of a capture stands for its value. Secrets are redacted.
///
/// Whether a body is valid takes linear time. Finding the violations does not, if the schema refers to itself more than once: then those of a deeply
/// nested body are not listed.
pub(crate) fn violations(
    validator: &Validator,
    recursions: usize,
    body: &Value,
    waiting: &[String],
    redactor: &Redactor,
) -> Vec<Violation> {
    const MOST: usize = 20;
    if validator.is_valid(body) {
        return Vec::new();
    }
    if !can_be_listed(recursions, body) {
        let message = "the body violates its schema, and is nested too deeply to find where".to_owned();
        let violation = Violation { path: Vec::new(), message, schema: String::new() };
        return if waits(body, waiting) { Vec::new() } else { vec![violation] };
    }
    let found = validator.iter_errors(body).filter(|error| !waits(error.instance(), waiting)).take(MOST);
    found.flat_map(|error| each_of(&error, redactor)).take(MOST).collect()
}

/// What the validator found, at the member that it is about: a missing one, or each of those that are not allowed.
fn each_of(error: &ValidationError<'_>, redactor: &Redactor) -> Vec<Violation> {
    use ValidationErrorKind as Kind;
    let object: Vec<String> = error.instance_path().segments().map(|segment| segment.to_string()).collect();
    let violation = |member: Option<&str>, message: String| Violation {
        path: object.iter().cloned().chain(member.map(str::to_owned)).collect(),
        message: redactor.redact(&message).into_owned(),
        schema: error.schema_path().to_string(),
    };
    match error.kind() {
        Kind::Required { property } => vec![violation(property.as_str(), wording(error, redactor))],
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let not_allowed = |name: &String| violation(Some(name), format!("`{name}` is not allowed"));
            unexpected.iter().map(not_allowed).collect()
        }
        _ => vec![violation(None, wording(error, redactor))],
    }
}

/// Returns whether a schema that refers to itself several times is applied to the levels of a body in acceptable time.
fn can_be_listed(recursions: usize, body: &Value) -> bool {
    const MOST: usize = 1 << 16;
    recursions <= 1
        || u32::try_from(depth(body))
            .ok()
            .and_then(|depth| recursions.checked_pow(depth))
            .is_some_and(|all| all <= MOST)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// A violation with its place in a body of this name.
pub(crate) fn located(part: &str, path: &[String], message: &str) -> String {
    let Some(last) = path.last() else { return message.to_owned() };
    let field: Vec<&str> = std::iter::once(part).chain(path.iter().map(String::as_str)).collect();
    let field = field.join(".");
    match message.strip_prefix(&format!("`{last}` ")) {
        Some(rest) => format!("`{field}` {rest}"),
        None => format!("`{field}`: {message}"),
    }
}

fn waits(value: &Value, names: &[String]) -> bool {
    match value {
        _ if names.is_empty() => false,
        Value::String(text) => {
            let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            name.is_some_and(|name| names.iter().any(|known| known == name))
        }
        Value::Array(items) => items.iter().any(|item| waits(item, names)),
        Value::Object(members) => members.values().any(|value| waits(value, names)),
        _ => false,
    }
}

/// What the validator found, in our words where it has many readers. Secrets of values are redacted.
pub(crate) fn wording(error: &ValidationError<'_>, redactor: &Redactor) -> String {
    use ValidationErrorKind as Kind;
    let found = || shown(error.instance(), redactor);
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
        Kind::Constant { expected_value } => {
            format!("expected {}, found {}", shown(expected_value, redactor), found())
        }
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

/// A value in backticks, cut where it is long. Its secrets are redacted before, since a part of one is not found.
pub(crate) fn shown(value: &Value, redactor: &Redactor) -> String {
    const LONGEST: usize = 60;
    let text = redactor.redact_json(value).to_string();
    match text.char_indices().nth(LONGEST) {
        None => format!("`{text}`"),
        Some((at, _)) => format!("`{}…`", text.get(..at).unwrap_or("")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_that_refers_to_itself_twice_takes_no_exponential_time() {
        let twice = json!({ "type": "object", "properties": { "a": { "allOf": [{ "$ref": "#" }, { "$ref": "#" }] } } });
        let validator = jsonschema::validator_for(&twice).unwrap();
        let nested = |depth: usize, inner: Value| (0..depth).fold(inner, |inner, _| json!({ "a": inner }));
        let found =
            |body: &Value, waiting: &[String]| violations(&validator, 2, body, waiting, &Redactor::default());
        assert_eq!(found(&nested(100, json!({})), &[]), []);
        assert_eq!(found(&nested(2, json!(1)), &[])[0].path, ["a", "a"]);
        assert_eq!(found(&nested(100, json!(1)), &[])[0].path, [""; 0]);
        // the name of a capture in place of its value is fine at any depth
        assert_eq!(found(&nested(100, json!("{id}")), &["id".to_owned()]), []);
    }
}
