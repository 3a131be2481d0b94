//! Conversions: named, typed functions on one value.
//!
//! One entry of the [table](definitions) is one conversion: its name, signature, documentation, examples and how it is built from its
//! arguments. The reference `docs/language/conversions.md`, the editor schema and a test of every example come from the table.

mod number;
mod table;
mod text;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::load::decode::At;
use crate::source::Span;
use crate::spec::{Args, Call};
use crate::value::Val;
use crate::warning::Warning;

pub(crate) use table::find;
pub use table::{Definition, Example, Outcome, Param, Type, definitions};

/// A conversion with its arguments, ready to be applied.
pub(crate) trait Convert: fmt::Debug + Send + Sync {
    /// Converts a value that is not absent. `Ok(None)`: the conversion left nothing, and the row has no value.
    fn convert<'e>(&self, value: Val<'e>, notes: &mut Notes<'_>) -> Result<Option<Val<'e>>, ConvertError>;
}

/// A chain's link.
pub(crate) type Conversion = Arc<dyn Convert>;

/// What conversions had to drop or cut.
#[derive(Debug)]
pub(crate) struct Notes<'s> {
    _settings: Option<&'s Value>,
    pub(crate) warnings: Vec<Warning>,
}

impl<'s> Notes<'s> {
    pub(crate) fn new(settings: &'s Value) -> Self {
        Self { _settings: Some(settings), warnings: Vec::new() }
    }
}

/// Why a conversion cannot take a value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ConvertError {
    /// The value is of another type, or its text is not what the conversion reads.
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: String },
    /// The value is of the right type, and too large or too small.
    #[error("{found} is out of range: {range}")]
    OutOfRange { found: String, range: &'static str },
    /// The value is not in the table that it is looked up in.
    #[error("{found} is not in the table `{table}`")]
    NotInTable { found: String, table: String },
}

impl ConvertError {
    pub(crate) fn expected(expected: &'static str, found: &Val<'_>) -> Self {
        Self::Expected { expected, found: quoted(found) }
    }
}

/// A value as messages show it: its JSON text in backticks, cut where it is long.
pub(crate) fn quoted(value: &Val<'_>) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        None => format!("`{text}`"),
        Some((at, _)) => format!("`{}…`", text.get(..at).unwrap_or("")),
    }
}

/// What an argument may refer to: the version's value sets and tables.
pub(crate) trait Scope {
    /// The value set of that name.
    fn set(&self, name: &str) -> Option<Vec<String>>;
    /// The names of all value sets.
    fn sets(&self) -> Vec<String>;
    /// The value table of that name: an object.
    fn table(&self, name: &str) -> Option<Value>;
    /// The names of all value tables.
    fn tables(&self) -> Vec<String>;
}

/// Why a conversion cannot be built.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BuildError {
    UnknownConversion {
        name: String,
    },
    UnknownArgument {
        conversion: &'static str,
        name: String,
    },
    MissingArgument {
        conversion: &'static str,
        name: &'static str,
    },
    /// An argument of another type, or one that does not parse.
    BadArgument {
        conversion: &'static str,
        name: &'static str,
        expected: String,
        found: String,
    },
    UnknownSet {
        name: String,
    },
    UnknownTable {
        name: String,
    },
}

/// A mistake in a call, and where it stands.
pub(crate) type Problem = (Span, BuildError);

/// Builds a conversion from how it is written; all mistakes at once.
pub(crate) fn build(call: &Call, scope: &dyn Scope) -> Result<Conversion, Vec<Problem>> {
    let Some(definition) = table::find(&call.name.value) else {
        return Err(vec![(call.name.span, BuildError::UnknownConversion { name: call.name.value.clone() })]);
    };
    let mut arguments = Arguments::new(definition, call, scope);
    let built = (definition.build)(&mut arguments);
    match built {
        Some(conversion) if arguments.problems.is_empty() => Ok(conversion),
        _ => Err(arguments.problems),
    }
}

/// Whether the conversion's first argument is an object, so that a map is that object and not named arguments.
pub(crate) fn takes_object_first(name: &str) -> bool {
    table::find(name).and_then(|d| d.params.first()).is_some_and(|param| param.takes == Type::Object)
}

