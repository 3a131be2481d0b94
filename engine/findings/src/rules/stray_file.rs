//! `stray-file`: a file that is not a mapping, where mappings are.
//!
//! Page: `docs/rules/stray-file.md`. Fixtures: `tests/data/rules/stray-file/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "stray-file",
    severity: Severity::Warning,
    summary: "a YAML file that is not read where it is",
    doc: include_str!("stray_file.md"),
};

/// Reports a file whose name ends in `.yml`, or in `.yaml` with capitals.
pub fn report_ending(reports: &mut Reports, span: Span) {
    let message = "the file is not read: the names of mapping files end in `.yaml`";
    reports.add(Report::new(&RULE, span, message).help("rename it, or remove it"));
}

/// Reports a file in a folder in which none is read.
pub fn report_place(reports: &mut Reports, span: Span) {
    let message = "the file is not read where it is";
    let help = "mapping files are `<destination>/destination.yaml`, `<destination>/<version>/version.yaml` and `<destination>/<version>/<message>.yaml`; move it, or remove it";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a block in a page that looks like a file, and of which it is not known where it would be.
pub fn report_block(reports: &mut Reports, span: Span) {
    let message =
        "the block looks like a file of mappings and is not read, since nothing says of which version it is";
    let help = "name it after its language, as in `title=\"mappings/acme/1/identify.yaml\"`, or write `ignore` there";
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a block in a page that is named like an earlier one and has the same text.
pub fn report_again(reports: &mut Reports, span: Span, path: &str, first: Span) {
    let message = format!("the page shows `{path}` twice, with the same text");
    let help = "name the file that the block shows, write `ignore` after its language, or remove it";
    reports.add(Report::new(&RULE, span, message).related(first, "it is shown here already").help(help));
}
