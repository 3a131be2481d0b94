//! Characters that markup gives a meaning, or cannot have.

/// A markup language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// XML 1.0.
    Xml,
    /// HTML.
    Html,
}

impl Markup {
    /// Returns the escape of a character between tags and in quoted attributes, if it needs one.
    pub fn escaped(self, c: char) -> Option<&'static str> {
        match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '"' => Some("&quot;"),
            '\'' => Some(match self {
                Markup::Xml => "&apos;",
                Markup::Html => "&#39;",
            }),
            // a parser would read a line feed: https://www.w3.org/TR/xml/#sec-line-ends
            '\r' if self == Markup::Xml => Some("&#13;"),
            // https://www.w3.org/TR/xml/#charsets
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'
                if self == Markup::Xml =>
            {
                Some("\u{fffd}")
            }
            _ => None,
        }
    }
}
