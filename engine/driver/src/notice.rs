//! What the coordinator has to look at again: noted by each event, and reported once for all that run together.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether something is new: a slot is free, an event waits in a batch, or others may run.
#[derive(Debug, Default)]
pub(crate) struct Notice {
    is_new: AtomicBool,
    told: Notify,
}

impl Notice {
    /// Notes that something is new. The task of the event reports it.
    pub(crate) fn note(&self) {
        self.is_new.store(true, Ordering::Release);
    }

    /// Reports it, if something was noted.
    pub(crate) fn tell(&self) {
        // mostly there is nothing, which is cheap to see
        if self.is_new.load(Ordering::Relaxed) && self.is_new.swap(false, Ordering::AcqRel) {
            self.told.notify_one();
        }
    }

    /// Waits until something is reported.
    pub(crate) async fn told(&self) {
        self.told.notified().await;
    }
}
