//! What is shown of the place under the pointer.

use ls_types::{Hover, HoverContents, MarkupContent, MarkupKind};
use mapwright_analyze::event::{FieldLookup, known};
use mapwright_analyze::facts::Facts;
use mapwright_analyze::index::{IndexedName, NamePlace};
use mapwright_analyze::schema::Spot;
use mapwright_analyze::view::{Reading, RowView, Rows, VersionView};
use mapwright_convert::{Definition, ExampleResult, Patterns, Root, find};
use mapwright_findings::Span;
use mapwright_language::yaml::Node;
use serde_json::{Map, Value};

use crate::cursor::{Cursor, holds};
use crate::grammar::Grammar;
use crate::here::Here;
use crate::model::called;
use crate::workspace::slashes;

/// What is known of a byte.
pub(crate) fn hover(here: &Here<'_, '_>, byte: usize) -> Option<Hover> {
    let cursor = Cursor::at(&here.file.node, byte);
    let grammar =
        cursor.as_ref().and_then(|cursor| Grammar::at(here.file.kind, &here.file.node, &cursor.path, ""));
    let view = here.file.view();
    let name = here.file.model.index.at(here.file.id, byte as u32);
    let mut parts: Vec<String> = Vec::new();
    parts.extend(name.map(|(name, _)| of_name(here, name)));
    if let (Some(cursor), Some(grammar)) = (&cursor, &grammar) {
        parts.extend(conversion(cursor, grammar).map(of_conversion));
    }
    if let Some(view) = &view {
        parts.extend(field(here, view, byte as u32));
        parts.extend(event_path(here, view, byte as u32));
    }
    let is_own = parts.is_empty();
    parts.extend(cursor.as_ref().filter(|cursor| cursor.key.is_some() && is_own).and_then(|cursor| {
        let doc = grammar.as_ref()?.doc()?;
        Some(format!("`{}`: {doc}", cursor.key?.text))
    }));
    parts.extend(rules(here, byte));
    if parts.is_empty() {
        return None;
    }
    let span = name.map(|(_, place)| place.span).or_else(|| cursor.as_ref().and_then(Cursor::span));
    let range = span.map(|span| here.text.range((span.start as usize, span.end as usize)));
    let contents = MarkupContent { kind: MarkupKind::Markdown, value: parts.join("\n\n---\n\n") };
    Some(Hover { contents: HoverContents::Markup(contents), range })
}

/// A tree as YAML, each line with the place that it comes from.
fn yaml(here: &Here<'_, '_>, key: &str, node: &Node) -> String {
    let text = here.file.model.catalog.written(key, node);
    // where the folder is, everybody at the editor knows
    let root =
        here.workspace.root_of(std::path::Path::new(here.shown)).map(|root| format!("{}/", slashes(&root)));
    let text = root.map_or_else(|| text.clone(), |root| text.replace(&root, ""));
    format!("```yaml\n{}\n```", text.trim_end())
}

/// What a name stands for, and where it is defined.
fn of_name(here: &Here<'_, '_>, name: &IndexedName) -> String {
    let head = format!("{} `{}`", called(name.kind), name.name);
    let version = if name.versions.contains(&here.file.at) {
        Some(here.file.at)
    } else {
        name.versions.first().copied()
    };
    let node = version.and_then(|version| here.file.model.effective(name, version));
    let body = node.map(|node| yaml(here, &name.name, node));
    let texts = &here.file.model.catalog.texts;
    let place = |place: &NamePlace| {
        let place = texts.place(place.span);
        let path: Vec<&str> = place.path.rsplit('/').take(3).collect();
        format!("`{}:{}`", path.into_iter().rev().collect::<Vec<_>>().join("/"), place.line)
    };
    let defined: Vec<String> = name.places.iter().filter(|place| place.defines).map(place).collect();
    let uses = name.places.iter().filter(|place| !place.defines).count();
    let defined = match defined.as_slice() {
        [] => String::new(),
        defined => format!("\n\ndefined in {}; used in {uses} places", defined.join(", ")),
    };
    format!("{head}{}{defined}", body.map(|body| format!("\n\n{body}")).unwrap_or_default())
}

