//! The request of a step: what the operation, the step and the mapper's settings make of URL, headers and body.

use std::borrow::Cow;

use crate::encoding::{content_type, encoded};
use crate::eval::built::BuiltPart;
use crate::eval::listener::{Listener, Nobody};
use crate::eval::row::Evaluator;
use crate::eval::scope::{Scope, Unknown};
use crate::plan::{Call, Operation};
use crate::rejection::Rejection;
use crate::request::{Body, Cache, Request, add_segment, header_rows, query_rows};
use crate::run::prepared::{Prepared, PreparedBody};
use crate::run::state::Run;
use crate::tally::What;
use mapwright_convert::Warning;
use mapwright_convert::shown;
use mapwright_language::spec::Encoding;

impl<'e> Run<'e> {
    pub(crate) fn prepare_call(&mut self, call: &Call) -> Result<Prepared, Box<Rejection>> {
        let mut warnings = Vec::new();
        let prepared = match self.tally {
            None => self.prepared_for(call, None, &mut Nobody, &mut warnings)?,
            mut tally => self.prepared_for(call, None, &mut tally, &mut warnings)?,
        };
        self.reached(call.span, What::Step);
        self.warnings.append(&mut warnings);
        Ok(prepared)
    }

    pub(crate) fn prepared_for<L: Listener>(
        &self,
        call: &Call,
        unknown: Option<&Unknown<'_>>,
        listener: &mut L,
        warnings: &mut Vec<Warning>,
    ) -> Result<Prepared, Box<Rejection>> {
        let Some(operation) = self.operation(call) else { return Ok(Default::default()) };
        let scope = self.scope(None, unknown);
        let mut evaluator = self.evaluator(listener);
        let url = self.url(&scope, call, operation, &mut evaluator)?;
        let mut headers = Vec::new();
        for rows in [&operation.headers, &call.headers] {
            evaluator
                .group("headers", |evaluator| header_rows(&scope, rows, evaluator, &mut headers))
                .map_err(|error| self.rejection(error))?;
        }
        let mut headers: Vec<(String, String)> =
            headers.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let body = call.body.map(|part| self.body(call, part, operation.encoding)).transpose()?;
        let typed = self.mapper.fixed.typed()
            || headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if body.is_some() && (!typed || operation.encoding != Encoding::Json) {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            headers.push(("Content-Type".to_owned(), content_type(operation.encoding).to_owned()));
        }
        if body.is_some()
            && let Some(compression) = operation.compress
        {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-encoding"));
            headers.push(("Content-Encoding".to_owned(), compression.word().to_owned()));
        }
        let prepared = Prepared { url, headers, body, retried: Vec::new() };
        self.check_size(call, &prepared)?;
        warnings.append(&mut evaluator.warnings);
        Ok(prepared)
    }

    /// The body that a part is sent as.
    fn body(&self, call: &Call, part: usize, encoding: Encoding) -> Result<PreparedBody, Box<Rejection>> {
        let built = self.built(part);
        let body = encoded(encoding, built.and_then(BuiltPart::json)).map_err(|error| {
            let message = format!("the body of `{}` cannot be sent: {error}", call.name);
            let mapping = Some(self.place(call.span));
            Box::new(Rejection { mapping, ..Rejection::new("invalid_value", message) })
        })?;
        let json = || built.map_or_else(|| b"{}".to_vec(), |built| built.bytes().to_vec());
        Ok(body.map_or(PreparedBody::Part(part), |body| PreparedBody::Encoded { body, json: json() }))
    }

    fn check_size(&self, call: &Call, prepared: &Prepared) -> Result<(), Box<Rejection>> {
        let limits = self.mapper.limits;
        let body = match &prepared.body {
            Some(PreparedBody::Part(part)) => self.built(*part).map_or(0, |part| part.bytes().len()),
            Some(PreparedBody::Encoded { body, .. }) => body.bytes().len(),
            None => 0,
        };
        let url = prepared.url.as_ref().map_or(0, String::len);
        let (what, size, limit, name) = if body > limits.request_bytes {
            ("body", body, limits.request_bytes, "request_bytes")
        } else if url > limits.url_bytes {
            ("URL", url, limits.url_bytes, "url_bytes")
        } else {
            return Ok(());
        };
        let message = format!(
            "the {what} of `{}` has {size} bytes, and {limit} are allowed (limit `{name}`)",
            call.name
        );
        let mapping = Some(self.place(call.span));
        Err(Box::new(Rejection { mapping, ..Rejection::new("limit_exceeded", message) }))
    }

