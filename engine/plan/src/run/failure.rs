//! How runs fail: as a whole, or for some of the items that a step is repeated for.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rejection::{FaultOf, Rejection};

/// Why a run has failed at a response.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[error("{}{}", Answered { step, status: *status, advice: advice.as_deref() }, Count(items))]
pub struct Failure {
    /// The step.
    pub step: String,
    /// The response's status; nothing, if only items failed and none of them because of a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Stable name: the mapping's, or `http_<status>`.
    pub code: String,
    /// Who must act.
    pub fault: FaultOf,
    /// What the user can do, if the mapping states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The items that are not done, of steps with `on_failure: continue`. All others are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<FailedItem>,
}

impl Failure {
    pub(crate) fn new(step: &str, status: Option<u16>, code: String, fault: FaultOf) -> Self {
        Self { step: step.to_owned(), status, code, fault, advice: None, items: Vec::new() }
    }

    /// That of a run which has come to its end, and of which these items have failed: it is that of the first one.
    pub(crate) fn of_items(items: Vec<FailedItem>) -> Option<Self> {
        let first = items.iter().find(|item| item.problem.status.is_some()).or(items.first())?;
        let Problem { status, code, fault, advice, .. } = first.problem.clone();
        Some(Self { step: first.step.clone(), status, code, fault, advice, items })
    }
}

/// An item for which a step with `on_failure: continue` has failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedItem {
    /// The step that is repeated, after the groups that it is in: `group.step`.
    pub for_each: String,
    /// The item's position in the list, from 0.
    pub index: usize,
    /// How many items the list has.
    pub of: usize,
    /// The item; secrets are redacted.
    pub item: Value,
    /// The step that has failed.
    pub step: String,
    /// What has failed.
    #[serde(flatten)]
    pub problem: Problem,
}

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
    #[must_use]
    pub fn answered(mut self, status: Option<u16>, api: ApiError) -> Self {
        self.status = status;
        self.api = api;
        self
    }

    pub(crate) fn of_failure(failure: &Failure, api: ApiError) -> Self {
        let Failure { status, code, fault, advice, .. } = failure.clone();
        Self { status, code, message: failure.to_string(), fault, advice, api }
    }

    pub(crate) fn of_rejection(rejection: &Rejection) -> Self {
        Self::new(&rejection.code, &rejection.message, rejection.fault)
    }
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
    /// Whether the API says nothing.
    pub fn is_empty(&self) -> bool {
        self.code.is_none() && self.message.is_none()
    }
}

struct Answered<'a> {
    step: &'a str,
    status: Option<u16>,
    advice: Option<&'a str>,
}

impl fmt::Display for Answered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "`{}` was answered with {status}", self.step)?,
            None => write!(f, "`{}` failed", self.step)?,
        }
        self.advice.map_or(Ok(()), |advice| write!(f, ": {advice}"))
    }
}

/// How many of the items failed, if there is more than one.
struct Count<'a>(&'a [FailedItem]);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.first() {
            Some(first) if first.of > 1 => {
                let failed = self.0.iter().filter(|item| item.for_each == first.for_each).count();
                write!(f, "; {failed} of {} items of `{}` failed", first.of, first.for_each)
            }
            _ => Ok(()),
        }
    }
}
