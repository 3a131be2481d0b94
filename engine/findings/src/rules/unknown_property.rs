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

/// Reports several fields of a body of these operations, none of which any schema allows, and none of which is nearly one that is: it is the wrong body.
pub fn report_body(reports: &mut Reports, fields: &[(Span, &str)], operations: &[&str]) {
    let (names, which) = (listed(fields), one_of(operations.iter().copied()));
    let message = format!("properties {names} are not allowed in the body of {which}");
    let help = "send another part, or add the properties to the schema: it allows only those that it lists";
    at_all(reports, fields, message, help.to_owned());
}

/// Reports several fields like [`report_some`], which the same operations do not allow.
pub fn report_some_of_body(reports: &mut Reports, fields: &[(Span, &str)], broken: &[(String, String)]) {
    let operations = broken.iter().map(|(operation, _)| operation.as_str());
    let schemas: BTreeSet<&str> = broken.iter().map(|(_, schema)| schema.as_str()).collect();
    let (names, which) = (listed(fields), one_of(operations));
    let message =
        format!("properties {names} are not allowed in the body of {which}, which is sent with them");
    let help = format!(
        "send another part, or add the properties to {}, or a `when` to the rows; the other operations that the body is sent to allow them",
        all_of(schemas)
    );
    at_all(reports, fields, message, help);
}

/// How many fields a finding names.
const SHOWN: usize = 8;

fn listed(fields: &[(Span, &str)]) -> String {
    match fields.len().saturating_sub(SHOWN) {
        0 => all_of(fields.iter().map(|(_, name)| *name)),
        more => {
            let names: Vec<String> = fields.iter().take(SHOWN).map(|(_, name)| format!("`{name}`")).collect();
            format!("{} and {more} more", names.join(", "))
        }
    }
}

fn at_all(reports: &mut Reports, fields: &[(Span, &str)], message: String, help: String) {
    let Some(((span, _), others)) = fields.split_first() else { return };
    let report = Report::new(&RULE, *span, message).help(help);
    reports.add(
        others.iter().take(SHOWN).fold(report, |report, (span, _)| report.related(*span, "nor is this")),
    );
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
