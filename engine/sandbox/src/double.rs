//! The double: finds the operation of a request, and answers it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapwright::{ErrorPlaces, Mapper, Plan, REDACTED, Schemas, nearest};
use mapwright_analyze::schema::Schema;
use mapwright_loopback::{Admitted, Api, Counts, Received, Reply};
use serde::Serialize;
use serde_json::{Value, json};

use crate::answers::{Answers, Script};
use crate::body;
use crate::contract::Contract;
use crate::exchange::Exchange;
use crate::limits::Limits;
use crate::made_up::Manner;
use crate::refusal::Refusal;
use crate::settings::Bound;
use crate::ticket::Ticket;

/// Counts since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// What every double counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// Requests that were answered, by operation.
    pub by_operation: BTreeMap<String, u64>,
    /// The items of these, by operation, of operations that take those of several events.
    pub items: BTreeMap<String, u64>,
    /// Requests that fit no operation, by the reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// The most requests in one window, by rate group.
    pub busiest_window: BTreeMap<String, u64>,
    /// Requests over a rate limit, without injected 429s.
    pub rejected_by_rate_limit: u64,
}

impl Deref for Stats {
    type Target = Counts;

    fn deref(&self) -> &Counts {
        &self.counts
    }
}

/// The schemas of responses, by their files.
pub(crate) type AnswerSchemas = BTreeMap<String, Arc<Schema>>;

pub(crate) struct Double {
    plan: Plan,
    schemas: Schemas,
    mapper: Mapper,
    contracts: Vec<Contract>,
    manners: Vec<Manner>,
    error: ErrorPlaces,
    limited: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    script: Script,
    limits: Limits,
    by_operation: BTreeMap<String, u64>,
    items: BTreeMap<String, u64>,
    refused: BTreeMap<&'static str, u64>,
    /// The exchanges since they were last taken, if they are kept.
    exchanges: Option<Vec<Exchange>>,
}

