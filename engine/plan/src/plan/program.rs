//! The steps of a flow as instructions.

use std::sync::Arc;
use std::time::Duration;

use mapwright_findings::Span;

use crate::plan::expression::{Condition, Said};
use crate::plan::operation::ResponseRule;
use crate::plan::part::{PartRead, Reads};
use crate::plan::row::{Field, Row};

/// One instruction of a flow.
#[derive(Debug)]
pub enum Instruction {
    /// A step that calls an operation.
    Call(Box<Call>),
    /// A group, a loop, or both: skipped up to `end` when its condition does not hold or its list is empty.
    Enter {
        /// The condition under which the steps run.
        guard: Box<Guard>,
        /// The list whose items the steps are repeated for.
        list: Option<Box<Repeat>>,
        /// The instruction after the group.
        end: usize,
    },
    /// The end of the group that starts at `start`.
    Leave {
        /// The instruction that enters the group.
        start: usize,
    },
}

/// The list over which a step is repeated.
#[derive(Debug)]
pub struct Repeat {
    /// The row of the list.
    pub list: Row,
    /// The condition that selects items.
    pub filter: Option<Condition>,
    /// The payload parts that list and filter read.
    pub reads: Reads,
    /// The captures that list and filter read, through parts too.
    pub captures: Vec<usize>,
    /// With `on_failure: continue`, the name of the step, after those of its groups.
    pub continues: Option<String>,
}

/// `when` and `unless` of a step.
#[derive(Debug, Default)]
pub struct Guard {
    /// The condition of `when`.
    pub when: Option<Condition>,
    /// The condition of `unless`.
    pub unless: Option<Condition>,
    /// The payload parts that both read.
    pub reads: Reads,
    /// The captures that the conditions read, through parts too.
    pub captures: Vec<usize>,
}

impl Guard {
    /// Returns its conditions.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.when.iter().chain(&self.unless)
    }
}

/// A step that sends a request, or calls a function of an SDK.
#[derive(Debug)]
pub struct Call {
    /// The name of the step.
    pub name: Arc<str>,
    /// The condition under which it runs.
    pub guard: Guard,
    /// Position in the version's operations.
    pub operation: usize,
    /// One row for each parameter of the operation's path, in its order.
    pub params: Vec<Row>,
    /// Query parameters, after those of the operation.
    pub query: Vec<Field>,
    /// Headers, which replace those of the operation with the same name.
    pub headers: Vec<Field>,
    /// The part that is the body, or the list of arguments.
    pub body: Option<usize>,
    /// What the request reads, and whatever judges its response.
    pub reads: Reads,
    /// The parts that every event needs: the body, and those that judge the response.
    pub needs: Vec<PartRead>,
    /// Whether parameters, query, headers or the encoding of the body can reject the event whatever is answered.
    pub may_reject_early: bool,
    /// The captures that an accepted response sets, by their position in the flow.
    pub capture: Vec<(usize, Row)>,
    /// What its responses mean, before the rules of the operation.
    pub rules: Vec<ResponseRule>,
    /// How it continues to the next page, if a response is one page of several.
    pub page: Option<Page>,
    /// How long a response is kept for other events.
    pub cache: Option<CachePlan>,
    /// The warnings that an accepted response may cause.
    pub warn: Vec<Warn>,
    /// Its position.
    pub span: Span,
}

/// How long a response is kept, and when it is requested again.
#[derive(Debug)]
pub struct CachePlan {
    /// How long it is kept.
    pub time: Duration,
    /// When what was kept is too old; without a condition never.
    pub renew: Guard,
}

/// How a step continues to the next page.
#[derive(Debug)]
pub struct Page {
    /// The row of the value that requests the next page; it is absent after the last page.
    pub next: Row,
    /// The capture that it is.
    pub capture: usize,
    /// The most pages.
    pub most: usize,
    /// Its position.
    pub span: Span,
}

/// A warning that the mapping states.
#[derive(Debug)]
pub struct Warn {
    /// The condition under which it is given.
    pub when: Option<Condition>,
    /// What it reads.
    pub reads: Reads,
    /// The stable code.
    pub code: String,
    /// The message for the user.
    pub message: Said,
    /// Its position.
    pub span: Span,
}
