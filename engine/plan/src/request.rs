//! Requests: server, path, query, headers and body, combined.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::utf8_percent_encode;

use crate::authorized::Authorized;
use crate::eval::fault::{RowError, RowFault};
use crate::eval::listener::Listener;
use crate::eval::row::Evaluator;
use crate::eval::scope::Scope;
use crate::headers::check_header;
use crate::item::BatchItem;
use crate::limits::Limits;
use crate::plan::{Field, HostPattern};
use crate::redact::Redactor;
use crate::server::server_host;
use crate::settings::{SettingProblem, SettingsError};
use crate::signing::{Signer, SigningContext, Unsigned, extend_query};
use crate::version::VersionPlan;
use mapwright_convert::{RESERVED, Val};
use mapwright_findings::Span;
use mapwright_language::spec::Compression;

/// One API call, to be sent as it is.
///
/// Two are equal when they are sent alike, whether they borrow what they hold or own it. `{:?}` prints it with secrets redacted.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request<'r> {
    /// The step that sends it.
    pub step: Cow<'r, str>,
    /// Which of the mapping's steps that is: steps of two groups may have the same name.
    pub instruction: usize,
    /// The operation that it calls.
    pub operation: Cow<'r, str>,
    /// The HTTP method.
    pub method: &'static str,
    /// The whole URL, percent-encoded.
    pub url: Cow<'r, str>,
    /// Headers that all requests of the mapper share.
    pub(crate) common: &'r [(String, String)],
    /// Headers of this request, which replace those of the same name.
    pub(crate) own: Vec<(Cow<'r, str>, Cow<'r, str>)>,
    /// The body, if it has one.
    pub body: Option<Body<'r>>,
    /// The object that a body in another encoding than JSON was made from.
    pub(crate) made_from: Option<Cow<'r, [u8]>>,
    /// How the body is compressed when it is sent: see [`Request::sent_body`].
    pub compression: Option<Compression>,
    /// The rate-limit group that it counts in.
    pub rate: Option<Cow<'r, str>>,
    /// Whether it may be sent again when it is not known whether it arrived.
    pub idempotent: bool,
    /// How long its response serves other events as well, if it does.
    pub cache: Option<Cache>,
    /// In a preview: the condition that waits for a response.
    pub when: Option<String>,
    pub(crate) preview: bool,
    /// What it adds to a request that it may share with others.
    pub(crate) item: Option<Cow<'r, BatchItem>>,
    /// The signature that it needs.
    pub(crate) signature: Option<Signature>,
    /// The redactor of the secrets that it may contain.
    pub(crate) redactor: Cow<'r, Redactor>,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, operation, method, url, rate, idempotent, when, preview, redactor, .. } = self;
        let headers: Vec<_> = self.headers().map(|(name, value)| (name, redactor.redact(value))).collect();
        let body = self.body.as_ref().map(|body| redactor.redact_bytes(body.bytes()));
        let body = body.as_deref().map(String::from_utf8_lossy);
        let mut shown = f.debug_struct("Request");
        shown.field("step", step).field("operation", operation).field("method", method);
        shown.field("url", &redactor.redact(url)).field("headers", &headers).field("body", &body);
        shown.field("rate", rate).field("idempotent", idempotent).field("when", when);
        shown.field("preview", preview).finish_non_exhaustive()
    }
}

impl PartialEq for Request<'_> {
    fn eq(&self, other: &Self) -> bool {
        let Request {
            step,
            instruction: _,
            operation,
            method,
            url,
            common: _,
            own: _,
            body,
            made_from,
            compression,
            rate,
            idempotent,
            cache,
            when,
            preview,
            item: _,
            signature: _,
            redactor: _,
        } = self;
        (step, operation, method, url) == (&other.step, &other.operation, &other.method, &other.url)
            && self.headers().eq(other.headers())
            && (body, made_from, compression, rate)
                == (&other.body, &other.made_from, &other.compression, &other.rate)
            && (idempotent, cache, when, preview)
                == (&other.idempotent, &other.cache, &other.when, &other.preview)
    }
}

