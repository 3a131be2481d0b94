//! Reports as text.

use std::fmt::Write as _;

use annotate_snippets::renderer::{DEFAULT_ADDITION_STYLE, DEFAULT_REMOVAL_STYLE};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use mapwright::{Finding, Place, Severity, Sources};
use mapwright_validate::Report;

use crate::escape::{escape, is_unsafe};
use crate::look::Look;
use crate::summary::summary;
use crate::words;

/// Renders all findings and a summary.
pub(crate) fn render(report: &Report, sources: &Sources, look: Look) -> String {
    let findings = render_findings(&report.findings, sources, look);
    if !look.summary {
        return findings;
    }
    let space = if findings.is_empty() { "" } else { "\n" };
    format!("{findings}{space}{}\n", summary(report))
}

/// Renders findings with their source lines, separated by empty lines. Control characters are escaped.
///
/// At most the first thousand findings are rendered.
pub fn render_findings(findings: &[Finding], sources: &Sources, look: Look) -> String {
    const MOST: usize = 1_000;
    let mut out = String::new();
    for (at, finding) in findings.iter().take(MOST).enumerate() {
        if at > 0 {
            out.push('\n');
        }
        out.push_str(&one(finding, sources, look));
        out.push('\n');
    }
    if findings.len() > MOST {
        out.push_str(&format!("\n… and {} more findings\n", findings.len() - MOST));
    }
    out
}

/// Renders one finding.
fn one(finding: &Finding, sources: &Sources, Look { color, links, .. }: Look) -> String {
    let level = match finding.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE.with_name("hint"),
    };
    let mut title = level.primary_title(escape(&finding.message)).id(finding.rule.id);
    if links {
        title = title.id_url(words::page(finding.rule));
    }
    let mut group = Group::with_title(title);
    for (path, marks) in by_file(finding) {
        group = match sources.shown_text(path) {
            Some(text) if !has_long_line(text, &marks) => group.element(snippet(path, text, &marks)),
            Some(_) => {
                let place = marks.first().map(|mark| mark.place);
                let (line, column) = place.map_or((1, 1), |place| (place.line, place.column));
                group.element(Origin::path(escape(path)).line(line).char_column(column))
            }
            None => group.element(Origin::path(escape(path))),
        };
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(escape(help)));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.hyperlink(links);
    let rendered = renderer.render(&[group]);
    // the renderer escapes ASCII control characters in source lines, and uses its own escape sequences
    let mut out: String = rendered
        .chars()
        .map(|c| if is_unsafe(c) && !((color || links) && c == '\u{1b}') { '\u{fffd}' } else { c })
        .collect();
    if let Some(diff) = &finding.diff {
        out.push('\n');
        for line in diff.lines() {
            let line = escape(line);
            let style = match line.chars().next() {
                Some('+') if color => Some(DEFAULT_ADDITION_STYLE),
                Some('-') if color => Some(DEFAULT_REMOVAL_STYLE),
                _ => None,
            };
            // writing to a string cannot fail
            let _ = match style {
                Some(style) => write!(out, "\n    {style}{line}{style:#}"),
                None => write!(out, "\n    {line}"),
            };
        }
    }
    out
}

/// The most bytes of a line that is shown. A longer one is not readable, and many findings in it would each cost all of it.
const LONGEST_LINE: usize = 2_000;

/// Whether a line between the first mark and the last is too long to be shown.
fn has_long_line(text: &str, marks: &[Mark<'_>]) -> bool {
    let first = marks.iter().map(|mark| mark.place.bytes.0).min().unwrap_or(0).min(text.len());
    let last = marks.iter().map(|mark| mark.place.bytes.1).max().unwrap_or(0).min(text.len());
    let bytes = text.as_bytes();
    let is_end = |byte: &u8| *byte == b'\n';
    // no more of a long line is looked at than it takes to know
    let before = bytes.get(..first).unwrap_or_default().iter().rev().take(LONGEST_LINE);
    let before = before.take_while(|byte| !is_end(byte)).count();
    let after = bytes.get(last..).unwrap_or_default().iter().take(LONGEST_LINE);
    let after = after.take_while(|byte| !is_end(byte)).count();
    let between = bytes.get(first..last).unwrap_or_default().split(is_end).map(<[u8]>::len);
    before + after + between.max().unwrap_or(0) > LONGEST_LINE
}

/// A position to underline.
struct Mark<'f> {
    place: &'f Place,
    /// The label; `None` for the finding's own position, whose label is the message.
    label: Option<&'f str>,
}

/// Returns the positions of a finding by file, its own file first.
fn by_file(finding: &Finding) -> Vec<(&str, Vec<Mark<'_>>)> {
    let own = Mark { place: &finding.place, label: None };
    let related = finding.related.iter().map(|(place, label)| Mark { place, label: Some(label) });
    let mut files: Vec<(&str, Vec<Mark<'_>>)> = Vec::new();
    for mark in std::iter::once(own).chain(related) {
        match files.iter_mut().find(|(path, _)| *path == mark.place.path) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((&mark.place.path, vec![mark])),
        }
    }
    files
}

/// Returns the lines of a file from its first mark to its last.
fn snippet<'a>(path: &str, text: &'a str, marks: &[Mark<'_>]) -> Snippet<'a, Annotation<'a>> {
    let first = marks.iter().map(|mark| mark.place.bytes.0).min().unwrap_or(0).min(text.len());
    let last = marks.iter().map(|mark| mark.place.bytes.1).max().unwrap_or(0).min(text.len());
    let start = text.get(..first).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(last..).and_then(|after| after.find('\n')).map_or(text.len(), |at| last + at);
    let line = marks.iter().map(|mark| mark.place.line).min().unwrap_or(1);
    let lines = Snippet::source(text.get(start..end).unwrap_or("")).line_start(line);
    marks.iter().fold(lines.path(escape(path).into_owned()), |snippet, mark| {
        let kind = if mark.label.is_none() { AnnotationKind::Primary } else { AnnotationKind::Context };
        let span = mark.place.bytes.0.saturating_sub(start)..mark.place.bytes.1.saturating_sub(start);
        snippet.annotation(kind.span(span).label(mark.label.map(|label| escape(label).into_owned())))
    })
}
