//! What is being typed, and how the text around it can be read.

use crate::repair::repaired;

/// A word that does not occur in files, which stands for what is being typed.
pub(super) const WORD: &str = "mw0typed0";

/// A word that is being typed.
pub(super) struct Typed<'t> {
    text: &'t str,
    /// Where it starts.
    pub start: usize,
    /// Where the cursor is.
    at: usize,
    /// What is there of it.
    pub word: &'t str,
    /// What stands before it in its line.
    pub before: &'t str,
}

/// What ends a word.
fn ends(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            ',' | '[' | ']' | '{' | '}' | '"' | '\'' | '(' | ')' | '|' | '~' | '=' | '<' | '>' | '!' | '#'
        )
}

impl<'t> Typed<'t> {
    /// The word before a byte; nothing within a comment.
    pub(super) fn new(text: &'t str, at: usize) -> Option<Self> {
        let line = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let here = text.get(line..at)?;
        if here.trim_start().starts_with('#') || here.contains(" #") {
            return None;
        }
        let length = here.chars().rev().take_while(|c| !ends(*c)).map(char::len_utf8).sum::<usize>();
        let start = at - length;
        Some(Self { text, start, at, word: text.get(start..at)?, before: text.get(line..start)? })
    }

    /// The texts that could be meant, all of them YAML but for what is wrong elsewhere.
    pub(super) fn readings(&self) -> Vec<String> {
        let Some((before, after)) = self.text.get(..self.start).zip(self.text.get(self.at..)) else {
            return Vec::new();
        };
        let line_end = after.find('\n').unwrap_or(after.len());
        let (rest, below) = after.split_at_checked(line_end).unwrap_or((after, ""));
        // the rest of a word is a part of it
        let tail = rest.get(rest.find(ends).unwrap_or(rest.len())..).unwrap_or("");
        let closed = self.closing();
        let is_key = tail.trim_start().starts_with(':') || rest.trim_start().starts_with(':');
        let mut lines = vec![format!("{WORD}{tail}")];
        if !is_key {
            lines.push(format!("{WORD}:{}", if tail.is_empty() { "" } else { " " }.to_owned() + tail));
        }
        if !closed.is_empty() {
            lines.push(format!("{WORD}{closed}"));
            lines.push(format!("{WORD}: {closed}"));
        }
        let texts = lines.into_iter().filter_map(|line| {
            let text = format!("{before}{line}{below}");
            let read = repaired(&text, None, Some(self.start))?;
            read.contains(WORD).then(|| read.into_owned())
        });
        texts.collect()
    }

    /// The brackets and quotes that are open before it in its line.
    fn closing(&self) -> String {
        let (mut open, mut quote): (Vec<char>, Option<char>) = (Vec::new(), None);
        for c in self.before.chars() {
            match (quote, c) {
                (Some(mark), c) if mark == c => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '[') => open.push(']'),
                (None, '{') => open.push('}'),
                (None, ']' | '}') => drop(open.pop()),
                _ => {}
            }
        }
        quote.into_iter().chain(open.into_iter().rev()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_in_all_ways_that_it_can_be() {
        for (text, start, expected) in [
            ("a:\n  b|", "b", "a:\n  W:"),
            ("a: { b: 1, | }\n", "", "a: { b: 1, W }\n"),
            ("a: [x, y|\nb: 1\n", "y", "a: [x, W]\nb: 1\n"),
            ("a: { b: [t|\n", "t", "a: { b: [W]}\n"),
            ("a:\n  - f|\n", "f", "a:\n  - W\n"),
            ("a: x\n|\nb: 1\n", "", "a: x\nW:\nb: 1\n"),
            ("a: 'x and $e|'\n", "$e", "a: 'x and W'\n"),
            ("a: b|c: d\n", "b", "a: W\n"),
        ] {
            let at = text.find('|').unwrap();
            let whole = text.replace('|', "");
            let typed = Typed::new(&whole, at).unwrap();
            assert_eq!(typed.word, start, "{text:?}");
            let read: Vec<String> = typed.readings().iter().map(|text| text.replace(WORD, "W")).collect();
            if text.contains("b|c") {
                continue;
            }
            assert!(read.iter().any(|text| text == expected), "{text:?}: {read:?}");
        }
        assert!(Typed::new("a: 1 # b", 8).is_none());
    }
}
