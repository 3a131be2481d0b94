//! The progress line of a delivery on the terminal.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use mapwright_driver::{FailedAttempt, Snapshot};
use tokio::time::{Interval, MissedTickBehavior, interval};

const EVERY: Duration = Duration::from_millis(200);

/// The progress of reading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    pub(crate) bytes: Arc<AtomicU64>,
    /// The total number of bytes, if known.
    pub(crate) total: Option<u64>,
}

/// The line.
pub(crate) struct ProgressLine {
    bar: ProgressBar,
    reading: Reading,
    started: Instant,
    ticks: Interval,
}

impl ProgressLine {
    /// Returns a progress line, if standard error is a terminal.
    pub(crate) fn for_terminal(reading: Reading) -> Option<Self> {
        if !io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Some(Self { bar, reading, started: Instant::now(), ticks })
    }

    /// Waits for the next update of the line.
    pub(crate) async fn tick(&mut self) {
        self.ticks.tick().await;
    }

    /// Hides the line while something else is written.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    pub(crate) fn show(&self, numbers: Snapshot, last_failure: Option<&FailedAttempt>) {
        let bytes = self.reading.bytes.load(Ordering::Relaxed);
        let done = self.reading.total.filter(|total| *total > 0).map(|total| bytes as f64 / total as f64);
        self.bar.set_message(text(numbers, done, self.started.elapsed(), last_failure));
        self.bar.tick();
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Returns the text of the line. `read` is the part of the input that was read, between 0 and 1.
fn text(
    numbers: Snapshot,
    read: Option<f64>,
    took: Duration,
    last_failure: Option<&FailedAttempt>,
) -> String {
    let finished = numbers.delivered + numbers.skipped + numbers.rejected + numbers.failed;
    let seconds = took.as_secs_f64().max(1e-3);
    let mut text = format!(
        "{} delivered, {}/s, {} retried, {} failed",
        HumanCount(numbers.delivered),
        HumanCount((finished as f64 / seconds) as u64),
        HumanCount(numbers.retries),
        HumanCount(numbers.failed + numbers.rejected),
    );
    // events that were read are not finished yet
    let passed = (finished + numbers.resumed) as f64 / (numbers.read + numbers.resumed).max(1) as f64;
    if let Some(done) = read.map(|read| read.min(1.0) * passed)
        && done > 0.0
    {
        let left = Duration::from_secs_f64((seconds * (1.0 / done - 1.0)).clamp(0.0, 1e9));
        text.push_str(&format!(", {} left", HumanDuration(left)));
    }
    if let Some(failure) = last_failure {
        text.push_str(&format!("; last failure: {failure}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_what_is_finished() {
        let mut numbers = Snapshot::default();
        numbers.read = 2_000;
        numbers.delivered = 900;
        numbers.failed = 90;
        numbers.rejected = 10;
        numbers.retries = 3;
        insta::assert_snapshot!(
            text(numbers, Some(0.5), Duration::from_secs(10), None),
            @"900 delivered, 100/s, 3 retried, 100 failed, 30 seconds left"
        );
        insta::assert_snapshot!(
            text(
                numbers,
                None,
                Duration::from_secs(10),
                Some(&FailedAttempt::new("find", "answered with 503"))
            ),
            @"900 delivered, 100/s, 3 retried, 100 failed; last failure: `find`: answered with 503"
        );
        assert!(!text(Snapshot::default(), Some(0.0), Duration::ZERO, None).contains("left"));
    }
}
