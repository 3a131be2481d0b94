//! Comments that allow findings: `# mapwright: allow(rule) reason`.

use mapwright::{Finding, Severity, Sources};
use mapwright_findings::rules::{invalid_suppression, unused_suppression};
use mapwright_findings::{FileId, Reports, Span, Texts};

use crate::report::{Suppressed, Suppression};
use crate::selector::Selector;

/// What a comment starts with, after its `#`.
const MARK: &str = "mapwright:";

/// The rules whose findings need the mapping tests.
const OF_TESTS: [&str; 3] = ["failing-test", "schema-violation", "untested-mapping"];

/// A rule that a comment allows.
struct Allowed {
    selector: Selector,
    /// Where it is named.
    span: Span,
    /// The comment with the space before it, if it names no other rule.
    whole: Option<Span>,
    reason: Option<String>,
    target: Target,
    used: bool,
}

/// What a comment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    File,
    /// A line, from 1.
    Line(usize),
}

/// What was checked: a comment for what was not is not unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    All,
    AllButTests,
    OnlyTests,
}

/// Takes the findings that comments allow out of `findings`, and adds those about the comments.
pub(crate) fn apply(sources: &Sources, findings: &mut Vec<Finding>, ran: Ran) -> Vec<Suppressed> {
    let mut texts = Texts::default();
    let mut reports = Reports::default();
    let mut files = Vec::new();
    for layer in sources.iter().flat_map(|(path, _)| sources.layers(path)) {
        if layer.text.contains(MARK) && layer.shown.ends_with(".yaml") {
            let file = texts.add(layer.shown, layer.text);
            files.push((layer.shown.to_owned(), comments(file, layer.text, &mut reports)));
        }
    }
    if files.is_empty() {
        return Vec::new();
    }
    let mut suppressed = Vec::new();
    for finding in std::mem::take(findings) {
        let file = files.iter_mut().find(|(path, _)| *path == finding.place.path);
        let mut by = None;
        for allowed in file.into_iter().flat_map(|(_, allowed)| allowed) {
            if allowed.allows(&finding) {
                allowed.used = true;
                let (place, reason) = (texts.place(allowed.span), allowed.reason.clone());
                by = by.or(Some(Suppression::Comment { place, reason }));
            }
        }
        match by {
            Some(by) => suppressed.push(Suppressed { finding, by }),
            None => findings.push(finding),
        }
    }
    // with errors, not everything was checked
    if ran != Ran::OnlyTests && !findings.iter().any(|finding| finding.severity() == Severity::Error) {
        let unused = files.iter().flat_map(|(_, allowed)| allowed).filter(|allowed| !allowed.used);
        for allowed in unused.filter(|allowed| ran == Ran::All || !allowed.needs_tests()) {
            let place = if allowed.target == Target::File { "in this file" } else { "here" };
            let (span, rule) = (allowed.span, allowed.selector.name());
            unused_suppression::report(&mut reports, span, rule, place, allowed.whole);
        }
    }
    findings.extend(reports.into_findings(&texts));
    suppressed
}

impl Allowed {
    fn allows(&self, finding: &Finding) -> bool {
        let here = match self.target {
            Target::File => true,
            Target::Line(line) => finding.place.line == line,
        };
        here && self.selector.selects(finding.rule)
    }

    fn needs_tests(&self) -> bool {
        mapwright::rules().iter().any(|rule| OF_TESTS.contains(&rule.id) && self.selector.selects(rule))
    }
}

/// Returns what the comments of a file allow.
fn comments(file: FileId, text: &str, reports: &mut Reports) -> Vec<Allowed> {
    let mut found = Vec::new();
    // the comments on lines of their own that wait for their line
    let mut waiting: Vec<usize> = Vec::new();
    let mut at_top = true;
    let mut start = 0;
    // the indentation of the line whose value is a block of text
    let mut block: Option<usize> = None;
    for (number, line) in text.split('\n').enumerate().map(|(at, line)| (at + 1, line)) {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if block.is_some_and(|of| content.is_empty() || indent > of) {
            start += line.len() + 1;
            continue;
        }
        block = opens_block(content).then_some(indent);
        let is_content = !(content.is_empty() || content.starts_with('#') || content.starts_with("---"));
        if is_content {
            at_top = false;
            for at in waiting.drain(..) {
                if let Some(Allowed { target, .. }) = found.get_mut(at) {
                    *target = Target::Line(number);
                }
            }
        }
        if let Some(comment) = comment(line) {
            let before = found.len();
            let target = if at_top { Target::File } else { Target::Line(number) };
            read(Comment { file, start, line, at: comment, target }, &mut found, reports);
            if !is_content && !at_top {
                waiting.extend(before..found.len());
            }
        }
        start += line.len() + 1;
    }
    found
}

/// Whether what follows a line is a block of text, which has no comments: `key: |`, `- >-`.
fn opens_block(content: &str) -> bool {
    let stated = content.split(" #").next().unwrap_or_default().trim_end();
    let style = stated.trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
    let before = style.strip_suffix(['|', '>']);
    !content.starts_with('#') && before.is_some_and(|before| before.ends_with([' ', '\t']))
}

/// Returns where a comment for us starts in a line.
fn comment(line: &str) -> Option<usize> {
    line.match_indices('#').map(|(at, _)| at).find(|at| {
        let (before, after) = line.split_at_checked(*at).unwrap_or_default();
        let starts = before.is_empty() || before.ends_with([' ', '\t']);
        // within quotes it is text
        let open = before.matches('"').count() % 2 == 1;
        starts && !open && after.get(1..).is_some_and(|after| after.trim_start().starts_with(MARK))
    })
}

struct Comment<'t> {
    file: FileId,
    /// The first byte of its line in the file.
    start: usize,
    line: &'t str,
    /// Where it starts in the line.
    at: usize,
    target: Target,
}

impl Comment<'_> {
    fn span(&self, from: usize, to: usize) -> Span {
        Span { file: self.file, start: (self.start + from) as u32, end: (self.start + to) as u32 }
    }
}

fn read(comment: Comment<'_>, found: &mut Vec<Allowed>, reports: &mut Reports) {
    let line = comment.line.trim_end();
    // with its line, if nothing else stands there
    let before = comment.line.get(..comment.at).map_or(0, |before| before.trim_end().len());
    let end = if before == 0 { comment.line.len() + 1 } else { line.len() };
    let parts = line.get(comment.at..).and_then(|text| {
        let (_, said) = text.split_once(MARK)?;
        said.trim_start().strip_prefix("allow")?.trim_start().strip_prefix('(')?.split_once(')')
    });
    let Some((names, reason)) = parts.filter(|(names, _)| !names.trim().is_empty()) else {
        return invalid_suppression::report(reports, comment.span(comment.at, line.len()));
    };
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    let only = !names.contains(',');
    // the names and what follows them are the end of the line
    let mut at = names.as_ptr().addr() - line.as_ptr().addr();
    for part in names.split(',') {
        let name = part.trim();
        let from = at + (part.len() - part.trim_start().len());
        let span = comment.span(from, from + name.len());
        at += part.len() + 1;
        match Selector::new(name) {
            Ok(selector) => found.push(Allowed {
                selector,
                span,
                whole: only.then(|| comment.span(before, end)),
                reason: reason.map(str::to_owned),
                target: comment.target,
                used: false,
            }),
            Err(unknown) => {
                invalid_suppression::report_rule(reports, span, &unknown.name, unknown.near.as_deref());
            }
        }
    }
}
