//! What a conversion does, ready to be applied.

use std::fmt;
use std::sync::Arc;

use mapwright_json::{Kind, Number};

use crate::bounds::Effect;
use crate::error::{ConvertError, Converted};
use crate::kinds::Kinds;
use crate::notes::Notes;
use crate::pass::Pass;
use crate::value::Val;

/// The function of a conversion.
type Function = dyn for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync;

/// The function of a conversion that only reads a number from a value.
pub type ReadNumber = fn(&Val<'_>) -> Result<Number, ConvertError>;

/// A conversion with its arguments, ready to be applied.
#[derive(Clone)]
pub struct Conversion {
    name: &'static str,
    action: Action,
}

/// What a conversion does. Those that go through the members of an object say so, so that several of them can do it in one pass.
#[derive(Clone)]
pub enum Action {
    /// Anything.
    Value(Arc<Function>),
    /// Converts a value of any other type; a value of this type stays unchanged.
    To(Kind, Arc<Function>),
    /// Reads a number from a value.
    Number(ReadNumber),
    /// Keeps the value if it has one of these types.
    Only(Kinds),
    /// Goes through the members of an object.
    Members(Arc<Pass>),
}

impl Conversion {
    /// Creates a conversion of this name that does this.
    pub fn new(name: &'static str, action: Action) -> Self {
        Self { name, action }
    }

    /// Converts a value that is present.
    pub fn convert<'e>(&self, value: Val<'e>, notes: &mut Notes<'_>) -> Converted<'e> {
        match &self.action {
            Action::Value(function) => function(value, notes),
            Action::To(..) | Action::Only(_) if self.keeps(value.kind()) => Ok(Some(value)),
            Action::To(_, function) => function(value, notes),
            Action::Number(read) => Ok(Some(read(&value)?.into())),
            Action::Only(_) => Ok(None),
            Action::Members(pass) => pass.convert(value, notes),
        }
    }

    /// Returns whether every value of a type stays unchanged.
    #[inline]
    pub fn keeps(&self, kind: Kind) -> bool {
        match &self.action {
            Action::To(to, _) => *to == kind,
            Action::Only(kinds) => kinds.has(kind),
            Action::Value(_) | Action::Number(_) | Action::Members(_) => false,
        }
    }

    /// Returns what the conversion does to values of a kind.
    pub fn effect(&self, kind: Kind) -> Effect {
        match &self.action {
            _ if self.keeps(kind) => Effect::Keeps,
            Action::Only(_) => Effect::Drops,
            Action::Value(_) | Action::To(..) | Action::Number(_) | Action::Members(_) => Effect::Converts,
        }
    }

    /// Returns the name, as mappings write it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what the conversion does with a value.
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
pub(crate) fn action<F>(function: F) -> Option<Action>
where
    F: for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync + 'static,
{
    Some(Action::Value(Arc::new(function)))
}

/// Returns the action of a conversion to a type that keeps values of that type unchanged.
pub(crate) fn action_to<F>(kind: Kind, function: F) -> Option<Action>
where
    F: for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync + 'static,
{
    Some(Action::To(kind, Arc::new(function)))
}

/// The same for one that goes through the members of an object.
pub(crate) fn action_on_members(pass: Pass) -> Option<Action> {
    Some(Action::Members(Arc::new(pass)))
}
