//! The table of all conversions.

use std::fmt;

use serde_json::{Value, json};

use crate::convert::arguments::Arguments;
use crate::convert::{
    Action, flatten, hash, json, kind, limit, list, lookup, number, object, text, time, url,
};
use crate::finding::one_of;

/// The type of a value that a conversion takes or gives.
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
    /// A list; a value that is no list counts as a list of one.
    List,
    /// An object.
    Object,
    /// Text, number or boolean.
    Scalar,
    /// A number, or text that holds one.
    Numeric,
    /// A date: text or an epoch.
    Date,
}

/// As the reference names it.
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

/// A family of conversions: a section of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What kind a value is of.
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
    /// What an API allows.
    Limits,
    /// Hashes and encodings.
    Encodings,
}

impl Group {
    /// The heading of its section.
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
    /// The name, as mappings write it.
    pub name: &'static str,
    /// The family.
    pub group: Group,
    /// One line: what it gives.
    pub summary: &'static str,
    /// More, in Markdown; may be empty.
    pub doc: &'static str,
    /// What it takes.
    pub takes: Type,
    /// What it gives.
    pub gives: Type,
    /// Its parameters; the first may be given alone.
    pub params: &'static [Param],
    /// What it does to some values; each is a test.
    pub examples: &'static [Example],
    pub build: for<'a, 'c> fn(&'a mut Arguments<'c>) -> Option<Action>,
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Definition {
    /// The JSON Schema of what stands behind the conversion's name.
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
    /// What it takes.
    pub takes: ParamType,
    /// Whether it has to be given.
    pub required: bool,
    /// One line: what it means, and its default.
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

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// Text.
    Text,
    /// Text, or a setting that holds it.
    TextOrSetting,
    /// A regular expression.
    Pattern,
    /// A number.
    Number,
    /// A whole number from 0 to the given one.
    Count(u32),
    /// One of these words; the first is the default.
    Word(&'static [&'static str]),
    /// One or several of these words.
    Words(&'static [&'static str]),
    /// Names: texts, `$set`s and settings that hold names.
    Names,
    /// Lists of names.
    Shapes,
    /// A table: its name, the table itself, or a setting that holds one.
    Table,
    /// Conversions.
    Conversions,
}

/// As messages and the reference name it.
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

/// One use of a conversion.
#[derive(Debug)]
pub struct Example {
    /// The call, as YAML.
    pub call: &'static str,
    /// The value, as JSON.
    pub value: &'static str,
    /// What comes of it.
    pub outcome: Outcome,
}

/// What comes of a conversion.
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

/// What the examples refer to: settings, value sets and tables, as YAML.
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

/// All conversions, in the order of the reference.
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
