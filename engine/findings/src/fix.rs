//! Fixes: how a finding is mended by replacing bytes of a file.

use crate::marks::{Mark, Open};
use crate::source::{Place, Span, Texts};

/// Edits that mend a finding.
///
/// ```
/// use mapwright_findings::{Edit, Fix, Place};
///
/// let text = "message: indentify\n";
/// let edit = Edit::new(Place::new("mappings/acme/1/identify.yaml", text, 9..18), "identify");
/// let fix = Fix::new("replace it by `identify`", vec![edit], false);
/// let mended = fix.edits.iter().fold(text.to_owned(), |mut text, edit| {
///     text.replace_range(edit.place.bytes.0..edit.place.bytes.1, &edit.text);
///     text
/// });
/// assert_eq!(mended, "message: identify\n");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Fix {
    /// What they do, as in `` replace it by `email` ``.
    pub title: String,
    /// The edits, which do not overlap.
    pub edits: Vec<Edit>,
    /// Whether the result is certain to be what was meant.
    pub safe: bool,
}

/// Text in place of other text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Edit {
    /// What is replaced.
    pub place: Place,
    /// What takes its place. Empty text removes it.
    pub text: String,
}

impl Fix {
    /// Creates a fix of these edits, which do not overlap. `safe`: it is certain to be what was meant.
    pub fn new(title: impl Into<String>, edits: Vec<Edit>, safe: bool) -> Self {
        Self { title: title.into(), edits, safe }
    }
}

impl Edit {
    /// Puts a string in place of what stands somewhere.
    pub fn new(place: Place, text: impl Into<String>) -> Self {
        Self { place, text: text.into() }
    }
}

/// What would make a test expect what was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// Texts in place of others in one file.
    Edits(Vec<(Span, String)>),
    /// The text of a file that is missing, or that another update of the same check creates.
    New {
        /// Its path, as findings show it.
        path: String,
        /// What is put at its start.
        text: String,
    },
}

/// How a rule says that its finding is mended, before the text is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Mend {
    /// Where; an update has places of its own.
    span: Span,
    safe: bool,
    how: How,
}

#[derive(Debug, Clone, PartialEq)]
enum How {
    /// Replaces all of the span, or what is written there if that is stated.
    Replace { was: Option<String>, text: String },
    /// Removes the lines of the span, if nothing else stands on them and nothing belongs to them.
    RemoveLine,
    /// Removes the entry that starts there, or the one of this key in the map that starts there.
    RemoveEntry { key: Option<String> },
    /// Writes what a test should expect.
    Update(Update),
}

impl Mend {
    /// Replaces what is written in a place by what is probably meant.
    pub fn guess(span: Span, was: impl Into<String>, text: impl Into<String>) -> Self {
        let how = How::Replace { was: Some(was.into()), text: text.into() };
        Self { span, safe: false, how }
    }

    /// Replaces all that stands in a place by what is probably meant.
    pub fn rewrite(span: Span, text: impl Into<String>) -> Self {
        Self { safe: false, ..Self::replace(span, text) }
    }

    /// Replaces all that stands in a place by what is certainly meant.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, safe: true, how: How::Replace { was: None, text: text.into() } }
    }

    /// Writes what a test should expect; whether that is right is for people to say.
    pub fn update(span: Span, update: Update) -> Self {
        Self { span, safe: false, how: How::Update(update) }
    }

    /// Removes the line of an entry, if that is all of it. Whether it is useless or misspelt is a guess.
    pub fn remove_line(span: Span) -> Self {
        Self { span, safe: false, how: How::RemoveLine }
    }

    /// Removes the entry that a place is the start or the value of: its line, or its part of a line with brackets. Whether it is useless or misspelt is a guess.
    pub fn remove_entry(span: Span) -> Self {
        Self { span, safe: false, how: How::RemoveEntry { key: None } }
    }

    /// Removes the entry of a key from a map in brackets. Whether it is useless or misspelt is a guess.
    pub fn remove_key(span: Span, key: impl Into<String>) -> Self {
        Self { span, safe: false, how: How::RemoveEntry { key: Some(key.into()) } }
    }

    /// Returns the edit, if the text is such that it would do what it says.
    pub(crate) fn at(self, texts: &Texts) -> Option<Fix> {
        if let How::Update(update) = self.how {
            return updated(update, texts);
        }
        let text = texts.text(self.span.file)?;
        let (start, end) = (self.span.start as usize, self.span.end as usize);
        let here = text.get(start..end)?;
        let (start, end, new) = match self.how {
            How::Replace { was: None, text } => (start, end, text),
            How::Replace { was: Some(was), text } => {
                let at = start + only(here, &was)?;
                (at, at + was.len(), text)
            }
            How::RemoveLine => {
                let (start, end) = lines(text, start, end)?;
                (start, end, String::new())
            }
            How::RemoveEntry { key } => {
                let (start, end) = entry(text, start, end, key.as_deref())?;
                (start, end, String::new())
            }
            How::Update(_) => return None,
        };
        if text.get(start..end)? == new {
            return None;
        }
        let title = if new.is_empty() { "remove it".to_owned() } else { format!("replace it by `{new}`") };
        let place = texts.place(Span { file: self.span.file, start: start as u32, end: end as u32 });
        Some(Fix { title, edits: vec![Edit { place, text: new }], safe: self.safe })
    }
}

