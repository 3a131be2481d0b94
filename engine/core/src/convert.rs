//! Conversions: named, typed functions on one value.
//!
//! Each entry of the [table](definitions) defines one conversion: its name, signature, documentation, examples, and how it is built from its
//! arguments. The [reference()], the editor schema and a test of every example are generated from the table.

mod arguments;
mod bounds;
mod flatten;
mod hash;
mod json;
mod kind;
mod limit;
mod list;
mod lookup;
mod number;
mod object;
mod reference;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod url;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use mapwright_json::{Json, Kind, Number};
use serde_json::Value;

use crate::check::rules;
use crate::finding::Reports;
use crate::load::decode::At;
use crate::source::Span;
use crate::spec::{Args, Call, PathStep};
use crate::value::Val;
use crate::warning::{self, Warning};

use arguments::Arguments;
pub use bounds::{Bounds, Glance};
pub use flatten::{Flatten, Path as LeafPath, TakeLeaf};
use limit::Chars;
pub use object::Names;
use object::members;

pub use reference::reference;
pub use table::find;
pub use table::{Definition, Example, Group, Outcome, Param, ParamType, Type, definitions};
pub use time::parse_time;

/// The most bytes of text that one conversion may produce: the limit `conversion_bytes`.
pub const CONVERSION_BYTES: usize = 4 << 20;

/// The most bytes that all searches of a pattern in one string may scan: the limit `pattern_steps`. Each search may scan the whole rest of the string.
pub const PATTERN_STEPS: usize = 1 << 28;

/// The result of a conversion. `Ok(None)` means no value, and the row is absent.
pub type Converted<'e> = Result<Option<Val<'e>>, ConvertError>;

/// The function of a conversion.
type Function = dyn for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync;

/// The function of a conversion that only reads a number from a value.
pub type ReadNumber = fn(&Val<'_>) -> Result<Number, ConvertError>;

/// A conversion that handles each member of an object independently.
pub trait OfMember: Send + Sync {
    /// Returns which members it keeps unchanged or omits without a warning.
    fn bounds(&self) -> Bounds;

    /// Handles a member. May change its value, and returns whether to keep it.
    fn member(&self, name: &str, value: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError>;
}

/// A conversion with its arguments, ready to be applied.
#[derive(Clone)]
pub struct Conversion {
    name: &'static str,
    action: Action,
}

/// The action of a conversion. Actions on the members of an object are separate variants, so that several of them can be applied in one pass.
#[derive(Clone)]
pub enum Action {
    /// Converts any value.
    Value(Arc<Function>),
    /// Converts a value of any other type; a value of this type stays unchanged.
    To(Kind, Arc<Function>),
    /// Reads a number from a value.
    Number(ReadNumber),
    /// Keeps the value if it has one of these types.
    Only(Kinds),
    /// Handles each member independently.
    Members(Arc<dyn OfMember>),
    /// Flattens nested objects.
    Flatten(Arc<Flatten>),
    /// Drops the members beyond a number.
    LimitKeys(usize),
}

/// A set of types.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kinds(u8);

impl Kinds {
    fn bit(kind: Kind) -> u8 {
        1 << kind as u8
    }

    #[inline]
    pub fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        Kinds(kinds.into_iter().fold(0, |bits, kind| bits | Self::bit(kind)))
    }
}

impl Conversion {
    /// Converts a value that is present.
    pub fn convert<'e>(&self, value: Val<'e>, notes: &mut Notes<'_>) -> Converted<'e> {
        match &self.action {
            Action::Value(function) => function(value, notes),
            Action::To(..) | Action::Only(_) if self.keeps(value.kind()) => Ok(Some(value)),
            Action::To(_, function) => function(value, notes),
            Action::Number(read) => Ok(Some(read(&value)?.into())),
            Action::Only(_) => Ok(None),
            Action::Members(of_member) => object::retain(members(value)?, of_member.as_ref(), notes),
            Action::Flatten(flatten) => flatten.convert(value, notes),
            Action::LimitKeys(max) => limit::limit_keys(members(value)?, *max, notes),
        }
    }

    /// Returns whether every value of a type stays unchanged.
    #[inline]
    pub fn keeps(&self, kind: Kind) -> bool {
        match &self.action {
            Action::To(to, _) => *to == kind,
            Action::Only(kinds) => kinds.has(kind),
            _ => false,
        }
    }

    /// Returns what happens to values of a type.
    fn glance(&self, kind: Kind) -> Glance {
        match &self.action {
            _ if self.keeps(kind) => Glance::Stays,
            Action::Only(_) => Glance::Goes,
            _ => Glance::Unclear,
        }
    }

    pub fn action(&self) -> &Action {
        &self.action
    }
}

impl fmt::Debug for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversion").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Returns the action of a conversion, for its definition's `build`.
fn made<F>(function: F) -> Option<Action>
where
    F: for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync + 'static,
{
    Some(Action::Value(Arc::new(function)))
}

/// Returns the action of a conversion to a type that keeps values of that type unchanged.
fn made_to<F>(kind: Kind, function: F) -> Option<Action>
where
    F: for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync + 'static,
{
    Some(Action::To(kind, Arc::new(function)))
}

/// Returns the action of a conversion that handles each member independently.
fn made_of_members(of_member: impl OfMember + 'static) -> Option<Action> {
    Some(Action::Members(Arc::new(of_member)))
}

/// The context of conversions: settings, and warnings about dropped and truncated values.
#[derive(Debug)]
pub struct Notes<'s> {
    settings: &'s Value,
    pub warnings: Vec<Warning>,
}

