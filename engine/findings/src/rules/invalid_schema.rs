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

/// Reports a file that is not UTF-8 from a byte on.
pub fn report_bytes(reports: &mut Reports, span: Span, name: &str, at: usize) {
    report_json(reports, span, name, &format!("it is not UTF-8 from byte {at} on"));
}

/// Reports a file that begins with a byte order mark.
pub fn report_mark(reports: &mut Reports, span: Span, name: &str) {
    let message = format!("`{name}` begins with a byte order mark, which is not JSON");
    let help = "save the file as UTF-8 without a byte order mark";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a file whose lists and objects are nested in more levels than are read.
pub fn report_deep(reports: &mut Reports, span: Span, name: &str, most: usize) {
    let message = format!("`{name}` is nested more than {most} levels deep (limit `schema_levels`)");
    let help = "state inner schemas in `$defs`, and refer to them";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a key that stands twice in one object.
pub fn report_twice(reports: &mut Reports, span: Span, name: &str, key: &str) {
    let message = format!("`{name}` has the key `{key}` twice in one object");
    let help = "remove one of them, or write one object with what both say";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a reference that leads back to its own place before anything of a value is looked at.
pub fn report_circle(reports: &mut Reports, span: Span, name: &str, reference: &str) {
    let message =
        format!("`{name}` cannot be applied: `{reference}` leads back to itself for the same value");
    let help = "a schema may refer to itself for what is inside of a value: below `properties`, `items` and the like";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a reference to an address.
pub fn report_address(reports: &mut Reports, span: Span, name: &str, address: &str) {
    let message = format!("`{name}` refers to `{address}`, and nothing is loaded from addresses");
    let help = "save that schema beside this one, and refer to it by the name of its file";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a reference to a place that is not in the schema.
pub fn report_nowhere(reports: &mut Reports, span: Span, name: &str, reference: &str) {
    let message = format!("`{name}` refers to `{reference}`, which is not in it");
    let help = "write the place as in `#/$defs/name`";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a regular expression that is too large to be compiled.
pub fn report_pattern(reports: &mut Reports, span: Span, name: &str) {
    let message = format!("`{name}` has a regular expression that is too large");
    let help = "repeat less in it: each round of `{…}` counts as often as it says";
    reports.add(Report::new(&RULE, span, message).help(help));
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
