//! Rehearsals: the requests of a delivery, with the events that share them, without sending them.

use std::collections::{HashMap, VecDeque};

use crate::batch::Batch;
use crate::item::{BatchItem, ItemsAhead};
use crate::mapper::Mapper;
use crate::order::OrderKey;
use crate::turns::Turns;

/// A request or call at a place in an event's program.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug)]
pub enum Planned<R> {
    /// A request that the event sends alone.
    Alone {
        /// The place of its step in the program: [`Request::instruction`](crate::request::Request::instruction).
        instruction: usize,
        /// The request.
        request: R,
    },
    /// An item that is sent with those of other events.
    Item {
        /// The place of its step in the program.
        instruction: usize,
        /// The item.
        item: BatchItem,
    },
}

impl<R> Planned<R> {
    fn instruction(&self) -> usize {
        match self {
            Self::Alone { instruction, .. } | Self::Item { instruction, .. } => *instruction,
        }
    }
}

/// A request of a rehearsal.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug)]
pub enum Rehearsed<T, R> {
    /// A request of one event.
    Alone(R),
    /// Items, which become a request.
    Together(Batch<ItemOf<T>>),
}

/// An event with an item in a batch.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ItemOf<T> {
    event: u64,
    /// The caller's tag of the event.
    pub tag: T,
}

/// What events would send, in the order in which a delivery may send it: an event continues when those before it with the same order key are past, or wait in
/// the batch that it joins. What is sent counts as answered at once; batches that are not full are sent when no event can continue, and none more is read.
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { import: { method: POST, path: /import, batch: { most: 100, body: { events: items } } } } }"),
/// #     ("mappings/acme/1/track.yaml", "{ message: track, steps: { import: { operation: import, body: { id: userId } } } }"),
/// # ].into_iter().collect();
/// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
/// # let mapper = plan.bind(&serde_json::json!({}))?;
/// use mapwright::{Outcome, ItemOf, Planned, Rehearsal, Rehearsed, Scratch};
///
/// let mut rehearsal: Rehearsal<u32, String> = Rehearsal::new(&mapper, 1000);
/// let mut scratch = Scratch::new();
/// for line in [1, 2] {
///     let event = format!(r#"{{"type": "track", "userId": "u{line}"}}"#);
///     let keys = mapper.order_keys(&event, 0, &mut scratch);
///     let Outcome::Mapped(mut run) = mapper.map(&event, 0, &mut scratch) else { panic!() };
///     let request = run.request()?.expect("a request");
///     let item = request.batch().expect("an item").clone();
///     let planned = Planned::Item { instruction: request.instruction, item };
///     // nothing is sent yet: there is room for more
///     assert!(rehearsal.add(keys, vec![planned], line).is_empty());
/// }
/// let rest = rehearsal.rest();
/// let [Rehearsed::Together(batch)] = rest.as_slice() else { panic!() };
/// assert!(batch.tags().map(|part: &ItemOf<u32>| part.tag).eq([1, 2]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Rehearsal<T, R> {
    turns: Turns<ItemOf<T>>,
    events: HashMap<u64, Remaining<T, R>>,
    /// The maximum number of events in flight.
    most: usize,
}

/// The rest of an event.
#[derive(Debug)]
struct Remaining<T, R> {
    tag: T,
    planned: VecDeque<Planned<R>>,
    /// Its items that wait in a batch.
    items: usize,
}

impl<T: Clone, R> Rehearsal<T, R> {
    /// Creates a rehearsal of a delivery that reads no more events while `most` of them are not over.
    pub fn new(mapper: &Mapper, most: usize) -> Self {
        Self { turns: Turns::new(mapper), events: HashMap::new(), most }
    }

    /// Adds the next event, with its order keys and what it does. Returns what is sent now.
    pub fn add(&mut self, keys: Vec<OrderKey<'_>>, planned: Vec<Planned<R>>, tag: T) -> Vec<Rehearsed<T, R>> {
        let event = self.turns.enter(keys);
        self.events.insert(event, Remaining { tag, planned: planned.into(), items: 0 });
        let mut sent = Vec::new();
        self.go_on(&mut sent);
        if self.events.len() >= self.most {
            self.send_open(&mut sent);
        }
        sent
    }

    /// Returns the requests that are sent when there are no more events.
    pub fn rest(&mut self) -> Vec<Rehearsed<T, R>> {
        let mut sent = Vec::new();
        while !self.turns.batcher().is_empty() {
            self.send_open(&mut sent);
        }
        sent
    }

    /// Sends all batches.
    fn send_open(&mut self, sent: &mut Vec<Rehearsed<T, R>>) {
        for batch in self.turns.take_all() {
            self.send(batch, sent);
        }
        self.go_on(sent);
    }

    fn send(&mut self, batch: Batch<ItemOf<T>>, sent: &mut Vec<Rehearsed<T, R>>) {
        for part in batch.tags() {
            let Some(rest) = self.events.get_mut(&part.event) else { continue };
            rest.items = rest.items.saturating_sub(1);
            if rest.items == 0 {
                self.turns.answered(part.event);
            }
        }
        sent.push(Rehearsed::Together(batch));
    }

    /// Lets all events continue that may.
    fn go_on(&mut self, sent: &mut Vec<Rehearsed<T, R>>) {
        while let Some(event) = self.turns.next_event() {
            self.run(event, sent);
        }
    }

    /// Makes the next request of an event.
    fn run(&mut self, event: u64, sent: &mut Vec<Rehearsed<T, R>>) {
        let Some(rest) = self.events.get_mut(&event) else { return };
        let Remaining { tag, planned, items } = rest;
        self.turns
            .leave_steps(event, |steps| planned.iter().any(|planned| steps.contains(planned.instruction())));
        let complete = match planned.pop_front() {
            None => {
                self.events.remove(&event);
                return self.turns.end(event);
            }
            Some(Planned::Alone { instruction, request }) => {
                if self.turns.may_send(event, instruction) {
                    sent.push(Rehearsed::Alone(request));
                    self.turns.answered(event);
                } else {
                    planned.push_front(Planned::Alone { instruction, request });
                }
                return;
            }
            Some(Planned::Item { instruction, item }) => {
                let mut ahead = ahead(planned, (instruction, &item));
                let tag = || {
                    *items += 1;
                    ItemOf { event, tag: tag.clone() }
                };
                let joined = self.turns.join(event, instruction, Box::new(item), &mut ahead, tag);
                for item in ahead.items.into_iter().rev() {
                    planned.push_front(Planned::Item { instruction, item });
                }
                match joined {
                    Ok(joined) => joined.complete,
                    Err(item) => return planned.push_front(Planned::Item { instruction, item: *item }),
                }
            }
        };
        complete.into_iter().for_each(|batch| self.send(batch, sent));
    }
}

/// Takes the items of the rounds ahead, if the step is repeated on its own.
fn ahead<R>(rest: &mut VecDeque<Planned<R>>, (of, first): (usize, &BatchItem)) -> ItemsAhead {
    let mut ahead = ItemsAhead::default();
    while let Some(planned) = rest.pop_front() {
        match planned {
            Planned::Item { instruction, item } if instruction == of && first.repeated => {
                ahead.items.push_back(item);
            }
            other => {
                rest.push_front(other);
                break;
            }
        }
    }
    ahead.goes_on = !rest.is_empty();
    ahead
}
