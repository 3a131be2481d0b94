//! A conversion as it is written, without its place, and what can be wrong with it.

use mapwright_findings::KnownNames;
use serde_json::Value;

use crate::action::Conversion;

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
    /// Reads a call that stands inside of an argument: a name, or a map of a name and its arguments. `takes_object_first` says of which conversions a
    /// map is the first argument.
    pub fn from_json(written: &Value, takes_object_first: impl Fn(&str) -> bool) -> Option<Self> {
        match written {
            Value::String(name) => Some(Call { name: name.clone(), args: Args::None }),
            Value::Object(entries) if entries.len() == 1 => {
                let (name, argument) = entries.iter().next()?;
                let args = match argument {
                    Value::Object(named) if !takes_object_first(name) => {
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

/// A part of a call, for whoever knows where it stands.
#[derive(Debug, Clone, PartialEq)]
pub enum CallPart {
    /// The name of the conversion.
    Name,
    /// The name of an argument; of the first one that stands alone, the argument itself.
    Argument(String),
    /// The value of an argument.
    Value(&'static str),
}

/// A mistake in a call, and the part of it where it stands.
pub type Mistake = (CallPart, BuildError);

/// The names that an argument can refer to: the version's value sets and tables, and the destination's settings.
pub trait Scope {
    /// Returns the value set with this name.
    fn set(&self, name: &str) -> Option<Vec<String>>;
    /// Returns the names of all value sets.
    fn sets(&self) -> KnownNames;
    /// Returns the value table with this name: an object.
    fn table(&self, name: &str) -> Option<Value>;
    /// Returns the names of all value tables.
    fn tables(&self) -> KnownNames;
    /// Returns the names of all settings.
    fn settings(&self) -> KnownNames;
    /// Returns the columns of a setting that is a table; `None` if they are not declared.
    fn columns(&self, setting: &str) -> Option<KnownNames>;
}

/// An error about a call of a conversion.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildError {
    /// No conversion has this name.
    UnknownConversion {
        /// The unknown name.
        name: String,
    },
    /// The conversion has no argument of this name.
    UnknownArgument {
        /// The conversion.
        conversion: &'static str,
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
    /// Builds a conversion; all mistakes at once.
    ///
    /// # Errors
    /// Every mistake.
    fn build(&self, call: &Call, scope: &dyn Scope) -> Result<Conversion, Vec<Mistake>>;
}
