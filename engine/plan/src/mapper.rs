//! A plan with its settings: what events are given to.

use std::fmt;
use std::sync::Arc;

use mapwright_json::{
    Doc, NodeId, Scratch as JsonScratch, SyntaxError, SyntaxErrorKind, TrieBuilder, scan, walk,
};
use serde_json::Value;

use crate::admission::{Message, Skip};
use crate::limits::Limits;
use crate::plan::{Flow, MessagePlan, Rate};
use crate::redact::Redactor;
use crate::run::Run;
use crate::run::condition::holds;
use crate::run::explain::{Became, Explanation, Recorder};
use crate::run::listener::{Listener, Nobody, Notice};
use crate::run::part::BuiltPart;
use crate::run::request::{Fixed, Request};
use crate::run::scope::Scope;
use crate::settings::{Bound, SettingsError};
use crate::version::{Plan, VersionPlan};
use mapwright_findings::suggest;
use mapwright_language::spec::Fault;

/// A plan with its settings bound. `Send + Sync`, cheap to clone; one serves all threads.
#[derive(Clone)]
pub struct Mapper {
    pub inner: Arc<MapperInner>,
}

/// Prints no values of settings.
impl fmt::Debug for Mapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Prints no values of settings.
impl fmt::Debug for MapperInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, settings, limits, commands, .. } = self;
        let mut shown = f.debug_struct("Mapper");
        shown.field("destination", &plan.destination.name).field("version", &plan.number);
        shown.field("settings", settings).field("limits", limits).field("commands", commands);
        shown.finish_non_exhaustive()
    }
}

pub struct MapperInner {
    pub plan: Arc<VersionPlan>,
    pub settings: Bound,
    /// What all requests share: server, headers, query.
    pub fixed: Fixed,
    pub limits: Limits,
    /// Whether it maps what only commands ask for.
    pub commands: bool,
}

/// An event: its bytes, or a parsed tree.
#[derive(Debug, Clone, Copy)]
pub enum Event<'e> {
    /// JSON text.
    Bytes(&'e [u8]),
    /// A parsed event.
    Value(&'e Value),
}

impl<'e> From<&'e [u8]> for Event<'e> {
    fn from(bytes: &'e [u8]) -> Self {
        Event::Bytes(bytes)
    }
}

impl<'e> From<&'e str> for Event<'e> {
    fn from(text: &'e str) -> Self {
        Event::Bytes(text.as_bytes())
    }
}

impl<'e> From<&'e Value> for Event<'e> {
    fn from(value: &'e Value) -> Self {
        Event::Value(value)
    }
}

/// Buffers for mapping events one after the other; one for each thread.
#[derive(Default)]
pub struct Scratch {
    pub json: JsonScratch,
    pub buffers: Buffers,
}

/// Prints nothing of the mapped events, which may contain secrets.
impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

impl Scratch {
    /// Empty buffers, which grow to what events need.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Built parts and captured values.
#[derive(Default)]
pub struct Buffers {
    /// For each part of the flow, what was built of it.
    pub parts: Vec<BuiltPart>,
    /// For each capture of the flow, what it gave.
    pub captures: Vec<Option<Value>>,
    /// Where the wanted values of a response stand.
    pub response: JsonScratch,
}

impl Buffers {
    pub fn reset(&mut self, flow: &Flow) {
        self.parts.resize_with(flow.parts.len(), BuiltPart::default);
        self.parts.iter_mut().for_each(BuiltPart::forget);
        self.captures.clear();
        self.captures.resize(flow.captures.len(), None);
    }
}

/// What becomes of an event.
#[derive(Debug)]
pub enum Outcome<'e> {
    /// It has requests.
    Mapped(Box<Run<'e>>),
    /// It is not for this destination.
    Skipped {
        /// Its message type, where it has one.
        message: String,
        /// Which rule says so.
        skip: Skip,
    },
    /// It cannot be mapped.
    Rejected {
        /// Its message type, where it has one.
        message: String,
        /// Why.
        rejection: Box<Rejection>,
    },
}

/// Why an event cannot be mapped, or a run cannot go on.
#[derive(Debug, Clone, PartialEq, serde::Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Stable name: `invalid_json`, `missing_type`, `missing_required`, `invalid_value`, `limit_exceeded`, `schema_violation`,
    /// `invalid_parameter`, `invalid_header`, or one that the mapping gives.
    pub code: String,
    /// The field, as in `contact.signed_up_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the user reads.
    pub message: String,
    /// Who has to act: `event`, `settings` or `destination`.
    pub fault: FaultOf,
    /// The line of the mapping that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
    /// For JSON that does not parse: the byte at which reading stopped, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// For a body that its schema refuses: the place in the schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

/// Who has to act on a rejection or failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultOf {
    /// Whoever sends the event.
    Event,
    /// Whoever configures the destination.
    Settings,
    /// Whoever runs the API.
    Destination,
}

