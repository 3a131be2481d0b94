//! From a name to where it is defined and used, and other names for it.

use std::collections::BTreeSet;

use ls_types::{DocumentHighlight, DocumentHighlightKind, Location, Range, WorkspaceEdit};
use mapwright::{Severity, Sources};
use mapwright_analyze::index::{IndexedName, Kind, NamePlace};
use mapwright_findings::Span;
use mapwright_validate::{Options, validate};

use crate::cursor::Cursor;
use crate::diagnostics::workspace_edit;
use crate::here::Here;
use crate::model::called;

/// Where the name at a byte is defined, nearest first: in the file's own version, then in those that it extends.
pub(crate) fn definitions(here: &Here<'_, '_>, byte: usize) -> Option<Vec<Location>> {
    let Some((name, _)) = here.file.model.index.at(here.file.id, byte as u32) else {
        return version(here, byte).or_else(|| event_file(here, byte));
    };
    let texts = &here.file.model.catalog.texts;
    let mut places: Vec<&NamePlace> = name.places.iter().filter(|place| place.defines).collect();
    // what is laid over it in a version that this one does not see is no definition of it here
    let seen = seen_files(here);
    if places.iter().any(|place| seen.contains(&place.span.file)) {
        places.retain(|place| seen.contains(&place.span.file));
    }
    places.sort_by_key(|place| (place.span.file != here.file.id, place.span.file, place.span.start));
    Some(places.into_iter().filter_map(|place| here.workspace.location_of(texts, place.span)).collect())
}

/// The files that the version of the file consists of.
fn seen_files(here: &Here<'_, '_>) -> BTreeSet<mapwright_findings::FileId> {
    let Some((destination, version)) = here.file.version else { return BTreeSet::new() };
    let heir = version.heir().map(|heir| heir.files).unwrap_or_default();
    let mut files: BTreeSet<_> = version.files().into_iter().chain(heir).collect();
    files.insert(destination.node.span.file);
    files.insert(here.file.id);
    files
}

/// The version or the destination that `extends` names.
fn version(here: &Here<'_, '_>, byte: usize) -> Option<Vec<Location>> {
    let cursor = Cursor::at(&here.file.node, byte)?;
    let ["extends"] = cursor.keys().as_slice() else { return None };
    let named = cursor.node()?.as_text()?;
    let sources = &here.file.model.sources;
    let (key, _) = sources.iter().find(|(key, _)| sources.shown(key) == here.shown)?;
    let folder = key.rsplit_once('/')?.0;
    let path = match key.ends_with("/version.yaml") {
        true => format!("{}/{named}/version.yaml", folder.rsplit_once('/')?.0),
        false => format!("mappings/{named}/destination.yaml"),
    };
    sources.get(&path)?;
    Some(vec![here.workspace.location(sources.shown(&path), (0, 0))?])
}

/// The file that a test names for its event or its response.
fn event_file(here: &Here<'_, '_>, byte: usize) -> Option<Vec<Location>> {
    let cursor = Cursor::at(&here.file.node, byte)?;
    let named = cursor
        .node()?
        .as_text()
        .filter(|_| matches!(cursor.key_before(0), Some("event_file" | "body_file")))?;
    let sources = &here.file.model.sources;
    let (key, _) = sources.iter().find(|(key, _)| sources.shown(key) == here.shown)?;
    let beside = format!("{}/{named}", key.rsplit_once('/')?.0);
    let path = [beside, format!("{}{named}", mapwright::FIXTURES)]
        .into_iter()
        .find(|path| sources.get(path).is_some())?;
    Some(vec![here.workspace.location(sources.shown(&path), (0, 0))?])
}

/// All places of the name at a byte.
pub(crate) fn references(here: &Here<'_, '_>, byte: usize, with_definitions: bool) -> Option<Vec<Location>> {
    let (name, _) = here.file.model.index.at(here.file.id, byte as u32)?;
    let texts = &here.file.model.catalog.texts;
    let places = name.places.iter().filter(|place| with_definitions || !place.defines);
    Some(places.filter_map(|place| here.workspace.location_of(texts, place.span)).collect())
}

