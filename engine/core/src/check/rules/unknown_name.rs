//! `unknown-name`: a name that neither the event nor the language has.
//!
//! Page: `docs/rules/unknown-name.md`. Fixtures: `tests/data/rules/unknown-name/`.

use crate::finding::{Report, Reports, Rule, Severity, nearest, one_of};
use crate::source::Span;
use crate::spec::Root;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-name",
    severity: Severity::Error,
    summary: "a name that neither the event nor the language has",
    doc: include_str!("unknown_name.md"),
};

/// `written` is the whole path.
pub fn report(reports: &mut Reports, span: Span, name: &str, written: &str) {
    let constant = format!("a constant is written `{{ value: {} }}`", as_yaml(written));
    let help = match nearest(name, known()) {
        Some(near) if written == name => format!("did you mean `{near}`? {constant}"),
        Some(near) => format!("did you mean `{near}`?"),
        None if written == name => format!("{constant}, an event's own top-level field `$.{name}`"),
        None if written.parse::<f64>().is_ok() => constant,
        None => format!("an event's own top-level field is written as a JSONPath: `$.{name}`"),
    };
    reports.add(no_field(span, name).help(help));
}

/// A name in a condition or a template, where a text may be meant.
pub fn report_in_expression(reports: &mut Reports, span: Span, name: &str, written: &str) {
    let help = match nearest(name, known()) {
        _ if matches!(name, "null" | "nil") => {
            "write `none`; whether there is a value is asked by `is defined`".to_owned()
        }
        Some(near) => format!("did you mean `{near}`?"),
        None if written == name => format!("a text stands in quotes: `\"{name}\"`"),
        None => {
            format!("expected a field of an event, or one of {}", one_of(Root::NAMED.map(|(name, _)| name)))
        }
    };
    reports.add(no_field(span, name).help(help));
}

fn known() -> impl Iterator<Item = &'static str> {
    EVENT_FIELDS.into_iter().chain(Root::NAMED.map(|(name, _)| name))
}

/// Whether the first name of a path is known.
pub fn begins_with_name(path: &str) -> bool {
    path.split('.').next().is_some_and(|first| known().any(|name| name == first))
}

fn no_field(span: Span, name: &str) -> Report {
    Report::new(&RULE, span, format!("`{name}` is no field of an event"))
}

/// A text as YAML writes it, in quotes where it would be read as something else without.
pub fn as_yaml(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
        && text.starts_with(char::is_alphabetic)
        && text.parse::<f64>().is_err()
        && !matches!(text, "true" | "false" | "null");
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// A path that goes on behind a field which is a single value; `path` are its names.
pub fn report_member(reports: &mut Reports, span: Span, path: &str, field: &str) {
    let rest = path.strip_prefix(field).unwrap_or("");
    let help = match rest.strip_prefix('.') {
        // `event.` is not how the event is called
        Some(rest) if EVENT_FIELDS.iter().any(|known| rest.split(['.', '[']).next() == Some(known)) => {
            format!("did you mean `{rest}`? every path starts in the event")
        }
        _ => format!("the value is `{field}` itself"),
    };
    let message = format!("`{field}` is a single value of an event and has no members");
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Those of them that are texts or numbers in every event of the RudderStack and Segment specs.
pub const SINGLE_VALUES: [&str; 13] = [
    "type",
    "event",
    "userId",
    "anonymousId",
    "groupId",
    "previousId",
    "messageId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "channel",
    "rudderId",
];

/// The top-level fields of events that may be named without `$.`.
pub const EVENT_FIELDS: [&str; 32] = [
    "type",
    "event",
    "name",
    "category",
    "userId",
    "anonymousId",
    "groupId",
    "previousId",
    "messageId",
    "traits",
    "properties",
    "context",
    "integrations",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "channel",
    "version",
    "action",
    "fields",
    "identifiers",
    "recordId",
    "users",
    "regulationType",
    "destinationIds",
    "jobId",
    "rudderId",
    "request_ip",
    "email",
    "metadata",
    "writeKey",
];
