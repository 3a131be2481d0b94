//! Reports for GitHub Actions: commands that annotate lines of the changed files, and the summary of a step in Markdown.

use std::fmt::Write as _;

use mapwright::{Finding, Severity};
use mapwright_validate::Report;

use crate::escape::escape;
use crate::look::Look;
use crate::summary::summary;
use crate::{concise, words};

/// So many annotations GitHub shows of a step.
const ANNOTATIONS: usize = 10;
/// So many findings the summary of a step lists; GitHub refuses one of more than a mebibyte.
const LISTED: usize = 100;

/// The worst findings first.
fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| finding.severity());
    findings
}

/// The first findings annotate their lines, the others are lines of the log.
pub(crate) fn render(report: &Report) -> String {
    let mut text = String::new();
    for (at, finding) in worst_first(report).into_iter().enumerate() {
        match at < ANNOTATIONS {
            true => annotation(&mut text, finding),
            false => text += &log(&concise::line(finding, Look::PLAIN)),
        }
        text.push('\n');
    }
    text + &log(&summary(report)) + "\n"
}

fn annotation(text: &mut String, finding: &Finding) {
    let command = match finding.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let place = &finding.place;
    // writing to a string cannot fail
    let _ = write!(text, "::{command} file={},line={},", property(&place.path), place.line);
    let _ = write!(text, "endLine={},col={},", place.end_line, place.column);
    // GitHub counts the last column in, and places that span lines have none
    if place.line == place.end_line {
        let _ = write!(text, "endColumn={},", place.end_column.saturating_sub(1).max(place.column));
    }
    let _ = write!(text, "title={}::", property(finding.rule.id));
    *text += &data(&format!("{}\n{}", words::message(finding), words::page(finding.rule)));
}

/// Escapes the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(&escape(text)).replace(':', "%3A").replace(',', "%2C")
}

/// A line that the runner takes for no command, wherever in it one stands.
fn log(line: &str) -> String {
    let line = line.replace("##[", "##\\[");
    match line.trim_start().starts_with("::") {
        true => format!("\\{line}"),
        false => line,
    }
}

/// Returns a summary in Markdown, for the file that `GITHUB_STEP_SUMMARY` names.
pub fn step_summary(report: &Report) -> String {
    let mut text = format!("### {}\n\n{}\n", words::TOOL, markdown(&summary(report)));
    if report.findings.is_empty() {
        return text;
    }
    text += "\n| | place | finding | rule |\n|---|---|---|---|\n";
    for finding in worst_first(report).into_iter().take(LISTED) {
        let Finding { place, rule, .. } = finding;
        let _ = writeln!(
            text,
            "| {} | {}:{} | {} | [`{}`]({}) |",
            finding.severity(),
            markdown(&escape(&place.path)),
            place.line,
            markdown(&words::message(finding)),
            rule.id,
            words::page(rule),
        );
    }
    if let Some(more) = report.findings.len().checked_sub(LISTED).filter(|more| *more > 0) {
        let _ = writeln!(text, "\nand {}", words::count(more, "more finding", "more findings"));
    }
    text
}

/// Escapes what Markdown, and HTML in it, would take for more than text. Pairs of backticks stay: they mark the user's text.
fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut in_code = false;
    let balanced = text.matches('`').count().is_multiple_of(2);
    for c in text.chars() {
        match c {
            '`' if balanced => {
                in_code = !in_code;
                safe.push(c);
            }
            // a cell of a table ends at it in code too
            '|' => safe += "\\|",
            '\n' => safe += "<br>",
            c if in_code => safe.push(c),
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '!' | '@' | '$' => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe
}