/// The JSON Schema of a call of any conversion.
pub(crate) fn call_schema() -> schemars::Schema {
    let names: Vec<&str> = definitions().map(|d| d.name).collect();
    let properties: serde_json::Map<String, Value> = definitions()
        .filter(|d| !d.params.is_empty())
        .map(|d| (d.name.to_owned(), serde_json::json!({ "description": d.summary })))
        .collect();
    schemars::json_schema!({ "anyOf": [
        { "enum": names },
        {
            "type": "object", "properties": properties,
            "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        },
    ]})
}

/// The arguments of a call, read one by one by its definition.
pub(crate) struct Arguments<'c> {
    definition: &'static Definition,
    call: &'c Call,
    scope: &'c dyn Scope,
    problems: Vec<Problem>,
}

impl<'c> Arguments<'c> {
    fn new(definition: &'static Definition, call: &'c Call, scope: &'c dyn Scope) -> Self {
        let mut problems = Vec::new();
        if let Args::Named(entries) = &call.args {
            for (key, _) in entries {
                if !definition.params.iter().any(|param| param.name == key.value) {
                    let error =
                        BuildError::UnknownArgument { conversion: definition.name, name: key.value.clone() };
                    problems.push((key.span, error));
                }
            }
        }
        if let (Args::First(value), []) = (&call.args, definition.params) {
            let error =
                BuildError::UnknownArgument { conversion: definition.name, name: value.value.to_string() };
            problems.push((value.span, error));
        }
        Self { definition, call, scope, problems }
    }

    fn get(&self, name: &'static str) -> Option<&'c At<Value>> {
        match &self.call.args {
            Args::None => None,
            Args::First(value) => self.definition.params.first().filter(|p| p.name == name).map(|_| value),
            Args::Named(entries) => crate::load::decode::by_name(entries, name),
        }
    }

    /// An argument that may be left out, read by `read`; a value that it does not take is reported as not `expected`.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.get(name)?;
        let read = read(&value.value);
        if read.is_none() {
            self.problems.push((
                value.span,
                BuildError::BadArgument {
                    conversion: self.definition.name,
                    name,
                    expected: expected.to_owned(),
                    found: value.value.to_string(),
                },
            ));
        }
        read
    }

    /// An argument that has to be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        if self.get(name).is_none() {
            let error = BuildError::MissingArgument { conversion: self.definition.name, name };
            self.problems.push((self.call.name.span, error));
            return None;
        }
        self.optional(name, expected, read)
    }

    /// A list of names; `$set` stands for a value set.
    pub(crate) fn names(&mut self, name: &'static str) -> Option<Vec<String>> {
        let written = self.required(name, "a name or a list of names", |value| match value {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => None,
        })?;
        let span = self.get(name).map_or(self.call.name.span, |value| value.span);
        let mut names = Vec::new();
        for item in written {
            match item.strip_prefix('$') {
                None => names.push(item),
                Some(set) => match self.scope.set(set) {
                    Some(values) => names.extend(values),
                    None => self.problems.push((span, BuildError::UnknownSet { name: set.to_owned() })),
                },
            }
        }
        Some(names)
    }

    /// A value table: its name, or the table itself.
    pub(crate) fn table(&mut self, name: &'static str) -> Option<(String, Value)> {
        let table = self.required(name, "a table's name, or a table", |value| match value {
            Value::String(_) | Value::Object(_) => Some(value.clone()),
            _ => None,
        })?;
        let Value::String(known) = table else { return Some((name.to_owned(), table)) };
        let found = self.scope.table(&known);
        if found.is_none() {
            let span = self.get(name).map_or(self.call.name.span, |value| value.span);
            self.problems.push((span, BuildError::UnknownTable { name: known.clone() }));
        }
        found.map(|table| (known, table))
    }
}

/// Reports what is wrong with a call.
pub(crate) fn report(problems: Vec<Problem>, reports: &mut crate::finding::Reports) {
    for (span, problem) in problems {
        crate::check::rules::invalid_value::report(reports, span, format!("{problem:?}"), "");
    }
}

/// The time that a value names, in epoch milliseconds.
pub(crate) fn parse_time(_value: &Val<'_>) -> Option<i64> {
    None
}
