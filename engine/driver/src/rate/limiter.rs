//! The limiter of one rate group. It is passed the time and never waits itself.
//!
//! It has as many tokens as the limit allows requests in a window. A request takes a token and returns it one window after its *response*
//! arrived. So two uses of a token reach the API at least one window apart, and no window of the API, wherever it starts and however long a
//! request takes, contains more requests than there are tokens.
//!
//! The window may be shorter than the mapping states. If the number of requests that are left rises, a new window has started. Where windows are seen
//! to be shorter, all requests that the API has not counted in the new one give their tokens back. So that there is a request which shows it, the
//! last tokens of a window are kept for its end.

use std::collections::{BTreeMap, HashMap, VecDeque};
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
    /// How much later that may be, because the response states it in whole seconds.
    pub(crate) reset_slack: Duration,
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
    /// The limit that the mapping states.
    mapped: u64,
    window: Duration,
    free: u64,
    /// The requests in flight: for each, how many responses had arrived when it was sent.
    in_flight: HashMap<u64, u64>,
    /// The number of responses that have arrived.
    responses: u64,
    /// The tokens in use, by the time at which they are returned.
    returning: BTreeMap<Instant, u64>,
    /// The number of tokens to remove when they are returned, because the limit was lowered.
    surplus: u64,
    /// When the next request may be sent, so that the tokens of a window are not used in one burst.
    next: Instant,
    api: ApiWindow,
}

/// What is known of the API's current window.
#[derive(Debug, Default)]
struct ApiWindow {
    /// The lowest number of requests that a response has stated to be left.
    lowest: Option<u64>,
    /// The number that was left when it was seen to start; others may share the limit.
    most: Option<u64>,
    /// When it probably ends.
    end: Option<Instant>,
    /// When it was seen that it had started, if that was seen.
    seen: Option<Instant>,
    /// The longest times to the reset that responses stated: in this window, and in the one before.
    longest: (Duration, Duration),
    /// The times between the last windows that were seen to start.
    lengths: VecDeque<Duration>,
    /// When the next request may see whether the window has ended.
    probe: Option<Instant>,
}

impl ApiWindow {
    /// Returns the length of a window, as far as it is known.
    fn length(&self) -> Option<Duration> {
        let stated = self.longest.0.max(self.longest.1);
        if stated.is_zero() { self.seen_length() } else { Some(stated) }
    }

    /// Returns the upper median of the times between windows that were seen to start. A shorter one would use up the tokens too early.
    fn seen_length(&self) -> Option<Duration> {
        let mut lengths: Vec<Duration> = self.lengths.iter().copied().collect();
        lengths.sort_unstable();
        lengths.get(lengths.len() / 2).copied()
    }

    /// Starts a window, because the number of requests that are left has risen.
    fn start(&mut self, now: Instant, remaining: u64) {
        if let Some(seen) = self.seen {
            self.lengths.push_back(now - seen);
            if self.lengths.len() > LENGTHS {
                self.lengths.pop_front();
            }
        }
        self.longest = (Duration::ZERO, self.longest.0);
        self.lowest = Some(remaining);
        self.most = Some(remaining);
        self.seen = Some(now);
        self.probe = None;
        // without a reset in responses, windows are as long as those before
        self.end = self.seen_length().map(|length| now + length);
    }
}

/// The number of windows whose length is known.
const LENGTHS: usize = 4;
/// The share of the average rate that is used where windows are only seen to start.
const SPREAD: f64 = 0.95;
/// The share of a window's tokens that is kept for its end.
const KEPT: u64 = 50;

