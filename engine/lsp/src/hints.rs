//! What is said beside the text: the types of fields, and modifiers that are inherited.

use std::collections::BTreeMap;

use ls_types::{InlayHint, InlayHintKind, InlayHintLabel, InlayHintTooltip, Range};
use mapwright_analyze::facts::Facts;
use mapwright_analyze::schema::Spot;
use mapwright_convert::Patterns;
use mapwright_findings::FileId;
use mapwright_language::yaml::{Data, Node};
use serde_json::Value;

use crate::here::Here;

/// The hints of a part of a file.
pub(crate) fn hints(here: &Here<'_, '_>, range: Range) -> Vec<InlayHint> {
    let mut found: BTreeMap<u32, Vec<InlayHint>> = BTreeMap::new();
    types(here, &mut found);
    inherited(here, &mut found);
    let all = found.into_values().flatten();
    all.filter(|hint| range.start <= hint.position && hint.position <= range.end).collect()
}

/// The types of the fields that a schema has, behind their names.
fn types(here: &Here<'_, '_>, found: &mut BTreeMap<u32, Vec<InlayHint>>) {
    let Some(view) = here.file.view() else { return };
    let facts = Facts::new(&view, &Patterns::default());
    for flow in &facts.flows {
        for field in flow.fields().filter(|field| field.name.span.file == here.file.id) {
            let Some(label) = field.sent.first().and_then(|sent| kind(&sent.spot)) else { continue };
            let hints = found.entry(field.name.span.end).or_default();
            if hints.is_empty() {
                hints.push(hint(here, field.name.span.end, format!(" {label}"), None, InlayHintKind::TYPE));
            }
        }
    }
}

/// The types that a value may have, and the longest text.
fn kind(spot: &Spot<'_>) -> Option<String> {
    let mut types: Vec<&str> = Vec::new();
    for schema in spot.alternatives.iter().flatten() {
        match schema.get("type") {
            Some(Value::String(one)) => types.push(one),
            Some(Value::Array(some)) => types.extend(some.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    types.retain(|name| *name != "null");
    types.sort_unstable();
    types.dedup();
    let longest =
        spot.alternatives.iter().flatten().filter_map(|schema| schema.get("maxLength")?.as_u64()).min();
    let limit = longest.map(|longest| format!(" ≤{longest}")).unwrap_or_default();
    (!types.is_empty()).then(|| format!("{}{limit}", types.join(" | ")))
}

/// What entries of the file inherit beside what they state.
fn inherited(here: &Here<'_, '_>, found: &mut BTreeMap<u32, Vec<InlayHint>>) {
    let Some((destination, version)) = here.file.version else { return };
    let mapping = here.file.mapping.into_iter();
    let variants = mapping.clone().flat_map(|mapping| mapping.variants.iter().map(|variant| &variant.node));
    for tree in mapping.map(|mapping| &mapping.node).chain(variants).chain([&version.node, &destination.node])
    {
        of_tree(here, tree, 0, found);
    }
}

/// The keys of rows and steps are so deep in a file: a section, a name, and for fields one more.
const SECTIONS: usize = 2;

fn of_tree(here: &Here<'_, '_>, node: &Node, depth: usize, found: &mut BTreeMap<u32, Vec<InlayHint>>) {
    let entries = match &node.data {
        Data::Map(entries) => entries,
        Data::List(items) => return items.iter().for_each(|item| of_tree(here, item, depth, found)),
        _ => return,
    };
    let own: Vec<_> = entries.iter().filter(|(key, _)| key.span.file == here.file.id).collect();
    let others: Vec<_> = entries.iter().filter(|(key, _)| key.span.file != here.file.id).collect();
    if let (Some((last, value)), true) = (own.last(), depth >= SECTIONS && !others.is_empty()) {
        let names: Vec<&str> = others.iter().map(|(key, _)| key.text.as_str()).collect();
        // where many are inherited, it is a list of its own
        const MOST: usize = 6;
        let at = match is_one(&value.data) && value.span.file == here.file.id {
            true => value.span.end,
            false => last.span.end,
        };
        let hints = found.entry(at).or_default();
        if names.len() <= MOST && hints.iter().all(|hint| hint.kind != Some(InlayHintKind::PARAMETER)) {
            let texts = &here.file.model.catalog.texts;
            let (label, files) = (format!(" + {}", names.join(", ")), files(&others, texts));
            hints.push(hint(
                here,
                at,
                label,
                Some(format!("inherited from {files}")),
                InlayHintKind::PARAMETER,
            ));
        }
    }
    entries.iter().for_each(|(_, value)| of_tree(here, value, depth + 1, found));
}

fn is_one(data: &Data) -> bool {
    !matches!(data, Data::Map(_) | Data::List(_))
}

fn files(entries: &[&(mapwright_language::yaml::Key, Node)], texts: &mapwright_findings::Texts) -> String {
    let mut files: Vec<FileId> = entries.iter().map(|(key, _)| key.span.file).collect();
    files.sort();
    files.dedup();
    let name = |file: &FileId| {
        let path = texts.path(*file).unwrap_or_default();
        let end: Vec<&str> = path.rsplit('/').take(2).collect();
        format!("`{}`", end.into_iter().rev().collect::<Vec<_>>().join("/"))
    };
    files.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn hint(
    here: &Here<'_, '_>,
    byte: u32,
    label: String,
    tooltip: Option<String>,
    kind: InlayHintKind,
) -> InlayHint {
    InlayHint {
        position: here.text.position(byte as usize),
        label: InlayHintLabel::String(label),
        kind: Some(kind),
        text_edits: None,
        tooltip: tooltip.map(InlayHintTooltip::String),
        padding_left: None,
        padding_right: None,
        data: None,
    }
}