/// How a caller may cache the response: an equal request may be answered with a cached response.
///
/// ```
/// use std::time::Duration;
/// use mapwright_plan::request::{Stale, Cache, Request};
///
/// /// Returns whether a response of this age may answer the request.
/// fn may_answer(request: &Request<'_>, age: Duration) -> bool {
///     match request.cache {
///         Some(Cache { time, stale: None, .. }) => age < time,
///         // requested again: what was made of it is refused, or it lacks something
///         Some(Cache { stale: Some(Stale::Refused | Stale::Lacking | _), .. }) | None => false,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cache {
    /// How long the response may be cached.
    pub time: Duration,
    /// Why the response that this run was answered with before is stale, if it is: that response does not serve the request.
    pub stale: Option<Stale>,
}

/// Why a cached response is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stale {
    /// The API has refused what was made of it, such as a token.
    Refused,
    /// It lacks something, which the API may know by now. It may lack that as well when it is requested again.
    Lacking,
}

/// The signature of a request.
#[derive(Clone)]
pub(crate) struct Signature {
    signer: Arc<Signer>,
    /// The length of the URL without what a signature has added, once there is one.
    unsigned_url: Option<usize>,
}

impl Signature {
    pub(crate) fn due(signer: Arc<Signer>) -> Self {
        Self { signer, unsigned_url: None }
    }
}

/// A request's body.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Body<'r> {
    /// JSON text.
    Json(Cow<'r, [u8]>),
    /// `application/x-www-form-urlencoded` text.
    Form(String),
    /// An XML document.
    Xml(String),
}

/// Prints the length: the body may contain secrets, and only its request can redact them.
impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Body::Json(_) => "Json",
            Body::Form(_) => "Form",
            Body::Xml(_) => "Xml",
        };
        write!(f, "{name}({} bytes)", self.bytes().len())
    }
}

impl Body<'_> {
    /// Returns the bytes, before they are compressed.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Body::Json(bytes) => bytes,
            Body::Form(text) | Body::Xml(text) => text.as_bytes(),
        }
    }

    /// The same body, without a copy of JSON text.
    pub(crate) fn borrowed(&self) -> Body<'_> {
        match self {
            Body::Json(bytes) => Body::Json(Cow::Borrowed(bytes)),
            Body::Form(text) => Body::Form(text.clone()),
            Body::Xml(text) => Body::Xml(text.clone()),
        }
    }

    /// Returns the bytes, without a copy if the body owns them.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Body::Json(bytes) => bytes.into_owned(),
            Body::Form(text) | Body::Xml(text) => text.into_bytes(),
        }
    }
}

impl<'r> Request<'r> {
    /// Returns all headers, each name once, in the order of the mapping.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let replaced = |name: &str| self.own.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        let common = self.common.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        common
            .filter(move |(name, _)| !replaced(name))
            .chain(self.own.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
    }

    /// Returns the body as JSON: as it is sent, or what a body in another encoding is made from.
    pub fn json(&self) -> Option<&[u8]> {
        match self.body.as_ref()? {
            Body::Json(bytes) => Some(bytes),
            Body::Form(_) | Body::Xml(_) => self.made_from.as_deref(),
        }
    }

