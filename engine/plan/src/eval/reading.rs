//! What an evaluation has read of payload parts, whether it has waited for a response, and what may reject because of that.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use crate::eval::fault::RowError;
use crate::plan::PartRead;

/// What an evaluation has read: a value that nothing reads neither rejects nor warns.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Of parts with items or warnings that are not reported yet.
    reads: RefCell<BTreeSet<PartRead>>,
    waited: Waited,
    /// The bytes of a URL that a response decides.
    waiting_bytes: Cell<usize>,
    /// The errors of rows that only some responses lead to.
    perhaps: RefCell<Vec<RowError>>,
}

/// Whether something that only a response gives decides what is evaluated now: the position of its name.
type Waited = Cell<Option<usize>>;

impl Reading {
    /// Notes what is read.
    pub(crate) fn note(&self, read: PartRead) {
        self.reads.borrow_mut().insert(read);
    }

    /// Notes that something is read that only a response gives: the name at this position.
    pub(crate) fn wait(&self, name: usize) {
        self.waited.set(Some(name));
    }

    /// The name that the row at hand has waited for.
    pub(crate) fn waited(&self) -> Option<usize> {
        self.waited.get()
    }

    /// What follows waits for what something before it has waited for, and for nothing else.
    pub(crate) fn resume(&self, waited: Option<usize>) {
        self.waited.set(waited);
    }

    /// Notes bytes of a URL, if a response decides whether the row at hand makes them.
    pub(crate) fn note_bytes(&self, bytes: usize) {
        if self.waited().is_some() {
            self.waiting_bytes.set(self.waiting_bytes.get() + bytes);
        }
    }

    /// The bytes of a URL that a response decides.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes.get()
    }

    /// Takes what has been read.
    pub(crate) fn take(&self) -> Vec<PartRead> {
        self.reads.take().into_iter().collect()
    }

    /// Notes the error of a row that only some responses lead to.
    pub(crate) fn may_reject(&self, error: RowError) {
        self.perhaps.borrow_mut().push(error);
    }

    /// How many such errors there are.
    pub(crate) fn perhaps(&self) -> usize {
        self.perhaps.borrow().len()
    }

    /// Changes the errors from this one on.
    pub(crate) fn name_perhaps(&self, from: usize, name: impl Fn(&mut RowError)) {
        self.perhaps.borrow_mut().iter_mut().skip(from).for_each(name);
    }

    /// Takes these errors.
    pub(crate) fn take_perhaps(&self) -> Vec<RowError> {
        self.perhaps.take()
    }
}
