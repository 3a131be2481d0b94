//! Text within a line: plain, as code, strong, or a link.

use std::fmt::Write as _;

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Text as it is.
    Plain(String),
    /// Something that is written in files or sent.
    Code(String),
    /// What stands out.
    Strong(String),
    /// A link: its text, and where it leads.
    Link {
        /// The text.
        text: String,
        /// An address with `https:`, or a place of the same page with `#`.
        to: String,
    },
    /// The end of a line.
    Break,
}

/// The text of a paragraph, a heading or a cell. Nothing in it is markup: that is made when a document is rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    spans: Vec<Span>,
}

impl Text {
    /// Creates text in which the parts in backticks are code, and nothing else has a meaning.
    pub fn quoted(text: &str) -> Self {
        let mut all = Self::default();
        for (at, piece) in text.split('`').enumerate().filter(|(_, piece)| !piece.is_empty()) {
            all = all.and(if at % 2 == 1 { Self::code(piece) } else { Self::plain(piece) });
        }
        all
    }

    /// Creates text without markup, such as a value of an event.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { spans: vec![Span::Plain(text.into())] }
    }

    /// Creates code.
    pub fn code(text: impl Into<String>) -> Self {
        Self { spans: vec![Span::Code(text.into())] }
    }

    /// Creates emphasized text.
    pub fn strong(text: impl Into<String>) -> Self {
        Self { spans: vec![Span::Strong(text.into())] }
    }

    /// Reads the marks that descriptions have: `` `code` ``, `**strong**` and `[text](https://…)`. Anything else is text as it is.
    pub fn marked(text: &str) -> Self {
        let mut read = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            match next_mark(rest) {
                Some((before, span, after)) => {
                    read.push_plain(before);
                    read.spans.push(span);
                    rest = after;
                }
                None => {
                    read.push_plain(rest);
                    rest = "";
                }
            }
        }
        read
    }

    /// Joins texts, one per line.
    pub fn lines(lines: impl IntoIterator<Item = Text>) -> Self {
        lines.into_iter().fold(Self::default(), |all, line| match all.spans.is_empty() {
            true => line,
            false => all.line(line),
        })
    }

    /// Joins texts, with `between` between them.
    pub fn joined(items: impl IntoIterator<Item = Text>, between: &str) -> Self {
        items.into_iter().fold(Self::default(), |all, item| match all.spans.is_empty() {
            true => item,
            false => all.and(Text::plain(between)).and(item),
        })
    }

    /// Appends another text.
    #[must_use]
    pub fn and(mut self, other: impl Into<Text>) -> Self {
        self.spans.extend(other.into().spans);
        self
    }

    /// Appends another text on a line of its own.
    #[must_use]
    pub fn line(mut self, other: impl Into<Text>) -> Self {
        let other = other.into();
        if !self.spans.is_empty() && !other.spans.is_empty() {
            self.spans.push(Span::Break);
        }
        self.spans.extend(other.spans);
        self
    }

    /// Returns whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Returns the pieces of the text.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Returns the text as a reader sees it, without marks.
    pub fn shown(&self) -> String {
        self.spans.iter().fold(String::new(), |mut all, span| {
            match span {
                Span::Plain(text) | Span::Code(text) | Span::Strong(text) | Span::Link { text, .. } => {
                    all.push_str(&visible(text));
                }
                Span::Break => all.push(' '),
            }
            all
        })
    }

    fn push_plain(&mut self, text: &str) {
        if !text.is_empty() {
            self.spans.push(Span::Plain(text.to_owned()));
        }
    }
}

/// Our own sentences and descriptions, which have marks.
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::marked(text)
    }
}

/// See [`Text::marked`].
impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::marked(text)
    }
}

/// Returns the first mark of a string, with what stands before and after it.
fn next_mark(text: &str) -> Option<(&str, Span, &str)> {
    for (at, _) in text.char_indices().filter(|(_, c)| matches!(c, '`' | '*' | '[')) {
        let (before, from) = text.split_at_checked(at)?;
        let found = within(from, "`", "`")
            .map(|(inner, after)| (Span::Code(inner.to_owned()), after))
            .or_else(|| {
                within(from, "**", "**").map(|(inner, after)| (Span::Strong(inner.to_owned()), after))
            })
            .or_else(|| link(from));
        if let Some((span, after)) = found {
            return Some((before, span, after));
        }
    }
    None
}

fn within<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, &'t str)> {
    let (inner, after) = text.strip_prefix(open)?.split_once(close)?;
    (!inner.is_empty()).then_some((inner, after))
}

fn link(text: &str) -> Option<(Span, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (to, after) = rest.split_once(')')?;
    let leads = to.starts_with("https://") || to.starts_with('#');
    let is_one = |text: &str| !text.is_empty() && !text.contains(['[', ']', '\n']);
    let is_address = !to.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>`".contains(c));
    (leads && is_address && is_one(label))
        .then(|| (Span::Link { text: label.to_owned(), to: to.to_owned() }, after))
}

/// Returns a string in which nothing can hide: controls, and characters that change the direction of text, are spelled out.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            '\n' | '\r' => shown.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_and_anything_else_is_text() {
        let text = Text::marked("a `b*c` **d** [e](https://f.example) [g](javascript:h) `i 2*3");
        let link = Span::Link { text: "e".into(), to: "https://f.example".into() };
        let plain = |text: &str| Span::Plain(text.into());
        assert_eq!(
            text.spans(),
            [
                plain("a "),
                Span::Code("b*c".into()),
                plain(" "),
                Span::Strong("d".into()),
                plain(" "),
                link,
                plain(" [g](javascript:h) `i 2*3"),
            ]
        );
    }

    #[test]
    fn nothing_hides_in_a_text() {
        assert_eq!(Text::plain("a\u{202e}b\u{0}c\nd").shown(), "a\\u{202e}b\\u{0}c d");
    }
}
