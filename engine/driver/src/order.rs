//! Lanes: an event runs when it is at the head of the queue of each of its keys.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use mapwright::OrderKey;

/// Returns the hash of an order key. Keys with the same hash wait for each other unnecessarily, which is harmless.
pub(crate) fn lane_of(key: &OrderKey<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The queues of all keys of events without an outcome. Every event is in all its queues from the start, in input order, so there are no
/// deadlocks.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    queues: HashMap<u64, VecDeque<u64>>,
    /// The lanes of each event, and the number of lanes in which it is not at the head.
    events: HashMap<u64, (Vec<u64>, usize)>,
}

impl Lanes {
    /// Adds the next event of the input. Returns whether it may run immediately.
    pub(crate) fn enter(&mut self, event: u64, mut lanes: Vec<u64>) -> bool {
        lanes.sort_unstable();
        lanes.dedup();
        let mut behind = 0;
        for lane in &lanes {
            let queue = self.queues.entry(*lane).or_default();
            behind += usize::from(!queue.is_empty());
            queue.push_back(event);
        }
        self.events.insert(event, (lanes, behind));
        behind == 0
    }

    /// Removes an event. Returns the events that may run now.
    pub(crate) fn leave(&mut self, event: u64) -> Vec<u64> {
        let mut ready = Vec::new();
        let Some((lanes, _)) = self.events.remove(&event) else { return ready };
        for lane in lanes {
            let Some(queue) = self.queues.get_mut(&lane) else { continue };
            queue.pop_front();
            match queue.front() {
                None => {
                    self.queues.remove(&lane);
                }
                Some(next) => {
                    let Some((_, behind)) = self.events.get_mut(next) else { continue };
                    *behind -= 1;
                    if *behind == 0 {
                        ready.push(*next);
                    }
                }
            }
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::Lanes;

    proptest! {
        /// Events with random keys arrive and end in a random order, as far as the lanes allow.
        #[test]
        fn all_run_once_and_in_the_order_of_each_key(
            keys in proptest::collection::vec(proptest::collection::vec(0_u64..6, 0..4), 1..60),
            choices in proptest::collection::vec(any::<u8>(), 400),
        ) {
            let mut lanes = Lanes::default();
            let (mut running, mut over) = (BTreeSet::new(), Vec::new());
            let mut choices = choices.into_iter().cycle();
            let mut come = 0;
            while over.len() < keys.len() {
                let choice = usize::from(choices.next().unwrap());
                if come < keys.len() && (choice.is_multiple_of(2) || running.is_empty()) {
                    if lanes.enter(come as u64, keys[come].clone()) {
                        running.insert(come as u64);
                    }
                    come += 1;
                    continue;
                }
                prop_assert!(!running.is_empty(), "all wait for each other");
                let event = *running.iter().nth(choice % running.len()).unwrap();
                running.remove(&event);
                over.push(event);
                for ready in lanes.leave(event) {
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
