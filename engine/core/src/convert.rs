//! Conversions: named, typed functions on one value.
//!
//! One entry of the [table](definitions) is one conversion: its name, signature, documentation, examples and how it is built from its
//! arguments. The [reference()], the editor schema and a test of every example come from the table.

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

/// How many bytes of text one conversion may make of a value: the limit `conversion_bytes`.
pub const CONVERSION_BYTES: usize = 4 << 20;

/// How many bytes all searches of a pattern in one text may look at: the limit `pattern_steps`. Each search may look at all the rest.
pub const PATTERN_STEPS: usize = 1 << 28;

/// What a conversion makes of a value. `Ok(None)`: it left nothing, and the row has no value.
pub type Converted<'e> = Result<Option<Val<'e>>, ConvertError>;

/// The code of a conversion.
type Function = dyn for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync;

/// The code of a conversion that reads a number out of a value and does nothing else.
pub type ReadNumber = fn(&Val<'_>) -> Result<Number, ConvertError>;

/// A conversion that decides on each member of an object by itself.
pub trait OfMember: Send + Sync {
    /// Which members it leaves as they are or leaves out, without a warning.
    fn bounds(&self) -> Bounds;

    /// Decides on a member: may change its value, and says whether it stays.
    fn member(&self, name: &str, value: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError>;
}

/// A conversion with its arguments, ready to be applied.
#[derive(Clone)]
pub struct Conversion {
    name: &'static str,
    action: Action,
}

/// What a conversion does. Those that go through the members of an object say so, so that several of them can go through it together.
#[derive(Clone)]
pub enum Action {
    /// Anything.
    Value(Arc<Function>),
    /// Anything to a value that is not of this kind; one that is stays as it is.
    To(Kind, Arc<Function>),
    /// Reads a number out of a value.
    Number(ReadNumber),
    /// The value stays as it is if it is of one of these kinds.
    Only(Kinds),
    /// Something to each member by itself.
    Members(Arc<dyn OfMember>),
    /// Moves the members of nested objects up.
    Flatten(Arc<Flatten>),
    /// Leaves out the members beyond a number.
    LimitKeys(usize),
}

/// A set of kinds.
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
    /// Converts a value that is not absent.
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

    /// Whether a value of a kind stays as it is, whatever it is.
    #[inline]
    pub fn keeps(&self, kind: Kind) -> bool {
        match &self.action {
            Action::To(to, _) => *to == kind,
            Action::Only(kinds) => kinds.has(kind),
            _ => false,
        }
    }

    /// What can be said of values of a kind.
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

/// The code of a conversion, from its definition's `build`.
fn made<F>(function: F) -> Option<Action>
where
    F: for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync + 'static,
{
    Some(Action::Value(Arc::new(function)))
}

/// The same for one that makes values of a kind, and leaves those of that kind alone.
fn made_to<F>(kind: Kind, function: F) -> Option<Action>
where
    F: for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync + 'static,
{
    Some(Action::To(kind, Arc::new(function)))
}

/// The same for one that decides on each member by itself.
fn made_of_members(of_member: impl OfMember + 'static) -> Option<Action> {
    Some(Action::Members(Arc::new(of_member)))
}

/// What conversions read beside their value, and what they had to drop or cut.
#[derive(Debug)]
pub struct Notes<'s> {
    settings: &'s Value,
    pub warnings: Vec<Warning>,
}

impl<'s> Notes<'s> {
    /// How many warnings are listed before the rest is summed up.
    const MOST: usize = 100;

    pub fn new(settings: &'s Value) -> Self {
        Self { settings, warnings: Vec::new() }
    }

    /// The value of a setting, if it has one.
    pub fn setting(&self, path: &SettingPath) -> Option<Json<'s>> {
        let found = path.steps.iter().try_fold(Json::Tree(self.settings), |json, step| match step {
            PathStep::Key(key) => json.get(key),
            PathStep::Index(index) => json.index(*index),
        })?;
        (!found.is_null() && !found.is_empty_str()).then_some(found)
    }

    /// Notes that something was dropped or cut.
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

/// A setting that an argument refers to, as in `settings.customMappings`.
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

/// Why a conversion cannot take a value. Boxed, so that the good case is no larger than a value.
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
    /// The value is of another type, or its text is not what the conversion reads.
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: String },
    /// The value is of the right type, and too large or too small.
    #[error("{found} is out of range: {range}")]
    OutOfRange { found: String, range: &'static str },
    /// The value is not in the table that it is looked up in.
    #[error("{found} is not in the table `{table}`")]
    NotInTable { found: String, table: String },
    /// Replacing could take more than [`PATTERN_STEPS`].
    #[error("exceeds the limit `pattern_steps` of {PATTERN_STEPS}: the text is too long for the pattern")]
    TooLong,
    /// What comes out would be larger than [`CONVERSION_BYTES`].
    #[error("exceeds the limit `conversion_bytes` of {CONVERSION_BYTES} bytes")]
    TooLarge,
    /// A setting that the conversion needs has no value, or one that it cannot use.
    #[error("expected {expected} in `{setting}`, found {found}")]
    Setting { setting: String, expected: &'static str, found: &'static str },
    /// The same for a member of an object.
    #[error("in {name}: {error}")]
    Member { name: String, error: ConvertError },
}

