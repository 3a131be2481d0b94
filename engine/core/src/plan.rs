//! A checked mapping, in the form in which it runs: names are positions, paths are slots.

use std::sync::Arc;
use std::time::Duration;

use jsonpath_rust::parser::model::JpQuery;
use mapwright_json::{NodeId, Snippet};
use serde_json::Value;

use crate::convert::{Bounds, Conversion, Flatten, Kinds};
use crate::run::reach::Reach;
use crate::source::Span;
use crate::spec::{Class, Compare, Encoding, Fault, Is, Method, OnError, OnMissing, PathStep, StatusSpec};

/// What one version does with one message type.
#[derive(Debug)]
pub(crate) struct MessagePlan {
    pub(crate) message: String,
    /// Whether only commands ask for it.
    pub(crate) command: bool,
    /// The first whose condition holds counts.
    pub(crate) variants: Vec<(String, Condition, Flow)>,
    pub(crate) flow: Flow,
}

/// One flow: what is skipped, built, required and sent.
#[derive(Debug)]
pub(crate) struct Flow {
    /// Names and rows of the order keys.
    pub(crate) order: Vec<(String, Row)>,
    pub(crate) skip: Vec<(Condition, String)>,
    pub(crate) parts: Vec<Part>,
    /// Parts that can be built without a response, those that others read first.
    pub(crate) eager: Vec<usize>,
    pub(crate) require: Vec<Requirement>,
    /// What is said about an event that has what is required.
    pub(crate) warn: Vec<Warn>,
    pub(crate) captures: Vec<String>,
    /// Steps and groups in one line; groups and loops are jumps.
    pub(crate) program: Vec<Instruction>,
    /// What whoever asked gets back.
    pub(crate) result: Option<Part>,
    /// Which captures may have a value where, if every step can be made.
    pub(crate) reach: Reach,
}

/// A payload part.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
    /// Whether a field spreads an object, so that keys are known only when it is built.
    pub(crate) spread: bool,
    /// Whether it reads captures or items, so that it is built anew for each use.
    pub(crate) volatile: bool,
    /// Whether it is built when a step needs it, and not before.
    pub(crate) deferred: bool,
    /// The parts that it reads.
    pub(crate) reads: Vec<usize>,
}

impl Part {
    /// Whether a row of it can reject the event.
    pub(crate) fn may_reject(&self) -> bool {
        self.fields.iter().any(|field| field.row.may_reject())
    }
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The name as JSON text with its colon.
    pub(crate) key: Snippet,
    pub(crate) row: Row,
    pub(crate) span: Span,
}

/// Where one value comes from and what is done to it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) form: Form,
    pub(crate) when: Option<Box<Condition>>,
    pub(crate) unless: Option<Box<Condition>>,
    pub(crate) conversions: Vec<(String, Conversion)>,
    pub(crate) default: Option<Value>,
    pub(crate) keep_null: bool,
    pub(crate) keep_empty: bool,
    pub(crate) on_missing: OnMissing,
    pub(crate) on_error: OnError,
    pub(crate) error: Option<String>,
    /// Whether it reads one place and does nothing else.
    pub(crate) plain: bool,
    pub(crate) output: Output,
    /// Kinds of values that all conversions surely leave as they are.
    pub(crate) kept: Kinds,
    pub(crate) slots: Option<Slots>,
    pub(crate) span: Span,
}

impl Row {
    /// Whether this row, or one inside it, can reject the event.
    fn may_reject(&self) -> bool {
        let any = |rows: &[Row]| rows.iter().any(Row::may_reject);
        self.on_missing == OnMissing::Reject
            || (self.on_error == OnError::Reject && !self.conversions.is_empty())
            || match &self.form {
                Form::Read(_) | Form::Paths(_) | Form::Value(_) | Form::Template(Template::Parts(_)) => false,
                // work and items are bounded
                Form::Template(Template::Jinja(_)) | Form::Each { .. } => true,
                Form::First(rows) | Form::Merge(rows) | Form::Concat(rows) | Form::List(rows) => any(rows),
                Form::Join { parts, .. } => any(parts),
                Form::Member { of, key } => any(of) || key.may_reject(),
                Form::RestOf(rest) => any(&rest.omit),
                Form::Object(fields) => fields.iter().any(|field| field.row.may_reject()),
                Form::Switch { on, cases, otherwise } => {
                    on.may_reject()
                        || cases.iter().any(|(_, row)| row.may_reject())
                        || otherwise.as_ref().is_some_and(|row| row.may_reject())
                }
            }
    }

