//! What happened in a run, for people who ask why.

use std::fmt;
use std::ops::Range;

use serde_json::{Map, Value};

use crate::admission::Skip;
use crate::eval::listener::StepTrace;
use crate::eval::listener::{Listener, Notice};
use crate::rejection::Rejection;
use crate::request::Request;
use crate::sdk::SdkCall;
use mapwright_convert::Passed;
use mapwright_convert::Val;
use mapwright_convert::Warning;
use mapwright_convert::exact_tree;
use mapwright_findings::Span;

/// The explanation of an outcome. See [`Mapper::explain`](crate::mapper::Mapper::explain). Its values include secrets,
/// unless the settings are redacted; `{:?}` prints no values. Whole numbers beyond 64 bits are text in it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The event's message type, in lower case; empty if it has none.
    pub message: String,
    /// The variant of the mapping that counted.
    pub variant: Option<String>,
    /// Every field that was evaluated, in the order of the mapping; fields of objects follow those.
    pub fields: Vec<FieldTrace>,
    /// The steps in their order, and why each is made or not; with loops, once for each item.
    pub steps: Vec<StepTrace>,
    /// What was dropped or truncated.
    pub warnings: Vec<Warning>,
    /// Whether something is missing above because it exceeds [`Limits::explain_bytes`](crate::limits::Limits::explain_bytes).
    pub cut: bool,
    /// The outcome of the event.
    pub became: Became,
}

impl Explanation {
    /// Creates an explanation of what an event became, without traces.
    ///
    /// ```
    /// use mapwright::{Became, Explanation, Rejection};
    ///
    /// let rejection = Box::new(Rejection::new("invalid_json", "unexpected end"));
    /// let explanation = Explanation::new("track", Became::Rejected(rejection));
    /// assert!(explanation.fields.is_empty());
    /// ```
    pub fn new(message: impl Into<String>, became: Became) -> Self {
        Self {
            message: message.into(),
            variant: None,
            fields: Vec::new(),
            steps: Vec::new(),
            warnings: Vec::new(),
            cut: false,
            became,
        }
    }
}

/// The outcome of an explained event.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug)]
pub enum Became {
    /// Every request that could be sent.
    Mapped(Vec<Request<'static>>),
    /// The calls of an SDK, where the mapping makes no requests.
    Calls(Vec<SdkCall>),
    /// The event is not meant for this destination.
    Skipped(Skip),
    /// The event cannot be mapped.
    Rejected(Box<Rejection>),
}

/// The trace of one field.
#[derive(Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct FieldTrace {
    /// The step for which it was made, if it depends on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Which of the mapping's steps that is; see [`Request::instruction`].
    #[serde(skip)]
    pub instruction: Option<usize>,
    /// The field's path, as in `contact.email` or `lookup.terms[0].value`.
    pub field: String,
    /// File and line of the mapping.
    pub mapping: String,
    /// What was tried and done, in order.
    pub events: Vec<TraceEvent>,
    /// What the value comes from: a source, or the form that made it; nothing if there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winner: Option<String>,
    /// The value that it ended with; nothing if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// Shows no value, which may be a secret.
impl fmt::Debug for FieldTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, instruction: _, field, mapping, events, winner, value: _ } = self;
        let mut shown = f.debug_struct("FieldTrace");
        shown.field("step", step).field("field", field).field("mapping", mapping);
        shown.field("events", events).field("winner", winner).finish_non_exhaustive()
    }
}

/// One thing that happened.
#[derive(Clone, PartialEq, serde::Serialize)]
#[serde(tag = "did", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TraceEvent {
    /// A source was read.
    Tried {
        /// As the mapping writes it.
        source: String,
        /// The value there; `None` if it is missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        found: Option<Value>,
    },
    /// A condition kept a row from having a value.
    RuledOut {
        /// `when` or `unless`.
        key: String,
        /// As the mapping writes it.
        condition: String,
    },
    /// A form made a value of its own: a constant or a template.
    Made {
        /// The form.
        form: String,
        /// The value.
        value: Value,
    },
    /// A form that is made of rows.
    Within {
        /// The form, as in `join`.
        form: String,
        /// What happened in its rows.
        events: Vec<TraceEvent>,
    },
    /// A `switch` took this case.
    Chose {
        /// The case.
        case: String,
    },
    /// A `rest_of` left these members out: other rows read them, or `omit` names them.
    LeftOut {
        /// Their names.
        names: Vec<String>,
    },
    /// A conversion changed the value.
    Converted {
        /// The conversion.
        conversion: String,
        /// The value before.
        before: Option<Value>,
        /// The value after; nothing if the conversion left none.
        after: Option<Value>,
    },
    /// A conversion could not take the value, or a value that has to be there is not.
    Failed {
        /// The conversion, or `on_missing`.
        conversion: String,
        /// What it says.
        message: String,
    },
    /// There was no value, and the default was taken.
    Defaulted {
        /// The default.
        value: Value,
    },
}