impl Double {
    pub(crate) fn new(
        plan: Plan,
        schemas: Schemas,
        bound: Bound,
        answers: Answers,
        of_answers: &AnswerSchemas,
        (limited, keeps): (bool, bool),
    ) -> Double {
        let contracts = Contract::all(&bound);
        let mapper = bound.mapper;
        let manner = |contract: &Contract| {
            let endpoint = &contract.endpoint;
            let of_answers = endpoint.answer_schema.as_ref().and_then(|name| of_answers.get(name).cloned());
            Manner::of(endpoint, &mapper, &schemas, of_answers)
        };
        let manners = contracts.iter().map(manner).collect();
        let inner = Inner {
            script: Script::new(answers),
            limits: Limits::new(plan.rates(), limited),
            by_operation: BTreeMap::new(),
            items: BTreeMap::new(),
            refused: BTreeMap::new(),
            exchanges: keeps.then(Vec::new),
        };
        let (error, inner) = (mapper.error_places(), Mutex::new(inner));
        Double { plan, schemas, mapper, contracts, manners, error, limited, inner }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counted(&self, counts: Counts) -> Stats {
        let inner = self.lock();
        Stats {
            counts,
            by_operation: inner.by_operation.clone(),
            items: inner.items.clone(),
            refused: inner.refused.clone(),
            busiest_window: inner.limits.busiest(),
            rejected_by_rate_limit: inner.limits.rejected(),
        }
    }

    /// Takes the exchanges since the last call.
    pub(crate) fn take_exchanges(&self) -> Vec<Exchange> {
        self.lock().exchanges.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Returns the response to a request, scripted or made up.
    fn answered(&self, request: &Received, ticket: &Ticket) -> Reply {
        let mut inner = self.lock();
        *inner.by_operation.entry(ticket.operation.clone()).or_default() += 1;
        if let Some(items) = ticket.body.as_ref().and_then(|body| body.items) {
            *inner.items.entry(ticket.operation.clone()).or_default() += items;
        }
        if let Some(reply) = inner.script.next(ticket, &request.parts.headers) {
            return reply;
        }
        drop(inner);
        self.manners.get(ticket.at).map_or_else(|| Reply::empty(200), |manner| manner.answer(ticket))
    }

    /// The operation that a request fits, or why it fits none.
    fn find(&self, request: &Received) -> Result<Ticket, Refusal> {
        let (path, method) = (request.parts.uri.path(), request.parts.method.as_str());
        let with_path =
            self.contracts.iter().filter_map(|contract| Some((contract, contract.route.params(path)?)));
        let with_path: Vec<_> = with_path.collect();
        if with_path.is_empty() {
            let known = self.contracts.iter().map(|contract| contract.endpoint.path.as_str());
            let near = nearest(path, known).map(str::to_owned);
            return Err(Refusal::Path { path: path.to_owned(), near });
        }
        let query = request.parts.uri.query().unwrap_or_default();
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut furthest: Option<Refusal> = None;
        let with_method = || with_path.iter().filter(|(contract, _)| contract.endpoint.method == method);
        // `/people/search` is not taken for `/people/{id}` if both exist
        let tightest =
            with_method().map(|(contract, _)| contract.route.looseness()).min().unwrap_or_default();
        for (contract, params) in with_method().filter(|(known, _)| known.route.looseness() == tightest) {
            match contract.look(&request.parts.headers, &query, &request.body, &self.plan, &self.schemas) {
                Ok(ticket) => return Ok(Ticket { params: params.clone(), ..ticket }),
                Err(refusal) if furthest.as_ref().is_none_or(|known| known.stage() < refusal.stage()) => {
                    furthest = Some(refusal);
                }
                Err(_) => {}
            }
        }
        Err(furthest.unwrap_or_else(|| {
            let known = with_path.iter().map(|(Contract { endpoint, .. }, _)| {
                format!("`{}` has {}", endpoint.operation, endpoint.method)
            });
            let known = known.collect::<Vec<_>>().join(", ");
            Refusal::Method { method: method.to_owned(), path: path.to_owned(), known }
        }))
    }

    fn rate(&self, ticket: &Ticket) -> Option<&str> {
        self.contracts.get(ticket.at).and_then(|contract| contract.endpoint.rate.as_deref())
    }

    fn throttle(&self, group: Option<&str>) -> Reply {
        let rate = group.unwrap_or_default();
        let known = self.plan.rates().iter().find(|known| known.name == rate);
        let requests = known.map_or(0, |known| known.requests);
        let seconds = known.map_or(1, |known| known.per.as_millis().div_ceil(1000));
        let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
        let refusal = Refusal::Throttled { rate: rate.to_owned(), requests, seconds };
        self.reply(&refusal).with_headers([("retry-after".to_owned(), seconds.to_string())])
    }

    /// A refusal as JSON: where the destination reads an error of the API, and for people.
    fn reply(&self, refusal: &Refusal) -> Reply {
        let (status, code) = refusal.status_and_code();
        let redactor = self.mapper.redactor();
        let message = redactor.redact(&refusal.to_string()).into_owned();
        let mut body = json!({ "problem": message, "code": code });
        if let Some(body) = body.as_object_mut() {
            let violations = refusal.violations().iter();
            let violations: Vec<Value> = violations
                .map(|found| json!({ "path": found.path.join("."), "problem": redactor.redact(&found.message) }))
                .collect();
            if !violations.is_empty() {
                body.insert("violations".to_owned(), violations.into());
            }
            if matches!(refusal, Refusal::Path { .. } | Refusal::Method { .. }) {
                let operations = self.contracts.iter().map(|contract| {
                    let endpoint = &contract.endpoint;
                    json!({ "operation": endpoint.operation, "method": endpoint.method, "path": endpoint.path })
                });
                body.insert("operations".to_owned(), operations.collect());
            }
        }
        for (place, text) in [(&self.error.code, code), (&self.error.message, message.as_str())] {
            if let Some(place) = place {
                put(&mut body, place, text);
            }
        }
        Reply::json(status, &body).because(message)
    }
}

impl Api for Double {
    type Ticket = Ticket;

    fn admit(&self, request: &Received) -> Result<Admitted<Ticket>, Reply> {
        let ticket = self.find(request).map_err(|refusal| {
            let (status, code) = refusal.status_and_code();
            let mut inner = self.lock();
            *inner.refused.entry(code).or_default() += 1;
            if let Some(kept) = &mut inner.exchanges {
                kept.push(Exchange::refused(request, code, status, self.mapper.redactor()));
            }
            drop(inner);
            self.reply(&refusal)
        })?;
        let group = self.rate(&ticket);
        let counted = self.lock().limits.count(group, request.arrived_ms);
        let Some(counted) = counted else { return Ok(Admitted::new(ticket)) };
        match counted.admitted {
            true => Ok(Admitted::new(ticket).in_window(counted.window_end_ms, counted.headers)),
            false => Err(self.throttle(group).with_headers(counted.headers)),
        }
    }

    fn apply(&self, request: &Received, ticket: &Ticket) -> Reply {
        let reply = self.answered(request, ticket);
        if let Some(contract) = self.contracts.get(ticket.at)
            && let Some(kept) = &mut self.lock().exchanges
        {
            kept.push(Exchange::taken(request, ticket, contract, &reply, self.mapper.redactor()));
        }
        reply
    }

    fn refuse(&self, status: u16, message: String) -> Reply {
        self.reply(&Refusal::Server { status, message })
    }

    fn throttled(&self, ticket: &Ticket) -> Reply {
        let group = self.rate(ticket);
        let headers = self.lock().limits.exhausted(group);
        self.throttle(group).with_headers(headers)
    }

    fn stats(&self, counts: Counts) -> Value {
        serde_json::to_value(self.counted(counts)).unwrap_or_default()
    }

    fn shown_path(&self, request: &Received) -> String {
        let redacted = self.mapper.redactor().redact(&request.path()).into_owned();
        let Some((path, query)) = redacted.split_once('?') else { return redacted };
        let is_secret = |pair: &str| {
            let name = form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name);
            let mut secrets = self.contracts.iter().flat_map(Contract::secret_parameters);
            name.is_some_and(|name| secrets.any(|secret| name == secret))
        };
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret(pair) => format!("{name}={REDACTED}"),
            _ => pair.to_owned(),
        });
        format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
    }

    fn shown_body(&self, request: &Received) -> String {
        let body = body::shown(&request.parts.headers, &request.body);
        self.mapper.redactor().redact(&body).into_owned()
    }

    fn reset(&self) {
        let mut inner = self.lock();
        inner.script.restart();
        inner.limits = Limits::new(self.plan.rates(), self.limited);
        inner.by_operation.clear();
        inner.items.clear();
        inner.refused.clear();
        inner.exchanges.iter_mut().for_each(Vec::clear);
    }
}

/// Puts a string at a JSON pointer, with what is missing on the way to it.
fn put(body: &mut Value, pointer: &str, text: &str) {
    let mut at = body;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        at = match step.parse::<usize>() {
            Ok(index) if !at.is_object() => {
                if !at.is_array() {
                    *at = Value::Array(Vec::new());
                }
                let Value::Array(items) = at else { return };
                // an error far down a list is none that anybody has written on purpose
                if index > 16 {
                    return;
                }
                while items.len() <= index {
                    items.push(Value::Null);
                }
                let Some(item) = items.get_mut(index) else { return };
                item
            }
            _ => {
                if !at.is_object() {
                    *at = json!({});
                }
                let Value::Object(members) = at else { return };
                members.entry(step).or_insert(Value::Null)
            }
        };
    }
    *at = Value::String(text.to_owned());
}
