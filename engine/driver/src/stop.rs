//! Stopping a delivery, by its caller or because of an error.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::checkpoint::CheckpointError;
use crate::outcome::{DeliveryFailure, Unfinished};

/// The phase of a delivery.
#[derive(Debug, Clone, Default)]
pub(crate) enum Phase {
    #[default]
    Running,
    /// Events in flight are finished, unless they have to wait.
    Stopping,
    /// No more requests are sent.
    Paused(Arc<DeliveryFailure>),
    /// Progress cannot be recorded.
    Broken(Arc<CheckpointError>),
}

/// Stops a delivery. Cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { save: { method: PUT, path: '/people/{id}' } } }"),
/// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, params: { id: userId } } } }"),
/// # ].into_iter().collect();
/// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
/// # let mapper = plan.bind(&serde_json::json!({}))?;
/// use mapwright_driver::{Client, ClientConfig, DeliveryError, DeliveryReport, Driver, Ending, Finished, Incoming, Stopper};
///
/// let driver = Driver::builder(mapper, Client::new(&ClientConfig::default())?).build();
/// let events = futures_util::stream::iter([Incoming::new("{}", "line 1")]);
/// let mut delivery = driver.deliver(events);
/// // a handler of signals stops it: first gracefully, then at once
/// let stopper: Stopper = delivery.stopper();
/// stopper.stop();
/// stopper.halt();
/// while let Some(finished) = delivery.next().await {
///     let finished: Finished<&str> = finished;
///     finished.acknowledge();
/// }
/// let end: Result<DeliveryReport, DeliveryError> = delivery.end().await;
/// assert_eq!(end?.ending, Ending::Stopped);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Stopper {
    phase: watch::Sender<Phase>,
    /// When it was stopped.
    since: Arc<OnceLock<Instant>>,
    /// Whether requests in flight are abandoned.
    halted: watch::Sender<bool>,
}

impl Stopper {
    pub(crate) fn new() -> Self {
        let (phase, halted) = (watch::Sender::new(Phase::Running), watch::Sender::new(false));
        Self { phase, since: Arc::default(), halted }
    }

    /// Stops reading and starting events. Requests in flight complete, and events in flight continue until they would
    /// have to wait before a retry. The others end as [`Outcome::Unfinished`](crate::Outcome::Unfinished).
    pub fn stop(&self) {
        self.advance(Phase::Stopping);
    }

    /// Stops at once: requests in flight are abandoned, and their events end as [`Outcome::Unfinished`](crate::Outcome::Unfinished), like all
    /// others that were read. A request that was abandoned may have arrived.
    pub fn halt(&self) {
        self.stop();
        self.halted.send_replace(true);
    }

    /// Waits until [`Stopper::halt`] is called.
    pub(crate) async fn halted(&self) {
        // the sender lives as long as this
        let _ = self.halted.subscribe().wait_for(|halted| *halted).await;
    }

    pub(crate) fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let later = matches!(
                (&phase, &to),
                (Phase::Running, _) | (Phase::Stopping, Phase::Paused(_) | Phase::Broken(_))
            );
            if later {
                self.since.get_or_init(Instant::now);
                *phase = to;
            }
            later
        });
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.borrow().clone()
    }

    /// Returns why no request may be sent, even without a wait.
    pub(crate) fn sends_nothing(&self) -> Option<Unfinished> {
        match &*self.phase.borrow() {
            Phase::Running | Phase::Stopping => None,
            Phase::Paused(_) | Phase::Broken(_) => Some(Unfinished::Paused),
        }
    }

    /// Waits until no more requests are sent.
    pub(crate) async fn paused(&self) -> Unfinished {
        let mut phase = self.phase.subscribe();
        // the sender lives as long as this
        let _ = phase.wait_for(|phase| matches!(phase, Phase::Paused(_) | Phase::Broken(_))).await;
        Unfinished::Paused
    }

    /// Waits until the delivery has been stopped for `grace`.
    pub(crate) async fn stopped_for(&self, grace: Duration) -> Unfinished {
        self.stopped().await;
        // from the stop on, however often it is waited for
        let since = *self.since.get_or_init(Instant::now);
        tokio::time::sleep_until(since + grace).await;
        Unfinished::Stopped
    }

    /// Waits until the delivery is stopped.
    pub(crate) async fn stopped(&self) -> Unfinished {
        let mut phase = self.phase.subscribe();
        match phase.wait_for(|phase| !matches!(phase, Phase::Running)).await.as_deref() {
            Ok(Phase::Paused(_) | Phase::Broken(_)) => Unfinished::Paused,
            _ => Unfinished::Stopped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_grace_is_counted_from_the_stop_on() {
        let stopper = Stopper::new();
        stopper.stop();
        let stopped = Instant::now();
        tokio::time::sleep(Duration::from_secs(7)).await;
        stopper.stopped_for(Duration::from_secs(10)).await;
        assert_eq!(stopped.elapsed(), Duration::from_secs(10));
        // a wait that begins later is over at once
        stopper.stopped_for(Duration::from_secs(10)).await;
        assert_eq!(stopped.elapsed(), Duration::from_secs(10));
    }
}
