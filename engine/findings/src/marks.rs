//! The marks in a line of YAML that are outside of texts: brackets, commas and comments. A file with errors has them too.

/// What the lines before one leave open.
#[derive(Debug, Default)]
pub struct Open {
    /// The quote of a string that does not end yet.
    pub quote: Option<char>,
    /// How many brackets are open.
    depth: usize,
}

/// A mark in a line: what it is, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `[` or `{`.
    Bracket(usize),
    /// `]` or `}`.
    End(usize),
    /// A comma within brackets.
    Comma(usize),
    /// The `#` of a comment, which is the last mark of a line.
    Comment(usize),
}

impl Open {
    /// Returns the marks of the next line, and remembers what it leaves open.
    ///
    /// ```
    /// use mapwright_findings::{Mark, Open};
    ///
    /// let found = Open::default().marks("a: ['#, ]', b] # c");
    /// assert_eq!(found, [Mark::Bracket(3), Mark::Comma(10), Mark::End(13), Mark::Comment(15)]);
    /// ```
    pub fn marks(&mut self, line: &str) -> Vec<Mark> {
        let mut marks = Vec::new();
        // the last character that is no space, and whether a space is after it
        let (mut last, mut spaced) = (None, true);
        let mut chars = line.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match (self.quote, c) {
                (Some('"'), '\\') => drop(chars.next()),
                (Some('\''), '\'') if chars.next_if(|(_, next)| *next == '\'').is_some() => {}
                (Some(quote), c) if c == quote => self.quote = None,
                (Some(_), _) => {}
                (None, '#') if spaced => {
                    marks.push(Mark::Comment(at));
                    break;
                }
                (None, '"' | '\'') if self.starts_value(last, spaced) => self.quote = Some(c),
                (None, '[' | '{') if self.starts_value(last, spaced) => {
                    self.depth += 1;
                    marks.push(Mark::Bracket(at));
                }
                (None, ']' | '}') if self.depth > 0 => {
                    self.depth -= 1;
                    marks.push(Mark::End(at));
                }
                (None, ',') if self.depth > 0 => marks.push(Mark::Comma(at)),
                (None, _) => {}
            }
            spaced = c.is_whitespace();
            last = if spaced { last } else { Some(c) };
        }
        marks
    }

    /// Whether a value may start behind this character. Elsewhere, quotes and brackets are letters of a string without quotes.
    fn starts_value(&self, last: Option<char>, spaced: bool) -> bool {
        match last {
            None => true,
            Some(':' | '-' | '?') => spaced,
            Some('[' | '{' | ',') => self.depth > 0,
            Some(_) => false,
        }
    }
}