/// The conversion that a call names.
fn conversion(cursor: &Cursor<'_>, grammar: &Grammar) -> Option<&'static Definition> {
    match cursor.key {
        // the key of a call is in a map that may be one
        Some(key) => find(&key.text).filter(|_| grammar.is_key_of(&["Conversion"], &key.text)),
        None => find(cursor.node()?.as_text()?).filter(|_| grammar.is("Conversion")),
    }
}

/// The documentation of a conversion.
pub(crate) fn of_conversion(definition: &Definition) -> String {
    let Definition { name, summary, doc, takes, gives, params, examples, .. } = definition;
    let mut text = format!("**`{name}`**: {takes} → {gives}\n\n{summary}");
    if !doc.is_empty() {
        text += &format!("\n\n{doc}");
    }
    for param in *params {
        let required = if param.required { ", required" } else { "" };
        text += &format!("\n- `{}` ({}{required}): {}", param.name, param.takes, param.summary);
    }
    for example in examples.iter().take(3) {
        let outcome = match example.outcome {
            ExampleResult::Gives(result) | ExampleResult::Warns(result, _) => format!("`{result}`"),
            ExampleResult::Nothing => "nothing".to_owned(),
            ExampleResult::Fails(error) => format!("an error: {error}"),
            _ => continue,
        };
        text += &format!("\n\n`{}` makes of `{}` {outcome}", example.call, example.value);
    }
    text
}

/// A field of a body: what the schema says of it, and all of its row.
fn field(here: &Here<'_, '_>, view: &VersionView<'_>, byte: u32) -> Option<String> {
    let file = here.file.id;
    let facts = Facts::new(view, &Patterns::default());
    for flow in &facts.flows {
        let is_here = |span: Span| span.file == file && holds(span, byte);
        let Some(found) = flow.fields().find(|field| is_here(field.name.span)) else { continue };
        let mut parts = Vec::new();
        let operations: Vec<String> = found.operations().iter().map(|name| format!("`{name}`")).collect();
        for sent in found.sent.iter().take(1) {
            let said = said(&sent.spot).unwrap_or_else(|| "the schema says nothing of it".to_owned());
            let path = sent.path.join(".");
            let path = if path.is_empty() { found.name.value.clone() } else { path };
            parts.push(format!("`{path}` in the body of {}: {said}", operations.join(", ")));
        }
        let row = flow.view.rows.row(found.row)?;
        parts.extend(effective(here, row, &found.name.value, flow.view.variant.map(|variant| &variant.node)));
        return Some(parts.join("\n\n"));
    }
    None
}

/// All of a row, with what it inherits.
fn effective(here: &Here<'_, '_>, row: &RowView<'_>, name: &str, variant: Option<&Node>) -> Option<String> {
    let mapping = here.file.mapping.map(|mapping| &mapping.node);
    let version = here.file.version.map(|(_, version)| &version.node);
    let node = [variant, mapping, version]
        .into_iter()
        .flatten()
        .find_map(|tree| at_span(tree, row.spec.span, name))?;
    Some(yaml(here, name, node))
}

/// The value of this key whose tree begins at a place.
fn at_span<'n>(node: &'n Node, span: Span, name: &str) -> Option<&'n Node> {
    use mapwright_language::yaml::Data;
    match &node.data {
        Data::Map(entries) => entries.iter().find_map(|(key, value)| {
            let is_it = key.text == name && value.span == span;
            if is_it { Some(value) } else { at_span(value, span, name) }
        }),
        Data::List(items) => items.iter().find_map(|item| at_span(item, span, name)),
        _ => None,
    }
}

