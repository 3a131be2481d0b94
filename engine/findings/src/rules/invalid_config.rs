//! `invalid-config`: a `mapwright.toml` that cannot be understood.
//!
//! Page: `docs/rules/invalid-config.md`. Fixtures: `tests/data/rules/invalid-config/`.

use crate::finding::{Report, Reports, Rule, Severity, one_of, suggest};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-config",
    severity: Severity::Error,
    summary: "a `mapwright.toml` that cannot be understood",
    doc: include_str!("invalid_config.md"),
};

/// Reports text that is no TOML.
pub fn report_syntax(reports: &mut Reports, span: Span, problem: &str) {
    reports.add(Report::new(&RULE, span, format!("this is not TOML: {problem}")));
}

/// Reports a value of the wrong type.
pub fn report_type(reports: &mut Reports, span: Span, expected: &str, found: &str) {
    let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
    reports.add(Report::new(&RULE, span, format!("expected {expected}, found {article} {found}")));
}

/// Reports a key that does not exist.
pub fn report_key(reports: &mut Reports, span: Span, key: &str, known: &[&str]) {
    let report = Report::new(&RULE, span, format!("unknown key `{key}`"));
    reports.add(report.help(suggest(key, known.iter().copied())));
}

/// Reports a word that is no level.
pub fn report_level(reports: &mut Reports, span: Span, word: &str, levels: &[&str]) {
    let report = Report::new(&RULE, span, format!("`{word}` is not a level"));
    reports.add(report.help(format!("expected {}", one_of(levels.iter().copied()))));
}

/// Reports a name that neither a rule nor a group of rules has.
pub fn report_rule(reports: &mut Reports, span: Span, name: &str, near: Option<&str>) {
    let report = Report::new(&RULE, span, format!("unknown rule `{name}`"));
    reports.add(match near {
        Some(near) => report.help(format!("did you mean `{near}`?")).mend(Mend::guess(span, name, near)),
        None => report.help("`validate-mappings --list-rules` lists all rules"),
    });
}

/// Reports a table that lacks a key.
pub fn report_missing(reports: &mut Reports, span: Span, key: &str, help: &str) {
    reports.add(Report::new(&RULE, span, format!("`{key}` is missing or empty")).help(help));
}

/// Reports a word that is none of those that are known.
pub fn report_word(reports: &mut Reports, span: Span, what: &str, word: &str, known: &[&str]) {
    let near = reports.nearest(word, known.iter().copied());
    let report = Report::new(&RULE, span, format!("unknown {what} `{word}`"));
    let report = report.help(suggest(word, known.iter().copied()));
    reports.add(match near {
        Some(near) => report.mend(Mend::guess(span, word, near)),
        None => report,
    });
}

/// Reports a path that names no file.
pub fn report_no_file(reports: &mut Reports, span: Span, path: &str) {
    let report = Report::new(&RULE, span, format!("there is no JSON file `{path}`"));
    reports.add(report.help("paths are relative to the `mapwright.toml`, and stay in its folder"));
}

/// Reports a path that names no folder of fixtures.
pub fn report_no_fixtures(reports: &mut Reports, span: Span, path: &str) {
    let report = Report::new(&RULE, span, format!("there is no folder `{path}` with JSON files"));
    reports.add(report.help("paths are relative to the `mapwright.toml`, and stay in its folder"));
}

/// Reports a file that is not a tracking plan.
pub fn report_plan(reports: &mut Reports, span: Span, path: &str, problem: &str) {
    let report = Report::new(&RULE, span, format!("`{path}` is not a tracking plan: {problem}"));
    reports
        .add(report.help("a tracking plan is a JSON Schema of an object, with its fields as `properties`"));
}

/// Reports something in a tracking plan that would be ignored.
pub fn report_fault(reports: &mut Reports, span: Span, path: &str, pointer: &str, text: &str) {
    let at = if pointer.is_empty() { String::new() } else { format!(" at `{pointer}`") };
    let report = Report::new(&RULE, span, format!("in the tracking plan `{path}`{at}: {text}"));
    reports
        .add(report.help("what cannot be understood would say nothing of events; correct the JSON Schema"));
}

/// Reports a path that leads out of the folder.
pub fn report_outside(reports: &mut Reports, span: Span, path: &str, help: &str) {
    let report = Report::new(&RULE, span, format!("`{path}` is not in the folder of the `mapwright.toml`"));
    reports.add(report.help(help));
}

/// Reports a pattern of paths that does not parse.
pub fn report_pattern(reports: &mut Reports, span: Span, pattern: &str, problem: &str) {
    let report = Report::new(&RULE, span, format!("the pattern `{pattern}` cannot be read: {problem}"));
    reports.add(report.help("write patterns such as `mappings/acme/**` or `**/*.test.yaml`"));
}

/// Reports a pattern of files of mappings that matches none.
pub fn report_no_match(reports: &mut Reports, span: Span, pattern: &str) {
    let report = Report::new(&RULE, span, format!("no file matches `{pattern}`"));
    reports.add(report.help(
        "files have the paths `mappings/<destination>/…` and `schemas/…`; correct the pattern, or remove it",
    ));
}

/// Reports a pattern of pages that matches none.
pub fn report_no_page(reports: &mut Reports, span: Span, pattern: &str) {
    let report = Report::new(&RULE, span, format!("no page matches `{pattern}`"));
    reports.add(report.help(
        "pages have their paths from the folder of the `mapwright.toml`; correct the pattern, or remove it",
    ));
}

/// Reports a path that is not the folder of a version.
pub fn report_no_version(reports: &mut Reports, span: Span, path: &str) {
    let report = Report::new(&RULE, span, format!("`{path}` is not the folder of a version"));
    reports.add(report.help("expected a folder with a `version.yaml`, such as `mappings/acme/1`, relative to the `mapwright.toml`"));
}
