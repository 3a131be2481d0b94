//! Words that several formats share, and the order of what is cut off somewhere.

use std::borrow::Cow;

use mapwright::{Finding, Place, Rule};
use mapwright_validate::Report;

use crate::escape::escape;

/// The name of the program, as other programs know it.
pub(crate) const TOOL: &str = "validate-mappings";

/// Returns the address of a rule's page.
pub(crate) fn page(rule: &Rule) -> String {
    format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), rule.id)
}

/// Returns the message and the help in one line.
pub(crate) fn message(finding: &Finding) -> String {
    let message = escape(&finding.message);
    match help(finding) {
        Some(help) => format!("{message} ({help})"),
        None => message.into_owned(),
    }
}

/// Returns the help in one line.
pub(crate) fn help(finding: &Finding) -> Option<Cow<'_, str>> {
    finding.help.as_deref().map(escape)
}

/// So many characters of a side of a difference are shown.
const SIDE: usize = 120;

/// Returns what a test expected and what was found, where they differ first, in one line.
pub(crate) fn first_difference(finding: &Finding) -> Option<String> {
    let is_side = |line: &str| line.starts_with("- ") || line.starts_with("+ ");
    let lines: Vec<&str> = finding.diff.as_deref()?.lines().collect();
    let first = lines.iter().position(|line| is_side(line))?;
    let heading = lines.iter().take(first).rev().find(|line| !line.starts_with("  ")).copied();
    let changed: Vec<&str> = lines.into_iter().skip(first).take_while(|line| is_side(line)).collect();
    let side = |sign: char| {
        let lines = changed.iter().filter_map(|line| line.strip_prefix(sign)).map(str::trim);
        let text = lines.collect::<Vec<_>>().join(" ");
        let text = text.trim_end_matches(',');
        let mut shown: String = text.chars().take(SIDE).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        let shown = escape(&shown);
        // some are marked as text already
        if shown.contains('`') { shown.into_owned() } else { format!("`{shown}`") }
    };
    let has = |sign: char| changed.iter().any(|line| line.starts_with(sign));
    let sides = match (has('-'), has('+')) {
        (true, true) => format!("expected {}, found {}", side('-'), side('+')),
        (true, false) => format!("expected {}, which is not there", side('-')),
        _ => format!("found {}, which is not expected", side('+')),
    };
    Some(heading.map_or_else(|| sides.clone(), |heading| format!("{}: {sides}", escape(heading))))
}

/// The rule whose findings are failures of tests: what mappings do, seen from outside.
pub(crate) const OF_TESTS: &str = "failing-test";

/// Returns the findings, the worst first. Of those that are as bad, what is wrong in a file comes before tests that fail: these may follow from it.
pub(crate) fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.severity(), finding.rule.id == OF_TESTS));
    findings
}

/// Places of other files that matter, a line each: of a failing test, the rows of the mapping that made what it found.
pub(crate) fn elsewhere<'p>(
    of: &Place,
    related: impl IntoIterator<Item = &'p (Place, String)>,
) -> impl Iterator<Item = String> {
    let others = related.into_iter().filter(|(place, _)| place.path != of.path);
    others.map(|(place, label)| escape(&format!("{place}: {label}")).into_owned())
}

/// Returns a number with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}
