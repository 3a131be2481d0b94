//! What happened at a field, as the cells of a table.

use mapwright::{Explanation, FieldTrace, TraceEvent};
use serde_json::Value;

use crate::mask::Mask;
use crate::text::Text;

/// The longest value that is shown in full.
const LONGEST: usize = 240;

/// The most named values that one comes from by way of others.
const MOST_NAMES: usize = 8;

/// How the path of what is spread in an object ends.
const SPREAD: &str = "....";

/// A mask of an event and of all that was made of it.
pub(super) fn mask(event: &Value, explanation: &Explanation) -> Mask {
    let mut mask = Mask::of(event);
    for field in &explanation.fields {
        learn(&mut mask, &field.events);
        if let Some(value) = field.value.as_ref().filter(|_| field.winner.as_deref() != Some("value")) {
            mask.learn(value);
        }
    }
    mask
}

fn learn(mask: &mut Mask, events: &[TraceEvent]) {
    for event in events {
        match event {
            TraceEvent::Made { form, value } if form == "value" => mask.allow(value),
            TraceEvent::Defaulted { value } => mask.allow(value),
            TraceEvent::Made { value, .. } | TraceEvent::Tried { found: Some(value), .. } => {
                mask.learn(value)
            }
            TraceEvent::Converted { before, after, .. } => {
                before.iter().chain(after).for_each(|value| mask.learn(value));
            }
            TraceEvent::Within { events, .. } => learn(mask, events),
            _ => {}
        }
    }
}

/// The part that a field is in.
pub(super) fn part(path: &str) -> String {
    path.split(['.', '[']).next().unwrap_or_default().to_owned()
}

/// The name of a field. What is spread in an object has none of its own.
pub(super) fn name(field: &FieldTrace) -> Text {
    match field.field.strip_suffix(SPREAD) {
        Some(object) => Text::code(object).and(", other members"),
        None => Text::code(&*field.field),
    }
}

/// The row of a field that has a value.
pub(super) fn row(field: &FieldTrace, all: &[FieldTrace], mask: &Mask) -> Vec<Text> {
    let value = field.value.as_ref().map(|value| shown(value, mask)).unwrap_or_default();
    let mut told = Told::of(field, mask);
    for winner in behind(field, all) {
        told.from = told.from.line(Text::from("which is ").and(Text::code(winner)));
    }
    vec![name(field), value, told.from, Text::lines(told.before), Text::lines(told.conversions), place(field)]
}

/// Where the mapping says it: the file in its version.
pub(super) fn place(field: &FieldTrace) -> Text {
    let mut parts = field.mapping.rsplitn(3, '/');
    let (file, folder) = (parts.next().unwrap_or_default(), parts.next());
    Text::code(folder.map_or_else(|| file.to_owned(), |folder| format!("{folder}/{file}")))
}

/// The sources behind a named value, one after the other.
fn behind<'e>(field: &'e FieldTrace, all: &'e [FieldTrace]) -> Vec<&'e str> {
    let mut found: Vec<&str> = Vec::new();
    let mut winner = field.winner.as_deref();
    while let Some(name) = winner.filter(|name| name.starts_with('$') && found.len() < MOST_NAMES) {
        winner = all.iter().find(|known| known.field == name).and_then(|known| known.winner.as_deref());
        found.extend(winner.filter(|winner| *winner != "value"));
    }
    found
}

/// The parts of a trace.
#[derive(Default)]
struct Told {
    from: Text,
    before: Vec<Text>,
    conversions: Vec<Text>,
}

impl Told {
    fn of(field: &FieldTrace, mask: &Mask) -> Self {
        let mut told = Self::default();
        let winner = field.winner.as_deref();
        let is_winner = |event: &TraceEvent| matches!(event, TraceEvent::Tried { source, found: Some(_) } if winner == Some(source));
        let taken = field.events.iter().rposition(is_winner);
        for (place, event) in field.events.iter().enumerate() {
            if taken == Some(place) {
                if let TraceEvent::Tried { source, found } = event {
                    told.from = Text::code(source);
                    if let Some(found) = found.as_ref().filter(|found| field.value.as_ref() != Some(*found)) {
                        told.from = told.from.line(shown(found, mask));
                    }
                }
                continue;
            }
            // a constant that counts was not tried before
            if matches!(event, TraceEvent::Made { form, .. } if winner == Some(form)) {
                continue;
            }
            told.add(event, mask);
        }
        if told.from.is_empty() {
            told.from = match winner {
                Some("value") => "a constant".into(),
                Some(form) => Text::from("made by ").and(Text::code(form)),
                None => "its members".into(),
            };
        }
        told
    }