/// What schemas say of a value, in words.
pub(crate) fn said(spot: &Spot<'_>) -> Option<String> {
    let all: Vec<&Map<String, Value>> = spot.alternatives.iter().flatten().copied().collect();
    let mut types: Vec<&str> = Vec::new();
    for schema in &all {
        match schema.get("type") {
            Some(Value::String(one)) => types.push(one),
            Some(Value::Array(some)) => types.extend(some.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    types.sort_unstable();
    types.dedup();
    let mut words = vec![types.join(" or ")];
    for (word, said) in LIMITS {
        let limit = all.iter().find_map(|schema| schema.get(word));
        words.extend(limit.map(|limit| match limit {
            Value::String(text) => format!("{said} `{text}`"),
            other => format!("{said} {other}"),
        }));
    }
    let listed = all.iter().find_map(|schema| schema.get("enum")?.as_array());
    words.extend(listed.map(|words| {
        let words: Vec<String> = words.iter().take(12).map(|word| format!("`{word}`")).collect();
        format!("one of {}", words.join(", "))
    }));
    let flags = [("readOnly", "read only"), ("deprecated", "deprecated")];
    words.extend(flags.into_iter().filter(|(word, _)| spot.says(word)).map(|(_, said)| said.to_owned()));
    let doc = all.iter().find_map(|schema| schema.get("description")?.as_str());
    words.retain(|word| !word.is_empty());
    let text = words.join(", ");
    match (text.is_empty(), doc) {
        (true, None) => None,
        (true, Some(doc)) => Some(doc.to_owned()),
        (false, None) => Some(text),
        (false, Some(doc)) => Some(format!("{text}. {doc}")),
    }
}

/// Words of schemas that limit values, and how they are said.
const LIMITS: [(&str, &str); 8] = [
    ("format", "format"),
    ("pattern", "pattern"),
    ("minLength", "characters at least"),
    ("maxLength", "characters at most"),
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("maxItems", "items at most"),
    ("maxProperties", "members at most"),
];

/// What the event spec says of a path that is read there.
fn event_path(here: &Here<'_, '_>, view: &VersionView<'_>, byte: u32) -> Option<String> {
    let all = view.flows.iter().map(|flow| &flow.rows).chain([&view.rows]);
    let (steps, span) = all.flat_map(|rows: &Rows<'_>| &rows.reads).find_map(|read| {
        let is_here = read.span.file == here.file.id && holds(read.span, byte);
        match &read.reading {
            Reading::Path(Root::Event, steps) if is_here => Some((steps.clone(), read.span)),
            _ => None,
        }
    })?;
    let path = here.text.text.get(span.start as usize..span.end as usize)?.trim_matches(['"', '\'']);
    let said = match known(&here.file.messages(), &steps) {
        FieldLookup::Field(nodes) => said(&Spot { alternatives: vec![nodes] })
            .unwrap_or_else(|| "a field of the event spec".to_owned()),
        FieldLookup::Unlisted { open: true, .. } => "the sender's own".to_owned(),
        FieldLookup::Unlisted { .. } | FieldLookup::NoMembers { .. } => {
            "the event spec has no such field".to_owned()
        }
        FieldLookup::Unknown => return None,
    };
    Some(format!("`{path}` of the event: {said}"))
}

/// The rules of the findings there.
fn rules(here: &Here<'_, '_>, byte: usize) -> Vec<String> {
    let known = here
        .workspace
        .root_of(std::path::Path::new(here.shown))
        .and_then(|root| here.workspace.roots.get(&root));
    let findings = known.into_iter().flat_map(|known| known.findings());
    let here = findings.filter(|finding| {
        let (start, end) = finding.place.bytes;
        finding.place.path == here.shown && start <= byte && byte <= end
    });
    let mut rules: Vec<_> = here.map(|finding| finding.rule).collect();
    rules.dedup();
    rules.into_iter().map(|rule| format!("**`{}`**: {}\n\n{}", rule.id, rule.summary, rule.doc)).collect()
}
