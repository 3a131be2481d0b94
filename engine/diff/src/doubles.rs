//! What doubles of the API received from both sides: requests with their responses, and what became of each resource.

use schemars::JsonSchema;
use serde::Serialize;

use crate::events::{Difference, Example, OutcomeCount};

/// What two doubles received, one of each side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct DoublesReport {
    /// The number of events that were delivered.
    pub events: u64,
    /// How many of them end otherwise, or send other requests of their own. Requests that several events share are not counted here.
    pub differing: u64,
    /// Whether events share requests, so that none of them has requests of its own to compare.
    pub shared: bool,
    /// Events by how they end, before and now.
    pub outcomes: Vec<OutcomeCount>,
    /// Requests by what they were and what they were answered.
    pub requests: Vec<RequestCount>,
    /// The places in which requests differ, those of most requests first.
    pub fields: Vec<PlaceCount>,
    /// The differences of the final state.
    pub state: State,
    /// The parts that were not compared because of limits.
    pub left_out: Vec<String>,
}

/// Requests of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequestCount {
    /// The HTTP method.
    pub method: String,
    /// The path, with parameters as in `/people/{id}`; none, if the requests were refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The status of the response.
    pub status: u16,
    /// The reasons of refusals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// How many there were before.
    pub old: u64,
    /// How many there are now.
    pub new: u64,
}

/// A place that differs, in a request or in a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlaceCount {
    /// The method and path of the request, or the path of the resource.
    pub of: String,
    /// The place in the body, or a query parameter with `?` before its name.
    pub place: String,
    /// How it differs.
    pub difference: Difference,
    /// In how many requests or resources.
    pub times: u64,
    /// One of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// The final state at the API. A resource is a path with values for all of its parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct State {
    /// The resources that the old side leaves.
    pub old: u64,
    /// Those that the new side leaves.
    pub new: u64,
    /// Resources that only one side leaves.
    pub resources: Vec<ResourceCount>,
    /// The places in which resources of both sides differ.
    pub fields: Vec<PlaceCount>,
    /// Writes that leave no resource, as a method with its path: only their requests are compared.
    pub requests_only: Vec<String>,
}

/// Resources of a path that only one side leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceCount {
    /// The path with its parameters.
    pub path: String,
    /// `added` or `removed`.
    pub difference: Difference,
    /// How many.
    pub resources: u64,
    /// One of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

impl DoublesReport {
    /// Returns whether both sides do the same.
    pub fn is_same(&self) -> bool {
        self.differing == 0
            && self.fields.is_empty()
            && self.requests.iter().all(|count| count.old == count.new)
            && self.state.resources.is_empty()
            && self.state.fields.is_empty()
    }

    /// Returns the report as sections: a title, and lines in which names and values stand in backticks.
    pub fn sections(&self) -> Vec<(String, Vec<String>)> {
        let delivered = vec![match self.shared {
            true => format!("{} of {} end otherwise; they share requests", self.differing, self.events),
            false => format!("{} of {} differ", self.differing, self.events),
        }];
        let mut all = vec![("delivered to doubles".to_owned(), delivered)];
        let mut add = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                all.push((title.to_owned(), lines));
            }
        };
        add("what became of events", self.outcomes.iter().map(OutcomeCount::line).collect());
        add("requests", self.requests.iter().map(RequestCount::line).collect());
        add("fields of requests", self.fields.iter().map(|count| count.line("request")).collect());
        add("final state", self.state.lines());
        add("not compared", self.left_out.clone());
        all
    }
}

impl RequestCount {
    fn line(&self) -> String {
        let Self { method, path, status, refused, old, new } = self;
        let what = match path {
            Some(path) => format!("`{method} {path}`"),
            None => format!("`{method}`"),
        };
        let answer = match refused {
            Some(code) => format!("refused with {status} ({code})"),
            None => format!("answered with {status}"),
        };
        match old == new {
            true => format!("{what} {answer}: {new}"),
            false => format!("{what} {answer}: {new}, before {old}"),
        }
    }
}

impl PlaceCount {
    fn line(&self, unit: &str) -> String {
        let Self { of, place, difference, times, example } = self;
        let example = example.as_ref().map(|example| format!("; {}", example.text())).unwrap_or_default();
        format!("{}: `{place}` of `{of}` {}{example}", counted(*times, unit), difference.word())
    }
}

impl State {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.old > 0 || self.new > 0 {
            lines.push(format!("{}, before {}", counted(self.new, "resource"), self.old));
        }
        lines.extend(self.resources.iter().map(|count| {
            let example =
                count.example.as_ref().map(|example| format!("; {}", example.text())).unwrap_or_default();
            format!(
                "{} of `{}` {}{example}",
                counted(count.resources, "resource"),
                count.path,
                count.difference.word()
            )
        }));
        lines.extend(self.fields.iter().map(|count| count.line("resource")));
        if !self.requests_only.is_empty() {
            let calls: Vec<String> = self.requests_only.iter().map(|call| format!("`{call}`")).collect();
            lines.push(format!(
                "compared by requests alone, since no id is in the path: {}",
                calls.join(", ")
            ));
        }
        lines
    }
}

fn counted(number: u64, unit: &str) -> String {
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}
