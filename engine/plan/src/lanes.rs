//! Lanes: an event runs when it is at the head of the queue of each of its keys. A step that has keys of its own runs when its event is at the
//! head of the queues of those keys. Lanes also decide which batch an item joins, so that the events of each key stay in order.

mod line;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::batch::{Batcher, Joined};
use crate::item::{BatchItem, ItemsAhead};
use crate::lanes::line::Line;
use crate::order::OrderKey;
use crate::plan::OrderedSteps;

/// A lane of an event: one of its order keys.
#[derive(Debug, Clone)]
pub struct Lane {
    /// The hash of its key. Keys with the same hash wait for each other unnecessarily, which is harmless.
    id: u64,
    /// The steps that it orders; empty: the whole event.
    steps: Vec<Arc<OrderedSteps>>,
}

impl Lane {
    /// Returns the lane of an order key.
    pub fn of(key: OrderKey<'_>) -> Self {
        let mut hasher = DefaultHasher::new();
        (key.name, &key.value).hash(&mut hasher);
        Self { id: hasher.finish(), steps: key.steps }
    }

    /// Returns whether a test holds for steps that the lane orders: whether there are any, or whether they can still come.
    pub fn any_steps(&self, test: impl Fn(&OrderedSteps) -> bool) -> bool {
        self.steps.iter().any(|steps| test(steps))
    }

    /// Whether the request of an instruction has to wait for it.
    fn orders(&self, instruction: usize) -> bool {
        self.any_steps(|steps| steps.contains(instruction))
    }
}

/// The next request of an event.
///
/// It is exhaustive, so that a program does not compile until it states a new part: without it, events could overtake each other.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'l> {
    /// The number of the event.
    pub event: u64,
    /// Its lanes; those of steps that cannot come any more may be left out.
    pub lanes: &'l [Lane],
    /// The step, by [`Request::instruction`](crate::request::Request::instruction).
    pub instruction: usize,
}

/// The queues of all keys of events without an outcome. Every event is in all its queues from the start, in input order, and waits only
/// for earlier ones, so there are no deadlocks.
///
/// Events that wait in one open batch, and have nothing more to send, count as past: the next event of the key may run too, and may join that
/// batch, where its place is after theirs. Whatever else it sends has to wait for its turn.
///
/// Nothing here waits: a program asks whether it is an event's turn, and gets the events whose turn it may be. [`Turns`](crate::turns::Turns) is for
/// programs that do one thing at a time.
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', order: { user: userId }, server: { value: https://api.acme.example.com }, operations: { import: { method: POST, path: /import, batch: { most: 2, body: { events: items } } } } }"),
/// #     ("mappings/acme/1/track.yaml", "{ message: track, steps: { import: { operation: import, body: { id: event } } } }"),
/// # ].into_iter().collect();
/// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
/// # let mapper = plan.bind(&serde_json::json!({}))?;
/// use mapwright::{Batcher, ItemsAhead, Joined, Lane, Lanes, OwnedOutcome, Scratch, Turn};
///
/// let (mut all, mut batcher): (Lanes, Batcher<u64>) = (Lanes::default(), mapper.batcher());
/// let mut events = Vec::new();
/// for number in [0, 1] {
///     let event = format!(r#"{{"type": "track", "userId": "u1", "event": "e{number}"}}"#);
///     let keys = mapper.order_keys(&event, 0, &mut Scratch::new());
///     let lanes: Vec<Lane> = keys.into_iter().map(Lane::of).collect();
///     let OwnedOutcome::Mapped(run) = mapper.start(event, 0, Scratch::new()) else { panic!() };
///     // the second one has to wait for the first
///     assert_eq!(all.enter(number, &lanes), number == 0);
///     // no key is one of a step
///     assert!(!lanes.iter().any(|lane| lane.any_steps(|_| true)));
///     events.push((run, lanes));
/// }
/// let mut batches = Vec::new();
/// for number in [0, 1] {
///     let (run, lanes) = &mut events[number as usize];
///     let item = run.request()?.expect("a request").batch().expect("an item").clone();
///     let mut ahead: ItemsAhead = run.items_ahead();
///     // it ends with its item, so that others need not wait for what it sends after it
///     assert!(ahead.items.is_empty() && !ahead.goes_on);
///     let turn = Turn { event: number, lanes, instruction: run.with(|run| run.instruction()) };
///     let joined = all.join(turn, &mut batcher, Box::new(item), &mut ahead, || number);
///     let Joined { complete, .. } = joined.expect("its turn");
///     // once the first one waits in the batch, the second may run, and join it
///     assert_eq!(all.take_ready(), if number == 0 { vec![1] } else { vec![] });
///     batches.extend(complete);
/// }
/// assert!(batches[0].tags().eq(&[0, 1]));
/// // the batch is answered: if one is sent again alone, that is in its turn
/// let turn = |event: u64| Turn { event, lanes: &events[event as usize].1, instruction: 0 };
/// all.part(0);
/// assert!(all.is_turn(turn(0)) && !all.is_turn(turn(1)));
/// assert_eq!(all.leave(0), [1]);
/// all.part(1);
/// assert!(all.is_turn(turn(1)));
/// // an event leaves the lane of steps that its run cannot come to any more; this one has none
/// let (run, lanes) = &events[1];
/// for lane in lanes.iter().filter(|lane| !lane.any_steps(|steps| run.can_reach(steps))) {
///     assert!(all.pass(1, lane).is_empty());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Lanes {
    queues: Positions<Queue>,
    events: Positions<Member>,
    /// The events that may run since [`take_ready`](Lanes::take_ready) was last called.
    ready: Vec<u64>,
}

