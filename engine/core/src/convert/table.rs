//! The table of all conversions.

use std::fmt;

use serde_json::{Value, json};

use crate::convert::arguments::Arguments;
use crate::convert::{
    Action, flatten, hash, json, kind, limit, list, lookup, number, object, text, time, url,
};
use crate::finding::one_of;

/// The type of a conversion's input or result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Any value.
    Any,
    /// Text.
    Text,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list; any other value is treated as a list of one.
    List,
    /// An object.
    Object,
    /// Text, number or boolean.
    Scalar,
    /// A number, or text that contains one.
    Numeric,
    /// A date: text or an epoch.
    Date,
}

/// The name in the reference.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Any => "anything",
            Type::Text => "text",
            Type::Number => "number",
            Type::Integer => "whole number",
            Type::Boolean => "boolean",
            Type::List => "list",
            Type::Object => "object",
            Type::Scalar => "text, number or boolean",
            Type::Numeric => "number or text",
            Type::Date => "date",
        })
    }
}

/// A group of conversions: a section of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Types of values.
    Kinds,
    /// Text.
    Text,
    /// Numbers.
    Numbers,
    /// Dates and times.
    Dates,
    /// Lists.
    Lists,
    /// Objects.
    Objects,
    /// Limits of an API.
    Limits,
    /// Hashes and encodings.
    Encodings,
}

impl Group {
    /// Returns the heading of its section.
    pub fn title(self) -> &'static str {
        match self {
            Group::Kinds => "Types of values",
            Group::Text => "Text",
            Group::Numbers => "Numbers",
            Group::Dates => "Dates",
            Group::Lists => "Lists",
            Group::Objects => "Objects",
            Group::Limits => "Limits of an API",
            Group::Encodings => "Hashes and encodings",
        }
    }
}

/// One conversion: its name, signature, documentation and examples.
#[derive(Debug)]
pub struct Definition {
    /// The name in mappings.
    pub name: &'static str,
    /// The group.
    pub group: Group,
    /// One line that describes the result.
    pub summary: &'static str,
    /// More documentation, in Markdown; may be empty.
    pub doc: &'static str,
    /// The type of the input.
    pub takes: Type,
    /// The type of the result.
    pub gives: Type,
    /// Its parameters; the first may be given without its name.
    pub params: &'static [Param],
    /// Examples; each is a test.
    pub examples: &'static [Example],
    pub build: for<'a, 'c> fn(&'a mut Arguments<'c>) -> Option<Action>,
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Definition {
    /// Returns the JSON Schema of the conversion's arguments.
    pub fn arguments_schema(&self) -> Value {
        let properties: serde_json::Map<String, Value> = self
            .params
            .iter()
            .map(|param| {
                let mut schema = param.takes.schema();
                if let Some(keywords) = schema.as_object_mut() {
                    keywords.insert("description".to_owned(), param.summary.into());
                }
                (param.name.to_owned(), schema)
            })
            .collect();
        let required: Vec<&str> = self.params.iter().filter(|p| p.required).map(|p| p.name).collect();
        let named = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        });
        let others_required = self.params.iter().skip(1).any(|param| param.required);
        match self.params.first().map(|param| param.takes) {
            Some(ParamType::Conversions) => {
                json!({ "description": self.summary, "anyOf": [ParamType::Conversions.schema()] })
            }
            Some(first) if !others_required && first != ParamType::Table => {
                json!({ "description": self.summary, "anyOf": [first.schema(), named] })
            }
            Some(_) if !others_required => {
                json!({ "description": self.summary, "anyOf": [{ "type": "string" }, named] })
            }
            _ => json!({ "description": self.summary, "anyOf": [named] }),
        }
    }
}

/// A parameter of a conversion.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub takes: ParamType,
    /// Whether it is required.
    pub required: bool,
    /// One line that describes its meaning and default.
    pub summary: &'static str,
}

impl Param {
    pub const fn required(name: &'static str, takes: ParamType, summary: &'static str) -> Self {
        Self { name, takes, required: true, summary }
    }

    pub const fn optional(name: &'static str, takes: ParamType, summary: &'static str) -> Self {
        Self { name, takes, required: false, summary }
    }
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// Text.
    Text,
    /// Text, or a setting that contains it.
    TextOrSetting,
    /// A regular expression.
    Pattern,
    /// A number.
    Number,
    /// A whole number from 0 to the given one.
    Count(u32),
    /// One of these words; the first is the default.
    Word(&'static [&'static str]),
    /// One or more of these words.
    Words(&'static [&'static str]),
    /// Names: strings, `$set`s and settings that contain names.
    Names,
    /// Lists of names.
    Shapes,
    /// A table: its name, an inline table, or a setting that contains one.
    Table,
    /// Conversions.
    Conversions,
}

