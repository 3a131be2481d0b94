//! The server without its socket: the clock and, behind one lock, the log, the drawn faults and a storm or an outage.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::api::{Admitted, Api, Received, Reply};
use crate::chaos::{Dice, Draw, Fault};
use crate::log::{Class, Counts, Log, Request};
use crate::options::Options;

/// The number of bytes of a body that are logged.
const LOGGED_BYTES: usize = 16 * 1024;
/// The number of bytes of a path, and of what is wrong, that are logged.
const LOGGED_TEXT: usize = 4 * 1024;

pub(crate) struct Core<A> {
    pub(crate) api: A,
    pub(crate) options: Options,
    started_ms: u64,
    inner: Mutex<Inner>,
}

struct Inner {
    log: Log,
    dice: Dice,
    storm_until_ms: u64,
    outage: Option<Fault>,
}

impl Inner {
    fn new(options: &Options) -> Inner {
        Inner { log: Log::new(options.log_length), dice: Dice::default(), storm_until_ms: 0, outage: None }
    }
}

/// A request on its way to the API.
pub(crate) struct Passed<T> {
    pub(crate) admitted: Admitted<T>,
    pub(crate) draw: Draw,
    /// The refusal of the fault `race`.
    pub(crate) race: Option<Reply>,
}

/// A request that ends here.
pub(crate) struct Stopped {
    pub(crate) reply: Reply,
    pub(crate) fault: Option<Fault>,
}

/// How a request ended, for the log.
#[derive(Default)]
pub(crate) struct Outcome<'a> {
    pub(crate) status: Option<u16>,
    pub(crate) draw: Draw,
    pub(crate) applied: bool,
    pub(crate) broken: bool,
    pub(crate) taken_as: Option<String>,
    pub(crate) problem: Option<&'a str>,
}

impl<A: Api> Core<A> {
    pub(crate) fn new(options: Options, api: A) -> Core<A> {
        let inner = Mutex::new(Inner::new(&options));
        Core { api, started_ms: options.clock.now_ms(), options, inner }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.options.clock.now_ms()
    }

    /// Lets the API take or refuse a request, and draws its fault.
    pub(crate) fn admit(&self, request: &Received) -> Result<Passed<A::Ticket>, Stopped> {
        self.count_arrival();
        let admitted = self.api.admit(request).map_err(|reply| Stopped { reply, fault: None })?;
        let race = self.api.race(request);
        let mut inner = self.lock();
        let draw = self.draw(&mut inner, request, &admitted.ticket, race.is_some());
        if draw.fault == Some(Fault::RateStorm) {
            inner.storm_until_ms = admitted.window_end_ms;
        }
        let in_storm = request.arrived_ms < inner.storm_until_ms || draw.fault == Some(Fault::RateStorm);
        drop(inner);
        if in_storm {
            return Err(Stopped {
                reply: self.api.throttled(&admitted.ticket),
                fault: Some(Fault::RateStorm),
            });
        }
        Ok(Passed { admitted, draw, race })
    }

    fn draw(&self, inner: &mut Inner, request: &Received, ticket: &A::Ticket, races: bool) -> Draw {
        if let Some(fault) = inner.outage {
            return Draw { fault: Some(fault).filter(|fault| fault.can_hit(races)), delay_ms: 0 };
        }
        let Some(chaos) = &self.options.chaos else { return Draw::default() };
        if request.arrived_ms < inner.storm_until_ms {
            return Draw::default();
        }
        inner.dice.draw(chaos, (&request.parts.method, &request.parts.uri, ticket, &request.body), races)
    }

    pub(crate) fn note(&self, request: &Received, outcome: Outcome<'_>) {
        let body = self.options.log_bodies.then(|| cut(self.api.shown_body(request), LOGGED_BYTES));
        let entry = Request {
            sequence: 0,
            ms: request.arrived_ms.saturating_sub(self.started_ms),
            method: request.parts.method.to_string(),
            path: cut(self.api.shown_path(request), LOGGED_TEXT),
            taken_as: outcome.taken_as,
            status: outcome.status,
            fault: outcome.draw.fault.map(Fault::name),
            applied: outcome.applied,
            delay_ms: outcome.draw.delay_ms,
            class: outcome.status.filter(|_| !outcome.broken).map_or(Class::Broken, Class::of),
            problem: outcome.problem.map(|problem| cut(problem.to_owned(), LOGGED_TEXT)),
            body,
        };
        self.lock().log.note(entry);
    }

    pub(crate) fn count_arrival(&self) {
        self.lock().log.arrived();
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.lock().log.entries()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.lock().log.counts().clone()
    }

    pub(crate) fn set_outage(&self, fault: Option<Fault>) {
        self.lock().outage = fault;
    }

    pub(crate) fn reset(&self) {
        *self.lock() = Inner::new(&self.options);
        self.api.reset();
    }
}

/// The start of a string.
fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
    }
    text
}
