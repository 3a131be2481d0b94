//! Formats mapping files: the same meaning, the same comments, one layout.
//!
//! Lines stay lines: what differs is their indentation, the spaces in them, and blank lines. How values are written is left to the author.
//!
//! ```
//! use mapwright_format::{Formatted, format};
//!
//! let text = "values:\n    email:   {from: [traits.email] ,as: string}   # the first\n";
//! let Ok(Formatted::Changed(new)) = format(text) else { panic!("it is formatted already") };
//! assert_eq!(new, "values:\n  email: { from: [traits.email], as: string } # the first\n");
//! assert_eq!(format(&new), Ok(Formatted::Same));
//! ```

mod indent;
mod spaces;

use mapwright_findings::{FileId, Mark, Open};
use mapwright_language::yaml::{Data, Node, parse};

use crate::indent::Indents;
use crate::spaces::{ends_in_block, is_entry, spaced};

/// A string after it was formatted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formatted {
    /// It was formatted already.
    Same,
    /// The new text.
    Changed(String),
}

/// Why a string is not formatted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// It is not YAML.
    #[error("it is not YAML; `validate-mappings` says why")]
    Syntax,
    /// It would mean something else, or lose a comment.
    #[error("another layout could change what it says; write it in a simpler way")]
    Unsafe,
}

/// Formats the text of a mapping file.
///
/// # Errors
/// When it is not YAML, or when the new text would not say the same.
pub fn format(text: &str) -> Result<Formatted, FormatError> {
    let before = parse(FileId(0), text).map_err(|_| FormatError::Syntax)?;
    let new = laid_out(text);
    if new == text {
        return Ok(Formatted::Same);
    }
    let after = parse(FileId(0), &new).map_err(|_| FormatError::Unsafe)?;
    match is_same(&before, &after) && comments(text) == comments(&new) && laid_out(&new) == new {
        true => Ok(Formatted::Changed(new)),
        false => Err(FormatError::Unsafe),
    }
}

/// A line, and what it is.
enum Line<'t> {
    Blank,
    /// A comment alone.
    Comment(&'t str),
    /// An entry of a map or a list.
    Entry(&'t str, Vec<Mark>),
    /// What continues with the entry before it.
    Rest(&'t str, Option<Vec<Mark>>),
}

/// The text in its layout.
fn laid_out(text: &str) -> String {
    let (mut new, mut blanks, mut indents) = (String::with_capacity(text.len()), 0, Indents::default());
    let mut comments: Vec<&str> = Vec::new();
    for line in lines(text.trim_start_matches('\u{feff}')) {
        match line {
            Line::Blank if comments.is_empty() => blanks += 1,
            Line::Blank => comments.push(""),
            Line::Comment(comment) => comments.push(comment),
            Line::Entry(entry, marks) => {
                let before = indents.clone();
                let indent = indents.entry(entry);
                open(&mut new, &mut blanks);
                for comment in comments.drain(..) {
                    put(&mut new, before.comment(comment, entry, indent), comment.trim());
                }
                put(&mut new, indent, &spaced(entry, &marks, true));
            }
            Line::Rest(rest, marks) => {
                open(&mut new, &mut blanks);
                comments.drain(..).for_each(|comment| put(&mut new, indents.rest(comment), comment.trim()));
                match marks {
                    Some(marks) => put(&mut new, indents.rest(rest), &spaced(rest, &marks, false)),
                    // within quotes or a block, spaces count
                    None => {
                        let text = rest.trim_start_matches(' ');
                        let indent = if text.is_empty() { rest.len() } else { indents.rest(rest) };
                        new.push_str(&" ".repeat(indent));
                        new.push_str(text);
                        new.push('\n');
                    }
                }
            }
        }
    }
    open(&mut new, &mut blanks);
    comments.into_iter().for_each(|comment| put(&mut new, indents.rest(comment), comment.trim()));
    let end = new.trim_end_matches(['\n', ' ']).len();
    match indents.is_block {
        // a block may keep the blank lines behind it
        true => new,
        false => {
            new.truncate(end);
            if !new.is_empty() {
                new.push('\n');
            }
            new
        }
    }
}

/// Writes the blank lines before a line: one of several, and none at the start.
fn open(new: &mut String, blanks: &mut usize) {
    if *blanks > 0 && !new.is_empty() {
        new.push('\n');
    }
    *blanks = 0;
}

fn put(new: &mut String, indent: usize, text: &str) {
    if text.is_empty() {
        if !new.is_empty() && !new.ends_with("\n\n") {
            new.push('\n');
        }
        return;
    }
    new.push_str(&" ".repeat(indent));
    new.push_str(text);
    new.push('\n');
}

/// The lines of a string.
fn lines(text: &str) -> Vec<Line<'_>> {
    let (mut marks, mut depth, mut block): (Open, usize, Option<usize>) = (Open::default(), 0, None);
    let mut all = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(owner) = block {
            if bare.is_empty() || indent > owner {
                all.push(Line::Rest(line, None));
                continue;
            }
            block = None;
        }
        let in_quote = marks.quote.is_some();
        if bare.is_empty() && !in_quote {
            all.push(Line::Blank);
            continue;
        }
        if bare.starts_with('#') && !in_quote {
            all.push(Line::Comment(line));
            continue;
        }
        let found = marks.marks(line);
        let was_open = depth > 0;
        for mark in &found {
            match mark {
                Mark::Bracket(_) => depth += 1,
                Mark::End(_) => depth = depth.saturating_sub(1),
                Mark::Comma(_) | Mark::Comment(_) => {}
            }
        }
        if in_quote {
            all.push(Line::Rest(line, None));
        } else if was_open {
            all.push(Line::Rest(line, Some(found)));
        } else if is_entry(line) || all.iter().all(|line| matches!(line, Line::Blank | Line::Comment(_))) {
            if depth == 0 && marks.quote.is_none() && ends_in_block(line, &found) {
                block = Some(spaces::owner(line));
            }
            all.push(Line::Entry(line, found));
        } else {
            all.push(Line::Rest(line, Some(Vec::new())));
        }
    }
    all
}

/// Whether two trees say the same, wherever it stands.
fn is_same(a: &Node, b: &Node) -> bool {
    match (&a.data, &b.data) {
        (Data::List(a), Data::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Data::Map(a), Data::Map(b)) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.all(|((key, a), (other, b))| key.text == other.text && is_same(a, b))
        }
        (a, b) => a == b,
    }
}

/// What stands behind each `#` that begins a word, in their order: comments, and text that is the same in both anyway.
fn comments(text: &str) -> Vec<&str> {
    let comment = |line: &'_ str| {
        let at = line.find('#').filter(|at| line.get(..*at).is_some_and(|before| before.trim().is_empty()));
        at.or_else(|| line.find(" #").map(|at| at + 1))
    };
    text.lines().filter_map(|line| line.get(comment(line)?..).map(str::trim_end)).collect()
}
