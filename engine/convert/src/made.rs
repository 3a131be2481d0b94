//! Texts that are made of regular expressions.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How long a string may become, in bytes.
const MOST: usize = 4096;

/// How many characters keep a string from being found in others by chance.
const ENOUGH: usize = 4;

/// How often something is repeated that may be repeated less often, so that a string is not too short.
const REPEATED: u32 = 8;

/// A string that a regular expression describes, if look-around does not forbid it: short, but not so short that it stands in any text. Texts of
/// different numbers have different characters and alternatives, as far as there are some.
pub(crate) fn made(pattern: &str, number: usize) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let [short, long] = [0, REPEATED].map(|least| {
        let mut made = Made { text: String::new(), least };
        made.add(&hir, number).map(|()| made.text)
    });
    let is_enough = |text: &String| text.chars().count() >= ENOUGH;
    short.clone().filter(is_enough).or(long).or(short)
}

/// A string that is being made.
struct Made {
    text: String,
    /// How often something is repeated if it may be.
    least: u32,
}

impl Made {
    /// Adds what an expression describes; there is nothing that it does if this is `None`.
    fn add(&mut self, hir: &Hir, number: usize) -> Option<()> {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.text.push_str(std::str::from_utf8(&literal.0).ok()?),
            HirKind::Class(class) => self.text.push(char_of(class, number)?),
            HirKind::Capture(capture) => self.add(&capture.sub, number)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.add(part, number))?,
            HirKind::Alternation(all) => self.add(all.get(number % all.len().max(1))?, number)?,
            HirKind::Repetition(repeated) => {
                let times = self.least.max(repeated.min).min(repeated.max.unwrap_or(u32::MAX));
                for time in 0..times {
                    let before = self.text.len();
                    self.add(&repeated.sub, number.wrapping_add(time as usize))?;
                    if self.text.len() == before {
                        break;
                    }
                }
            }
        }
        (self.text.len() <= MOST).then_some(())
    }
}

/// A character of a class: the one of this number, of those that are easy to read.
fn char_of(class: &Class, number: usize) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            let ascii = class.iter().filter(|range| range.end().is_ascii());
            ascii.map(|range| (range.start().into(), range.end().into())).collect()
        }
    };
    let is_of = |char: &char| ranges.iter().any(|(first, last)| (first..=last).contains(&char));
    let readable = || ('a'..='z').chain('0'..='9').chain('A'..='Z').filter(is_of);
    let visible = || ('!'..='~').filter(is_of);
    let nth = |count: usize| number.checked_rem(count);
    nth(readable().count())
        .and_then(|at| readable().nth(at))
        .or_else(|| nth(visible().count()).and_then(|at| visible().nth(at)))
        .or_else(|| ranges.iter().map(|(first, _)| *first).find(|char| !char.is_control()))
        .or_else(|| ranges.first().map(|(first, _)| *first))
}
