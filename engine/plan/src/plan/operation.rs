//! Operations of an API, what their responses mean, and the server.

use std::time::Duration;

use mapwright_convert::PathStep;
use mapwright_language::spec::{Class, Encoding, Fault, Method, StatusSpec};

use crate::plan::expression::Condition;
use crate::plan::row::{Field, Row};

#[derive(Debug)]
pub struct ResponseRule {
    pub status: Vec<StatusSpec>,
    pub when: Option<Condition>,
    pub capture: Vec<(usize, Row)>,
    pub end: RuleEnd,
}

#[derive(Debug)]
pub enum RuleEnd {
    /// Go on at this instruction.
    Then(usize),
    Class {
        class: Class,
        after: Option<Box<Row>>,
        fault: Fault,
        code: Option<String>,
        advice: Option<String>,
    },
}

/// An endpoint of a version.
#[derive(Debug)]
pub struct Operation {
    pub name: String,
    pub method: Method,
    /// Texts of the path with parameters between them: one text more than parameters.
    pub path: Vec<String>,
    pub params: Vec<String>,
    pub schema: Option<String>,
    pub encoding: Encoding,
    pub rate: Option<String>,
    /// Kinds, and paths of objects in its body whose members the API has to know before.
    pub declared: Vec<(String, Vec<PathStep>)>,
    pub idempotent: bool,
    pub query: Vec<Field>,
    pub headers: Vec<Field>,
    pub rules: Vec<ResponseRule>,
}

/// Where requests go and what all of them carry.
#[derive(Debug)]
pub struct Server {
    pub url: Row,
    pub headers: Vec<Field>,
    pub query: Vec<Field>,
    pub basic: Option<(Row, Option<Row>)>,
}

/// A rate-limit group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// Its name: that of [`Request::rate`](crate::request::Request::rate).
    pub name: String,
    /// How many requests may be made in [`Rate::per`].
    pub requests: u64,
    /// The length of a window.
    pub per: Duration,
    /// Response headers that state the current limit.
    pub headers: RateHeaders,
}

impl Rate {
    /// Creates a group that allows `requests` requests in any window of `per`.
    pub fn new(name: impl Into<String>, requests: u64, per: Duration) -> Self {
        Self { name: name.into(), requests, per, headers: RateHeaders::default() }
    }
}

/// Names of the headers that state a rate limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateHeaders {
    /// The requests per window.
    pub limit: Option<String>,
    /// The requests that are left in the window.
    pub remaining: Option<String>,
    /// When the next window starts: in seconds from now, or in epoch seconds.
    pub reset: Option<String>,
}

/// Where an error response contains the API's own error.
#[derive(Debug, Default)]
pub struct ErrorRows {
    pub code: Option<Row>,
    pub message: Option<Row>,
}

/// A host that requests may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(pub String);

impl HostPattern {
    /// Whether the host is meant: the same name, or one more name in front of `*.`.
    pub fn allows(&self, host: &str) -> bool {
        match self.0.strip_prefix("*.") {
            None => self.0.eq_ignore_ascii_case(host),
            Some(rest) => host
                .split_once('.')
                .is_some_and(|(first, tail)| !first.is_empty() && tail.eq_ignore_ascii_case(rest)),
        }
    }
}
