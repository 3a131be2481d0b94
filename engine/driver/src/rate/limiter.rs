//! The limiter of one rate group, which takes the time and waits for nothing itself.
//!
//! It has as many tokens as the limit allows requests in a window. A request takes a token and gives it back one window after its *answer*
//! came. So two uses of a token reach the API at least one window apart, and no window of the API, wherever it starts and however long a
//! request is on its way, sees more requests than there are tokens. The price is the time from a request to its answer: of a window of
//! ten seconds, an answer that takes 200 ms costs 2 %.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::circuit::doubled;
use crate::config::Quota;

/// What a response says about the limit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Requests of a window.
    pub(crate) limit: Option<u64>,
    /// Those that are left.
    pub(crate) remaining: Option<u64>,
    /// When the next window starts, from now on.
    pub(crate) reset_in: Option<Duration>,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Now, as the n-th.
    Go { index: u64 },
    /// Not before this time.
    At(Instant),
    /// When another request is over.
    AfterAnother,
}

#[derive(Debug)]
pub(crate) struct Limiter {
    /// The tokens, or no limit.
    tokens: Option<Tokens>,
    blocked_until: Option<Instant>,
    /// Throttled answers in a row.
    throttled: u32,
    issued: u64,
}

#[derive(Debug)]
struct Tokens {
    all: u64,
    window: Duration,
    free: u64,
    in_flight: u64,
    /// Tokens by the time at which they are free again.
    returning: BTreeMap<Instant, u64>,
    /// Tokens that are taken away when they return: the limit has become smaller.
    surplus: u64,
    /// When the next request may go, so that a whole window's tokens are not used at once.
    next: Instant,
}

impl Limiter {
    /// A limiter; without a quota, only what is throttled waits.
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

    /// Asks for leave to send one request.
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
            // twice the average rate at most
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

    /// The request was not sent.
    pub(crate) fn give_back(&mut self) {
        if let Some(tokens) = &mut self.tokens {
            tokens.in_flight = tokens.in_flight.saturating_sub(1);
            tokens.put(1);
        }
    }

    /// A request is over; what its answer tells is followed.
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
            // others use the limit too, or an earlier process did; requests overtake each other, hence the tolerance
            let excess = tokens.free.saturating_sub(left);
            if excess > tokens.in_flight || (remaining == 0 && excess > 0) {
                tokens.free -= excess;
                let until = now + told.reset_in.unwrap_or(tokens.window).min(tokens.window);
                *tokens.returning.entry(until).or_default() += excess;
            }
        }
    }

    /// An answer that was not a throttled one.
    pub(crate) fn calm(&mut self) {
        self.throttled = 0;
    }

    /// Nobody passes for a while: as long as is said, and longer if that was not long enough. Says until when. `jitter` is between 0 and 1.
    pub(crate) fn throttle(&mut self, now: Instant, after: Option<Duration>, jitter: f64) -> Instant {
        let window = self.tokens.as_ref().map_or(Duration::from_secs(60), |tokens| tokens.window);
        let least = doubled(Duration::from_millis(200), self.throttled, window);
        // those that were under way together are one offence
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