/// A map by the positions of events, or by hashes.
type Positions<V> = HashMap<u64, V, BuildHasherDefault<Mixed>>;

/// The hash of a position or a hash. A sender cannot choose either so that many collide.
#[derive(Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        // the golden ratio mixes the bits: the map uses the first and the last ones
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

/// The events of a key, in input order.
#[derive(Debug, Default)]
struct Queue {
    events: Line,
    /// How many of the first ones wait in the same batch, and have nothing more to send.
    joined: usize,
}

/// The lanes of one event. One lane, the usual case, needs no allocation.
type Few = SmallVec<[u64; 2]>;

/// An event in its lanes.
#[derive(Debug)]
struct Member {
    /// The lanes of the whole event that it is still in.
    whole: Few,
    /// The lanes of steps.
    steps: Few,
    /// Whether it may run, or does.
    started: bool,
    /// The batch that it waits in.
    batch: Option<u64>,
    /// The last place of its items there, and of those before it in its lanes.
    place: usize,
    /// Whether it has more to send, so that those behind it in its lanes wait.
    goes_on: bool,
}

impl Member {
    fn lanes(&self) -> impl Iterator<Item = u64> {
        self.whole.iter().chain(&self.steps).copied()
    }
}

impl Lanes {
    /// Adds the next event of the input, whose number is higher than those before. Returns whether it may run immediately; otherwise,
    /// [`take_ready`](Lanes::take_ready) names it later.
    pub fn enter(&mut self, event: u64, lanes: &[Lane]) -> bool {
        let ids = |whole: bool| {
            let ids = lanes.iter().filter(|lane| lane.steps.is_empty() == whole).map(|lane| lane.id);
            let mut ids: Few = ids.collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let (whole, mut steps) = (ids(true), ids(false));
        steps.retain(|lane| !whole.contains(lane));
        let mut started = true;
        for lane in &whole {
            let queue = self.queues.entry(*lane).or_default();
            started &= queue.events.len() == queue.joined;
            queue.events.push(event);
        }
        for lane in &steps {
            self.queues.entry(*lane).or_default().events.push(event);
        }
        self.events.insert(event, Member { whole, steps, started, batch: None, place: 0, goes_on: false });
        started
    }

    /// Returns whether an event is at the head of its lanes: of those of the whole event, and of those of the step.
    pub fn is_turn(&self, turn: Turn<'_>) -> bool {
        self.place_in(turn, None).is_some()
    }

    /// Adds an event's item to a batch, if no event is before it in its lanes, or only events that wait in the batch that the item joins, and
    /// whose items stand before it there. Gives it back otherwise. Of the items that follow it, which
    /// [`Run::items_ahead`](crate::run::Run::items_ahead) gives, those are added that join the same batch. `tag` makes the tag of each.
    ///
    /// Until [`part`](Lanes::part), the event counts as waiting in that batch. It lets the next event join the batch, unless it has more to send.
    ///
    /// # Errors
    /// The item, if it is not the event's turn.
    pub fn join<T>(
        &mut self,
        turn: Turn<'_>,
        batcher: &mut Batcher<T>,
        item: Box<BatchItem>,
        ahead: &mut ItemsAhead,
        mut tag: impl FnMut() -> T,
    ) -> Result<Joined<T>, Box<BatchItem>> {
        let mut least = 0;
        if !self.is_turn(turn) {
            // it stays in the lanes until it has its response, so it joins nothing that they do not allow
            let Some((batch, place)) = batcher.place_of(&item) else { return Err(item) };
            match self.place_in(turn, Some(batch)) {
                Some(behind) if behind <= place => least = behind,
                _ => return Err(item),
            }
        }
        let mut joined = batcher.add(*item, tag());
        while let Some(next) = ahead.items.pop_front() {
            let place = batcher.place_of(&next).filter(|(batch, _)| *batch == joined.batch);
            if place.is_none_or(|(_, place)| place < least) {
                ahead.items.push_front(next);
                break;
            }
            let Joined { batch: _, place, complete } = batcher.add(next, tag());
            joined.place = joined.place.max(place);
            joined.complete.extend(complete);
        }
        let goes_on = ahead.goes_on || !ahead.items.is_empty();
        self.wait_in(turn.event, (joined.batch, joined.place), goes_on);
        Ok(joined)
    }

    /// Notes that an event waits in a batch, the last place of its items there, and whether it has more to send.
    fn wait_in(&mut self, event: u64, (batch, place): (u64, usize), goes_on: bool) {
        let Some(member) = self.events.get_mut(&event) else { return };
        (member.batch, member.place, member.goes_on) = (Some(batch), place, goes_on);
        let mut at = 0;
        while let Some(lane) = self.events.get(&event).and_then(|member| member.lanes().nth(at)) {
            self.look(lane);
            at += 1;
        }
    }

    /// Notes that an event does not wait in a batch any more, before it sends what comes next.
    pub fn part(&mut self, event: u64) {
        let Self { queues, events, .. } = self;
        let Some(member) = events.get_mut(&event) else { return };
        if member.batch.take().is_none() {
            return;
        }
        for lane in member.lanes() {
            let Some(queue) = queues.get_mut(&lane) else { continue };
            queue.joined = queue.events.position(event).unwrap_or(queue.joined).min(queue.joined);
        }
    }

    /// Removes an event from a lane of its steps. Returns the events whose turn it may be now.
    pub fn pass(&mut self, event: u64, lane: &Lane) -> Vec<u64> {
        let mut next = Vec::new();
        let Some(member) = self.events.get_mut(&event) else { return next };
        let before = member.steps.len();
        member.steps.retain(|known| *known != lane.id);
        if member.steps.len() < before {
            self.remove(event, lane.id, &mut next);
        }
        next
    }

    /// Removes an event. Returns the events whose turn it may be now.
    pub fn leave(&mut self, event: u64) -> Vec<u64> {
        let mut next = Vec::new();
        let Some(member) = self.events.remove(&event) else { return next };
        for lane in member.lanes() {
            self.remove(event, lane, &mut next);
        }
        next
    }

    /// Returns the events that may run now and could not when this was last called.
    pub fn take_ready(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.ready)
    }

