//! What is known of the values of a version, kept while it is looked at; and how much may be tried to decide its conditions.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use mapwright_language::limits::CONDITION_VALUES;

use super::Known;

/// What something is known by: where it is stated, and whatever else it depends on, by their addresses.
pub(crate) type KnownBy = [usize; 10];

/// What is known of the values of a version.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    known: RefCell<HashMap<KnownBy, Known>>,
    work: Rc<Work>,
}

/// The values that may still be tried to decide the conditions of a version: the limit `condition_values`.
#[derive(Debug)]
pub(crate) struct Work {
    left: Cell<usize>,
}

impl Kept {
    /// Returns what is known by a key; it is found out once.
    pub(crate) fn get(&self, key: KnownBy, find: impl FnOnce() -> Known) -> Known {
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        // finding it out may ask for others
        let known = find();
        self.known.borrow_mut().insert(key, known.clone());
        known
    }

    /// What may still be tried.
    pub(crate) fn work(&self) -> Rc<Work> {
        self.work.clone()
    }
}

impl Default for Work {
    fn default() -> Self {
        Self { left: Cell::new(CONDITION_VALUES) }
    }
}

impl Work {
    /// Counts values that are tried; `false`, if that is more than the limit, and nothing more is tried.
    pub(crate) fn spend(&self, values: usize) -> bool {
        let left = self.left.get().checked_sub(values);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }
}
