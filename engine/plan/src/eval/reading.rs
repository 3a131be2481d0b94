//! What an evaluation has read of payload parts, and whether it has waited for a response.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use crate::plan::PartRead;

/// What an evaluation has read: a value that nothing reads neither rejects nor warns.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Of parts with items or warnings that are not reported yet.
    reads: RefCell<BTreeSet<PartRead>>,
    waited: Cell<bool>,
}

impl Reading {
    /// Notes what is read.
    pub(crate) fn note(&self, read: PartRead) {
        self.reads.borrow_mut().insert(read);
    }

    /// Notes that something is read that only a response gives.
    pub(crate) fn wait(&self) {
        self.waited.set(true);
    }

    /// Whether that was so since the last row began.
    pub(crate) fn has_waited(&self) -> bool {
        self.waited.get()
    }

    /// A row begins that depends on none before it.
    pub(crate) fn begin(&self) {
        self.waited.set(false);
    }

    /// Takes what has been read.
    pub(crate) fn take(&self) -> Vec<PartRead> {
        self.reads.take().into_iter().collect()
    }
}