    /// Returns the first possible place in a batch, if no event is before this one in its lanes, or only events that wait in this batch.
    fn place_in(&self, turn: Turn<'_>, batch: Option<u64>) -> Option<usize> {
        let Turn { event, lanes, instruction } = turn;
        let Some(member) = self.events.get(&event) else { return Some(0) };
        let of_step = lanes.iter().filter(|lane| lane.orders(instruction)).map(|lane| lane.id);
        let of_steps = of_step.filter(|lane| member.steps.contains(lane));
        member.whole.iter().copied().chain(of_steps).try_fold(0, |place, lane| {
            let Some(queue) = self.queues.get(&lane) else { return Some(place) };
            if queue.events.first.is_none_or(|first| first == event) {
                return Some(place);
            }
            // those before it wait in the same batch, and the last of them has the last place
            let last = self.events.get(&queue.events.get(queue.joined.checked_sub(1)?)?)?;
            let is_next = queue.events.get(queue.joined) == Some(event);
            (is_next && batch.is_some() && last.batch == batch).then_some(place.max(last.place))
        })
    }

    fn remove(&mut self, event: u64, lane: u64, next: &mut Vec<u64>) {
        let Some(queue) = self.queues.get_mut(&lane) else { return };
        // an event that was skipped or rejected may stand anywhere
        let Some(at) = queue.events.position(event) else { return };
        queue.events.remove(at);
        queue.joined -= usize::from(at < queue.joined);
        if queue.events.first.is_none() {
            self.queues.remove(&lane);
        } else {
            next.extend(self.look(lane).into_iter().flatten());
        }
    }

