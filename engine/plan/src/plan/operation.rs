//! Operations of an API, what their responses mean, and the server.

use std::time::Duration;

use mapwright_convert::PathStep;
use mapwright_findings::Span;
use mapwright_language::spec::{Class, Compression, Encoding, Fault, Method, SplitInto, StatusSpec};

use crate::plan::auth::Auth;
use crate::plan::batch::{BatchPlan, FailedRule};
use crate::plan::expression::{Condition, Said};
use crate::plan::row::{Field, Row};
use crate::tally::What;

/// The meaning of some responses.
#[derive(Debug)]
pub struct ResponseRule {
    /// The statuses that it applies to; empty for all.
    pub status: Vec<StatusSpec>,
    /// The condition that must hold as well.
    pub when: Option<Condition>,
    /// The captures that it sets, by their position in the flow.
    pub capture: Vec<(usize, Row)>,
    /// Which items of a batch the response names, whatever it means for the others.
    pub failed: Vec<FailedRule>,
    /// The consequence for the run.
    pub end: RuleEnd,
    /// Its position.
    pub span: Span,
}

impl ResponseRule {
    /// Returns the point that coverage counts when the rule applies.
    pub(crate) fn reached(&self) -> What {
        match self.end {
            RuleEnd::Then(_) => What::Recovery,
            RuleEnd::Class { .. } | RuleEnd::Renew { .. } => What::Rule,
        }
    }
}

/// What happens after a response.
#[derive(Debug)]
pub enum RuleEnd {
    /// Go on at this instruction.
    Then(usize),
    /// A setting is no longer valid: the request is sent again with a new value of it.
    Renew {
        /// The setting.
        setting: String,
        /// How often a request asks for a new value.
        times: u64,
    },
    /// The response ends the request.
    Class {
        /// Whether it was accepted, is to be retried, or ends the run.
        class: Class,
        /// The row that states how long to wait before a retry.
        after: Option<Box<Row>>,
        /// The fate of the items of a batch that is split.
        into: SplitInto,
        /// How often a request is retried by this rule, before the rules after it count.
        times: Option<u64>,
        /// Who must act when the run ends.
        fault: Fault,
        /// The code of the failure, instead of `http_<status>`.
        code: Option<String>,
        /// What the user can do.
        advice: Option<Said>,
    },
}

/// A request or a call.
#[derive(Debug)]
pub enum Target {
    /// A request to an endpoint of the API.
    Endpoint(EndpointPath),
    /// A call of a function of an SDK. Of what an operation says, nothing but its name and its schema is about a call.
    Function(String),
}

/// The method and the path of the requests of an operation.
#[derive(Debug)]
pub struct EndpointPath {
    /// The HTTP method.
    pub method: Method,
    /// Texts of the path with parameters between them: one text more than parameters.
    pub path: Vec<String>,
    /// The names of the parameters, in their order in the path.
    pub params: Vec<String>,
}

/// An operation of a version.
#[derive(Debug)]
pub struct Operation {
    /// The name.
    pub name: String,
    /// The endpoint or the function.
    pub target: Target,
    /// The file of the JSON Schema of its body, or of the list of its arguments.
    pub schema: Option<String>,
    /// The file of the JSON Schema of the body of its responses.
    pub answer_schema: Option<String>,
    /// How its body is written.
    pub encoding: Encoding,
    /// How its body is compressed.
    pub compress: Option<Compression>,
    /// How its requests are authorized, in place of what the server says.
    pub auth: Option<Auth>,
    /// The rate group that its requests count in.
    pub rate: Option<String>,
    /// Kinds, and paths of objects in its body whose members the API has to know before.
    pub declared: Vec<(String, Vec<PathStep>)>,
    /// Whether it is safe to send a request again when it is unknown whether it arrived.
    pub idempotent: bool,
    /// The query parameters of each request.
    pub query: Vec<Field>,
    /// The headers of each request.
    pub headers: Vec<Field>,
    /// How the items of several events become one request.
    pub batch: Option<BatchPlan>,
    /// What its responses mean, before the rules of the version.
    pub rules: Vec<ResponseRule>,
}

impl Operation {
    /// Returns the method and the path, unless it is a call.
    pub fn endpoint(&self) -> Option<&EndpointPath> {
        match &self.target {
            Target::Endpoint(endpoint) => Some(endpoint),
            Target::Function(_) => None,
        }
    }

    /// Returns the function that is called, unless a request is made.
    pub fn function(&self) -> Option<&str> {
        match &self.target {
            Target::Endpoint(_) => None,
            Target::Function(function) => Some(function),
        }
    }
}

/// Where requests go and what all of them carry.
#[derive(Debug)]
pub struct Server {
    /// The URL, which may depend on settings.
    pub url: Row,
    /// Headers of all requests.
    pub headers: Vec<Field>,
    /// Query parameters of all requests.
    pub query: Vec<Field>,
    /// How all requests are authorized.
    pub auth: Option<Auth>,
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
    ///
    /// ```
    /// use std::time::Duration;
    /// use mapwright::Rate;
    ///
    /// let rate = Rate::new("default", 100, Duration::from_secs(1));
    /// assert_eq!((rate.name.as_str(), rate.requests, rate.headers.limit), ("default", 100, None));
    /// ```
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
    /// The API's name of the error.
    pub code: Option<Row>,
    /// The API's message.
    pub message: Option<Row>,
}

/// A host that requests may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(pub String);

impl HostPattern {
    /// Returns whether the host is meant: the same name, or one more name in front of `*.`.
    pub fn allows(&self, host: &str) -> bool {
        match self.0.strip_prefix("*.") {
            None => self.0.eq_ignore_ascii_case(host),
            Some(rest) => host
                .split_once('.')
                .is_some_and(|(first, tail)| !first.is_empty() && tail.eq_ignore_ascii_case(rest)),
        }
    }
}
