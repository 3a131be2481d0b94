//! Entries of a list that are in it already, in whatever spelling.

use std::collections::HashMap;

use mapwright_convert::{PathStep, Root, Source, parse_source};
use mapwright_findings::rules::listed_twice::{RULE, report, report_source};
use mapwright_findings::{At, Span};
use mapwright_language::spec::{ArgsSpec, ConversionSpec, Form, OnError, RowSpec};
use mapwright_language::yaml::{Data, Node};
use serde_json::Value;

use crate::everywhere::{Everywhere, Tell};
use crate::view::{FlowView, VersionView};

/// What is read: the document, the path, and the rest of a path that finds several values; or a named value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Origin {
    Path(Root, Vec<PathStep>, String),
    Named(String, Vec<PathStep>),
}

/// Lists in which an entry counts once.
const SETS: [&str; 7] = ["omit", "one_of", "alias", "hosts", "names", "status", "pick"];

/// Lists of sources in which one counts once.
const SOURCES: [&str; 5] = ["rest_of", "any", "all", "merge", "by"];

/// Keys that hold constants, whose lists may have duplicates.
const CONSTANTS: [&str; 5] = ["value", "default", "tables", "schemas", "cases"];

/// Conversions that leave what they give as it is.
const SETTLED: [&str; 21] = [
    "boolean",
    "compact",
    "digits",
    "email",
    "integer",
    "iso8601",
    "limit_items",
    "limit_keys",
    "limit_names",
    "limit_text",
    "list",
    "lowercase",
    "number",
    "only",
    "phone",
    "range",
    "string",
    "trim",
    "truncate",
    "unique",
    "uppercase",
];

/// Named values that are looked into, inside of each other.
const DEEPEST: usize = 8;

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    lists(&version.destination.node, everywhere);
    if let Some(Data::Map(sources)) = version.destination.node.get("sources").map(|node| &node.data) {
        let kinds = sources.iter().flat_map(|(_, source)| [source.get("cloud"), source.get("device")]);
        kinds.flatten().for_each(|messages| entries(messages, everywhere, word));
    }
    lists(&version.version.node, everywhere);
    if let Some(Data::Map(sets)) = version.version.node.get("sets").map(|node| &node.data) {
        sets.iter().for_each(|(_, set)| entries(set, everywhere, word));
    }
    for mapping in &version.version.mappings {
        lists(&mapping.node, everywhere);
        mapping.variants.iter().for_each(|variant| lists(&variant.node, everywhere));
    }
    for (_, chain) in &version.version.spec.conversions {
        conversions(chain, everywhere);
    }
    for row in &version.rows.rows {
        conversions(&row.spec.conversions, everywhere);
    }
    for flow in &version.flows {
        for row in &flow.rows.rows {
            conversions(&row.spec.conversions, everywhere);
            alternatives(flow, row.spec, everywhere);
        }
    }
}

/// Looks at the lists of a file.
fn lists(node: &Node, everywhere: &mut Everywhere) {
    match &node.data {
        Data::Map(members) => {
            for (key, node) in members {
                let key = key.text.as_str();
                if SETS.contains(&key) {
                    entries(node, everywhere, word);
                } else if SOURCES.contains(&key) {
                    entries(node, everywhere, |node| {
                        let source = parse_source(node.as_text()?).ok()?;
                        Some(format!("{:?}", origin(&source)))
                    });
                }
                if key == "cases" {
                    if let Data::Map(cases) = &node.data {
                        cases.iter().for_each(|(_, case)| lists(case, everywhere));
                    }
                } else if !CONSTANTS.contains(&key) {
                    lists(node, everywhere);
                }
            }
        }
        Data::List(items) => items.iter().for_each(|item| lists(item, everywhere)),
        _ => {}
    }
}

/// Looks at conversions one after the other.
fn conversions(calls: &[ConversionSpec], everywhere: &mut Everywhere) {
    for (first, second) in calls.iter().zip(calls.iter().skip(1)) {
        let (name, span, before) = (second.name.value.clone(), second.name.span, first.name.span);
        let arguments = arguments(&second.args);
        let is_same =
            first.name.value == name && arguments.is_some() && arguments == self::arguments(&first.args);
        let tell = (is_same && SETTLED.contains(&name.as_str()))
            .then(|| -> Tell { Box::new(move |reports| report(reports, span, &name, before)) });
        everywhere.look(&RULE, span, "conversion", tell);
    }
}

/// The arguments of a call; nothing, if one is a row.
fn arguments(args: &ArgsSpec) -> Option<Vec<(&str, &Value)>> {
    match args {
        ArgsSpec::None => Some(Vec::new()),
        ArgsSpec::First(value) => Some(vec![("", &value.value)]),
        ArgsSpec::Named(all) => {
            Some(all.iter().map(|(name, value)| (name.value.as_str(), &value.value)).collect())
        }
        ArgsSpec::Operand(_) => None,
    }
}

