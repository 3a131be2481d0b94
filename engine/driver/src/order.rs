//! The lanes of a delivery, whose events wait in them for their turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapwright::{Lane, Lanes, Turn};
use tokio::sync::Notify;

/// The lanes of a delivery.
#[derive(Debug, Default)]
pub(crate) struct SharedLanes(Mutex<WatchedLanes>);

/// Lanes, and the events that wait until they are at the head of theirs.
#[derive(Debug, Default)]
pub(crate) struct WatchedLanes {
    pub(crate) lanes: Lanes,
    waiting: HashMap<u64, Arc<Notify>>,
}

impl SharedLanes {
    pub(crate) fn lock(&self) -> MutexGuard<'_, WatchedLanes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is an event's turn.
    pub(crate) async fn turn(&self, turn: Turn<'_>) {
        loop {
            let come = {
                let mut all = self.lock();
                if all.lanes.is_turn(turn) {
                    all.waiting.remove(&turn.event);
                    return;
                }
                all.waiting.entry(turn.event).or_default().clone()
            };
            come.notified().await;
        }
    }
}

impl WatchedLanes {
    /// Removes an event from a lane of its steps: see [`Lanes::pass`].
    pub(crate) fn pass(&mut self, event: u64, lane: &Lane) {
        let next = self.lanes.pass(event, lane);
        self.notify(&next);
    }

    /// Removes an event: see [`Lanes::leave`].
    pub(crate) fn leave(&mut self, event: u64) {
        self.waiting.remove(&event);
        let next = self.lanes.leave(event);
        self.notify(&next);
    }

    fn notify(&self, events: &[u64]) {
        events.iter().filter_map(|event| self.waiting.get(event)).for_each(|come| come.notify_one());
    }
}
