//! Reports for GitLab: a list of findings as its widget of code quality reads it.

use mapwright::{Finding, Severity};
use mapwright_validate::Report;
use serde::Serialize;

use crate::escape::{self, escape};
use crate::words::message;

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
    escape::json(&report.findings.iter().map(issue).collect::<Vec<_>>())
}

fn issue(finding: &Finding) -> Issue<'_> {
    Issue {
        description: message(finding),
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