    /// Finds out who is next in a lane: the first event, and the first one behind those that wait in its batch.
    fn look(&mut self, lane: u64) -> [Option<u64>; 2] {
        let Self { queues, events, .. } = self;
        let Some(queue) = queues.get_mut(&lane) else { return [None, None] };
        let first = queue.events.first;
        let batch = first.and_then(|event| events.get(&event)?.batch);
        let last = queue.joined.checked_sub(1).and_then(|at| events.get(&queue.events.get(at)?));
        let mut place = last.map_or(0, |last| last.place);
        while let Some(next) = queue.events.get(queue.joined).and_then(|next| events.get_mut(&next))
            && batch.is_some()
            && next.batch == batch
            && !next.goes_on
        {
            place = place.max(next.place);
            next.place = place;
            queue.joined += 1;
        }
        let next = queue.events.get(queue.joined);
        let found = [first, next];
        let Some(event) = next else { return found };
        let is_next = |lane: &u64| {
            let queue = self.queues.get(lane);
            queue.is_none_or(|queue| queue.events.get(queue.joined) == Some(event))
        };
        let starts =
            self.events.get(&event).is_some_and(|member| !member.started && member.whole.iter().all(is_next));
        if starts && let Some(member) = self.events.get_mut(&event) {
            member.started = true;
            self.ready.push(event);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::{Lane, Lanes, Turn};

    /// Returns the next request of an event: the first step.
    fn turn(event: u64, lanes: &[Lane]) -> Turn<'_> {
        Turn { event, lanes, instruction: 0 }
    }

    /// Lets an event wait at a place of a batch, if its lanes allow that.
    fn waits_in(lanes: &mut Lanes, turn: Turn<'_>, (batch, place): (u64, usize)) -> bool {
        let may = lanes.place_in(turn, Some(batch)).is_some_and(|least| least <= place);
        if may {
            lanes.wait_in(turn.event, (batch, place), false);
        }
        may
    }

    #[test]
    fn a_lane_of_steps_waits_for_earlier_events_only() {
        let lane = |whole: bool| Lane {
            id: 7,
            steps: if whole {
                Vec::new()
            } else {
                vec![std::sync::Arc::new(crate::plan::OrderedSteps::new(&[], vec![0]))]
            },
        };
        let (mut lanes, step) = (Lanes::default(), [lane(false)]);
        let starts: Vec<bool> = [false, false, true, false]
            .iter()
            .zip(0..)
            .map(|(whole, event)| lanes.enter(event, &[lane(*whole)]))
            .collect();
        assert_eq!(starts, [true, true, false, true], "the whole event waits, those with steps begin");
        let turns = |lanes: &Lanes| (0..4).map(|event| lanes.is_turn(turn(event, &step))).collect::<Vec<_>>();
        assert_eq!(turns(&lanes), [true, false, false, false]);
        // an event that is skipped is not at the head
        lanes.leave(1);
        assert_eq!((turns(&lanes), lanes.take_ready()), (vec![true, true, false, false], vec![]));
        lanes.pass(0, &step[0]);
        assert_eq!((turns(&lanes)[3], lanes.take_ready()), (false, vec![2]));
        lanes.leave(2);
        assert!(lanes.is_turn(turn(3, &step)));
        lanes.leave(0);
        lanes.leave(3);
        assert!(lanes.queues.is_empty() && lanes.events.is_empty());
    }

    #[test]
    fn those_that_wait_in_one_batch_let_the_next_one_join_it() {
        let lane = Lane { id: 7, steps: Vec::new() };
        let mut lanes = Lanes::default();
        let starts: Vec<bool> = (0..5).map(|event| lanes.enter(event, std::slice::from_ref(&lane))).collect();
        assert_eq!(starts, [true, false, false, false, false]);
        assert!(waits_in(&mut lanes, turn(0, &[]), (1, 0)));
        assert_eq!(lanes.take_ready(), [1], "the next one runs");
        assert!(!lanes.is_turn(turn(1, &[])), "and sends nothing of its own");
        assert!(!waits_in(&mut lanes, turn(1, &[]), (2, 1)), "nor joins another batch");
        assert!(waits_in(&mut lanes, turn(1, &[]), (1, 1)));
        assert_eq!(lanes.take_ready(), [2]);
        // the first has more to send
        lanes.part(0);
        assert!(lanes.is_turn(turn(0, &[])));
        assert!(
            !waits_in(&mut lanes, turn(2, &[]), (1, 2)),
            "what is before it is not in that batch any more"
        );
        lanes.leave(1);
        lanes.leave(0);
        assert!(lanes.is_turn(turn(2, &[])) && lanes.take_ready().is_empty());
        assert!(waits_in(&mut lanes, turn(2, &[]), (3, 2)));
        assert_eq!(lanes.take_ready(), [3]);
        lanes.leave(2);
        lanes.leave(3);
        assert_eq!(lanes.take_ready(), [4]);
        lanes.leave(4);
        assert!(lanes.queues.is_empty() && lanes.events.is_empty());
    }

    proptest! {
        /// Events with random keys join batches and leave in a random order: the places in a batch are in input order for each key, and
        /// none sends alone while an earlier one of its keys is there.
        #[test]
        fn batches_hold_the_order_of_each_key(
            keys in proptest::collection::vec(proptest::collection::vec(0_u64..5, 0..3), 1..50),
            choices in proptest::collection::vec(any::<u8>(), 400),
        ) {
            let mut lanes = Lanes::default();
            let whole = |keys: &Vec<u64>| -> Vec<Lane> {
                keys.iter().map(|id| Lane { id: *id, steps: Vec::new() }).collect()
            };
            let mut choices = choices.into_iter().cycle();
            // the open batch, and the one that is being sent
            let (mut batch, mut open, mut sent) = (0, Vec::<Vec<u64>>::new(), Vec::<u64>::new());
            let mut free = BTreeSet::new();
            let mut said = Vec::new();
            let mut come = 0;
            while said.len() < keys.len() {
                let choice = usize::from(choices.next().unwrap());
                if come < keys.len() && choice.is_multiple_of(3) {
                    if lanes.enter(come as u64, &whole(&keys[come])) {
                        free.insert(come as u64);
                    }
                    come += 1;
                } else if choice % 3 == 1 && !free.is_empty() {
                    let event = *free.iter().nth(choice % free.len()).unwrap();
                    if choice % 2 == 0 && lanes.is_turn(turn(event, &[])) {
                        free.remove(&event);
                        said.push(event);
                        lanes.leave(event);
                    } else {
                        // an item is one more, or is merged with one before
                        let place = usize::from(choices.next().unwrap()) % (open.len() + 1);
                        if waits_in(&mut lanes, turn(event, &[]), (batch, place)) {
                            free.remove(&event);
                            open.resize(open.len().max(place + 1), Vec::new());
                            open[place].push(event);
                        }
                    }
                } else if !sent.is_empty() {
                    let event = sent.remove(choice % sent.len());
                    if choice % 5 == 0 {
                        lanes.part(event);
                    }
                    lanes.leave(event);
                } else {
                    sent = std::mem::take(&mut open).concat();
                    said.extend(&sent);
                    batch += 1;
                }
                free.extend(lanes.take_ready());
            }
            for event in sent {
                lanes.leave(event);
            }
            let mut last: HashMap<u64, u64> = HashMap::new();
            for event in &said {
                for key in keys[*event as usize].iter().collect::<BTreeSet<_>>() {
                    let before = last.insert(*key, *event);
                    prop_assert!(before.is_none_or(|before| before < *event), "{said:?}");
                }
            }
            prop_assert!(lanes.queues.is_empty() && lanes.events.is_empty(), "nothing is left over");
        }

        /// Events with random keys arrive and end in a random order, as far as the lanes allow.
        #[test]
        fn all_run_once_and_in_the_order_of_each_key(
            keys in proptest::collection::vec(proptest::collection::vec(0_u64..6, 0..4), 1..60),
            choices in proptest::collection::vec(any::<u8>(), 400),
        ) {
            let mut lanes = Lanes::default();
            let whole = |keys: &Vec<u64>| -> Vec<Lane> {
                keys.iter().map(|id| Lane { id: *id, steps: Vec::new() }).collect()
            };
            let (mut running, mut over) = (BTreeSet::new(), Vec::new());
            let mut choices = choices.into_iter().cycle();
            let mut come = 0;
            while over.len() < keys.len() {
                let choice = usize::from(choices.next().unwrap());
                if come < keys.len() && (choice.is_multiple_of(2) || running.is_empty()) {
                    if lanes.enter(come as u64, &whole(&keys[come])) {
                        running.insert(come as u64);
                    }
                    come += 1;
                    continue;
                }
                prop_assert!(!running.is_empty(), "all wait for each other");
                let event = *running.iter().nth(choice % running.len()).unwrap();
                running.remove(&event);
                over.push(event);
                lanes.leave(event);
                for ready in lanes.take_ready() {
                    prop_assert!(running.insert(ready), "{ready} runs twice");
                }
                let mut busy = BTreeSet::new();
                for event in &running {
                    let own: BTreeSet<u64> = keys[*event as usize].iter().copied().collect();
                    prop_assert!(own.into_iter().all(|key| busy.insert(key)), "a key runs twice at once");
                }
            }
            let mut last: HashMap<u64, u64> = HashMap::new();
            for event in &over {
                for key in keys[*event as usize].iter().collect::<BTreeSet<_>>() {
                    let before = last.insert(*key, *event);
                    prop_assert!(before.is_none_or(|before| before < *event));
                }
            }
            prop_assert_eq!(over.iter().collect::<BTreeSet<_>>().len(), keys.len());
            prop_assert!(lanes.queues.is_empty() && lanes.events.is_empty(), "nothing is left over");
        }
    }
}
