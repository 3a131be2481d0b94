//! What all events of a delivery share.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapwright::{Redactor, Scratch};
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use crate::batches::Batches;
use crate::checkpoint::{Checkpoint, CheckpointError, Known};
use crate::circuit::Circuit;
use crate::client::Client;
use crate::config::Config;
use crate::kept::Kept;
use crate::metrics::{Metrics, TargetLabels};
use crate::notice::Notice;
use crate::order::SharedLanes;
use crate::outcome::{Outcome, Unfinished};
use crate::rate::{Gate, Gates};
use crate::renew::Renewals;
use crate::stop::{Phase, Stopper};

/// The time in epoch milliseconds.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The state that all events of a delivery share.
pub(crate) struct Shared {
    /// The mapper with the settings that hold now.
    pub(crate) renewals: Renewals,
    pub(crate) client: Client,
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
    pub(crate) target: TargetLabels,
    /// The message types that have a mapping.
    pub(crate) messages: Vec<Arc<str>>,
    pub(crate) stopper: Stopper,
    pub(crate) circuit_changed: Notify,
    pub(crate) circuit: Mutex<Circuit>,
    pub(crate) groups: HashMap<String, Gate>,
    /// The gate of operations without a rate group.
    pub(crate) other: Gate,
    pub(crate) operator: Option<Gate>,
    pub(crate) lanes: SharedLanes,
    pub(crate) batches: Batches,
    /// One for each event in flight that does not wait for its turn.
    pub(crate) slots: Arc<Semaphore>,
    /// What events in flight have changed for others.
    pub(crate) changed: Notice,
    pub(crate) checkpoint: Mutex<Box<dyn Checkpoint>>,
    pub(crate) permissions: Mutex<Permissions>,
    /// Responses that serve other events.
    pub(crate) kept: Kept,
    pub(crate) scratches: Scratches,
    pub(crate) lack_since: Mutex<Option<Instant>>,
    pub(crate) random: Mutex<fastrand::Rng>,
    pub(crate) clock: Clock,
}

/// Buffers for mapping events, which go from one event to the next.
#[derive(Debug, Default)]
pub(crate) struct Scratches {
    #[allow(clippy::vec_box, reason = "they go to the events and come back")]
    free: Mutex<Vec<Box<Scratch>>>,
}

impl Scratches {
    /// Those that were used last, if there are any.
    pub(crate) fn take(&self) -> Box<Scratch> {
        locked(&self.free).pop().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, scratch: Box<Scratch>) {
        locked(&self.free).push(scratch);
    }
}

/// The operations to which the destination has given an accepted response.
#[derive(Debug, Default)]
pub(crate) struct Permissions {
    accepted: HashSet<String>,
}

impl Permissions {
    pub(crate) fn accept(&mut self, operation: &str) {
        if !self.accepted.contains(operation) {
            self.accepted.insert(operation.to_owned());
        }
    }

    /// Returns whether the credentials work, and only this operation is refused.
    pub(crate) fn is_alone(&self, operation: &str) -> bool {
        !self.accepted.is_empty() && !self.accepted.contains(operation)
    }
}

impl Shared {
    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    /// The name of a message type that has a mapping. Others are arbitrary and unbounded, so they are no labels.
    pub(crate) fn message(&self, name: &str) -> Option<Arc<str>> {
        self.messages.iter().find(|known| known.as_ref() == name).cloned()
    }

    /// The redactor of the settings that hold now.
    pub(crate) fn redactor(&self) -> Redactor {
        self.renewals.mapper().0.redactor().clone()
    }

    /// The outcome with the secrets redacted of all settings that held.
    pub(crate) fn redacted(&self, mut outcome: Outcome) -> Outcome {
        self.renewals.redactors().for_each(|redactor| outcome.redact(&redactor));
        outcome
    }

    pub(crate) fn circuit(&self) -> MutexGuard<'_, Circuit> {
        locked(&self.circuit)
    }

    pub(crate) fn gates(&self, rate: Option<&str>) -> Gates<'_> {
        let group = rate.and_then(|name| self.groups.get(name)).unwrap_or(&self.other);
        Gates { group, operator: self.operator.as_ref() }
    }

    /// What the checkpoint knows of an event.
    pub(crate) fn known(&self, event: u64) -> Known {
        locked(&self.checkpoint).known(event)
    }

    /// Returns a random number between 0 and 1.
    pub(crate) fn jitter(&self) -> f64 {
        locked(&self.random).f64()
    }

    /// Returns a string that no other request has.
    pub(crate) fn nonce(&self) -> String {
        format!("{:032x}", locked(&self.random).u128(..))
    }

    pub(crate) fn permissions(&self) -> MutexGuard<'_, Permissions> {
        locked(&self.permissions)
    }

    /// Records that this process lacks something. Returns since when.
    pub(crate) fn lacks(&self, now: Instant) -> Instant {
        *locked(&self.lack_since).get_or_insert(now)
    }

    /// Records that this process has what it needs.
    pub(crate) fn lacks_nothing(&self) -> bool {
        locked(&self.lack_since).take().is_none()
    }

    /// Writes to the checkpoint. If that fails, the delivery stops.
    pub(crate) fn record(
        &self,
        write: impl FnOnce(&mut dyn Checkpoint) -> Result<(), CheckpointError>,
    ) -> Result<(), Unfinished> {
        write(locked(&self.checkpoint).as_mut()).map_err(|error| {
            self.stopper.advance(Phase::Broken(Arc::new(error)));
            Unfinished::Paused
        })
    }
}

/// The value behind a lock, whatever became of those who held it before.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
