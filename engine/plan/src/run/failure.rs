//! How runs fail: as a whole, or for some of the items that a step is repeated for.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::problem::{Answered, ApiError, Problem};
use crate::rejection::FaultOf;

/// Why a run has failed at a response.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[error("{}{}", Answered { step, status: *status, code, advice: advice.as_deref() }, Count(items))]
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
    /// What the API says, as far as the mapping finds it in the response.
    #[serde(skip_serializing_if = "ApiError::is_empty")]
    pub api: Box<ApiError>,
    /// The items that are not done, of steps with `on_failure: continue`. All others are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<FailedItem>,
}

impl Failure {
    /// Creates the failure of a step.
    pub(crate) fn of_step(step: &str, problem: Problem) -> Self {
        let Problem { status, code, message: _, fault, advice, api } = problem;
        let api = Box::new(api);
        Self { step: step.to_owned(), status, code, fault, advice, api, items: Vec::new() }
    }

    /// Creates the failure of a run at its end of which these items have failed: it is that of the first one.
    pub(crate) fn of_items(items: Vec<FailedItem>) -> Option<Self> {
        let first = items.iter().find(|item| item.problem.status.is_some()).or(items.first())?;
        let failure = Self::of_step(&first.step, first.problem.clone());
        Some(Self { items, ..failure })
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
