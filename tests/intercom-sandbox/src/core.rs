//! Intercom without its socket: settings, clock and, behind one lock, all mutable state.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::Method;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use mapwright_loopback::{Admitted, Allowance, Api, Clock, Counts, Limiter, RateLimit, Received, Reply};
use serde_json::{Map, Value};

use crate::call::{self, Call};
use crate::error::Refusal;
use crate::inspect::stats::Stats;
use crate::inspect::view::State;
use crate::route;
use crate::state::Workspace;
use crate::state::attributes::{Attribute, Attributes};
use crate::version::Version;

/// The settings of a sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) default_version: Version,
    pub(crate) token: Option<String>,
    pub(crate) rate: RateLimit,
    pub(crate) search_lag_ms: u64,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) create_attributes: bool,
    pub(crate) metadata_keys: usize,
    pub(crate) unnamed_conflicts: bool,
}

#[derive(Debug)]
pub(crate) struct Core {
    settings: Settings,
    clock: Clock,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    workspace: Workspace,
    limiter: Limiter,
    token: Option<String>,
}

impl Inner {
    fn new(settings: &Settings) -> Inner {
        let attributes = Attributes::new(&settings.attributes, settings.create_attributes);
        Inner {
            workspace: Workspace::new(settings.search_lag_ms, attributes),
            limiter: Limiter::new(settings.rate),
            token: settings.token.clone(),
        }
    }
}

impl Api for Core {
    type Ticket = Version;

    fn admit(&self, request: &Received) -> Result<Admitted<Version>, Reply> {
        let mut inner = self.lock();
        let headers = &request.parts.headers;
        inner.authorize(headers).map_err(|refusal| reply(&refusal))?;
        let (admitted, allowance) = inner.limiter.admit(request.arrived_ms);
        let allowance = allowance.map(rate_headers).unwrap_or_default();
        let counted = |refusal: &Refusal| reply(refusal).with_headers(allowance.clone());
        if !admitted {
            return Err(counted(&inner.throttled()));
        }
        let version = self.version(headers).map_err(|refusal| counted(&refusal))?;
        media_types(request).map_err(|refusal| counted(&refusal))?;
        Ok(Admitted::new(version).in_window(inner.limiter.window_end_ms(), allowance))
    }

    fn apply(&self, request: &Received, version: &Version) -> Reply {
        match self.handle(request, *version) {
            Ok(call::Reply { status, body: Some(body) }) => Reply::json(status, &body),
            Ok(call::Reply { status, body: None }) => Reply::empty(status),
            Err(refusal) => reply(&refusal),
        }
    }

    fn refuse(&self, status: u16, message: String) -> Reply {
        reply(&match status {
            413 => Refusal::TooLarge(message),
            404 => Refusal::ResourceNotFound,
            _ => Refusal::invalid("fault", message),
        })
    }

    fn throttled(&self, _: &Version) -> Reply {
        let inner = self.lock();
        reply(&inner.throttled()).with_headers(rate_headers(inner.limiter.exhausted()))
    }

    fn race(&self, request: &Received) -> Option<Reply> {
        let saves = request.parts.method == Method::POST && request.parts.uri.path() == "/companies";
        saves.then(|| reply(&Refusal::CompanyRace))
    }

    fn stats(&self, counts: Counts) -> Value {
        serde_json::to_value(self.counted(counts)).unwrap_or_default()
    }

    fn inspect(&self, method: &Method, what: &str, query: Option<&str>) -> Option<Reply> {
        let ids = query.is_some_and(|query| query == "ids=internal");
        (method == Method::GET && what == "state").then(|| Reply::json(200, &self.state(ids)))
    }

    fn reset(&self) {
        *self.lock() = Inner::new(&self.settings);
    }
}

impl Core {
    pub(crate) fn new(settings: Settings, clock: Clock) -> Core {
        let inner = Mutex::new(Inner::new(&settings));
        Core { settings, clock, inner }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, request: &Received, version: Version) -> call::Answer {
        let uri = &request.parts.uri;
        let (handler, params) = route::find(&request.parts.method, uri.path(), version)?;
        let body = parse(&request.body)?;
        let query = uri.query().unwrap_or_default();
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

    pub(crate) fn counted(&self, counts: Counts) -> Stats {
        let inner = self.lock();
        Stats {
            counts,
            busiest_window: inner.limiter.busiest(),
            rejected_by_rate_limit: inner.limiter.rejected(),
            duplicate_events: inner.workspace.events.duplicates(),
        }
    }

    pub(crate) fn set_token(&self, token: Option<String>) {
        self.lock().token = token;
    }
}

/// Returns an error as Intercom writes it.
fn reply(refusal: &Refusal) -> Reply {
    let (status, code) = refusal.status_and_code();
    Reply::json(status, &refusal.body(&format!("sandbox-{code}")))
}

fn rate_headers(allowance: Allowance) -> Vec<(String, String)> {
    let Allowance { limit, remaining, reset } = allowance;
    let headers = [("limit", limit), ("remaining", remaining), ("reset", reset)];
    headers.map(|(name, value)| (format!("x-ratelimit-{name}"), value.to_string())).into()
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

fn media_types(request: &Received) -> Result<(), Refusal> {
    let names = |name, of: fn(&str) -> bool| {
        let mut values = request.parts.headers.get_all(name).iter().peekable();
        values.peek().is_none() || values.filter_map(|value| value.to_str().ok()).any(of)
    };
    if !names(ACCEPT, |accept| {
        ["application/json", "*/*", "application/*"].iter().any(|kind| accept.contains(kind))
    }) {
        return Err(Refusal::NotAcceptable);
    }
    if !request.body.is_empty() && !names(CONTENT_TYPE, |kind| kind.contains("json")) {
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
