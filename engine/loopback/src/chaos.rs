//! Injected faults, which are drawn from a seed.
//!
//! The fault of a request depends on the seed, on its content (method, path, what the API took it for, body) and on the number of earlier
//! requests with the same content, but never on the order in which requests with different content arrive.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;
use std::time::Duration;

/// The most requests whose attempts are counted. Beyond it, counting restarts, so that memory is bounded.
const COUNTED: usize = 1_000_000;

/// A fault of a request.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// 500 with an HTML page. The request takes no effect.
    Error500,
    /// 502 with an HTML page. The request takes no effect.
    Error502,
    /// 503 with an HTML page. The request takes no effect.
    Error503,
    /// 504 with an HTML page, from a gateway that timed out. The request takes effect.
    Error504,
    /// No response, ever. The request takes no effect.
    HangBefore,
    /// No response, ever. The request takes effect.
    HangAfter,
    /// The connection is closed without a response. The request takes no effect.
    DropBefore,
    /// The connection is closed without a response. The request takes effect.
    DropAfter,
    /// The response is truncated in the middle of its body. The request takes effect.
    HalfSent,
    /// 429, for this and for every request until the rate window ends. None of them takes effect.
    RateStorm,
    /// The correct response as `text/plain`. The request takes effect.
    WrongType,
    /// 200 with an HTML page, such as that of a proxy or a login. The request takes no effect.
    HtmlOk,
    /// 200 without a body. The request takes effect.
    EmptyOk,
    /// The correct response, a few bytes at a time. The request takes effect.
    SlowBody,
    /// Only requests that the API refuses when two of them come at once: that refusal. The request takes no effect.
    Race,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 15] = [
        Fault::Error500,
        Fault::Error502,
        Fault::Error503,
        Fault::Error504,
        Fault::HangBefore,
        Fault::HangAfter,
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::HalfSent,
        Fault::RateStorm,
        Fault::WrongType,
        Fault::HtmlOk,
        Fault::EmptyOk,
        Fault::SlowBody,
        Fault::Race,
    ];

    /// Returns the name in options, logs and counts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Fault::Error500 => "error-500",
            Fault::Error502 => "error-502",
            Fault::Error503 => "error-503",
            Fault::Error504 => "error-504",
            Fault::HangBefore => "hang-before",
            Fault::HangAfter => "hang-after",
            Fault::DropBefore => "drop-before",
            Fault::DropAfter => "drop-after",
            Fault::HalfSent => "half-sent",
            Fault::RateStorm => "rate-storm",
            Fault::WrongType => "wrong-type",
            Fault::HtmlOk => "html-ok",
            Fault::EmptyOk => "empty-ok",
            Fault::SlowBody => "slow-body",
            Fault::Race => "race",
        }
    }

    /// Returns whether the request takes effect.
    #[must_use]
    pub fn applies(self) -> bool {
        match self {
            Fault::Error500 | Fault::Error502 | Fault::Error503 | Fault::HangBefore | Fault::DropBefore => {
                false
            }
            Fault::RateStorm | Fault::HtmlOk | Fault::Race => false,
            Fault::Error504 | Fault::HangAfter | Fault::DropAfter | Fault::HalfSent => true,
            Fault::WrongType | Fault::EmptyOk | Fault::SlowBody => true,
        }
    }

    pub(crate) fn can_hit(self, races: bool) -> bool {
        self != Fault::Race || races
    }
}

/// An error about an invalid fault or probability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadFault {
    /// The name of the fault is unknown.
    #[error("`{0}` is not a fault; expected one of {names}", names = Fault::ALL.map(Fault::name).join(", "))]
    Name(String),
    /// The form or the probability is wrong.
    #[error(
        "expected `fault=probability` with a probability from 0 to 1, such as `drop-after=0.02`; got `{0}`"
    )]
    Form(String),
}

impl FromStr for Fault {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Fault, BadFault> {
        Fault::ALL
            .into_iter()
            .find(|fault| fault.name() == text)
            .ok_or_else(|| BadFault::Name(text.to_owned()))
    }
}