    /// Returns the bytes to send as the body: compressed, if the operation says so. A header says how.
    ///
    /// ```
    /// # let files: mapwright::Sources = [
    /// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
    /// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { save: { method: POST, path: /people, compress: gzip } } }"),
    /// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
    /// # ].into_iter().collect();
    /// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
    /// # let mapper = plan.bind(&serde_json::json!({}))?;
    /// # let mut scratch = mapwright::Scratch::new();
    /// # let event = r#"{"type": "identify", "userId": "u1"}"#;
    /// # let mapwright::Outcome::Mapped(mut run) = mapper.map(event, 0, &mut scratch) else { panic!() };
    /// assert!(run.preview()?.iter().all(|request| request.is_preview()));
    /// let request = run.request()?.expect("a request");
    /// assert!(!request.is_preview());
    /// assert!(request.sent_body().is_some_and(|body| body.starts_with(&[0x1f, 0x8b])));
    /// assert_eq!(request.into_owned().body.map(|body| body.into_bytes()), Some(br#"{"id":"u1"}"#.to_vec()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sent_body(&self) -> Option<Cow<'_, [u8]>> {
        let bytes = self.body.as_ref()?.bytes();
        Some(match self.compression {
            None => Cow::Borrowed(bytes),
            Some(Compression::Gzip) => Cow::Owned(gzip(bytes)),
        })
    }

    /// Returns the item for a [`Batcher`](crate::batch::Batcher), if the operation has a `batch`.
    /// A caller that does without sends the request as it is.
    pub fn batch(&self) -> Option<&BatchItem> {
        self.item.as_deref()
    }

    /// Returns whether the request is one of a preview, in which names of captures stand for values that are not known yet.
    pub fn is_preview(&self) -> bool {
        self.preview
    }

    /// Returns whether the request must be signed before it is sent, since its operation says so in `auth`, and is not signed yet.
    pub fn is_unsigned(&self) -> bool {
        self.signature.as_ref().is_some_and(|signature| signature.unsigned_url.is_none())
    }

    /// Signs the request, if its operation needs a signature: adds headers and query parameters that depend on all that is sent, on the time and on a
    /// nonce. Signed again, for a retry, it has the new signature only. The requests of a preview are signed, with a stated nonce.
    ///
    /// To be called right before the request is sent: an API refuses a signature that is old, or whose nonce it knows.
    pub fn sign(&mut self, context: &SigningContext<'_>) {
        let Some(mut signature) = self.signature.take() else { return };
        let end = *signature.unsigned_url.get_or_insert(self.url.len());
        if end < self.url.len() {
            self.url.to_mut().truncate(end);
        }
        let body = self.sent_body().unwrap_or_default();
        let headers: Vec<(&str, &str)> = self.headers().collect();
        let unsigned = Unsigned { method: self.method, url: &self.url, body: &body, headers: &headers };
        let added = signature.signer.sign(unsigned, context);
        for (name, value) in added.headers {
            self.own.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            self.own.push((Cow::Owned(name), Cow::Owned(value)));
        }
        if !added.query.is_empty() {
            extend_query(self.url.to_mut(), &added.query);
        }
        self.signature = Some(signature);
    }

    /// Returns the same request, borrowing nothing.
    pub fn into_owned(self) -> Request<'static> {
        let own =
            self.headers().map(|(name, value)| (Cow::Owned(name.to_owned()), Cow::Owned(value.to_owned())));
        Request {
            own: own.collect(),
            common: &[],
            step: Cow::Owned(self.step.into_owned()),
            instruction: self.instruction,
            operation: Cow::Owned(self.operation.into_owned()),
            method: self.method,
            url: Cow::Owned(self.url.into_owned()),
            body: self.body.map(|body| match body {
                Body::Json(bytes) => Body::Json(Cow::Owned(bytes.into_owned())),
                Body::Form(text) => Body::Form(text),
                Body::Xml(text) => Body::Xml(text),
            }),
            made_from: self.made_from.map(|json| Cow::Owned(json.into_owned())),
            compression: self.compression,
            rate: self.rate.map(|rate| Cow::Owned(rate.into_owned())),
            idempotent: self.idempotent,
            cache: self.cache,
            when: self.when,
            preview: self.preview,
            item: self.item.map(|item| Cow::Owned(item.into_owned())),
            signature: self.signature,
            redactor: Cow::Owned(self.redactor.into_owned()),
        }
    }
}

/// Copies the body.
#[cfg(feature = "http")]
impl TryFrom<&Request<'_>> for http::Request<Vec<u8>> {
    type Error = http::Error;

    /// Converts a request. Headers that contain a secret are marked as sensitive.
    fn try_from(request: &Request<'_>) -> Result<Self, http::Error> {
        let mut converted = http::Request::builder().method(request.method).uri(request.url.as_ref());
        for (name, text) in request.headers() {
            let mut value = http::HeaderValue::from_str(text)?;
            value.set_sensitive(request.redactor.contains_secret(text));
            converted = converted.header(name, value);
        }
        converted.body(request.sent_body().map(Cow::into_owned).unwrap_or_default())
    }
}

/// Moves the body if the request owns it.
#[cfg(feature = "http")]
impl TryFrom<Request<'_>> for http::Request<Vec<u8>> {
    type Error = http::Error;

    fn try_from(mut request: Request<'_>) -> Result<Self, http::Error> {
        let body = match request.compression {
            None => request.body.take().map(Body::into_bytes),
            Some(_) => request.sent_body().map(Cow::into_owned),
        };
        request.body = None;
        let body = body.unwrap_or_default();
        let converted = Self::try_from(&request)?;
        Ok(converted.map(|_| body))
    }
}

