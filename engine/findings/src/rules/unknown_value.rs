//! `unknown-value`: a named value that is not defined.
//!
//! Page: `docs/rules/unknown-value.md`. Fixtures: `tests/data/rules/unknown-value/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::fix::Mend;
use crate::rules::unknown_name;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-value",
    severity: Severity::Error,
    summary: "a named value that is not defined",
    doc: include_str!("unknown_value.md"),
};

/// Reports a named value that neither the mapping nor its version defines. `path` is the source without its `$`, if that reads the event.
pub fn report(reports: &mut Reports, span: Span, name: &str, known: &KnownNames, path: Option<&str>) {
    let report = Report::new(&RULE, span, format!("unknown value `${name}`"));
    let report = match path {
        Some(path) => report
            .help(format!("did you mean `{path}`? only the names of `values` start with `$`"))
            .mend(Mend::guess(span, format!("${path}"), path)),
        None => {
            let all = known.written(|name| format!("${name}"));
            reports.meant(report, &format!("${name}"), all)
        }
    };
    reports.add_unknown(name, known, report);
}

/// Reports a member that a named value, or something in it, does not have.
pub fn report_member(reports: &mut Reports, span: Span, owner: &str, name: &str, known: &[String]) {
    unknown_name::report_lack(reports, &RULE, span, (owner, name), known);
}
