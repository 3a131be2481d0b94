//! `invalid-schema`: a body schema that is missing or not a JSON Schema.
//!
//! Page: `docs/rules/invalid-schema.md`. Fixtures: `tests/data/rules/invalid-schema/`.

use crate::finding::{Report, Reports, Rule, Severity, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-schema",
    severity: Severity::Error,
    summary: "a body schema that is missing or not a JSON Schema",
    doc: include_str!("invalid_schema.md"),
};

/// `folders` are those in which it was looked for.
pub fn report_missing(reports: &mut Reports, span: Span, name: &str, known: &[&str], folders: &[String]) {
    let near = suggest(name, known.iter().copied());
    let stop = if near.ends_with('?') { "" } else { ";" };
    let help = format!(
        "{near}{stop} it is looked for in {}, and named by its path from there",
        folders.join(", then ")
    );
    reports.add(Report::new(&RULE, span, format!("the schema `{name}` is not there")).help(help));
}

/// A file that does not parse, at the place where that ends.
pub fn report_json(reports: &mut Reports, span: Span, name: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{name}` is not JSON: {problem}"))
            .help("all before this place could be read"),
    );
}

/// A file that is there and cannot be used.
pub fn report_bad(reports: &mut Reports, span: Span, name: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{name}` is not a JSON Schema: {problem}"))
            .help("a body schema is a JSON Schema, draft 2020-12 if it does not say otherwise"),
    );
}
