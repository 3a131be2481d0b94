//! Delivers events with the driver. Shared by `send` and `delete`.

mod client;
pub(crate) mod feed;
mod keep;
mod log;
mod metrics;
mod notices;
mod progress;
mod signal;
pub(crate) mod summary;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, Stream};
use mapwright::Mapper;
use mapwright_driver::checkpoint::LogCheckpoint;
use mapwright_driver::{
    Client, Config, Delivery, DeliveryFailure, DeliveryReport, Driver, Ending, FailedAttempt, Finished,
    Incoming, Metrics, Outcome, Quantiles, Snapshot,
};
use tokio::runtime::Runtime;

use crate::args::WireArgs;
use crate::error::CommandError;
use crate::exit::{DONE, FAILED, REJECTED};
use crate::surroundings::{self, Surroundings};
use crate::terminal;

pub(crate) use keep::{Durability, Keep};
use notices::Notices;
pub(crate) use progress::Reading;
pub(crate) use signal::{Signal, SignalSource};

use progress::ProgressLine;

/// The setup of a delivery.
pub(crate) struct Setup<'a> {
    pub(crate) mapper: Mapper,
    pub(crate) wire: &'a WireArgs,
    /// The configuration, which arguments override.
    pub(crate) config: Config,
    pub(crate) checkpoint: Option<DeliveryProgress>,
    pub(crate) surroundings: Surroundings,
    /// The reading progress for the progress line; `None` for no progress line.
    pub(crate) progress: Option<Reading>,
}

/// The progress of a delivery, which a later one continues.
pub(crate) struct DeliveryProgress {
    pub(crate) log: Arc<Mutex<LogCheckpoint>>,
    /// The position of the first event that is read.
    pub(crate) first: u64,
}

/// The end of a delivery.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Why its outcomes or its progress could not be stored.
    pub(crate) failed: Option<CommandError>,
    pub(crate) ending: Ending,
    /// The number of events that were read, including those that an earlier run finished.
    pub(crate) read: u64,
    /// The signal that stopped it.
    pub(crate) signal: Option<Signal>,
    pub(crate) numbers: Snapshot,
    /// The last attempt that failed.
    pub(crate) last_failure: Option<FailedAttempt>,
    pub(crate) took: Duration,
    /// The latencies by operation.
    pub(crate) latencies: BTreeMap<String, Quantiles>,
}

impl Setup<'_> {
    /// Delivers all events. `keep` stores each outcome, which is acknowledged afterwards.
    pub(crate) fn deliver<T, S>(self, events: S, mut keep: impl Keep<T>) -> Result<Ended, CommandError>
    where
        T: Send + 'static,
        S: Stream<Item = Incoming<T>> + Send + 'static,
    {
        let Setup { mapper, wire, config, checkpoint, surroundings, progress } = self;
        log::start(wire.log, wire.log_level);
        let client = Client::new(&client::config(wire)?)?;
        let config = configured(wire, config, surroundings);
        let numbers = Metrics::new();
        let mut driver = Driver::builder(mapper, client).config(config).metrics(numbers.clone());
        if let Some(source) = token::TokenSource::of(wire) {
            driver = driver.renewing(move |setting| source.value(setting));
        }
        if let Some(DeliveryProgress { log, first }) = checkpoint {
            driver = driver.checkpoint(log).first(first);
        }
        let started = Instant::now();
        let caught = signal::Caught::new().map_err(CommandError::Start)?;
        let runtime = Runtime::new().map_err(CommandError::Start)?;
        let ended = runtime.block_on(async {
            if let Some(address) = wire.metrics {
                metrics::serve(address, numbers.clone()).await?;
            }
            let mut delivery = driver.build().deliver(events);
            let signals = caught.listen(delivery.stopper()).map_err(CommandError::Start)?;
            let line = progress.filter(|_| wire.log.is_none()).and_then(ProgressLine::for_terminal);
            let notices = Notices::new(line.is_some(), wire.log.is_some());
            let kept = keep_all(&mut delivery, &mut keep, line, notices, &numbers).await;
            if kept.is_err() {
                // an outcome that cannot be stored must not count as finished, nor may others follow
                delivery.stopper().halt();
            }
            let report = delivery.end().await.map_err(CommandError::from);
            let latencies = numbers.latencies();
            let (numbers, last_failure) = (numbers.snapshot(), numbers.last_failure());
            let (signal, took) = (signals.seen(), started.elapsed());
            let (ending, read, failed) = match report {
                Ok(DeliveryReport { ending, next, .. }) => (ending, next, kept.err()),
                Err(error) => {
                    let read = numbers.read + numbers.resumed;
                    (Ending::Stopped, read, Some(kept.err().unwrap_or(error)))
                }
            };
            Ok(Ended { failed, ending, read, signal, numbers, last_failure, took, latencies })
        });
        // the remaining tasks have nothing to write, so they can be abandoned
        runtime.shutdown_background();
        ended
    }
}

