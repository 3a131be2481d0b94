//! How a delivery is told to stop, by its caller or by what it meets.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::checkpoint::CheckpointError;
use crate::outcome::{DeliveryFailure, Unfinished};

/// What a delivery is doing.
#[derive(Debug, Clone, Default)]
pub(crate) enum Phase {
    #[default]
    Running,
    /// What is under way is brought to its end, as far as nothing has to be waited for.
    Stopping,
    /// Nothing is sent any more.
    Paused(Arc<DeliveryFailure>),
    /// Progress cannot be kept.
    Broken(Arc<CheckpointError>),
}

/// Tells a delivery to stop; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stopper {
    phase: watch::Sender<Phase>,
}

impl Stopper {
    pub(crate) fn new() -> Self {
        Self { phase: watch::Sender::new(Phase::Running) }
    }

    /// Reads no more events and starts none. Requests that are under way are answered, and events under way go on until they would
    /// have to wait before a retry; the others end as [`Outcome::Unfinished`](crate::Outcome::Unfinished).
    pub fn stop(&self) {
        self.advance(Phase::Stopping);
    }

    pub(crate) fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let later = matches!(
                (&phase, &to),
                (Phase::Running, _) | (Phase::Stopping, Phase::Paused(_) | Phase::Broken(_))
            );
            if later {
                *phase = to;
            }
            later
        });
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.borrow().clone()
    }

    /// Why an event has to be left although it could be sent at once.
    pub(crate) fn sends_nothing(&self) -> Option<Unfinished> {
        match &*self.phase.borrow() {
            Phase::Running | Phase::Stopping => None,
            Phase::Paused(_) | Phase::Broken(_) => Some(Unfinished::Paused),
        }
    }

    /// Waits until nothing is sent any more.
    pub(crate) async fn paused(&self) -> Unfinished {
        let mut phase = self.phase.subscribe();
        // the sender lives as long as this
        let _ = phase.wait_for(|phase| matches!(phase, Phase::Paused(_) | Phase::Broken(_))).await;
        Unfinished::Paused
    }

    /// Waits until it has been stopped for so long.
    pub(crate) async fn stopped_for(&self, grace: Duration) -> Unfinished {
        self.stopped().await;
        tokio::time::sleep(grace).await;
        Unfinished::Stopped
    }

    /// Waits until nothing is waited for any more.
    pub(crate) async fn stopped(&self) -> Unfinished {
        let mut phase = self.phase.subscribe();
        match phase.wait_for(|phase| !matches!(phase, Phase::Running)).await.as_deref() {
            Ok(Phase::Paused(_) | Phase::Broken(_)) => Unfinished::Paused,
            _ => Unfinished::Stopped,
        }
    }
}