impl From<Fault> for FaultOf {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Event => FaultOf::Event,
            Fault::Settings => FaultOf::Settings,
            Fault::Destination => FaultOf::Destination,
        }
    }
}

impl Rejection {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            field: None,
            message: message.into(),
            fault: FaultOf::Event,
            mapping: None,
            offset: None,
            schema: None,
        }
    }

    fn of_syntax(error: &SyntaxError) -> Self {
        let (code, limit) = match error.kind() {
            SyntaxErrorKind::TooDeep { .. } => ("limit_exceeded", " (limit `event_depth`)"),
            SyntaxErrorKind::TooLarge { .. } => ("limit_exceeded", " (limit `event_bytes`)"),
            _ => ("invalid_json", ""),
        };
        Self { offset: Some(error.offset()), ..Self::new(code, format!("{error}{limit}")) }
    }
}

impl Mapper {
    pub fn new(plan: Arc<VersionPlan>, settings: &Value, redact: bool) -> Result<Self, SettingsError> {
        let mut given = settings.clone();
        if let (Value::Object(given), Some(setting)) = (&mut given, &plan.destination.version_setting) {
            given.shift_remove(setting);
        }
        let trie = TrieBuilder::new().build();
        let mut scratch = JsonScratch::new();
        let doc = walk(&trie, &Value::Null, &mut scratch);
        let open = Bound::new(&plan.settings, &given, false)?;
        // redacted or not, settings that cannot be sent are an error
        let fixed =
            Fixed::new(&plan, &open.scope(&doc, 0)).map_err(|error| error.redacted(open.redactor()))?;
        let (settings, fixed) = if redact {
            let hidden = Bound::new(&plan.settings, &given, true)?;
            // a part that is invalid with the replacement, such as a host, is made with the secret and then redacted
            let of_hidden = Fixed::new(&plan, &hidden.scope(&doc, 0));
            let fixed = of_hidden.unwrap_or_else(|_| fixed.redacted(open.redactor()));
            (hidden, fixed)
        } else {
            (open, fixed)
        };
        let limits = Limits::default();
        Ok(Self { inner: Arc::new(MapperInner { plan, settings, fixed, limits, commands: false }) })
    }

    /// The same mapper for a command: it maps what commands ask for as well, which no event can.
    pub fn for_commands(&self) -> Self {
        self.with(self.inner.limits, true)
    }

    fn with(&self, limits: Limits, commands: bool) -> Self {
        let MapperInner { plan, settings, fixed, .. } = self.inner.as_ref();
        let (plan, settings, fixed) = (plan.clone(), settings.clone(), fixed.clone());
        Self { inner: Arc::new(MapperInner { plan, settings, fixed, limits, commands }) }
    }

    /// The same mapper with other limits.
    pub fn with_limits(&self, limits: Limits) -> Self {
        self.with(limits, self.inner.commands)
    }

    /// Returns the redactor of the secrets in its settings, for text such as an API's response.
    pub fn redactor(&self) -> &Redactor {
        self.inner.settings.redactor()
    }

    /// The plan that it was made from.
    pub fn plan(&self) -> Plan {
        Plan { inner: self.inner.plan.clone() }
    }

    /// The rate-limit groups of its requests.
    pub fn rates(&self) -> &[Rate] {
        &self.inner.plan.destination.rates
    }

    /// Settings that were given and that the destination does not declare, with the nearest declared ones.
    pub fn unknown_settings(&self) -> Vec<String> {
        let known: Vec<&str> = self.inner.plan.settings.iter().map(|plan| plan.name.as_str()).collect();
        self.inner
            .settings
            .unknown
            .iter()
            .map(|name| {
                format!("the setting `{name}` is not declared: {}", suggest(name, known.iter().copied()))
            })
            .collect()
    }

    /// Starts the run of an event. `now` is the time in epoch milliseconds.
    pub fn map<'e>(&'e self, event: impl Into<Event<'e>>, now: i64, scratch: &'e mut Scratch) -> Outcome<'e> {
        self.inner.map(event.into(), now, scratch, &mut Nobody)
    }

    /// Says what [`Mapper::map`] and [`Run::preview`] make of an event, and why: for each field what was tried and done.
    ///
    /// Settings that it shows are those of the mapper: use one of [`Plan::bind_redacted`](crate::Plan::bind_redacted) if
    /// others will read it.
    pub fn explain<'e>(
        &'e self,
        event: impl Into<Event<'e>>,
        now: i64,
        scratch: &'e mut Scratch,
    ) -> Explanation {
        let inner = self.inner.as_ref();
        let mut recorder = Recorder::new(inner.limits.explain_bytes);
        let outcome = inner.map(event.into(), now, scratch, &mut recorder);
        let (message, became, warnings) = match outcome {
            Outcome::Mapped(mut run) => {
                let became = match run.preview_with(&mut recorder) {
                    Ok(requests) => Became::Mapped(requests.into_iter().map(Request::into_owned).collect()),
                    Err(rejection) => Became::Rejected(rejection),
                };
                (run.message().to_owned(), became, run.warnings().to_vec())
            }
            Outcome::Skipped { message, skip } => (message, Became::Skipped(skip), Vec::new()),
            Outcome::Rejected { message, rejection } => (message, Became::Rejected(rejection), Vec::new()),
        };
        let Recorder { variant, mut fields, spans, steps, cut, .. } = recorder;
        for (field, span) in fields.iter_mut().zip(spans) {
            let place = inner.plan.place(span);
            field.mapping = format!("{}:{}", place.path, place.line);
        }
        Explanation { message, variant, fields, steps, warnings, cut, became }
    }
}

