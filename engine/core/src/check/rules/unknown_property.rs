//! `unknown-property`: a field of a body that the schema of its operation does not allow.

use crate::finding::{Report, Reports, Rule, Severity, nearest, one_of};
use crate::source::Span;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "unknown-property",
    severity: Severity::Error,
    summary: "a field of a body that the schema of its operation does not allow",
    doc: include_str!("unknown_property.md"),
};

/// `operations` are all those whose body the field is in, and `properties` what their schemas allow.
pub(crate) fn report(
    reports: &mut Reports,
    span: Span,
    name: &str,
    operations: &[&str],
    properties: &[String],
) {
    let message = format!("the body of {} has no `{name}`", one_of(operations.iter().copied()));
    let help = match nearest(name, properties.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "its schema allows the properties that it lists and no others".to_owned(),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
