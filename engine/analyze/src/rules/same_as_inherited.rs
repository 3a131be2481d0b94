//! Entries that state what they inherit, or what the operation or the version states for all requests.

use mapwright_findings::Span;
use mapwright_findings::rules::same_as_inherited::{RULE, report};
use mapwright_language::keys::nested_fields;
use mapwright_language::yaml::{Data, Key, Node};

use crate::everywhere::{Everywhere, Tell};
use crate::view::VersionView;

/// The parts of a file, and how deep their entries are in them.
type Sections = &'static [(&'static str, usize)];

const OF_DESTINATIONS: Sections = &[
    ("settings", 1),
    ("rates", 1),
    ("sources", 1),
    ("names", 0),
    ("hosts", 0),
    ("responses", 0),
    ("unsupported", 0),
    ("error", 0),
];

const OF_VERSIONS: Sections = &[
    ("server", 0),
    ("headers", 1),
    ("query", 1),
    ("auth", 0),
    ("values", 1),
    ("sets", 1),
    ("tables", 1),
    ("conversions", 1),
    ("order", 1),
    ("warn", 0),
    ("requirements", 1),
    ("payload", 2),
    ("steps", 1),
    ("operations", 1),
    ("unsupported", 0),
    ("responses", 0),
];

const OF_MAPPINGS: Sections = &[
    ("skip", 0),
    ("order", 1),
    ("values", 1),
    ("payload", 2),
    ("require", 0),
    ("warn", 0),
    ("steps", 1),
    ("result", 1),
];

const OF_BOTH: Sections = &[("order", 1), ("values", 1), ("payload", 2)];

/// The part of an entry that is stated again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stated {
    /// Nothing is stated: all of it is inherited.
    Nothing,
    /// All that is stated is what would be inherited.
    Same,
    /// Something else.
    Other,
}

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let node = &version.version.node;
    if let Some(base) = version.destination.bases(version.version).next() {
        sections(node, &base.node, OF_VERSIONS, everywhere);
        for mapping in &version.version.mappings {
            if let Some(inherited) = base.mappings.iter().find(|other| other.message == mapping.message) {
                sections(&mapping.node, &inherited.node, OF_MAPPINGS, everywhere);
            }
        }
    }
    for mapping in &version.version.mappings {
        sections(&mapping.node, node, OF_BOTH, everywhere);
        for variant in &mapping.variants {
            sections(&variant.node, &mapping.node, OF_MAPPINGS, everywhere);
        }
        let variants = mapping.variants.iter().map(|variant| &variant.node);
        for steps in variants.chain([&mapping.node]).filter_map(|node| node.get("steps")) {
            of_steps(steps, node, everywhere);
        }
    }
    for (_, operation) in node.get("operations").and_then(Node::as_map).unwrap_or_default() {
        of_request(operation, node, everywhere);
    }
}

/// A destination that is laid over another one.
pub(super) fn of_destination(own: &Node, base: &Node, everywhere: &mut Everywhere) {
    sections(own, base, OF_DESTINATIONS, everywhere);
}

fn sections(own: &Node, base: &Node, all: Sections, everywhere: &mut Everywhere) {
    for (name, depth) in all {
        let found = own.as_map().and_then(|members| members.iter().find(|(key, _)| key.text == *name));
        if let (Some((key, own)), Some(base)) = (found, base.get(name)) {
            entry(key, own, base, *depth, everywhere);
            if OF_ROWS.contains(name) {
                fields(own, base, everywhere);
            }
        }
    }
}

/// Sections of rows: fields are laid over each other one by one, at any depth.
const OF_ROWS: [&str; 2] = ["values", "payload"];

/// Looks at the fields of objects of which not all is the same.
fn fields(own: &Node, base: &Node, everywhere: &mut Everywhere) {
    for (key, own) in own.as_map().unwrap_or_default() {
        let Some(base) = base.get(&key.text) else { continue };
        if nested_fields(own).and(nested_fields(base)).is_some()
            && stated(own, base, &mut None) == Stated::Other
        {
            entry(key, own, base, 1, everywhere);
            fields(own, base, everywhere);
        }
    }
}

fn entry(key: &Key, own: &Node, base: &Node, depth: usize, everywhere: &mut Everywhere) {
    if depth > 0 {
        // a missing part may have been replaced as a whole, so the rest exists only because it is stated; unless some of it is inherited
        let is_missing = |(key, _): &(Key, Node)| own.get(&key.text).is_none();
        let of_base = base.as_map().unwrap_or_default();
        let is_inherited = |(key, _): &(Key, Node)| of_base.iter().any(|(other, _)| key.span == other.span);
        if of_base.iter().any(is_missing) && !own.as_map().unwrap_or_default().iter().any(is_inherited) {
            return;
        }
        for (key, own) in own.as_map().unwrap_or_default() {
            if let Some(base) = base.get(&key.text) {
                entry(key, own, base, depth - 1, everywhere);
            }
        }
        return;
    }
    look(key, own, base, everywhere);
}

fn look(key: &Key, own: &Node, base: &Node, everywhere: &mut Everywhere) {
    let mut first = None;
    let is_same = stated(own, base, &mut first) == Stated::Same;
    if let Some((span, other)) = first {
        let name = key.text.clone();
        let tell = is_same.then(|| -> Tell { Box::new(move |reports| report(reports, span, &name, other)) });
        everywhere.look(&RULE, span, "entry", tell);
    }
}

/// The path and query parameters and the headers of steps that their operations have.
fn of_steps(steps: &Node, version: &Node, everywhere: &mut Everywhere) {
    for (_, step) in steps.as_map().unwrap_or_default() {
        let operation = step.get("operation").and_then(Node::as_text);
        if let Some(operation) = operation.and_then(|name| version.get("operations")?.get(name)) {
            of_request(step, operation, everywhere);
        }
        if let Some(steps) = step.get("steps") {
            of_steps(steps, version, everywhere);
        }
    }
}

fn of_request(own: &Node, base: &Node, everywhere: &mut Everywhere) {
    for section in ["params", "query", "headers"] {
        for (key, own) in own.get(section).and_then(Node::as_map).unwrap_or_default() {
            if let Some(base) = base.get(section).and_then(|base| base.get(&key.text)) {
                look(key, own, base, everywhere);
            }
        }
    }
}

/// Returns which inherited parts an entry states again; `first` is the first one, with its inherited position.
fn stated(own: &Node, base: &Node, first: &mut Option<(Span, Span)>) -> Stated {
    if let (Data::Map(members), Data::Map(inherited)) = (&own.data, &base.data) {
        let mut all = if members.len() == inherited.len() { Stated::Nothing } else { Stated::Other };
        for (key, own) in members {
            let of_member = match base.get(&key.text) {
                Some(base) => stated(own, base, first),
                None => Stated::Other,
            };
            all = match (all, of_member) {
                (Stated::Other, _) | (_, Stated::Other) => Stated::Other,
                (Stated::Same, _) | (_, Stated::Same) => Stated::Same,
                _ => Stated::Nothing,
            };
        }
        return all;
    }
    if own.span == base.span {
        return if own == base { Stated::Nothing } else { Stated::Other };
    }
    first.get_or_insert((own.span, base.span));
    if own.to_json() == base.to_json() { Stated::Same } else { Stated::Other }
}
