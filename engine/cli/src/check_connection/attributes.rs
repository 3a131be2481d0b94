//! The attributes that events use, compared with what the API defines.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::ops::AddAssign;
use std::sync::Arc;

use mapwright::{Mapper, Outcome, Scratch};
use serde::Serialize;

use super::definition::{Definition, Definitions, quoted, text};
use super::lines::EventLines;
use crate::dead_letter;
use crate::error::CommandError;
use crate::input::{Event, Input, Limits, Source};
use crate::pipeline::{self, Options, PipelineReport};
use crate::preview;
use crate::progress::Bar;
use crate::target::Clock;

/// How many values that are no option of an attribute are reported one by one.
const VALUES: usize = 20;

/// An attribute that the API does not define.
#[derive(Debug, Serialize)]
pub(crate) struct Attribute {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The common type of its values: `string`, `integer`, `number` or `boolean`.
    #[serde(rename = "type")]
    pub(crate) value: &'static str,
    /// The events whose requests contain it.
    #[serde(flatten)]
    pub(crate) lines: EventLines,
    pub(crate) created: bool,
    /// The error, if it could not be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// An attribute whose definition refuses what events send.
#[derive(Debug, Serialize)]
pub(crate) struct RefusedAttribute {
    pub(crate) kind: String,
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) problem: Problem,
    #[serde(flatten)]
    pub(crate) lines: EventLines,
    /// How to mend it.
    pub(crate) advice: String,
}

/// Why a value is refused.
#[derive(Debug, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub(crate) enum Problem {
    /// The attribute is archived.
    Archived,
    /// It has another type.
    Type {
        /// The API's word for the type.
        #[serde(skip_serializing_if = "Option::is_none")]
        defined: Option<String>,
        /// The types that it takes.
        takes: Vec<String>,
        /// The type of the values.
        sent: &'static str,
    },
    /// The value is not in its list.
    Option {
        /// The value; none for those beyond the first twenty.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
}

/// The used attributes, by kind and name.
#[derive(Debug, Default)]
pub(crate) struct UsedAttributes {
    pub(crate) events: u64,
    pub(crate) unmapped: u64,
    attributes: BTreeMap<(String, String), SeenAttribute>,
}

/// What is seen of an attribute.
#[derive(Debug, Default)]
struct SeenAttribute {
    all: EventLines,
    /// The events by the types of the values.
    types: BTreeMap<&'static str, EventLines>,
    /// The events by the values that are no option.
    unlisted: BTreeMap<String, EventLines>,
    /// The events with more such values.
    others: EventLines,
}

impl SeenAttribute {
    fn add(&mut self, other: &Self) {
        self.all += &other.all;
        for (name, lines) in &other.types {
            *self.types.entry(name).or_default() += lines;
        }
        for (value, lines) in &other.unlisted {
            match self.unlisted.len() < VALUES || self.unlisted.contains_key(value) {
                true => *self.unlisted.entry(value.clone()).or_default() += lines,
                false => self.others += lines,
            }
        }
        self.others += &other.others;
    }

    /// The type that includes all values.
    fn widest(&self) -> &'static str {
        match self.types.keys().copied().reduce(widened) {
            Some(value @ ("integer" | "number" | "boolean")) => value,
            _ => "string",
        }
    }

    /// What a definition refuses of it; the problems, the events and advice.
    fn refused(&self, definition: &Definition) -> Vec<(Problem, EventLines, String)> {
        let mut found = Vec::new();
        if definition.archived {
            let advice = "unarchive it, or do not send it".to_owned();
            found.push((Problem::Archived, self.all.clone(), advice));
        }
        for (sent, lines) in self.types.iter().filter(|(name, _)| !definition.takes(name)) {
            let (defined, takes) = (definition.called.clone(), definition.takes.clone());
            let advice = retyped(sent, definition, self.widest());
            found.push((Problem::Type { defined, takes, sent }, lines.clone(), advice));
        }
        let listed = one_of(&definition.options);
        for (value, lines) in &self.unlisted {
            let advice = format!("add the option {}, or send {listed}", quoted(value));
            found.push((Problem::Option { value: Some(value.clone()) }, lines.clone(), advice));
        }
        if self.others.events > 0 {
            let advice = format!("add the values to the options, or send {listed}");
            found.push((Problem::Option { value: None }, self.others.clone(), advice));
        }
        found
    }
}

