//! Turns: several events that a program drives one thing at a time, each of which continues when its order keys let it.

use std::collections::{BTreeSet, HashMap};

use crate::batch::{Batch, Batcher, Joined};
use crate::item::{BatchItem, ItemsAhead};
use crate::lanes::{Lane, Lanes, Turn};
use crate::mapper::Mapper;
use crate::order::OrderKey;
use crate::plan::OrderedSteps;

/// Which of several events continues next, and which of their items share a batch: an event continues when those before it with the same order key
/// are past, or wait in the batch that it joins, and those that came first before others.
///
/// It neither waits nor sends, so a program that does one thing at a time keeps the order with it. [`Lanes`] is for programs that do several at once.
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', order: { user: userId }, server: { value: https://api.acme.example.com }, operations: { find: { method: GET, path: '/people/{id}' }, import: { method: POST, path: /import, batch: { most: 100, body: { events: items } } } } }"),
/// #     ("mappings/acme/1/track.yaml", "{ message: track, steps: { find: { operation: find, params: { id: event } }, import: { operation: import, body: { id: event } } } }"),
/// # ].into_iter().collect();
/// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
/// # let mapper = plan.bind(&serde_json::json!({}))?;
/// use std::collections::HashMap;
///
/// use mapwright::{Batch, OwnedOutcome, Response, Scratch, Turns};
///
/// let mut turns: Turns<u64> = Turns::new(&mapper);
/// let mut runs = HashMap::new();
/// for (user, name) in [("u1", "a"), ("u2", "b"), ("u1", "c")] {
///     let event = format!(r#"{{"type": "track", "userId": "{user}", "event": "{name}"}}"#);
///     let number = turns.enter(mapper.order_keys(&event, 0, &mut Scratch::new()));
///     let OwnedOutcome::Mapped(run) = mapper.start(event, 0, Scratch::new()) else { panic!() };
///     runs.insert(number, run);
/// }
/// let mut sent = Vec::new();
/// let mut batches: Vec<Batch<u64>> = Vec::new();
/// loop {
///     // batches are answered at once here; those that are not complete are sent when no event can continue
///     for batch in batches.drain(..) {
///         let mut ready = batch.prepare(0).ready;
///         let ready = ready.remove(0);
///         sent.push(ready.request().url.rsplit('/').next().unwrap_or_default().to_owned());
///         for (event, answer) in ready.answer(&Response::new(200, [], "{}"), 0).settled {
///             runs.get_mut(&event).expect("a run").settle(answer)?;
///             turns.answered(event);
///         }
///     }
///     let Some(event) = turns.next_event() else {
///         batches = turns.take_all();
///         if batches.is_empty() {
///             break;
///         }
///         continue;
///     };
///     let run = runs.get_mut(&event).expect("a run");
///     let Some(request) = run.request()?.map(|request| request.into_owned()) else {
///         turns.end(event);
///         continue;
///     };
///     turns.leave_steps(event, |steps| run.can_reach(steps));
///     let instruction = request.instruction;
///     if let Some(item) = request.batch() {
///         let item = Box::new(item.clone());
///         // if it is not its turn, it is named again later
///         if let Ok(joined) = turns.join(event, instruction, item, &mut Default::default(), || event) {
///             batches = joined.complete;
///         }
///     } else if turns.may_send(event, instruction) {
///         sent.push(request.url.rsplit('/').next().unwrap_or_default().to_owned());
///         run.respond(&Response::new(200, [], "{}"), 0)?;
///         turns.answered(event);
///     }
/// }
/// assert_eq!(sent, ["a", "b", "import", "c", "import"]);
/// assert!(turns.batcher().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Turns<T> {
    lanes: Lanes,
    batcher: Batcher<T>,
    events: HashMap<u64, Ongoing>,
    /// Events that may continue now.
    able: BTreeSet<u64>,
    next: u64,
}

/// An event that is not over.
#[derive(Debug, Default)]
struct Ongoing {
    /// The lanes of steps that can still come.
    lanes: Vec<Lane>,
    /// Whether it waits for its turn.
    waits: bool,
}

impl<T> Turns<T> {
    /// Creates the turns of events that a mapper maps.
    pub fn new(mapper: &Mapper) -> Self {
        Self {
            lanes: Lanes::default(),
            batcher: mapper.batcher(),
            events: HashMap::new(),
            able: BTreeSet::new(),
            next: 0,
        }
    }

