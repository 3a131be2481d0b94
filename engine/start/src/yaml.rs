//! Rows as YAML: small ones in one line, and comments above the fields that they are about.

use serde_json::Value;

/// The longest line that a row is written in.
const WIDTH: usize = 110;

/// A value in YAML.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Yaml {
    /// A scalar, or any JSON.
    Value(Value),
    /// Items.
    List(Vec<Yaml>),
    /// Fields, in order.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    /// A string.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Yaml::Value(Value::String(text.into()))
    }

    /// A map with one field.
    pub(crate) fn one(key: &str, value: Yaml) -> Self {
        Yaml::Map(vec![(key.to_owned(), value)])
    }

    /// Writes the value behind its key: in the same line, or in lines of its own.
    pub(crate) fn write(&self, indent: usize, before: usize, out: &mut String) {
        let flow = self.flow();
        if before + flow.chars().count() <= WIDTH {
            out.push(' ');
            // outside of brackets, an index needs no quotes
            out.push_str(&flow);
            out.push('\n');
            return;
        }
        let pad = " ".repeat(indent);
        match self {
            Yaml::Map(fields) if !fields.is_empty() => {
                out.push('\n');
                for (key, value) in fields {
                    let key = plain(key);
                    out.push_str(&format!("{pad}{key}:"));
                    value.write(indent + 2, indent + key.len() + 2, out);
                }
            }
            Yaml::List(items) if !items.is_empty() => {
                out.push('\n');
                for item in items {
                    out.push_str(&format!("{pad}- {}\n", item.flow()));
                }
            }
            _ => {
                out.push(' ');
                out.push_str(&flow);
                out.push('\n');
            }
        }
    }

    /// The value in one line.
    pub(crate) fn flow(&self) -> String {
        match self {
            Yaml::Value(Value::String(text)) => plain(text),
            Yaml::Value(value) => value.to_string(),
            Yaml::List(items) => format!("[{}]", items.iter().map(Yaml::flow).collect::<Vec<_>>().join(", ")),
            Yaml::Map(fields) if fields.is_empty() => "{}".to_owned(),
            Yaml::Map(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(key, value)| format!("{}: {}", plain(key), value.flow())).collect();
                format!("{{ {} }}", fields.join(", "))
            }
        }
    }
}

/// A string without quotes, if YAML reads it as a string, too.
pub(crate) fn plain(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = WORDS.contains(&text.to_ascii_lowercase().as_str());
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$'));
    let all = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.' | '/' | '-'));
    match starts && all && !is_word {
        true => text.to_owned(),
        false => Value::from(text).to_string(),
    }
}

/// Comments, each in lines of its own.
pub(crate) fn comments(indent: usize, notes: &[String], out: &mut String) {
    for note in notes {
        // a line break would end the comment
        let note: String = note.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        out.push_str(&format!("{}# TODO: {note}\n", " ".repeat(indent)));
    }
}
