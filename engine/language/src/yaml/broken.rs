//! Where YAML is broken: the parser often stops behind the place.

use mapwright_findings::{FileId, Span};

/// A syntax error with its position.
#[derive(Debug, Clone, PartialEq)]
pub struct YamlError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// What the parser says of a `:` behind which no value can stand.
const SECOND_VALUE: &str = "mapping values are not allowed";

/// What the parser says where it is still inside of brackets.
const IN_FLOW: [&str; 3] =
    ["did not find expected ','", "illegal placement of ':'", "is only valid inside a block"];

/// Returns the error of a string that the parser could not read further than `at`.
pub(super) fn error(file: FileId, text: &str, at: usize, message: String) -> YamlError {
    let says = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    let unclosed = || unclosed(file, text, at).filter(|_| says(&IN_FLOW));
    let misplaced = || misplaced_key(file, text, at).filter(|_| says(&[SECOND_VALUE]));
    let found = unquoted_index(file, text, at).or_else(unclosed).or_else(misplaced);
    found.unwrap_or_else(|| {
        let span = Span { file, start: at as u32, end: at as u32 + 1 };
        YamlError { message, span }
    })
}

/// Returns the error of a bracket that is not closed before a line that continues outside of it, if the parser stopped behind that line's start.
fn unclosed(file: FileId, text: &str, at: usize) -> Option<YamlError> {
    let (mut start, mut block, mut open): (usize, Option<usize>, Vec<Open>) = (0, None, Vec::new());
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let content = line.trim();
        let is_more = !content.is_empty() && !content.starts_with(['#', ']', '}']);
        if let Some(first) = open.first().filter(|first| is_more && indent <= first.indent) {
            let span = Span { file, start: first.byte as u32, end: first.byte as u32 + 1 };
            let message = format!("unclosed bracket '{}'", first.bracket);
            return (start <= at).then_some(YamlError { message, span });
        }
        if start > at {
            return None;
        }
        block = block.filter(|around| !is_more || indent > *around);
        if block.is_none() {
            let value = if open.is_empty() { value_of(line) } else { Some(0) };
            let is_block = |text: &str| text.starts_with(['|', '>']);
            match value.and_then(|value| Some((value, line.get(value..)?))) {
                Some((_, text)) if open.is_empty() && is_block(text) => block = Some(indent),
                Some((value, text)) if !open.is_empty() || text.starts_with(['{', '[']) => {
                    brackets(text, start + value, indent, &mut open);
                }
                _ => {}
            }
        }
        start += line.len();
    }
    None
}

/// A bracket that is open: itself, its byte, and the indentation of its line.
struct Open {
    bracket: char,
    byte: usize,
    indent: usize,
}

/// Where the value of a line starts that is in no brackets: after the marks of items, the key and an anchor.
fn value_of(line: &str) -> Option<usize> {
    let mut rest = line.trim_start();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
    }
    if !rest.starts_with(['{', '[', '"', '\'']) {
        rest = rest.split_once(": ")?.1.trim_start();
    }
    if rest.starts_with(['&', '!']) {
        rest = rest.split_once(' ')?.1.trim_start();
    }
    Some(line.len() - rest.len())
}

/// Follows the brackets of a line from a byte on.
fn brackets(text: &str, start: usize, indent: usize, open: &mut Vec<Open>) {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in text.char_indices() {
        let begins = matches!(before, ' ' | '[' | '{' | ',');
        match (quote, c) {
            (Some(mark), _) if mark == c && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '#') if before == ' ' => return,
            (None, '"' | '\'') if begins => quote = Some(c),
            (None, '{' | '[') if begins => open.push(Open { bracket: c, byte: start + at, indent }),
            (None, '}' | ']') => {
                open.pop();
                // what follows the last one is no part of the value
                if open.is_empty() {
                    return;
                }
            }
            _ => {}
        }
        before = c;
    }
}

/// Returns the error of a key that stands below a value, if that is what the parser stopped at: it is the first word of its line.
fn misplaced_key(file: FileId, text: &str, at: usize) -> Option<YamlError> {
    let before = text.get(..at)?;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.get(start..)?;
    let key = line.trim_start().trim_start_matches("- ");
    let is_key =
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$'));
    let above = before
        .get(..start)?
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let (above, _) = above.trim_start_matches("- ").split_once(':').unwrap_or((above, ""));
    let span = Span { file, start: (at - key.len()) as u32, end: at as u32 };
    is_key.then(|| YamlError { message: format!("misplaced key {key} below {above}"), span })
}

/// Returns the error of a path with an index that stands in `{…}` or `[…]` without quotes, if that is what the parser stopped at.
fn unquoted_index(file: FileId, text: &str, at: usize) -> Option<YamlError> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..)?.lines().next()?;
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '[' | ']' | '-');
    /// A line that people write has fewer; each is looked at with all that is before it.
    const MOST: usize = 200;
    let mut from = 0;
    for _ in 0..MOST {
        let open = from + line.get(from..)?.find('[')?;
        let before = line.get(..open)?;
        let name = before.trim_end_matches(|c| is_path(c) && c != '[' && c != ']').len();
        let after = line.get(open + 1..)?;
        let index = after.trim_start_matches(|c: char| c.is_ascii_digit());
        let has_index = index.len() < after.len() && index.starts_with(']');
        let in_flow = before.get(..name)?.contains(['[', '{']) && !before.contains(['"', '\'']);
        if has_index && in_flow && name < open && open + start <= at {
            let entry = before.get(..name)?;
            // a condition that reads such a path is one string, and has to be in quotes as a whole
            let begins =
                ["{", "[", ", ", ": "].iter().filter_map(|mark| Some(entry.rfind(mark)? + mark.len())).max();
            let begins = begins.unwrap_or(name);
            let name = begins + entry.get(begins..)?.len() - entry.get(begins..)?.trim_start().len();
            let rest = line.get(name..)?;
            let mut depth = 0_i32;
            let end = rest.find(|c: char| {
                depth += i32::from(matches!(c, '[' | '{')) - i32::from(matches!(c, ']' | '}'));
                depth < 0 || depth == 0 && c == ','
            });
            let path = rest.get(..end.unwrap_or(rest.len()))?.trim_end();
            let first = (start + name) as u32;
            let span = Span { file, start: first, end: first + path.len() as u32 };
            return Some(YamlError { message: format!("unquoted index {path}"), span });
        }
        from = open + 1;
    }
    None
}
