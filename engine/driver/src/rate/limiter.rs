//! The limiter of one rate group. It is passed the time and never waits itself.
//!
//! It has as many tokens as the limit allows requests in a window. A request takes a token and returns it one window after its *response*
//! arrived. So two uses of a token reach the API at least one window apart, and no window of the API, wherever it starts and however long a
//! request takes, contains more requests than there are tokens. The price is the response time: of a window of
//! ten seconds, a response time of 200 ms costs 2 %.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::circuit::doubled;
use crate::config::Quota;

/// What a response states about the limit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// The requests per window.
    pub(crate) limit: Option<u64>,
    /// The requests that are left.
    pub(crate) remaining: Option<u64>,
    /// The time until the next window starts.
    pub(crate) reset_in: Option<Duration>,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Now, as the n-th.
    Go { index: u64 },
    /// Not before this time.
    At(Instant),
    /// After another request has ended.
    AfterAnother,
}

#[derive(Debug)]
pub(crate) struct Limiter {
    /// The tokens; `None` without a limit.
    tokens: Option<Tokens>,
    blocked_until: Option<Instant>,
    /// The number of consecutive throttled responses.
    throttled: u32,
    issued: u64,
}

#[derive(Debug)]
struct Tokens {
    all: u64,
    window: Duration,
    free: u64,
    in_flight: u64,
    /// The tokens in use, by the time at which they are returned.
    returning: BTreeMap<Instant, u64>,
    /// The number of tokens to remove when they are returned, because the limit was lowered.
    surplus: u64,
    /// When the next request may be sent, so that the tokens of a window are not used in one burst.
    next: Instant,
}

impl Limiter {
    /// Returns a limiter. Without a quota, requests wait only after throttled responses.
    pub(crate) fn new(quota: Option<Quota>, now: Instant) -> Self {
        let tokens = quota.map(|quota| Tokens {
            all: quota.requests.max(1),
            window: quota.per,
            free: quota.requests.max(1),
            in_flight: 0,
            returning: BTreeMap::new(),
            surplus: 0,
            next: now,
        });
        Self { tokens, blocked_until: None, throttled: 0, issued: 0 }
    }

    /// Requests the permission to send one request.
    pub(crate) fn turn(&mut self, now: Instant) -> Turn {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Turn::At(until);
            }
            self.blocked_until = None;
        }
        if let Some(tokens) = &mut self.tokens {
            tokens.collect(now);
            if tokens.free == 0 {
                return tokens.returning.keys().next().map_or(Turn::AfterAnother, |time| Turn::At(*time));
            }
            // at most twice the average rate
            let slot = tokens.next.max(now.checked_sub(tokens.window / 100).unwrap_or(now));
            if slot > now {
                return Turn::At(slot);
            }
            tokens.next = slot + tokens.window.div_f64(2.0 * tokens.all as f64);
            tokens.free -= 1;
            tokens.in_flight += 1;
        }
        self.issued += 1;
        Turn::Go { index: self.issued }
    }

    /// Returns the token of a request that was not sent.
    pub(crate) fn give_back(&mut self) {
        if let Some(tokens) = &mut self.tokens {
            tokens.in_flight = tokens.in_flight.saturating_sub(1);
            tokens.put(1);
        }
    }

    /// Records the end of a request, and adopts the limit that its response states.
    pub(crate) fn over(&mut self, index: u64, now: Instant, told: &Told) {
        let later = self.issued.saturating_sub(index);
        let Some(tokens) = &mut self.tokens else { return };
        tokens.in_flight = tokens.in_flight.saturating_sub(1);
        *tokens.returning.entry(now + tokens.window).or_default() += 1;
        tokens.collect(now);
        if let Some(limit) = told.limit.filter(|limit| *limit > 0) {
            tokens.resize(limit);
        }
        if let Some(remaining) = told.remaining {
            let left = remaining.saturating_sub(later);
            // other clients may share the limit, or an earlier process may have used it; requests overtake each other, hence the tolerance
            let excess = tokens.free.saturating_sub(left);
            if excess > tokens.in_flight || (remaining == 0 && excess > 0) {
                tokens.free -= excess;
                let until = now + told.reset_in.unwrap_or(tokens.window).min(tokens.window);
                *tokens.returning.entry(until).or_default() += excess;
            }
        }
    }

    /// Records a response that was not throttled.
    pub(crate) fn calm(&mut self) {
        self.throttled = 0;
    }

    /// Records a throttled response: blocks all requests for the stated time, or longer if that was not enough. Returns the end of the pause. `jitter` is between 0 and 1.
    pub(crate) fn throttle(&mut self, now: Instant, after: Option<Duration>, jitter: f64) -> Instant {
        let window = self.tokens.as_ref().map_or(Duration::from_secs(60), |tokens| tokens.window);
        let least = doubled(Duration::from_millis(200), self.throttled, window);
        // throttled responses of concurrent requests count once
        if self.blocked_until.is_none_or(|until| until <= now) {
            self.throttled = self.throttled.saturating_add(1);
        }
        let wait = after.map_or(least, |after| after.max(least));
        let spread = (window / 20).min(Duration::from_millis(500)).mul_f64(jitter.clamp(0.0, 1.0));
        let until = now + wait + spread;
        let until = self.blocked_until.map_or(until, |blocked| blocked.max(until));
        self.blocked_until = Some(until);
        until
    }
}

impl Tokens {
    fn collect(&mut self, now: Instant) {
        while let Some(entry) = self.returning.first_entry() {
            if *entry.key() > now {
                break;
            }
            let tokens = entry.remove();
            self.put(tokens);
        }
    }

    fn put(&mut self, tokens: u64) {
        let dropped = tokens.min(self.surplus);
        self.surplus -= dropped;
        self.free += tokens - dropped;
    }

    fn resize(&mut self, limit: u64) {
        if limit >= self.all {
            let more = limit - self.all;
            self.all = limit;
            self.put(more);
        } else {
            let less = self.all - limit;
            let now = less.min(self.free);
            self.all = limit;
            self.free -= now;
            self.surplus += less - now;
        }
    }
}

#[cfg(test)]
mod tests;
