//! Compares calls with what is expected of them.

use super::comparison::Comparison;
use super::count::{self, Line};
use super::request::redacted_in_call;
use mapwright_findings::At;
use mapwright_language::spec::{CallSpec, ExpectSpec};
use mapwright_plan::sdk::SdkCall;

/// What a call is called, and what several are.
const KIND: (&str, &str) = ("call", "calls");

impl Comparison<'_, '_> {
    pub(super) fn called(&mut self, expected: &At<Vec<CallSpec>>, expect: &ExpectSpec) {
        if self.becomes_other(KIND, expected, !self.played.requests.is_empty()) {
            return;
        }
        let found = &self.played.calls;
        if expected.value.len() == found.len() {
            for (at, (expected, found)) in expected.value.iter().zip(found).enumerate() {
                self.call(at, expected, found);
            }
        } else {
            self.count_calls(expected);
        }
        self.ending(expect);
    }

    /// Reports a different number of calls.
    fn count_calls(&mut self, expected: &At<Vec<CallSpec>>) {
        let found = &self.played.calls;
        let wanted = expected.value.iter().map(|spec| {
            let [step, function] =
                [&spec.step, &spec.function].map(|stated| stated.as_ref().map(|at| at.value.as_str()));
            Line { step, parts: vec![function] }
        });
        let came = found
            .iter()
            .map(|found| Line { step: Some(&found.step), parts: vec![Some(found.function.as_str())] });
        let (wanted, came) = (wanted.collect::<Vec<_>>(), came.collect::<Vec<_>>());
        let diff = count::diff_of("the calls", &wanted, &came);
        let one_more = found.get(expected.value.len()).map(|call| call.instruction);
        self.number(KIND, expected, found.len(), one_more, diff);
    }

    fn call(&mut self, at: usize, expected: &CallSpec, found: &SdkCall) {
        let name = format!("call {} (`{}`)", at + 1, found.step);
        let step = self.step(found.instruction).map(|call| (call.span, "this step makes it".to_owned()));
        if let Some(expected) = &expected.step {
            self.line(&format!("the step of call {}", at + 1), expected, &found.step, step.clone());
        }
        if let Some(expected) = &expected.function {
            self.line(&format!("the function of {name}"), expected, &found.function, step);
        }
        if let Some(expected) = &expected.arguments {
            let what = format!("the list of arguments of {name}");
            let arguments = found.arguments().into();
            self.body(&what, expected, true, Some(&arguments), found.instruction);
        }
        if let Some(redacted) = &expected.redacted {
            let places = self.subject.mapper.map(|mapper| redacted_in_call(found, mapper.redactor()));
            self.lines(&format!("what is redacted of {name}"), redacted, &places.unwrap_or_default());
        }
    }
}
