//! What becomes of an event.

use bytes::Bytes;
use mapwright::{ApiError, FaultOf, Redactor, Rejection, Skip, Warning};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

/// An event that is to be delivered.
#[derive(Debug, Clone)]
pub struct Incoming<T> {
    /// Its JSON text.
    pub json: Bytes,
    /// Whatever the caller wants back with its outcome: its place in a file, a message to acknowledge.
    pub tag: T,
}

/// An event and what has become of it.
#[derive(Debug)]
pub struct Finished<T> {
    /// Its position in the stream, from 0; the same when a delivery is resumed.
    pub sequence: u64,
    /// What came with the event.
    pub tag: T,
    /// The event.
    pub json: Bytes,
    /// Its message type, if the mapping knows it.
    pub message: Option<String>,
    /// What has become of it.
    pub outcome: Outcome,
    /// Requests that were sent for it, those of an earlier, crashed delivery not included.
    pub requests: u32,
    /// What came of the last attempt, if it has failed and its request has had no answer that counts since. Tells what an event that is
    /// left was waiting for.
    pub last_failure: Option<FailedAttempt>,
    pub(crate) token: Token,
}

impl<T> Finished<T> {
    /// Says that whatever has to be kept of the outcome is kept: the event is finished, and a resumed delivery passes it over.
    ///
    /// An event whose outcome is dropped without this is not finished; a resumed delivery hands the outcome out again. An
    /// [`Outcome::Unfinished`] stays unfinished.
    pub fn acknowledge(mut self) {
        self.token.acknowledged = !matches!(self.outcome, Outcome::Unfinished(_));
    }
}

/// Tells the delivery that an outcome was taken, when it is dropped.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) sequence: u64,
    pub(crate) bytes: usize,
    pub(crate) acknowledged: bool,
    pub(crate) taken: UnboundedSender<Taken>,
}

/// An outcome that its receiver is done with.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) sequence: u64,
    pub(crate) bytes: usize,
    pub(crate) acknowledged: bool,
}

impl Drop for Token {
    fn drop(&mut self) {
        let Token { sequence, bytes, acknowledged, .. } = *self;
        // nobody is there to be told when the delivery was dropped
        let _ = self.taken.send(Taken { sequence, bytes, acknowledged });
    }
}

/// What becomes of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All its requests were answered as they should be.
    Delivered(Delivered),
    /// It is not for this destination.
    Skipped(Skip),
    /// It cannot be mapped.
    Rejected(Box<Rejection>),
    /// It could not be delivered.
    Failed(Box<DeliveryFailure>),
    /// The delivery stopped before the event was over. It is not finished: a resumed delivery goes on with it.
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

/// Why an event was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// The caller has stopped the delivery.
    Stopped,
    /// The destination takes nothing until somebody acts; [`DeliveryReport::ending`](crate::DeliveryReport::ending) says why.
    Paused,
}

/// An event that was delivered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Delivered {
    /// What had to be dropped or cut.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// What the mapping's `result` has made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<serde_json::Value>,
}

/// Why an event could not be delivered. Texts of the API may contain values of the event; secrets are redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct DeliveryFailure {
    /// What kind of failure.
    pub class: FailureClass,
    /// The step whose request failed.
    pub step: String,
    /// The status of the last answer, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Stable name: the mapping's, `http_<status>`, or the name of the class.
    pub code: String,
    /// What the user reads.
    pub message: String,
    /// What the API says.
    #[serde(default)]
    pub api: ApiError,
    /// Who has to act.
    pub fault: FaultOf,
    /// What the user can do, if the mapping knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
}

impl DeliveryFailure {
    pub(crate) fn redact(&mut self, redactor: &Redactor) {
        redactor.redact_in(&mut self.message);
        let ApiError { code, message } = &mut self.api;
        for text in [code, message, &mut self.advice].into_iter().flatten() {
            redactor.redact_in(text);
        }
    }
}

/// A request that was sent and had no answer that counts. Neither the event nor the settings nor texts of the API stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("`{step}`: {problem}")]
pub struct FailedAttempt {
    /// The step whose request it was.
    pub step: String,
    /// Why there was no answer, or its status.
    pub problem: String,
}

/// Kinds of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The mapping gives up on the answer.
    GaveUp,
    /// Every attempt was answered with something to try again after.
    Retries,
    /// No attempt had an answer.
    Unreachable,
    /// What was answered cannot be read: too long, cut, no JSON though it says so.
    Unreadable,
    /// It is not known whether the request arrived, and sending it twice is not safe: its operation is not `idempotent`.
    UnknownFate,
}

impl FailureClass {
    /// Its name, as in reports.
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