impl MessagePlan {
    /// The flow of the first variant whose condition holds, and that variant's name.
    pub fn pick<'p: 's, 's>(&'p self, scope: &Scope<'s>) -> (Option<&'p str>, &'p Flow) {
        match self.variants.iter().find(|(_, when, _)| holds(scope, when)) {
            Some((name, _, flow)) => (Some(name), flow),
            None => (None, &self.flow),
        }
    }
}

impl MapperInner {
    fn map<'e, L: Listener>(
        &'e self,
        event: Event<'e>,
        now: i64,
        scratch: &'e mut Scratch,
        listener: &mut L,
    ) -> Outcome<'e> {
        let Scratch { json, buffers } = scratch;
        match self.read(event, json) {
            Ok(doc) => self.start(doc, now, buffers, listener),
            Err(error) => {
                let rejection = Box::new(Rejection::of_syntax(&error));
                Outcome::Rejected { message: String::new(), rejection }
            }
        }
    }

    /// The mapping of a message type: of events, or of those that commands ask for.
    pub fn message(&self, kind: &str) -> Option<&MessagePlan> {
        let is = |message: &&MessagePlan| message.message == kind && (self.commands || !message.command);
        self.plan.messages.iter().find(is)
    }

    pub fn read<'e>(
        &'e self,
        event: Event<'e>,
        scratch: &'e mut JsonScratch,
    ) -> Result<Doc<'e>, SyntaxError> {
        match event {
            Event::Value(value) => Ok(walk(&self.plan.trie, value, scratch)),
            Event::Bytes(bytes) => {
                let Limits { event_depth: depth, event_bytes: bytes_limit, .. } = self.limits;
                let limits = mapwright_json::Limits { depth, bytes: bytes_limit };
                scan(&self.plan.trie, bytes, scratch, &limits)
            }
        }
    }

    fn start<'e, L: Listener>(
        &'e self,
        doc: Doc<'e>,
        now: i64,
        buffers: &'e mut Buffers,
        listener: &mut L,
    ) -> Outcome<'e> {
        let plan = self.plan.as_ref();
        let reject = |message: &str, code, text: &str| Outcome::Rejected {
            message: message.to_owned(),
            rejection: Box::new(Rejection::new(code, text)),
        };
        if doc.get(NodeId::ROOT).is_some_and(|root| root.kind() != mapwright_json::Kind::Object) {
            return reject("", "invalid_event", "an event is a JSON object");
        }
        let kind = match plan.admission.message(&doc) {
            Message::Type(kind) => kind,
            Message::Missing => return reject("", "missing_type", "message Type is not present"),
            Message::NotText => return reject("", "missing_type", "message Type is not text"),
        };
        let Some(message) = self.message(&kind) else {
            let known = plan.messages.iter().filter(|message| !message.command);
            let known: Vec<&str> = known.map(|message| message.message.as_str()).collect();
            let reason = format!(
                "message type `{kind}` is not supported: {} {} maps {}",
                plan.destination.title,
                plan.number,
                known.join(", ")
            );
            let skip = Skip { rule: "unsupported_message", reason };
            return Outcome::Skipped { message: kind.into_owned(), skip };
        };
        if let Some(skip) = plan.admission.skip(&doc, self.settings.tree()) {
            return Outcome::Skipped { message: kind.into_owned(), skip };
        }
        let scope = Scope { now, ..self.settings.scope(&doc, now) };
        let (variant, flow) = message.pick(&scope);
        if let Some(name) = variant {
            listener.on(|| Notice::Variant(name));
        }
        if let Some((_, reason)) = flow.skip.iter().find(|(when, _)| holds(&scope, when)) {
            return Outcome::Skipped {
                message: kind.into_owned(),
                skip: Skip { rule: "mapping", reason: reason.clone() },
            };
        }
        drop(scope);
        buffers.reset(flow);
        // made where it stays, for it is large
        let mut run =
            Box::write(Box::new_uninit(), Run::new(self, doc, flow, &message.message, now, buffers));
        match run.prepare(listener) {
            Ok(()) => Outcome::Mapped(run),
            Err(rejection) => Outcome::Rejected { message: kind.into_owned(), rejection },
        }
    }
}
