//! `unknown-property`: a field of a body that the schema of its operation does not allow.
//!
//! Page: `docs/rules/unknown-property.md`. Fixtures: `tests/data/rules/unknown-property/`.

use std::collections::BTreeSet;

use crate::finding::{Report, Reports, Rule, Severity, all_of, nearest, one_of};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-property",
    severity: Severity::Error,
    summary: "a field of a body that the schema of its operation does not allow",
    doc: include_str!("unknown_property.md"),
};

/// `operations` are all those whose body the field is in, and `properties` what their schemas allow.
pub fn report(reports: &mut Reports, span: Span, name: &str, operations: &[&str], properties: &[String]) {
    let message = format!("the body of {} has no `{name}`", one_of(operations.iter().copied()));
    let help = match nearest(name, properties.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "its schema allows the properties that it lists and no others".to_owned(),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// A field that other operations allow to which the same body is sent; `broken` are those that do not, with their schemas.
pub fn report_some(reports: &mut Reports, span: Span, name: &str, broken: &[(String, String)]) {
    let operations = broken.iter().map(|(operation, _)| operation.as_str());
    let schemas: BTreeSet<&str> = broken.iter().map(|(_, schema)| schema.as_str()).collect();
    let message = format!("the body of {} has no `{name}`, and is sent with it", one_of(operations));
    let help = format!(
        "add the property to {}, or say `when` the row has a value: other operations that it is sent to allow it",
        all_of(schemas)
    );
    reports.add(Report::new(&RULE, span, message).help(help));
}
