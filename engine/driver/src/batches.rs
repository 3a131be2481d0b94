//! Batches that fill: which events wait in them, and when they are sent.

use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapwright::{Batch, BatchItem, Batcher, ItemAnswer, ItemsAhead, Joined, LastItem, Mapper, Turn};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::order::SharedLanes;
use crate::outcome::{FailedAttempt, Outcome};

/// An event that waits for what becomes of its item.
pub(crate) struct Ticket {
    pub(crate) message: Arc<str>,
    /// The step of the item, which may be another one than that of the item before.
    pub(crate) step: Arc<str>,
    pub(crate) then: Then,
}

/// What comes after the response.
pub(crate) enum Then {
    /// The event continues with it. It is parked once, with however many items.
    GoesOn(oneshot::Sender<Share>, Arc<Parked>),
    /// The event, by its position, is over with it.
    Ends(u64, LastItem, Parked),
}

/// What the response to a batch means for one of its events.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    /// What becomes of the item, or of the whole event.
    pub(crate) item: Result<ItemAnswer, Outcome>,
    /// How many requests were sent that it was in.
    pub(crate) requests: u32,
    /// The status of the last response to them.
    pub(crate) status: Option<u16>,
    /// The last attempt, if it failed.
    pub(crate) last_failure: Option<FailedAttempt>,
}

/// An event that waits for a batch, or for others that may wait for one.
pub(crate) struct Parked(Arc<AtomicUsize>);

impl Drop for Parked {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A batch whose time has come.
pub(crate) enum Due {
    /// It takes no more items.
    Complete(Batch<Ticket>),
    /// It takes more until its request may be sent.
    Open(u64),
}

/// The batches of a delivery.
pub(crate) struct Batches {
    state: Mutex<BatchQueue>,
    parked: Arc<AtomicUsize>,
}

struct BatchQueue {
    batcher: Batcher<Ticket>,
    /// When those that are open are due. None: they are, and are sent as soon as that is allowed.
    due: BTreeMap<u64, Option<Instant>>,
    complete: VecDeque<Batch<Ticket>>,
}

impl Batches {
    pub(crate) fn new(mapper: &Mapper) -> Self {
        let state = BatchQueue { batcher: mapper.batcher(), due: BTreeMap::new(), complete: VecDeque::new() };
        Self { state: Mutex::new(state), parked: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, BatchQueue> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event's item, and those that follow it into the same batch, if that may be now. Gives it back otherwise.
    pub(crate) fn join(
        &self,
        item: Box<BatchItem>,
        ahead: &mut ItemsAhead,
        message: &Arc<str>,
        order: (&SharedLanes, Turn<'_>),
    ) -> Result<Vec<oneshot::Receiver<Share>>, Box<BatchItem>> {
        let (mut parked, mut shares) = (None, Vec::with_capacity(1 + ahead.items.len()));
        let step = item.step().clone();
        let ticket = || {
            let (answer, share) = oneshot::channel();
            shares.push(share);
            let parked = parked.get_or_insert_with(|| Arc::new(self.park())).clone();
            Ticket { message: message.clone(), step: step.clone(), then: Then::GoesOn(answer, parked) }
        };
        self.add(item, ahead, order, ticket)?;
        Ok(shares)
    }

    /// The same for an item that nothing follows: its response ends the event.
    pub(crate) fn join_last(
        &self,
        item: Box<BatchItem>,
        last: LastItem,
        message: &Arc<str>,
        order: (&SharedLanes, Turn<'_>),
    ) -> Option<Box<BatchItem>> {
        let event = order.1.event;
        let step = item.step().clone();
        let ticket = || Ticket {
            message: message.clone(),
            step: step.clone(),
            then: Then::Ends(event, last.clone(), self.park()),
        };
        self.add(item, &mut ItemsAhead::default(), order, ticket).err()
    }

    fn add(
        &self,
        item: Box<BatchItem>,
        ahead: &mut ItemsAhead,
        (all, turn): (&SharedLanes, Turn<'_>),
        ticket: impl FnMut() -> Ticket,
    ) -> Result<(), Box<BatchItem>> {
        let mut state = self.state();
        let joined = all.lock().lanes.join(turn, &mut state.batcher, item, ahead, ticket)?;
        let Joined { batch, complete, .. } = joined;
        for batch in complete {
            state.due.remove(&batch.id());
            state.complete.push_back(batch);
        }
        let wait = state.batcher.get(batch).map(|open| open.wait);
        let is_new = wait.is_some() && !state.due.contains_key(&batch);
        if let Some(wait) = wait.filter(|_| is_new) {
            state.due.insert(batch, Some(Instant::now() + wait));
        }
        Ok(())
    }

    /// Notes that an event waits.
    pub(crate) fn park(&self) -> Parked {
        self.parked.fetch_add(1, Ordering::Relaxed);
        Parked(self.parked.clone())
    }

    /// How many events wait.
    pub(crate) fn parked(&self) -> usize {
        self.parked.load(Ordering::Relaxed)
    }

    /// Takes the batches that are complete or have waited long enough; `all`: the others too.
    pub(crate) fn take_due(&self, now: Instant, all: bool) -> Vec<Due> {
        let mut state = self.state();
        let mut due: Vec<Due> = state.complete.drain(..).map(Due::Complete).collect();
        for (id, at) in &mut state.due {
            if at.take_if(|at| all || *at <= now).is_some() {
                due.push(Due::Open(*id));
            }
        }
        due
    }

    /// The rate group of a batch that is due. None: it was complete meanwhile.
    pub(crate) fn rate(&self, id: u64) -> Option<Option<String>> {
        self.state().batcher.get(id).map(|open| open.rate.map(str::to_owned))
    }

    /// Takes a batch that is due, with what has joined it since. None: it was complete meanwhile.
    pub(crate) fn take(&self, id: u64) -> Option<Batch<Ticket>> {
        let mut state = self.state();
        state.due.remove(&id);
        state.batcher.take(id)
    }

    /// Waits until one of those that are open now is due.
    pub(crate) async fn some_due(&self) {
        let next = self.state().due.values().flatten().min().copied();
        match next {
            Some(at) => tokio::time::sleep_until(at).await,
            None => pending().await,
        }
    }
}
