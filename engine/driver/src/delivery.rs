//! The delivery: reads events, runs them concurrently and in order, and returns their outcomes.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use mapwright::{Lane, Mapper, RateHeaders, Scratch};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::batch;
use crate::batches::Batches;
use crate::checkpoint::{Checkpoint, CheckpointError, Confirmed, Ended, Known, NoCheckpoint};
use crate::circuit::Circuit;
use crate::client::Client;
use crate::config::Config;
use crate::kept::Kept;
use crate::metrics::{EventMetrics, Metrics, TargetLabels};
use crate::notice::Notice;
use crate::order::SharedLanes;
use crate::outcome::{DeliveryFailure, Finished, Incoming, Outcome, Taken, Token, Unfinished};
use crate::rate::Gate;
use crate::renew::{Renewals, Renewer, Renewing};
use crate::server_time::system_time;
use crate::shared::{Clock, Scratches, Shared};
use crate::stop::{Phase, Stopper};
use crate::work::{Done, Over, Work};
use crate::worker;

/// The most events that are started in one task.
const IN_A_TASK: usize = 32;
/// The most that is taken from a queue before others have their turn.
const TOGETHER: usize = 256;

/// Builds a [`Driver`].
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { save: { method: PUT, path: '/people/{id}' } } }"),
/// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, params: { id: userId } } } }"),
/// # ].into_iter().collect();
/// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
/// # let mapper = plan.bind(&serde_json::json!({}))?;
/// use mapwright_driver::{Client, ClientConfig, Driver, Renewing};
///
/// let driver = Driver::builder(mapper, Client::new(&ClientConfig::default())?)
///     // the caller has skipped the first ten events, which are finished
///     .first(10)
///     .clock(|| 1_714_564_800_000)
///     .renewing(|setting| -> Renewing {
///         let problem = format!("nobody gives a new value of `{setting}`");
///         Box::pin(async { Err(problem) })
///     })
///     .build();
/// # let _ = driver;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DriverBuilder {
    mapper: Mapper,
    client: Client,
    config: Config,
    checkpoint: Box<dyn Checkpoint>,
    metrics: Metrics,
    clock: Clock,
    first: u64,
    renewer: Option<Renewer>,
}

impl DriverBuilder {
    /// Sets the configuration. The default is [`Config::default`].
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the checkpoint that records progress. By default, progress is not recorded.
    pub fn checkpoint(mut self, checkpoint: impl Checkpoint + 'static) -> Self {
        self.checkpoint = Box::new(checkpoint);
        self
    }

    /// Sets metrics to share with other deliveries. By default, the driver has its own.
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Sets the position of the stream's first event, for a caller that has skipped finished events. The default is 0.
    pub fn first(mut self, first: u64) -> Self {
        self.first = first;
        self
    }

    /// Sets the clock for mapping events, in epoch milliseconds. The default is the system clock.
    pub fn clock(mut self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets who gives a new value of a setting, by its name, when the mapping says that a response asks for one (`renew`), such as an access token. It is asked once for all events that need it.
    /// Without it, or if it gives an error, the delivery pauses.
    pub fn renewing(mut self, renewer: impl Fn(&str) -> Renewing + Send + Sync + 'static) -> Self {
        self.renewer = Some(Arc::new(renewer));
        self
    }

    /// Builds the driver.
    pub fn build(self) -> Driver {
        Driver { setup: self }
    }
}

/// Delivers events to one destination.
///
/// Use one driver per destination, so that none blocks another. Drivers may share [`Client`] and [`Metrics`].
pub struct Driver {
    setup: DriverBuilder,
}

impl Driver {
    /// Returns a builder for a driver with this mapper: a destination, its version and settings.
    pub fn builder(mapper: Mapper, client: Client) -> DriverBuilder {
        DriverBuilder {
            mapper,
            client,
            config: Config::default(),
            checkpoint: Box::new(NoCheckpoint),
            metrics: Metrics::new(),
            clock: Arc::new(system_time),
            first: 0,
            renewer: None,
        }
    }

