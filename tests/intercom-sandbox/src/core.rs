//! The sandbox without its socket: settings, clock and, behind one lock, all mutable state.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use serde_json::{Map, Value};

use crate::call::{Answer, Call};
use crate::chaos::{Chaos, Dice, Draw, Fault};
use crate::clock::Clock;
use crate::error::Refusal;
use crate::inspect::log::{Class, Log, Request, Stats};
use crate::inspect::view::State;
use crate::rate::{Allowance, Limiter, RateLimit};
use crate::route;
use crate::state::Workspace;
use crate::state::attributes::{Attribute, Attributes};
use crate::version::Version;

/// The number of bytes of a body that are logged.
const LOGGED_BYTES: usize = 16 * 1024;

/// The settings of a sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) default_version: Version,
    pub(crate) token: Option<String>,
    pub(crate) rate: RateLimit,
    pub(crate) search_lag_ms: u64,
    pub(crate) chaos: Option<Chaos>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) create_attributes: bool,
    pub(crate) metadata_keys: usize,
    pub(crate) log_length: usize,
    pub(crate) log_bodies: bool,
    pub(crate) body_bytes: usize,
    pub(crate) unnamed_conflicts: bool,
}

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) settings: Settings,
    clock: Clock,
    started_ms: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    workspace: Workspace,
    limiter: Limiter,
    log: Log,
    dice: Dice,
    storm_until_ms: u64,
    outage: Option<Fault>,
    token: Option<String>,
}

impl Inner {
    fn new(settings: &Settings) -> Inner {
        let attributes = Attributes::new(&settings.attributes, settings.create_attributes);
        Inner {
            workspace: Workspace::new(settings.search_lag_ms, attributes),
            limiter: Limiter::new(settings.rate),
            log: Log::new(settings.log_length),
            dice: Dice::default(),
            storm_until_ms: 0,
            outage: None,
            token: settings.token.clone(),
        }
    }
}

/// A request whose body has been read.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
    arrived_ms: u64,
}

/// An admitted request.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) draw: Draw,
    pub(crate) allowance: Option<Allowance>,
    version: Version,
}

/// A request that is refused before it reaches a handler.
#[derive(Debug)]
pub(crate) struct Rejected {
    pub(crate) refusal: Refusal,
    pub(crate) allowance: Option<Allowance>,
    pub(crate) fault: Option<Fault>,
}

/// How a request ended, for the log.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) status: Option<u16>,
    pub(crate) draw: Draw,
    pub(crate) applied: bool,
    pub(crate) broken: bool,
    pub(crate) version: Option<Version>,
}

