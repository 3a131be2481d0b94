//! `ambiguous-name`: a name of two destinations, or of two versions.
//!
//! Page: `docs/rules/ambiguous-name.md`. Fixtures: `tests/data/rules/ambiguous-name/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "ambiguous-name",
    severity: Severity::Warning,
    summary: "a name of two destinations, of two versions or of two settings",
    doc: include_str!("ambiguous_name.md"),
};

/// Reports a name that another destination has.
pub fn report(reports: &mut Reports, span: Span, name: &str, other: &str, first: Span) {
    let message = format!("the destination `{other}` is named `{name}` as well");
    reports.add(
        Report::new(&RULE, span, message)
            .related(first, "named here too")
            .help("give each destination names of its own: an event's `integrations` select by them"),
    );
}

/// Reports an alias that is the name of another version.
pub fn report_alias(reports: &mut Reports, span: Span, alias: &str, version: &str) {
    let message =
        format!("the alias `{alias}` stands for version `{version}`, but there is a version `{alias}`");
    reports.add(Report::new(&RULE, span, message).help("choose another alias"));
}

/// Reports an alias of a setting that names another one as well.
pub fn report_setting(reports: &mut Reports, span: Span, alias: &str, other: &str, first: Span) {
    let message = format!("`{alias}` names the setting `{other}` as well");
    let report = Report::new(&RULE, span, message).related(first, "named here too");
    reports.add(report.help("choose another alias: operators give one setting under one key"));
}