impl ConvertError {
    #[cold]
    pub fn expected(expected: &'static str, found: &Val<'_>) -> Self {
        Refusal::Expected { expected, found: quoted(found) }.into()
    }
}

/// A value as messages show it: its JSON text in backticks, cut where it is long.
pub fn quoted(value: &Val<'_>) -> String {
    shown(&value.to_string())
}

/// Text as messages show it: in backticks, cut where it is long.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => format!("`{text}`"),
        Some((at, _)) => format!("`{}…`", text.get(..at).unwrap_or("")),
    }
}

/// The text of a value.
fn text<'e>(value: &Val<'e>) -> Result<Cow<'e, str>, ConvertError> {
    value.as_text().ok_or_else(|| ConvertError::expected("text", value))
}

/// Text without the white space around it, of which most has none.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Text as the result of a conversion; an empty one is no value.
fn some_text<'e>(text: impl Into<Cow<'e, str>>) -> Converted<'e> {
    let text = text.into();
    Ok((!text.is_empty()).then_some(Val::Text(text)))
}

/// The result, unless it is too large.
fn bounded<T>(bytes: usize, result: T) -> Result<T, ConvertError> {
    if bytes > CONVERSION_BYTES { Err(Refusal::TooLarge.into()) } else { Ok(result) }
}

/// What an argument may refer to: the version's value sets and tables, and the destination's settings.
pub trait Scope {
    /// The value set of that name.
    fn set(&self, name: &str) -> Option<Vec<String>>;
    /// The names of all value sets.
    fn sets(&self) -> Vec<String>;
    /// The value table of that name: an object.
    fn table(&self, name: &str) -> Option<Value>;
    /// The names of all value tables.
    fn tables(&self) -> Vec<String>;
    /// The names of all settings.
    fn settings(&self) -> Vec<String>;
    /// The columns of a setting that is a table; nothing if it does not say which it has.
    fn columns(&self, setting: &str) -> Option<Vec<String>>;
}

/// Why a conversion cannot be built.
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
    /// An argument of another type, or one that does not parse.
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

/// A mistake in a call, and where it stands.
pub type Problem = (Span, BuildError);

/// Builds a conversion from how it is written; all mistakes at once.
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

/// Turns the mistakes of calls into reports.
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

/// Whether the conversion's first argument may be a map, so that a map is that argument and not named arguments.
pub fn takes_object_first(name: &str) -> bool {
    let first = table::find(name).and_then(|definition| definition.params.first());
    first.is_some_and(|param| param.takes == ParamType::Conversions)
}

/// Reads a call that stands inside of an argument: a name, or a map of a name and its arguments.
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

/// The JSON Schema of a call of any conversion.
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