    /// The URL, unless the operation's own does.
    fn url<'a, L: Listener>(
        &self,
        scope: &Scope<'a>,
        call: &'a Call,
        operation: &'a Operation,
        evaluator: &mut Evaluator<L>,
    ) -> Result<Option<String>, Box<Rejection>> {
        if operation.params.is_empty() && operation.query.is_empty() && call.query.is_empty() {
            return Ok(None);
        }
        let mut url = self.mapper.fixed.server().to_owned();
        let mut params = operation.params.iter().zip(&call.params);
        for text in &operation.path {
            url.push_str(text);
            let Some((name, row)) = params.next() else { continue };
            let value = evaluator.group("params", |evaluator| evaluator.named(scope, name, row));
            let value = value.map_err(|error| self.rejection(error))?;
            let text = match &value {
                Some(value) => value.to_text().ok_or_else(|| {
                    self.unfit(call, name, &value.to_string(), &format!("is {}", value.kind_name()))
                }),
                None => Ok(Cow::Borrowed("")),
            }?;
            if scope.unknown.is_some_and(|unknown| unknown.is_placeholder(&text)) {
                url.push_str(&text);
                continue;
            }
            add_segment(&mut url, &text).map_err(|problem| self.unfit(call, name, &text, problem))?;
        }
        let mut query = self.mapper.fixed.query().to_owned();
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

    /// Why a value cannot stand in the path.
    #[cold]
    fn unfit(&self, call: &Call, param: &str, value: &str, problem: &str) -> Box<Rejection> {
        let step = &call.name;
        let value = shown(value);
        let message = format!("{value} cannot stand for `{param}` in the path of `{step}`: it {problem}");
        Box::new(Rejection {
            field: Some(param.to_owned()),
            mapping: Some(self.place(call.span)),
            ..Rejection::new("invalid_parameter", message)
        })
    }

    pub(crate) fn assemble<'a>(
        &'a self,
        at: usize,
        call: &'e Call,
        prepared: &'a Prepared,
    ) -> Option<Request<'a>> {
        let json = |built: Option<&'a BuiltPart>| {
            Body::Json(Cow::Borrowed(built.map_or(b"{}".as_slice(), |built| built.bytes())))
        };
        let body = prepared.body.as_ref().map(|body| match body {
            PreparedBody::Part(part) => json(self.built(*part)),
            PreparedBody::Encoded { body, .. } => body.clone(),
        });
        let made_from = match &prepared.body {
            Some(PreparedBody::Encoded { json, .. }) => Some(Cow::Borrowed(json.as_slice())),
            _ => None,
        };
        let own = prepared.headers.iter().map(|(name, value)| (Cow::from(name), Cow::from(value))).collect();
        self.request_of(at, call, prepared.url.as_deref().map(Cow::Borrowed), own, body, made_from)
    }

    /// The same for a request that lasts longer than the parts that it was made from.
    pub(crate) fn assemble_owned(
        &self,
        at: usize,
        call: &'e Call,
        prepared: Prepared,
    ) -> Option<Request<'e>> {
        let (body, made_from) = match prepared.body {
            None => (None, None),
            Some(PreparedBody::Part(part)) => {
                let json = self.built(part).map_or_else(|| b"{}".to_vec(), |built| built.bytes().to_vec());
                (Some(Body::Json(Cow::Owned(json))), None)
            }
            Some(PreparedBody::Encoded { body, json }) => (Some(body), Some(Cow::Owned(json))),
        };
        let own = prepared.headers.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value)));
        self.request_of(at, call, prepared.url.map(Cow::Owned), own.collect(), body, made_from)
    }

    /// The request of a step, which is the instruction `at`. `url`: unless it is that of the operation itself.
    #[inline(always)]
    fn request_of<'a>(
        &self,
        at: usize,
        call: &'e Call,
        url: Option<Cow<'a, str>>,
        own: Vec<(Cow<'a, str>, Cow<'a, str>)>,
        body: Option<Body<'a>>,
        made_from: Option<Cow<'a, [u8]>>,
    ) -> Option<Request<'a>>
    where
        'e: 'a,
    {
        let (mapper, operation) = (self.mapper, self.operation(call)?);
        let has_body = body.is_some();
        Some(Request {
            step: Cow::Borrowed(&call.name),
            instruction: at,
            operation: Cow::Borrowed(&operation.name),
            method: operation.method.word(),
            url: url.unwrap_or_else(|| mapper.fixed.url(call.operation)),
            common: mapper.fixed.headers(),
            own,
            body,
            made_from,
            compression: operation.compress.filter(|_| has_body),
            rate: operation.rate.as_deref().map(Cow::Borrowed),
            idempotent: operation.idempotent,
            cache: call.cache.as_ref().map(|cache| Cache {
                time: cache.time,
                anew: self.renewing.filter(|(step, _)| *step == at).map(|(_, why)| why),
            }),
            when: None,
            preview: false,
            redactor: Cow::Borrowed(mapper.settings.redactor()),
        })
    }
}
