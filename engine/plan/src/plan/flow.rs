//! Flows: what is skipped, required, built and sent for a message type.

use mapwright_findings::Span;
use mapwright_language::spec::Fault;

use crate::plan::expression::{Condition, Said};
use crate::plan::part::{Part, Reads};
use crate::plan::place::Place;
use crate::plan::program::{Instruction, Warn};
use crate::plan::reach::{Reach, Ways};
use crate::plan::row::Row;
use crate::plan::turns::StepOrder;

/// The plan of one message type in one version.
#[derive(Debug)]
pub struct MessagePlan {
    /// The message types, in lower case.
    pub messages: Vec<String>,
    /// Whether only commands ask for it.
    pub command: bool,
    /// Whether it removes something for good.
    pub destructive: bool,
    /// The first whose condition holds counts.
    pub variants: Vec<(String, Condition, Flow)>,
    /// The rule for events that no variant accepts.
    pub flow: Flow,
}

/// One flow: what is skipped, built, required and sent.
#[derive(Debug)]
pub struct Flow {
    /// Names and rows of the order keys.
    pub order: Vec<(String, Row)>,
    /// Order keys of steps.
    pub step_order: Vec<StepOrder>,
    /// The `skip` rules; the first whose condition holds applies.
    pub skip: Vec<SkipRule>,
    /// Those of the payload, then the bodies that steps state and the result.
    pub parts: Vec<Part>,
    /// Parts of the payload that something reads and that depend on no response, after the parts that they read.
    pub eager: Vec<usize>,
    /// Parts of which a row can reject the event whatever is answered, those that others read first.
    pub early: Vec<usize>,
    /// Whether steps can reject the event whatever is answered, so that they have to be gone through before the first request.
    pub rehearsed: bool,
    /// The requirements of events.
    pub require: Vec<Requirement>,
    /// The `warn` rules, for events that meet the requirements.
    pub warn: Vec<Warn>,
    /// What tests state of every event, if they were loaded.
    pub properties: Vec<Property>,
    /// The names of the captures; a capture is referred to by its position in this list.
    pub captures: Vec<String>,
    /// Steps and groups in one line; groups and loops are jumps.
    pub program: Vec<Instruction>,
    /// Whether its steps call functions of an SDK; then none of them makes a request.
    pub calls: bool,
    /// The part with the result for the caller.
    pub result: Option<Reads>,
    /// Where a run can go from each instruction.
    pub ways: Ways,
    /// The captures that may have a value at each place, if every step can be sent.
    pub reach: Reach,
}

/// A condition that skips an event.
#[derive(Debug)]
pub struct SkipRule {
    /// The condition.
    pub when: Condition,
    /// The payload parts that it reads.
    pub reads: Reads,
    /// The reason.
    pub reason: Said,
    /// The payload parts that the reason reads.
    pub said: Reads,
    /// Its position.
    pub span: Span,
}

/// A condition that an event must meet to be mapped.
#[derive(Debug)]
pub struct Requirement {
    /// The condition under which it must be met.
    pub when: Option<Condition>,
    /// The required sources.
    pub need: Need,
    /// The payload parts that it reads.
    pub reads: Reads,
    /// The message of the rejection.
    pub message: Said,
    /// The payload parts that the message reads.
    pub said: Reads,
    /// The code of the rejection.
    pub code: String,
    /// Who must act.
    pub fault: Fault,
    /// Its position.
    pub span: Span,
}

/// A requirement of events.
#[derive(Debug)]
pub enum Need {
    /// The place has a value.
    Has(Place),
    /// At least one of these is met.
    Any(Vec<Need>),
    /// All of these are met.
    All(Vec<Need>),
    /// The condition holds.
    That(Condition),
}

/// What a test states of every event. Conditions may also read what became of it.
#[derive(Debug)]
pub struct Property {
    /// Where its name stands.
    pub name: Span,
    /// Of which events it holds.
    pub when: Option<Condition>,
    /// What holds.
    pub must: Vec<Condition>,
    /// The payload parts that the conditions read.
    pub reads: Reads,
}
