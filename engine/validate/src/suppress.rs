//! Comments that allow findings: `# mapwright: allow(rule) reason`.

use std::collections::BTreeSet;

use mapwright::{Finding, Severity, Sources};
use mapwright_findings::rules::{invalid_suppression, unexplained_suppression, unused_suppression};
use mapwright_findings::{FileId, Reports, Span, Texts, differ_by_a_letter, nearest};

use crate::comments::lines;
use crate::report::{Suppressed, Suppression};
use crate::selector::Selector;

/// What a comment starts with, after its `#`.
const MARK: &str = "mapwright:";

/// What it says then.
const ALLOW: &str = "allow";

/// The rules whose findings need the mapping tests.
const OF_TESTS: [&str; 3] = ["failing-test", "schema-violation", "untested-mapping"];

/// The rule whose findings need a revision to compare with.
const OF_REVISIONS: &str = "breaking-change";

/// A rule that a comment allows.
struct Allowed {
    selector: Selector,
    /// Where it is named.
    span: Span,
    /// Its comment.
    comment: Span,
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
    /// What breaks, compared with a revision. Everything else is reported elsewhere.
    OnlyRevision,
}

/// Takes the findings that comments allow out of `findings`, and adds those about the comments.
pub(crate) fn apply(sources: &Sources, findings: &mut Vec<Finding>, ran: Ran) -> Vec<Suppressed> {
    let mut texts = Texts::default();
    let mut reports = Reports::default();
    let mut files = Vec::new();
    for layer in sources.iter().flat_map(|(path, _)| sources.layers(path)) {
        if layer.shown.ends_with(".yaml") && may_say_something(layer.text) {
            let file = texts.add(layer.shown, layer.text);
            files.push((layer.shown.to_owned(), comments(file, layer.text, &mut reports)));
        }
    }
    if ran == Ran::OnlyRevision {
        reports = Reports::default();
    }
    if files.is_empty() {
        findings.extend(reports.into_findings(&texts));
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
    let silent = files.iter().flat_map(|(_, allowed)| allowed);
    let comments: BTreeSet<Span> = silent
        .filter(|allowed| allowed.used && allowed.reason.is_none())
        .map(|allowed| allowed.comment)
        .collect();
    comments.into_iter().for_each(|comment| unexplained_suppression::report(&mut reports, comment));
    let was_checked = |allowed: &&Allowed| match ran {
        Ran::All => !allowed.needs_revision(),
        Ran::AllButTests => !allowed.needs_tests() && !allowed.needs_revision(),
        Ran::OnlyTests => false,
        Ran::OnlyRevision => allowed.needs_revision(),
    };
    // with errors, not everything was checked
    let is_whole = !findings.iter().any(|finding| finding.severity() == Severity::Error);
    if is_whole || ran == Ran::OnlyRevision {
        let unused = files.iter().flat_map(|(_, allowed)| allowed).filter(|allowed| !allowed.used);
        for allowed in unused.filter(was_checked) {
            let place = if allowed.target == Target::File { "in this file" } else { "here" };
            let (span, rule) = (allowed.span, allowed.selector.name());
            unused_suppression::report(&mut reports, span, rule, place, allowed.whole);
        }
    }
    findings.extend(reports.into_findings(&texts));
    suppressed
}

/// Whether a file can have comments for us.
fn may_say_something(text: &str) -> bool {
    text.contains(MARK)
        || ["llow(", "llow (", "LLOW"].into_iter().any(|part| text.contains(part))
        || has_mark(text)
}

/// Whether the mark stands in it in any case.
fn has_mark(text: &str) -> bool {
    let mark = MARK.as_bytes();
    text.bytes().enumerate().filter(|(_, byte)| byte.eq_ignore_ascii_case(&b'm')).any(|(at, _)| {
        text.as_bytes().get(at..at + mark.len()).is_some_and(|found| found.eq_ignore_ascii_case(mark))
    })
}

impl Allowed {
    fn allows(&self, finding: &Finding) -> bool {
        let here = match self.target {
            Target::File => true,
            Target::Line(line) => finding.place.line == line,
        };
        here && self.selector.selects(finding.rule)
    }

    fn needs_revision(&self) -> bool {
        self.selector.name() == OF_REVISIONS
    }

    fn needs_tests(&self) -> bool {
        mapwright::rules().iter().any(|rule| OF_TESTS.contains(&rule.id) && self.selector.selects(rule))
    }
}

/// Returns what the comments of a file allow.
fn comments(file: FileId, text: &str, reports: &mut Reports) -> Vec<Allowed> {
    let mut found: Vec<Allowed> = Vec::new();
    // the comments on lines of their own that wait for their line
    let mut waiting: Vec<usize> = Vec::new();
    let mut at_top = true;
    for line in lines(text) {
        if line.has_content {
            at_top = false;
            for at in waiting.drain(..) {
                if let Some(Allowed { target, .. }) = found.get_mut(at) {
                    *target = Target::Line(line.number);
                }
            }
        }
        let Some(at) = line.comment else { continue };
        let before = found.len();
        let target = if at_top { Target::File } else { Target::Line(line.number) };
        let comment = Comment { file, start: line.start, line: line.text, at, target };
        match said(line.text.get(at..).unwrap_or("")) {
            Said::Nothing => continue,
            Said::Nearly(word) => comment.misspelt(word, reports),
            Said::Mark => read(comment, &mut found, reports),
        }
        if !line.has_content && !at_top {
            waiting.extend(before..found.len());
        }
    }
    found
}

/// What a comment starts with.
enum Said<'t> {
    /// Nothing for us.
    Nothing,
    /// The mark.
    Mark,
    /// What is nearly the mark.
    Nearly(&'t str),
}

fn said(comment: &str) -> Said<'_> {
    let content = comment.trim_start_matches('#').trim_start();
    if content.starts_with(MARK) {
        return Said::Mark;
    }
    let word = content.split([':', ' ', '(']).next().unwrap_or("");
    let rest = content.get(word.len()..).unwrap_or("").trim_start();
    let name = MARK.trim_end_matches(':');
    let is_same = word.eq_ignore_ascii_case(name);
    let allows = rest.trim_start_matches(':').trim_start().to_ascii_lowercase().starts_with("allow");
    let is_near = is_same || differ_by_a_letter(&word.to_ascii_lowercase(), name);
    match is_near && allows || is_same && rest.starts_with(':') {
        true => {
            let end = content.len() - rest.trim_start_matches(':').len();
            Said::Nearly(content.get(..end).unwrap_or(word).trim_end())
        }
        false => Said::Nothing,
    }
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
    fn misspelt(&self, word: &str, reports: &mut Reports) {
        let from = word.as_ptr().addr() - self.line.as_ptr().addr();
        invalid_suppression::report_mark(reports, self.span(from, from + word.len()), word, MARK);
    }

    fn span(&self, from: usize, to: usize) -> Span {
        Span { file: self.file, start: (self.start + from) as u32, end: (self.start + to) as u32 }
    }
}

