//! What the table says of a conversion: types, parameters, examples.

use std::fmt;

use mapwright_findings::one_of;
use serde_json::{Value, json};

/// The type of a conversion's input or result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
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
#[non_exhaustive]
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

/// A parameter of a conversion.
///
/// ```
/// use mapwright_convert::{Param, ParamType};
///
/// const PARAMS: [Param; 2] = [
///     Param::required("by", ParamType::Text, "What stands between the items."),
///     Param::optional("most", ParamType::Count(100), "The most items; all by default."),
/// ];
/// assert_eq!(PARAMS.map(|param| param.required), [true, false]);
/// ```
#[derive(Debug)]
#[non_exhaustive]
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
    /// Creates a parameter that a call must state.
    pub const fn required(name: &'static str, takes: ParamType, summary: &'static str) -> Self {
        Self { name, takes, required: true, summary }
    }

    /// Creates a parameter that a call may leave out.
    pub const fn optional(name: &'static str, takes: ParamType, summary: &'static str) -> Self {
        Self { name, takes, required: false, summary }
    }
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamType {
    /// Text.
    Text,
    /// Text, or a setting that contains it.
    TextOrSetting,
    /// `true`, `false`, or a setting that contains one of them.
    BooleanOrSetting,
    /// Returns a regular expression.
    Pattern,
    /// A number.
    Number,
    /// A number, or a row that has it.
    Operand,
    /// A whole number from 0 to the given one.
    Count(u32),
    /// One of these words; the first is the default.
    Word(&'static [&'static str]),
    /// One or more of these words.
    Words(&'static [&'static str]),
    /// Names: strings, `$set`s and settings that contain names.
    Names,
    /// Returns lists of names.
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
            ParamType::BooleanOrSetting => "`true`, `false` or a setting",
            ParamType::Number => "a number",
            ParamType::Pattern => "a regular expression",
            ParamType::Operand => "a number or a row",
            ParamType::Count(u32::MAX) => "a whole number, 0 or more",
            ParamType::Count(most) => return write!(f, "a whole number from 0 to {most}"),
            ParamType::Word(words) => return f.write_str(&one_of(words.iter().copied())),
            ParamType::Words([word]) => return write!(f, "`{word}`"),
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
    /// Returns the JSON Schema of an argument of this type.
    pub fn schema(self) -> Value {
        let text = || json!({ "type": "string" });
        let one_or_more = |one: Value| json!({ "anyOf": [one, { "type": "array", "items": one }] });
        match self {
            ParamType::Text | ParamType::TextOrSetting | ParamType::Pattern => text(),
            ParamType::BooleanOrSetting => json!({ "type": ["boolean", "string"] }),
            ParamType::Number => json!({ "type": "number" }),
            ParamType::Operand => json!({ "type": ["number", "string", "array", "object"] }),
            ParamType::Count(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
            ParamType::Word(words) => json!({ "enum": words }),
            ParamType::Words(words) => {
                // YAML reads `null` as a value
                let null = words.contains(&"null").then_some(Value::Null);
                let all: Value = words.iter().copied().map(Value::from).chain(null).collect();
                one_or_more(json!({ "enum": all }))
            }
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
///
/// ```
/// use mapwright_convert::{Example, ExampleResult};
///
/// const EXAMPLES: [Example; 4] = [
///     Example::gives("trim", r#"" a ""#, r#""a""#),
///     Example::warns("{ limit_text: 1 }", r#"{"a": "xy"}"#, r#"{"a": "x"}"#, &[("text_cut", "`a` is truncated")]),
///     Example::nothing("number", r#""a""#),
///     Example::fails("{ number: { on_error: reject } }", r#""a""#, "not a number"),
/// ];
/// assert!(matches!(EXAMPLES[0].outcome, ExampleResult::Gives(r#""a""#)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Example {
    /// The call, as YAML.
    pub call: &'static str,
    /// The value, as JSON.
    pub value: &'static str,
    /// The expected result.
    pub outcome: ExampleResult,
}

/// The expected result of an example.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ExampleResult {
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
    /// Creates an example of a value and its result, each as JSON.
    pub const fn gives(call: &'static str, value: &'static str, result: &'static str) -> Self {
        Self { call, value, outcome: ExampleResult::Gives(result) }
    }

    /// Creates an example of a value, its result and the warnings of the conversion: code and message of each.
    pub const fn warns(
        call: &'static str,
        value: &'static str,
        result: &'static str,
        warnings: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { call, value, outcome: ExampleResult::Warns(result, warnings) }
    }

    /// Creates an example of a value that the conversion drops.
    pub const fn nothing(call: &'static str, value: &'static str) -> Self {
        Self { call, value, outcome: ExampleResult::Nothing }
    }

    /// Creates an example of a value that the conversion rejects with an error.
    pub const fn fails(call: &'static str, value: &'static str, error: &'static str) -> Self {
        Self { call, value, outcome: ExampleResult::Fails(error) }
    }
}

/// The settings, value sets and tables that examples refer to, as YAML.
pub const EXAMPLE_SCOPE: &str = r#"settings:
  secret: s3cret
  team: acme-
  customMappings: [{ from: Order Completed, to: abc123 }, { from: Signed Up, to: def456 }]
  setOnce: [{ property: plan }, { property: referrer }]
  columns: [{ from: firstName, to: first_name }]
sets:
  address: [street, city]
tables:
  gender: { f: female, m: male }
"#;