impl Core {
    pub(crate) fn new(settings: Settings, clock: Clock) -> Core {
        let inner = Mutex::new(Inner::new(&settings));
        Core { settings, started_ms: clock.now_ms(), clock, inner }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn incoming(&self, parts: Parts, body: Bytes) -> Incoming {
        Incoming { parts, body, arrived_ms: self.clock.now_ms() }
    }

    /// Admits or refuses a request, and draws its fault.
    pub(crate) fn admit(&self, incoming: &Incoming) -> Result<Admitted, Rejected> {
        let mut inner = self.lock();
        inner.log.arrived();
        let plain = |refusal| Rejected { refusal, allowance: None, fault: None };
        inner.authorize(&incoming.parts.headers).map_err(plain)?;
        let (admitted, allowance) = inner.limiter.admit(incoming.arrived_ms);
        if !admitted {
            return Err(Rejected { refusal: inner.throttled(), allowance, fault: None });
        }
        let counted = |refusal| Rejected { refusal, allowance, fault: None };
        let version = self.version(&incoming.parts.headers).map_err(counted)?;
        media_types(incoming).map_err(counted)?;
        let draw = self.draw(&mut inner, incoming, version);
        if draw.fault == Some(Fault::RateStorm) {
            inner.storm_until_ms = inner.limiter.window_end_ms();
        }
        if incoming.arrived_ms < inner.storm_until_ms {
            let (refusal, allowance) = (inner.throttled(), Some(inner.limiter.exhausted()));
            return Err(Rejected { refusal, allowance, fault: Some(Fault::RateStorm) });
        }
        Ok(Admitted { draw, allowance, version })
    }

    fn draw(&self, inner: &mut Inner, incoming: &Incoming, version: Version) -> Draw {
        let (method, uri) = (&incoming.parts.method, &incoming.parts.uri);
        let saves_company = method == hyper::Method::POST && uri.path() == "/companies";
        if let Some(fault) = inner.outage {
            return Draw { fault: Some(fault).filter(|fault| fault.can_hit(saves_company)), delay_ms: 0 };
        }
        let Some(chaos) = &self.settings.chaos else { return Draw::default() };
        if incoming.arrived_ms < inner.storm_until_ms {
            return Draw::default();
        }
        inner.dice.draw(chaos, (method, uri, version, &incoming.body), saves_company)
    }

    /// Applies a request.
    pub(crate) fn apply(&self, incoming: &Incoming, version: Version) -> Answer {
        let (handler, params) = route::find(&incoming.parts.method, incoming.parts.uri.path(), version)?;
        let body = parse(&incoming.body)?;
        let query = incoming.parts.uri.query().unwrap_or_default();
        let query: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut inner = self.lock();
        let answer = handler(&mut Call {
            workspace: &mut inner.workspace,
            version,
            now_ms: self.clock.now_ms(),
            params,
            query,
            body,
            metadata_keys: self.settings.metadata_keys,
        });
        answer.map_err(|refusal| match refusal {
            Refusal::Duplicate(_) if self.settings.unnamed_conflicts => Refusal::UnnamedDuplicate,
            refusal => refusal,
        })
    }

    pub(crate) fn note(&self, incoming: &Incoming, outcome: &Outcome) {
        let parts = &incoming.parts;
        let path =
            parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
        let kept = incoming.body.get(..LOGGED_BYTES).unwrap_or(&incoming.body);
        let body = self.settings.log_bodies.then(|| String::from_utf8_lossy(kept).into_owned());
        self.lock().log.note(Request {
            sequence: 0,
            ms: incoming.arrived_ms.saturating_sub(self.started_ms),
            method: parts.method.to_string(),
            path,
            version: outcome.version.map(|version| version.to_string()),
            status: outcome.status,
            fault: outcome.draw.fault.map(Fault::name),
            applied: outcome.applied,
            delay_ms: outcome.draw.delay_ms,
            class: outcome.status.filter(|_| !outcome.broken).map_or(Class::Broken, Class::of),
            body,
        });
    }

    pub(crate) fn count_arrival(&self) {
        self.lock().log.arrived();
    }

    fn version(&self, headers: &HeaderMap) -> Result<Version, Refusal> {
        match headers.get("intercom-version") {
            None => Ok(self.settings.default_version),
            Some(version) => {
                version.to_str().ok().and_then(|version| version.parse().ok()).ok_or(Refusal::UnknownVersion)
            }
        }
    }

    pub(crate) fn state(&self, ids: bool) -> State {
        State::of(&self.lock().workspace, ids)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.lock().log.entries()
    }

    pub(crate) fn stats(&self) -> Stats {
        let inner = self.lock();
        Stats {
            busiest_window: inner.limiter.busiest(),
            rejected_by_rate_limit: inner.limiter.rejected(),
            duplicate_events: inner.workspace.events.duplicates(),
            ..inner.log.stats().clone()
        }
    }

    pub(crate) fn set_outage(&self, fault: Option<Fault>) {
        self.lock().outage = fault;
    }

    pub(crate) fn set_token(&self, token: Option<String>) {
        self.lock().token = token;
    }

    pub(crate) fn reset(&self) {
        *self.lock() = Inner::new(&self.settings);
    }
}

impl Inner {
    fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let header = headers.get(AUTHORIZATION).ok_or(Refusal::MissingAuthorization)?;
        let sent = header.to_str().ok().and_then(|header| header.split_once(' '));
        let token =
            sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let accepted = |token: &&str| match &self.token {
            Some(accepted) => accepted == token,
            None => !token.is_empty(),
        };
        token.filter(accepted).map(|_| ()).ok_or(Refusal::Unauthorized)
    }

    fn throttled(&self) -> Refusal {
        Refusal::RateLimited { limit: self.limiter.exhausted().limit, seconds: self.limiter.window_seconds() }
    }
}

impl Admitted {
    pub(crate) fn version(&self) -> Version {
        self.version
    }
}

fn media_types(incoming: &Incoming) -> Result<(), Refusal> {
    let names = |name, of: fn(&str) -> bool| {
        let mut values = incoming.parts.headers.get_all(name).iter().peekable();
        values.peek().is_none() || values.filter_map(|value| value.to_str().ok()).any(of)
    };
    if !names(ACCEPT, |accept| {
        ["application/json", "*/*", "application/*"].iter().any(|kind| accept.contains(kind))
    }) {
        return Err(Refusal::NotAcceptable);
    }
    if !incoming.body.is_empty() && !names(CONTENT_TYPE, |kind| kind.contains("json")) {
        return Err(Refusal::UnsupportedMediaType);
    }
    Ok(())
}

/// Parses a body, which must be an object. An empty body and `null` are treated as an empty object.
fn parse(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Refusal::TypeMismatch { field: "body".into(), expected: "an object" }),
        Err(_) => Err(Refusal::InvalidJson),
    }
}
