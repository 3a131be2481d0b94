//! The summary of a run over many events.

use std::fmt::Write as _;
use std::ops::AddAssign;
use std::time::Duration;

use indicatif::HumanCount;
use mapwright::Request;

/// The number of occurrences of each code, in alphabetical order.
#[derive(Debug, Default)]
pub(crate) struct Counts(Vec<(String, u64)>);

impl Counts {
    pub(crate) fn one(code: &str) -> Self {
        Self(vec![(code.to_owned(), 1)])
    }

    pub(crate) fn add(&mut self, code: &str, count: u64) {
        match self.0.binary_search_by(|(known, _)| known.as_str().cmp(code)) {
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at) {
                    *known += count;
                }
            }
            Err(at) => self.0.insert(at, (code.to_owned(), count)),
        }
    }

    pub(crate) fn get(&self, code: &str) -> u64 {
        let at = self.0.binary_search_by(|(known, _)| known.as_str().cmp(code));
        at.ok().and_then(|at| self.0.get(at)).map_or(0, |(_, count)| *count)
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (code, count) in &other.0 {
            self.add(code, *count);
        }
    }
}

/// Counts of outcomes.
#[derive(Debug, Default)]
pub(crate) struct PreviewTally {
    pub(crate) mapped: u64,
    pub(crate) requests: u64,
    /// Calls of an SDK.
    pub(crate) sdk_calls: u64,
    pub(crate) skipped: Counts,
    pub(crate) rejected: Counts,
    pub(crate) warnings: Counts,
    pub(crate) calls: Calls,
}

/// Requests by rate-limit group: those that are certain, and those that depend on a response. Requests without a group are in
/// the group with an empty name.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) certain: Counts,
    pub(crate) possible: Counts,
}

impl Calls {
    pub(crate) fn add(&mut self, request: &Request<'_>) {
        let group = request.rate.as_deref().unwrap_or_default();
        let counts = if request.when.is_none() { &mut self.certain } else { &mut self.possible };
        counts.add(group, 1);
    }
}

impl AddAssign for PreviewTally {
    fn add_assign(&mut self, other: Self) {
        self.mapped += other.mapped;
        self.requests += other.requests;
        self.sdk_calls += other.sdk_calls;
        self.skipped += other.skipped;
        self.rejected += other.rejected;
        self.warnings += other.warnings;
        self.calls.certain += other.calls.certain;
        self.calls.possible += other.calls.possible;
    }
}

impl PreviewTally {
    /// That of an event that becomes calls.
    pub(crate) fn called(made: &mapwright::Calls) -> Self {
        let mut tally = Self { mapped: 1, sdk_calls: made.calls.len() as u64, ..Self::default() };
        for warning in &made.warnings {
            tally.warnings.add(&warning.code, 1);
        }
        tally
    }

    /// Returns the summary as text. Every event is counted in one of the three middle lines.
    pub(crate) fn summary(&self, took: Duration) -> String {
        let events = self.mapped + self.skipped.total() + self.rejected.total();
        let seconds = took.as_secs_f64().max(1e-6);
        let rate = HumanCount((events as f64 / seconds) as u64);
        let mut text = format!("read      {} in {seconds:.2} s, {rate} events/s\n", HumanCount(events));
        let mapped = HumanCount(self.mapped);
        let (requests, calls) = (HumanCount(self.requests), HumanCount(self.sdk_calls));
        let made = match (self.requests, self.sdk_calls) {
            (_, 0) => format!("requests {requests}"),
            (0, _) => format!("calls {calls}"),
            _ => format!("requests {requests}, calls {calls}"),
        };
        let _ = writeln!(text, "mapped    {mapped} ({made})");
        line(&mut text, "skipped ", &self.skipped);
        line(&mut text, "rejected", &self.rejected);
        if self.warnings.total() > 0 {
            line(&mut text, "warnings", &self.warnings);
        }
        text
    }
}

/// Serialized as an object.
impl serde::Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(code, count)| (code, count)))
    }
}

/// Appends a line with a name, the sum, and its parts.
pub(crate) fn line(text: &mut String, name: &str, counts: &Counts) {
    let of_codes: Vec<String> =
        counts.0.iter().map(|(code, count)| format!("{code} {}", HumanCount(*count))).collect();
    let _ = write!(text, "{name}  {}", HumanCount(counts.total()));
    if !of_codes.is_empty() {
        let _ = write!(text, " ({})", of_codes.join(", "));
    }
    text.push('\n');
}
