//! Why a conversion cannot take a value.

use crate::value::Val;

/// The most bytes of text that one conversion may produce: the limit `conversion_bytes`.
pub const CONVERSION_BYTES: usize = 4 << 20;

/// The most bytes that all searches of a pattern in one string may scan: the limit `pattern_steps`. Each search may scan the whole rest of the string.
pub const PATTERN_STEPS: usize = 1 << 28;

/// The same limit for all strings of a payload part.
pub const PART_PATTERN_STEPS: usize = 1 << 30;

/// The result of a conversion. `Ok(None)` means no value, and the row is absent.
pub type Converted<'e> = Result<Option<Val<'e>>, ConvertError>;

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

/// What is wrong with the value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The value has the wrong type, or its text cannot be parsed.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// The type that the conversion takes, such as `a number`.
        expected: &'static str,
        /// The value, quoted.
        found: String,
    },
    /// The value is too large or too small.
    #[error("{found} is out of range: {range}")]
    OutOfRange {
        /// The value, quoted.
        found: String,
        /// The range, such as `-2^63 to 2^64 - 1`.
        range: &'static str,
    },
    /// The number is outside of the bounds that the mapping states.
    #[error("expected a number {bounds}, found {found}")]
    OutOfBounds {
        /// The value, quoted.
        found: String,
        /// The bounds, such as `from 1 to 10`.
        bounds: String,
    },
    /// The table has no entry for the value.
    #[error("{found} is not in the table `{table}`")]
    NotInTable {
        /// The value, quoted.
        found: String,
        /// The table.
        table: String,
    },
    /// Replacing could take more than [`PATTERN_STEPS`].
    #[error("exceeds the limit `pattern_steps` of {PATTERN_STEPS}: the text is too long for the pattern")]
    TooLong,
    /// Replacing in all strings together could take more than [`PART_PATTERN_STEPS`].
    #[error(
        "exceeds the limit `pattern_steps` of {PART_PATTERN_STEPS} for all strings: they are too long for the pattern"
    )]
    TooLongTogether,
    /// The result would be larger than [`CONVERSION_BYTES`].
    #[error("exceeds the limit `conversion_bytes` of {CONVERSION_BYTES} bytes")]
    TooLarge,
    /// A setting that the conversion needs is absent or invalid.
    #[error("expected {expected} in `{setting}`, found {found}")]
    Setting {
        /// The setting.
        setting: String,
        /// The type that the conversion takes.
        expected: &'static str,
        /// The type that was found; the value may be secret.
        found: &'static str,
    },
    /// An error about a member of an object.
    #[error("in {name}: {error}")]
    Member {
        /// The member.
        name: String,
        /// Its error.
        error: ConvertError,
    },
}

impl ConvertError {
    /// Returns the error for a value of another type than the conversion takes.
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

/// Returns the result, or an error if it is too large.
pub(crate) fn bounded<T>(bytes: usize, result: T) -> Result<T, ConvertError> {
    if bytes > CONVERSION_BYTES { Err(Refusal::TooLarge.into()) } else { Ok(result) }
}