fn updated(update: Update, texts: &Texts) -> Option<Fix> {
    let edits: Vec<Edit> = match update {
        Update::Edits(edits) => {
            edits.into_iter().map(|(span, text)| Edit { place: texts.place(span), text }).collect()
        }
        Update::New { path, text } => vec![Edit { place: Place::new(&path, "", 0..0), text }],
    };
    let title = "expect what was found".to_owned();
    (!edits.is_empty()).then_some(Fix { title, edits, safe: false })
}

/// Returns where `name` stands in `text`: as a word of its own, and only once.
fn only(text: &str, name: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = text.match_indices(name).map(|(at, _)| at).filter(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    });
    let first = found.next().filter(|_| !name.is_empty());
    first.filter(|_| found.next().is_none())
}

/// Returns the whole lines of a place, if it is where they begin and no line below is indented deeper.
fn lines(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let from = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let indent = text.get(from..start)?;
    let to = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at + 1);
    let below = text.get(to..)?.lines().find(|line| !line.trim().is_empty());
    let depth = |line: &str| line.len() - line.trim_start().len();
    let deeper = below.is_some_and(|line| depth(line) > indent.len());
    (indent.trim().is_empty() && !deeper && open_ends(text.get(start..to)?) == 0).then_some((from, to))
}

/// How many brackets are open at the end of a line, quotes aside.
fn open_ends(line: &str) -> isize {
    let count = |brackets: [char; 2]| line.matches(brackets).count() as isize;
    count(['[', '{']) - count([']', '}'])
}

/// Returns the place of an entry with what separates it from its neighbour. `start` is where it or its value starts, or its map, of which it is
/// the one of `key`.
fn entry(text: &str, start: usize, end: usize, key: Option<&str>) -> Option<(usize, usize)> {
    /// In a longer line, which is read for each finding, nothing is mended. In bytes.
    const LONGEST_LINE: usize = 20_000;

    let from = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(from..)?.lines().next().filter(|line| line.len() <= LONGEST_LINE)?;
    let parts = Parts::of(line);
    // nothing but the key of a value stands before it
    let is_head = |before: &str| {
        let before = before.trim();
        before.is_empty() || before.strip_suffix(':').is_some_and(|key| !key.contains(' '))
    };
    let part = match (key, parts.around(start - from)) {
        (Some(key), _) => {
            parts.all.iter().find(|part| part.bracket == start - from && is_key(line, part, key))?
        }
        (None, Some(part)) => {
            Some(part).filter(|part| line.get(part.start..start - from).is_some_and(is_head))?
        }
        (None, None) => {
            let indent = line.len() - line.trim_start().len();
            let is_own = line.get(indent..start - from).is_some_and(is_head);
            return is_own.then(|| lines(text, from + indent, end)).flatten();
        }
    };
    // without the only entry there would be an empty map or list
    if parts.all.iter().filter(|other| other.bracket == part.bracket).count() == 1 {
        return None;
    }
    let (start, end) = match part.start == part.bracket + 1 {
        // with the comma after it, and up to the next entry
        true => {
            let space = |at: usize| line.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
            (part.start + space(part.start), part.end + 1 + space(part.end + 1))
        }
        // with the comma before it
        false => (part.start - 1, line.get(..part.end)?.trim_end().len()),
    };
    Some((from + start, from + end))
}

/// An entry between brackets and commas in one line.
struct Part {
    /// Where its list or map starts.
    bracket: usize,
    /// Behind the bracket or comma before it.
    start: usize,
    /// The comma or bracket after it.
    end: usize,
}

/// The entries of all lists and maps that are in one line.
struct Parts {
    all: Vec<Part>,
}

