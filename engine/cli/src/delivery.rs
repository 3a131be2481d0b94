//! Delivers events with the driver. Shared by `send` and `delete`.

pub(crate) mod feed;
mod log;
mod metrics;
mod progress;
mod signal;
pub(crate) mod summary;

use std::time::{Duration, Instant};

use futures_util::Stream;
use mapwright::Mapper;
use mapwright_driver::checkpoint::LogCheckpoint;
use mapwright_driver::{
    Client, ClientConfig, Config, DeliveryFailure, DeliveryReport, Driver, Ending, FailedAttempt, Finished,
    Incoming, Metrics, Outcome, Snapshot,
};
use tokio::runtime::Runtime;

use crate::args::WireArgs;
use crate::error::CommandError;
use crate::exit::{DONE, FAILED, REJECTED};
use crate::terminal;

pub(crate) use progress::Reading;
pub(crate) use signal::Signal;

/// The setup of a delivery.
pub(crate) struct Setup<'a> {
    pub(crate) mapper: Mapper,
    pub(crate) wire: &'a WireArgs,
    /// The configuration, which arguments override.
    pub(crate) config: Config,
    pub(crate) checkpoint: Option<LogCheckpoint>,
    /// The reading progress for the progress line; `None` for no progress line.
    pub(crate) progress: Option<Reading>,
}

/// The end of a delivery.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) ending: Ending,
    /// The number of events that were read, including those that an earlier run finished.
    pub(crate) read: u64,
    /// The signal that stopped it.
    pub(crate) signal: Option<Signal>,
    pub(crate) numbers: Snapshot,
    /// The last attempt that failed.
    pub(crate) last_failure: Option<FailedAttempt>,
    pub(crate) took: Duration,
}

impl Setup<'_> {
    /// Delivers all events. `take` stores each outcome, which is acknowledged afterwards.
    pub(crate) fn deliver<T, S>(
        self,
        events: S,
        mut take: impl FnMut(&Finished<T>) -> Result<(), CommandError>,
    ) -> Result<Ended, CommandError>
    where
        T: Send + 'static,
        S: Stream<Item = Incoming<T>> + Send + 'static,
    {
        let Setup { mapper, wire, mut config, checkpoint, progress } = self;
        log::start(wire.log, wire.log_level);
        let client = Client::new(&client_config(wire))?;
        config.rate = wire.rate.or(config.rate);
        config.concurrency = wire.concurrency.map_or(config.concurrency, Into::into);
        let numbers = Metrics::new();
        let mut driver = Driver::builder(mapper, client).config(config).metrics(numbers.clone());
        if let Some(checkpoint) = checkpoint {
            driver = driver.checkpoint(checkpoint);
        }
        let started = Instant::now();
        let runtime = Runtime::new().map_err(CommandError::Start)?;
        let ended = runtime.block_on(async {
            if let Some(address) = wire.metrics {
                metrics::serve(address, numbers.clone()).await?;
            }
            let mut delivery = driver.build().deliver(events);
            let signals = signal::listen(delivery.stopper()).map_err(CommandError::Start)?;
            let mut line =
                progress.filter(|_| wire.log.is_none()).and_then(progress::ProgressLine::for_terminal);
            loop {
                let finished = match &mut line {
                    None => delivery.next().await,
                    Some(line) => tokio::select! {
                        finished = delivery.next() => finished,
                        () = line.tick() => {
                            line.show(numbers.snapshot(), numbers.last_failure().as_ref());
                            continue;
                        }
                    },
                };
                let Some(finished) = finished else { break };
                match &line {
                    // `take` may write to the same terminal
                    Some(line) if !matches!(finished.outcome, Outcome::Delivered(_)) => {
                        line.aside(|| take(&finished))?;
                    }
                    _ => take(&finished)?,
                }
                finished.acknowledge();
            }
            let DeliveryReport { ending, next, .. } = delivery.end().await?;
            let (numbers, last_failure) = (numbers.snapshot(), numbers.last_failure());
            let (signal, took) = (signals.seen(), started.elapsed());
            Ok(Ended { ending, read: next, signal, numbers, last_failure, took })
        });
        // the remaining tasks have nothing to write, so they can be abandoned
        runtime.shutdown_background();
        ended
    }
}

/// Returns the client's configuration. A given timeout limits silence as well as the whole request.
fn client_config(wire: &WireArgs) -> ClientConfig {
    let mut config = ClientConfig::default();
    config.base_url = wire.base_url.clone();
    if let Some(timeout) = wire.timeout {
        config.total_timeout = timeout;
        config.read_timeout = timeout;
        config.connect_timeout = timeout.min(config.connect_timeout);
    }
    config
}

impl Ended {
    /// Returns the exit code.
    pub(crate) fn code(&self) -> u8 {
        match (&self.ending, self.signal) {
            (Ending::Paused(_), _) => FAILED,
            (Ending::Stopped, Some(signal)) => signal.code(),
            _ if self.numbers.rejected + self.numbers.failed > 0 => REJECTED,
            _ => DONE,
        }
    }

    /// Prints why the delivery paused, if it did, and what to do.
    pub(crate) fn complain(&self, next: &str) {
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
