//! Rate limiting in fixed windows.

use std::time::Duration;

/// The limit of requests per window. Windows are fixed: they start at multiples of their length.
///
/// It is exhaustive: a limit is a number and a window, and programs write it as a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The requests per window; `None` accepts any number, and still counts them.
    pub requests: Option<u64>,
    /// The length of a window, at least a millisecond.
    pub window: Duration,
}

impl RateLimit {
    fn window_ms(self) -> u64 {
        u64::try_from(self.window.as_millis()).unwrap_or(u64::MAX).max(1)
    }
}

/// The count of the current window.
///
/// ```
/// use std::time::Duration;
///
/// use mapwright_loopback::{Admitted, Allowance, Limiter, RateLimit};
///
/// let mut limiter = Limiter::new(RateLimit { requests: Some(1), window: Duration::from_secs(10) });
/// let (accepted, allowance) = limiter.admit(3_000);
/// assert!(accepted && allowance == Some(Allowance { limit: 1, remaining: 0, reset: 10 }));
/// assert!(!limiter.admit(4_000).0 && limiter.admit(10_000).0);
/// assert_eq!((limiter.busiest(), limiter.rejected()), (1, 1));
///
/// // a request that an API takes knows its window
/// assert_eq!((limiter.window_end_ms(), limiter.window_seconds()), (20_000, 10));
/// let left = ("X-Left".to_owned(), limiter.exhausted().remaining.to_string());
/// let admitted = Admitted::new("save").in_window(limiter.window_end_ms(), vec![left]);
/// assert_eq!(admitted.window_end_ms, 20_000);
/// ```
#[derive(Debug)]
pub struct Limiter {
    limit: RateLimit,
    window: u64,
    accepted: u64,
    busiest: u64,
    rejected: u64,
}

/// What headers state of a rate limit.
///
/// It is exhaustive, so that a double does not compile until it states a new part in its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The requests per window.
    pub limit: u64,
    /// The requests that are left in it.
    pub remaining: u64,
    /// Unix seconds, rounded up, when the next window has started.
    pub reset: u64,
}

impl Limiter {
    /// Creates a limiter that has counted nothing.
    #[must_use]
    pub fn new(limit: RateLimit) -> Limiter {
        Limiter { limit, window: 0, accepted: 0, busiest: 0, rejected: 0 }
    }

    /// Counts a request. Returns whether it is accepted, and what is left.
    pub fn admit(&mut self, now_ms: u64) -> (bool, Option<Allowance>) {
        let window = now_ms / self.limit.window_ms();
        if window != self.window {
            self.window = window;
            self.accepted = 0;
        }
        let admitted = self.limit.requests.is_none_or(|limit| self.accepted < limit);
        if admitted {
            self.accepted += 1;
            self.busiest = self.busiest.max(self.accepted);
        } else {
            self.rejected += 1;
        }
        (
            admitted,
            self.limit.requests.map(|limit| self.allowance(limit, limit.saturating_sub(self.accepted))),
        )
    }

    fn allowance(&self, limit: u64, remaining: u64) -> Allowance {
        Allowance { limit, remaining, reset: self.window_end_ms().div_ceil(1000) }
    }

    /// Returns the headers of an injected 429: nothing is left until the window ends.
    #[must_use]
    pub fn exhausted(&self) -> Allowance {
        self.allowance(self.limit.requests.unwrap_or(self.accepted), 0)
    }

    /// Returns when the current window ends, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn window_end_ms(&self) -> u64 {
        self.window.saturating_add(1).saturating_mul(self.limit.window_ms())
    }

    /// Returns the length of a window in seconds, rounded up.
    #[must_use]
    pub fn window_seconds(&self) -> u64 {
        self.limit.window_ms().div_ceil(1000)
    }

    /// Returns the most requests that were accepted in one window.
    #[must_use]
    pub fn busiest(&self) -> u64 {
        self.busiest
    }

    /// Returns how many requests were not accepted.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected
    }
}
