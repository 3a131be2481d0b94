//! The rate groups of a destination, each with its window and its headers.

use std::collections::BTreeMap;

use mapwright::{Rate, RateHeaders};
use mapwright_loopback::{Allowance, Limiter, RateLimit};

/// The windows of all rate groups.
pub(crate) struct Limits {
    groups: BTreeMap<String, (Limiter, RateHeaders)>,
}

/// What a rate group says of a request.
pub(crate) struct Counted {
    pub(crate) admitted: bool,
    /// When the window ends, in milliseconds since the Unix epoch.
    pub(crate) window_end_ms: u64,
    pub(crate) headers: Vec<(String, String)>,
}

impl Limits {
    /// Fresh windows; without a limit, they only count.
    pub(crate) fn new(rates: &[Rate], limited: bool) -> Limits {
        let groups = rates.iter().map(|rate| {
            let limit = RateLimit { requests: limited.then_some(rate.requests), window: rate.per };
            (rate.name.clone(), (Limiter::new(limit), rate.headers.clone()))
        });
        Limits { groups: groups.collect() }
    }

    /// Counts a request in its group, if it has one.
    pub(crate) fn count(&mut self, group: Option<&str>, now_ms: u64) -> Option<Counted> {
        let (limiter, names) = self.groups.get_mut(group?)?;
        let (admitted, allowance) = limiter.admit(now_ms);
        let headers = allowance.map(|allowance| headers(names, allowance)).unwrap_or_default();
        Some(Counted { admitted, window_end_ms: limiter.window_end_ms(), headers })
    }

    /// The headers of a request for which nothing is left.
    pub(crate) fn exhausted(&self, group: Option<&str>) -> Vec<(String, String)> {
        let group = group.and_then(|group| self.groups.get(group));
        group.map(|(limiter, names)| headers(names, limiter.exhausted())).unwrap_or_default()
    }

    /// The most requests of each group in one window.
    pub(crate) fn busiest(&self) -> BTreeMap<String, u64> {
        self.groups.iter().map(|(name, (limiter, _))| (name.clone(), limiter.busiest())).collect()
    }

    /// How many requests were over a limit.
    pub(crate) fn rejected(&self) -> u64 {
        self.groups.values().map(|(limiter, _)| limiter.rejected()).sum()
    }
}

fn headers(names: &RateHeaders, allowance: Allowance) -> Vec<(String, String)> {
    let all = [
        (&names.limit, allowance.limit),
        (&names.remaining, allowance.remaining),
        (&names.reset, allowance.reset),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.clone()?, value.to_string()))).collect()
}