impl Limiter {
    /// Returns a limiter. Without a quota, requests wait only after throttled responses.
    pub(crate) fn new(quota: Option<Quota>, now: Instant) -> Self {
        let tokens = quota.map(|quota| Tokens {
            all: quota.requests.max(1),
            mapped: quota.requests.max(1),
            window: quota.per,
            free: quota.requests.max(1),
            in_flight: HashMap::new(),
            responses: 0,
            returning: BTreeMap::new(),
            surplus: 0,
            next: now,
            api: ApiWindow::default(),
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
            if tokens.free == 0
                && let Some(turn) = tokens.stuck(now)
            {
                return turn;
            }
            if let Some(turn) = tokens.kept(now) {
                return turn;
            }
            // at most twice the average rate
            let slot = tokens.next.max(now.checked_sub(tokens.pace() * 2).unwrap_or(now));
            if slot > now {
                return Turn::At(slot);
            }
            tokens.next = slot + tokens.pace();
            tokens.free -= 1;
            tokens.in_flight.insert(self.issued + 1, tokens.responses);
        }
        self.issued += 1;
        Turn::Go { index: self.issued }
    }

    /// Returns the token of a request that was not sent.
    pub(crate) fn give_back(&mut self, index: u64) {
        if let Some(tokens) = &mut self.tokens
            && tokens.in_flight.remove(&index).is_some()
        {
            tokens.put(1);
        }
    }

    /// Records the end of a request, and adopts the limit that its response states.
    pub(crate) fn over(&mut self, index: u64, now: Instant, told: &Told) {
        let later = self.issued.saturating_sub(index);
        let Some(tokens) = &mut self.tokens else { return };
        let since = tokens.in_flight.remove(&index).map_or(0, |before| tokens.responses - before);
        tokens.responses += 1;
        let until = tokens.return_of(now, told);
        *tokens.returning.entry(until).or_default() += 1;
        tokens.collect(now);
        if let Some(limit) = told.limit.filter(|limit| (1..=MOST).contains(limit)) {
            tokens.resize(limit);
        }
        if let Some(reset) = told.reset_in.filter(|reset| *reset <= LONGEST) {
            tokens.api.longest.0 = tokens.api.longest.0.max(reset);
            let end = now + reset;
            tokens.api.end = Some(tokens.api.end.map_or(end, |known| known.min(end)));
        }
        if let Some(remaining) = told.remaining {
            let in_flight = tokens.in_flight.len() as u64;
            // requests that the API may have counted after this one
            let uncounted = in_flight + since;
            // responses that overtake each other show a rise by at most that
            let risen = tokens.api.lowest.is_some_and(|lowest| lowest.saturating_add(uncounted) < remaining);
            if risen && remaining < tokens.all {
                tokens.raise(remaining.saturating_sub(uncounted), now, told);
            }
            if tokens.api.lowest.is_none_or(|lowest| remaining < lowest) {
                tokens.api.lowest = Some(remaining);
            }
            let left = remaining.saturating_sub(later);
            // other clients may share the limit, or an earlier process may have used it; requests overtake each other, hence the tolerance
            let excess = tokens.free.saturating_sub(left);
            if excess > in_flight || (remaining == 0 && excess > 0) {
                tokens.free -= excess;
                *tokens.returning.entry(until).or_default() += excess;
            }
        }
        let soonest = now + tokens.pace();
        tokens.next = tokens.next.min(soonest);
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

/// The largest limit that is believed.
const MOST: u64 = 1_000_000_000;
/// The precision of a reset that is stated in whole seconds.
const WHOLE_SECOND: Duration = Duration::from_secs(1);
/// The longest time to a reset that is believed.
const LONGEST: Duration = Duration::from_secs(60 * 60);

impl Tokens {
    /// Returns the time between two requests: twice the average rate. Where windows are only seen to start, requests are spread over all of
    /// one, so that one of them sees the next.
    fn pace(&self) -> Duration {
        let window = self.api.length().map_or(self.window, |length| length.min(self.window));
        let stated = !self.api.longest.0.max(self.api.longest.1).is_zero() || self.api.lengths.is_empty();
        window.div_f64(if stated { 2.0 } else { SPREAD } * self.all as f64)
    }

    /// Returns when a token is free again. A limit that is lower than the mapping's may be a mistake of the API: after the reset that it
    /// states, one request asks again.
    fn stuck(&mut self, now: Instant) -> Option<Turn> {
        let Some(first) = self.returning.keys().next().copied() else { return Some(Turn::AfterAnother) };
        let lowered = self.all < self.mapped && self.in_flight.is_empty();
        match self.api.end.filter(|end| lowered && *end + WHOLE_SECOND < first) {
            Some(end) if now >= end => {
                self.release(1);
                self.api.end = None;
                (self.free == 0).then_some(Turn::At(first))
            }
            Some(end) => Some(Turn::At(end)),
            None => Some(Turn::At(first)),
        }
    }

    /// Returns whether the API's windows, which were seen to start, are clearly shorter than the mapping states. Otherwise no interval of that length,
    /// wherever it starts, contains more requests than the limit.
    fn is_short(&self) -> bool {
        let length = self.api.seen.and_then(|_| self.api.length());
        length.is_some_and(|length| length < self.window.mul_f64(0.75))
    }

    /// Returns when the token of a request is returned whose response arrives now.
    fn return_of(&self, now: Instant, told: &Told) -> Instant {
        let window = now + self.window;
        match told.reset_in.filter(|reset| *reset <= LONGEST) {
            Some(reset) if reset <= self.window && !self.is_short() => window,
            Some(reset) if reset <= self.window => (now + reset + told.reset_slack).min(window),
            // the API's window is longer than the mapping states
            Some(reset) => now + reset + told.reset_slack,
            None => window,
        }
    }

    /// Holds the last tokens of a window back until it has probably ended, and then lets one request at a time see whether it has.
    fn kept(&mut self, now: Instant) -> Option<Turn> {
        if self.api.seen.is_some() && !self.is_short() {
            return None;
        }
        let kept = self.api.most.map_or(self.all, |most| most.min(self.all)) / KEPT;
        let end = self
            .api
            .end
            .filter(|_| self.free <= kept.max(1) && self.all >= 10 && !self.returning.is_empty())?;
        if now < end {
            return Some(Turn::At(end));
        }
        if !self.in_flight.is_empty() {
            return Some(Turn::AfterAnother);
        }
        if let Some(probe) = self.api.probe.filter(|probe| now < *probe) {
            return Some(Turn::At(probe));
        }
        let length = self.api.length().unwrap_or(self.window);
        self.api.probe = Some(now + length.min(self.window) / 20);
        None
    }

    /// Frees tokens, because the API states that so many requests are left: those that would be returned first.
    fn raise(&mut self, left: u64, now: Instant, told: &Told) {
        self.api.start(now, told.remaining.unwrap_or_default());
        if let Some(reset) = told.reset_in.filter(|reset| *reset <= LONGEST) {
            self.api.longest.0 = reset;
            self.api.end = Some(now + reset);
        }
        if !self.is_short() {
            return;
        }
        self.release(left.saturating_sub(self.free));
    }

    /// Frees tokens in use, those that would be returned first.
    fn release(&mut self, mut missing: u64) {
        // what a lowered limit has removed stays removed
        let surplus = std::mem::take(&mut self.surplus);
        while missing > 0
            && let Some(mut entry) = self.returning.first_entry()
        {
            let freed = missing.min(*entry.get());
            *entry.get_mut() -= freed;
            if *entry.get() == 0 {
                entry.remove();
            }
            missing -= freed;
            self.put(freed);
        }
        self.surplus = surplus.min(self.returning.values().sum::<u64>() + self.in_flight.len() as u64);
    }

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
