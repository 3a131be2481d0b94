//! Reports for GitHub Actions: commands that annotate lines of the changed files, and the summary of a step in Markdown.

use std::fmt::Write as _;

use mapwright::{Finding, MutationRun, Place, Severity};
use mapwright_validate::Report;

use crate::coverage::{Miss, missed};
use crate::escape::escape;
use crate::look::Look;
use crate::mutants::{lines, score};
use crate::summary::summary;
use crate::words::worst_first;
use crate::{concise, words};

/// So many annotations GitHub shows of a step.
const ANNOTATIONS: usize = 10;
/// So many places of other files an annotation names.
const ELSEWHERE: usize = 3;
/// So many findings the summary of a step lists; GitHub refuses one of more than a mebibyte.
const LISTED: usize = 100;

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
    let title = finding.rule.id;
    let lines = std::iter::once(words::message(finding))
        .chain(words::first_difference(finding))
        .chain(words::elsewhere(&finding.place, &finding.related).take(ELSEWHERE))
        .chain([words::page(finding.rule)]);
    let message = lines.collect::<Vec<_>>().join("\n");
    command_at(text, command, &finding.place, title, &message);
}

fn command_at(text: &mut String, command: &str, place: &Place, title: &str, message: &str) {
    // writing to a string cannot fail
    let _ = write!(text, "::{command} file={},line={},", property(&place.path), place.line);
    let _ = write!(text, "endLine={},col={},", place.end_line, place.column);
    // GitHub counts the last column in, and places that span lines have none
    if place.line == place.end_line {
        let _ = write!(text, "endColumn={},", place.end_column.saturating_sub(1).max(place.column));
    }
    let _ = write!(text, "title={}::", property(title));
    *text += &data(message);
}

/// Renders what became of mutants: the first that no test notices annotate their lines, the others are lines of the log.
///
/// ```
/// let text = mapwright_report::mutants_github(&mapwright::MutationRun::default());
/// assert_eq!(text, "there is nothing to change\n");
/// ```
pub fn mutants_github(run: &MutationRun) -> String {
    let mut text = String::new();
    for (at, (mutant, line)) in run.survivors.iter().zip(lines(run)).enumerate() {
        match at < ANNOTATIONS {
            true => {
                let message = format!("no test notices: {}", escape(&mutant.change));
                command_at(&mut text, "warning", &mutant.place, "mutant", &message);
            }
            false => text += &log(&line),
        }
        text.push('\n');
    }
    text + &log(&score(run)) + "\n"
}

/// Returns a summary of mutants in Markdown, for the file that `GITHUB_STEP_SUMMARY` names.
pub fn mutants_step_summary(run: &MutationRun) -> String {
    let mut text = format!("### {} --mutate\n\n{}\n", words::TOOL, markdown(&score(run)));
    let rows = run.survivors.iter().map(|mutant| (&mutant.place, mutant.change.as_str()));
    table(&mut text, "no test notices", rows);
    text
}

/// A table of places with a string each, as far as they are listed.
fn table<'r>(text: &mut String, heading: &str, rows: impl ExactSizeIterator<Item = (&'r Place, &'r str)>) {
    let more = rows.len().saturating_sub(LISTED);
    if rows.len() > 0 {
        let _ = writeln!(text, "\n| place | {heading} |\n|---|---|");
    }
    for (place, what) in rows.take(LISTED) {
        let (path, what) = (markdown(&escape(&place.path)), markdown(&escape(what)));
        let _ = writeln!(text, "| {path}:{} | {what} |", place.line);
    }
    if more > 0 {
        let _ = writeln!(text, "\nand {more} more");
    }
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

/// Returns a summary in Markdown, for the file that `GITHUB_STEP_SUMMARY` names. `misses` is how the tests reach too little.
pub fn step_summary(report: &Report, misses: &[Miss]) -> String {
    let mut text = format!("### {}\n\n{}\n", words::TOOL, markdown(&summary(report)));
    findings(&mut text, report);
    if misses.is_empty() {
        return text;
    }
    text += "\n#### Coverage\n\n";
    for miss in misses {
        let _ = writeln!(text, "- {}", markdown(&miss.to_string()));
    }
    let missed = report.coverage.as_ref().map(|coverage| missed(coverage, misses)).unwrap_or_default();
    table(&mut text, "not reached", missed.into_iter());
    text
}

fn findings(text: &mut String, report: &Report) {
    if report.findings.is_empty() {
        return;
    }
    *text += "\n| | place | finding | rule |\n|---|---|---|---|\n";
    for finding in worst_first(report).into_iter().take(LISTED) {
        let Finding { place, rule, .. } = finding;
        let difference =
            words::first_difference(finding).map_or_else(String::new, |found| "\n".to_owned() + &found);
        let _ = writeln!(
            text,
            "| {} | {}:{} | {} | [`{}`]({}) |",
            finding.severity(),
            markdown(&escape(&place.path)),
            place.line,
            markdown(&(words::message(finding) + &difference)),
            rule.id,
            words::page(rule),
        );
    }
    if let Some(more) = report.findings.len().checked_sub(LISTED).filter(|more| *more > 0) {
        let _ = writeln!(text, "\nand {}", words::count(more, "more finding", "more findings"));
    }
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
