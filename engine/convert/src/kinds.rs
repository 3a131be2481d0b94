//! Sets of kinds of values.

use mapwright_json::Kind;

/// A set of types.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kinds(u8);

impl Kinds {
    fn bit(kind: Kind) -> u8 {
        1 << kind as u8
    }

    /// All kinds.
    pub const ALL: Kinds = Kinds(u8::MAX);

    /// Returns whether the set contains a type.
    #[inline]
    pub fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        Kinds(kinds.into_iter().fold(0, |bits, kind| bits | Self::bit(kind)))
    }
}
