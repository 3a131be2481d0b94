//! An event that is sent again: what of it was done before, by its content, is not done again.

use serde_json::Value;

use crate::plan::{Call, Instruction};
use crate::run::done::fingerprint;
use crate::run::prepared::{PreparedBody, PreparedRequest};
use crate::run::state::Run;

impl Run<'_> {
    /// Leaves out what was done when the event was sent before, which is what [`Run::done`] said then: items of steps with `on_failure: continue`,
    /// and requests that are the same. To be called before the first [`Run::request`], or a preview.
    pub fn without<S: AsRef<str>>(&mut self, done: &[S]) {
        self.done.extend(done);
    }

    /// Returns what of the event is done so far, for [`Run::without`] when it is sent again: fingerprints of contents. Empty unless the mapping has
    /// a step with `on_failure: continue`.
    pub fn done(&self) -> Vec<String> {
        self.done.texts()
    }

    /// The items that are left to do, by position; nothing: all of them.
    pub(crate) fn left(&self, step: &str, items: &[Value]) -> Option<Vec<usize>> {
        let fingerprints = || items.iter().map(|item| self.item_fingerprint(step, item));
        self.done.is_any_before().then(|| self.done.left(fingerprints()))
    }

    /// What distinguishes an item of a step from others: its content. Secrets are not part of it.
    pub(crate) fn item_fingerprint(&self, step: &str, item: &Value) -> u64 {
        let item = self.bound().settings.redactor().redact_json(item);
        fingerprint([step.as_bytes(), item.to_string().as_bytes()])
    }

    /// What distinguishes a request from others, if it is final: it is outside of repeated steps, and nothing is captured from its response.
    pub(crate) fn final_fingerprint(&self, call: &Call, prepared: &PreparedRequest) -> Option<u64> {
        if !self.loops.is_empty() || !self.may_continue() {
            return None;
        }
        let operation = self.operation(call)?;
        let method = operation.endpoint()?.method.word();
        let mut rules = call.rules.iter().chain(&operation.rules).chain(&self.mapper.plan.rules);
        if !call.capture.is_empty() || call.page.is_some() || rules.any(|rule| !rule.capture.is_empty()) {
            return None;
        }
        let redactor = self.bound().settings.redactor();
        let url = prepared
            .head
            .url
            .as_deref()
            .unwrap_or(self.bound().fixed.url(call.operation).as_ref())
            .to_owned();
        let body = match &prepared.body {
            None => &[][..],
            Some(PreparedBody::Part(part)) => &self.sent_part(*part),
            Some(PreparedBody::Made(made)) => made.body.bytes(),
        };
        let (url, body) = (redactor.redact(&url), redactor.redact_bytes(body));
        Some(fingerprint([call.name.as_bytes(), method.as_bytes(), url.as_bytes(), &body]))
    }

    /// Whether the flow has a step that continues after an item that fails.
    pub(crate) fn may_continue(&self) -> bool {
        let goes_on = |instruction: &Instruction| match instruction {
            Instruction::Enter { list: Some(repeat), .. } => repeat.continues.is_some(),
            _ => false,
        };
        self.flow.program.iter().any(goes_on)
    }
}
