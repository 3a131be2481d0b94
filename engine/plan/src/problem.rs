//! What has failed, and what the API says of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rejection::{FaultOf, Rejection};
use mapwright_language::spec::Fault;

/// What has failed for an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// The response's status, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Stable name: the mapping's, `http_<status>`, that of a rejection, or `not_tried`.
    pub code: String,
    /// The message for the user.
    pub message: String,
    /// Who must act.
    pub fault: FaultOf,
    /// What the user can do, if the mapping states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// What the API says.
    #[serde(default, skip_serializing_if = "ApiError::is_empty")]
    pub api: ApiError,
}

impl Problem {
    /// Creates a problem without a response.
    pub fn new(code: impl Into<String>, message: impl Into<String>, fault: FaultOf) -> Self {
        Self {
            status: None,
            code: code.into(),
            message: message.into(),
            fault,
            advice: None,
            api: ApiError::default(),
        }
    }

    /// Adds the status of the response, and what the API says.
    ///
    /// ```
    /// use mapwright::{ApiError, FaultOf, Problem};
    ///
    /// let problem = Problem::new("gone", "the API no longer knows the person", FaultOf::Destination);
    /// assert_eq!(problem.answered(Some(410), ApiError::default()).status, Some(410));
    /// ```
    #[must_use]
    pub fn answered(mut self, status: Option<u16>, api: ApiError) -> Self {
        self.status = status;
        self.api = api;
        self
    }

    /// Creates the problem of a step whose response is a failure.
    pub(crate) fn of_response(step: &str, status: u16, failed: Failed<'_>, api: ApiError) -> Self {
        let Failed { fault, code, advice } = failed;
        let code = code.map_or_else(|| format!("http_{status}"), str::to_owned);
        let status = Some(status);
        let message = Answered { step, status, code: &code, advice: advice.as_deref() }.to_string();
        Self { status, code, message, fault: fault.into(), advice, api }
    }

    pub(crate) fn of_rejection(rejection: &Rejection) -> Self {
        Self::new(&rejection.code, &rejection.message, rejection.fault)
    }
}

/// How a mapping describes a failure.
#[derive(Debug, Clone)]
pub(crate) struct Failed<'p> {
    pub fault: Fault,
    /// A stable name, in place of `http_<status>`.
    pub code: Option<&'p str>,
    pub advice: Option<String>,
}

/// What an API says about an error, in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiError {
    /// Its name of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it says about the error. May hold values of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl ApiError {
    /// Returns whether the API says nothing.
    pub fn is_empty(&self) -> bool {
        self.code.is_none() && self.message.is_none()
    }
}

/// The code of the failure of an item that a response names.
pub(crate) const ITEM_FAILED: &str = "item_failed";

/// What a response meant that ends a step, in words.
pub(crate) struct Answered<'a> {
    pub step: &'a str,
    pub status: Option<u16>,
    pub code: &'a str,
    pub advice: Option<&'a str>,
}

impl fmt::Display for Answered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "`{}` was answered with {status}", self.step)?,
            None => write!(f, "`{}` failed", self.step)?,
        }
        if self.status.is_some() && self.code == ITEM_FAILED {
            f.write_str(", which names this item as failed")?;
        }
        self.advice.map_or(Ok(()), |advice| write!(f, ": {advice}"))
    }
}
