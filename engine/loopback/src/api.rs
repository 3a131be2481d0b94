//! What an API does, without its socket.

use std::fmt::Display;
use std::hash::Hash;

use bytes::Bytes;
use hyper::Method;
use hyper::http::request::Parts;
use serde::Serialize;
use serde_json::Value;

use crate::log::Counts;

const JSON: &str = "application/json; charset=utf-8";

/// A request whose body has been read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Received {
    /// Method, URI and headers.
    pub parts: Parts,
    /// The body as it was sent.
    pub body: Bytes,
    /// Its arrival, in milliseconds since the Unix epoch.
    pub arrived_ms: u64,
}

impl Received {
    pub(crate) fn new(parts: Parts, body: Bytes, arrived_ms: u64) -> Received {
        Received { parts, body, arrived_ms }
    }

    /// Returns the path and query.
    #[must_use]
    pub fn path(&self) -> String {
        let uri = &self.parts.uri;
        uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string)
    }
}

/// A response.
///
/// ```
/// use mapwright_loopback::Reply;
///
/// let wait = ("Retry-After".to_owned(), "5".to_owned());
/// let reply = Reply::empty(429).with_headers([wait]).because("100 requests in this second");
/// assert_eq!((reply.status, reply.problem.as_deref()), (429, Some("100 requests in this second")));
/// assert_eq!(Reply::new(200, "text/plain", "pong").kind, "text/plain");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The media type of the body.
    pub kind: String,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// What the log says of the request, if it was refused.
    pub problem: Option<String>,
}

impl Reply {
    /// Creates a response with a body of JSON.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Reply {
        Reply::new(status, JSON, serde_json::to_vec(body).unwrap_or_default())
    }

    /// Creates a response without a body.
    #[must_use]
    pub fn empty(status: u16) -> Reply {
        Reply::new(status, JSON, Bytes::new())
    }

    /// Creates a response with any body.
    #[must_use]
    pub fn new(status: u16, kind: impl Into<String>, body: impl Into<Bytes>) -> Reply {
        Reply { status, kind: kind.into(), headers: Vec::new(), body: body.into(), problem: None }
    }

    /// Adds headers. Those that HTTP does not allow are ignored.
    #[must_use]
    pub fn with_headers(mut self, headers: impl IntoIterator<Item = (String, String)>) -> Reply {
        self.headers.extend(headers);
        self
    }

    /// Adds words for the log.
    #[must_use]
    pub fn because(mut self, problem: impl Into<String>) -> Reply {
        self.problem = Some(problem.into());
        self
    }
}

/// A request that the API takes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Admitted<T> {
    /// What the API took it for. The log shows it, and the fault of the request depends on it.
    pub ticket: T,
    /// Headers of every response, such as those of a rate limit.
    pub headers: Vec<(String, String)>,
    /// When the rate window of the request ends, in milliseconds since the Unix epoch: a rate storm lasts until then.
    pub window_end_ms: u64,
}

impl<T> Admitted<T> {
    /// Admits a request that counts in no rate window.
    #[must_use]
    pub fn new(ticket: T) -> Admitted<T> {
        Admitted { ticket, headers: Vec::new(), window_end_ms: 0 }
    }

    /// Puts the request into a rate window.
    #[must_use]
    pub fn in_window(mut self, end_ms: u64, headers: Vec<(String, String)>) -> Admitted<T> {
        self.window_end_ms = end_ms;
        self.headers = headers;
        self
    }
}

/// What an API does with requests. It is called from several threads.
pub trait Api: Send + Sync + 'static {
    /// What the API took a request for, such as a version or an operation.
    type Ticket: Hash + Display + Send + Sync;

    /// Takes or refuses a request, before a fault is drawn for it: authorization and rate limits. A refused request has no fault.
    ///
    /// # Errors
    /// Returns the response to a refused request.
    fn admit(&self, request: &Received) -> Result<Admitted<Self::Ticket>, Reply>;

    /// Applies a request.
    fn apply(&self, request: &Received, ticket: &Self::Ticket) -> Reply;

    /// A refusal that has nothing to do with the API, such as that of a body that is too long.
    fn refuse(&self, status: u16, message: String) -> Reply;

    /// The response to a request that comes during a rate storm.
    fn throttled(&self, ticket: &Self::Ticket) -> Reply {
        let _ = ticket;
        self.refuse(429, "too many requests".to_owned())
    }

    /// The refusal of the fault `race`, if the API has one for this request.
    fn race(&self, request: &Received) -> Option<Reply> {
        let _ = request;
        None
    }

    /// What `GET /_sandbox/stats` returns: the counts, and those of the API's own.
    fn stats(&self, counts: Counts) -> Value {
        serde_json::to_value(counts).unwrap_or_default()
    }

    /// Serves an endpoint of its own under `/_sandbox/`.
    fn inspect(&self, method: &Method, what: &str, query: Option<&str>) -> Option<Reply> {
        let _ = (method, what, query);
        None
    }

    /// The path and query of a request as the log shows them.
    fn shown_path(&self, request: &Received) -> String {
        request.path()
    }

    /// The body of a request as the log shows it.
    fn shown_body(&self, request: &Received) -> String {
        String::from_utf8_lossy(&request.body).into_owned()
    }

    /// Forgets all requests.
    fn reset(&self);
}
