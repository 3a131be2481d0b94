//! An event on its way to a worker, and back.

use std::sync::Arc;

use bytes::Bytes;
use mapwright::Lane;
use tokio::sync::OwnedSemaphorePermit;

use crate::checkpoint::Confirmed;
use crate::outcome::{FailedAttempt, Outcome};

/// An event to run.
pub(crate) struct Work {
    pub(crate) event: u64,
    pub(crate) json: Bytes,
    /// What was done when the event was sent before.
    pub(crate) done: Vec<String>,
    /// The responses that an earlier delivery has recorded.
    pub(crate) answers: Vec<Confirmed>,
    pub(crate) lanes: Vec<Lane>,
    /// The permission to be in flight.
    pub(crate) slot: Option<OwnedSemaphorePermit>,
}

/// The result of an event that ran.
pub(crate) struct Done {
    pub(crate) event: u64,
    pub(crate) over: Over,
    /// Whether something was sent for it.
    pub(crate) is_news: bool,
    /// The permission to be in flight, until its end is recorded.
    pub(crate) slot: Option<OwnedSemaphorePermit>,
}

impl Done {
    /// Whether a delivery that is continued has to know of its end.
    pub(crate) fn is_recorded(&self) -> bool {
        self.is_news && matches!(self.over.outcome, Outcome::Delivered(_) | Outcome::Failed(_))
    }
}

/// The end of an event.
pub(crate) struct Over {
    pub(crate) message: Option<Arc<str>>,
    pub(crate) outcome: Outcome,
    pub(crate) requests: u32,
    /// The status of the last response.
    pub(crate) status: Option<u16>,
    pub(crate) last_failure: Option<FailedAttempt>,
}

/// The end of an event that did not run.
impl From<Outcome> for Over {
    fn from(outcome: Outcome) -> Self {
        Self { message: None, outcome, requests: 0, status: None, last_failure: None }
    }
}
