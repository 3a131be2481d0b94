//! The JSON Schemas of a version: patched by the versions that inherit them, and together with the schemas that they refer to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::yaml::{Node, byte_of, innermost, parse};
use mapwright_findings::{At, FileId, Span};

/// A JSON Schema of a version.
#[derive(Debug, Clone)]
pub struct SchemaFile {
    /// The file.
    pub file: FileId,
    /// Its text.
    pub text: String,
    /// The first byte that is not UTF-8.
    pub broken: Option<usize>,
    /// JSON Merge Patches that versions state, oldest first.
    pub patches: Vec<Arc<Node>>,
}

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaFault {
    /// A file is not JSON: its name, what is wrong, and where.
    Json {
        /// The name of the file.
        name: String,
        /// What is wrong.
        problem: At<String>,
    },
    /// It refers to a file that the version does not have.
    Unknown {
        /// The name of the missing file.
        name: String,
        /// Where it is named, or the file if that is not known.
        span: Span,
    },
}

impl SchemaFile {
    /// Returns where a part of it stands: in the last patch that states it, or else in the file.
    pub fn span(&self, path: &[String]) -> Span {
        self.spans([path]).into_iter().next().unwrap_or(self.whole())
    }

    /// Returns where parts of it stand, like [`span`](Self::span).
    pub fn spans<'p>(&self, paths: impl IntoIterator<Item = &'p [String]>) -> Vec<Span> {
        // JSON is YAML, whose parser provides positions
        let file = parse(self.file, &self.text).ok();
        let span = |path: &'p [String]| {
            let stated = |patch: &&Arc<Node>| {
                path.iter().try_fold(patch.as_ref(), |node, key| node.get(key)).is_some()
            };
            let patch = self.patches.iter().rev().find(stated).map(|patch| innermost(patch, path));
            patch.or(file.as_ref().map(|node| innermost(node, path))).map_or(self.whole(), |node| node.span)
        };
        paths.into_iter().map(span).collect()
    }

    fn whole(&self) -> Span {
        Span { file: self.file, start: 0, end: 1 }
    }

    /// Returns the schema, with its patches.
    fn json(&self) -> Result<Value, At<String>> {
        let problem =
            |at: u32, end: u32, value: String| At { value, span: Span { file: self.file, start: at, end } };
        if let Some(at) = self.broken {
            return Err(problem(at as u32, at as u32, format!("it is not UTF-8 from byte {at} on")));
        }
        let parsed = serde_json::from_str(&self.text).map_err(|error| {
            let at = byte_of(&self.text, error.line() as u64, error.column() as u64);
            let message = error.to_string();
            // the finding's position contains the line
            let message = match error.is_eof() {
                true => "unexpected end of file",
                false => message.split_once(" at line ").map_or(message.as_str(), |(message, _)| message),
            };
            problem(at, at + 1, message.to_owned())
        })?;
        Ok(self.patches.iter().fold(parsed, |schema, patch| patched(schema, &patch.to_json())))
    }
}

/// Applies a JSON Merge Patch (RFC 7396).
pub fn patched(target: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut members = match target {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, change) in changes {
        match change {
            Value::Null => drop(members.shift_remove(name)),
            change => {
                let old = members.get_mut(name).map(Value::take).unwrap_or_default();
                members.insert(name.clone(), patched(old, change));
            }
        }
    }
    Value::Object(members)
}

/// Returns a schema as one document: the other files that it refers to are among its `$defs`.
///
/// # Errors
/// When a file is not JSON, or a reference names a file that is not there.
pub(crate) fn bundle(name: &str, files: &BTreeMap<String, SchemaFile>) -> Option<Result<Value, SchemaFault>> {
    let file = files.get(name)?;
    Some(Bundle { name, files, open: Vec::new() }.of(file))
}

struct Bundle<'f> {
    /// The schema at the root.
    name: &'f str,
    files: &'f BTreeMap<String, SchemaFile>,
    /// The files that something refers to, in the order in which they were found.
    open: Vec<&'f str>,
}

impl<'f> Bundle<'f> {
    fn of(mut self, file: &'f SchemaFile) -> Result<Value, SchemaFault> {
        let mut root = self.read(self.name, file)?;
        self.references(&mut root, file, "", &mut Vec::new())?;
        let mut at = 0;
        let mut definitions = Map::new();
        while let Some(name) = self.open.get(at).copied() {
            at += 1;
            let Some(file) = self.files.get(name) else { continue };
            let mut schema = self.read(name, file)?;
            if let Value::Object(members) = &mut schema {
                // as a part of the other document, it has no address of its own
                members.shift_remove("$id");
                members.shift_remove("$schema");
            }
            self.references(&mut schema, file, &place_of(name), &mut Vec::new())?;
            definitions.insert(name.to_owned(), schema);
        }
        if let (Value::Object(members), false) = (&mut root, definitions.is_empty()) {
            let own = members.entry("$defs").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(own) = own {
                own.extend(definitions);
            }
        }
        Ok(root)
    }

