//! Which values count as none.

use mapwright_convert::Tree;
use mapwright_json::Kind;

/// The values that count as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// Whether `null` is kept.
    pub null: bool,
    /// Whether the empty string is kept.
    pub empty_text: bool,
}

impl Absence {
    /// Null and the empty text.
    pub const ALL: Absence = Absence { null: true, empty_text: true };

    /// Returns what counts as absent for both.
    pub fn and(self, other: Absence) -> Absence {
        Absence { null: self.null && other.null, empty_text: self.empty_text && other.empty_text }
    }

    /// Returns whether a value counts as absent.
    #[inline(always)]
    pub fn is<'e>(self, value: &impl Tree<'e>) -> bool {
        !value.is_something() && if value.kind() == Kind::Null { self.null } else { self.empty_text }
    }

    /// Returns whether JSON text, as this crate writes it, counts as absent.
    #[inline]
    pub fn is_written(self, json: &[u8]) -> bool {
        match json {
            b"null" => self.null,
            b"\"\"" => self.empty_text,
            _ => false,
        }
    }
}
