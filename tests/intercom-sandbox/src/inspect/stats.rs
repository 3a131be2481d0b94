//! The counts of requests, and what only this API counts.

use std::ops::Deref;

use mapwright_loopback::Counts;
use serde::Serialize;

/// Counts since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// What every double counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// The most requests that were accepted in one rate window.
    pub busiest_window: u64,
    /// Requests over the rate limit, without injected 429s.
    pub rejected_by_rate_limit: u64,
    /// Events that were accepted and not stored, because they are duplicates.
    pub duplicate_events: u64,
}

impl Deref for Stats {
    type Target = Counts;

    fn deref(&self) -> &Counts {
        &self.counts
    }
}
