//! Lanes: an event runs when it is at the head of the queue of each of its keys, and a step that has keys of its own when its event is at
//! the head of theirs.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapwright::{OrderKey, OrderedSteps};
use tokio::sync::Notify;

/// A lane of an event.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    /// The hash of its key. Keys with the same hash wait for each other unnecessarily, which is harmless.
    id: u64,
    /// The steps that it orders; empty: the whole event.
    steps: Vec<Arc<OrderedSteps>>,
}

impl Lane {
    pub(crate) fn of(key: OrderKey<'_>) -> Self {
        let mut hasher = DefaultHasher::new();
        (key.name, &key.value).hash(&mut hasher);
        Self { id: hasher.finish(), steps: key.steps }
    }

    /// Whether the request of an instruction has to wait for it.
    pub(crate) fn orders(&self, instruction: usize) -> bool {
        self.steps.iter().any(|steps| steps.contains(instruction))
    }

    /// Whether a test holds for steps that it orders.
    pub(crate) fn any_steps(&self, test: impl Fn(&OrderedSteps) -> bool) -> bool {
        self.steps.iter().any(|steps| test(steps))
    }
}

/// The queues of all keys of events without an outcome. Every event is in all its queues from the start, in input order, and waits only
/// for earlier ones, so there are no deadlocks.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    state: Mutex<LanesState>,
    /// Notified when events may run that could not before.
    opened: Notify,
}

#[derive(Debug, Default)]
struct LanesState {
    queues: HashMap<u64, VecDeque<u64>>,
    events: HashMap<u64, Member>,
    /// The events that may run since somebody last asked.
    ready: Vec<u64>,
}

/// An event in its lanes.
#[derive(Debug)]
struct Member {
    /// The lanes of the whole event that it is still in.
    whole: Vec<u64>,
    /// Those of steps.
    steps: Vec<u64>,
    /// The number of lanes of the whole event in which it is not at the head.
    behind: usize,
    /// Notified when it comes to the head of a lane of a step.
    turn: Arc<Notify>,
}

impl Lanes {
    fn state(&self) -> MutexGuard<'_, LanesState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the next event of the input. Returns whether it may run immediately.
    pub(crate) fn enter(&self, event: u64, lanes: &[Lane]) -> bool {
        let ids = |whole: bool| {
            let ids = lanes.iter().filter(|lane| lane.steps.is_empty() == whole).map(|lane| lane.id);
            let mut ids: Vec<u64> = ids.collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let (whole, mut steps) = (ids(true), ids(false));
        steps.retain(|lane| !whole.contains(lane));
        let mut state = self.state();
        let mut behind = 0;
        for lane in &whole {
            let queue = state.queues.entry(*lane).or_default();
            behind += usize::from(!queue.is_empty());
            queue.push_back(event);
        }
        for lane in &steps {
            state.queues.entry(*lane).or_default().push_back(event);
        }
        state.events.insert(event, Member { whole, steps, behind, turn: Arc::default() });
        behind == 0
    }

    /// Waits until an event is at the head of a lane of one of its steps.
    pub(crate) async fn turn(&self, event: u64, lane: &Lane) {
        loop {
            let turn = {
                let state = self.state();
                // a lane that it has left, or that is one of the whole event
                let Some(member) = state.events.get(&event).filter(|it| it.steps.contains(&lane.id)) else {
                    return;
                };
                if state.queues.get(&lane.id).and_then(VecDeque::front) == Some(&event) {
                    return;
                }
                member.turn.clone()
            };
            turn.notified().await;
        }
    }

    /// Whether an event is at the head of a lane of one of its steps.
    pub(crate) fn is_turn(&self, event: u64, lane: &Lane) -> bool {
        let state = self.state();
        let waits = state.events.get(&event).is_some_and(|it| it.steps.contains(&lane.id));
        !waits || state.queues.get(&lane.id).and_then(VecDeque::front) == Some(&event)
    }

    /// Removes an event from a lane of its steps.
    pub(crate) fn pass(&self, event: u64, lane: &Lane) {
        let mut state = self.state();
        let Some(member) = state.events.get_mut(&event) else { return };
        let before = member.steps.len();
        member.steps.retain(|known| *known != lane.id);
        if member.steps.len() < before {
            state.remove(event, lane.id);
            self.tell(&state);
        }
    }

    /// Removes an event.
    pub(crate) fn leave(&self, event: u64) {
        let mut state = self.state();
        let Some(Member { whole, steps, .. }) = state.events.remove(&event) else { return };
        for lane in whole.into_iter().chain(steps) {
            state.remove(event, lane);
        }
        self.tell(&state);
    }

    fn tell(&self, state: &LanesState) {
        if !state.ready.is_empty() {
            self.opened.notify_one();
        }
    }

    /// Returns the events that may run now and could not when this was last called.
    pub(crate) fn take_ready(&self) -> Vec<u64> {
        std::mem::take(&mut self.state().ready)
    }

    /// Waits until [`Lanes::take_ready`] has something to return.
    pub(crate) async fn opened(&self) {
        self.opened.notified().await;
    }
}

impl LanesState {
    fn remove(&mut self, event: u64, lane: u64) {
        let Some(queue) = self.queues.get_mut(&lane) else { return };
        // an event that was skipped or rejected may stand anywhere
        let Some(at) = queue.iter().position(|known| *known == event) else { return };
        queue.remove(at);
        if at > 0 {
            return;
        }
        let Some(next) = queue.front().copied() else {
            self.queues.remove(&lane);
            return;
        };
        let Some(member) = self.events.get_mut(&next) else { return };
        if !member.whole.contains(&lane) {
            member.turn.notify_one();
            return;
        }
        member.behind = member.behind.saturating_sub(1);
        if member.behind == 0 {
            self.ready.push(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::{Lane, Lanes};

    #[test]
    fn a_lane_of_steps_waits_for_earlier_events_only() {
        let lane = |whole: bool| Lane {
            id: 7,
            steps: if whole {
                Vec::new()
            } else {
                vec![std::sync::Arc::new(mapwright::OrderedSteps::new(&[], vec![0]))]
            },
        };
        let (lanes, step) = (Lanes::default(), lane(false));
        let starts: Vec<bool> = [false, false, true, false]
            .iter()
            .zip(0..)
            .map(|(whole, event)| lanes.enter(event, &[lane(*whole)]))
            .collect();
        assert_eq!(starts, [true, true, false, true], "the whole event waits, those with steps begin");
        let turns = || (0..4).map(|event| lanes.is_turn(event, &step)).collect::<Vec<_>>();
        assert_eq!(turns(), [true, false, true, false]);
        // an event that is skipped is not at the head
        lanes.leave(1);
        assert_eq!((turns(), lanes.take_ready()), (vec![true, true, true, false], vec![]));
        lanes.pass(0, &step);
        assert_eq!((turns()[3], lanes.take_ready()), (false, vec![2]));
        lanes.leave(2);
        assert!(lanes.is_turn(3, &step));
        lanes.leave(0);
        lanes.leave(3);
        assert!(lanes.state().queues.is_empty() && lanes.state().events.is_empty());
    }

    proptest! {
        /// Events with random keys arrive and end in a random order, as far as the lanes allow.
        #[test]
        fn all_run_once_and_in_the_order_of_each_key(
            keys in proptest::collection::vec(proptest::collection::vec(0_u64..6, 0..4), 1..60),
            choices in proptest::collection::vec(any::<u8>(), 400),
        ) {
            let lanes = Lanes::default();
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
            let state = lanes.state();
            prop_assert!(state.queues.is_empty() && state.events.is_empty(), "nothing is left over");
        }
    }
}