/// The word of a comment that is nearly the one that allows findings.
fn misspelt_allow(text: &str) -> Option<&str> {
    let (_, said) = text.split_once(MARK)?;
    let said = said.trim_start();
    let word = said.split(|c: char| !c.is_alphanumeric() && c != '-').next()?;
    (word != ALLOW && nearest(word, [ALLOW]).is_some()).then_some(word)
}

fn read(comment: Comment<'_>, found: &mut Vec<Allowed>, reports: &mut Reports) {
    let line = comment.line.trim_end();
    // with its line, if nothing else stands there
    let before = comment.line.get(..comment.at).map_or(0, |before| before.trim_end().len());
    let end = if before == 0 { comment.line.len() + 1 } else { line.len() };
    let parts = line.get(comment.at..).and_then(|text| {
        let (_, said) = text.split_once(MARK)?;
        said.trim_start().strip_prefix(ALLOW)?.trim_start().strip_prefix('(')?.split_once(')')
    });
    let Some((names, reason)) = parts.filter(|(names, _)| !names.trim().is_empty()) else {
        if let Some(word) = line.get(comment.at..).and_then(misspelt_allow) {
            let from = word.as_ptr().addr() - line.as_ptr().addr();
            let span = comment.span(from, from + word.len());
            return invalid_suppression::report_word(reports, span, word, ALLOW);
        }
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
                comment: comment.span(comment.at, line.len()),
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
