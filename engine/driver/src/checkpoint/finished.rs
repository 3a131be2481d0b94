//! The finished events, as ranges. Their number depends only on the unfinished events between them.

use std::collections::BTreeMap;

/// A set of events, by position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FinishedSet {
    /// The first and last event of each range; ranges do not touch.
    ranges: BTreeMap<u64, u64>,
}

impl FinishedSet {
    pub(super) fn contains(&self, event: u64) -> bool {
        self.ranges.range(..=event).next_back().is_some_and(|(_, last)| event <= *last)
    }

    pub(super) fn insert(&mut self, event: u64) {
        self.insert_range(event, event);
    }

    pub(super) fn insert_range(&mut self, first: u64, last: u64) {
        let (mut first, mut last) = (first, last.max(first));
        // merge the ranges that it touches or overlaps
        while let Some((start, end)) = self.ranges.range(..=last.saturating_add(1)).next_back() {
            if end.saturating_add(1) < first {
                break;
            }
            (first, last) = (first.min(*start), last.max(*end));
            let start = *start;
            self.ranges.remove(&start);
        }
        self.ranges.insert(first, last);
    }

    pub(super) fn ranges(&self) -> impl Iterator<Item = (u64, u64)> {
        self.ranges.iter().map(|(first, last)| (*first, *last))
    }

    /// Returns the position after `count` unfinished events that start at `from` or later.
    pub(super) fn after_unfinished(&self, from: u64, mut count: u64) -> u64 {
        let mut at = from;
        for (first, last) in self.ranges().filter(|(_, last)| *last >= from) {
            let before = first.saturating_sub(at);
            if count <= before {
                break;
            }
            count -= before;
            at = last.saturating_add(1);
        }
        at.saturating_add(count)
    }

    /// Returns the first unfinished event: all events before it are finished.
    pub(super) fn watermark(&self) -> u64 {
        self.ranges.get(&0).map_or(0, |last| last.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::FinishedSet;

    proptest! {
        #[test]
        fn it_is_a_set(ranges in proptest::collection::vec((0_u64..60, 0_u64..6), 0..40)) {
            let (mut set, mut plain) = (FinishedSet::default(), BTreeSet::new());
            for (first, more) in ranges {
                set.insert_range(first, first + more);
                plain.extend(first..=first + more);
            }
            for event in 0..80 {
                prop_assert_eq!(set.contains(event), plain.contains(&event));
            }
            let watermark = (0..).find(|event| !plain.contains(event)).unwrap();
            prop_assert_eq!(set.watermark(), watermark);
            for (from, count) in [(0, 0_u64), (0, 1), (0, 30), (7, 3), (59, 2)] {
                let after = set.after_unfinished(from, count);
                let passed = (from..after).filter(|event| !plain.contains(event)).count() as u64;
                prop_assert_eq!(passed, count);
            }
            let found: Vec<_> = set.ranges().collect();
            for pair in found.windows(2) {
                prop_assert!(pair[0].1 + 1 < pair[1].0);
            }
        }
    }
}