    fn read(&self, name: &str, file: &SchemaFile) -> Result<Value, SchemaFault> {
        file.json().map_err(|problem| SchemaFault::Json { name: name.to_owned(), problem })
    }

    /// Lets references lead into the one document. `here` is the place of the schema in it.
    fn references(
        &mut self,
        value: &mut Value,
        file: &SchemaFile,
        here: &str,
        path: &mut Vec<String>,
    ) -> Result<(), SchemaFault> {
        match value {
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    path.push(at.to_string());
                    self.references(item, file, here, path)?;
                    path.pop();
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    path.push(key.clone());
                    match value {
                        Value::String(reference) if key == "$ref" => {
                            if let Some(inside) = self.inside(reference, file, here, path)? {
                                *reference = inside;
                            }
                        }
                        value => self.references(value, file, here, path)?,
                    }
                    path.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns what a reference is in the one document, if it changes.
    fn inside(
        &mut self,
        reference: &str,
        file: &SchemaFile,
        here: &str,
        path: &[String],
    ) -> Result<Option<String>, SchemaFault> {
        let (name, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        // an anchor is the same anywhere, and a complete address is none of a file
        if !pointer.is_empty() && !pointer.starts_with('/') || name.contains(':') {
            return Ok(None);
        }
        if name.is_empty() {
            return Ok(Some(format!("#{here}{pointer}")));
        }
        if name == self.name {
            return Ok(Some(format!("#{pointer}")));
        }
        let Some((name, _)) = self.files.get_key_value(name) else {
            return Err(SchemaFault::Unknown { name: name.to_owned(), span: file.span(path) });
        };
        if !self.open.contains(&name.as_str()) {
            self.open.push(name);
        }
        Ok(Some(format!("#{}{pointer}", place_of(name))))
    }
}

/// Returns the place of a file among the definitions, as references write it.
fn place_of(name: &str) -> String {
    let mut place = String::from("/$defs/");
    for byte in name.bytes() {
        match byte {
            b'~' => place.push_str("~0"),
            b'/' => place.push_str("~1"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => place.push(char::from(byte)),
            _ => place.push_str(&format!("%{byte:02X}")),
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn file(text: &str) -> SchemaFile {
        SchemaFile { file: FileId(0), text: text.to_owned(), broken: None, patches: Vec::new() }
    }

    #[test]
    fn patches_change_add_and_remove() {
        let schema = json!({ "a": { "b": 1, "c": 2 }, "d": [1, 2] });
        let patch = json!({ "a": { "b": null, "e": { "f": null, "g": 3 } }, "d": [3] });
        assert_eq!(patched(schema, &patch), json!({ "a": { "c": 2, "e": { "g": 3 } }, "d": [3] }));
    }

    #[test]
    fn files_that_refer_to_each_other_become_one_document() {
        let files = BTreeMap::from([
            ("a.json".to_owned(), file(r##"{"$ref": "b c.json", "x": {"$ref": "#/y"}}"##)),
            (
                "b c.json".to_owned(),
                file(
                    r##"{"$id": "b", "p": {"$ref": "a.json#/x"}, "q": {"$ref": "#/p"}, "r": {"$ref": "#"}}"##,
                ),
            ),
        ]);
        let bundled = bundle("a.json", &files).unwrap().unwrap();
        assert_eq!(
            bundled,
            json!({
                "$ref": "#/$defs/b%20c.json",
                "x": { "$ref": "#/y" },
                "$defs": { "b c.json": {
                    "p": { "$ref": "#/x" },
                    "q": { "$ref": "#/$defs/b%20c.json/p" },
                    "r": { "$ref": "#/$defs/b%20c.json" },
                } },
            })
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_named_where_it_stands() {
        let files = BTreeMap::from([("a.json".to_owned(), file(r#"{"x": {"$ref": "b.json"}}"#))]);
        let fault = bundle("a.json", &files).unwrap().unwrap_err();
        let span = Span { file: FileId(0), start: 15, end: 23 };
        assert_eq!(fault, SchemaFault::Unknown { name: "b.json".to_owned(), span });
    }
}
