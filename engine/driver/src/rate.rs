//! Rate limits: never more requests than the API allows in any window, wherever its windows start.

mod limiter;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mapwright::{Rate, RateHeaders, Response};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::config::Quota;
use crate::server_time::{from_now, header};
use limiter::{Limiter, Told, Turn};

/// The gates that a request must pass: that of its rate group, then the operator's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gates<'g> {
    pub(crate) group: &'g Gate,
    pub(crate) operator: Option<&'g Gate>,
}

/// The permission to send one request.
#[derive(Debug)]
pub(crate) struct Permit {
    group: u64,
    operator: Option<u64>,
}

impl Gates<'_> {
    /// Waits for the permission to send.
    pub(crate) async fn pass(self) -> Permit {
        let group = self.group.pass().await;
        let operator = match self.operator {
            Some(gate) => Some(gate.pass().await),
            None => None,
        };
        Permit { group, operator }
    }

    /// Returns the permission of a request that was not sent.
    pub(crate) fn give_back(self, permit: Permit) {
        self.group.give_back(permit.group);
        if let (Some(gate), Some(index)) = (self.operator, permit.operator) {
            gate.give_back(index);
        }
    }

    /// Records the end of a request, with a response or without. `wall` is the time in epoch milliseconds.
    pub(crate) fn over(self, permit: Permit, response: Option<&Response>, wall: i64) {
        self.group.over(permit.group, response, wall);
        if let (Some(gate), Some(index)) = (self.operator, permit.operator) {
            gate.over(index, None, wall);
        }
    }
}

/// The gate of one rate group. Requests pass it one at a time, so that they do not all start when a limit ends.
#[derive(Debug)]
pub(crate) struct Gate {
    headers: RateHeaders,
    window: Duration,
    limiter: Mutex<Limiter>,
    /// A fair lock that requests wait for.
    turnstile: tokio::sync::Mutex<()>,
    changed: Notify,
}

impl Gate {
    /// Returns a gate. Without a quota, requests wait only after throttled responses.
    pub(crate) fn new(quota: Option<Quota>, headers: RateHeaders, now: Instant) -> Self {
        Self {
            headers,
            window: quota.map_or(Duration::from_secs(60), |quota| quota.per),
            limiter: Mutex::new(Limiter::new(quota, now)),
            turnstile: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
        }
    }

    /// Returns the gate of a rate group.
    pub(crate) fn of(rate: &Rate, now: Instant) -> Self {
        Self::new(Some(Quota { requests: rate.requests, per: rate.per }), rate.headers.clone(), now)
    }

    fn limiter(&self) -> std::sync::MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pass(&self) -> u64 {
        let _turn = self.turnstile.lock().await;
        loop {
            let changed = self.changed.notified();
            let turn = self.limiter().turn(Instant::now());
            match turn {
                Turn::Go { index } => return index,
                Turn::At(time) => {
                    tokio::select! {
                        () = sleep_until(time) => {}
                        () = changed => {}
                    }
                }
                Turn::AfterAnother => changed.await,
            }
        }
    }

    fn give_back(&self, index: u64) {
        self.limiter().give_back(index);
        self.changed.notify_one();
    }

    fn over(&self, index: u64, response: Option<&Response>, wall: i64) {
        let told = response.map(|response| self.told(response, wall)).unwrap_or_default();
        self.limiter().over(index, Instant::now(), &told);
        self.changed.notify_one();
    }

    /// Records a response that was not throttled.
    pub(crate) fn calm(&self) {
        self.limiter().calm();
    }

    /// Returns how long a throttled response asks to wait: what the mapping or the response says of itself, or else until the API's window ends.
    pub(crate) fn asked(&self, response: &Response, after: Option<Duration>, wall: i64) -> Option<Duration> {
        // a reset further away than the window is that of another limit
        let reset = self.told(response, wall).reset_in.map(|reset| reset.min(self.window));
        after.max(reset)
    }

    /// Records a throttled response: no request passes before `asked`. `jitter` is between 0 and 1. Returns the end of the pause.
    pub(crate) fn throttle(&self, asked: Option<Duration>, jitter: f64) -> Instant {
        let now = Instant::now();
        let until = self.limiter().throttle(now, asked, jitter);
        tracing::debug!(ms = (until - now).as_millis() as u64, "throttled; the rate group waits");
        until
    }

    /// Returns what a response states about the limit.
    fn told(&self, response: &Response, wall: i64) -> Told {
        let number = |name: &Option<String>| {
            let text = header(response, name.as_deref()?)?;
            text.parse::<f64>().ok().filter(|number| *number >= 0.0).map(|number| (number, text))
        };
        let reset = number(&self.headers.reset).and_then(|(reset, text)| {
            let seconds = from_now(reset, response, wall).max(0.0);
            // a server rounds up or down
            let slack = if text.contains('.') { Duration::ZERO } else { Duration::from_secs(1) };
            Some((Duration::try_from_secs_f64(seconds).ok()?, slack))
        });
        Told {
            limit: number(&self.headers.limit).map(|(limit, _)| limit as u64),
            remaining: number(&self.headers.remaining).map(|(remaining, _)| remaining as u64),
            reset_in: reset.map(|(reset, _)| reset),
            reset_slack: reset.map(|(_, slack)| slack).unwrap_or_default(),
        }
    }
}