/// The same bytes give the same result: the header of the format states no time.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;

    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // writing into memory does not fail
    let _ = out.write_all(bytes);
    out.finish().unwrap_or_default()
}

/// The headers and parameters that requests with the same authorization share.
#[derive(Clone)]
struct Common {
    headers: Vec<(String, String)>,
    signer: Option<Arc<Signer>>,
}

/// The parts that all requests of a mapper share, created once.
#[derive(Clone)]
pub(crate) struct Fixed {
    server: String,
    common: Common,
    /// The same for operations that are authorized in another way, by position.
    own: Vec<Option<Common>>,
    query: String,
    /// Whether a header says what the body is.
    typed: bool,
    /// The URL of each operation, as it is without parameters and queries of its own.
    urls: Vec<String>,
}

impl Fixed {
    /// Of a version whose operations make no requests.
    fn none(operations: usize) -> Self {
        let common = Common { headers: Vec::new(), signer: None };
        let (own, urls) = (vec![None; operations], vec![String::new(); operations]);
        Self { server: String::new(), common, own, query: String::new(), typed: false, urls }
    }

    pub(crate) fn new(plan: &VersionPlan, scope: &Scope<'_>) -> Result<Self, SettingsError> {
        let Some(stated) = &plan.server else { return Ok(Self::none(plan.operations.len())) };
        let mut evaluator = Evaluator::new(scope.tally, &Limits::default());
        let fail = |problem: SettingProblem| SettingsError { problems: vec![problem] };
        let bad_server = |url: &str, problem: &str| {
            fail(SettingProblem::BadServer { url: url.to_owned(), problem: problem.to_owned() })
        };
        let server = evaluator
            .value(scope, &stated.url)
            .map_err(|error| bad_server("the server", &error.message))?
            .and_then(|url| url.to_text())
            .map(Cow::into_owned)
            .ok_or_else(|| bad_server("no server", "no row of `server` has a value"))?;
        let host = server_host(&server).map_err(|problem| bad_server(&server, problem))?;
        if !plan.destination.hosts.iter().any(|pattern: &HostPattern| pattern.allows(&host)) {
            return Err(bad_server(&server, "it is not one of the destination's `hosts`"));
        }
        let mut headers = Vec::new();
        let bad_header = |name: &str, problem: &str| {
            fail(SettingProblem::BadHeader { name: name.to_owned(), problem: problem.to_owned() })
        };
        for field in &stated.headers {
            let value = evaluator
                .field_value(scope, field)
                .map_err(|error| bad_header(&field.name, &error.message))?;
            let text =
                value.map(|value| header_text(&value).map(|text| text.map(Cow::into_owned))).transpose();
            let Some(text) = text.map_err(|problem| bad_header(&field.name, &problem))?.flatten() else {
                continue;
            };
            headers.push((field.name.clone(), text));
        }
        let authorized = match &stated.auth {
            Some(auth) => Authorized::new(auth, scope, &mut evaluator)
                .map_err(|problem| SettingsError { problems: vec![problem] })?,
            None => Authorized::default(),
        };
        let mut query = String::new();
        for field in &stated.query {
            let value = evaluator.field_value(scope, field).map_err(|error| {
                bad_server(&server, &format!("query parameter `{}`: {}", field.name, error.message))
            })?;
            add_query(&mut query, &field.name, value);
        }
        let mut own = Vec::new();
        for operation in &plan.operations {
            let Some(auth) = &operation.auth else {
                own.push(None);
                continue;
            };
            let Authorized { header, signer } = Authorized::new(auth, scope, &mut evaluator)
                .map_err(|problem| SettingsError { problems: vec![problem] })?;
            own.push(Some(Common { headers: headers.iter().cloned().chain(header).collect(), signer }));
        }
        headers.extend(authorized.header);
        let common = Common { headers, signer: authorized.signer };
        let typed = common.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let server = server.trim_end_matches('/').to_owned();
        let tail = if query.is_empty() { String::new() } else { format!("?{query}") };
        let urls = plan
            .operations
            .iter()
            .map(|operation| match operation.endpoint() {
                Some(endpoint) => format!("{server}{}{tail}", endpoint.path.concat()),
                None => String::new(),
            })
            .collect();
        Ok(Self { server, common, own, query, typed, urls })
    }

