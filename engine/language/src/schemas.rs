//! The JSON Schemas of a version: patched by the versions that inherit them, and together with the schemas that they refer to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
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
    /// A file cannot be read: its name, what is wrong, and where.
    Unread {
        /// The name of the file.
        name: String,
        /// What is wrong.
        problem: At<JsonProblem>,
    },
    /// It refers to a file that the version does not have.
    Unknown {
        /// The name of the missing file.
        name: String,
        /// Where it is named, or the file if that is not known.
        span: Span,
    },
}

/// Why the text of a schema cannot be used as JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonProblem {
    /// It is not UTF-8 from this byte on.
    Bytes(usize),
    /// It begins with a byte order mark.
    Mark,
    /// It is nested more deeply than is read.
    Deep,
    /// A key stands twice in one object.
    Twice(String),
    /// It is not JSON, in the words of the parser.
    Syntax(String),
}

/// The most levels of nested lists and objects of JSON that is read.
pub const JSON_DEPTH: usize = 127;

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
    fn json(&self) -> Result<Value, At<JsonProblem>> {
        let problem = |value: JsonProblem, start: usize, end: usize| At {
            value,
            span: Span { file: self.file, start: start as u32, end: end as u32 },
        };
        if let Some(at) = self.broken {
            return Err(problem(JsonProblem::Bytes(at), at, at));
        }
        if self.text.starts_with(MARK) {
            return Err(problem(JsonProblem::Mark, 0, MARK.len_utf8()));
        }
        let twice = RefCell::new(None);
        let mut reader = serde_json::Deserializer::from_str(&self.text);
        let parsed = Once { twice: &twice }.deserialize(&mut reader);
        let parsed = parsed.and_then(|parsed| reader.end().map(|()| parsed)).map_err(|error| {
            let at = byte_of(&self.text, error.line() as u64, error.column() as u64) as usize;
            if let Some(key) = twice.take() {
                let written = Value::from(key.as_str()).to_string();
                // the parser stands at the quote that ends the key
                let before = self.text.get(..=at).unwrap_or_default();
                let start = before.rfind(&written).unwrap_or(at);
                return problem(JsonProblem::Twice(key), start, start + written.len());
            }
            let message = error.to_string();
            // the finding's position contains the line
            let message = message.split_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            let value = match message {
                "recursion limit exceeded" => JsonProblem::Deep,
                _ if error.is_eof() => JsonProblem::Syntax("unexpected end of file".to_owned()),
                message => JsonProblem::Syntax(message.to_owned()),
            };
            problem(value, at, at + 1)
        })?;
        Ok(self.patches.iter().fold(parsed, |schema, patch| patched(schema, &patch.to_json())))
    }
}

/// The byte order mark, which some editors write at the beginning of a file.
const MARK: char = '\u{feff}';

/// Reads JSON in which every key stands once in its object. The key that stands twice is noted.
#[derive(Clone, Copy)]
struct Once<'t> {
    twice: &'t RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if members.contains_key(&key) {
                *self.twice.borrow_mut() = Some(key);
                return Err(serde::de::Error::custom("a key stands twice"));
            }
            members.insert(key, entries.next_value_seed(self)?);
        }
        Ok(members.into())
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
        file.json().map_err(|problem| SchemaFault::Unread { name: name.to_owned(), problem })
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
