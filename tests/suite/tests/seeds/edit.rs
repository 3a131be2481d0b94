//! Edits of mappings, as the files in `tests/data/seeds` list them.

use std::collections::BTreeMap;

use mapwright::Sources;
use mapwright_tests::workspace;

/// Changes of files that belong together.
#[derive(Clone)]
pub struct Edit {
    /// What kind of change it is.
    pub kind: String,
    /// Which one of its kind.
    pub changes: Vec<Change>,
}

/// A string of a file, and what takes its place.
#[derive(Clone)]
pub struct Change {
    /// The file, as in [`Sources`].
    pub path: String,
    /// Which occurrence of the text, if there are several; counted from one.
    nth: Option<usize>,
    /// The text; empty for a file that is new.
    from: String,
    /// What takes its place.
    to: String,
}

/// Reads a file of `tests/data/seeds`: kind of edit → list of edits, each of which is a flat list of file, text and replacement. `#2` after the
/// file's name means the second occurrence of the text.
pub fn read(name: &str) -> Vec<Edit> {
    let text = std::fs::read_to_string(workspace().join("tests/data/seeds").join(name)).unwrap();
    let kinds: BTreeMap<String, Vec<Vec<String>>> = serde_saphyr::from_str(&text).unwrap();
    let mut edits = Vec::new();
    for (kind, list) in kinds {
        for words in list {
            let changes = words.chunks(3).map(|words| match words {
                [path, from, to] => Change::new(path, from, to),
                _ => panic!("{kind}: an edit is a file, a text and its replacement: {words:?}"),
            });
            edits.push(Edit { kind: kind.clone(), changes: changes.collect() });
        }
    }
    edits
}

impl Edit {
    /// The files after the edit.
    ///
    /// # Errors
    /// A string that is not in its file, or several times if the edit does not say which.
    pub fn of(&self, sources: &Sources) -> Result<Sources, String> {
        let mut sources = sources.clone();
        for change in &self.changes {
            let Change { path, nth, from, to } = change;
            if from.is_empty() {
                if sources.get(path).is_some() {
                    return Err(format!("{path} is there already"));
                }
                sources.insert(path.clone(), to.as_str());
                continue;
            }
            let text = sources.get(path).ok_or_else(|| format!("no {path}"))?;
            let found: Vec<usize> = text.match_indices(from.as_str()).map(|(at, _)| at).collect();
            let at = match nth {
                Some(nth) => found.get(nth - 1),
                None => found.first().filter(|_| found.len() == 1),
            };
            let Some(&at) = at.filter(|_| from != to) else {
                return Err(format!("{path}: {} times: {from:?}", found.len()));
            };
            let mut text = text.to_owned();
            text.replace_range(at..at + from.len(), to);
            sources.insert(path.clone(), text);
        }
        Ok(sources)
    }

    /// The edit in one line.
    pub fn line(&self) -> String {
        let changes = self.changes.iter().map(|Change { path, from, to, .. }| {
            let short = |text: &str| {
                let text = text.replace('\n', " ");
                let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if let Some((at, _)) = words.char_indices().nth(90) {
                    words.replace_range(at.., "…");
                }
                words
            };
            let path = path.strip_prefix("mappings/").unwrap_or(path);
            let (from, to) = differing(from, to);
            format!("{path}: `{}` -> `{}`", short(from), short(to))
        });
        changes.collect::<Vec<_>>().join("; ")
    }
}

/// The parts of two texts in which they differ, with the words around.
fn differing<'t>(from: &'t str, to: &'t str) -> (&'t str, &'t str) {
    let is_word = |byte: u8| !byte.is_ascii_whitespace();
    let common = from.bytes().zip(to.bytes()).take_while(|(a, b)| a == b).count();
    let mut start =
        (0..=common).rev().find(|at| from.is_char_boundary(*at) && to.is_char_boundary(*at)).unwrap();
    while start > 0 && is_word(from.as_bytes()[start - 1]) {
        start -= 1;
    }
    let (a, b) = (&from[start..], &to[start..]);
    let common = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
    let mut end = (0..=common)
        .rev()
        .find(|at| a.is_char_boundary(a.len() - at) && b.is_char_boundary(b.len() - at))
        .unwrap();
    while end > 0 && is_word(a.as_bytes()[a.len() - end]) {
        end -= 1;
    }
    (&a[..a.len() - end], &b[..b.len() - end])
}

impl Change {
    fn new(path: &str, from: &str, to: &str) -> Self {
        let (path, nth) = match path.split_once('#') {
            Some((path, nth)) => (path, Some(nth.parse().unwrap())),
            None => (path, None),
        };
        let is_whole = path.starts_with("mappings/") || path.starts_with("schemas/");
        let path = if is_whole { path.to_owned() } else { format!("mappings/{path}") };
        Self { path, nth, from: from.to_owned(), to: to.to_owned() }
    }
}