    /// The slots of the event that it reads first, if it reads some without asking anything before.
    pub(crate) fn first_slots(&self) -> Option<Slots> {
        if self.when.is_some() || self.unless.is_some() {
            return None;
        }
        let slot = |place: &Place| match (&place.slot, &place.query) {
            (Slot::Event(node), None) => Some(*node),
            _ => None,
        };
        let of_row = |row: &Row| match &row.form {
            Form::Read(place) if row.plain => slot(place),
            _ => None,
        };
        let (nodes, alternatives): (Vec<NodeId>, usize) = match &self.form {
            Form::Read(place) => (slot(place).into_iter().collect(), 1),
            Form::Paths(places) => (places.iter().map_while(slot).collect(), places.len()),
            Form::First(rows) => (rows.iter().map_while(of_row).collect(), rows.len()),
            _ => return None,
        };
        let more = nodes.len() < alternatives;
        (!nodes.is_empty()).then(|| Slots { nodes: nodes.into(), more })
    }

    /// Shows this row and all rows inside it.
    pub(crate) fn visit(&mut self, show: &mut dyn FnMut(&mut Row)) {
        show(self);
        match &mut self.form {
            Form::First(rows) | Form::Merge(rows) | Form::Concat(rows) | Form::List(rows) => {
                rows.iter_mut().for_each(|row| row.visit(show));
            }
            Form::Join { parts, .. } => parts.iter_mut().for_each(|row| row.visit(show)),
            Form::Member { of, key } => {
                of.iter_mut().for_each(|row| row.visit(show));
                key.visit(show);
            }
            Form::Object(fields) => fields.iter_mut().for_each(|field| field.row.visit(show)),
            Form::Each { list, to, .. } => {
                list.visit(show);
                to.visit(show);
            }
            Form::Switch { on, cases, otherwise } => {
                on.visit(show);
                cases.iter_mut().for_each(|(_, row)| row.visit(show));
                otherwise.iter_mut().for_each(|row| row.visit(show));
            }
            Form::RestOf(rest) => rest.omit.iter_mut().for_each(|row| row.visit(show)),
            Form::Read(_) | Form::Paths(_) | Form::Value(_) | Form::Template(_) => {}
        }
    }
}

/// Slots of the event that a row reads before anything else.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) nodes: Box<[NodeId]>,
    /// Whether the row has other alternatives after them.
    pub(crate) more: bool,
}

/// How the value of a row gets into the output.
#[derive(Debug, Default)]
pub(crate) enum Output {
    /// It is evaluated, and then written.
    #[default]
    Evaluated,
    /// It is an object whose members are written as they are read, where nothing stands against it.
    MemberByMember(Box<Streamed>),
    /// It is made of rows, each of which is written into its place.
    InPlace,
    /// It is this JSON text, where its condition holds.
    Constant(Snippet),
}

/// What the conversions of a row do to the members of an object, as long as nothing is in their way.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(crate) flatten: Option<Arc<Flatten>>,
    pub(crate) bounds: Bounds,
    /// How many members there may be.
    pub(crate) max: usize,
}

#[derive(Debug)]
pub(crate) enum Form {
    Read(Place),
    First(Vec<Row>),
    /// The same where every alternative is a path and nothing else.
    Paths(Vec<Place>),
    Member {
        of: Vec<Row>,
        key: Box<Row>,
    },
    Value(Value),
    Template(Template),
    Join {
        parts: Vec<Row>,
        with: String,
    },
    Concat(Vec<Row>),
    Merge(Vec<Row>),
    RestOf(Box<RestOf>),
    Object(Vec<Field>),
    List(Vec<Row>),
    Each {
        list: Box<Row>,
        filter: Option<Box<Condition>>,
        to: Box<Row>,
    },
    Switch {
        on: Box<Row>,
        cases: Vec<(String, Row)>,
        otherwise: Option<Box<Row>>,
    },
}

/// One place that a source names.
#[derive(Debug)]
pub(crate) struct Place {
    /// As the author wrote it.
    pub(crate) text: String,
    pub(crate) slot: Slot,
    /// What follows for a path that can name several values: the place is then the list of them.
    pub(crate) query: Option<JpQuery>,
}

#[derive(Debug)]
pub(crate) enum Slot {
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

/// The members of objects that no other row of the part reads.
#[derive(Debug)]
pub(crate) struct RestOf {
    pub(crate) sources: Vec<Place>,
    /// Slots of the event that are left out: other rows read them, or `omit` names them.
    pub(crate) left_out: Vec<NodeId>,
    /// What becomes of the value of each slot of the event, by its place.
    pub(crate) shares: Vec<Share>,
    /// Names to leave out of objects that are no slots of the event.
    pub(crate) names: Vec<String>,
    /// Rows whose values are names to leave out.
    pub(crate) omit: Vec<Row>,
}

/// What a rest takes of a slot of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    All,
    /// Some of what is in it is left out.
    Some,
    None,
}

/// A condition, resolved.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) text: String,
    pub(crate) expr: Expr,
}

