//! Reports for GitLab: a list of findings as its widget of code quality reads it.

use mapwright::{Finding, Severity};
use mapwright_validate::Report;
use serde::Serialize;

use crate::escape::{self, escape};
use crate::words::{first_difference, message, worst_first};

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: &'r str,
    fingerprint: &'r str,
    severity: &'static str,
    location: Location<'r>,
}

#[derive(Serialize)]
struct Location<'r> {
    path: std::borrow::Cow<'r, str>,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

pub(crate) fn render(report: &Report) -> String {
    escape::json(&worst_first(report).into_iter().map(issue).collect::<Vec<_>>())
}

fn issue(finding: &Finding) -> Issue<'_> {
    let message = message(finding);
    Issue {
        description: match first_difference(finding) {
            Some(difference) => format!("{message}; {difference}"),
            None => message,
        },
        check_name: finding.rule.id,
        fingerprint: &finding.fingerprint,
        severity: match finding.severity() {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Hint => "info",
        },
        location: Location {
            path: escape(&finding.place.path),
            lines: Lines { begin: finding.place.line, end: finding.place.end_line },
        },
    }
}
