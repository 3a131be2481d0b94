//! What a log holds beside its events: counts of those that are finished, and marks of the caller.

use serde::{Deserialize, Serialize};

use crate::outcome::FinishedAs;

/// How many events finished, by their outcome.
///
/// It is exhaustive, as [`FinishedAs`] is: there is a number for each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedCounts {
    /// Events that were delivered.
    pub delivered: u64,
    /// Events that are not meant for the destination.
    pub skipped: u64,
    /// Events that cannot be mapped.
    pub rejected: u64,
    /// Events that could not be delivered.
    pub failed: u64,
}

impl FinishedCounts {
    pub(super) fn add(&mut self, outcome: FinishedAs) {
        let count = match outcome {
            FinishedAs::Delivered => &mut self.delivered,
            FinishedAs::Skipped => &mut self.skipped,
            FinishedAs::Rejected => &mut self.rejected,
            FinishedAs::Failed => &mut self.failed,
        };
        *count += 1;
    }

    /// Returns their sum.
    pub fn total(&self) -> u64 {
        self.delivered + self.skipped + self.rejected + self.failed
    }
}

/// A note of the caller about the input from an event on, such as the file that it comes from.
///
/// It is exhaustive: a note is its text and its place, and programs write it as a literal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The first event that it applies to.
    pub from: u64,
    /// The note.
    pub text: String,
}
