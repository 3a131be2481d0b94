//! Lanes: an event runs when it is at the head of the queue of each of its keys.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use mapwright::OrderKey;

/// The hash of an order key. Two keys with one hash wait for each other without need, which is all that happens.
pub(crate) fn lane_of(key: &OrderKey<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The queues of all keys of events that are not over. Every event stands in all its queues from the start, in input order, so that two
/// events never wait for each other.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    queues: HashMap<u64, VecDeque<u64>>,
    /// The lanes of each event that is not over, and in how many it is not at the head.
    events: HashMap<u64, (Vec<u64>, usize)>,
}

impl Lanes {
    /// Takes the next event of the input; true if it may run at once.
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

    /// Ends an event; the events that may run now.
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