#[derive(Debug)]
pub(crate) enum Expr {
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
pub(crate) enum Test {
    Compare(Box<Expr>, Compare, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    /// Whether a place has a value, or has none.
    Defined(Place, bool),
    Is(Box<Expr>, Is),
}

/// A part that minijinja evaluates.
pub(crate) struct Jinja {
    pub(crate) text: String,
    /// For a condition: compiled once.
    pub(crate) expression: Option<minijinja::Expression<'static, 'static>>,
    pub(crate) names: Vec<(Vec<PathStep>, Place)>,
}

impl std::fmt::Debug for Jinja {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Jinja").field(&self.text).finish()
    }
}

#[derive(Debug)]
pub(crate) enum Template {
    /// Names between texts.
    Parts(Vec<Result<String, Place>>),
    Jinja(Jinja),
}

impl Template {
    /// The places that it reads.
    pub(crate) fn places(&self) -> Vec<&Place> {
        match self {
            Template::Parts(parts) => parts.iter().filter_map(|part| part.as_ref().err()).collect(),
            Template::Jinja(jinja) => jinja.names.iter().map(|(_, place)| place).collect(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Requirement {
    pub(crate) when: Option<Condition>,
    pub(crate) need: Need,
    pub(crate) message: String,
    pub(crate) code: String,
    pub(crate) fault: Fault,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum Need {
    Has(Place),
    Any(Vec<Need>),
    All(Vec<Need>),
    That(Condition),
}

/// One instruction of a flow.
#[derive(Debug)]
pub(crate) enum Instruction {
    /// A step that calls an operation.
    Call(Box<Call>),
    /// A group, a loop, or both: skipped up to `end` when its condition does not hold or its list is empty.
    Enter { guard: Box<Guard>, list: Option<Box<Repeat>>, end: usize },
    /// The end of the group that starts at `start`.
    Leave { start: usize },
}

/// What a step is repeated for.
#[derive(Debug)]
pub(crate) struct Repeat {
    pub(crate) list: Row,
    /// Which items count.
    pub(crate) filter: Option<Condition>,
}

/// `when` and `unless` of a step.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    pub(crate) when: Option<Condition>,
    pub(crate) unless: Option<Condition>,
    /// Parts to build anew before the conditions are asked.
    pub(crate) reads: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) guard: Guard,
    /// Position in the version's operations.
    pub(crate) operation: usize,
    /// One row for each parameter of the operation's path, in its order.
    pub(crate) params: Vec<Row>,
    pub(crate) query: Vec<Field>,
    pub(crate) headers: Vec<Field>,
    pub(crate) body: Option<Body>,
    /// Parts to build anew before the request.
    pub(crate) reads: Vec<usize>,
    pub(crate) capture: Vec<(usize, Row)>,
    pub(crate) rules: Vec<ResponseRule>,
    pub(crate) warn: Vec<Warn>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum Body {
    Part(usize),
    Fields(Part),
}

#[derive(Debug)]
pub(crate) struct Warn {
    pub(crate) when: Option<Condition>,
    /// Parts that may have to be built before the condition is asked.
    pub(crate) reads: Vec<usize>,
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Debug)]
pub(crate) struct ResponseRule {
    pub(crate) status: Vec<StatusSpec>,
    pub(crate) when: Option<Condition>,
    pub(crate) capture: Vec<(usize, Row)>,
    pub(crate) end: RuleEnd,
}

#[derive(Debug)]
pub(crate) enum RuleEnd {
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
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: Method,
    /// Texts of the path with parameters between them: one text more than parameters.
    pub(crate) path: Vec<String>,
    pub(crate) params: Vec<String>,
    pub(crate) schema: Option<String>,
    pub(crate) encoding: Encoding,
    pub(crate) rate: Option<String>,
    /// Kinds, and paths of objects in its body whose members the API has to know before.
    pub(crate) declared: Vec<(String, Vec<String>)>,
    pub(crate) idempotent: bool,
    pub(crate) query: Vec<Field>,
    pub(crate) headers: Vec<Field>,
    pub(crate) rules: Vec<ResponseRule>,
}

/// Where requests go and what all of them carry.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: Row,
    pub(crate) headers: Vec<Field>,
    pub(crate) query: Vec<Field>,
    pub(crate) basic: Option<(Row, Option<Row>)>,
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
pub(crate) struct ErrorRows {
    pub(crate) code: Option<Row>,
    pub(crate) message: Option<Row>,
}

/// A host that requests may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPattern(pub(crate) String);

impl HostPattern {
    /// Whether the host is meant: the same name, or one more name in front of `*.`.
    pub(crate) fn allows(&self, host: &str) -> bool {
        match self.0.strip_prefix("*.") {
            None => self.0.eq_ignore_ascii_case(host),
            Some(rest) => host
                .split_once('.')
                .is_some_and(|(first, tail)| !first.is_empty() && tail.eq_ignore_ascii_case(rest)),
        }
    }
}
