//! Reads text that is not valid YAML while it is typed: invalid parts are blanked, so that the rest keeps its positions.

use std::borrow::Cow;

use mapwright_findings::{FileId, Mark, Open};
use mapwright_language::yaml::{Node, parse};

/// So many places of a string are left blank at most.
const MOST: usize = 6;

/// Returns a string that is YAML, and in which everything stands where it stood. `edited` is the byte where it was changed last, which is most likely
/// what is in the way; the line of `kept` is never left blank.
pub(crate) fn repaired(text: &str, edited: Option<usize>, kept: Option<usize>) -> Option<Cow<'_, str>> {
    let mut now = Cow::Borrowed(text);
    let mut edited = edited;
    for _ in 0..MOST {
        let Err(at) = read(&now) else { return Some(now) };
        let lines = [edited.take().map(|at| line(&now, at)), Some(line(&now, at)), line_before(&now, at)];
        let lines = lines.into_iter().flatten().chain(unclosed(&now, at));
        let kept = |(start, end): &(usize, usize)| kept.is_some_and(|kept| (*start..=*end).contains(&kept));
        let candidates: Vec<String> =
            lines.filter(|line| !kept(line)).filter_map(|line| blank(&now, line)).collect();
        // what makes it whole, or else what moves the first fault furthest
        let mut best: Option<(usize, String)> = None;
        for candidate in candidates {
            match read(&candidate) {
                Ok(_) => return Some(Cow::Owned(candidate)),
                Err(at) if best.as_ref().is_none_or(|(known, _)| at > *known) => best = Some((at, candidate)),
                Err(_) => {}
            }
        }
        match best {
            Some((further, candidate)) if further > at => now = Cow::Owned(candidate),
            _ => now = Cow::Owned(blank(&now, entry(&now, at).filter(|entry| !kept(entry))?)?),
        }
    }
    read(&now).is_ok().then_some(now)
}

/// Reads a string, or says where that ends.
fn read(text: &str) -> Result<Node, usize> {
    parse(FileId(0), text).map_err(|error| error.span.start as usize)
}

/// The line of a byte, without its end.
fn line(text: &str, at: usize) -> (usize, usize) {
    let at = floor(text, at);
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
    (start, end)
}

/// The nearest line before that of a byte that is not blank.
fn line_before(text: &str, at: usize) -> Option<(usize, usize)> {
    let (start, _) = line(text, at);
    let before = text.get(..start)?.trim_end();
    (!before.is_empty()).then(|| line(text, before.len() - 1))
}

/// The lines before a byte in which a bracket or a quote is open, although what is below is no deeper. The nearest is first.
fn unclosed(text: &str, at: usize) -> Vec<(usize, usize)> {
    /// So many of them are looked at.
    const NEAREST: usize = 4;
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let (mut start, mut found) = (0, Vec::new());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next().filter(|_| start <= at) {
        let mut open = Open::default();
        let marks = open.marks(line.trim_end());
        let count = |wanted: fn(&Mark) -> bool| marks.iter().filter(|mark| wanted(mark)).count();
        let is_open = open.quote.is_some()
            || count(|mark| matches!(mark, Mark::Bracket(_))) > count(|mark| matches!(mark, Mark::End(_)));
        let closes = |next: &str| next.trim_start().starts_with([']', '}']);
        let goes_on = lines.peek().is_some_and(|next| depth(next) > depth(line) || closes(next));
        if is_open && !goes_on {
            found.push((start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    found.into_iter().rev().take(NEAREST).collect()
}

/// The entry of the outermost map that a byte is in.
fn entry(text: &str, at: usize) -> Option<(usize, usize)> {
    let begins =
        |line: &str| line.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '#' | ']' | '}' | '-'));
    let (mut start, mut found) = (0, None);
    for line in text.split_inclusive('\n') {
        if begins(line) {
            match &mut found {
                _ if start <= at => found = Some((start, text.len())),
                Some((_, end)) => {
                    *end = start;
                    break;
                }
                None => {}
            }
        }
        start += line.len();
    }
    found
}

/// A string with spaces in place of a part, or nothing if that is blank already.
fn blank(text: &str, (start, end): (usize, usize)) -> Option<String> {
    let (before, inside, after) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let spaces: String = inside.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    (!inside.trim().is_empty()).then(|| format!("{before}{spaces}{after}"))
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_half_typed_is_left_blank() {
        for (text, typed, left) in [
            ("a: 1\nb\nc: 2\n", "b", "a: 1\n \nc: 2\n"),
            ("a:\n  b: 1\n  c\nd: 2\n", "c", "a:\n  b: 1\n   \nd: 2\n"),
            ("a: [1, 2\nb: 3\n", "2", "        \nb: 3\n"),
            ("a: { b: \"é\nc: 1\nd: 2\n", "é", "           \nc: 1\nd: 2\n"),
            ("a: 1\nb: 2\n", "2", "a: 1\nb: 2\n"),
        ] {
            let edited = text.find(typed).map(|at| at + typed.len());
            assert_eq!(repaired(text, edited, None).as_deref(), Some(left), "{text:?}");
            let found = repaired(text, None, None).unwrap();
            let rows = "p:\n  a: { from: x, o\n  b: { from: y, as: [z] }\nsteps:\n  c: { d: [e, f] }\n";
            let rows = repaired(rows, None, None).unwrap();
            assert_eq!(
                rows.trim_start_matches("p:\n").trim_start(),
                "b: { from: y, as: [z] }\nsteps:\n  c: { d: [e, f] }\n"
            );
            assert_eq!(found.len(), text.len(), "{text:?} → {found:?}");
        }
    }
}
