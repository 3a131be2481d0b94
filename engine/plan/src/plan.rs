//! A checked mapping, in the form in which it runs: names are positions, paths are slots.

mod row;

use std::time::Duration;

use jsonpath_rust::parser::model::JpQuery;
use mapwright_json::NodeId;

use crate::run::reach::Reach;
use mapwright_convert::PathStep;
use mapwright_findings::Span;
use mapwright_language::spec::{Class, Encoding, Expr, Fault, Method, StatusSpec, TemplatePart};

pub use row::{Absence, CheckedRow, Claim, Constant, Field, Form, Places, RestOf, Row, Stage};

/// What one version does with one message type.
#[derive(Debug)]
pub struct MessagePlan {
    pub message: String,
    /// Whether only commands ask for it.
    pub command: bool,
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

/// A payload part, or the fields that a step states as its body.
#[derive(Debug)]
pub struct Part {
    pub name: String,
    pub fields: Vec<Field>,
    /// What each of the fields depends on.
    pub depends: Vec<Depends>,
    /// Whether a field spreads an object, so that keys are known only when it is built.
    pub spread: bool,
    /// Whether a step states it, so that only that step reads it.
    pub inline: bool,
    /// Whether that step is repeated, so that it depends on the item.
    pub per_item: bool,
    /// Whether it depends on items or captures, so that it is built anew for each use.
    pub volatile: bool,
}

/// What a field depends on beside the event and the settings.
#[derive(Debug, Default)]
pub struct Depends {
    /// What it reads of other parts.
    pub places: Vec<PartRead>,
    /// The captures that it reads, through other parts too.
    pub captures: Vec<usize>,
}

/// A part that is read, or a field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartRead {
    pub part: usize,
    pub field: Option<usize>,
}

/// What something reads of parts.
#[derive(Debug, Default)]
pub struct Reads {
    pub places: Vec<PartRead>,
    /// The parts that have to be built for it, those that others read first.
    pub parts: Vec<usize>,
}

impl From<Vec<PartRead>> for Reads {
    fn from(mut places: Vec<PartRead>) -> Self {
        places.sort_unstable();
        places.dedup();
        Self { places, parts: Vec::new() }
    }
}

impl Part {
    /// Whether a row of it can reject the event whatever is answered.
    pub fn may_reject_early(&self) -> bool {
        let mut fields = self.fields.iter().zip(&self.depends);
        fields.any(|(field, depends)| depends.captures.is_empty() && field.row.may_reject())
    }

    /// What a field depends on, or all of them.
    pub fn depends(&self, field: Option<usize>) -> &[Depends] {
        match field {
            Some(field) => self.depends.get(field..=field).unwrap_or_default(),
            None => &self.depends,
        }
    }
}

/// One place that a source names.
#[derive(Debug)]
pub struct Place {
    /// As the author wrote it.
    pub text: String,
    pub slot: Slot,
    /// What follows for a path that can name several values: the place is then the list of them.
    pub query: Option<JpQuery>,
}

#[derive(Debug)]
pub enum Slot {
    /// A slot of the event.
    Event(NodeId),
    /// The same place in the destination's options, in each of its spellings.
    Options(Vec<NodeId>),
    Setting(Vec<PathStep>),
    Part {
        part: usize,
        steps: Vec<PathStep>,
    },
    Field {
        part: usize,
        field: usize,
        steps: Vec<PathStep>,
    },
    Capture {
        capture: usize,
        steps: Vec<PathStep>,
    },
    Status,
    Header(String),
    /// A slot of the response's body.
    Body(NodeId),
    Item(Vec<PathStep>),
    Now,
}

/// A condition, resolved.
#[derive(Debug)]
pub struct Condition {
    pub text: String,
    /// The places of the expression's names.
    pub places: Vec<Place>,
    pub expr: Expr,
}

/// A template, resolved.
#[derive(Debug)]
pub struct Template {
    /// The places of the names in it.
    places: Vec<Place>,
    parts: Vec<TemplatePart>,
    has_loop: bool,
}

impl Template {
    pub fn new(places: Vec<Place>, parts: Vec<TemplatePart>) -> Self {
        let has_loop = parts.iter().any(TemplatePart::has_loop);
        Self { places, parts, has_loop }
    }

    /// The places that it reads.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    pub fn parts(&self) -> &[TemplatePart] {
        &self.parts
    }

    /// Whether its places are read again and again.
    pub fn has_loop(&self) -> bool {
        self.has_loop
    }

    /// Whether it only puts names between texts, so that its work needs no bound.
    fn is_plain(&self) -> bool {
        self.parts
            .iter()
            .all(|part| matches!(part, TemplatePart::Text(_) | TemplatePart::Print(Expr::Name(_))))
    }
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
    pub message: String,
}

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
    pub declared: Vec<(String, Vec<String>)>,
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
