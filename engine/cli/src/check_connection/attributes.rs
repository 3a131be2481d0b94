//! The attributes that events use and that must be defined at the API.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::ops::AddAssign;

use mapwright::{Mapper, Outcome, Scratch};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::dead_letter;
use crate::error::CommandError;
use crate::input::{Event, Input, Limits, Source};
use crate::pipeline::{self, Options, PipelineReport};
use crate::preview;
use crate::progress::Bar;
use crate::target::Clock;

/// An attribute that the API does not define.
#[derive(Debug, Serialize)]
pub(crate) struct Attribute {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The common type of its values: `string`, `integer`, `number` or `boolean`.
    #[serde(rename = "type")]
    pub(crate) value: &'static str,
    /// The number of events whose requests contain it.
    pub(crate) events: u64,
    pub(crate) created: bool,
    /// The error, if it could not be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// The used attributes, by kind and name.
#[derive(Debug, Default)]
pub(crate) struct Used {
    pub(crate) events: u64,
    pub(crate) unmapped: u64,
    attributes: BTreeMap<(String, String), Seen>,
}

#[derive(Debug, Default, PartialEq)]
struct Seen {
    value: Option<&'static str>,
    events: u64,
}

impl Seen {
    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.value = match (self.value, other.value) {
            (None, value) | (value, None) => value,
            (Some(one), Some(other)) => Some(widened(one, other)),
        };
    }
}

/// Returns the type that includes the values of both.
fn widened(one: &'static str, other: &'static str) -> &'static str {
    match (one, other) {
        _ if one == other => one,
        ("null", other) => other,
        (one, "null") => one,
        ("integer", "number") | ("number", "integer") => "number",
        _ => "string",
    }
}

impl AddAssign for Used {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.unmapped += other.unmapped;
        for (key, seen) in other.attributes {
            self.attributes.entry(key).or_default().add(&seen);
        }
    }
}

impl Used {
    /// Returns the attributes that are not declared; `declared` has lists of names by kind.
    pub(crate) fn missing(&self, declared: &Map<String, Value>) -> Vec<Attribute> {
        let known = |kind: &str, name: &str| {
            let names = declared.get(kind).and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|known| known == name))
        };
        let missing = self.attributes.iter().filter(|((kind, name), _)| !known(kind, name));
        let attribute = |((kind, name), seen): (&(String, String), &Seen)| Attribute {
            kind: kind.clone(),
            name: name.clone(),
            value: match seen.value {
                Some(value @ ("integer" | "number" | "boolean")) => value,
                _ => "string",
            },
            events: seen.events,
            created: false,
            error: None,
        };
        missing.map(attribute).collect()
    }
}

/// Returns the attributes that the events of some files use.
pub(crate) fn used(mapper: &Mapper, files: &[OsString]) -> Result<PipelineReport<Used>, CommandError> {
    let input = Input::new(Source::arguments(files), Limits::default());
    let bar = Bar::for_terminal(input.position().total);
    let options = Options { cancel: preview::cancel_by_ctrl_c(), ..Options::default() };
    let report = pipeline::run(input, bar, &mut io::sink(), &options, &|| {
        let mut scratch = Scratch::new();
        move |event: &Event<'_>, _: &mut Vec<u8>| of_event(mapper, event, &mut scratch)
    });
    Ok(report?)
}

fn of_event(mapper: &Mapper, event: &Event<'_>, scratch: &mut Scratch) -> Used {
    let mut used = Used { events: 1, ..Used::default() };
    let opened = event.json.ok().and_then(|json| dead_letter::open(json, event.place).ok());
    let outcome =
        opened.as_ref().map(|opened| mapper.map(opened.event.as_ref(), Clock::System.now(), scratch));
    let Some(Outcome::Mapped(mut run)) = outcome else { return Used { unmapped: 1, ..used } };
    let Ok(requests) = run.preview() else { return Used { unmapped: 1, ..used } };
    // an attribute that several requests of an event contain counts once
    let mut seen = BTreeMap::new();
    for declared in requests.iter().flat_map(|request| mapper.declared(request)) {
        let value = Some(declared.value);
        seen.entry((declared.kind, declared.name)).or_insert(Seen { value, events: 1 });
    }
    used.attributes = seen;
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_all_values() {
        for (one, other, both) in [
            ("integer", "integer", "integer"),
            ("integer", "number", "number"),
            ("null", "boolean", "boolean"),
            ("boolean", "integer", "string"),
            ("string", "number", "string"),
        ] {
            assert_eq!((widened(one, other), widened(other, one)), (both, both));
        }
    }
}
