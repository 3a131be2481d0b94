//! A document that refers to other files: they become parts of it, so that everything else knows one document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::decoded::decoded;
use crate::error::StartError;
use crate::part::Note;

/// The member of the document under which the other files stand.
const FILES: &str = "x-files";
/// The most other files.
const MOST_FILES: usize = 1_000;
/// The deepest nesting that references are looked for in.
const DEEPEST: usize = 256;

/// Reads a file by its path from the folder of the document, or says why it cannot be read.
pub type Beside<'b> = &'b dyn Fn(&str) -> Result<String, String>;

/// Adds the files that a document of this name refers to, and lets its references lead to them. What is elsewhere, such as on the network, is left as it is.
pub(super) fn with_files(
    (name, mut document): (&str, Value),
    beside: Beside<'_>,
    read: &dyn Fn(&str) -> Result<Value, StartError>,
) -> (Value, Vec<Note>) {
    let mut bundle = Bundle { name, known: BTreeSet::new(), open: Vec::new(), notes: BTreeMap::new() };
    bundle.references(&mut document, None, 0);
    let mut files = Map::new();
    while let Some(path) = bundle.open.pop() {
        let found = beside(&path).and_then(|text| read(&text).map_err(|error| error.to_string()));
        match found {
            Ok(mut file) => {
                bundle.references(&mut file, Some(&path), 0);
                files.insert(path, file);
            }
            Err(reason) => drop(bundle.notes.insert(path, format!("the file cannot be read: {reason}"))),
        }
    }
    if let (Value::Object(members), false) = (&mut document, files.is_empty()) {
        members.insert(FILES.to_owned(), Value::Object(files));
    }
    let notes = bundle.notes.into_iter().map(|(place, text)| Note { place, text });
    (document, notes.collect())
}

struct Bundle<'n> {
    /// The document itself, to which other files may refer.
    name: &'n str,
    /// The files that something refers to.
    known: BTreeSet<String>,
    /// Those of them that have not been read.
    open: Vec<String>,
    notes: BTreeMap<String, String>,
}

impl Bundle<'_> {
    /// Lets the references of a file lead to places in the one document. `here`: the file, if it is another one.
    fn references(&mut self, value: &mut Value, here: Option<&str>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get_mut("$ref")
                    && let Some(there) = self.reference(reference, here)
                {
                    *reference = there;
                }
                members.values_mut().for_each(|value| self.references(value, here, depth + 1));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.references(item, here, depth + 1)),
            _ => {}
        }
    }

    fn reference(&mut self, reference: &str, here: Option<&str>) -> Option<String> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let path = match file {
            "" => here?.to_owned(),
            // nothing is asked of the network
            file if file.contains(':') || file.starts_with('/') => return None,
            file => joined(here, &decoded(file))?,
        };
        if path == self.name {
            return Some(format!("#{pointer}"));
        }
        if Some(path.as_str()) != here && self.known.insert(path.clone()) {
            match self.known.len() > MOST_FILES {
                true => {
                    let text = format!("more than {MOST_FILES} other files are not read");
                    self.notes.insert(path.clone(), text);
                }
                false => self.open.push(path.clone()),
            }
        }
        let key = path.replace('~', "~0").replace('/', "~1").replace('%', "%25");
        Some(format!("#/{FILES}/{key}{pointer}"))
    }
}

/// A reference as the files state it.
pub(super) fn shown(reference: &str) -> String {
    let there = reference.strip_prefix("#/").and_then(|rest| rest.strip_prefix(FILES)?.strip_prefix('/'));
    let Some(there) = there else { return reference.to_owned() };
    let (key, pointer) = there.split_once('/').unwrap_or((there, ""));
    let path = key.replace("%25", "%").replace("~1", "/").replace("~0", "~");
    if pointer.is_empty() { path } else { format!("{path}#/{pointer}") }
}

/// A path that a file states, from the folder of the document; none, if it leads out of that folder.
fn joined(here: Option<&str>, file: &str) -> Option<String> {
    let folder = here.and_then(|here| here.rsplit_once('/')).map_or("", |(folder, _)| folder);
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in file.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            step => steps.push(step),
        }
    }
    (!steps.is_empty()).then(|| steps.join("/"))
}