/// The name in messages and in the reference.
impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ParamType::Text => "text",
            ParamType::TextOrSetting => "text or a setting",
            ParamType::Pattern => "a regular expression",
            ParamType::Number => "a number",
            ParamType::Count(u32::MAX) => "a whole number, 0 or more",
            ParamType::Count(most) => return write!(f, "a whole number from 0 to {most}"),
            ParamType::Word(words) => return f.write_str(&one_of(words.iter().copied())),
            ParamType::Words(words) => {
                return write!(f, "one or more of {}", one_of(words.iter().copied()));
            }
            ParamType::Names => "names: strings, `$set`s or settings",
            ParamType::Shapes => "a list of lists of names, such as `[[amount, currency]]`",
            ParamType::Table => "the name of a table, a map of strings to values, or a setting",
            ParamType::Conversions => "a conversion or a list of conversions",
        })
    }
}

impl ParamType {
    fn schema(self) -> Value {
        let text = || json!({ "type": "string" });
        let one_or_more = |one: Value| json!({ "anyOf": [one, { "type": "array", "items": one }] });
        match self {
            ParamType::Text | ParamType::TextOrSetting | ParamType::Pattern => text(),
            ParamType::Number => json!({ "type": "number" }),
            ParamType::Count(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
            ParamType::Word(words) => json!({ "enum": words }),
            ParamType::Words(words) => one_or_more(json!({ "enum": words })),
            ParamType::Names => one_or_more(text()),
            ParamType::Shapes => {
                json!({ "type": "array", "items": { "type": "array", "items": { "type": "string" } } })
            }
            ParamType::Table => json!({ "type": ["string", "object"] }),
            ParamType::Conversions => one_or_more(json!({ "type": ["string", "object"] })),
        }
    }
}

/// An example of a conversion.
#[derive(Debug)]
pub struct Example {
    /// The call, as YAML.
    pub call: &'static str,
    /// The value, as JSON.
    pub value: &'static str,
    /// The expected result.
    pub outcome: Outcome,
}

/// The expected result of an example.
#[derive(Debug, Clone, Copy)]
pub enum Outcome {
    /// This value, as JSON.
    Gives(&'static str),
    /// This value, as JSON, and warnings: code and message of each.
    Warns(&'static str, &'static [(&'static str, &'static str)]),
    /// No value.
    Nothing,
    /// This error.
    Fails(&'static str),
}

impl Example {
    pub const fn gives(call: &'static str, value: &'static str, result: &'static str) -> Self {
        Self { call, value, outcome: Outcome::Gives(result) }
    }

    pub const fn warns(
        call: &'static str,
        value: &'static str,
        result: &'static str,
        warnings: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { call, value, outcome: Outcome::Warns(result, warnings) }
    }

    pub const fn nothing(call: &'static str, value: &'static str) -> Self {
        Self { call, value, outcome: Outcome::Nothing }
    }

    pub const fn fails(call: &'static str, value: &'static str, error: &'static str) -> Self {
        Self { call, value, outcome: Outcome::Fails(error) }
    }
}

/// The settings, value sets and tables that examples refer to, as YAML.
pub const EXAMPLE_SCOPE: &str = r#"settings:
  secret: s3cret
  customMappings: [{ from: Order Completed, to: abc123 }, { from: Signed Up, to: def456 }]
  setOnce: [{ property: plan }, { property: referrer }]
  columns: [{ from: firstName, to: first_name }]
sets:
  address: [street, city]
tables:
  gender: { f: female, m: male }
"#;

/// Returns all conversions, in the order of the reference.
pub fn definitions() -> impl Iterator<Item = &'static Definition> {
    TABLE.iter().copied()
}

const TABLE: &[&Definition] = &[
    // kinds of values
    &number::BOOLEAN,
    &number::INTEGER,
    &json::JSON_TEXT,
    &number::NUMBER,
    &kind::ONLY,
    &json::PARSE_JSON,
    &kind::STRING,
    &kind::WRAP,
    // text
    &text::DIGITS,
    &text::EMAIL,
    &text::EXTRACT,
    &lookup::LOOKUP,
    &text::LOWERCASE,
    &text::PHONE,
    &text::PREFIX,
    &text::REPLACE,
    &text::SNAKE_CASE,
    &list::SPLIT,
    &text::SUFFIX,
    &text::TRIM,
    &text::TRUNCATE,
    &text::UPPERCASE,
    &url::URL_PART,
    // numbers
    &number::MULTIPLY,
    &number::ROUND,
    // dates
    &time::DATE_FORMAT,
    &time::ISO8601,
    &time::UNIX_MICROS,
    &time::UNIX_MILLIS,
    &time::UNIX_SECONDS,
    // lists
    &list::COUNT,
    &list::FIRST,
    &list::JOIN,
    &list::LAST,
    &list::LIST,
    &list::SUM,
    &list::UNIQUE,
    // objects
    &object::ENTRIES,
    &flatten::FLATTEN,
    &object::MAP_KEYS,
    &object::MAP_VALUES,
    &object::OMIT,
    &object::PICK,
    &object::RENAME,
    // limits
    &limit::LIMIT_ITEMS,
    &limit::LIMIT_KEYS,
    &limit::LIMIT_NAMES,
    &limit::LIMIT_TEXT,
    &limit::SCALARS,
    // encodings
    &hash::BASE64,
    &hash::HMAC_SHA256,
    &hash::MD5,
    &hash::SHA1,
    &hash::SHA256,
    &url::URL_ENCODE,
];

pub fn find(name: &str) -> Option<&'static Definition> {
    definitions().find(|definition| definition.name == name)
}