/// The places of the name at a byte in its file.
pub(crate) fn highlights(here: &Here<'_, '_>, byte: usize) -> Option<Vec<DocumentHighlight>> {
    let (name, _) = here.file.model.index.at(here.file.id, byte as u32)?;
    let places = name.places.iter().filter(|place| place.span.file == here.file.id);
    let highlight = |place: &NamePlace| DocumentHighlight {
        range: range(here, place.span),
        kind: Some(if place.defines { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
    };
    Some(places.map(highlight).collect())
}

fn range(here: &Here<'_, '_>, span: Span) -> Range {
    here.text.range((span.start as usize, span.end as usize))
}

/// The names that can have another name without anybody outside of the mappings knowing them.
const RENAMED: [Kind; 9] = [
    Kind::Value,
    Kind::Set,
    Kind::Table,
    Kind::Conversion,
    Kind::Requirement,
    Kind::Part,
    Kind::Step,
    Kind::Operation,
    Kind::Capture,
];

/// The name at a byte, if it can be renamed.
pub(crate) fn renamed(here: &Here<'_, '_>, byte: usize) -> Option<Range> {
    let (name, place) = here.file.model.index.at(here.file.id, byte as u32)?;
    (RENAMED.contains(&name.kind) && place.exact).then(|| range(here, place.span))
}

/// Gives the name at a byte another one, wherever it stands.
///
/// # Errors
/// Why that cannot be done, in words.
pub(crate) fn rename(here: &Here<'_, '_>, byte: usize, new: &str) -> Result<WorkspaceEdit, String> {
    let model = here.file.model;
    let Some((name, _)) = model.index.at(here.file.id, byte as u32) else {
        return Err("there is no name here that can be changed".to_owned());
    };
    let kind = called(name.kind);
    if !RENAMED.contains(&name.kind) {
        return Err(format!("a {kind} cannot be renamed: it is known outside of the mappings"));
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !new.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || !new.chars().all(is_word) {
        return Err(format!(
            "`{new}` is not a name: write letters, digits and `_`, not beginning with a digit"
        ));
    }
    if let Some(taken) = taken(here, name, new) {
        return Err(format!("there is a {} `{new}` already", called(taken.kind)));
    }
    let texts = &model.catalog.texts;
    let edits: Vec<(String, Span)> = name
        .places
        .iter()
        .map(|place| {
            let at = texts.place(place.span);
            match place.exact {
                true => Ok((at.path, place.span)),
                false => Err(format!("`{}` stands in {at} in another way: change it there first", name.name)),
            }
        })
        .collect::<Result<_, _>>()?;
    tried(here, &edits, new, name)?;
    let edits = edits
        .iter()
        .map(|(path, span)| (path.as_str(), (span.start as usize, span.end as usize), new.to_owned()));
    workspace_edit(here.workspace, edits).ok_or_else(|| "some of the files cannot be changed".to_owned())
}

fn taken<'m>(here: &Here<'m, '_>, name: &IndexedName, new: &str) -> Option<&'m IndexedName> {
    let meets = |other: &&IndexedName| {
        other.name == new
            && other.kind == name.kind
            && (other.of.is_none() || name.of.is_none() || other.of == name.of)
            && other.versions.iter().any(|version| name.versions.contains(version))
    };
    here.file.model.index.names().iter().find(meets)
}

/// Checks what would be found after a change: nothing that is not found now.
fn tried(here: &Here<'_, '_>, edits: &[(String, Span)], new: &str, name: &IndexedName) -> Result<(), String> {
    let before = &here.file.model.sources;
    let mut after: Sources = before.clone();
    for (key, text) in before.iter() {
        let shown = before.shown(key);
        let mut spans: Vec<Span> =
            edits.iter().filter(|(path, _)| path == shown).map(|(_, span)| *span).collect();
        if spans.is_empty() {
            continue;
        }
        spans.sort_by_key(|span| std::cmp::Reverse(span.start));
        let mut text = text.to_owned();
        for span in spans {
            let (start, end) = (span.start as usize, span.end as usize);
            if text.get(start..end) != Some(name.name.as_str()) {
                return Err(format!("`{}` has changed in `{shown}` in the meantime", name.name));
            }
            text.replace_range(start..end, new);
        }
        after.insert_as(key, shown, text);
    }
    let errors = |sources: &Sources| {
        let findings = validate(sources, &Options::default()).findings;
        let errors = findings.into_iter().filter(|finding| finding.severity() == Severity::Error);
        errors.collect::<Vec<_>>()
    };
    let known: BTreeSet<(&str, String)> =
        errors(before).iter().map(|finding| (finding.rule.id, finding.place.path.clone())).collect();
    match errors(&after)
        .iter()
        .find(|finding| !known.contains(&(finding.rule.id, finding.place.path.clone())))
    {
        None => Ok(()),
        Some(finding) => Err(format!(
            "the name would be wrong in a place that is not known to be one of it: {}: {}",
            finding.place, finding.message
        )),
    }
}
