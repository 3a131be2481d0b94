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