    /// Starts a delivery. Must be called within a tokio runtime.
    ///
    /// Events are read only as fast as they are delivered and acknowledged. Dropping the delivery ends it immediately.
    pub fn deliver<T, S>(self, events: S) -> Delivery<T>
    where
        T: Send + 'static,
        S: Stream<Item = Incoming<T>> + Send + 'static,
    {
        let DriverBuilder { mapper, client, config, checkpoint, metrics, clock, first, renewer } = self.setup;
        let mapper = if config.destructive { mapper } else { mapper.without_destructive() };
        let now = Instant::now();
        let operator = config.rate.map(|quota| Gate::new(Some(quota), RateHeaders::default(), now));
        let stopper = Stopper::new();
        let plan = mapper.plan();
        let target =
            TargetLabels { destination: plan.destination().to_owned(), version: plan.version().to_owned() };
        let rates = mapper.rates().iter().filter(|_| config.limited);
        let shared = Arc::new(Shared {
            groups: rates.map(|rate| (rate.name.clone(), Gate::of(rate, now))).collect(),
            other: Gate::new(None, RateHeaders::default(), now),
            operator,
            lanes: SharedLanes::default(),
            batches: Batches::new(&mapper),
            slots: Arc::new(Semaphore::new(config.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            changed: Notice::default(),
            circuit: Mutex::new(Circuit::new(config.circuit.clone(), config.retry.longest)),
            circuit_changed: Notify::new(),
            checkpoint: Mutex::new(checkpoint),
            permissions: Mutex::default(),
            kept: Kept::default(),
            scratches: Scratches::default(),
            lack_since: Mutex::new(None),
            random: Mutex::new(config.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)),
            stopper: stopper.clone(),
            messages: plan.messages().map(Arc::from).collect(),
            target,
            renewals: Renewals::new(mapper, renewer),
            client,
            config,
            metrics: metrics.clone(),
            clock,
        });
        let (out, finished) = mpsc::unbounded_channel();
        let task = tokio::spawn(Coordinator::new(shared, out, first).run(events));
        Delivery { finished, next: Vec::new().into_iter(), task, stopper, metrics }
    }
}

/// A running delivery.
#[derive(Debug)]
pub struct Delivery<T> {
    /// What is returned next. There are no more in all than events that may be read ahead.
    finished: mpsc::UnboundedReceiver<Vec<Finished<T>>>,
    next: std::vec::IntoIter<Finished<T>>,
    task: JoinHandle<Result<DeliveryReport, DeliveryError>>,
    stopper: Stopper,
    metrics: Metrics,
}

impl<T> Delivery<T> {
    /// Returns the next event with an outcome, or `None` at the end. Every event that was read is returned once.
    pub async fn next(&mut self) -> Option<Finished<T>> {
        loop {
            if let Some(finished) = self.next.next() {
                return Some(finished);
            }
            self.next = self.finished.recv().await?.into_iter();
        }
    }

    /// Returns a handle that stops the delivery.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Returns the metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Returns how the delivery has ended. Outcomes that were not taken are dropped without an acknowledgement.
    ///
    /// # Errors
    /// Returns an error if progress could not be recorded.
    pub async fn end(mut self) -> Result<DeliveryReport, DeliveryError> {
        self.next = Vec::new().into_iter();
        self.finished.close();
        while self.finished.recv().await.is_some() {}
        match (&mut self.task).await {
            Ok(result) => result,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(DeliveryError::Aborted),
        }
    }
}

impl<T> Drop for Delivery<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The end of a delivery.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DeliveryReport {
    /// Why it ended.
    pub ending: Ending,
    /// The position after the last event that was read.
    pub next: u64,
}

/// Why a delivery ended.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// All events have an outcome.
    Complete,
    /// The caller stopped it.
    Stopped,
    /// Nothing can be delivered until an operator acts: the settings are refused, or the destination has been down for too long.
    Paused(Box<DeliveryFailure>),
}

/// An error that ended a delivery.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// Progress cannot be recorded.
    #[error("progress cannot be recorded: {0}")]
    Checkpoint(Arc<CheckpointError>),
    /// The runtime aborted it.
    #[error("the delivery was aborted")]
    Aborted,
}

