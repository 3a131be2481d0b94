//! `invalid-suppression`: a comment for `validate-mappings` that cannot be understood.
//!
//! Page: `docs/rules/invalid-suppression.md`. Fixtures: `tests/data/rules/invalid-suppression/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-suppression",
    severity: Severity::Warning,
    summary: "a comment `# mapwright: …` that cannot be understood",
    doc: include_str!("invalid_suppression.md"),
};

/// Reports a comment that has another form.
pub fn report(reports: &mut Reports, span: Span) {
    let report = Report::new(&RULE, span, "this comment does not say which findings to allow");
    reports.add(report.help("write `# mapwright: allow(rule) reason`"));
}

/// Reports a comment that starts with what is nearly the mark of those that allow findings.
pub fn report_mark(reports: &mut Reports, span: Span, word: &str, mark: &str) {
    let report = Report::new(&RULE, span, format!("a comment that starts with `{word}` allows nothing"));
    reports.add(report.help(format!("did you mean `{mark}`?")).mend(Mend::rewrite(span, mark)));
}

/// Reports a word that is nearly the one that allows findings.
pub fn report_word(reports: &mut Reports, span: Span, word: &str, meant: &str) {
    let report = Report::new(&RULE, span, format!("`{word}` in a comment allows nothing"));
    reports.add(report.help(format!("did you mean `{meant}`?")).mend(Mend::rewrite(span, meant)));
}

/// Reports a name that neither a rule nor a group of rules has.
pub fn report_rule(reports: &mut Reports, span: Span, name: &str, near: Option<&str>) {
    let report = Report::new(&RULE, span, format!("unknown rule `{name}`"));
    reports.add(match near {
        Some(near) => report.help(format!("did you mean `{near}`?")).mend(Mend::guess(span, name, near)),
        None => report.help("`validate-mappings --list-rules` lists all rules"),
    });
}
