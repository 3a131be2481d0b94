//! A plan with its settings bound.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::encoding::content_type;
use crate::eval::fault::RowError;
use crate::item::{BatchItem, Head};
use crate::limits::Limits;
use crate::plan::Operation;
use crate::rejection::Rejection;
use crate::request::{Body, Fixed, Request, Signature};
use crate::settings::BoundSettings;
use crate::tally::Tally;
use crate::version::VersionPlan;
use mapwright_findings::Span;
use mapwright_language::spec::Encoding;

/// A plan with its settings bound, and what follows from both for every event.
pub(crate) struct BoundPlan {
    pub plan: Arc<VersionPlan>,
    pub settings: BoundSettings,
    /// What all requests share: server, headers, query.
    pub fixed: Fixed,
    /// For each operation the rest of a request that has no URL and no headers of its own: without a body, and with one.
    pub heads: Arc<[[Arc<Head>; 2]]>,
    pub limits: Limits,
    /// Counts what events reach, for coverage; deliveries do not count.
    pub tally: Option<Arc<Tally>>,
    /// The source of all events, by its position, if it is known.
    pub source: Option<usize>,
    /// Whether it maps what only commands ask for.
    pub commands: bool,
    /// Whether it maps events that remove something for good.
    pub destructive: bool,
}

/// Prints no values of settings.
impl fmt::Debug for BoundPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, settings, limits, commands, .. } = self;
        let mut shown = f.debug_struct("Mapper");
        shown.field("destination", &plan.destination.name).field("version", &plan.number);
        shown.field("settings", settings).field("limits", limits).field("commands", commands);
        shown.finish_non_exhaustive()
    }
}

/// What a request is made of, beside what its operation says.
pub(crate) struct Content<'a> {
    /// The step, and which one that is.
    pub step: (&'a str, usize),
    /// The URL, unless it is that of the operation itself.
    pub url: Option<Cow<'a, str>>,
    /// The headers, without those that all requests share.
    pub own: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub body: Option<Body<'a>>,
    /// The JSON that a body in another encoding was made from.
    pub made_from: Option<Cow<'a, [u8]>>,
    pub item: Option<Cow<'a, BatchItem>>,
}

impl BoundPlan {
    /// Builds [`BoundPlan::heads`].
    pub(crate) fn heads(plan: &VersionPlan, fixed: &Fixed) -> Arc<[[Arc<Head>; 2]]> {
        let head = |operation, has_body| Arc::new(head(operation, fixed, (None, Vec::new()), has_body));
        plan.operations
            .iter()
            .map(|operation| [false, true].map(|has_body| head(operation, has_body)))
            .collect()
    }

    /// The rest of a request of an operation.
    pub(crate) fn head(
        &self,
        at: usize,
        url: Option<String>,
        headers: Vec<(Cow<'_, str>, Cow<'_, str>)>,
        has_body: bool,
    ) -> Arc<Head> {
        if url.is_none()
            && headers.is_empty()
            && let Some([without, with]) = self.heads.get(at)
        {
            return if has_body { with } else { without }.clone();
        }
        let headers = headers.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned()));
        let own = (url, headers.collect());
        self.operation(at)
            .map(|operation| head(operation, &self.fixed, own, has_body).into())
            .unwrap_or_default()
    }

    /// Returns the operation at a position.
    pub(crate) fn operation(&self, operation: usize) -> Option<&Operation> {
        self.plan.operations.get(operation)
    }

    /// The path and the line of a place in the mapping.
    pub(crate) fn place(&self, span: Span) -> String {
        let place = self.plan.place(span);
        format!("{}:{}", place.path, place.line)
    }

    /// The rejection of a row.
    #[allow(clippy::boxed_local, reason = "it is handed in as it comes out of the rows")]
    pub(crate) fn rejection(&self, mut error: RowError) -> Box<Rejection> {
        error.field.reverse();
        Box::new(Rejection {
            field: (!error.field.is_empty()).then(|| error.field.join(".")),
            mapping: Some(self.place(error.span)),
            point: Some(error.point()),
            ..Rejection::new(error.code, error.message)
        })
    }

    /// Returns the rejection of a body.
    #[cold]
    pub(crate) fn bad_body(&self, step: &str, span: Span, problem: &str) -> Box<Rejection> {
        let message = format!("the body of `{step}` cannot be sent: {problem}");
        let mapping = Some(self.place(span));
        Box::new(Rejection { mapping, ..Rejection::new("invalid_value", message) })
    }

    /// Returns the rejection of something that has more bytes than allowed.
    #[cold]
    pub(crate) fn too_large(
        &self,
        what: &str,
        (size, limit): (usize, usize),
        name: &str,
        span: Span,
    ) -> Box<Rejection> {
        let message = format!("{what} has {size} bytes, and {limit} are allowed (limit `{name}`)");
        Box::new(Rejection { mapping: Some(self.place(span)), ..Rejection::new("limit_exceeded", message) })
    }

    /// The request of an operation.
    #[inline(always)]
    pub(crate) fn request<'a>(&'a self, at: usize, content: Content<'a>) -> Option<Request<'a>> {
        let operation = self.operation(at)?;
        // a call is not a request
        let method = operation.endpoint()?.method.word();
        let Content { step: (step, instruction), url, own, body, made_from, item } = content;
        let has_body = body.is_some();
        Some(Request {
            step: Cow::Borrowed(step),
            instruction,
            operation: Cow::Borrowed(&operation.name),
            method,
            url: url.unwrap_or_else(|| self.fixed.url(at)),
            common: self.fixed.headers(at),
            own,
            body,
            made_from,
            compression: operation.compress.filter(|_| has_body),
            rate: operation.rate.as_deref().map(Cow::Borrowed),
            idempotent: operation.idempotent,
            cache: None,
            when: None,
            preview: false,
            item,
            signature: self.fixed.signer(at).map(Signature::due),
            redactor: Cow::Borrowed(self.settings.redactor()),
        })
    }
}

/// The rest of a request, with headers that say what its body is.
fn head(
    operation: &Operation,
    fixed: &Fixed,
    (url, mut headers): (Option<String>, Vec<(String, String)>),
    has_body: bool,
) -> Head {
    let is = |name: &str, of: &str| name.eq_ignore_ascii_case(of);
    let typed = fixed.typed() || headers.iter().any(|(name, _)| is(name, "content-type"));
    if has_body && (!typed || operation.encoding != Encoding::Json) {
        headers.retain(|(name, _)| !is(name, "content-type"));
        headers.push(("Content-Type".to_owned(), content_type(operation.encoding).to_owned()));
    }
    if has_body && let Some(compression) = operation.compress {
        headers.retain(|(name, _)| !is(name, "content-encoding"));
        headers.push(("Content-Encoding".to_owned(), compression.word().to_owned()));
    }
    Head { url, headers }
}
