//! The spaces in a line.

use mapwright_findings::Mark;

/// What stands behind a dash that begins an item.
pub(crate) fn after_dash(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('-')?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim_start_matches(' '))
}

/// Whether a line is an entry of a map or a list, and does not continue with the one before.
pub(crate) fn is_entry(line: &str) -> bool {
    let text = line.trim();
    after_dash(text).is_some() || is_key(text) || text == "---"
}

/// Whether a string begins with a key.
pub(crate) fn is_key(text: &str) -> bool {
    text.starts_with("? ") || colon(text).is_some()
}

/// How deep the entry is that a block belongs to: behind the dashes of its line.
pub(crate) fn owner(line: &str) -> usize {
    let text = line.trim_start_matches(' ');
    let (mut depth, mut text) = (line.len() - text.len(), text);
    while let Some(inner) = after_dash(text).filter(|inner| is_key(inner) || after_dash(inner).is_some()) {
        depth += text.len() - inner.len();
        text = inner;
    }
    depth
}

/// Whether the value of an entry is a block of lines.
pub(crate) fn ends_in_block(line: &str, marks: &[Mark]) -> bool {
    let comment = marks.iter().find_map(|mark| match mark {
        Mark::Comment(at) => Some(*at),
        _ => None,
    });
    let line = line.get(..comment.unwrap_or(line.len())).unwrap_or(line).trim_end();
    let Some(word) = line.rsplit(' ').next() else { return false };
    let is_header = word.starts_with(['|', '>'])
        && word.chars().skip(1).all(|c| c.is_ascii_digit() || c == '+' || c == '-');
    is_header && line.len() > word.len()
}

/// The colon behind the key that a string begins with.
fn colon(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some('"'), '\\') => drop(chars.next()),
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if text.get(..at).is_some_and(|before| before.trim().is_empty()) => {
                quote = Some(c)
            }
            (None, '[' | '{' | '#' | '|' | '>') if at == 0 => return None,
            (None, '#') if text.get(..at).is_some_and(|before| before.ends_with(' ')) => return None,
            (None, ':') if chars.peek().is_none_or(|(_, next)| *next == ' ') => return Some(at),
            _ => {}
        }
    }
    None
}

/// A line without its indentation, with one space where spaces stand, and none where none belong. `is_entry` says whether it begins with dashes or a key.
pub(crate) fn spaced(line: &str, marks: &[Mark], is_entry: bool) -> String {
    let (mut new, mut from, mut after): (String, usize, After) = (String::new(), 0, After::Start(is_entry));
    for mark in marks {
        let (Mark::Bracket(at) | Mark::End(at) | Mark::Comma(at) | Mark::Comment(at)) = *mark;
        let piece = line.get(from..at).unwrap_or("");
        let sign = line.get(at..=at).unwrap_or("");
        match mark {
            Mark::Bracket(_) => {
                put(&mut new, piece, after, true);
                new.push_str(sign);
                after = After::Bracket(sign == "{");
            }
            Mark::End(_) => {
                let is_empty = piece.trim().is_empty() && matches!(after, After::Bracket(_));
                put(&mut new, piece, after, false);
                trim(&mut new);
                if sign == "}" && !is_empty && !new.is_empty() {
                    new.push(' ');
                }
                new.push_str(sign);
                after = After::End;
            }
            Mark::Comma(_) => {
                put(&mut new, piece, after, false);
                trim(&mut new);
                new.push(',');
                after = After::Comma;
            }
            Mark::Comment(_) => {
                put(&mut new, piece, after, false);
                trim(&mut new);
                if !new.is_empty() {
                    new.push(' ');
                }
                new.push_str(line.get(at..).unwrap_or("").trim_end());
                return new;
            }
        }
        from = at + 1;
    }
    put(&mut new, line.get(from..).unwrap_or(""), after, false);
    trim(&mut new);
    new
}

/// What stands before a piece of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// Nothing; whether dashes may follow.
    Start(bool),
    /// An opening bracket; whether it is that of a map.
    Bracket(bool),
    End,
    Comma,
}

fn trim(new: &mut String) {
    new.truncate(new.trim_end_matches([' ', '\t']).len());
}

/// Adds a piece; `opens` says whether a bracket follows.
fn put(new: &mut String, piece: &str, after: After, opens: bool) {
    let mut text = piece.trim_start_matches([' ', '\t']);
    match after {
        After::Start(true) => {
            while let Some(inner) = after_dash(text) {
                new.push_str(if inner.is_empty() { "-" } else { "- " });
                // a bracket follows the dash
                if inner.is_empty() && opens {
                    new.push(' ');
                }
                text = inner;
            }
        }
        After::Start(false) => {}
        After::Bracket(is_map) => {
            if is_map {
                new.push(' ');
            }
        }
        After::Comma => new.push(' '),
        After::End => {
            if piece.starts_with([' ', '\t']) && !text.is_empty() && !text.starts_with(':') {
                new.push(' ');
            }
        }
    }
    match colon(text) {
        Some(at) => {
            let (key, value) = (text.get(..at).unwrap_or(""), text.get(at + 1..).unwrap_or(""));
            new.push_str(key.trim_end_matches(' '));
            new.push(':');
            let value = value.trim_start_matches([' ', '\t']);
            if !value.is_empty() || opens {
                new.push(' ');
            }
            new.push_str(value);
        }
        None => new.push_str(text),
    }
}
