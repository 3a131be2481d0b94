//! What happened in a run, for people who ask why.

use serde_json::Value;

use crate::value::Val;

/// Hears what rows do. The silent one costs nothing: every call stands behind `T::ON`.
pub(crate) trait Trace {
    const ON: bool;
    fn enter(&mut self, _field: &str) {}
    fn leave(&mut self, _value: Option<&Val<'_>>) {}
    fn tried(&mut self, _source: &str, _value: Option<&Val<'_>>) {}
    fn ruled_out(&mut self, _condition: &str) {}
    fn converted(&mut self, _name: &str, _before: Option<&Val<'_>>, _after: Option<&Val<'_>>) {}
    fn failed(&mut self, _name: &str, _message: &str) {}
    fn defaulted(&mut self, _value: &Value) {}
}

/// No trace.
#[derive(Debug, Default)]
pub(crate) struct Silent;

impl Trace for Silent {
    const ON: bool = false;
}

/// What happened at one field.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FieldTrace {
    /// The field's path, as in `contact.email`.
    pub field: String,
    /// What was tried and done, in order.
    pub events: Vec<TraceEvent>,
    /// The value that it ended with.
    pub value: Option<Value>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum TraceEvent {
    /// A source was read.
    Tried {
        /// As the mapping writes it.
        source: String,
        /// What stands there; nothing if it is missing.
        found: Option<Value>,
    },
    /// A condition kept a row from having a value.
    RuledOut {
        /// As the mapping writes it.
        condition: String,
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
    /// A conversion could not take the value.
    Failed {
        /// The conversion.
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

/// Keeps everything that it hears.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) fields: Vec<FieldTrace>,
    open: Vec<(String, Vec<TraceEvent>)>,
}

impl Recorder {
    fn add(&mut self, event: TraceEvent) {
        if let Some((_, events)) = self.open.last_mut() {
            events.push(event);
        }
    }
}

impl Trace for Recorder {
    const ON: bool = true;

    fn enter(&mut self, field: &str) {
        self.open.push((field.to_owned(), Vec::new()));
    }

    fn leave(&mut self, value: Option<&Val<'_>>) {
        let names: Vec<&str> = self.open.iter().map(|(name, _)| name.as_str()).collect();
        let field = names.join(".");
        if let Some((_, events)) = self.open.pop()
            && (value.is_some() || !events.is_empty())
        {
            self.fields.push(FieldTrace { field, events, value: value.map(Val::to_json) });
        }
    }

    fn tried(&mut self, source: &str, value: Option<&Val<'_>>) {
        self.add(TraceEvent::Tried { source: source.to_owned(), found: value.map(Val::to_json) });
    }

    fn ruled_out(&mut self, condition: &str) {
        self.add(TraceEvent::RuledOut { condition: condition.to_owned() });
    }

    fn converted(&mut self, name: &str, before: Option<&Val<'_>>, after: Option<&Val<'_>>) {
        self.add(TraceEvent::Converted {
            conversion: name.to_owned(),
            before: before.map(Val::to_json),
            after: after.map(Val::to_json),
        });
    }

    fn failed(&mut self, name: &str, message: &str) {
        self.add(TraceEvent::Failed { conversion: name.to_owned(), message: message.to_owned() });
    }

    fn defaulted(&mut self, value: &Value) {
        self.add(TraceEvent::Defaulted { value: value.clone() });
    }
}
