//! The last line of reports for people.

use mapwright::Severity;
use mapwright_validate::Report;

use crate::words::count;

/// Returns the numbers of findings, files, mappings and tests, in a line; in a second one, what can be mended by itself.
pub(crate) fn summary(report: &Report) -> String {
    let mut found = Vec::new();
    for (severity, one, many) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Hint, "hint", "hints"),
    ] {
        let number = report.count(severity);
        if number > 0 {
            found.push(count(number, one, many));
        }
    }
    if found.is_empty() {
        found.push("no findings".to_owned());
    }
    let found = match found.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => found.concat(),
    };
    let suppressed = match report.suppressed.len() {
        0 => String::new(),
        number => format!(" ({number} suppressed)"),
    };
    let checked = report.checked;
    let inherited = match checked.inherited_tests {
        0 => String::new(),
        tests => format!(
            ", {} with {}",
            count(tests, "inherited test", "inherited tests"),
            count(checked.inherited_cases, "event", "events"),
        ),
    };
    format!(
        "{found}{suppressed} in {}: {}, {} with {}{inherited}{}",
        count(checked.files, "file", "files"),
        count(checked.mappings, "mapping", "mappings"),
        count(checked.tests, "test", "tests"),
        count(checked.cases, "event", "events"),
        fixable(report),
    )
}

/// Returns how many tests passed, in a line, and with how many events. A test that cannot run has none.
pub fn tests_summary(report: &Report) -> String {
    let tests = &report.tests;
    let failed = tests.iter().filter(|test| !test.failures.is_empty()).count();
    let inherited = match tests.iter().filter(|test| test.inherited).count() {
        0 => String::new(),
        number => format!(", {number} inherited"),
    };
    let cases: usize = tests.iter().map(|test| test.cases).sum();
    let space = if report.findings.is_empty() { "" } else { "\n" };
    let what = match (failed, tests.len()) {
        (_, 0) => "no test ran".to_owned(),
        (0, 1) => "1 test passes".to_owned(),
        (0, all) => format!("all {all} tests pass"),
        (1, 1) => "1 test fails".to_owned(),
        (1, all) => format!("1 of {all} tests fails"),
        (failed, all) if failed == all => format!("all {all} tests fail"),
        (failed, all) => format!("{failed} of {all} tests fail"),
    };
    let events = match cases {
        0 => String::new(),
        cases => format!(", with {}", count(cases, "event", "events")),
    };
    format!("{space}{what}{inherited}{events}\n")
}

fn fixable(report: &Report) -> String {
    let fixes = || report.findings.iter().filter_map(|finding| finding.fix.as_ref());
    let (safe, guessed) = (fixes().filter(|fix| fix.safe).count(), fixes().filter(|fix| !fix.safe).count());
    match (safe, guessed) {
        (0, 0) => String::new(),
        (safe, 0) => format!("\n`--fix` mends {safe} of them"),
        (0, guessed) => format!("\n`--fix --unsafe-fixes` mends {guessed} of them, by guesses to look at"),
        (safe, guessed) => {
            format!("\n`--fix` mends {safe} of them, `--unsafe-fixes` {guessed} more, by guesses to look at")
        }
    }
}
