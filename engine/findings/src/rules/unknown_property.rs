//! `unknown-property`: a body field that its operation's schema does not allow.
//!
//! Page: `docs/rules/unknown-property.md`. Fixtures: `tests/data/rules/unknown-property/`.

use std::collections::BTreeSet;

use crate::finding::{Report, Reports, Rule, Severity, all_of, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-property",
    severity: Severity::Error,
    summary: "a body field that its operation's schema does not allow",
    doc: include_str!("unknown_property.md"),
};

/// Reports a field that no schema allows. `operations` are those that send the field, `properties` what their schemas allow.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    operations: &[&str],
    properties: impl IntoIterator<Item = &'a str> + Clone,
) {
    let message =
        format!("property `{name}` is not allowed in the body of {}", one_of(operations.iter().copied()));
    let help = match reports.nearest(name, properties.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the schema allows only the properties that it lists".to_owned(),
    };
    let report = reports.mended(Report::new(&RULE, span, message).help(help), name, properties);
    reports.add(report);
}

/// Reports a field that only some of the operations allow that the body is sent to. `broken` are those that do not, with their schemas.
pub fn report_some(reports: &mut Reports, span: Span, name: &str, broken: &[(String, String)]) {
    let operations = broken.iter().map(|(operation, _)| operation.as_str());
    let schemas: BTreeSet<&str> = broken.iter().map(|(_, schema)| schema.as_str()).collect();
    let message = format!(
        "property `{name}` is not allowed in the body of {}, which is sent with it",
        one_of(operations)
    );
    let help = format!(
        "add the property to {}, or add a `when` to the row; the other operations that the body is sent to allow it",
        all_of(schemas)
    );
    reports.add(Report::new(&RULE, span, message).help(help));
}