    fn add(&mut self, event: &TraceEvent, mask: &Mask) {
        match event {
            TraceEvent::Converted { conversion, before, after } => {
                let name = Text::code(conversion);
                let text = match (before == after, before, after) {
                    (true, ..) => name.and(": unchanged"),
                    (false, Some(before), Some(after)) => {
                        name.and(": ").and(shown(before, mask)).and(" → ").and(shown(after, mask))
                    }
                    (false, _, Some(after)) => name.and(": ").and(shown(after, mask)),
                    (false, _, None) => name.and(": no value is left"),
                };
                self.conversions.push(text);
            }
            TraceEvent::Defaulted { value } => {
                self.from = Text::from("the default ").and(shown(value, mask));
            }
            TraceEvent::Within { form, events } => {
                let inner = events.iter().filter_map(|event| tried(event, mask));
                let inner = Text::joined(inner, "; ");
                if !inner.is_empty() {
                    self.before.push(Text::code(form).and(" of: ").and(inner));
                }
            }
            event => self.before.extend(tried(event, mask)),
        }
    }
}

/// What came of one attempt.
fn tried(event: &TraceEvent, mask: &Mask) -> Option<Text> {
    Some(match event {
        TraceEvent::Tried { source, found: None } => Text::code(source).and(": missing"),
        TraceEvent::Tried { source, found: Some(found) } => {
            Text::code(source).and(": ").and(shown(found, mask))
        }
        TraceEvent::RuledOut { key, condition } => {
            let key = if key == "when" { "only when " } else { "not when " };
            Text::from(key).and(Text::code(condition))
        }
        TraceEvent::Made { form, value } if form == "value" => {
            Text::from("constant ").and(shown(value, mask))
        }
        TraceEvent::Made { form, value } => Text::code(form).and(": ").and(shown(value, mask)),
        TraceEvent::Chose { case } => Text::from("case ").and(Text::code(case)),
        TraceEvent::LeftOut { names } => {
            let names = names.iter().map(|name| Text::code(mask.name(name)));
            Text::from("without ").and(Text::joined(names, ", "))
        }
        TraceEvent::Failed { conversion, message } => {
            Text::code(conversion).and(" fails: ").and(Text::from(&mask.message(message)))
        }
        TraceEvent::Within { form, events } => {
            let inner = events.iter().filter_map(|event| tried(event, mask));
            Text::code(form).and(" of: ").and(Text::joined(inner, "; "))
        }
        TraceEvent::Converted { conversion, .. } => Text::code(conversion),
        _ => return None,
    })
}

/// Why a field has no value.
pub(super) fn why_absent(field: &FieldTrace, mask: &Mask) -> Text {
    let is_missing = |event: &&TraceEvent| matches!(event, TraceEvent::Tried { found: None, .. });
    let missing = field.events.iter().filter(is_missing).filter_map(|event| match event {
        TraceEvent::Tried { source, .. } => Some(Text::code(source)),
        _ => None,
    });
    let missing = Text::joined(missing, ", ");
    let mut lines = Vec::new();
    if !missing.is_empty() {
        lines.push(Text::from("nothing at ").and(missing));
    }
    for event in field.events.iter().filter(|event| !is_missing(event)) {
        match event {
            TraceEvent::Converted { conversion, before, after: None } => {
                let before = before.as_ref().map(|value| shown(value, mask)).unwrap_or_default();
                lines.push(Text::code(conversion).and(" leaves nothing of ").and(before));
            }
            TraceEvent::Converted { .. } => {}
            event => lines.extend(tried(event, mask)),
        }
    }
    match lines.is_empty() {
        true => "none of its members has a value".into(),
        false => Text::lines(lines),
    }
}

fn shown(value: &Value, mask: &Mask) -> Text {
    let text = mask.value(value).to_string();
    match text.char_indices().nth(LONGEST) {
        None => Text::code(text),
        Some((at, _)) => Text::code(format!("{}…", text.get(..at).unwrap_or_default())),
    }
}