impl<'s> Notes<'s> {
    /// The most warnings that are listed; the rest is summarized.
    const MOST: usize = 100;

    pub fn new(settings: &'s Value) -> Self {
        Self { settings, warnings: Vec::new() }
    }

    /// Returns the value of a setting, if it is present.
    pub fn setting(&self, path: &SettingPath) -> Option<Json<'s>> {
        let found = path.steps.iter().try_fold(Json::Tree(self.settings), |json, step| match step {
            PathStep::Key(key) => json.get(key),
            PathStep::Index(index) => json.index(*index),
        })?;
        (!found.is_null() && !found.is_empty_str()).then_some(found)
    }

    /// Adds a warning about a dropped or truncated value.
    pub fn warn(&mut self, code: &str, message: impl FnOnce() -> String) {
        match self.warnings.len() {
            listed if listed < Self::MOST => self.warnings.push(Warning::new(code, message())),
            Self::MOST => {
                self.warnings.push(Warning::new(warning::MORE_WARNINGS, "further warnings are not listed"))
            }
            _ => {}
        }
    }
}

/// A setting that an argument refers to, such as `settings.customMappings`.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingPath {
    written: String,
    steps: Vec<PathStep>,
}

impl fmt::Display for SettingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// An error about a value that a conversion does not accept. Boxed, so that the success case is not larger than a value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct ConvertError(Box<Refusal>);

impl From<Refusal> for ConvertError {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self(Box::new(refusal))
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
enum Refusal {
    /// The value has the wrong type, or its text cannot be parsed.
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: String },
    /// The value is too large or too small.
    #[error("{found} is out of range: {range}")]
    OutOfRange { found: String, range: &'static str },
    /// The table has no entry for the value.
    #[error("{found} is not in the table `{table}`")]
    NotInTable { found: String, table: String },
    /// Replacing could take more than [`PATTERN_STEPS`].
    #[error("exceeds the limit `pattern_steps` of {PATTERN_STEPS}: the text is too long for the pattern")]
    TooLong,
    /// The result would be larger than [`CONVERSION_BYTES`].
    #[error("exceeds the limit `conversion_bytes` of {CONVERSION_BYTES} bytes")]
    TooLarge,
    /// A setting that the conversion needs is absent or invalid.
    #[error("expected {expected} in `{setting}`, found {found}")]
    Setting { setting: String, expected: &'static str, found: &'static str },
    /// An error about a member of an object.
    #[error("in {name}: {error}")]
    Member { name: String, error: ConvertError },
}

impl ConvertError {
    #[cold]
    pub fn expected(expected: &'static str, found: &Val<'_>) -> Self {
        Refusal::Expected { expected, found: quoted(found) }.into()
    }
}

/// Returns a value for messages: its JSON text in backticks, truncated if it is long.
pub fn quoted(value: &Val<'_>) -> String {
    shown(&value.to_string())
}

/// Returns text for messages: in backticks, truncated if it is long.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => format!("`{text}`"),
        Some((at, _)) => format!("`{}…`", text.get(..at).unwrap_or("")),
    }
}

/// Returns the text of a value.
fn text<'e>(value: &Val<'e>) -> Result<Cow<'e, str>, ConvertError> {
    value.as_text().ok_or_else(|| ConvertError::expected("text", value))
}

/// Trims text. Fast for text without surrounding whitespace.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Returns text as the result of a conversion. The empty string is no value.
fn some_text<'e>(text: impl Into<Cow<'e, str>>) -> Converted<'e> {
    let text = text.into();
    Ok((!text.is_empty()).then_some(Val::Text(text)))
}

/// Returns the result, or an error if it is too large.
fn bounded<T>(bytes: usize, result: T) -> Result<T, ConvertError> {
    if bytes > CONVERSION_BYTES { Err(Refusal::TooLarge.into()) } else { Ok(result) }
}

