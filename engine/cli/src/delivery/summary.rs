//! The summary of a delivery.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indicatif::HumanCount;
use mapwright_driver::checkpoint::FinishedCounts;
use mapwright_driver::{DeliveryFailure, Ending, FailedAttempt, Finished, Outcome, Quantiles, Snapshot};
use serde::Serialize;

use super::Ended;
use crate::summary::{Counts, line};

/// Counts of outcomes.
#[derive(Debug, Default)]
pub(crate) struct DeliveryTally {
    /// Counts by message type, then by outcome.
    by_message: BTreeMap<String, Counts>,
    skipped: Counts,
    rejected: Counts,
    failed: Counts,
    /// Failures by class.
    classes: Counts,
    warnings: Counts,
}

impl DeliveryTally {
    /// Counts an outcome. `rejected_as` is the code of the rejection, if it is not that of the outcome.
    pub(crate) fn add<T>(&mut self, finished: &Finished<T>, rejected_as: Option<&str>) {
        match &finished.outcome {
            Outcome::Delivered(delivered) => {
                for warning in &delivered.warnings {
                    self.warnings.add(&warning.code, 1);
                }
            }
            Outcome::Skipped(skip) => self.skipped.add(skip.rule, 1),
            Outcome::Rejected(rejection) => self.rejected.add(rejected_as.unwrap_or(&rejection.code), 1),
            Outcome::Failed(failure) => {
                self.failed.add(&failure.code, 1);
                self.classes.add(failure.class.as_str(), 1);
            }
            Outcome::Unfinished(_) => {}
        }
        let message = finished.message.as_deref().unwrap_or("other");
        if !self.by_message.contains_key(message) {
            self.by_message.insert(message.to_owned(), Counts::default());
        }
        if let Some(counts) = self.by_message.get_mut(message) {
            counts.add(name(&finished.outcome), 1);
        }
    }
}

/// Returns the name of an outcome.
pub(crate) fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered(_) => "delivered",
        Outcome::Skipped(_) => "skipped",
        Outcome::Rejected(_) => "rejected",
        Outcome::Failed(_) => "failed",
        Outcome::Unfinished(_) => "unfinished",
    }
}

/// The content of `--summary`. `read` is the sum of the five outcomes; `resumed` events were finished by an earlier delivery and are not among them.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'a> {
    pub(crate) destination: &'a str,
    pub(crate) version: &'a str,
    /// `complete`, `stopped`, `paused` or `failed`.
    ending: &'static str,
    #[serde(flatten)]
    numbers: Snapshot,
    /// The finished events of this run and of earlier ones, by outcome.
    whole: FinishedCounts,
    #[serde(skip)]
    before: FinishedCounts,
    seconds: f64,
    requests_per_second: f64,
    latencies: &'a BTreeMap<String, Quantiles>,
    by_message: &'a BTreeMap<String, Counts>,
    skipped_by_rule: &'a Counts,
    rejected_by_code: &'a Counts,
    failed_by_code: &'a Counts,
    failed_by_class: &'a Counts,
    warnings_by_code: &'a Counts,
    /// The last attempt that failed, whatever the outcome of its event.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<&'a FailedAttempt>,
    /// Sources that could not be read to their end.
    unreadable: Vec<String>,
    /// The failure that paused the delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_by: Option<&'a DeliveryFailure>,
}

impl<'a> Summary<'a> {
    pub(crate) fn new(
        destination: &'a str,
        version: &'a str,
        ended: &'a Ended,
        tally: &'a DeliveryTally,
        before: FinishedCounts,
        unreadable: Vec<String>,
    ) -> Self {
        let Snapshot { delivered, skipped, rejected, failed, .. } = ended.numbers;
        let whole = FinishedCounts {
            delivered: before.delivered + delivered,
            skipped: before.skipped + skipped,
            rejected: before.rejected + rejected,
            failed: before.failed + failed,
        };
        let seconds = ended.took.as_secs_f64();
        let (ending, paused_by) = match &ended.ending {
            _ if ended.failed.is_some() => ("failed", None),
            Ending::Complete => ("complete", None),
            Ending::Stopped => ("stopped", None),
            Ending::Paused(failure) => ("paused", Some(failure.as_ref())),
        };
        Self {
            destination,
            version,
            ending,
            numbers: ended.numbers,
            whole,
            before,
            seconds: thousandths(seconds),
            requests_per_second: thousandths(ended.numbers.requests as f64 / seconds.max(1e-3)),
            latencies: &ended.latencies,
            by_message: &tally.by_message,
            skipped_by_rule: &tally.skipped,
            rejected_by_code: &tally.rejected,
            failed_by_code: &tally.failed,
            failed_by_class: &tally.classes,
            warnings_by_code: &tally.warnings,
            last_failure: ended.last_failure.as_ref(),
            unreadable,
            paused_by,
        }
    }

    /// Returns the summary as JSON.
    pub(crate) fn json(&self) -> String {
        // serialization cannot fail, since all keys are strings
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Returns the summary as text.
    pub(crate) fn text(&self) -> String {
        let Snapshot {
            read, resumed, delivered, unfinished, requests, retries, throttled, unmatched, ..
        } = self.numbers;
        let rate = HumanCount((read as f64 / self.seconds.max(1e-3)) as u64);
        let mut text = format!("read       {} in {:.2} s, {rate} events/s\n", HumanCount(read), self.seconds);
        if resumed > 0 {
            let FinishedCounts { rejected, failed, .. } = self.before;
            let of_them = match rejected + failed {
                0 => String::new(),
                _ => format!(" (rejected {}, failed {})", HumanCount(rejected), HumanCount(failed)),
            };
            let _ = writeln!(text, "resumed    {} finished by an earlier run{of_them}", HumanCount(resumed));
        }
        let _ = writeln!(
            text,
            "delivered  {} (requests {}, retries {}, throttled {})",
            HumanCount(delivered),
            HumanCount(requests),
            HumanCount(retries),
            HumanCount(throttled)
        );
        for (operation, Quantiles { p50_ms, p95_ms, p99_ms, .. }) in self.latencies {
            let _ = writeln!(text, "latency    {operation}: {p50_ms} ms, 95 % {p95_ms} ms, 99 % {p99_ms} ms");
        }
        line(&mut text, "skipped  ", self.skipped_by_rule);
        line(&mut text, "rejected ", self.rejected_by_code);
        line(&mut text, "failed   ", self.failed_by_code);
        if unfinished > 0 {
            let _ = writeln!(text, "unfinished {}", HumanCount(unfinished));
        }
        if let Some(failure) = self.last_failure {
            let _ = writeln!(text, "last failure: {failure}");
        }
        if unmatched > 0 {
            let _ = writeln!(
                text,
                "unmatched  {} (responses that name items that were not sent)",
                HumanCount(unmatched)
            );
        }
        if self.warnings_by_code.total() > 0 {
            line(&mut text, "warnings ", self.warnings_by_code);
        }
        text
    }
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
