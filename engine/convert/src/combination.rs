//! Conversions of which an argument can be a row: they combine two values.

use std::borrow::Cow;

use crate::conversions::number::Calculation;
use crate::conversions::object::{omit, pick};
use crate::conversions::only::{KINDS, only};
use crate::error::Converted;
use crate::keep::Keep;
use crate::names::Finder;
use crate::value::Val;

/// What a conversion makes of a value and an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combination {
    /// Calculates with two numbers.
    Calculation(Calculation),
    /// The named members of an object, without those that are null or empty unless they are kept.
    Pick(Keep),
    /// An object without the named members.
    Omit,
    /// The value if it has one of the named types or formats.
    Only,
}

impl Combination {
    /// Returns what a conversion does with an operand, if it takes one.
    pub fn of(conversion: &str) -> Option<Self> {
        let names = [Self::Pick(Keep::default()), Self::Omit, Self::Only]
            .into_iter()
            .find(|names| names.name() == conversion);
        names.or_else(|| Calculation::of(conversion).map(Self::Calculation))
    }

    /// Returns the same that keeps null or the empty string, if it would leave them out.
    pub fn keeping(self, keep: Keep) -> Self {
        match self {
            Self::Pick(_) => Self::Pick(keep),
            Self::Calculation(_) | Self::Omit | Self::Only => self,
        }
    }

    /// Returns the name of its conversion.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calculation(calculation) => calculation.name(),
            Self::Pick(_) => "pick",
            Self::Omit => "omit",
            Self::Only => "only",
        }
    }

    /// Returns whether its operand is a list of names.
    pub fn takes_names(self) -> bool {
        match self {
            Self::Calculation(_) => false,
            Self::Pick(_) | Self::Omit | Self::Only => true,
        }
    }

    /// Returns the names that there are, if a mapping does not choose them.
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Calculation(_) | Self::Pick(_) | Self::Omit => None,
            Self::Only => Some(KINDS),
        }
    }

    /// Combines a value with an operand; without names, nothing is picked, nothing is omitted, and no value has one of the types.
    ///
    /// # Errors
    /// Returns an error if the conversion does not accept one of them.
    pub fn apply<'e>(self, value: Val<'e>, operand: Option<Val<'_>>) -> Converted<'e> {
        let names = |operand: Option<Val<'_>>| -> Vec<Cow<'static, str>> {
            let list = operand.map(Val::into_list).unwrap_or_default();
            list.iter().filter_map(Val::to_text).map(|name| Cow::Owned(name.into_owned())).collect()
        };
        match (self, operand) {
            (Self::Calculation(_), None) => Ok(None),
            (Self::Calculation(calculation), Some(operand)) => calculation.apply(&value, &operand),
            (Self::Only, operand) => only(value, &names(operand)),
            (Self::Pick(keep), operand) => {
                let names = Finder::of(names(operand));
                pick(value, |name| names.find(name), keep)
            }
            (Self::Omit, operand) => {
                let names = Finder::of(names(operand));
                omit(value, |name| names.find(name).is_some())
            }
        }
    }
}
