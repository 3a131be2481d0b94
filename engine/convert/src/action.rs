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

/// The code of a conversion.
type Function = dyn for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync;

/// The code of a conversion that reads a number out of a value and does nothing else.
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
    /// Anything to a value that is not of this kind; one that is stays as it is.
    To(Kind, Arc<Function>),
    /// Reads a number out of a value.
    Number(ReadNumber),
    /// The value stays as it is if it is of one of these kinds.
    Only(Kinds),
    /// Goes through the members of an object.
    Members(Arc<Pass>),
}

impl Conversion {
    /// The conversion of this name that does this.
    pub fn new(name: &'static str, action: Action) -> Self {
        Self { name, action }
    }

    /// Converts a value that is not absent.
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

    /// Whether a value of a kind stays as it is, whatever it is.
    #[inline]
    pub fn keeps(&self, kind: Kind) -> bool {
        match &self.action {
            Action::To(to, _) => *to == kind,
            Action::Only(kinds) => kinds.has(kind),
            Action::Value(_) | Action::Number(_) | Action::Members(_) => false,
        }
    }

    /// What it does to values of a kind.
    pub fn effect(&self, kind: Kind) -> Effect {
        match &self.action {
            _ if self.keeps(kind) => Effect::Keeps,
            Action::Only(_) => Effect::Drops,
            Action::Value(_) | Action::To(..) | Action::Number(_) | Action::Members(_) => Effect::Converts,
        }
    }

    /// Its name, as mappings write it.
    pub fn name(&self) -> &'static str {
        self.name
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
pub fn made<F>(function: F) -> Option<Action>
where
    F: for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync + 'static,
{
    Some(Action::Value(Arc::new(function)))
}

/// The same for one that makes values of a kind, and leaves those of that kind alone.
pub fn made_to<F>(kind: Kind, function: F) -> Option<Action>
where
    F: for<'e> Fn(Val<'e>, &mut Notes<'_>) -> Converted<'e> + Send + Sync + 'static,
{
    Some(Action::To(kind, Arc::new(function)))
}

/// The same for one that goes through the members of an object.
pub fn made_of_members(pass: Pass) -> Option<Action> {
    Some(Action::Members(Arc::new(pass)))
}