/// The names that an argument can refer to: the version's value sets and tables, and the destination's settings.
pub trait Scope {
    /// Returns the value set with this name.
    fn set(&self, name: &str) -> Option<Vec<String>>;
    /// Returns the names of all value sets.
    fn sets(&self) -> Vec<String>;
    /// Returns the value table with this name: an object.
    fn table(&self, name: &str) -> Option<Value>;
    /// Returns the names of all value tables.
    fn tables(&self) -> Vec<String>;
    /// Returns the names of all settings.
    fn settings(&self) -> Vec<String>;
    /// Returns the columns of a setting that is a table; `None` if they are not declared.
    fn columns(&self, setting: &str) -> Option<Vec<String>>;
}

/// An error about a call of a conversion.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildError {
    UnknownConversion {
        name: String,
    },
    UnknownArgument {
        definition: &'static Definition,
        name: String,
    },
    MissingArgument {
        definition: &'static Definition,
        name: &'static str,
    },
    /// An argument with the wrong type, or one that does not parse.
    BadArgument {
        definition: &'static Definition,
        name: &'static str,
        expected: String,
        found: String,
    },
    UnknownSet {
        name: String,
        known: Vec<String>,
    },
    UnknownTable {
        name: String,
        known: Vec<String>,
    },
    UnknownSetting {
        name: String,
        known: Vec<String>,
    },
    UnknownColumn {
        name: String,
        table: String,
        known: Vec<String>,
    },
}

/// An error about a call, and its position.
pub type Problem = (Span, BuildError);

/// Builds a conversion from a call. Returns all errors at once.
pub fn build(call: &Call, scope: &dyn Scope) -> Result<Conversion, Vec<Problem>> {
    let Some(definition) = table::find(&call.name.value) else {
        return Err(vec![(call.name.span, BuildError::UnknownConversion { name: call.name.value.clone() })]);
    };
    let mut arguments = Arguments::new(definition, call, scope);
    let action = (definition.build)(&mut arguments);
    match (action, arguments.into_problems()) {
        (Some(action), problems) if problems.is_empty() => Ok(Conversion { name: definition.name, action }),
        (_, problems) => Err(problems),
    }
}

/// Converts errors about calls to reports.
pub fn report(problems: Vec<Problem>, reports: &mut Reports) {
    for (span, error) in problems {
        match error {
            BuildError::UnknownConversion { name } => {
                rules::unknown_conversion::report(reports, span, &name);
            }
            BuildError::UnknownArgument { definition, name } => {
                rules::invalid_argument::report_unknown(reports, span, definition, &name);
            }
            BuildError::MissingArgument { definition, name } => {
                rules::invalid_argument::report_missing(reports, span, definition, name);
            }
            BuildError::BadArgument { definition, name, expected, found } => {
                rules::invalid_argument::report_bad(reports, span, definition, name, &expected, &found);
            }
            BuildError::UnknownSet { name, known } => {
                rules::unknown_set::report(reports, span, &name, &known);
            }
            BuildError::UnknownTable { name, known } => {
                rules::unknown_table::report(reports, span, &name, &known);
            }
            BuildError::UnknownSetting { name, known } => {
                rules::unknown_setting::report(reports, span, &name, known.iter().map(String::as_str));
            }
            BuildError::UnknownColumn { name, table, known } => {
                let known = known.iter().map(String::as_str);
                rules::unknown_column::report(reports, span, &name, &table, known);
            }
        }
    }
}

/// Returns whether the conversion's first argument may be a map, so that a map is that argument instead of named arguments.
pub fn takes_object_first(name: &str) -> bool {
    let first = table::find(name).and_then(|definition| definition.params.first());
    first.is_some_and(|param| param.takes == ParamType::Conversions)
}

/// Reads a call in an argument: a name, or a map of a name and its arguments.
fn inner_call(written: &Value, span: Span) -> Option<Call> {
    let at = |value: &Value| At { value: value.clone(), span };
    match written {
        Value::String(name) => Some(Call { name: At { value: name.clone(), span }, args: Args::None }),
        Value::Object(entries) if entries.len() == 1 => {
            let (name, argument) = entries.iter().next()?;
            let args = match argument {
                Value::Object(named) if !takes_object_first(name) => Args::Named(
                    named.iter().map(|(key, value)| (At { value: key.clone(), span }, at(value))).collect(),
                ),
                _ => Args::First(at(argument)),
            };
            Some(Call { name: At { value: name.clone(), span }, args })
        }
        _ => None,
    }
}

/// Returns the JSON Schema of a call of any conversion.
pub fn call_schema() -> schemars::Schema {
    let bare: Vec<&str> =
        definitions().filter(|d| d.params.iter().all(|param| !param.required)).map(|d| d.name).collect();
    let properties: serde_json::Map<String, Value> = definitions()
        .filter(|definition| !definition.params.is_empty())
        .map(|definition| (definition.name.to_owned(), definition.arguments_schema()))
        .collect();
    schemars::json_schema!({ "anyOf": [
        { "enum": bare },
        {
            "type": "object", "properties": properties,
            "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        },
    ]})
}
