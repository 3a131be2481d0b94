//! A conversion as it is written, without its place, and what can be wrong with it.

use std::sync::Arc;

use mapwright_findings::KnownNames;
use serde_json::{Map, Value};

use crate::action::Conversion;
use crate::pattern::Patterns;

/// A call of a conversion: its name and arguments.
#[derive(Debug, Clone)]
pub struct Call {
    /// The conversion.
    pub name: String,
    /// Its arguments.
    pub args: Args,
}

/// The arguments of a call.
#[derive(Debug, Clone)]
pub enum Args {
    /// The name stands alone.
    None,
    /// The first argument, without its name.
    First(Value),
    /// Arguments by name, in the order of the file.
    Named(Vec<(String, Value)>),
}

impl Call {
    /// Returns the names of the conversions that this calls, also in arguments that are conversions themselves.
    /// `is_conversions` says whether the first argument of a conversion is one.
    pub fn names(&self, is_conversions: impl Fn(&str) -> bool + Copy) -> Vec<String> {
        let inner = match &self.args {
            _ if !is_conversions(&self.name) => None,
            Args::None => None,
            Args::First(value) => Some(value),
            Args::Named(entries) => entries.first().map(|(_, value)| value),
        };
        let calls = inner.map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
        let calls = calls.unwrap_or_default().iter();
        let calls = calls.filter_map(|call| Self::from_json(call, |name, _| is_conversions(name)));
        calls.flat_map(|call| call.names(is_conversions)).chain([self.name.clone()]).collect()
    }

    /// Reads a call that stands inside of an argument: a name, or a map of a name and its arguments. `is_first_argument` says of a conversion and the
    /// keys of a map whether the map is the first argument.
    pub fn from_json(written: &Value, is_first_argument: impl Fn(&str, &[&str]) -> bool) -> Option<Self> {
        match written {
            Value::String(name) => Some(Call { name: name.clone(), args: Args::None }),
            Value::Object(entries) if entries.len() == 1 => {
                let (name, argument) = entries.iter().next()?;
                let args = match argument {
                    Value::Object(named)
                        if !is_first_argument(
                            name,
                            &named.keys().map(String::as_str).collect::<Vec<_>>(),
                        ) =>
                    {
                        Args::Named(named.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
                    }
                    _ => Args::First(argument.clone()),
                };
                Some(Call { name: name.clone(), args })
            }
            _ => None,
        }
    }
}

/// A part of a call, for a caller that knows its position.
#[derive(Debug, Clone, PartialEq)]
pub enum CallPart {
    /// The name of the conversion.
    Name,
    /// The name of an argument; of the first one that stands alone, the argument itself.
    Argument(String),
    /// The value of an argument.
    Value(&'static str),
    /// A part of one of the calls in an argument: which argument, the position of the call in it, and the part of that call.
    Inside(&'static str, usize, Box<CallPart>),
}

/// A mistake in a call, and the part of it where it stands.
pub type Mistake = (CallPart, BuildError);

/// The names that an argument can refer to: the version's value sets and tables, and the destination's settings.
pub trait Scope {
    /// Returns the value set with this name.
    fn set(&self, name: &str) -> Option<Arc<[String]>>;
    /// Returns the names of all value sets.
    fn sets(&self) -> KnownNames;
    /// Returns the value table with this name: an object.
    fn table(&self, name: &str) -> Option<Arc<Map<String, Value>>>;
    /// Returns the names of all value tables.
    fn tables(&self) -> KnownNames;
    /// Returns whether there is a setting with this name.
    fn has_setting(&self, name: &str) -> bool;
    /// Returns the names of all settings.
    fn settings(&self) -> KnownNames;
    /// Returns the columns of a setting that is a table; `None` if they are not declared.
    fn columns(&self, setting: &str) -> Option<KnownNames>;
    /// The regular expressions of all calls.
    fn patterns(&self) -> &Patterns;
    /// Returns the conversions that the version defines under this name.
    fn chain(&self, name: &str) -> Option<Vec<Conversion>>;
    /// Returns the names of all conversions that the version defines.
    fn chains(&self) -> KnownNames;
}

/// An error about a call of a conversion.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildError {
    /// No conversion has this name.
    UnknownConversion {
        /// The unknown name.
        name: String,
        /// Those that the version defines.
        known: KnownNames,
    },
    /// The conversion has no argument of this name.
    UnknownArgument {
        /// The conversion.
        conversion: String,
        /// The unknown name.
        name: String,
    },
    /// A required argument is missing.
    MissingArgument {
        /// The conversion.
        conversion: &'static str,
        /// The argument.
        name: &'static str,
    },
    /// An argument with the wrong type, or one that does not parse.
    BadArgument {
        /// The conversion.
        conversion: &'static str,
        /// The argument.
        name: &'static str,
        /// The type or values that the argument takes.
        expected: String,
        /// The value that was found.
        found: String,
        /// What was meant, if that is known.
        meant: Option<String>,
    },
    /// No set of the destination has this name.
    UnknownSet {
        /// The unknown name.
        name: String,
        /// The names that exist.
        known: KnownNames,
    },
    /// No table of the destination has this name.
    UnknownTable {
        /// The unknown name.
        name: String,
        /// The names that exist.
        known: KnownNames,
    },
    /// No setting of the destination has this name.
    UnknownSetting {
        /// The unknown name.
        name: String,
        /// The names that exist.
        known: KnownNames,
    },
    /// The table of the settings has no column of this name.
    UnknownColumn {
        /// The unknown name.
        name: String,
        /// The setting that holds the table.
        table: String,
        /// The columns that exist.
        known: KnownNames,
    },
}

/// Builds the conversions that stand inside of arguments.
pub trait BuildInner {
    /// Reads a call that stands inside of an argument.
    fn call(&self, written: &Value) -> Option<Call>;
    /// Builds a conversion, or those of a name that the version defines; all mistakes at once.
    ///
    /// # Errors
    /// Every mistake.
    fn build(&self, call: &Call, scope: &dyn Scope) -> Result<Vec<Conversion>, Vec<Mistake>>;
}