    /// Adds the next event, with its order keys. Returns its number: they count from zero.
    pub fn enter(&mut self, keys: Vec<OrderKey<'_>>) -> u64 {
        let event = self.next;
        self.next += 1;
        let mut lanes: Vec<Lane> = keys.into_iter().map(Lane::of).collect();
        if self.lanes.enter(event, &lanes) {
            self.able.insert(event);
        }
        lanes.retain(|lane| lane.any_steps(|_| true));
        self.events.insert(event, Ongoing { lanes, waits: false });
        event
    }

    /// Returns the event that does something next, or `None` if all of them wait for batches, or for events that do.
    ///
    /// An event is returned when it may begin, when its turn comes for a request that had to wait, and after [`answered`](Turns::answered).
    pub fn next_event(&mut self) -> Option<u64> {
        self.able.extend(self.lanes.take_ready());
        self.able.pop_first()
    }

    /// Lets an event continue, after its request, or all its items in batches, have been answered.
    pub fn answered(&mut self, event: u64) {
        if self.events.contains_key(&event) {
            self.able.insert(event);
        }
    }

    /// Lets later events overtake an event where they share an order key of steps that it cannot come to any more: those for which `can_reach`, which
    /// is mostly [`Run::can_reach`](crate::run::Run::can_reach), does not hold.
    pub fn leave_steps(&mut self, event: u64, can_reach: impl Fn(&OrderedSteps) -> bool) {
        let Some(ongoing) = self.events.get_mut(&event) else { return };
        let mut next = Vec::new();
        ongoing.lanes.retain(|lane| {
            let stays = lane.any_steps(&can_reach);
            if !stays {
                next.extend(self.lanes.pass(event, lane));
            }
            stays
        });
        self.wake(next);
    }

    /// Returns whether an event may send the request of an instruction now, on its own. Otherwise, [`next_event`](Turns::next_event) names it again.
    pub fn may_send(&mut self, event: u64, instruction: usize) -> bool {
        let Some(ongoing) = self.events.get_mut(&event) else { return true };
        self.lanes.part(event);
        let may = self.lanes.is_turn(Turn { event, lanes: &ongoing.lanes, instruction });
        ongoing.waits = !may;
        may
    }

    /// Adds an event's item to a batch, and of those that follow it those that join the same one: see [`Lanes::join`].
    ///
    /// # Errors
    /// The item, if it is not the event's turn. [`next_event`](Turns::next_event) names the event again.
    pub fn join(
        &mut self,
        event: u64,
        instruction: usize,
        item: Box<BatchItem>,
        ahead: &mut ItemsAhead,
        tag: impl FnMut() -> T,
    ) -> Result<Joined<T>, Box<BatchItem>> {
        self.lanes.part(event);
        let mut new = Ongoing::default();
        let ongoing = self.events.get_mut(&event).unwrap_or(&mut new);
        let turn = Turn { event, lanes: &ongoing.lanes, instruction };
        let joined = match ongoing.waits && !self.lanes.is_turn(turn) {
            true => Err(item),
            false => self.lanes.join(turn, &mut self.batcher, item, ahead, tag),
        };
        ongoing.waits = joined.is_err();
        joined
    }

    /// Notes that an event is over.
    pub fn end(&mut self, event: u64) {
        self.events.remove(&event);
        self.able.remove(&event);
        let next = self.lanes.leave(event);
        self.wake(next);
    }

    /// Takes all batches that are not complete, in the order in which they began.
    pub fn take_all(&mut self) -> Vec<Batch<T>> {
        self.batcher.take_all()
    }

    /// Takes a batch that is not complete, such as one that has waited long enough.
    pub fn take(&mut self, id: u64) -> Option<Batch<T>> {
        self.batcher.take(id)
    }

    /// Returns the batches that are not complete.
    pub fn batcher(&self) -> &Batcher<T> {
        &self.batcher
    }

    /// Lets those events continue that wait for their turn.
    fn wake(&mut self, events: Vec<u64>) {
        let waits = |event: &u64| self.events.get(event).is_some_and(|ongoing| ongoing.waits);
        self.able.extend(events.into_iter().filter(waits));
    }
}
