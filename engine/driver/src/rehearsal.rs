//! Rehearsals: what a delivery would send, and together with what, without sending it.

use std::collections::{BTreeSet, HashMap, VecDeque};

use mapwright::{Batch, BatchItem, Batcher, Mapper, OrderKey};

use crate::config::Config;
use crate::joining::{Joined, join};
use crate::order::{Lane, Lanes};

/// What is done at a place in an event's program.
#[derive(Debug)]
pub enum Planned<R> {
    /// A request that the event sends alone.
    Alone {
        /// The place of its step in the program: [`Request::instruction`](mapwright::Request::instruction).
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

/// What is sent.
#[derive(Debug)]
pub enum Rehearsed<T, R> {
    /// A request of one event.
    Alone(R),
    /// Items, which become a request.
    Together(Batch<Part<T>>),
}

/// An event with an item in a batch.
#[derive(Debug, Clone)]
pub struct Part<T> {
    event: u64,
    /// What the caller knows the event by.
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
/// use mapwright::{Outcome, Scratch};
/// use mapwright_driver::{Part, Planned, Rehearsal, Rehearsed};
///
/// let mut rehearsal: Rehearsal<u32, String> = Rehearsal::new(&mapper);
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
/// assert!(batch.tags().map(|part: &Part<u32>| part.tag).eq([1, 2]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Rehearsal<T, R> {
    lanes: Lanes,
    batcher: Batcher<Part<T>>,
    events: HashMap<u64, Going<T, R>>,
    /// Events that may continue now.
    able: BTreeSet<u64>,
    next: u64,
    /// The most events that are not over.
    most: usize,
}

/// An event that is not over.
#[derive(Debug)]
struct Going<T, R> {
    tag: T,
    rest: VecDeque<Planned<R>>,
    /// The lanes of steps that can still come.
    lanes: Vec<Lane>,
    /// Its items that wait in a batch.
    items: usize,
    /// Whether it waits for its turn.
    waits: bool,
}

impl<T: Clone, R> Rehearsal<T, R> {
    /// A rehearsal of a delivery with the default [`Config`].
    pub fn new(mapper: &Mapper) -> Self {
        Self {
            lanes: Lanes::default(),
            batcher: mapper.batcher(),
            events: HashMap::new(),
            able: BTreeSet::new(),
            next: 0,
            most: Config::default().read_ahead,
        }
    }

    /// Adds the next event, with its order keys and what it does. Returns what is sent now.
    pub fn add(&mut self, keys: Vec<OrderKey<'_>>, rest: Vec<Planned<R>>, tag: T) -> Vec<Rehearsed<T, R>> {
        let event = self.next;
        self.next += 1;
        let lanes: Vec<Lane> = keys.into_iter().map(Lane::of).collect();
        if self.lanes.enter(event, &lanes) {
            self.able.insert(event);
        }
        let lanes = lanes.into_iter().filter(|lane| lane.any_steps(|_| true)).collect();
        self.events.insert(event, Going { tag, rest: rest.into(), lanes, items: 0, waits: false });
        let mut sent = Vec::new();
        self.go_on(&mut sent);
        if self.events.len() >= self.most {
            self.send_open(&mut sent);
        }
        sent
    }

    /// What is sent when there are no more events.
    pub fn rest(&mut self) -> Vec<Rehearsed<T, R>> {
        let mut sent = Vec::new();
        while !self.batcher.is_empty() {
            self.send_open(&mut sent);
        }
        sent
    }

    /// Sends all batches.
    fn send_open(&mut self, sent: &mut Vec<Rehearsed<T, R>>) {
        for batch in self.batcher.take_all() {
            self.send(batch, sent);
        }
        self.go_on(sent);
    }

    fn send(&mut self, batch: Batch<Part<T>>, sent: &mut Vec<Rehearsed<T, R>>) {
        for part in batch.tags() {
            let Some(going) = self.events.get_mut(&part.event) else { continue };
            going.items = going.items.saturating_sub(1);
            if going.items == 0 {
                self.able.insert(part.event);
            }
        }
        sent.push(Rehearsed::Together(batch));
    }

    /// Lets all events continue that may, those that came first before others.
    fn go_on(&mut self, sent: &mut Vec<Rehearsed<T, R>>) {
        loop {
            self.able.extend(self.lanes.take_ready());
            let Some(event) = self.able.pop_first() else { return };
            self.run(event, sent);
        }
    }

    /// Lets those events continue that wait for their turn.
    fn wake(&mut self, events: Vec<u64>) {
        let waits = |event: &u64| self.events.get(event).is_some_and(|going| going.waits);
        self.able.extend(events.into_iter().filter(waits));
    }

    /// Does what an event does next, until it waits.
    fn run(&mut self, event: u64, sent: &mut Vec<Rehearsed<T, R>>) {
        let Some(mut going) = self.events.remove(&event) else { return };
        let Going { rest, lanes, tag, items, waits } = &mut going;
        let mut passed = Vec::new();
        lanes.retain(|lane| {
            let stays = rest.iter().any(|planned| lane.orders(planned.instruction()));
            if !stays {
                passed.extend(self.lanes.pass(event, lane));
            }
            stays
        });
        self.wake(passed);
        let Some(planned) = rest.pop_front() else {
            let next = self.lanes.leave(event);
            return self.wake(next);
        };
        self.lanes.part(event);
        let instruction = planned.instruction();
        let lanes: Vec<&Lane> = lanes.iter().filter(|lane| lane.orders(instruction)).collect();
        let may_join = matches!(planned, Planned::Item { .. }) && !*waits;
        *waits = false;
        match planned {
            _ if !may_join && !self.lanes.is_turn(event, &lanes) => {
                rest.push_front(planned);
                *waits = true;
            }
            Planned::Alone { request, .. } => {
                sent.push(Rehearsed::Alone(request));
                self.able.insert(event);
            }
            Planned::Item { item, .. } => {
                let mut ahead = ahead(rest, instruction);
                let tag = || {
                    *items += 1;
                    Part { event, tag: tag.clone() }
                };
                let joined = join(
                    &mut self.batcher,
                    Box::new(item),
                    &mut ahead,
                    event,
                    (&mut self.lanes, &lanes),
                    tag,
                );
                for item in ahead.into_iter().rev() {
                    rest.push_front(Planned::Item { instruction, item });
                }
                let complete = match joined {
                    Ok(Joined { complete, .. }) => complete,
                    Err(item) => {
                        rest.push_front(Planned::Item { instruction, item: *item });
                        *waits = true;
                        Vec::new()
                    }
                };
                self.events.insert(event, going);
                return complete.into_iter().for_each(|batch| self.send(batch, sent));
            }
        }
        self.events.insert(event, going);
    }
}

/// Takes the items of the rounds ahead of the same step.
fn ahead<R>(rest: &mut VecDeque<Planned<R>>, of: usize) -> VecDeque<BatchItem> {
    let mut items = VecDeque::new();
    while let Some(planned) = rest.pop_front() {
        match planned {
            Planned::Item { instruction, item } if instruction == of => items.push_back(item),
            other => {
                rest.push_front(other);
                break;
            }
        }
    }
    items
}
