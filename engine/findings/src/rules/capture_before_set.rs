//! `capture-before-set`: a capture that is read before any step can set it.
//!
//! Page: `docs/rules/capture-before-set.md`. Fixtures: `tests/data/rules/capture-before-set/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "capture-before-set",
    severity: Severity::Error,
    summary: "a capture that is read before any step can set it",
    doc: include_str!("capture_before_set.md"),
};

/// A capture that a step reads too early.
#[derive(Debug)]
pub struct Early<'n> {
    /// Its name.
    pub name: &'n str,
    /// The first step that reads it.
    pub step: &'n str,
    /// Where a later step sets it.
    pub setter: Span,
    /// A capture of a similar name that is set before.
    pub meant: Option<String>,
    /// Whether nothing but the step itself sets it.
    pub by_itself: bool,
    /// The other step whose pages alone have it.
    pub pages_of: Option<&'n str>,
}

/// Reports a capture that a step reads at `span`, and that only a later one sets; `others` are places of other steps that read it too early.
pub fn report(reports: &mut Reports, span: Span, early: &Early<'_>, others: impl Iterator<Item = Span>) {
    let Early { name, step, setter, meant, by_itself, pages_of } = early;
    let message = match pages_of {
        Some(paged) => {
            format!("step `{step}` reads the capture `{name}`, which only the pages of `{paged}` have")
        }
        None => format!("step `{step}` reads the capture `{name}` before any step sets it"),
    };
    let move_it = match by_itself {
        _ if pages_of.is_some() => {
            "remove it, or capture what the step needs: after the last page, nothing names a next one"
        }
        true => {
            "remove it, or read what an earlier step captures: whether a step is carried out is decided once, before its first page"
        }
        false => "move the step that captures it before this one",
    };
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`, which is captured before? else {move_it}"),
        None => move_it.to_owned(),
    };
    let report = Report::new(&RULE, span, message).related(*setter, "set here").help(help);
    let others = others.take(MOST_PLACES);
    reports.add(others.fold(report, |report, other| report.related(other, "too early here as well")));
}

/// So many other places are shown.
const MOST_PLACES: usize = 3;
