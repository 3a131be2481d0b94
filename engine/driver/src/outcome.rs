//! Events and their outcomes.

use std::sync::Arc;

use bytes::Bytes;
use mapwright::{ApiError, FailedItem, FaultOf, Problem, Redactor, Rejection, Skip, Warning};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

/// An event to deliver.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Incoming<T> {
    /// Its JSON text.
    pub json: Bytes,
    /// Data that is returned with the outcome, such as a position in a file or a message to acknowledge.
    pub tag: T,
    /// See [`Incoming::without`].
    pub done: Vec<String>,
}

impl<T> Incoming<T> {
    /// Creates an event of its JSON text, with a tag that is returned with its outcome.
    pub fn new(json: impl Into<Bytes>, tag: T) -> Self {
        Self { json: json.into(), tag, done: Vec::new() }
    }

    /// Omits the items in `done` from an event that is sent again because some of its items failed: see [`done`](DeliveryFailure::done).
    ///
    /// ```
    /// let done = vec!["0c1d".to_owned()];
    /// let event = mapwright_driver::Incoming::new(r#"{"type": "track"}"#, "tag").without(done);
    /// assert_eq!(event.tag, "tag");
    /// ```
    #[must_use]
    pub fn without(mut self, done: Vec<String>) -> Self {
        self.done = done;
        self
    }
}

/// An event and its outcome.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished<T> {
    /// Its position in the stream, from 0. It stays the same when a delivery is resumed.
    pub sequence: u64,
    /// The tag of the event.
    pub tag: T,
    /// The event.
    pub json: Bytes,
    /// Its message type, if there is a mapping for it.
    pub message: Option<Arc<str>>,
    /// The outcome.
    pub outcome: Outcome,
    /// The number of requests that were sent for it, without those of an earlier, crashed delivery.
    pub requests: u32,
    /// The status of the last response to them.
    pub status: Option<u16>,
    /// The last attempt, if it failed and its request had no usable response since. It shows what an unfinished event
    /// was waiting for.
    pub last_failure: Option<FailedAttempt>,
    pub(crate) token: Token,
}

impl<T> Finished<T> {
    /// Acknowledges the outcome: the event is finished, and a resumed delivery skips it.
    ///
    /// An event whose outcome is dropped without this is not finished, and a resumed delivery returns its outcome again. An
    /// [`Outcome::Unfinished`] stays unfinished.
    pub fn acknowledge(mut self) {
        self.token.acknowledged = match self.outcome {
            Outcome::Delivered(_) => Some(FinishedAs::Delivered),
            Outcome::Skipped(_) => Some(FinishedAs::Skipped),
            Outcome::Rejected(_) => Some(FinishedAs::Rejected),
            Outcome::Failed(_) => Some(FinishedAs::Failed),
            Outcome::Unfinished(_) => None,
        };
    }
}

/// Informs the delivery, when it is dropped, that an outcome was taken.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) sequence: u64,
    pub(crate) bytes: usize,
    /// The outcome, if it was acknowledged.
    pub(crate) acknowledged: Option<FinishedAs>,
    pub(crate) taken: UnboundedSender<Taken>,
}

/// An outcome that its receiver has processed.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) sequence: u64,
    pub(crate) bytes: usize,
    /// The outcome, if it was acknowledged.
    pub(crate) acknowledged: Option<FinishedAs>,
}

impl Drop for Token {
    fn drop(&mut self) {
        let Token { sequence, bytes, acknowledged, .. } = *self;
        // the receiver is gone if the delivery was dropped
        let _ = self.taken.send(Taken { sequence, bytes, acknowledged });
    }
}

/// How an event finished.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishedAs {
    /// See [`Outcome::Delivered`].
    Delivered,
    /// See [`Outcome::Skipped`].
    Skipped,
    /// See [`Outcome::Rejected`].
    Rejected,
    /// See [`Outcome::Failed`].
    Failed,
}

/// The outcome of an event.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Every request got the expected response.
    Delivered(Delivered),
    /// The event is not meant for this destination.
    Skipped(Skip),
    /// The event cannot be mapped.
    Rejected(Box<Rejection>),
    /// The event could not be delivered.
    Failed(Box<DeliveryFailure>),
    /// The delivery stopped before the event was finished. A resumed delivery continues with it.
    Unfinished(Unfinished),
}

impl Outcome {
    /// Redacts all texts: an API may repeat the secrets that it was sent.
    pub(crate) fn redact(&mut self, redactor: &Redactor) {
        match self {
            Outcome::Delivered(Delivered { warnings, result }) => {
                for warning in warnings {
                    redactor.redact_in(&mut warning.message);
                    warning.field.iter_mut().for_each(|field| redactor.redact_in(field));
                }
                if let Some(result) = result {
                    *result = redactor.redact_json(result);
                }
            }
            Outcome::Skipped(skip) => redactor.redact_in(&mut skip.reason),
            Outcome::Rejected(rejection) => {
                redactor.redact_in(&mut rejection.message);
                rejection.field.iter_mut().for_each(|field| redactor.redact_in(field));
            }
            Outcome::Failed(failure) => failure.redact(redactor),
            Outcome::Unfinished(_) => {}
        }
    }
}