/// An event without an outcome.
struct Pending<T> {
    json: Bytes,
    tag: T,
    done: Vec<String>,
    answers: Vec<Confirmed>,
    lanes: Vec<Lane>,
}

/// The task that coordinates all events.
struct Coordinator<T> {
    shared: Arc<Shared>,
    out: Option<mpsc::UnboundedSender<Vec<Finished<T>>>>,
    /// Outcomes to return.
    finished: Vec<Finished<T>>,
    taken: mpsc::UnboundedReceiver<Taken>,
    take: mpsc::UnboundedSender<Taken>,
    pending: HashMap<u64, Pending<T>>,
    /// Events that were read and are in no lanes yet.
    coming: Vec<(u64, Pending<T>)>,
    ready: VecDeque<u64>,
    /// The tasks of the events in flight.
    running: JoinSet<()>,
    /// The number of events in flight.
    in_flight: usize,
    /// The most events of a task: so few that all processors have some.
    in_a_task: usize,
    over: mpsc::UnboundedReceiver<Vec<Done>>,
    done: mpsc::UnboundedSender<Vec<Done>>,
    events: EventMetrics,
    /// The batches that are sent.
    sending: JoinSet<()>,
    /// Buffers for finding order keys.
    scratch: Scratch,
    /// The number of outcomes that were returned and not dropped yet.
    handed_out: usize,
    /// The bytes of events that were read and whose outcomes were not dropped yet.
    bytes: usize,
    next: u64,
}