/// Stores and acknowledges all outcomes.
async fn keep_all<T>(
    delivery: &mut Delivery<T>,
    keep: &mut impl Keep<T>,
    mut line: Option<ProgressLine>,
    mut notices: Notices,
    numbers: &Metrics,
) -> Result<(), CommandError> {
    let mut unsynced: Vec<Finished<T>> = Vec::new();
    loop {
        let finished = if unsynced.is_empty() {
            match &mut line {
                None => tokio::select! {
                    finished = delivery.next() => finished,
                    () = notices.tick() => {
                        notices.tell(numbers);
                        continue;
                    }
                },
                Some(line) => tokio::select! {
                    finished = delivery.next() => finished,
                    () = line.tick() => {
                        line.show(numbers.snapshot(), numbers.last_failure().as_ref());
                        continue;
                    }
                },
            }
        } else {
            // one sync is for all outcomes that are there by now
            let room = unsynced.len() < keep::TOGETHER;
            let finished = if room { delivery.next().now_or_never().flatten() } else { None };
            if finished.is_none() {
                keep.sync()?;
                unsynced.drain(..).for_each(Finished::acknowledge);
                continue;
            }
            finished
        };
        let Some(finished) = finished else {
            // the notice must not be in the progress line
            drop(line);
            notices.unmatched(numbers);
            return Ok(());
        };
        let kept = match &line {
            // the outcome may be written to the same terminal
            Some(line) if !matches!(finished.outcome, Outcome::Delivered(_)) => {
                line.aside(|| keep.keep(&finished))?
            }
            _ => keep.keep(&finished)?,
        };
        match kept {
            Durability::Safe => finished.acknowledge(),
            Durability::Unsynced => unsynced.push(finished),
        }
    }
}

/// Finds out what the system gives this delivery. Nothing else may open a file at the same time.
pub(crate) fn surroundings(wire: &WireArgs) -> Result<Surroundings, CommandError> {
    let wanted = concurrency(wire);
    let found = surroundings::suffice(wanted, wire.metrics.map_or(0, |_| metrics::FILES))?;
    if found.connections < wanted {
        terminal::complain(&format!(
            "warning: {} events are in flight at a time instead of {wanted}, since no more files can be open; raise `ulimit -n`",
            found.connections
        ));
    }
    Ok(found)
}

fn concurrency(wire: &WireArgs) -> usize {
    wire.concurrency.map_or(Config::default().concurrency, Into::into)
}

/// Returns the configuration of the delivery, in which arguments take precedence.
fn configured(wire: &WireArgs, mut config: Config, surroundings: Surroundings) -> Config {
    config.rate = wire.rate.or(config.rate);
    // each event in flight has at most one connection
    config.concurrency = concurrency(wire).min(surroundings.connections);
    config.circuit.patience = wire.give_up_after.unwrap_or(config.circuit.patience);
    // an outage is noticed, and ends, within the time that it may last
    config.circuit.longest = config.circuit.longest.min(config.circuit.patience);
    config.longest_wait = wire.longest_wait.unwrap_or(config.longest_wait);
    (config.names.patience, config.names.longest_wait) = ("--give-up-after", "--longest-wait");
    config
}

impl Ended {
    /// Returns an error if an outcome could not be stored.
    pub(crate) fn stored(self) -> Result<Self, CommandError> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Returns the exit code.
    pub(crate) fn code(&self) -> u8 {
        match (&self.ending, self.signal) {
            _ if self.failed.is_some() => FAILED,
            (Ending::Paused(_), _) => FAILED,
            (Ending::Stopped, Some(signal)) => signal.code(),
            _ if self.numbers.rejected + self.numbers.failed > 0 => REJECTED,
            _ => DONE,
        }
    }

    /// Prints why the delivery failed or paused, if it did, and what to do.
    pub(crate) fn complain(&self, next: &str) {
        if let Some(error) = &self.failed {
            terminal::complain(&format!("{}\n{next}", error.report()));
        }
        if let Ending::Paused(failure) = &self.ending {
            terminal::complain(&format!("error: {}\n{next}", explained(failure)));
        }
    }
}

/// Returns the message of a failure that affects every event, with the API's error and advice.
pub(crate) fn explained(failure: &DeliveryFailure) -> String {
    let mut text = failure.message.clone();
    if let Some(said) = failure.api.message.as_deref().filter(|said| !text.contains(said)) {
        text.push_str(&format!(" ({said})"));
    }
    if let Some(advice) = failure.advice.as_deref().filter(|advice| !text.contains(advice)) {
        text.push_str(&format!("\nadvice: {advice}"));
    }
    text
}