impl Outcome {
    /// Notes what is done of an event that failed.
    pub(crate) fn done_is(&mut self, done: impl FnOnce() -> Vec<String>) {
        if let Outcome::Failed(failure) = self {
            failure.done = done();
        }
    }

    /// The same for an event whose step shared the request, which is named after the step of its first item.
    pub(crate) fn of_step(mut self, step: &str) -> Self {
        if let Outcome::Failed(failure) = &mut self
            && failure.step != step
        {
            if let Some(rest) = failure.message.strip_prefix(&format!("`{}`", failure.step)) {
                failure.message = format!("`{step}`{rest}");
            }
            step.clone_into(&mut failure.step);
        }
        self
    }
}

/// Why an event is unfinished.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// The caller stopped the delivery.
    Stopped,
    /// The destination accepts nothing until an operator acts; [`DeliveryReport::ending`](crate::DeliveryReport::ending) says why.
    Paused,
}

/// An event that was delivered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delivered {
    /// What was dropped or truncated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The value of the mapping's `result`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<serde_json::Value>,
}

/// Why an event could not be delivered. Texts of the API may contain values of the event; secrets are redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct DeliveryFailure {
    /// The class of the failure.
    pub class: FailureClass,
    /// The step whose request failed.
    pub step: String,
    /// The status of the last response, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// A stable name: the mapping's code, `http_<status>`, or the name of the class.
    pub code: String,
    /// The message for the user.
    pub message: String,
    /// The API's own error.
    #[serde(default, skip_serializing_if = "ApiError::is_empty")]
    pub api: ApiError,
    /// Who must act.
    pub fault: FaultOf,
    /// What the user can do, if the mapping states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
    /// The items that are not done, of steps with `on_failure: continue`; all others are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<FailedItem>,
    /// What is done, for [`Incoming::without`]: fingerprints of items and requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
}

impl DeliveryFailure {
    pub(crate) fn redact(&mut self, redactor: &Redactor) {
        redactor.redact_in(&mut self.message);
        let ApiError { code, message, .. } = &mut self.api;
        for text in [code, message, &mut self.advice].into_iter().flatten() {
            redactor.redact_in(text);
        }
        for item in &mut self.items {
            let Problem { message, advice, api, .. } = &mut item.problem;
            redactor.redact_in(message);
            for text in [advice, &mut api.code, &mut api.message].into_iter().flatten() {
                redactor.redact_in(text);
            }
        }
    }
}

/// A failed attempt to send a request. It contains neither the event, nor settings, nor messages of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("`{step}`: {problem}")]
#[non_exhaustive]
pub struct FailedAttempt {
    /// The step of the request.
    pub step: String,
    /// Why there was no response, or its status.
    pub problem: String,
}

impl FailedAttempt {
    /// Creates a failed attempt of a step.
    ///
    /// ```
    /// use mapwright_driver::FailedAttempt;
    ///
    /// let attempt = FailedAttempt::new("save", "answered with status 503");
    /// assert_eq!(attempt.step, "save");
    /// ```
    pub fn new(step: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { step: step.into(), problem: problem.into() }
    }

    /// That of a response which is not the expected one, and which a proxy may have given.
    /// The same of another step that shared the request.
    pub(crate) fn of_step(mut self, step: &str) -> Self {
        step.clone_into(&mut self.step);
        self
    }

    pub(crate) fn answered(step: &str, status: u16, foreign: bool) -> Self {
        let problem = match status {
            407 if foreign => "answered with 407: the proxy requires authentication".to_owned(),
            _ if foreign => format!("answered with {status}, a redirect, which is not followed"),
            _ => format!("answered with {status}"),
        };
        Self::new(step, problem)
    }
}

/// Classes of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureClass {
    /// The mapping gives up on the response.
    GaveUp,
    /// Every attempt got a response to retry after.
    Retries,
    /// No attempt got a response.
    Unreachable,
    /// The responses cannot be read: too long, truncated, or invalid JSON.
    Unreadable,
    /// It is unknown whether the request arrived, and retrying is not safe: its operation is not `idempotent`.
    UnknownFate,
}

impl FailureClass {
    /// Returns its name, as in reports.
    ///
    /// ```
    /// use mapwright_driver::{DeliveryFailure, FailureClass};
    ///
    /// /// Whether the event may be sent again by hand.
    /// fn is_safe(failure: &DeliveryFailure) -> bool {
    ///     failure.class != FailureClass::UnknownFate
    /// }
    /// assert_eq!(FailureClass::UnknownFate.as_str(), "unknown_fate");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            FailureClass::GaveUp => "gave_up",
            FailureClass::Retries => "retries",
            FailureClass::Unreachable => "unreachable",
            FailureClass::Unreadable => "unreadable",
            FailureClass::UnknownFate => "unknown_fate",
        }
    }
}
