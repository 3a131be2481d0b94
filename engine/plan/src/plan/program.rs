//! The steps of a flow as instructions.

use mapwright_findings::Span;

use crate::plan::expression::{Condition, Template};
use crate::plan::operation::ResponseRule;
use crate::plan::part::Reads;
use crate::plan::row::{Field, Row};

/// One instruction of a flow.
#[derive(Debug)]
pub enum Instruction {
    /// A step that calls an operation.
    Call(Box<Call>),
    /// A group, a loop, or both: skipped up to `end` when its condition does not hold or its list is empty.
    Enter { guard: Box<Guard>, list: Option<Box<Repeat>>, end: usize },
    /// The end of the group that starts at `start`.
    Leave { start: usize },
}

/// What a step is repeated for.
#[derive(Debug)]
pub struct Repeat {
    pub list: Row,
    /// Which items count.
    pub filter: Option<Condition>,
    pub reads: Reads,
    /// The captures that list and filter read, through parts too.
    pub captures: Vec<usize>,
}

/// `when` and `unless` of a step.
#[derive(Debug, Default)]
pub struct Guard {
    pub when: Option<Condition>,
    pub unless: Option<Condition>,
    pub reads: Reads,
    /// The captures that the conditions read, through parts too.
    pub captures: Vec<usize>,
}

#[derive(Debug)]
pub struct Call {
    pub name: String,
    pub guard: Guard,
    /// Position in the version's operations.
    pub operation: usize,
    /// One row for each parameter of the operation's path, in its order.
    pub params: Vec<Row>,
    pub query: Vec<Field>,
    pub headers: Vec<Field>,
    /// The part that is the body.
    pub body: Option<usize>,
    /// What the request reads, and whatever judges its response.
    pub reads: Reads,
    /// Whether parameters, query or headers read captures.
    pub own_captures: bool,
    /// Whether these can reject the event whatever is answered.
    pub may_reject_early: bool,
    pub capture: Vec<(usize, Row)>,
    pub rules: Vec<ResponseRule>,
    pub warn: Vec<Warn>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Warn {
    pub when: Option<Condition>,
    /// For one about the event: what it reads. That of a step is read with what the step reads.
    pub reads: Reads,
    pub code: String,
    pub message: Template,
    /// The message as the mapping writes it.
    pub written: String,
}
