//! Null and the empty string, which most conversions of lists and objects leave out.

use mapwright_json::Kind;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::bounds::Effect;
use crate::signature::{Param, ParamType};
use crate::value::Val;

/// Which of null and the empty string count as values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// Whether null does.
    pub null: bool,
    /// Whether the empty string does.
    pub empty_text: bool,
}

/// The parameter of a conversion that leaves out both.
pub const KEEP: Param = Param::optional(
    "keep",
    ParamType::Words(&["null", "empty"]),
    "what is kept, as it is: `null`, and the `empty` string; neither by default",
);

/// The parameter of a conversion to or from text, in which null has no place.
pub(crate) const KEEP_EMPTY: Param = Param::optional(
    "keep",
    ParamType::Words(&["empty"]),
    "`empty` keeps empty strings, so that the others keep their positions",
);

impl Keep {
    /// Returns the argument [`KEEP`] or [`KEEP_EMPTY`].
    pub(crate) fn read(arguments: &mut Arguments<'_>) -> Option<Self> {
        if !arguments.given(KEEP.name) {
            return Some(Self::default());
        }
        let words = arguments.words(KEEP.name)?;
        Some(Self { null: words.contains(&"null"), empty_text: words.contains(&"empty") })
    }

    /// Reads a valid argument [`KEEP`]: a word, or a list of words.
    pub fn stated(argument: &Value) -> Self {
        let words = argument.as_array().map_or(std::slice::from_ref(argument), Vec::as_slice);
        Self {
            // YAML reads `null` as a value
            null: words.iter().any(|word| word.is_null() || word == "null"),
            empty_text: words.iter().any(|word| word == "empty"),
        }
    }

    /// What becomes of null.
    pub(crate) fn effect_on_null(self) -> Effect {
        if self.null { Effect::Keeps } else { Effect::Drops }
    }

    /// What becomes of the empty string.
    pub(crate) fn effect_on_empty_text(self) -> Effect {
        if self.empty_text { Effect::Keeps } else { Effect::Drops }
    }

    /// What becomes of a value, if it is null or the empty string.
    pub(crate) fn of(self, value: &Val<'_>) -> Option<Effect> {
        match value.kind() {
            Kind::Null => Some(self.effect_on_null()),
            Kind::String if value.is_empty_text() => Some(self.effect_on_empty_text()),
            _ => None,
        }
    }

    /// Whether a value is kept.
    pub(crate) fn keeps(self, value: &Val<'_>) -> bool {
        self.of(value) != Some(Effect::Drops)
    }
}
