//! What a delivery waits for, so that a caller can say so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// What all events, or those of a rate group, wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// Why, in words, without values of events or settings.
    pub reason: String,
    /// Since when.
    pub since: Instant,
    /// Until when, if that is known.
    pub until: Option<Instant>,
}

impl Waiting {
    /// Creates a wait, such as in a test of a display of waits.
    ///
    /// ```
    /// let since = tokio::time::Instant::now();
    /// let waiting = mapwright_driver::Waiting::new("the connection was refused", since, None);
    /// assert_eq!(waiting.reason, "the connection was refused");
    /// ```
    pub fn new(reason: impl Into<String>, since: Instant, until: Option<Instant>) -> Self {
        Waiting { reason: reason.into(), since, until }
    }
}

/// The current waits of a delivery.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waits {
    now: Arc<Mutex<CurrentWaits>>,
}

#[derive(Debug, Default)]
struct CurrentWaits {
    outage: Option<Waiting>,
    throttle: Option<Waiting>,
}

impl Waits {
    fn now(&self) -> MutexGuard<'_, CurrentWaits> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current wait.
    pub(crate) fn current(&self, now: Instant) -> Option<Waiting> {
        let mut waits = self.now();
        waits.throttle.take_if(|wait| wait.until.is_some_and(|until| until <= now));
        waits.outage.clone().or_else(|| waits.throttle.clone())
    }

    /// Records that the destination is down, or that this process lacks something. The latest reason counts.
    pub(crate) fn down(&self, reason: &str, now: Instant) {
        let mut waits = self.now();
        let since = waits.outage.as_ref().map_or(now, |wait| wait.since);
        waits.outage = Some(Waiting { reason: reason.to_owned(), since, until: None });
    }

    /// Records that the destination works.
    pub(crate) fn up(&self) {
        self.now().outage = None;
    }

    /// Records that the API asks to wait.
    pub(crate) fn throttled(&self, reason: &str, now: Instant, until: Instant) {
        let mut waits = self.now();
        let since = waits.throttle.as_ref().filter(|wait| wait.until.is_some_and(|end| end > now));
        let since = since.map_or(now, |wait| wait.since);
        waits.throttle = Some(Waiting { reason: reason.to_owned(), since, until: Some(until) });
    }
}