/// A string, or a number.
fn word(node: &Node) -> Option<String> {
    match &node.data {
        Data::List(_) | Data::Map(_) => None,
        _ => node.as_word().map(str::to_owned).or_else(|| Some(node.to_json().to_string())),
    }
}

/// Looks at the entries of one list; `name` says which of them are the same.
fn entries(list: &Node, everywhere: &mut Everywhere, name: impl Fn(&Node) -> Option<String>) {
    let Data::List(items) = &list.data else { return };
    let mut known: HashMap<String, Span> = HashMap::new();
    for item in items {
        let Some(key) = name(item) else { continue };
        let first = *known.entry(key).or_insert(item.span);
        let text = word(item).unwrap_or_default();
        let span = item.span;
        let tell =
            (first != span).then(|| -> Tell { Box::new(move |reports| report(reports, span, &text, first)) });
        everywhere.look(&RULE, span, "entry", tell);
    }
}

/// Looks at the alternatives of a row.
fn alternatives(flow: &FlowView<'_>, row: &RowSpec, everywhere: &mut Everywhere) {
    let Form::First { alternatives, key: None } = &row.form else { return };
    // a value that the row cannot convert falls through to the next
    let converts = !row.conversions.is_empty() && row.on_error == OnError::Next;
    let mut known: HashMap<Origin, Span> = HashMap::new();
    for alternative in alternatives {
        let origins = origins(flow, alternative, 0);
        // one that has conditions or conversions of its own has a value at most where the plain source has one
        let source = alternative.form.source();
        let source = source.filter(|_| alternative.default.is_none() && alternative.keep.is_empty());
        let repeated = source.and_then(|source| {
            let all = if origins.is_empty() { vec![origin(&source.value)] } else { origins.clone() };
            let seen: Option<Vec<Span>> = all.iter().map(|origin| known.get(origin).copied()).collect();
            let is_same = !converts || alternative.conversions.is_empty();
            seen.filter(|_| is_same).and_then(|seen| seen.first().copied()).map(|first| (source, first))
        });
        let tell = repeated.map(|(source, first): (&At<Source>, Span)| -> Tell {
            let (span, text) = (source.span, written(&source.value));
            Box::new(move |reports| report_source(reports, span, &text, first))
        });
        everywhere.look(&RULE, alternative.span, "alternative", tell);
        for origin in tried(flow, alternative, 0) {
            known.entry(origin).or_insert(alternative.span);
        }
    }
}

/// The places that an alternative certainly tries: those among all that it may read which have no conditions and conversions.
fn tried(flow: &FlowView<'_>, row: &RowSpec, depth: usize) -> Vec<Origin> {
    let all = origins(flow, row, depth);
    if !all.is_empty() || !row.is_plain() || depth > DEEPEST {
        return all;
    }
    if let Form::First { alternatives, key: None } = &row.form {
        return alternatives.iter().flat_map(|row| tried(flow, row, depth + 1)).collect();
    }
    match row.form.source().map(|source| &source.value) {
        Some(Source::Named(value)) if value.steps.is_empty() => {
            flow.values.find(&value.name).map(|(_, row)| tried(flow, row, depth + 1)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// All places that an alternative reads without conditions and conversions. A named value of alternatives reads all of theirs; nothing is reported of
/// one that does more than that.
fn origins(flow: &FlowView<'_>, row: &RowSpec, depth: usize) -> Vec<Origin> {
    if !row.is_plain() || depth > DEEPEST {
        return Vec::new();
    }
    if let Form::First { alternatives, key: None } = &row.form {
        let all: Vec<Vec<Origin>> = alternatives.iter().map(|row| origins(flow, row, depth + 1)).collect();
        // as a whole it reads more than what is plain
        return if all.iter().any(Vec::is_empty) { Vec::new() } else { all.concat() };
    }
    let Some(source) = row.form.source() else { return Vec::new() };
    let own = origin(&source.value);
    let Source::Named(value) = &source.value else { return vec![own] };
    if !value.steps.is_empty() {
        return vec![own];
    }
    let Some((_, row)) = flow.values.find(&value.name) else { return vec![own] };
    let inner = origins(flow, row, depth + 1);
    if inner.is_empty() { vec![own] } else { inner }
}

fn origin(source: &Source) -> Origin {
    match source {
        Source::Path(path) => {
            let rest = path.rest.as_ref().map(|rest| format!("{rest:?}")).unwrap_or_default();
            Origin::Path(path.root, path.steps.clone(), rest)
        }
        Source::Named(value) => Origin::Named(value.name.clone(), value.steps.clone()),
    }
}

/// A source as it is written.
fn written(source: &Source) -> String {
    match source {
        Source::Path(path) => path.written.clone(),
        Source::Named(value) => value.written.clone(),
    }
}