/// Shows what the mapping says, and no value.
impl fmt::Debug for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (did, what) = match self {
            TraceEvent::Tried { source, .. } => ("Tried", source.as_str()),
            TraceEvent::RuledOut { condition, .. } => ("RuledOut", condition.as_str()),
            TraceEvent::Made { form, .. } => ("Made", form.as_str()),
            TraceEvent::Within { form, events } => {
                return f.debug_struct("Within").field("form", form).field("events", events).finish();
            }
            TraceEvent::Chose { case } => ("Chose", case.as_str()),
            TraceEvent::LeftOut { .. } => ("LeftOut", ""),
            TraceEvent::Converted { conversion, .. } => ("Converted", conversion.as_str()),
            TraceEvent::Failed { conversion, .. } => ("Failed", conversion.as_str()),
            TraceEvent::Defaulted { .. } => ("Defaulted", ""),
        };
        f.debug_tuple(did).field(&what).finish()
    }
}

/// Keeps what it hears, up to a limit of bytes.
pub(crate) struct Recorder {
    pub variant: Option<String>,
    pub fields: Vec<FieldTrace>,
    /// Where each field stands in the mapping.
    pub spans: Vec<Span>,
    pub steps: Vec<StepTrace>,
    pub cut: bool,
    step: Option<(usize, String)>,
    path: Vec<Frame>,
    room: usize,
}

/// A group or field that is open.
struct Frame {
    name: String,
    field: Option<OpenField>,
}

#[derive(Default)]
struct OpenField {
    /// Its position, unless there was no room for it.
    at: Option<usize>,
    events: Vec<TraceEvent>,
    /// Forms that are open, each with the events before it.
    forms: Vec<(&'static str, Vec<TraceEvent>)>,
    /// The conversion that is at work, and what it was given.
    converting: Option<(String, Value)>,
    /// The object that goes through conversions, as it is behind so many of them.
    passing: Vec<Map<String, Value>>,
}

impl OpenField {
    fn close_form(&mut self) {
        if let Some((form, before)) = self.forms.pop() {
            let events = std::mem::replace(&mut self.events, before);
            if !events.is_empty() {
                self.events.push(TraceEvent::Within { form: form.to_owned(), events });
            }
        }
    }
}

impl OpenField {
    /// Keeps a member of an object that goes through conversions.
    fn passed(&mut self, name: &str, value: &Val<'_>, behind: Range<usize>) {
        if self.passing.len() < behind.end {
            self.passing.resize_with(behind.end, Map::new);
        }
        for object in self.passing.get_mut(behind).unwrap_or_default() {
            object.insert(name.to_owned(), exact_tree(value.clone()));
        }
    }
}

/// The size of a field or event beside its text.
const OVERHEAD: usize = 100;

impl Recorder {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            variant: None,
            fields: Vec::new(),
            spans: Vec::new(),
            steps: Vec::new(),
            cut: false,
            step: None,
            path: Vec::new(),
            room,
        }
    }

    /// Whether there is room for so many bytes more.
    fn takes(&mut self, bytes: usize) -> bool {
        match self.room.checked_sub(bytes + OVERHEAD) {
            Some(room) => {
                self.room = room;
                true
            }
            None => {
                self.cut = true;
                false
            }
        }
    }

    fn keep(&mut self, value: &Val<'_>) -> Value {
        let mut text = Vec::new();
        if self.room >= OVERHEAD {
            value.write(&mut text);
        }
        if self.takes(text.len()) {
            return exact_tree(value.clone());
        }
        // so that values which do not fit are not written again and again
        self.room /= 2;
        Value::from("…")
    }

    fn keep_some(&mut self, value: Option<&Val<'_>>) -> Option<Value> {
        value.map(|value| self.keep(value))
    }

    fn open_field(&mut self) -> Option<&mut OpenField> {
        self.path.iter_mut().rev().find_map(|frame| frame.field.as_mut())
    }

    fn add(&mut self, event: TraceEvent) {
        if self.takes(0)
            && let Some(field) = self.open_field()
        {
            field.events.push(event);
        }
    }

    fn enter(&mut self, name: &str, span: Span) {
        let mut field = String::new();
        for name in self.path.iter().map(|frame| frame.name.as_str()).chain([name]) {
            if !field.is_empty() && !name.starts_with('[') {
                field.push('.');
            }
            field.push_str(name);
        }
        let at = self.takes(field.len()).then_some(self.fields.len());
        if at.is_some() {
            self.spans.push(span);
            self.fields.push(FieldTrace {
                step: self.step.as_ref().map(|(_, name)| name.clone()),
                instruction: self.step.as_ref().map(|(at, _)| *at),
                field,
                mapping: String::new(),
                events: Vec::new(),
                winner: None,
                value: None,
            });
        }
        let field = OpenField { at, ..OpenField::default() };
        self.path.push(Frame { name: name.to_owned(), field: Some(field) });
    }

    fn leave(&mut self, value: Option<&Val<'_>>) {
        // an error may have left groups and forms open
        while self.path.last().is_some_and(|frame| frame.field.is_none()) {
            self.path.pop();
        }
        let Some(Frame { field: Some(mut field), .. }) = self.path.pop() else { return };
        while !field.forms.is_empty() {
            field.close_form();
        }
        let value = self.keep_some(value);
        let winner = value.as_ref().and_then(|_| winner(&field.events));
        if let Some(trace) = field.at.and_then(|at| self.fields.get_mut(at)) {
            (trace.events, trace.winner, trace.value) = (field.events, winner, value);
        }
    }
}

