//! A payload part that is built field by field, and what of it cannot be expressed.

use std::fmt;

use mapwright_findings::differ_by_a_letter;
use mapwright_language::keys::row_keys;
use serde_json::Value;

use crate::yaml::{Yaml, comments, plain};

/// The deepest nesting of fields.
const DEPTH: usize = 16;

/// Payload parts that were read from another format.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// The parts, by name.
    pub parts: Vec<(String, Part)>,
    /// What could not be said.
    pub notes: Vec<Note>,
}

/// Something that could not be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about: a field, or a place in the file.
    pub place: String,
    /// What is left to do.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// A payload part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    fields: Vec<Field>,
    notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Field {
    name: String,
    content: Content,
    notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Row(Yaml),
    Object(Vec<Field>),
}

impl Part {
    /// Adds a row at a place such as `address.city`. A second row at a place has the first one as its fallback.
    ///
    /// # Errors
    /// Why there can be no row.
    pub(crate) fn add(&mut self, target: &str, row: Yaml, notes: Vec<String>) -> Result<(), String> {
        let names: Vec<&str> = target.split('.').map(str::trim).collect();
        if names.len() > DEPTH {
            return Err(format!("the field is nested deeper than {DEPTH} objects"));
        }
        for name in &names {
            let is_index = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit());
            if is_index || name.contains(['[', ']']) {
                return Err("a place in a list has to be written as a `list` or with `each`".to_owned());
            }
            if name.is_empty()
                || name.contains("{{")
                || name.contains("{%")
                || name.chars().any(char::is_control)
            {
                return Err("the name of the field cannot be written".to_owned());
            }
        }
        add(&mut self.fields, &names, row, notes)
    }

    /// Adds a comment about the whole part.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Returns whether the part has no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns the part as the entry of `payload`, indented by this number of spaces.
    pub fn text(&self, name: &str, indent: usize) -> String {
        self.text_with(name, indent, "")
    }

    /// The same, with this comment behind its name.
    pub(crate) fn text_with(&self, name: &str, indent: usize, comment: &str) -> String {
        let mut out = format!("{}{}:", " ".repeat(indent), plain(name));
        if self.is_empty() {
            out.push_str(" {}");
        }
        out.push_str(comment);
        if self.is_empty() {
            out.push('\n');
            comments(indent + 2, &self.notes, &mut out);
            return out;
        }
        out.push('\n');
        comments(indent + 2, &self.notes, &mut out);
        for field in &self.fields {
            comments(indent + 2, &notes(field), &mut out);
            let key = plain(&field.name);
            out.push_str(&format!("{}{key}:", " ".repeat(indent + 2)));
            yaml(&field.content).write(indent + 4, indent + key.len() + 4, &mut out);
        }
        out
    }
}

fn add(fields: &mut Vec<Field>, names: &[&str], row: Yaml, notes: Vec<String>) -> Result<(), String> {
    let [name, rest @ ..] = names else { return Ok(()) };
    let found = fields.iter_mut().find(|field| field.name == *name);
    match (found, rest) {
        (None, []) => fields.push(Field { name: (*name).to_owned(), content: Content::Row(row), notes }),
        (None, rest) => {
            let mut inner = Vec::new();
            add(&mut inner, rest, row, notes)?;
            fields.push(Field {
                name: (*name).to_owned(),
                content: Content::Object(inner),
                notes: Vec::new(),
            });
        }
        (Some(field), []) => match &mut field.content {
            Content::Row(first) => {
                *first = alternatives(row, first.clone());
                field.notes.extend(notes);
            }
            Content::Object(_) => return Err("other rows state members of this field".to_owned()),
        },
        (Some(field), rest) => match &mut field.content {
            Content::Object(inner) => add(inner, rest, row, notes)?,
            Content::Row(_) => return Err(format!("another row states `{name}` as a whole")),
        },
    }
    Ok(())
}

/// A row with a fallback.
fn alternatives(row: Yaml, fallback: Yaml) -> Yaml {
    let listed = |row| match row {
        Yaml::List(items) => items,
        row => vec![row],
    };
    let mut items = listed(row);
    items.extend(listed(fallback));
    Yaml::List(items)
}

/// The comments about a field and its members.
fn notes(field: &Field) -> Vec<String> {
    let mut all = field.notes.clone();
    if let Content::Object(fields) = &field.content {
        all.extend(fields.iter().flat_map(notes));
    }
    all
}

fn yaml(content: &Content) -> Yaml {
    match content {
        Content::Row(row) => row.clone(),
        Content::Object(fields) => {
            object(fields.iter().map(|field| (field.name.clone(), yaml(&field.content))).collect())
        }
    }
}

/// An object of rows.
pub(crate) fn object(fields: Vec<(String, Yaml)>) -> Yaml {
    let is_key = |name: &str| row_keys().any(|key| differ_by_a_letter(name, key)) || name.starts_with("on_");
    match fields.is_empty() || fields.iter().any(|(name, _)| is_key(name)) {
        true => Yaml::one("object", Yaml::Map(fields)),
        false => Yaml::Map(fields),
    }
}

/// The constant of a row.
pub(crate) fn constant(value: Value) -> Yaml {
    Yaml::one("value", Yaml::Value(value))
}

/// A row with one more key. What is written short is written as `from` then.
pub(crate) fn with(row: Yaml, key: &str, value: Yaml) -> Yaml {
    let is_row = |fields: &[(String, Yaml)]| {
        fields.iter().any(|(name, _)| row_keys().any(|key| key == name))
            && !fields.iter().any(|(name, _)| name == key)
    };
    match row {
        Yaml::Map(mut fields) if is_row(&fields) => {
            fields.push((key.to_owned(), value));
            Yaml::Map(fields)
        }
        Yaml::Map(fields) => {
            Yaml::Map(vec![("from".to_owned(), Yaml::List(vec![Yaml::Map(fields)])), (key.to_owned(), value)])
        }
        other => Yaml::Map(vec![("from".to_owned(), other), (key.to_owned(), value)]),
    }
}