/// The faults to inject, with their probabilities.
///
/// ```
/// use mapwright_loopback::{BadFault, Chaos, Fault};
/// let chaos = Chaos::seeded(7).fault(Fault::DropAfter, 0.02).fault(Fault::Error503, 0.05).at_most(3);
/// // a request whose response is lost may have taken effect
/// assert!(Fault::DropAfter.applies() && !Fault::Error503.applies());
/// assert!(matches!("drop".parse::<Fault>(), Err(BadFault::Name(_))));
///
/// use std::time::Duration;
/// let (short, long) = (Duration::from_millis(5), Duration::from_millis(50));
/// let bad_day = Chaos::seeded(7).every_fault(0.01).latency(0.5, short, long).slow_pause(short);
/// assert_ne!(chaos, bad_day);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Chaos {
    seed: u64,
    faults: Vec<(Fault, f64)>,
    latency: Option<Latency>,
    at_most: Option<u32>,
    slow_pause: Duration,
}

#[derive(Clone, Debug, PartialEq)]
struct Latency {
    probability: f64,
    from_ms: u64,
    to_ms: u64,
}

impl Chaos {
    /// Returns a configuration without faults.
    #[must_use]
    pub fn seeded(seed: u64) -> Chaos {
        Chaos {
            seed,
            faults: Vec::new(),
            latency: None,
            at_most: None,
            slow_pause: Duration::from_millis(20),
        }
    }

    /// Injects a fault into this share of requests, from 0 to 1. A request has at most one fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault, probability: f64) -> Chaos {
        self.faults.push((fault, probability));
        self
    }

    /// Injects every fault into this share of requests each, except `RateStorm`, which affects other requests too.
    #[must_use]
    pub fn every_fault(mut self, probability: f64) -> Chaos {
        let faults = Fault::ALL.into_iter().filter(|fault| *fault != Fault::RateStorm);
        self.faults.extend(faults.map(|fault| (fault, probability)));
        self
    }

    /// Delays this share of requests, from 0 to 1, before they take effect, for a time between the two durations.
    #[must_use]
    pub fn latency(mut self, probability: f64, from: Duration, to: Duration) -> Chaos {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.latency = Some(Latency { probability, from_ms: ms(from), to_ms: ms(to) });
        self
    }

    /// Limits the number of faults of the same request, so that a client that keeps retrying succeeds.
    #[must_use]
    pub fn at_most(mut self, faults: u32) -> Chaos {
        self.at_most = Some(faults);
        self
    }

    /// Sets the pause between the pieces of a slow body, of which there are at most eight. The default is 20 ms.
    #[must_use]
    pub fn slow_pause(mut self, pause: Duration) -> Chaos {
        self.slow_pause = pause;
        self
    }

    pub(crate) fn pause(&self) -> Duration {
        self.slow_pause
    }
}

/// The fault and latency of one attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) fault: Option<Fault>,
    pub(crate) delay_ms: u64,
}

/// The attempts so far.
#[derive(Debug, Default)]
pub(crate) struct Dice {
    /// Attempts and faults so far, by the content of the request.
    seen: HashMap<u64, (u32, u32)>,
}

impl Dice {
    /// Draws the fault of the next attempt of a request with this content.
    pub(crate) fn draw(&mut self, chaos: &Chaos, content: impl Hash, races: bool) -> Draw {
        let content = hash((chaos.seed, content));
        if self.seen.len() >= COUNTED && !self.seen.contains_key(&content) {
            self.seen.clear();
        }
        let (attempts, faults) = self.seen.entry(content).or_default();
        let attempt = *attempts;
        *attempts = attempts.saturating_add(1);
        let roll = |what: &str| fraction(hash((content, attempt, what)));
        let delay_ms =
            chaos.latency.as_ref().filter(|latency| roll("latency") < latency.probability).map(|latency| {
                let span = latency.to_ms.saturating_sub(latency.from_ms).saturating_add(1);
                latency.from_ms.saturating_add(hash((content, attempt, "delay")) % span)
            });
        let fault = Some(pick(&chaos.faults, roll("fault")))
            .flatten()
            .filter(|fault| fault.can_hit(races))
            .filter(|_| chaos.at_most.is_none_or(|most| *faults < most));
        *faults += u32::from(fault.is_some());
        Draw { fault, delay_ms: delay_ms.unwrap_or(0) }
    }
}

fn pick(faults: &[(Fault, f64)], mut roll: f64) -> Option<Fault> {
    for (fault, probability) in faults {
        if roll < *probability {
            return Some(*fault);
        }
        roll -= probability;
    }
    None
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Returns a number from 0 up to 1.
fn fraction(hash: u64) -> f64 {
    f64::from(u32::try_from(hash >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
}
