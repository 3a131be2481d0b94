//! The events that have something in common: how many, and the lines of the first.

use std::ops::AddAssign;

use indicatif::HumanCount;
use serde::Serialize;

use crate::input::Event;

/// How many lines are named.
const NAMED: usize = 5;

/// Some events.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct EventLines {
    /// How many they are.
    pub(crate) events: u64,
    /// Where the first of them start.
    #[serde(rename = "lines")]
    first: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Line {
    /// The place among all events, by which lines are ordered.
    #[serde(skip)]
    index: u64,
    /// The file, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    line: u64,
}

impl EventLines {
    /// The line of one event.
    pub(crate) fn of(event: &Event<'_>, several_files: bool) -> Self {
        let file = several_files.then(|| event.source.to_owned());
        Self { events: 1, first: vec![Line { index: event.index, file, line: event.place.line }] }
    }

    /// Returns them as text, such as `in 2 events: lines 1, 4`.
    pub(crate) fn text(&self) -> String {
        let count = if self.events == 1 {
            "1 event".to_owned()
        } else {
            format!("{} events", HumanCount(self.events))
        };
        let in_files = self.first.iter().any(|line| line.file.is_some());
        let word = match (in_files, self.first.len()) {
            (true, _) => "",
            (false, 1) => "line ",
            (false, _) => "lines ",
        };
        let place = |line: &Line| match &line.file {
            Some(file) => format!("{file}:{}", line.line),
            None => line.line.to_string(),
        };
        let places: Vec<String> = self.first.iter().map(place).collect();
        let more = match self.events.saturating_sub(self.first.len() as u64) {
            0 => String::new(),
            more => format!(" and {} more", HumanCount(more)),
        };
        format!("in {count}: {word}{}{more}", places.join(", "))
    }
}

impl AddAssign<&EventLines> for EventLines {
    fn add_assign(&mut self, other: &EventLines) {
        self.events += other.events;
        if self.first.len() < NAMED || other.first.first() < self.first.last() {
            self.first.extend_from_slice(&other.first);
            self.first.sort();
            self.first.truncate(NAMED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: impl IntoIterator<Item = u64>, file: Option<&str>) -> EventLines {
        let mut all = EventLines::default();
        for line in lines {
            let first = vec![Line { index: line, file: file.map(str::to_owned), line }];
            all += &EventLines { events: 1, first };
        }
        all
    }

    #[test]
    fn the_first_lines_are_named() {
        assert_eq!(lines([3], None).text(), "in 1 event: line 3");
        assert_eq!(lines([9, 3], None).text(), "in 2 events: lines 3, 9");
        assert_eq!(lines((1..=7).rev(), None).text(), "in 7 events: lines 1, 2, 3, 4, 5 and 2 more");
        assert_eq!(lines([1, 2], Some("a.ndjson")).text(), "in 2 events: a.ndjson:1, a.ndjson:2");
    }
}
