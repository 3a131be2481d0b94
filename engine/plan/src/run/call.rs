//! The request of a step: what the operation, the step and the mapper's settings make of URL, headers and body.

use std::borrow::Cow;
use std::sync::Arc;

use crate::bound::Content;
use crate::encoding::{MadeBody, encoded};
use crate::eval::built::BuiltPart;
use crate::eval::fault::{RowError, RowFault};
use crate::eval::fields::named;
use crate::eval::listener::{Listener, Nobody};
use crate::eval::reading::Reading;
use crate::eval::row::Evaluator;
use crate::eval::scope::{Scope, Unknown};
use crate::item::Head;
use crate::plan::{BatchPlan, Call, EndpointPath, Operation, PartRead};
use crate::rejection::Rejection;
use crate::request::{Body, Cache, Request, add_segment, header_rows, query_rows};
use crate::run::prepared::{PreparedBody, PreparedRequest};
use crate::run::state::Run;
use crate::tally::What;
use mapwright_convert::Warning;
use mapwright_convert::shown;
use mapwright_language::spec::Encoding;

impl<'e> Run<'e> {
    pub(crate) fn prepare_call(&mut self, call: &Call) -> Result<PreparedRequest, Box<Rejection>> {
        let mut warnings = Vec::new();
        let prepared = match self.tally {
            None => self.used_for(call, None, &mut Nobody, &mut warnings)?,
            mut tally => self.used_for(call, None, &mut tally, &mut warnings)?,
        };
        self.reached(call.span, What::Step);
        self.warnings.append(&mut warnings);
        Ok(prepared)
    }

    /// Prepares the request of a step whose parts are built. What it reads is used up.
    pub(crate) fn used_for<L: Listener>(
        &mut self,
        call: &Call,
        unknown: Option<&Unknown<'_>>,
        listener: &mut L,
        warnings: &mut Vec<Warning>,
    ) -> Result<PreparedRequest, Box<Rejection>> {
        self.check(&call.needs)?;
        let (prepared, mut read) = self.prepared_for(call, unknown, listener, warnings)?;
        read.extend(&call.needs);
        self.use_up(read, &call.reads.parts)?;
        Ok(prepared)
    }

    /// Prepares the request of a step whose parts are built. Returns what its URL and its headers have read of parts, too.
    pub(crate) fn prepared_for<L: Listener>(
        &self,
        call: &Call,
        unknown: Option<&Unknown<'_>>,
        listener: &mut L,
        warnings: &mut Vec<Warning>,
    ) -> Result<(PreparedRequest, Vec<PartRead>), Box<Rejection>> {
        let Some(operation) = self.operation(call) else { return Ok(Default::default()) };
        let reading = Reading::default();
        let scope = Scope { reading: Some(&reading), ..self.scope(None, unknown) };
        let mut evaluator = self.evaluator(listener);
        let head = match operation.endpoint() {
            Some(endpoint) => {
                self.head(&scope, call, (call.operation, operation, endpoint), &mut evaluator)?
            }
            None => Arc::default(),
        };
        let (body, item) = match (call.body, &operation.batch) {
            (None, _) => (None, None),
            (Some(part), None) => (Some(self.body(call, part, operation.encoding)?), None),
            (Some(part), Some(batch)) => {
                let many = batch.many.and_then(|at| Some((at, self.mapper.operation(at)?)));
                let many = many.and_then(|(at, many)| Some((at, many, many.endpoint()?)));
                let many = many.map(|many| self.head(&scope, call, many, &mut evaluator)).transpose()?;
                let heads = (head.clone(), many);
                let item = self.item(&scope, call, (batch, part), heads, &mut evaluator)?;
                let body = match batch.many {
                    None if self.leaves_out(batch, &item) => None,
                    None => {
                        Some(PreparedBody::Made(self.envelope(call, batch, operation.encoding, &item)?))
                    }
                    Some(_) => Some(self.body(call, part, operation.encoding)?),
                };
                (body, Some(Box::new(item)))
            }
        };
        let prepared = PreparedRequest { head, body, item, ..PreparedRequest::default() };
        let too_large = self.too_large(call, operation, self.sizes(call, &prepared, None));
        if let (Some(_), Some(unknown)) = (&too_large, unknown) {
            let least = self.sizes(call, &prepared, Some((unknown, reading.waiting_bytes())));
            self.too_large(call, operation, least).map_or(Ok(()), Err)?;
        } else if let Some(rejection) = too_large {
            return Err(rejection);
        }
        let perhaps = reading.take_perhaps().into_iter().next();
        let perhaps = perhaps.or_else(|| Some(scope.perhaps_of(&call.needs)?.error.clone()));
        let perhaps = perhaps.map(|error| self.rejection(error)).or(too_large);
        let prepared = PreparedRequest { perhaps, ..prepared };
        warnings.append(&mut evaluator.warnings);
        Ok((prepared, reading.take()))
    }

