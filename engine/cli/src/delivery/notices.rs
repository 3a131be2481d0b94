//! Lines on standard error about long waits, for a delivery without a terminal and without a log, and about responses that no item matches.

use std::time::Duration;

use mapwright_driver::{Metrics, Waiting};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::terminal;

/// How often the wait is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// A wait that is longer is reported.
const LONG: Duration = Duration::from_secs(30);
/// The least time between two lines about the same wait.
const PAUSE: Duration = Duration::from_secs(300);

/// What is printed once, after the first response that names items that were not sent.
const UNMATCHED: &str = "warning: a response names failed items that were not sent, so these failures have no effect; \
    check `index` or `id` of `failed` in the response rules";

/// Reports long waits, rarely, and unmatched responses, once.
pub(crate) struct Notices {
    on: bool,
    /// Whether a log says what is unmatched.
    logged: bool,
    unmatched: bool,
    ticks: Interval,
    told: Option<Told>,
}

/// The wait that was reported last.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    since: Instant,
    reason: String,
    at: Instant,
}

impl Notices {
    /// Returns notices for a delivery with a progress line, with a log, or without both.
    pub(crate) fn new(progress: bool, logged: bool) -> Self {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { on: !progress && !logged, logged, unmatched: false, ticks, told: None }
    }

    /// Waits until the wait is to be looked at again.
    pub(crate) async fn tick(&mut self) {
        match self.on {
            true => drop(self.ticks.tick().await),
            false => std::future::pending().await,
        }
    }

    /// Prints a line about the current wait, if one is due, and one about unmatched responses.
    pub(crate) fn tell(&mut self, numbers: &Metrics) {
        if let Some(line) = line(&mut self.told, numbers.waiting(), Instant::now()) {
            terminal::complain(&line);
        }
        self.unmatched(numbers);
    }

    /// Prints once that responses name items that were not sent, if some do.
    pub(crate) fn unmatched(&mut self, numbers: &Metrics) {
        if !self.logged && !self.unmatched && numbers.snapshot().unmatched > 0 {
            self.unmatched = true;
            terminal::complain(UNMATCHED);
        }
    }
}

fn line(told: &mut Option<Told>, waiting: Option<Waiting>, now: Instant) -> Option<String> {
    let Some(Waiting { reason, since, until, .. }) = waiting else {
        let before = told.take()?;
        return Some(format!("continues after {} s", (now - before.since).as_secs()));
    };
    let left = until.map(|until| until.saturating_duration_since(now));
    if now - since <= LONG && left.is_none_or(|left| left <= LONG) {
        return None;
    }
    // another reason is news, but not more often than a wait is long
    let due = match &told {
        None => true,
        Some(before) if before.since != since || before.reason != reason => now - before.at >= LONG,
        Some(before) => now - before.at >= PAUSE,
    };
    if !due {
        return None;
    }
    let text = match left {
        Some(left) => format!("waits {} s more: {reason}", left.as_secs()),
        None => format!("waits since {} s: {reason}", (now - since).as_secs()),
    };
    *told = Some(Told { since, reason, at: now });
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_wait_is_told_rarely_and_so_is_its_end() {
        let start = Instant::now();
        let mut told = None;
        let outage = || Some(Waiting::new("the connection was refused", start, None));
        let lines: Vec<(u64, String)> = (0..700)
            .filter_map(|second| {
                let now = start + Duration::from_secs(second);
                let waiting = if second < 650 { outage() } else { None };
                Some((second, line(&mut told, waiting, now)?))
            })
            .collect();
        let expected = [
            (31, "waits since 31 s: the connection was refused"),
            (331, "waits since 331 s: the connection was refused"),
            (631, "waits since 631 s: the connection was refused"),
            (650, "continues after 650 s"),
        ];
        assert_eq!(lines, expected.map(|(at, line)| (at, line.to_owned())));
    }

    #[test]
    fn a_wait_with_an_end_is_told_at_once_if_it_is_long() {
        let now = Instant::now();
        let wait = |seconds| {
            let until = Some(now + Duration::from_secs(seconds));
            Some(Waiting::new("the API asks to wait", now, until))
        };
        assert_eq!(line(&mut None, wait(20), now), None);
        assert_eq!(line(&mut None, wait(120), now).unwrap(), "waits 120 s more: the API asks to wait");
    }

    #[test]
    fn reasons_that_change_all_the_time_are_rare_lines() {
        let start = Instant::now();
        let mut told = None;
        let lines = (0..300).filter(|second| {
            let reason = format!("problem {second}");
            let waiting = Some(Waiting::new(reason, start, None));
            line(&mut told, waiting, start + Duration::from_secs(*second)).is_some()
        });
        assert!(lines.count() <= 10);
    }
}
