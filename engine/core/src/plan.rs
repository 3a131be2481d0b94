//! A checked mapping, in the form in which it runs: names are positions, paths are slots.

mod row;

use std::time::Duration;

use jsonpath_rust::parser::model::JpQuery;
use mapwright_json::NodeId;
use serde_json::Value;

use crate::run::reach::Reach;
use crate::source::Span;
use crate::spec::{Class, Compare, Encoding, Fault, Is, Method, PathStep, StatusSpec};

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
    pub parts: Vec<Part>,
    /// Parts that can be built without a response, those that others read first.
    pub eager: Vec<usize>,
    pub require: Vec<Requirement>,
    /// What is said about an event that has what is required.
    pub warn: Vec<Warn>,
    pub captures: Vec<String>,
    /// Steps and groups in one line; groups and loops are jumps.
    pub program: Vec<Instruction>,
    /// What whoever asked gets back.
    pub result: Option<Part>,
    /// Which captures may have a value where, if every step can be made.
    pub reach: Reach,
}

/// A payload part.
#[derive(Debug)]
pub struct Part {
    pub name: String,
    pub fields: Vec<Field>,
    /// Whether a field spreads an object, so that keys are known only when it is built.
    pub spread: bool,
    /// Whether it reads captures or items, so that it is built anew for each use.
    pub volatile: bool,
    /// Whether it is built when a step needs it, and not before.
    pub deferred: bool,
    /// The parts that it reads.
    pub reads: Vec<usize>,
}

impl Part {
    /// Whether a row of it can reject the event.
    pub fn may_reject(&self) -> bool {
        self.fields.iter().any(|field| field.row.may_reject())
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
    Body(Vec<PathStep>),
    Item(Vec<PathStep>),
    Now,
}

/// A condition, resolved.
#[derive(Debug)]
pub struct Condition {
    pub text: String,
    pub expr: Expr,
}

#[derive(Debug)]
pub enum Expr {
    Const(Value),
    Place(Place),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Test(Test),
    Jinja(Jinja),
}

/// A part of a condition that is true or false, once everything is known.
#[derive(Debug)]
pub enum Test {
    Compare(Box<Expr>, Compare, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    /// Whether a place has a value, or has none.
    Defined(Place, bool),
    Is(Box<Expr>, Is),
}

/// A part that minijinja evaluates.
pub struct Jinja {
    pub text: String,
    /// For a condition: compiled once.
    pub expression: Option<minijinja::Expression<'static, 'static>>,
    pub names: Vec<(Vec<PathStep>, Place)>,
}

impl std::fmt::Debug for Jinja {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Jinja").field(&self.text).finish()
    }
}

#[derive(Debug)]
pub enum Template {
    /// Names between texts.
    Parts(Vec<Result<String, Place>>),
    Jinja(Jinja),
}

impl Template {
    /// The places that it reads.
    pub fn places(&self) -> Vec<&Place> {
        match self {
            Template::Parts(parts) => parts.iter().filter_map(|part| part.as_ref().err()).collect(),
            Template::Jinja(jinja) => jinja.names.iter().map(|(_, place)| place).collect(),
        }
    }
}

#[derive(Debug)]
pub struct Requirement {
    pub when: Option<Condition>,
    pub need: Need,
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
}

/// `when` and `unless` of a step.
#[derive(Debug, Default)]
pub struct Guard {
    pub when: Option<Condition>,
    pub unless: Option<Condition>,
    /// Parts to build anew before the conditions are asked.
    pub reads: Vec<usize>,
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
    pub body: Option<Body>,
    /// Parts to build anew before the request.
    pub reads: Vec<usize>,
    pub capture: Vec<(usize, Row)>,
    pub rules: Vec<ResponseRule>,
    pub warn: Vec<Warn>,
    pub span: Span,
}

#[derive(Debug)]
pub enum Body {
    Part(usize),
    Fields(Part),
}

#[derive(Debug)]
pub struct Warn {
    pub when: Option<Condition>,
    /// Parts that may have to be built before the condition is asked.
    pub reads: Vec<usize>,
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
