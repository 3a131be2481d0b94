//! Units in which APIs count the length of text.

use std::fmt;

use crate::arguments::Arguments;
use crate::signature::{Param, ParamType};

/// What the length of text is counted in. Truncated text never ends inside of a character, whatever the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Unicode code points.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// Code units of UTF-16, which JavaScript and Java count: two for each character beyond U+FFFF.
    Utf16,
}

/// The parameter that selects the unit.
pub(crate) const UNIT: Param = Param::optional(
    "unit",
    ParamType::Word(&["characters", "bytes", "utf16"]),
    "what is counted: Unicode code points (the default), bytes of UTF-8, or code units of UTF-16 as JavaScript and Java count them",
);

impl Unit {
    /// Returns the argument [`UNIT`].
    pub(crate) fn read(arguments: &mut Arguments<'_>) -> Option<Self> {
        Some(match arguments.word(UNIT.name)? {
            "bytes" => Unit::Bytes,
            "utf16" => Unit::Utf16,
            _ => Unit::Characters,
        })
    }

    fn of(self, c: char) -> usize {
        match self {
            Unit::Characters => 1,
            Unit::Bytes => c.len_utf8(),
            Unit::Utf16 => c.len_utf16(),
        }
    }

    /// Returns how much longer text is than `max`; `None` if it is not.
    pub(crate) fn excess(self, text: &str, max: usize) -> Option<usize> {
        // no unit counts more than the bytes
        if text.len() <= max {
            return None;
        }
        let length = match self {
            Unit::Characters => text.chars().count(),
            Unit::Bytes => text.len(),
            Unit::Utf16 => text.encode_utf16().count(),
        };
        length.checked_sub(max).filter(|excess| *excess > 0)
    }

    /// Returns as many characters from the start as `max` units have room for.
    pub(crate) fn start(self, text: &str, max: usize) -> &str {
        let mut left = max;
        let end = text.char_indices().find(|(_, c)| !self.fits(*c, &mut left));
        end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
    }

    /// Returns as many characters before the end as `max` units have room for.
    pub(crate) fn end(self, text: &str, max: usize) -> &str {
        let mut left = max;
        let before = text.char_indices().rev().find(|(_, c)| !self.fits(*c, &mut left));
        before.and_then(|(at, c)| text.get(at + c.len_utf8()..)).unwrap_or(text)
    }

    /// Takes the room for a character, if there is enough.
    fn fits(self, c: char, left: &mut usize) -> bool {
        let after = left.checked_sub(self.of(c));
        *left = after.unwrap_or(*left);
        after.is_some()
    }
}

/// The plural in messages.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Characters => "characters",
            Unit::Bytes => "bytes",
            Unit::Utf16 => "UTF-16 units",
        })
    }
}