    /// Redacts all secrets.
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        let Self { server, common, own, query, typed: _, urls } = &mut self;
        [server, query].into_iter().chain(urls).for_each(|text| redactor.redact_in(text));
        for Common { headers, signer } in own.iter_mut().flatten().chain([common]) {
            headers.iter_mut().for_each(|(_, value)| redactor.redact_in(value));
            *signer = signer.take().map(|signer| Arc::new(signer.as_ref().clone().redacted(redactor)));
        }
        self
    }

    pub(crate) fn url(&self, operation: usize) -> Cow<'_, str> {
        self.urls.get(operation).map_or(Cow::Borrowed(""), |url| Cow::Borrowed(url.as_str()))
    }

    fn common(&self, operation: usize) -> &Common {
        self.own.get(operation).and_then(Option::as_ref).unwrap_or(&self.common)
    }

    /// The headers of all requests of an operation.
    pub(crate) fn headers(&self, operation: usize) -> &[(String, String)] {
        &self.common(operation).headers
    }

    /// Who signs the requests of an operation.
    pub(crate) fn signer(&self, operation: usize) -> Option<Arc<Signer>> {
        self.common(operation).signer.clone()
    }

    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    pub(crate) fn typed(&self) -> bool {
        self.typed
    }
}

/// Returns the text of a header, or `None` for null, which sends none.
fn header_text<'e>(value: &Val<'e>) -> Result<Option<Cow<'e, str>>, String> {
    match value.to_text() {
        Some(text) => check_header(&text).map(|()| Some(text)).map_err(str::to_owned),
        None if value.is_null() => Ok(None),
        None => Err(format!("it is {}", value.kind_name())),
    }
}

/// Appends `name=value`; a list becomes one parameter for each item, and a missing value none.
pub(crate) fn add_query(query: &mut String, name: &str, value: Option<Val<'_>>) {
    let Some(value) = value else { return };
    for item in value.into_list() {
        let text = item.to_text().map_or_else(|| item.json_text(), Cow::into_owned);
        if !query.is_empty() {
            query.push('&');
        }
        query.extend(utf8_percent_encode(name, RESERVED));
        query.push('=');
        query.extend(utf8_percent_encode(&text, RESERVED));
    }
}

/// Appends a path parameter, as one segment. What the path would not survive as is refused.
pub(crate) fn add_segment(url: &mut String, text: &str) -> Result<(), &'static str> {
    match text {
        "" => Err("it is empty"),
        // a URL parser takes these for steps in the path, encoded or not
        "." | ".." => Err("HTTP clients remove the path segments `.` and `..` from a URL"),
        _ => {
            url.extend(utf8_percent_encode(text, RESERVED));
            Ok(())
        }
    }
}

/// Evaluates query rows into a query string.
pub(crate) fn query_rows<'a, L: Listener>(
    scope: &Scope<'a>,
    fields: &'a [Field],
    evaluator: &mut Evaluator<L>,
    query: &mut String,
) -> Result<(), RowError> {
    for field in fields {
        scope.begin_row();
        let value = evaluator.field_value(scope, field)?;
        let before = query.len();
        add_query(query, &field.name, value);
        scope.note_bytes(query.len() - before);
    }
    Ok(())
}

/// Evaluates header rows.
pub(crate) fn header_rows<'a, L: Listener>(
    scope: &Scope<'a>,
    fields: &'a [Field],
    evaluator: &mut Evaluator<L>,
    headers: &mut Vec<(Cow<'a, str>, Cow<'a, str>)>,
) -> Result<(), RowError> {
    for field in fields {
        scope.begin_row();
        let Some(value) = evaluator.field_value(scope, field)? else { continue };
        let text = match header_text(&value) {
            Ok(text) => text,
            Err(problem) => scope.perhaps(header_error(&field.name, &problem, field.span))?.to_text(),
        };
        let Some(text) = text else { continue };
        let header = (Cow::Borrowed(field.name.as_str()), text);
        match headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&field.name)) {
            // the step's own takes precedence over the operation's
            Some(known) => *known = header,
            None => headers.push(header),
        }
    }
    Ok(())
}

fn header_error(name: &str, problem: &str, span: Span) -> RowError {
    let message = format!("the header `{name}` cannot be sent: {problem}");
    let mut error = RowFault::new("invalid_header", message, span);
    error.field.push(name.to_owned());
    error
}
