//! Backoff: how long to wait before a retry, and when to give up.

use std::time::Duration;

use crate::circuit::doubled;
use crate::config::Retry;

/// The attempts of the current request, and the waits of its event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts {
    /// The failed attempts that count.
    failed: u32,
    throttled: u32,
    waited: Duration,
}

/// The error that no attempt is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl Attempts {
    /// Starts the event's next request.
    pub(crate) fn next_request(&mut self) {
        self.failed = 0;
        self.throttled = 0;
    }

    /// Records a failed attempt and returns the wait before the next one. `after` is the time that the response or the mapping states, `jitter` is between 0
    /// and 1. An attempt that does not count (the destination is down) waits like the first.
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
            // with jitter, so that the requests are not all sent at the same time
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

    /// Records a throttled attempt. The rate group decides when the request is retried.
    pub(crate) fn throttled(&mut self, policy: &Retry) -> Result<(), Exhausted> {
        self.throttled += 1;
        if self.throttled >= policy.throttles { Err(Exhausted) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Retry {
        Retry {
            attempts: 5,
            throttles: 3,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(4),
            per_event: Duration::from_secs(20),
        }
    }

    #[test]
    fn waits_double_up_to_a_bound_and_attempts_end() {
        let mut attempts = Attempts::default();
        let waits: Vec<_> =
            (0..5).map(|_| attempts.failed(&policy(), true, None, 1.0).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits, [Ok(1), Ok(2), Ok(4), Ok(4), Err(Exhausted)]);
        attempts.next_request();
        assert_eq!(attempts.failed(&policy(), true, None, 0.0), Ok(Duration::ZERO), "full jitter");
    }

    #[test]
    fn the_waits_of_an_event_end_too() {
        let mut attempts = Attempts::default();
        let after = Some(Duration::from_secs(9));
        for _ in 0..2 {
            let wait = attempts.failed(&policy(), true, after, 1.0).unwrap();
            assert!(
                wait >= Duration::from_secs(9) && wait <= Duration::from_secs(10),
                "as long as was asked for"
            );
            attempts.next_request();
        }
        assert_eq!(attempts.failed(&policy(), true, after, 0.0), Err(Exhausted));
    }

    #[test]
    fn what_does_not_count_never_ends() {
        let mut attempts = Attempts::default();
        assert!((0..100).all(|_| attempts.failed(&policy(), false, None, 1.0).is_ok()));
        let throttled: Vec<_> = (0..3).map(|_| attempts.throttled(&policy()).is_ok()).collect();
        assert_eq!(throttled, [true, true, false]);
    }
}
