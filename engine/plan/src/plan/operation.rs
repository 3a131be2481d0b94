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
pub struct Rate {
    /// Its name: that of [`Request::rate`](crate::Request::rate).
    pub name: String,
    /// How many requests may be made in [`Rate::per`].
    pub requests: u64,
    /// The length of a window.
    pub per: Duration,
    /// Headers of responses that say what the limit is at the moment.
    pub headers: RateHeaders,
}

/// Names of the headers that tell a rate limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateHeaders {
    /// How many requests a window has.
    pub limit: Option<String>,
    /// How many of them are left.
    pub remaining: Option<String>,
    /// When the next window starts: seconds from now, or a time in epoch seconds.
    pub reset: Option<String>,
}

/// Where a response that is an error says what is wrong.
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
