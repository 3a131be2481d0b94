//! What runs have reached of a version: its points, and how often each was reached.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use mapwright_findings::Span;

/// Something of a mapping that an event can reach or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Where it stands.
    pub span: Span,
    /// The part of the place.
    pub what: What,
}

/// The part of a place that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A row has a value.
    Row,
    /// An alternative gives the value of its row.
    Gives,
    /// No alternative gives a value: the default counts, or there is none.
    NoneGives,
    /// A conversion is given a value, and gives one or none.
    Converts,
    /// A condition holds.
    Holds,
    /// A condition does not hold.
    HoldsNot,
    /// A case of a `switch` is taken.
    Case,
    /// A variant takes an event.
    Variant,
    /// A step sends its request.
    Step,
    /// A response rule counts.
    Rule,
    /// A response rule continues at another step.
    Recovery,
    /// A value that has to be there is missing, which rejects the event.
    Missing,
    /// A conversion cannot take its value, which rejects the event.
    Refused,
    /// A requirement is not met.
    Required,
    /// A warning of the mapping is given.
    Warning,
    /// A value is dropped, since a conversion cannot take it.
    Dropped,
    /// A setting has the value at this place of those that it can have.
    Choice(usize),
}

/// Counts how often runs reach the points of a version.
///
/// ```
/// use mapwright_findings::{FileId, Span};
/// use mapwright_plan::tally::{Point, Tally, What};
///
/// let point = Point { span: Span { file: FileId(0), start: 0, end: 6 }, what: What::Row };
/// assert_eq!(Tally::new([point]).times(&point), 0);
/// ```
#[derive(Debug)]
pub struct Tally {
    times: HashMap<Point, AtomicU64>,
}

impl Tally {
    /// Counts these points, and no others.
    pub fn new(points: impl IntoIterator<Item = Point>) -> Self {
        Self { times: points.into_iter().map(|point| (point, AtomicU64::new(0))).collect() }
    }

    /// Counts a point, if it is one of those that count.
    pub(crate) fn hear(&self, point: Point) {
        if let Some(times) = self.times.get(&point) {
            times.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns how often a point was reached.
    pub fn times(&self, point: &Point) -> u64 {
        self.times.get(point).map_or(0, |times| times.load(Ordering::Relaxed))
    }
}
