//! Compares the end of a run with what is expected of it.

use serde_json::Value;

use super::comparison::{Comparison, stated_fault, written};
use crate::play::{Again, End, Unmatched};
use mapwright_findings::At;
use mapwright_language::spec::{ExpectSpec, FailureSpec, RejectedSpec, RetrySpec};
use mapwright_plan::rejection::Rejection;
use mapwright_plan::run::Failure;

impl Comparison<'_, '_> {
    /// Compares the outcome of the run; `done` by default.
    pub(super) fn ending(&mut self, expect: &ExpectSpec) {
        let (found, problem) = match &self.played.end {
            End::Done => ("done", String::new()),
            End::Retry(_) => ("retry", "the last request is retried".to_owned()),
            End::Failed(failure) => ("failed", format!("{failure} (`{}`)", failure.code)),
            // the script is too short, or there is none
            _ => return,
        };
        let wanted = match (&expect.outcome, &expect.failure, &expect.retry) {
            (Some(outcome), _, _) => outcome.value.as_str(),
            (None, Some(_), _) => "failed",
            (None, None, Some(_)) => "retry",
            (None, None, None) => "done",
        };
        if wanted != found {
            let stated = expect.outcome.as_ref().map(|outcome| (outcome.span, "expected here".to_owned()));
            let step = self.played.requests.last().and_then(|request| self.step(request.instruction));
            let step = step.map(|call| (call.span, "at this step".to_owned()));
            let mut message = format!("expected the outcome `{wanted}`, found `{found}`");
            if !problem.is_empty() {
                message.extend([": ", &problem]);
            }
            self.differs(message, stated.into_iter().chain(step).collect(), None);
        }
        if let (End::Failed(failure), Some(expected)) = (&self.played.end, &expect.failure) {
            self.failure(&expected.value, failure);
        }
        if let (End::Retry(again), Some(expected)) = (&self.played.end, &expect.retry) {
            self.retry(&expected.value, again);
        }
    }

    pub(super) fn retry(&mut self, expected: &RetrySpec, found: &Again) {
        if let Some(after) = &expected.after {
            let seconds = found.after.map(|after| after.as_secs_f64());
            if after.value.as_f64() != seconds || (seconds.is_none() && !after.value.is_null()) {
                let wanted = At { value: written(&after.value), span: after.span };
                let found = seconds.map_or(Value::Null, Value::from);
                self.line("the wait before the retry", &wanted, &written(&found), None);
            }
        }
        if let Some(throttle) = &expected.throttle {
            let wanted = At { value: throttle.value.to_string(), span: throttle.span };
            self.line("`throttle` of the retry", &wanted, &found.throttle.to_string(), None);
        }
        if let Some(renew) = &expected.renew {
            let wanted = At { value: written(&renew.value), span: renew.span };
            let found = written(&Value::from(found.renew.clone()));
            self.line("the setting that is to be renewed", &wanted, &found, None);
        }
    }

    pub(super) fn failure(&mut self, expected: &FailureSpec, found: &Failure) {
        if let Some(code) = &expected.code {
            self.line("the failure's code", code, &found.code, None);
        }
        if let Some(status) = &expected.status {
            self.maybe("the failure's status", status, found.status.map(u64::from).as_ref(), None);
        }
        if let Some(fault) = stated_fault(expected.fault.as_ref()) {
            self.line("who must act on the failure", &fault, found.fault.name(), None);
        }
        if let Some(advice) = &expected.advice {
            self.maybe("the failure's advice", advice, found.advice.as_ref(), None);
        }
        if let Some(api) = &expected.api {
            let said = [
                ("the API's code", &api.code, &found.api.code),
                ("the API's message", &api.message, &found.api.message),
            ];
            for (what, expected, found) in said {
                if let Some(expected) = expected {
                    self.maybe(what, expected, found.as_ref(), None);
                }
            }
        }
        if let Some(items) = &expected.items {
            let wanted = At { value: written(&items.value.clone().into()), span: items.span };
            let found = found.items.iter().map(|failed| failed.item.clone()).collect();
            self.line("the list of failed items", &wanted, &written(&found), None);
        }
    }

    pub(super) fn rejection(&mut self, expected: &At<RejectedSpec>, rejection: &Rejection) {
        let made = self.line_of(rejection).map(|span| (span, "this rejects the event".to_owned()));
        let spec = &expected.value;
        let fault = stated_fault(spec.fault.as_ref());
        let parts = [
            ("the rejection's code", &spec.code, rejection.code.as_str()),
            ("the rejection's message", &spec.message, rejection.message.as_str()),
            ("who must act on the rejection", &fault, rejection.fault.name()),
        ];
        for (what, expected, found) in parts {
            if let Some(expected) = expected {
                self.line(what, expected, found, made.clone());
            }
        }
        if let Some(field) = &spec.field {
            self.maybe("the rejection's field", field, rejection.field.as_ref(), made);
        }
    }

    /// Reports responses that name what is no item: the mapping, or the test, has another place in mind than the API.
    pub(super) fn unmatched(&mut self) {
        for Unmatched { span, request, text } in &self.played.unmatched {
            let step = self.played.requests.get(request - 1).map_or("", |request| request.step.as_ref());
            let message = format!("the response to request {request} (`{step}`) names {text}");
            let places = span.map(|span| (span, "this response".to_owned()));
            self.differs(message, places.into_iter().collect(), None);
        }
    }

    pub(super) fn script_used(&mut self) {
        let played = self.played;
        if let End::Unanswered = played.end {
            let last = played.requests.last();
            let message = format!(
                "the script has no response for request {} (`{}`)",
                played.requests.len(),
                last.map_or("", |request| request.step.as_ref())
            );
            let step = last.and_then(|request| self.step(request.instruction));
            let places = step.map(|call| (call.span, "this step makes it".to_owned())).into_iter().collect();
            self.differs(message, places, None);
        } else if played.used < played.responses.len() {
            let (used, all) = (played.used, played.responses.len());
            let message = format!("the run uses {used} of {all} responses of the script");
            self.differs(message, Vec::new(), None);
        }
    }
}
