//! The circuit breaker: while the destination is down, only one request at a time probes it.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::CircuitConfig;

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    Go,
    /// Not before this time, or not before a probe has a response.
    Wait(Option<Instant>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CircuitState {
    Closed,
    Open { until: Instant },
    Probing,
}

/// The state of the circuit breaker. It is passed the time and never waits itself.
#[derive(Debug)]
pub(crate) struct Circuit {
    config: CircuitConfig,
    /// The longest that a retry waits of itself.
    backoff: Duration,
    state: CircuitState,
    failures: u32,
    probes: u32,
    down_since: Option<Instant>,
    last_failure: Option<Instant>,
}

impl Circuit {
    pub(crate) fn new(config: CircuitConfig, backoff: Duration) -> Self {
        Self {
            config,
            backoff,
            state: CircuitState::Closed,
            failures: 0,
            probes: 0,
            down_since: None,
            last_failure: None,
        }
    }

    /// Returns whether a request would be let through: [`Circuit::enter`] without its effect.
    pub(crate) fn look(&self, now: Instant) -> Pass {
        match self.state {
            CircuitState::Closed => Pass::Go,
            CircuitState::Open { until } if now >= until => Pass::Go,
            CircuitState::Open { until } => Pass::Wait(Some(until)),
            CircuitState::Probing => Pass::Wait(None),
        }
    }

    /// Requests permission to send a request immediately. The first request after a wait is the probe.
    pub(crate) fn enter(&mut self, now: Instant) -> Pass {
        let pass = self.look(now);
        if pass == Pass::Go && self.state != CircuitState::Closed {
            self.state = CircuitState::Probing;
        }
        pass
    }

    /// Records a response of the destination.
    pub(crate) fn success(&mut self) {
        self.state = CircuitState::Closed;
        self.failures = 0;
        self.probes = 0;
        self.down_since = None;
    }

    /// Records a missing response, or a 5xx. `jitter` is between 0 and 1. Returns whether it counts as an attempt of the event.
    pub(crate) fn failure(&mut self, now: Instant, jitter: f64) -> bool {
        // failures far apart, with few events between them, are no outage
        let far = self.config.patience + self.backoff;
        if self.last_failure.replace(now).is_some_and(|last| !self.is_open() && now - last > far) {
            (self.failures, self.down_since) = (0, None);
        }
        self.failures = self.failures.saturating_add(1);
        let since = *self.down_since.get_or_insert(now);
        match self.state {
            CircuitState::Closed
                if self.failures < self.config.failures && now - since <= self.config.patience =>
            {
                true
            }
            CircuitState::Closed => {
                self.open(now, jitter);
                true
            }
            CircuitState::Probing => {
                self.probes += 1;
                self.open(now, jitter);
                false
            }
            CircuitState::Open { .. } => false,
        }
    }

    fn open(&mut self, now: Instant, jitter: f64) {
        let wait = doubled(self.config.first, self.probes, self.config.longest);
        // at least half of the wait, so that probes are spaced
        let until = now + wait.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
        self.state = CircuitState::Open { until };
    }

    /// Returns whether the circuit is open.
    pub(crate) fn is_open(&self) -> bool {
        self.state != CircuitState::Closed
    }

    /// Returns whether the circuit has been open for longer than the configured patience.
    pub(crate) fn is_hopeless(&self, now: Instant) -> bool {
        self.is_open() && self.down_since.is_some_and(|since| now - since > self.config.patience)
    }
}

/// Returns `first`, doubled `times` times, and at most `longest`.
pub(crate) fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times.min(20))).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circuit() -> Circuit {
        Circuit::new(
            CircuitConfig {
                failures: 3,
                first: Duration::from_secs(1),
                longest: Duration::from_secs(3),
                patience: Duration::from_secs(60),
            },
            Duration::from_secs(5),
        )
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_a_probe() {
        let (mut circuit, now) = (circuit(), Instant::now());
        let second = Duration::from_secs(1);
        assert!(circuit.failure(now, 1.0) && circuit.failure(now, 1.0));
        circuit.success();
        assert!((0..3).all(|_| circuit.failure(now, 1.0)), "each counts as an attempt");
        assert_eq!(circuit.enter(now), Pass::Wait(Some(now + second)));
        assert!(!circuit.failure(now, 1.0), "what was in flight when it opened does not count");
        assert_eq!(circuit.enter(now + second), Pass::Go);
        assert_eq!(circuit.enter(now + second), Pass::Wait(None), "one probe at a time");
        assert!(!circuit.failure(now + second, 1.0), "nor does a probe");
        assert_eq!(circuit.look(now + second), Pass::Wait(Some(now + 3 * second)), "the wait has doubled");
        assert_eq!(circuit.enter(now + 3 * second), Pass::Go);
        circuit.success();
        assert_eq!((circuit.enter(now + 3 * second), circuit.enter(now + 3 * second)), (Pass::Go, Pass::Go));
    }

    #[test]
    fn few_failures_are_an_outage_if_they_last_for_longer_than_patience() {
        let config = CircuitConfig { failures: 20, ..circuit().config };
        let (mut circuit, start) = (Circuit::new(config.clone(), Duration::from_secs(5)), Instant::now());
        let second = Duration::from_secs(1);
        assert!(circuit.failure(start, 1.0) && !circuit.is_open());
        assert!(circuit.failure(start + 55 * second, 1.0) && !circuit.is_open());
        assert!(!circuit.is_hopeless(start + 55 * second));
        let mut apart = Circuit::new(config, Duration::from_secs(5));
        assert!(circuit.failure(start + 61 * second, 1.0) && circuit.is_hopeless(start + 61 * second));
        assert!(apart.failure(start, 1.0) && apart.failure(start + 66 * second, 1.0));
        assert!(!apart.is_open(), "nothing was sent for a minute");
    }

    #[test]
    fn waits_have_a_bound_and_so_has_patience() {
        let (mut circuit, start) = (circuit(), Instant::now());
        (0..3).for_each(|_| assert!(circuit.failure(start, 1.0)));
        let mut now = start;
        while !circuit.is_hopeless(now) {
            let Pass::Wait(Some(until)) = circuit.look(now) else { panic!("{circuit:?}") };
            assert!(until - now <= Duration::from_secs(3) && until > now);
            now = until;
            assert_eq!(circuit.enter(now), Pass::Go);
            circuit.failure(now, 0.0);
        }
        assert!(now - start > Duration::from_secs(60) && now - start < Duration::from_secs(64));
    }
}
