//! The comments in a YAML file, found without reading it: a file with errors has them too. Within quotes and blocks of text, what looks like one is text.

use mapwright_findings::{Mark, Open};

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'t> {
    /// Its number, from 1.
    pub number: usize,
    /// Where it starts in the file.
    pub start: usize,
    /// Its text.
    pub text: &'t str,
    /// Whether anything but a comment stands on it.
    pub has_content: bool,
    /// Where its comment starts in it, with the `#`.
    pub comment: Option<usize>,
}

/// What the text before a place leaves open.
#[derive(Default)]
struct State {
    open: Open,
    /// The indentation of the line whose value is a block of text.
    block: Option<usize>,
}

/// Returns the lines of a file.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let (mut state, mut start) = (State::default(), 0);
    text.split('\n').enumerate().map(move |(at, text)| {
        let line = state.line(at + 1, start, text);
        start += text.len() + 1;
        line
    })
}

impl State {
    fn line<'t>(&mut self, number: usize, start: usize, text: &'t str) -> Line<'t> {
        let content = text.trim_start();
        let indent = text.len() - content.len();
        let is_text = self.block.is_some_and(|of| content.is_empty() || indent > of);
        if is_text {
            return Line { number, start, text, has_content: true, comment: None };
        }
        let in_quotes = self.open.quote.is_some();
        let comment = self.open.marks(text).into_iter().find_map(|mark| match mark {
            Mark::Comment(at) => Some(at),
            _ => None,
        });
        let before = text.get(..comment.unwrap_or(text.len())).unwrap_or("").trim();
        self.block = (self.open.quote.is_none() && opens_block(before)).then_some(indent);
        let has_content = in_quotes || !(before.is_empty() || before.starts_with("---"));
        Line { number, start, text, has_content, comment }
    }
}

/// Whether what follows is a block of text, which has no comments: `key: |`, `- >-`.
fn opens_block(before: &str) -> bool {
    let style = before.trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
    style.strip_suffix(['|', '>']).is_some_and(|before| before.ends_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stand_outside_of_texts() {
        let file = "# top\na: one # 1\nb: \"# no\n  # no\n  end\" # 2\nc: 'it''s # no' # 3\nd: |  # 4\n  # no\n\n  # no\ne: don't # 5\nf: [a, \"b # no\", 'c\n  # no'] # 6\ng: x[0] == \"y\" # 7\nh: a, \"b # 8\ni: c#no\n- 'a: # no\n  \\' # 9\n# end";
        let found: Vec<&str> = lines(file).filter_map(|line| line.text.get(line.comment?..)).collect();
        assert_eq!(found, ["# top", "# 1", "# 2", "# 3", "# 4", "# 5", "# 6", "# 7", "# 8", "# 9", "# end"]);
        let bare: Vec<usize> = lines(file).filter(|line| !line.has_content).map(|line| line.number).collect();
        assert_eq!(bare, [1, 19]);
        assert!(
            lines(file).all(|line| file.get(line.start..line.start + line.text.len()) == Some(line.text))
        );
    }
}
