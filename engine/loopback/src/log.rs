//! The log of requests, and their counts.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// A logged request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// Its position in the order in which requests took effect, from 1. Requests without effect have a position too.
    pub sequence: u64,
    /// Its arrival, in milliseconds since the start.
    pub ms: u64,
    /// The HTTP method.
    pub method: String,
    /// The path and query.
    pub path: String,
    /// What the API took it for, such as a version or an operation; `None` if the request was refused before.
    pub taken_as: Option<String>,
    /// The status of the response; `None` if none was sent.
    pub status: Option<u16>,
    /// The injected fault.
    pub fault: Option<&'static str>,
    /// Whether the request was applied.
    pub applied: bool,
    /// The injected latency in milliseconds.
    pub delay_ms: u64,
    /// The class of the response.
    pub class: Class,
    /// Why it was refused, if the API says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The body, if bodies are logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The class of a response.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 2xx, in the API's format.
    Ok,
    /// 4xx, except those below.
    Refused,
    /// 401.
    Unauthorized,
    /// 404.
    NotFound,
    /// 409.
    Conflict,
    /// 429.
    Throttled,
    /// 5xx.
    ServerError,
    /// Not a complete response in the API's format: none, a truncated one, or another kind of page.
    Broken,
}

impl Class {
    pub(crate) fn of(status: u16) -> Class {
        match status {
            200..=299 => Class::Ok,
            401 => Class::Unauthorized,
            404 => Class::NotFound,
            409 => Class::Conflict,
            429 => Class::Throttled,
            500.. => Class::ServerError,
            _ => Class::Refused,
        }
    }
}

/// Counts since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Requests to the API, without those to `/_sandbox/`.
    pub total: u64,
    /// Requests by status of the response.
    pub by_status: BTreeMap<u16, u64>,
    /// Requests without a response.
    pub unanswered: u64,
    /// Injected faults, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Requests that are no longer in the log.
    pub forgotten: u64,
}

/// The last requests, and the counts of all requests.
#[derive(Debug)]
pub(crate) struct Log {
    entries: VecDeque<Request>,
    length: usize,
    sequence: u64,
    counts: Counts,
}

impl Log {
    pub(crate) fn new(length: usize) -> Log {
        Log { entries: VecDeque::new(), length, sequence: 0, counts: Counts::default() }
    }

    pub(crate) fn arrived(&mut self) {
        self.counts.total += 1;
    }

    /// Logs a request, and assigns its sequence.
    pub(crate) fn note(&mut self, mut request: Request) {
        self.sequence += 1;
        request.sequence = self.sequence;
        match request.status {
            Some(status) => *self.counts.by_status.entry(status).or_default() += 1,
            None => self.counts.unanswered += 1,
        }
        if let Some(fault) = request.fault {
            *self.counts.faults.entry(fault).or_default() += 1;
        }
        self.entries.push_back(request);
        while self.entries.len() > self.length {
            self.entries.pop_front();
            self.counts.forgotten += 1;
        }
    }

    pub(crate) fn entries(&self) -> Vec<Request> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }
}
