//! Lists of requests or calls, where a test expects another number of them than there are.

use crate::diff;

/// A request or a call on a line: its step, and further parts. Of an expected one, what the test states.
pub(super) struct Line<'l> {
    pub step: Option<&'l str>,
    pub parts: Vec<Option<&'l str>>,
}

/// What stands in place of a part that is not known.
const UNKNOWN: &str = "…";

/// Returns the diff of the expected lines and those that were found. Of each step, they show the parts that the test states of it anywhere, and all
/// parts of a step that the test does not name.
pub(super) fn diff_of(what: &str, expected: &[Line<'_>], found: &[Line<'_>]) -> String {
    let mut wanted = String::new();
    for (at, line) in expected.iter().enumerate() {
        let step = line.step.or_else(|| found.get(at)?.step);
        // the parts that are not stated are those of the request or the call that it is compared with
        let before = expected.iter().take(at).filter(|other| other.step == line.step).count();
        let same = match line.step {
            Some(_) => found.iter().filter(|found| found.step == line.step).nth(before),
            None => found.get(at),
        };
        let part = |index: usize| {
            let of = |line: &Line<'_>| line.parts.get(index).copied().flatten().map(str::to_owned);
            of(line).or_else(|| of(same?)).unwrap_or_else(|| UNKNOWN.to_owned())
        };
        let shown = shown_parts(step, line.parts.len(), expected).map(part);
        write(&mut wanted, step, shown);
    }
    let mut came = String::new();
    for line in found {
        let part = |index: usize| line.parts.get(index).copied().flatten().unwrap_or(UNKNOWN).to_owned();
        write(&mut came, line.step, shown_parts(line.step, line.parts.len(), expected).map(part));
    }
    diff::of(what, &wanted, &came)
}

/// The parts of a step that the lines show.
fn shown_parts<'l>(
    step: Option<&'l str>,
    parts: usize,
    expected: &'l [Line<'_>],
) -> impl Iterator<Item = usize> + 'l {
    let of_step = move || expected.iter().filter(move |line| line.step.is_none() || line.step == step);
    let is_shown = move |index: &usize| {
        of_step().next().is_none()
            || of_step().any(|line| line.parts.get(*index).is_some_and(Option::is_some))
    };
    (0..parts).filter(is_shown)
}

fn write(text: &mut String, step: Option<&str>, parts: impl Iterator<Item = String>) {
    text.push_str(step.unwrap_or(UNKNOWN));
    for (index, part) in parts.enumerate() {
        text.push_str(if index == 0 { ": " } else { " " });
        text.push_str(&part);
    }
    text.push('\n');
}