    /// URL and headers of a call of an operation: its own, or the one of the batch that its request may stand in.
    fn head<'a, L: Listener>(
        &self,
        scope: &Scope<'a>,
        call: &'a Call,
        (at, operation, endpoint): (usize, &'a Operation, &'a EndpointPath),
        evaluator: &mut Evaluator<L>,
    ) -> Result<Arc<Head>, Box<Rejection>> {
        let url = self.url(scope, call, (operation, endpoint), evaluator)?;
        let mut headers = Vec::new();
        for rows in [&operation.headers, &call.headers] {
            evaluator
                .group("headers", |evaluator| header_rows(scope, rows, evaluator, &mut headers))
                .map_err(|error| self.rejection(error))?;
        }
        Ok(self.bound().head(at, url, headers, call.body.is_some()))
    }

    /// The body that a part is sent as.
    fn body(&self, call: &Call, part: usize, encoding: Encoding) -> Result<PreparedBody, Box<Rejection>> {
        let built = self.built(part);
        let body = encoded(encoding, built.and_then(BuiltPart::json));
        let body = body.map_err(|error| self.mapper.bad_body(&call.name, call.span, &error.to_string()))?;
        let json = || self.sent_part(part).into_owned();
        Ok(match body {
            None => PreparedBody::Part(part),
            Some(body) => PreparedBody::Made(MadeBody { body, json: Some(json()) }),
        })
    }

    /// The bytes of a body and of a URL; without what a response decides, if something is not known: that of the URL has so many bytes.
    fn sizes(
        &self,
        call: &Call,
        prepared: &PreparedRequest,
        without: Option<(&Unknown<'_>, usize)>,
    ) -> (usize, usize) {
        let waits = |part: usize, field: Option<usize>| {
            let depends = self.flow.parts.get(part).map(|part| part.depends(field)).unwrap_or_default();
            let waits = |unknown: &Unknown<'_>| {
                depends.iter().any(|depends| unknown.first_of(&depends.captures).is_some())
            };
            without.is_some_and(|(unknown, _)| waits(unknown))
        };
        let body = match (&prepared.body, without) {
            (Some(PreparedBody::Part(part)), _) if waits(*part, None) => {
                self.built(*part).map_or(0, |built| built.bytes_of(|field| !waits(*part, Some(field))))
            }
            (Some(PreparedBody::Part(part)), _) => self.sent_part(*part).len(),
            (Some(PreparedBody::Made(made)), _) if !call.body.is_some_and(|part| waits(part, None)) => {
                made.body.bytes().len()
            }
            // a response may decide all of it
            (Some(PreparedBody::Made(_)) | None, _) => 0,
        };
        let url = prepared.head.url.as_ref().map_or(0, String::len);
        (body, url.saturating_sub(without.map_or(0, |(_, bytes)| bytes)))
    }

    /// The rejection of a body or a URL of these sizes, if one is too large.
    fn too_large(
        &self,
        call: &Call,
        operation: &Operation,
        (body, url): (usize, usize),
    ) -> Option<Box<Rejection>> {
        let limits = self.mapper.limits;
        let (most, most_name) = match operation.batch.as_ref().filter(|batch| batch.many.is_none()) {
            Some(BatchPlan { bytes: Some(bytes), .. }) if *bytes < limits.request_bytes => (*bytes, "bytes"),
            _ => (limits.request_bytes, "request_bytes"),
        };
        let sent = if operation.function().is_some() { "list of arguments" } else { "body" };
        let (what, size, limit, name) = if body > most {
            (sent, body, most, most_name)
        } else if url > limits.url_bytes {
            ("URL", url, limits.url_bytes, "url_bytes")
        } else {
            return None;
        };
        Some(self.mapper.too_large(&format!("the {what} of `{}`", call.name), (size, limit), name, call.span))
    }

    /// The URL, unless the operation's own does.
    fn url<'a, L: Listener>(
        &self,
        scope: &Scope<'a>,
        call: &'a Call,
        (operation, endpoint): (&'a Operation, &'a EndpointPath),
        evaluator: &mut Evaluator<L>,
    ) -> Result<Option<String>, Box<Rejection>> {
        if endpoint.params.is_empty() && operation.query.is_empty() && call.query.is_empty() {
            return Ok(None);
        }
        let server = self.bound().fixed.server();
        let path: usize = endpoint.path.iter().map(String::len).sum();
        // most values are short
        let mut url = String::with_capacity(server.len() + path + 32 * endpoint.params.len());
        url.push_str(server);
        let mut params = endpoint.params.iter().zip(&call.params);
        for text in &endpoint.path {
            url.push_str(text);
            let Some((name, row)) = params.next() else { continue };
            scope.begin_row();
            let value = evaluator.group("params", |evaluator| evaluator.named(scope, name, row));
            let value = value.map_err(|error| self.rejection(error))?;
            let text = match &value {
                Some(value) => value.to_text().ok_or_else(|| {
                    unfit(call, name, &value.to_string(), &format!("it is {}", value.kind_name()))
                }),
                None => Ok(Cow::Borrowed("")),
            };
            let before = url.len();
            let added = match text {
                Ok(text) if scope.unknown.is_some_and(|unknown| unknown.is_placeholder(&text)) => {
                    url.push_str(&text);
                    Ok(())
                }
                Ok(text) => add_segment(&mut url, &text).map_err(|problem| unfit(call, name, &text, problem)),
                Err(error) => Err(error),
            };
            if let Err(error) = added {
                // a response may give another value
                let stand_in = scope.perhaps(error).map_err(|error| self.rejection(error))?;
                url.push_str(&stand_in.to_text().unwrap_or_default());
            }
            scope.note_bytes(url.len() - before);
        }
        let mut query = self.bound().fixed.query().to_owned();
        for rows in [&operation.query, &call.query] {
            evaluator
                .group("query", |evaluator| query_rows(scope, rows, evaluator, &mut query))
                .map_err(|error| self.rejection(error))?;
        }
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        Ok(Some(url))
    }

    pub(crate) fn assemble<'a>(
        &'a self,
        at: usize,
        call: &'e Call,
        prepared: &'a PreparedRequest,
    ) -> Option<Request<'a>> {
        let body = prepared.body.as_ref().map(|body| match body {
            PreparedBody::Part(part) => Body::Json(self.sent_part(*part)),
            PreparedBody::Made(made) => made.body.borrowed(),
        });
        let made_from = match &prepared.body {
            Some(PreparedBody::Made(MadeBody { json: Some(json), .. })) => {
                Some(Cow::Borrowed(json.as_slice()))
            }
            _ => None,
        };
        let Head { url, headers } = prepared.head.as_ref();
        let own = headers.iter().map(|(name, value)| (Cow::from(name), Cow::from(value))).collect();
        let url = url.as_deref().map(Cow::Borrowed);
        let item = prepared.item.as_deref().map(Cow::Borrowed);
        let step = (call.name.as_ref(), at);
        let request =
            self.bound().request(call.operation, Content { step, url, own, body, made_from, item })?;
        Some(Request { cache: self.cache_of(at, call), ..request })
    }

    /// How long the response to a step may be kept.
    fn cache_of(&self, at: usize, call: &Call) -> Option<Cache> {
        let time = call.cache.as_ref()?.time;
        let stale = self.renewing.filter(|(step, _)| *step == at).map(|(_, why)| why);
        Some(Cache { time, stale })
    }

    /// The same for a request that lasts longer than the parts that it was made from.
    pub(crate) fn assemble_owned(
        &self,
        at: usize,
        call: &'e Call,
        prepared: PreparedRequest,
    ) -> Option<Request<'e>> {
        let (body, made_from) = match prepared.body {
            None => (None, None),
            Some(PreparedBody::Part(part)) => {
                (Some(Body::Json(Cow::Owned(self.sent_part(part).into_owned()))), None)
            }
            Some(PreparedBody::Made(MadeBody { body, json })) => (Some(body), json.map(Cow::Owned)),
        };
        let Head { url, headers } = Arc::unwrap_or_clone(prepared.head);
        let own = headers.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))).collect();
        let item = prepared.item.map(|item| Cow::Owned(*item));
        let (step, url) = ((call.name.as_ref(), at), url.map(Cow::Owned));
        let request =
            self.mapper.request(call.operation, Content { step, url, own, body, made_from, item })?;
        Some(Request { cache: self.cache_of(at, call), ..request })
    }
}

/// Returns why a value cannot be a parameter of the path.
#[cold]
fn unfit(call: &Call, param: &str, value: &str, problem: &str) -> RowError {
    let step = &call.name;
    let value = shown(value);
    let message = format!("{value} cannot be `{param}` in the path of `{step}`: {problem}");
    named(param, RowFault::new("invalid_parameter", message, call.span))
}
