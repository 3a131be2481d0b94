//! The points file by file: what a version inherits counts once, and is reached if the tests of any version reach it.

use std::collections::BTreeMap;

use mapwright::{Coverage, CoveredPoint, Place, PointKind};

use crate::coverage::part::Part;

/// A file with points in it.
pub(crate) struct File<'c> {
    pub path: &'c str,
    /// Ordered by line.
    pub lines: Vec<CoveredLine<'c>>,
}

/// A line with points in it.
pub(crate) struct CoveredLine<'c> {
    pub number: usize,
    /// Ordered by position.
    pub points: Vec<Point<'c>>,
}

/// A point, whatever versions have it.
pub(crate) struct Point<'c> {
    pub place: &'c Place,
    pub kind: PointKind,
    pub text: &'c str,
    /// How often the tests of all versions have reached it.
    pub times: u64,
    /// The versions whose tests do not.
    pub missed_by: Vec<&'c str>,
}

impl File<'_> {
    /// How many of its points are reached.
    pub(crate) fn points(&self) -> Part {
        Part::of(self.lines.iter().flat_map(|line| &line.points).map(|point| point.times))
    }

    /// How many of its lines are.
    pub(crate) fn lines(&self) -> Part {
        Part::of(self.lines.iter().map(CoveredLine::times))
    }
}

impl CoveredLine<'_> {
    /// How often it was reached: as often as the point that was reached most.
    pub(crate) fn times(&self) -> u64 {
        self.points.iter().map(|point| point.times).max().unwrap_or(0)
    }
}

/// Returns the files by path.
pub(crate) fn files(coverage: &Coverage) -> Vec<File<'_>> {
    let mut points: BTreeMap<(&Place, PointKind, &str), Point<'_>> = BTreeMap::new();
    for CoveredPoint { version, place, kind, text, times, .. } in &coverage.points {
        let known = points.entry((place, *kind, text.as_str())).or_insert_with(|| Point {
            place,
            kind: *kind,
            text,
            times: 0,
            missed_by: Vec::new(),
        });
        known.times += times;
        known.missed_by.extend((*times == 0).then_some(version.as_str()));
    }
    let mut files: BTreeMap<&str, BTreeMap<usize, Vec<Point<'_>>>> = BTreeMap::new();
    for point in points.into_values() {
        files.entry(&point.place.path).or_default().entry(point.place.line).or_default().push(point);
    }
    let lines = |lines: BTreeMap<usize, Vec<_>>| {
        lines.into_iter().map(|(number, points)| CoveredLine { number, points }).collect()
    };
    files.into_iter().map(|(path, of_file)| File { path, lines: lines(of_file) }).collect()
}
