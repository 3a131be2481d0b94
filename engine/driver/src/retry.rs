//! How long to wait before a request is sent again, and when to stop.

use std::time::Duration;

use crate::circuit::doubled;
use crate::config::Retry;

/// The attempts of the request at hand, and the waits of its event.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Attempts of the request that failed and count.
    failed: u32,
    throttled: u32,
    waited: Duration,
}

/// No further attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl Attempts {
    /// The event goes on to another request.
    pub(crate) fn next_request(&mut self) {
        self.failed = 0;
        self.throttled = 0;
    }

    /// An attempt has failed: the wait before the next one. `after` is what the response or the mapping says, `jitter` between 0
    /// and 1; one that does not count (the destination is down) waits like the first.
    pub(crate) fn failed(
        &mut self,
        policy: &Retry,
        counts: bool,
        after: Option<Duration>,
        jitter: f64,
    ) -> Result<Duration, Exhausted> {
        self.failed += u32::from(counts);
        if self.failed >= policy.attempts {
            return Err(Exhausted);
        }
        let longest = doubled(policy.first, self.failed.saturating_sub(1), policy.longest);
        let wait = match after {
            // a little later for each, so that they do not all come at the same moment
            Some(after) => after + policy.first.min(after / 10).mul_f64(jitter),
            None => longest.mul_f64(jitter),
        };
        if counts {
            self.waited += wait;
            if self.waited > policy.per_event {
                return Err(Exhausted);
            }
        }
        Ok(wait)
    }

    /// The request was one too many; the rate group knows when to send it again.
    pub(crate) fn throttled(&mut self, policy: &Retry) -> Result<(), Exhausted> {
        self.throttled += 1;
        if self.throttled >= policy.throttles { Err(Exhausted) } else { Ok(()) }
    }
}
