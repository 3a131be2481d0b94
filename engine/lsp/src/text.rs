//! Texts, and positions in them as editors count: lines from 0, and bytes or UTF-16 units within a line.

use ls_types::{Position, PositionEncodingKind, Range};

/// What a position counts within its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, which every editor can count.
    Utf16,
}

impl Encoding {
    /// The best of those that an editor offers.
    pub(crate) fn of(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }

    /// How long a string is.
    pub(crate) fn length(self, text: &str) -> u32 {
        text.chars().map(|c| self.width(c)).sum::<usize>() as u32
    }
}

/// A string with the places of its lines.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub text: String,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl Text {
    pub(crate) fn new(text: impl Into<String>, encoding: Encoding) -> Self {
        let text = text.into();
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { text, starts, encoding }
    }

    /// The position of a byte; of the character that it is in.
    pub(crate) fn position(&self, byte: usize) -> Position {
        let byte = byte.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= byte).saturating_sub(1);
        let start = self.start(line);
        let before = (start..=byte).rev().find_map(|end| self.text.get(start..end)).unwrap_or("");
        Position::new(line as u32, self.encoding.length(before))
    }

    pub(crate) fn range(&self, bytes: (usize, usize)) -> Range {
        Range::new(self.position(bytes.0), self.position(bytes.1))
    }

    /// The byte of a position; one behind the end of its line is that end.
    pub(crate) fn byte(&self, position: Position) -> usize {
        let line = position.line as usize;
        if line >= self.starts.len() {
            return self.text.len();
        }
        let start = self.start(line);
        let (mut left, mut at) = (position.character as usize, start);
        for c in self.line(line).chars() {
            let width = self.encoding.width(c);
            if left < width {
                break;
            }
            left -= width;
            at += c.len_utf8();
        }
        at
    }

    fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// A line without its end.
    pub(crate) fn line(&self, line: usize) -> &str {
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text.get(self.start(line)..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    pub(crate) fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// The position behind everything.
    pub(crate) fn end(&self) -> Position {
        self.position(self.text.len())
    }

    /// The text with another one in place of a part, or of all of it. Returns where the change ends, too.
    pub(crate) fn changed(&self, range: Option<Range>, new: &str) -> (Self, usize) {
        let Some(range) = range else { return (Self::new(new, self.encoding), 0) };
        let start = self.byte(range.start);
        let end = self.byte(range.end).max(start);
        let before = self.text.get(..start).unwrap_or("");
        let after = self.text.get(end..).unwrap_or("");
        (Self::new(format!("{before}{new}{after}"), self.encoding), start + new.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_counted_as_the_editor_counts() {
        // é has two bytes and one unit, 😀 has four bytes and two units
        let text = "a: é😀x\r\nb: 1\rc\n";
        for (encoding, column) in [(Encoding::Utf8, 9), (Encoding::Utf16, 6)] {
            let text = Text::new(text, encoding);
            let at = text.text.find('x').unwrap();
            assert_eq!(text.position(at), Position::new(0, column));
            assert_eq!(text.byte(Position::new(0, column)), at);
            assert_eq!(text.byte(Position::new(0, 99)), at + 1, "the end of the line");
            assert_eq!(text.position(text.text.find('b').unwrap()), Position::new(1, 0));
            assert_eq!(text.position(text.text.find('c').unwrap()), Position::new(2, 0));
            assert_eq!(text.byte(Position::new(9, 0)), text.text.len());
            assert_eq!(text.position(5), text.position(5 + 3), "within 😀");
        }
    }

    #[test]
    fn changes_are_applied_where_the_editor_says() {
        let text = Text::new("a: 😀x\n", Encoding::Utf16);
        let range = Range::new(Position::new(0, 5), Position::new(0, 6));
        assert_eq!(text.changed(Some(range), "yz").0.text, "a: 😀yz\n");
        assert_eq!(text.changed(None, "b").0.text, "b");
    }
}