/// Returns how values of a type can be sent where others are taken; `widest` is the type that includes all values.
fn retyped(sent: &str, definition: &Definition, widest: &str) -> String {
    let takes = definition.takes.join(" or ");
    match sent {
        // no attribute can be made for these
        "array" | "object" => format!("send {takes}, or do not send it"),
        _ if definition.takes(widest) => format!("send {takes}"),
        _ => format!("send {takes}, or define it again for values of the type {widest}"),
    }
}

/// Names some options.
fn one_of(options: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = options.iter().take(SHOWN).map(|option| quoted(option)).collect();
    match options.len().saturating_sub(SHOWN) {
        0 => shown.join(" or "),
        more => format!("{} or one of {more} more", shown.join(", ")),
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

impl AddAssign for UsedAttributes {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.unmapped += other.unmapped;
        for (key, seen) in other.attributes {
            self.attributes.entry(key).or_default().add(&seen);
        }
    }
}

impl UsedAttributes {
    /// Returns the attributes that are not defined.
    pub(crate) fn missing(&self, definitions: &Definitions) -> Vec<Attribute> {
        let missing =
            self.attributes.iter().filter(|((kind, name), _)| definitions.get(kind, name).is_none());
        let attribute = |((kind, name), seen): (&(String, String), &SeenAttribute)| Attribute {
            kind: kind.clone(),
            name: name.clone(),
            value: seen.widest(),
            lines: seen.all.clone(),
            created: false,
            error: None,
        };
        missing.map(attribute).collect()
    }

    /// Returns what definitions refuse: those of the API, or for an attribute that it does not define the one that would be made.
    pub(crate) fn refused(&self, definitions: &Definitions) -> Vec<RefusedAttribute> {
        let of = |((kind, name), seen): (&(String, String), &SeenAttribute)| {
            let problems = match definitions.get(kind, name) {
                Some(definition) => seen.refused(definition),
                None => seen.refused(&Definition::of(seen.widest())),
            };
            let (kind, name) = (kind.clone(), name.clone());
            problems.into_iter().map(move |(problem, lines, advice)| RefusedAttribute {
                kind: kind.clone(),
                name: name.clone(),
                problem,
                lines,
                advice,
            })
        };
        self.attributes.iter().flat_map(of).collect()
    }
}

/// Returns the attributes that the events of some files use.
pub(crate) fn used(
    mapper: &Mapper,
    files: &[OsString],
    definitions: &Arc<Definitions>,
) -> Result<PipelineReport<UsedAttributes>, CommandError> {
    let input = Input::new(Source::arguments(files), Limits::default());
    let bar = Bar::for_terminal(input.position().total);
    let options = Options { cancel: preview::cancel_by_ctrl_c(), ..Options::default() };
    let several_files = files.len() > 1;
    let report = pipeline::run(input, bar, &mut io::sink(), &options, &|| {
        let (mut scratch, definitions) = (Scratch::new(), definitions.clone());
        move |event: &Event<'_>, _: &mut Vec<u8>| {
            of_event(mapper, event, several_files, &definitions, &mut scratch)
        }
    });
    Ok(report?)
}

fn of_event(
    mapper: &Mapper,
    event: &Event<'_>,
    several_files: bool,
    definitions: &Definitions,
    scratch: &mut Scratch,
) -> UsedAttributes {
    let mut used = UsedAttributes { events: 1, ..UsedAttributes::default() };
    let opened = event.json.ok().and_then(|json| dead_letter::open(json, event.place).ok());
    let outcome =
        opened.as_ref().map(|opened| mapper.map(opened.event.as_ref(), Clock::System.now(), scratch));
    let Some(Outcome::Mapped(mut run)) = outcome else { return UsedAttributes { unmapped: 1, ..used } };
    let Ok(requests) = run.preview() else { return UsedAttributes { unmapped: 1, ..used } };
    for declared in requests.iter().flat_map(|request| mapper.declared(request)) {
        let line = || EventLines::of(event, several_files);
        let type_name = declared.type_name();
        let definition = definitions.get(&declared.kind, &declared.name);
        // a value of another type is no option because of it
        let is_listed =
            definition.is_none_or(|found| !found.takes(type_name) || found.lists(&declared.value));
        let value = (!is_listed).then(|| text(&declared.value));
        let seen = used.attributes.entry((declared.kind, declared.name)).or_default();
        // what several requests of an event contain counts once
        if seen.all.events == 0 {
            seen.all = line();
        }
        seen.types.entry(type_name).or_insert_with(line);
        if let Some(value) = value {
            seen.unlisted.entry(value).or_insert_with(line);
        }
    }
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