impl Parts {
    fn of(line: &str) -> Self {
        // each bracket that is open, with where its last entry starts
        let (mut open, mut all): (Vec<(usize, usize)>, Vec<Part>) = (Vec::new(), Vec::new());
        for mark in Open::default().marks(line) {
            match mark {
                Mark::Bracket(at) => open.push((at, at + 1)),
                Mark::Comma(at) => {
                    if let Some((bracket, start)) = open.last_mut() {
                        all.push(Part { bracket: *bracket, start: *start, end: at });
                        *start = at + 1;
                    }
                }
                Mark::End(at) => {
                    if let Some((bracket, start)) = open.pop() {
                        all.push(Part { bracket, start, end: at });
                    }
                }
                Mark::Comment(_) => {}
            }
        }
        Self { all }
    }

    /// The innermost entry around a place.
    fn around(&self, at: usize) -> Option<&Part> {
        let around = self.all.iter().filter(|part| part.start <= at && at < part.end);
        around.min_by_key(|part| part.end - part.start)
    }
}

fn is_key(line: &str, part: &Part, key: &str) -> bool {
    let entry = line.get(part.start..part.end).unwrap_or("").trim_start();
    entry.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(text: &str, part: &str, mend: impl Fn(Span) -> Mend) -> Option<String> {
        let mut texts = Texts::default();
        let file = texts.add("a.yaml", text);
        let start = text.find(part).unwrap();
        let span = Span { file, start: start as u32, end: (start + part.len()) as u32 };
        let fix = mend(span).at(&texts)?;
        let (from, to) = fix.edits[0].place.bytes;
        let mut after = text.to_owned();
        after.replace_range(from..to, &fix.edits[0].text);
        Some(after)
    }

    #[test]
    fn only_what_is_named_is_replaced() {
        let to = |was: &'static str| move |span| Mend::guess(span, was, "email");
        assert_eq!(fix("a: 'emial'", "'emial'", to("emial")).as_deref(), Some("a: 'email'"));
        assert_eq!(fix("a: emial.x", "emial.x", to("emial")).as_deref(), Some("a: email.x"));
        assert_eq!(fix("a: em.ial", "em.ial", to("em ial")), None, "it is written in another way");
        assert_eq!(fix("a: emial.emial", "emial.emial", to("emial")), None, "it stands there twice");
        assert_eq!(fix("a: emials", "emials", to("emial")), None, "it is a part of a word");
        assert_eq!(fix("a: email", "email", |span| Mend::replace(span, "email")), None, "nothing changes");
    }

    #[test]
    fn only_whole_entries_are_removed() {
        for (text, left) in [
            ("a:\n  one: 1 # why\n  two: 2\n", Some("a:\n  two: 2\n")),
            ("a:\n  two: 2\n  one: [1, { b: 2 }]", Some("a:\n  two: 2\n")),
            ("a:\n  one:\n    b: 1\n", None),
            ("a:\n  one: [\n  1]\n", None),
            ("a: { one: 1 }\n", None),
        ] {
            assert_eq!(fix(text, "one", Mend::remove_line).as_deref(), left, "{text}");
        }
    }

    #[test]
    fn entries_are_removed_with_what_separates_them() {
        for (text, part, left) in [
            ("a: [x, y, z] # c\n", "y", Some("a: [x, z] # c\n")),
            ("a: [x, y, z]\n", "z", Some("a: [x, y]\n")),
            ("a: [ x, y ]\n", "x", Some("a: [ y ]\n")),
            (
                "a: { from: x, 'b, c': [1, 2], default: 1 }\n",
                "default",
                Some("a: { from: x, 'b, c': [1, 2] }\n"),
            ),
            ("a: { b: { c: x, d: y }, e: z }\n", "y", Some("a: { b: { c: x }, e: z }\n")),
            ("a: [x]\n", "x", None),
            ("a:\n  b: x\n  c: y\n", "x", Some("a:\n  c: y\n")),
            ("a:\n  b: x\n    y\n", "x", None),
            ("a: [x,\n  y]\n", "x", None),
        ] {
            assert_eq!(fix(text, part, Mend::remove_entry).as_deref(), left, "{text}");
        }
        let remove = |span| Mend::remove_key(span, "as");
        assert_eq!(fix("a: { from: as, as: x }\n", "{ f", remove).as_deref(), Some("a: { from: as }\n"));
        assert_eq!(fix("a: { from: { as: x, of: y } }\n", "{ f", remove), None);
    }
}
