//! A comparison: what is compared, and the differences so far.

use std::borrow::Cow;

use serde_json::Value;

use crate::diff;
use crate::play::Played;
use crate::violation::shown;
use mapwright_findings::rules::failing_test::Difference;
use mapwright_findings::{At, Span, Texts};
use mapwright_language::spec::{Fault, OrNull};
use mapwright_plan::mapper::Mapper;
use mapwright_plan::plan::Call;
use mapwright_plan::rejection::{FaultOf, Rejection};

/// What a test is about: the mapper with its settings, if they are valid, and the event.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'c> {
    pub mapper: Option<&'c Mapper>,
    pub event: &'c [u8],
    /// The time in epoch milliseconds.
    pub now: i64,
}

/// What takes the place of something that is missing, as tests write it.
pub(super) const NONE: &str = "null";

/// A comparison that is in progress.
pub(super) struct Comparison<'c, 'p> {
    pub played: &'c Played<'p>,
    pub subject: Subject<'c>,
    pub texts: &'c Texts,
    pub differences: &'c mut Vec<Difference>,
}

impl Comparison<'_, '_> {
    pub(super) fn differs(&mut self, message: String, places: Vec<(Span, String)>, diff: Option<String>) {
        self.differences.push(Difference { message, places, made_by: Vec::new(), diff });
    }

    /// Compares lists, an item a line.
    pub(super) fn lines(&mut self, what: &str, expected: &At<Vec<String>>, found: &[String]) {
        if expected.value == found {
            return;
        }
        let lines = |items: &[String]| {
            items.iter().map(|item| format!("{}\n", self.redacted(item))).collect::<String>()
        };
        let diff = diff::of(what, &lines(&expected.value), &lines(found));
        let places = vec![(expected.span, "expected here".to_owned())];
        self.differs(format!("{what} differ"), places, Some(diff));
    }

    /// Compares a value on a single line.
    pub(super) fn line(
        &mut self,
        what: &str,
        expected: &At<String>,
        found: &str,
        made: Option<(Span, String)>,
    ) {
        if expected.value == found {
            return;
        }
        let places = std::iter::once((expected.span, "expected here".to_owned())).chain(made).collect();
        let message = format!("{what} differs");
        let diff = diff::of(what, &self.redacted(&expected.value), &self.redacted(found));
        self.differs(message, places, Some(diff));
    }

    /// Compares a value on a single line, which may be missing.
    pub(super) fn maybe<T: ToString>(
        &mut self,
        what: &str,
        expected: &At<OrNull<T>>,
        found: Option<&T>,
        made: Option<(Span, String)>,
    ) {
        let text = |value: Option<&T>| value.map_or_else(|| NONE.to_owned(), T::to_string);
        let wanted = At { value: text(expected.value.0.as_ref()), span: expected.span };
        self.line(what, &wanted, &text(found), made);
    }

    /// A string without secrets. Beyond one line that is too late for a diff of it.
    pub(super) fn redacted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.played.redactor.redact(text)
    }

    /// A value, cut where it is long.
    pub(super) fn shown(&self, value: &Value) -> String {
        shown(value, &self.played.redactor)
    }

    /// Returns the mapping line that a rejection names.
    pub(super) fn line_of(&self, rejection: &Rejection) -> Option<Span> {
        let (path, line) = rejection.mapping.as_deref()?.rsplit_once(':')?;
        self.texts.line(path, line.parse().ok()?)
    }

    /// The step at an instruction.
    pub(super) fn step(&self, instruction: usize) -> Option<&Call> {
        self.played.provenance?.call(instruction)
    }
}

/// All of a value, on a line.
pub(super) fn written(value: &Value) -> String {
    format!("`{value}`")
}

/// Who is expected to act.
pub(super) fn stated_fault(fault: Option<&At<Fault>>) -> Option<At<String>> {
    fault.map(|fault| At { value: FaultOf::from(fault.value).name().to_owned(), span: fault.span })
}
