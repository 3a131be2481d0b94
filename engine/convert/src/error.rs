//! Why a conversion cannot take a value.

use crate::value::Val;

/// How many bytes of text one conversion may make of a value: the limit `conversion_bytes`.
pub const CONVERSION_BYTES: usize = 4 << 20;

/// How many bytes all searches of a pattern in one text may look at: the limit `pattern_steps`. Each search may look at all the rest.
pub const PATTERN_STEPS: usize = 1 << 28;

/// What a conversion makes of a value. `Ok(None)`: it left nothing, and the row has no value.
pub type Converted<'e> = Result<Option<Val<'e>>, ConvertError>;

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

/// What is wrong with the value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
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
    #[error(
        "takes more than the limit `pattern_steps` of {PATTERN_STEPS}: the text is too long for its pattern"
    )]
    TooLong,
    /// What comes out would be larger than [`CONVERSION_BYTES`].
    #[error("makes more than the limit `conversion_bytes` of {CONVERSION_BYTES} bytes")]
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

/// The result, unless it is too large.
pub fn bounded<T>(bytes: usize, result: T) -> Result<T, ConvertError> {
    if bytes > CONVERSION_BYTES { Err(Refusal::TooLarge.into()) } else { Ok(result) }
}
