//! Compares what has become of several events with what is expected of each.

use super::comparison::Comparison;
use crate::play::{Became, End};
use mapwright_findings::{At, Span};
use mapwright_language::spec::{EndSpec, EventSpec};

impl Comparison<'_, '_> {
    /// Compares each event with what is stated of it.
    pub(super) fn events(&mut self, expected: &At<Vec<EventSpec>>) {
        for (at, (EventSpec(expected), found)) in expected.value.iter().zip(&self.played.events).enumerate() {
            self.event(at, expected, found);
        }
    }

    /// Compares events of which nothing is stated: all of them are done, if anything is sent.
    pub(super) fn all_done(&mut self) {
        if self.played.responses.is_empty() {
            return;
        }
        for (at, found) in self.played.events.iter().enumerate() {
            self.outcome(at, "done", None, found);
        }
    }

    fn event(&mut self, at: usize, expected: &EndSpec, found: &Became) {
        let EndSpec { outcome, failure, rejected, skipped, retry, .. } = expected;
        let (wanted, span) = match outcome {
            Some(outcome) => (outcome.value.as_str(), outcome.span),
            None if failure.is_some() => ("failed", expected.span),
            None if rejected.is_some() => ("rejected", expected.span),
            None if skipped.is_some() => ("skipped", expected.span),
            None if retry.is_some() => ("retry", expected.span),
            None => ("done", expected.span),
        };
        if !self.outcome(at, wanted, Some(span), found) {
            return;
        }
        match (&found.end, failure, rejected, skipped, retry) {
            (End::Failed(found), Some(failure), ..) => self.failure(&failure.value, found),
            (End::Rejected(found), _, Some(rejected), ..) => self.rejection(rejected, found),
            (End::Skipped(found), _, _, Some(skipped), _) if skipped.value != found.rule => {
                self.line("the reason for the skip", skipped, &found.reason, None);
            }
            (End::Retry(found), _, _, _, Some(retry)) => self.retry(&retry.value, found),
            _ => {}
        }
        if let Some(warnings) = &expected.warnings {
            self.warnings(&format!("the warnings of event {}", at + 1), warnings, &found.warnings);
        }
    }

    /// Whether an event ends as it should.
    fn outcome(&mut self, at: usize, wanted: &str, stated: Option<Span>, found: &Became) -> bool {
        let (found, problem) = match &found.end {
            // the script is too short
            End::Unanswered | End::Preview => return false,
            End::Done => ("done", String::new()),
            End::Retry(_) => ("retry", ": its request is sent again".to_owned()),
            End::Failed(failure) => ("failed", format!(": {failure} (`{}`)", failure.code)),
            End::Rejected(rejection) => {
                ("rejected", format!(": {} (`{}`)", rejection.message, rejection.code))
            }
            End::Skipped(skip) => ("skipped", format!(": {}", skip.reason)),
        };
        if wanted == found {
            return true;
        }
        let message = format!("event {}: expected the outcome `{wanted}`, found `{found}`{problem}", at + 1);
        let places = stated.map(|span| (span, "expected here".to_owned()));
        self.differs(message, places.into_iter().collect(), None);
        false
    }
}