impl<T: Send + 'static> Coordinator<T> {
    fn new(shared: Arc<Shared>, out: mpsc::UnboundedSender<Vec<Finished<T>>>, first: u64) -> Self {
        let (take, taken) = mpsc::unbounded_channel();
        let (done, over) = mpsc::unbounded_channel();
        let workers = Handle::current().metrics().num_workers().max(1);
        let in_a_task = (shared.config.concurrency / (2 * workers)).clamp(1, IN_A_TASK);
        Self {
            events: shared.metrics.of_events(&shared.target),
            shared,
            out: Some(out),
            finished: Vec::new(),
            taken,
            take,
            pending: HashMap::new(),
            coming: Vec::new(),
            ready: VecDeque::new(),
            running: JoinSet::new(),
            in_flight: 0,
            in_a_task,
            over,
            done,
            sending: JoinSet::new(),
            scratch: Scratch::new(),
            handed_out: 0,
            bytes: 0,
            next: first,
        }
    }

    async fn run(mut self, events: impl Stream<Item = Incoming<T>>) -> Result<DeliveryReport, DeliveryError> {
        let mut events = pin!(events.fuse());
        let (shared, stopper) = (self.shared.clone(), self.shared.stopper.clone());
        let mut stopped = pin!(stopper.stopped());
        let mut halted = pin!(stopper.halted());
        let mut more = true;
        let mut going = true;
        let (mut acknowledged, mut over) = (Vec::new(), Vec::new());
        loop {
            if going {
                self.start();
            }
            self.send_batches(going, more);
            self.hand_on();
            if self.in_flight == 0 && (!going || (!more && self.pending.is_empty())) {
                break;
            }
            tokio::select! {
                biased;
                // first, since it makes room
                _ = self.taken.recv_many(&mut acknowledged, TOGETHER) => self.taken(&mut acknowledged),
                _ = self.over.recv_many(&mut over, TOGETHER) => self.done(&mut over),
                Some(ended) = self.running.join_next() => joined(ended)?,
                Some(sent) = self.sending.join_next() => joined(sent)?,
                () = &mut halted => {
                    self.abandon(&mut over).await;
                    break;
                }
                _ = &mut stopped, if going => going = false,
                () = shared.changed.told() => {}
                () = shared.batches.some_due() => {}
                event = events.next(), if going && more && self.has_room() => {
                    let (mapper, _) = shared.renewals.mapper();
                    let mut next = Some(event);
                    let mut taken = 0;
                    while let Some(event) = next {
                        match event {
                            Some(event) => self.read(event, &mapper),
                            None => more = false,
                        }
                        taken += 1;
                        // what is there already needs no round of its own
                        let goes_on = more && taken < TOGETHER && self.has_room();
                        next = if goes_on { events.next().now_or_never() } else { None };
                    }
                    self.enter();
                },
            }
        }
        let why = if stopper.sends_nothing().is_some() { Unfinished::Paused } else { Unfinished::Stopped };
        let mut left: Vec<u64> = self.pending.keys().copied().collect();
        left.sort_unstable();
        for event in left {
            self.hand_out(event, Outcome::Unfinished(why).into());
        }
        self.hand_on();
        self.out = None;
        while self.handed_out > 0 && self.taken.recv_many(&mut acknowledged, TOGETHER).await > 0 {
            self.taken(&mut acknowledged);
        }
        let ending = match stopper.phase() {
            Phase::Running => Ending::Complete,
            Phase::Stopping => Ending::Stopped,
            Phase::Paused(failure) => Ending::Paused(Box::new(failure.as_ref().clone())),
            Phase::Broken(error) => return Err(DeliveryError::Checkpoint(error)),
        };
        Ok(DeliveryReport { ending, next: self.next })
    }

    fn has_room(&self) -> bool {
        let config = &self.shared.config;
        self.pending.len() + self.coming.len() + self.handed_out < config.read_ahead.max(1)
            && (self.bytes < config.read_ahead_bytes || self.bytes == 0)
    }

    fn read(&mut self, event: Incoming<T>, mapper: &Mapper) {
        let sequence = self.next;
        self.next += 1;
        let known = self.shared.known(sequence);
        if known == Known::Finished {
            self.shared.metrics.resumed();
            return;
        }
        self.shared.metrics.read();
        let Incoming { json, tag, done } = event;
        self.bytes += json.len();
        let (answers, ended) = match known {
            Known::UnderWay(answers) => (answers, None),
            Known::Ended(ended) => (Vec::new(), Some(ended)),
            Known::New | Known::Finished => (Vec::new(), None),
        };
        let keys = mapper.order_keys(json.as_ref(), self.shared.now(), &mut self.scratch);
        let lanes: Vec<Lane> = keys.into_iter().map(Lane::of).collect();
        let pending = Pending { json, tag, done, answers, lanes };
        match ended {
            None => self.coming.push((sequence, pending)),
            Some(ended) => {
                self.pending.insert(sequence, pending);
                self.hand_out(sequence, Outcome::from(ended).into());
            }
        }
    }

    /// Lets the events that were read into their lanes, in input order.
    fn enter(&mut self) {
        let mut lanes = self.shared.lanes.lock();
        let may_run = self.coming.iter().filter(|(event, pending)| lanes.lanes.enter(*event, &pending.lanes));
        self.ready.extend(may_run.map(|(event, _)| event));
        drop(lanes);
        self.pending.extend(self.coming.drain(..));
    }

    /// Starts all events that may run, several in one task: most of what a short one costs is to start it and to hear of its end.
    fn start(&mut self) {
        self.ready.extend(self.shared.lanes.lock().lanes.take_ready());
        while !self.ready.is_empty() {
            let mut together = Vec::with_capacity(self.in_a_task.min(self.ready.len()));
            while together.len() < self.in_a_task && !self.ready.is_empty() {
                let Ok(slot) = self.shared.slots.clone().try_acquire_owned() else { break };
                let Some(event) = self.ready.pop_front() else { break };
                let Some(pending) = self.pending.get_mut(&event) else { continue };
                let Pending { json, done, answers, lanes, .. } = pending;
                together.push(Work {
                    event,
                    json: json.clone(),
                    done: std::mem::take(done),
                    answers: std::mem::take(answers),
                    lanes: std::mem::take(lanes),
                    slot: Some(slot),
                });
            }
            if together.is_empty() {
                break;
            }
            self.in_flight += together.len();
            let (shared, done) = (self.shared.clone(), self.done.clone());
            self.running.spawn(async move { worker::deliver_all(&shared, together, &done).await });
        }
        self.events.in_flight(self.in_flight);
    }

    /// Sends batches that are due, and those to which nothing can be added. `more`: whether there may be events to read.
    fn send_batches(&mut self, going: bool, more: bool) {
        let batches = &self.shared.batches;
        let all_wait = self.ready.is_empty() && batches.parked() >= self.in_flight;
        let none_come = !more || (!self.has_room() && self.sending.is_empty());
        for due in batches.take_due(Instant::now(), !going || (all_wait && none_come)) {
            let (shared, done) = (self.shared.clone(), self.done.clone());
            self.sending.spawn(async move { batch::deliver(&shared, due, &done).await });
        }
    }

    /// Ends the events in flight. Those that have an outcome keep it; the others stay pending, and become unfinished.
    async fn abandon(&mut self, over: &mut Vec<Vec<Done>>) {
        self.running.abort_all();
        self.sending.abort_all();
        while self.running.join_next().await.is_some() {}
        while self.sending.join_next().await.is_some() {}
        while let Ok(done) = self.over.try_recv() {
            over.push(done);
        }
        self.done(over);
    }

    /// Records the ends of events before they are returned, and before others take their places.
    fn done(&mut self, over: &mut Vec<Vec<Done>>) {
        let mut recorded = Ok(());
        for Done { event, over, .. } in over.iter().flatten().filter(|done| done.is_recorded()) {
            let ended = match &over.outcome {
                Outcome::Delivered(delivered) => Ended::Delivered(delivered.clone()),
                Outcome::Failed(failure) => Ended::Failed(failure.clone()),
                _ => continue,
            };
            recorded =
                recorded.and_then(|()| self.shared.record(|checkpoint| checkpoint.ended(*event, &ended)));
        }
        let recorded = recorded.and_then(|()| self.shared.record(|checkpoint| checkpoint.flush()));
        let all = over.iter().map(Vec::len).sum();
        self.finished.reserve(all);
        let mut leaving = Vec::with_capacity(all);
        for done in over.drain(..).flatten() {
            let is_recorded = done.is_recorded();
            let Done { event, mut over, slot, .. } = done;
            if let (Err(unfinished), true) = (recorded, is_recorded) {
                over.outcome = Outcome::Unfinished(unfinished);
            }
            drop(slot);
            self.in_flight -= 1;
            // an unfinished event is delivered later, before those that wait for it
            if !matches!(over.outcome, Outcome::Unfinished(_)) {
                leaving.push(event);
            }
            self.hand_out(event, over);
        }
        let mut lanes = self.shared.lanes.lock();
        leaving.into_iter().for_each(|event| lanes.leave(event));
        drop(lanes);
        self.events.in_flight(self.in_flight);
    }

    fn hand_out(&mut self, event: u64, over: Over) {
        let Some(Pending { json, tag, .. }) = self.pending.remove(&event) else { return };
        let Over { message, outcome, requests, status, last_failure } = over;
        self.events.finished(message.as_deref(), &outcome);
        let taken = self.take.clone();
        let token = Token { sequence: event, bytes: json.len(), acknowledged: None, taken };
        self.handed_out += 1;
        let finished =
            Finished { sequence: event, tag, json, message, outcome, requests, status, last_failure, token };
        self.finished.push(finished);
    }

    /// Returns all available outcomes, so that their receiver is woken once.
    fn hand_on(&mut self) {
        if !self.finished.is_empty()
            && let Some(out) = &self.out
        {
            // the receiver is gone: the tokens report that the outcomes were dropped
            let _ = out.send(std::mem::take(&mut self.finished));
        }
    }

    fn taken(&mut self, acknowledged: &mut Vec<Taken>) {
        let mut recorded = Ok(());
        for taken in acknowledged.drain(..) {
            self.handed_out = self.handed_out.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub(taken.bytes);
            if let Some(outcome) = taken.acknowledged {
                let finished =
                    || self.shared.record(|checkpoint| checkpoint.finished(taken.sequence, outcome));
                recorded = recorded.and_then(|()| finished());
            }
        }
        // the phase reports a failure
        let _ = recorded.and_then(|()| self.shared.record(|checkpoint| checkpoint.flush()));
    }
}

/// The end of a task. A panic is resumed here.
fn joined(ended: Result<(), JoinError>) -> Result<(), DeliveryError> {
    match ended {
        Ok(()) => Ok(()),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(DeliveryError::Aborted),
    }
}
