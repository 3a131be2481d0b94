//! `invalid-schema`: a body schema that is missing or invalid.
//!
//! Page: `docs/rules/invalid-schema.md`. Fixtures: `tests/data/rules/invalid-schema/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-schema",
    severity: Severity::Error,
    summary: "a body schema that is missing or invalid",
    doc: include_str!("invalid_schema.md"),
};

/// Reports a missing schema. `folders` are the folders that were searched.
pub fn report_missing(reports: &mut Reports, span: Span, name: &str, known: &[&str], folders: &[String]) {
    let near = reports.suggest(name, known.iter().copied());
    let stop = if near.ends_with('?') { "" } else { ";" };
    let help = format!("{near}{stop} schemas are named by their path in {}", folders.join(" or "));
    reports.add(Report::new(&RULE, span, format!("schema `{name}` not found")).help(help));
}

/// Reports a reference to a file that is not there.
pub fn report_reference(reports: &mut Reports, span: Span, name: &str, known: &[&str]) {
    let near = reports.suggest(name, known.iter().copied());
    let message = format!("schema `{name}` not found, which this one refers to");
    reports.add(Report::new(&RULE, span, message).help(near));
}

/// Reports a file that is not JSON, at the position of the error.
pub fn report_json(reports: &mut Reports, span: Span, name: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{name}` is not valid JSON: {problem}"))
            .help("everything before this position is valid"),
    );
}

/// Reports a schema that exceeds a limit.
pub fn report_large(reports: &mut Reports, span: Span, name: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{name}` is too large: {problem}"))
            .help("apply each schema once, and refer to it from the places that need it"),
    );
}

/// Reports a type that JSON Schema does not know. `known` are those that it knows.
pub fn report_type(reports: &mut Reports, span: Span, name: &str, word: &str, known: &[&str]) {
    let message = format!("`{name}` is not a valid JSON Schema: `{word}` is not a type");
    let report = Report::new(&RULE, span, message);
    let report = reports.meant(report, word, known.iter().copied());
    reports.add(report);
}

/// Reports a file that is not a valid JSON Schema.
pub fn report_bad(reports: &mut Reports, span: Span, name: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{name}` is not a valid JSON Schema: {problem}"))
            .help("a body schema is a JSON Schema, of draft 2020-12 unless it states another"),
    );
}