/// What the last value came from.
fn winner(events: &[TraceEvent]) -> Option<String> {
    events.iter().rev().find_map(|event| match event {
        TraceEvent::Tried { source, found: Some(_) } => Some(source.clone()),
        TraceEvent::Made { form, .. } | TraceEvent::Within { form, .. } => Some(form.clone()),
        TraceEvent::Defaulted { .. } => Some("default".to_owned()),
        _ => None,
    })
}

impl Recorder {
    fn hear(&mut self, notice: Notice<'_>) {
        match notice {
            Notice::Variant(name) => self.variant = Some(name.to_owned()),
            Notice::Of(at, step) => {
                self.step = Some((at, step.to_owned()));
                self.path.clear();
            }
            Notice::Step(step) => {
                self.step = Some((step.instruction, step.step.clone()));
                self.path.clear();
                if self.takes(step.step.len()) {
                    self.steps.push(step);
                }
            }
            Notice::Open(name) => self.path.push(Frame { name: name.to_owned(), field: None }),
            Notice::OpenItem(place) => self.path.push(Frame { name: format!("[{place}]"), field: None }),
            Notice::Close => drop(self.path.pop()),
            Notice::Enter(name, span) => self.enter(name, span),
            Notice::Leave(value) => self.leave(value.as_ref()),
            Notice::OpenForm(form) => {
                if let Some(field) = self.open_field() {
                    let before = std::mem::take(&mut field.events);
                    field.forms.push((form, before));
                }
            }
            Notice::CloseForm => {
                if let Some(field) = self.open_field() {
                    field.close_form();
                }
            }
            Notice::Tried(source, found) => {
                let found = self.keep_some(found.as_ref());
                self.add(TraceEvent::Tried { source: source.to_owned(), found });
            }
            Notice::RuledOut(key, condition) => {
                self.add(TraceEvent::RuledOut { key: key.to_owned(), condition: condition.to_owned() });
            }
            Notice::Made(form, value) => {
                let value = self.keep(&value);
                self.add(TraceEvent::Made { form: form.to_owned(), value });
            }
            Notice::Chose(case) => self.add(TraceEvent::Chose { case: case.to_owned() }),
            Notice::LeftOut(names) => {
                if !names.is_empty() && self.takes(names.iter().map(String::len).sum()) {
                    self.add(TraceEvent::LeftOut { names });
                }
            }
            Notice::Converting(conversion, value) => {
                let before = self.keep(&value);
                if let Some(field) = self.open_field() {
                    field.converting = Some((conversion.to_owned(), before));
                }
            }
            Notice::Converted(value) => {
                let after = self.keep_some(value.as_ref());
                if let Some((conversion, before)) =
                    self.open_field().and_then(|field| field.converting.take())
                {
                    self.add(TraceEvent::Converted { conversion, before: Some(before), after });
                }
            }
            Notice::Passing => {
                if let Some(field) = self.open_field() {
                    field.passing.clear();
                }
            }
            Notice::Passed(Passed { name, value, behind }) => {
                if let Some(field) = self.open_field() {
                    field.passed(&name, &value, behind);
                }
            }
            Notice::Reached(_) => {}
            Notice::AllPassed(conversions, refused) => self.all_passed(conversions, refused),
            Notice::Failed(conversion, message) => {
                self.add(TraceEvent::Failed {
                    conversion: conversion.to_owned(),
                    message: message.to_owned(),
                });
            }
            Notice::Defaulted(value) => {
                let value = self.keep(&Val::Json(mapwright_json::Json::Tree(value)));
                self.add(TraceEvent::Defaulted { value });
            }
        }
    }

    /// Reports what each of some conversions has made of an object, up to one that has refused it or left nothing.
    fn all_passed(&mut self, conversions: &[&str], refused: Option<usize>) {
        let objects = self.open_field().map(|field| std::mem::take(&mut field.passing)).unwrap_or_default();
        let mut objects = objects.into_iter().map(|object| Val::from(Value::Object(object)));
        let Some(mut before) = objects.next() else { return };
        for conversion in conversions.iter().take(refused.unwrap_or(usize::MAX)) {
            let after = objects.next();
            let (shown_before, shown_after) = (self.keep(&before), self.keep_some(after.as_ref()));
            self.add(TraceEvent::Converted {
                conversion: (*conversion).to_owned(),
                before: Some(shown_before),
                after: shown_after,
            });
            match after {
                Some(after) => before = after,
                None => break,
            }
        }
    }
}

impl Listener for Recorder {
    const LISTENS: bool = true;

    fn on<'h>(&mut self, notice: impl FnOnce() -> Notice<'h>) {
        self.hear(notice());
    }
}
