//! `unknown-name`: a name that neither the event nor the language has.

use crate::finding::{Report, Reports, Rule, Severity, nearest};
use crate::source::Span;
use crate::spec::Root;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "unknown-name",
    severity: Severity::Error,
    summary: "a name that neither the event nor the language has",
    doc: include_str!("unknown_name.md"),
};

pub(crate) fn report(reports: &mut Reports, span: Span, name: &str) {
    let known: Vec<&str> =
        EVENT_FIELDS.iter().copied().chain(Root::NAMED.iter().map(|(name, _)| *name)).collect();
    let help = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("an event's own top-level field is written as a JSONPath: `$.{name}`"),
    };
    reports.add(Report::new(&RULE, span, format!("`{name}` is no field of an event")).help(help));
}

/// A path that goes on behind a field which is a single value; `path` are its names.
pub(crate) fn report_member(reports: &mut Reports, span: Span, path: &str, field: &str) {
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
pub(crate) const SINGLE_VALUES: [&str; 13] = [
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
pub(crate) const EVENT_FIELDS: [&str; 32] = [
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
