//! The log of requests, and their counts.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// One request, as it took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Place in the order in which requests took effect, from 1. Requests without effect have their place, too.
    pub sequence: u64,
    /// When it arrived, in milliseconds since the sandbox started.
    pub ms: u64,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The version that it was answered in; none if it was refused before.
    pub version: Option<String>,
    /// Status of the answer; none if none was sent.
    pub status: Option<u16>,
    /// The fault that was injected.
    pub fault: Option<&'static str>,
    /// Whether the request took effect in the workspace, or was answered from it.
    pub applied: bool,
    /// Milliseconds that the answer was held back for.
    pub delay_ms: u64,
    /// How the answer is to be understood.
    pub class: Class,
    /// The body, if the sandbox keeps bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// How an answer is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 2xx, as the API sends it.
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
    /// Not a whole answer in the API's form: none, half of one, or a page of another kind.
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
pub struct Stats {
    /// Requests to the API; those to `/_sandbox/` do not count.
    pub total: u64,
    /// Requests by the status that they were answered with.
    pub by_status: BTreeMap<u16, u64>,
    /// Requests without an answer.
    pub unanswered: u64,
    /// Injected faults, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// The most requests that one rate window has accepted.
    pub busiest_window: u64,
    /// Requests over the rate limit; a 429 that was injected does not count.
    pub rejected_by_rate_limit: u64,
    /// Events that were accepted and not stored, for they were there already.
    pub duplicate_events: u64,
    /// Requests that the log has forgotten, oldest first.
    pub forgotten: u64,
}

/// The last requests, and counts of all.
#[derive(Debug)]
pub(crate) struct Log {
    entries: VecDeque<Request>,
    length: usize,
    sequence: u64,
    stats: Stats,
}

impl Log {
    pub(crate) fn new(length: usize) -> Log {
        Log { entries: VecDeque::new(), length, sequence: 0, stats: Stats::default() }
    }

    pub(crate) fn arrived(&mut self) {
        self.stats.total += 1;
    }

    /// Notes a request; its sequence is given here.
    pub(crate) fn note(&mut self, mut request: Request) {
        self.sequence += 1;
        request.sequence = self.sequence;
        match request.status {
            Some(status) => *self.stats.by_status.entry(status).or_default() += 1,
            None => self.stats.unanswered += 1,
        }
        if let Some(fault) = request.fault {
            *self.stats.faults.entry(fault).or_default() += 1;
        }
        self.entries.push_back(request);
        while self.entries.len() > self.length {
            self.entries.pop_front();
            self.stats.forgotten += 1;
        }
    }

    pub(crate) fn entries(&self) -> Vec<Request> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }
}
