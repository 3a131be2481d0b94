//! What files state in another way and no other change reports, so that no difference goes unreported.

use std::collections::{HashMap, HashSet};

use mapwright_describe::{Place, Statement};
use serde_json::Value;

use crate::change::{Change, Changes};
use crate::kinds::ChangeKind as Kind;

/// Definitions that only one side has are reported with their readers, or with what replaced them.
const TOLD_ALONE: [&str; 7] =
    ["payload.", "values.", "conversions.", "sets.", "tables.", "rates.", "sources."];

/// Statements of both sides.
#[derive(Clone, Copy)]
pub(crate) struct Sides<'d> {
    pub(crate) old: &'d [Statement],
    pub(crate) new: &'d [Statement],
}

/// Notes what differs, unless one of the changes reports it. What is read elsewhere is read by the statements of `readers`.
pub(crate) fn stated(sides: Sides<'_>, readers: &[Sides<'_>], known: &[&Change], changes: &mut Changes) {
    let changed: [HashSet<&Place>; 2] = [
        known.iter().filter_map(|change| change.old_place.as_ref()).collect(),
        known.iter().filter_map(|change| change.new_place.as_ref()).collect(),
    ];
    for (was, is) in differing(sides) {
        let name = was.or(is).map_or("", |of| of.name.as_str());
        let is_told = stands(&changed[0], was)
            || stands(&changed[1], is)
            || known.iter().any(|change| is_about(&change.what, name))
            || read_as(name).is_some_and(|word| {
                readers.iter().any(|of| {
                    tells(&word, of.old, &changed[0], &mut HashSet::new())
                        || tells(&word, of.new, &changed[1], &mut HashSet::new())
                })
            });
        if !is_told {
            add(name, was, is, changes);
        }
    }
}

type Pair<'d> = (Option<&'d Statement>, Option<&'d Statement>);

fn differing<'d>(Sides { old, new }: Sides<'d>) -> impl Iterator<Item = Pair<'d>> {
    let by_name = |list: &'d [Statement]| -> HashMap<&'d str, &'d Statement> {
        list.iter().map(|of| (of.name.as_str(), of)).collect()
    };
    let (olds, news) = (by_name(old), by_name(new));
    let mut pairs: Vec<Pair<'d>> = Vec::new();
    for was in old {
        pairs.push((Some(was), news.get(was.name.as_str()).copied()));
    }
    pairs.extend(new.iter().filter(|is| !olds.contains_key(is.name.as_str())).map(|is| (None, Some(is))));
    let has = |all: &HashMap<&str, &Statement>, name: &str| {
        name.rsplit_once('.').is_none_or(|(above, _)| all.contains_key(above))
    };
    pairs.into_iter().filter(move |pair| match pair {
        // what schemas say is compared, and not how they are called
        (Some(was), Some(is)) => was.value != is.value && !names_schema(&was.name),
        // what it is a part of is reported
        (Some(of), None) | (None, Some(of)) => {
            let is_told = TOLD_ALONE.iter().any(|start| of.name.starts_with(start));
            of.value.is_some() && !is_told && has(&olds, &of.name) && has(&news, &of.name)
        }
        (None, None) => false,
    })
}

/// Whether it is the file of a schema.
fn names_schema(name: &str) -> bool {
    let path: Vec<&str> = name.split('.').collect();
    matches!(*path, ["operations", _, "schema" | "answer_schema"] | ["operations", _, "batch", "schema"])
}

/// Whether something has changed where the statement stands.
fn stands(changed: &HashSet<&Place>, of: Option<&Statement>) -> bool {
    of.is_some_and(|of| of.places.iter().any(|place| changed.contains(place)))
}

/// Whether a change without a place of its own reports a statement.
fn is_about(change: &Kind, name: &str) -> bool {
    match change {
        Kind::AuthChanged { operation: Some(operation), .. } => {
            name == format!("operations.{operation}.auth")
        }
        Kind::AttributesReserved { .. } | Kind::AttributesFreed { .. } => name.starts_with("sets."),
        _ => false,
    }
}

/// How others read what is stated: a named value and a set by `$name`, a conversion by its name.
fn read_as(name: &str) -> Option<String> {
    match name.split_once('.')? {
        ("values" | "sets", name) => Some(format!("${name}")),
        ("conversions", name) => Some(name.to_owned()),
        _ => None,
    }
}

/// Whether something has changed where a word is read, or where what reads it is read.
fn tells(word: &str, readers: &[Statement], changed: &HashSet<&Place>, seen: &mut HashSet<String>) -> bool {
    if !seen.insert(word.to_owned()) {
        return false;
    }
    readers.iter().filter(|of| of.value.as_ref().is_some_and(|value| reads(value, word))).any(|of| {
        stands(changed, Some(of))
            || read_as(&of.name).is_some_and(|name| tells(&name, readers, changed, seen))
    })
}

fn reads(value: &Value, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let in_text = |text: &str| match word.starts_with('$') {
        true => text
            .match_indices(word)
            .any(|(at, _)| !text.get(at + word.len()..).is_some_and(|rest| rest.starts_with(is_word))),
        false => text == word,
    };
    match value {
        Value::String(text) => in_text(text),
        Value::Array(items) => items.iter().any(|item| reads(item, word)),
        Value::Object(members) => members.iter().any(|(name, value)| in_text(name) || reads(value, word)),
        _ => false,
    }
}

fn add(name: &str, was: Option<&Statement>, is: Option<&Statement>, changes: &mut Changes) {
    let shown = |of: Option<&Statement>| of.and_then(|of| of.value.as_ref()).map(ToString::to_string);
    let what = Kind::StatedOtherwise { what: name.to_owned(), old: shown(was), new: shown(is) };
    changes.add(what, was.map(|was| &was.place), is.map(|is| &is.place));
}
