//! The line of events that wait for each other.

use std::collections::VecDeque;

/// Events in input order. Mostly there is one, which has its place here.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub first: Option<u64>,
    /// Nothing without a first one.
    rest: VecDeque<u64>,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<u64> {
        match at.checked_sub(1) {
            None => self.first,
            Some(at) => self.rest.get(at).copied(),
        }
    }

    pub(super) fn position(&self, event: u64) -> Option<usize> {
        self.first.iter().chain(&self.rest).position(|known| *known == event)
    }

    pub(super) fn push(&mut self, event: u64) {
        match self.first {
            None => self.first = Some(event),
            Some(_) => self.rest.push_back(event),
        }
    }

    pub(super) fn remove(&mut self, at: usize) {
        match at.checked_sub(1) {
            None => self.first = self.rest.pop_front(),
            Some(at) => {
                self.rest.remove(at);
            }
        }
    }
}
