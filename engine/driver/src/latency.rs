//! Latencies by operation, in buckets that are 2 % apart.

use std::collections::BTreeMap;
use std::time::Duration;

/// The growth of a bucket's bound.
const GROWTH: f64 = 1.02;

/// The latencies of one operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies {
    buckets: BTreeMap<i32, u64>,
    count: u64,
}

/// The latencies of one operation: half of the requests took at most `p50_ms`, and so on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Quantiles {
    /// The number of requests, with a response or without.
    pub requests: u64,
    /// The median, in milliseconds.
    pub p50_ms: f64,
    /// The 95th percentile, in milliseconds.
    pub p95_ms: f64,
    /// The 99th percentile, in milliseconds.
    pub p99_ms: f64,
}

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        let micros = took.as_secs_f64() * 1e6;
        let bucket = micros.max(1.0).log(GROWTH).floor() as i32;
        *self.buckets.entry(bucket).or_default() += 1;
        self.count += 1;
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        let at = |share: f64| {
            let wanted = (self.count as f64 * share).ceil().max(1.0) as u64;
            let mut seen = 0;
            let bucket = self.buckets.iter().find(|(_, count)| {
                seen += **count;
                seen >= wanted
            });
            let micros = bucket.map_or(0.0, |(bucket, _)| GROWTH.powi(bucket.saturating_add(1)));
            (micros / 10.0).round() / 100.0
        };
        Quantiles { requests: self.count, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_two_percent() {
        let mut latencies = Latencies::default();
        (1..=1_000).for_each(|n| latencies.add(Duration::from_millis(n)));
        let Quantiles { requests, p50_ms, p95_ms, p99_ms } = latencies.quantiles();
        assert_eq!(requests, 1_000);
        for (found, expected) in [(p50_ms, 500.0), (p95_ms, 950.0), (p99_ms, 990.0)] {
            assert!(found >= expected && found <= expected * 1.021, "{found} instead of {expected}");
        }
        assert_eq!(Latencies::default().quantiles().p99_ms, 0.0);
    }
}
