//! Flows: what is skipped, required, built and sent for a message type.

use mapwright_findings::Span;
use mapwright_language::spec::Fault;

use crate::plan::expression::Condition;
use crate::plan::part::{Part, Reads};
use crate::plan::place::Place;
use crate::plan::program::{Instruction, Warn};
use crate::plan::reach::Reach;
use crate::plan::row::Row;

/// What one version does with one message type.
#[derive(Debug)]
pub struct MessagePlan {
    pub message: String,
    /// Whether only commands ask for it.
    pub command: bool,
    /// Whether it removes something for good.
    pub destructive: bool,
    /// The first whose condition holds counts.
    pub variants: Vec<(String, Condition, Flow)>,
    pub flow: Flow,
}

/// One flow: what is skipped, built, required and sent.
#[derive(Debug)]
pub struct Flow {
    /// Names and rows of the order keys.
    pub order: Vec<(String, Row)>,
    pub skip: Vec<(Condition, String)>,
    /// Those of the payload, then the bodies that steps state and the result.
    pub parts: Vec<Part>,
    /// Parts of the payload that something reads and that depend on no response, those that others read first.
    pub eager: Vec<usize>,
    /// Parts of which a row can reject the event whatever is answered, those that others read first.
    pub early: Vec<usize>,
    /// Whether steps can reject the event whatever is answered, so that they have to be gone through before the first request.
    pub rehearsed: bool,
    pub require: Vec<Requirement>,
    /// What is said about an event that has what is required.
    pub warn: Vec<Warn>,
    pub captures: Vec<String>,
    /// Steps and groups in one line; groups and loops are jumps.
    pub program: Vec<Instruction>,
    /// The part that whoever asked gets back.
    pub result: Option<Reads>,
    /// Which captures may have a value where, if every step can be made.
    pub reach: Reach,
}

#[derive(Debug)]
pub struct Requirement {
    pub when: Option<Condition>,
    pub need: Need,
    pub reads: Reads,
    pub message: String,
    pub code: String,
    pub fault: Fault,
    pub span: Span,
}

#[derive(Debug)]
pub enum Need {
    Has(Place),
    Any(Vec<Need>),
    All(Vec<Need>),
    That(Condition),
}
