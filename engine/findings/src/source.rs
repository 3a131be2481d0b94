//! The files of a set of mappings in memory, and positions in them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// The files that mappings are loaded from: path → text. Paths are relative and separated by `/`, such as
/// `mappings/acme/2.10/identify.yaml`. The engine does not access the file system; the embedding program provides the files.
///
/// A file has two paths: the one that decides what it is, and the one under which findings show it, such as where it lies on a disk.
///
/// ```
/// use mapwright_findings::Sources;
///
/// let mut sources = Sources::new();
/// let (path, shown) = ("mappings/acme/destination.yaml", "crm/acme/destination.yaml");
/// sources.insert_as(path, shown, "title: Acme");
/// assert_eq!(sources.shown(path), shown);
/// assert_eq!(sources.shown_text(shown), Some("title: Acme"));
/// assert_eq!(sources.by_shown_path().get(shown), Some("title: Acme"));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sources {
    files: BTreeMap<String, SourceFile>,
}

/// The folder of the files that tests of all destinations may read.
pub const FIXTURES: &str = "fixtures/";

/// The content of a file, which copies share: for files that are given to several [`Sources`].
///
/// ```
/// use mapwright_findings::{FIXTURES, FileText, Sources};
///
/// let text = FileText::from(b"{}".to_vec());
/// let mut sources = Sources::new();
/// sources.insert_text_as(format!("{FIXTURES}signup.json"), "events/signup.json", text.clone());
/// assert_eq!(sources.below(FIXTURES).next(), Some(("fixtures/signup.json", "{}")));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FileText {
    text: Arc<str>,
    /// The first byte that is not UTF-8; the text ends before it.
    broken: Option<usize>,
}

impl From<Vec<u8>> for FileText {
    fn from(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self { text: text.into(), broken: None },
            Err(error) => {
                let end = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                bytes.truncate(end);
                let text = String::from_utf8(bytes).unwrap_or_default();
                Self { text: text.into(), broken: Some(end) }
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct SourceFile {
    /// The path that findings show.
    shown: String,
    content: FileText,
    /// The file of the same path that this one is laid over.
    below: Option<Box<SourceFile>>,
}

/// A file, as it was added: there can be several of the same path, which are laid over each other.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'s> {
    /// The path that findings show.
    pub shown: &'s str,
    /// Its text.
    pub text: &'s str,
    /// The first byte that is not UTF-8.
    pub broken: Option<usize>,
}

impl SourceFile {
    fn layers(&self) -> impl Iterator<Item = Layer<'_>> {
        std::iter::successors(Some(self), |file| file.below.as_deref()).map(|file| Layer {
            shown: &file.shown,
            text: &file.content.text,
            broken: file.content.broken,
        })
    }
}

impl Sources {
    /// Returns an empty set of files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces the file of the same path.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let path = path.into();
        self.insert_as(path.clone(), path, text);
    }

    /// Adds a file that findings show under another path.
    pub fn insert_as(&mut self, path: impl Into<String>, shown: impl Into<String>, text: impl Into<String>) {
        let content = FileText { text: text.into().into(), broken: None };
        self.insert_text_as(path, shown, content);
    }

    /// Adds the bytes of a file. Invalid UTF-8 is a finding.
    ///
    /// ```
    /// let mut sources = mapwright_findings::Sources::new();
    /// let path = "mappings/acme/destination.yaml";
    /// sources.insert_bytes_as(path, path, b"title: Caf\xe9".to_vec());
    /// assert_eq!(sources.layers(path).next().and_then(|layer| layer.broken), Some(10));
    /// ```
    pub fn insert_bytes_as(&mut self, path: impl Into<String>, shown: impl Into<String>, bytes: Vec<u8>) {
        self.insert_text_as(path, shown, bytes.into());
    }

    /// Adds a file whose content others may share.
    pub fn insert_text_as(&mut self, path: impl Into<String>, shown: impl Into<String>, content: FileText) {
        self.files.insert(path.into(), SourceFile { shown: shown.into(), content, below: None });
    }

    /// Adds all files of `other`. A mapping file is laid over the one of the same path, any other takes its place.
    ///
    /// ```
    /// let file = |text: &str| [("mappings/acme/destination.yaml", text.to_owned())].into_iter().collect();
    /// let mut sources: mapwright_findings::Sources = file("title: Acme");
    /// sources.extend(file("title: Our Acme"));
    /// assert_eq!(sources.layers("mappings/acme/destination.yaml").count(), 2);
    /// ```
    pub fn extend(&mut self, other: Sources) {
        for (path, mut file) in other.files {
            let below = self.files.remove(&path);
            if let Some(below) = below.filter(|_| path.starts_with("mappings/") && path.ends_with(".yaml")) {
                let mut last = &mut file.below;
                while let Some(next) = last {
                    last = &mut next.below;
                }
                *last = Some(Box::new(below));
            }
            self.files.insert(path, file);
        }
    }

    /// Returns the files of one path, each before those that are laid over it.
    pub fn layers(&self, path: &str) -> impl Iterator<Item = Layer<'_>> {
        let layers: Vec<_> = self.files.get(path).into_iter().flat_map(SourceFile::layers).collect();
        layers.into_iter().rev()
    }

    /// Returns all files, those that others are laid over too, by the paths that findings show.
    pub fn by_shown_path(&self) -> Self {
        let mut all = Self::new();
        for file in self.files.values() {
            for file in std::iter::successors(Some(file), |file| file.below.as_deref()) {
                all.files.insert(file.shown.clone(), SourceFile { below: None, ..file.clone() });
            }
        }
        all
    }

    /// Removes the tests of mappings, which are not needed for mapping and make up most of the text.
    ///
    /// ```
    /// let mut sources = mapwright_findings::Sources::new();
    /// sources.insert("mappings/acme/1.0/identify.yaml", "message: identify");
    /// sources.insert("mappings/acme/1.0/identify.test.yaml", "tests: []");
    /// assert_eq!(sources.without_tests().iter().count(), 1);
    /// ```
    #[must_use]
    pub fn without_tests(mut self) -> Self {
        self.files.retain(|path, _| !path.ends_with(".test.yaml"));
        self
    }

    /// Returns those files whose paths are wanted.
    ///
    /// ```
    /// let path = |name: &str| (format!("mappings/{name}/destination.yaml"), String::new());
    /// let sources: mapwright_findings::Sources = ["acme", "other"].map(path).into_iter().collect();
    /// let acme = sources.only(|path| path.starts_with("mappings/acme/"));
    /// assert_eq!(acme.destinations().collect::<Vec<_>>(), ["acme"]);
    /// ```
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let files = self.files.iter().filter(|(path, _)| wanted(path));
        Self { files: files.map(|(path, file)| (path.clone(), file.clone())).collect() }
    }

    /// Returns the files whose paths begin with `folder`, as path and text.
    pub fn below<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'s str, &'s str)> {
        let from = (std::ops::Bound::Included(folder), std::ops::Bound::Unbounded);
        let files = self.files.range::<str, _>(from);
        files
            .map(|(path, file)| (path.as_str(), &*file.content.text))
            .take_while(move |(path, _)| path.starts_with(folder))
    }

    /// Returns the names of the destinations that have files, sorted.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        let names = self.files.keys().filter_map(|path| part_of("mappings", path));
        names.collect::<BTreeSet<_>>().into_iter()
    }

    /// Returns the files of each destination: its mappings and its schemas. What is of none, such as fixtures, is left out.
    ///
    /// ```
    /// let path = |name: &str| (format!("mappings/{name}/destination.yaml"), String::new());
    /// let sources: mapwright_findings::Sources = ["acme", "other"].map(path).into_iter().collect();
    /// assert_eq!(sources.by_destination().len(), 2);
    /// ```
    pub fn by_destination(&self) -> BTreeMap<String, Sources> {
        let mut parts: BTreeMap<String, Sources> = BTreeMap::new();
        for (path, file) in &self.files {
            if let Some(name) = part_of("mappings", path).or_else(|| part_of("schemas", path)) {
                parts.entry(name.to_owned()).or_default().files.insert(path.clone(), file.clone());
            }
        }
        parts
    }

    /// Returns the text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| &*file.content.text)
    }

    /// Returns all files by path, with their texts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, file)| (path.as_str(), &*file.content.text))
    }

    /// Returns the path of a file in findings.
    pub fn shown<'a>(&'a self, path: &'a str) -> &'a str {
        self.files.get(path).map_or(path, |file| &file.shown)
    }

    /// Returns the text of the file that findings show under this path.
    pub fn shown_text(&self, shown: &str) -> Option<&str> {
        let mut layers = self.files.values().flat_map(SourceFile::layers);
        layers.find(|layer| layer.shown == shown).map(|layer| layer.text)
    }
}

/// The destination that a file in a folder is part of.
fn part_of<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    let (name, _) = path.strip_prefix(folder)?.strip_prefix('/')?.split_once('/')?;
    Some(name)
}

impl<P: Into<String>, T: Into<String>> FromIterator<(P, T)> for Sources {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        let mut sources = Self::new();
        for (path, text) in files {
            sources.insert(path, text);
        }
        sources
    }
}

/// A file of the loaded set, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte, from 0.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

/// A value with its position.
#[derive(Debug, Clone, PartialEq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// What a file says in a place, as messages show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The place.
    pub span: Span,
    /// What kind of value it is, as in `a list`.
    pub kind: &'static str,
    /// The value, or its kind if it is long: as in `` the number `2.10` ``.
    pub shown: String,
    /// The value as YAML writes it.
    pub yaml: String,
    /// Returns its text, if it is a word. `null`, `true` and `false` are words.
    pub word: Option<String>,
}

/// The loaded texts by [`FileId`], which convert spans to positions.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    files: Vec<Arc<LoadedText>>,
}

#[derive(Debug)]
struct LoadedText {
    path: String,
    text: String,
    lines: Lines,
}

/// Where the lines of a string start, and the number of characters before its bytes.
#[derive(Debug, Clone)]
struct Lines {
    starts: Vec<usize>,
    /// The number of characters before each block of the text, so that a column in a long line is found without counting all of it.
    chars: Vec<usize>,
}

impl Lines {
    /// The bytes of a block.
    const BLOCK: usize = 1 << 10;

    fn of(text: &str) -> Self {
        let counts = text.as_bytes().chunks(Self::BLOCK).map(count_chars);
        let chars = std::iter::once(0).chain(counts.scan(0, |before, count| {
            *before += count;
            Some(*before)
        }));
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { starts: starts.collect(), chars: chars.collect() }
    }

    /// Returns the line and column of a byte, both from 1.
    fn place(&self, text: &str, index: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= index);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or(0);
        (line.max(1), self.chars_before(text, index).saturating_sub(self.chars_before(text, start)) + 1)
    }

    fn chars_before(&self, text: &str, index: usize) -> usize {
        let block = index / Self::BLOCK;
        let inside = text.as_bytes().get(block * Self::BLOCK..index).map_or(0, count_chars);
        self.chars.get(block).copied().unwrap_or(0) + inside
    }
}

/// Returns the number of characters that start in some bytes of a string.
fn count_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

impl Texts {
    /// Adds a file and returns its id.
    pub fn add(&mut self, path: &str, text: &str) -> FileId {
        self.push(Arc::new(LoadedText {
            path: path.to_owned(),
            text: text.to_owned(),
            lines: Lines::of(text),
        }))
    }

    /// Adds a file, and says whether `known` has the same under the same id: then they share it, and spans of one are spans of the other.
    ///
    /// ```
    /// use mapwright_findings::Texts;
    ///
    /// let (mut before, mut after) = (Texts::default(), Texts::default());
    /// let id = before.add("acme.yaml", "title: Acme");
    /// assert_eq!(after.add_known("acme.yaml", "title: Acme", &before), (id, true));
    /// assert!(!after.add_known("acme.yaml", "title: Acme", &before).1);
    /// ```
    pub fn add_known(&mut self, path: &str, text: &str, known: &Texts) -> (FileId, bool) {
        let same = known.files.get(self.files.len()).filter(|known| known.path == path && known.text == text);
        match same {
            Some(same) => (self.push(same.clone()), true),
            None => (self.add(path, text), false),
        }
    }

    fn push(&mut self, file: Arc<LoadedText>) -> FileId {
        self.files.push(file);
        FileId((self.files.len() - 1) as u32)
    }

    /// Returns the text of a file.
    pub fn text(&self, file: FileId) -> Option<&str> {
        self.files.get(file.0 as usize).map(|file| file.text.as_str())
    }

    /// Returns the path of a file.
    pub fn path(&self, file: FileId) -> Option<&str> {
        self.files.get(file.0 as usize).map(|file| file.path.as_str())
    }

    /// Returns the ids of the files of a path: a file can have been read for several destinations.
    pub fn files<'t>(&'t self, path: &'t str) -> impl Iterator<Item = FileId> + 't {
        let files = self.files.iter().enumerate().filter(move |(_, file)| file.path == path);
        files.map(|(id, _)| FileId(id as u32))
    }

    /// Returns the span of a line, without its indentation.
    pub fn line(&self, path: &str, line: usize) -> Option<Span> {
        let id = self.files.iter().position(|file| file.path == path)?;
        let LoadedText { text, lines, .. } = self.files.get(id)?.as_ref();
        let before = *lines.starts.get(line.checked_sub(1)?)?;
        let here = text.get(before..)?.lines().next().unwrap_or("");
        let start = before + (here.len() - here.trim_start().len());
        let end = before + here.trim_end().len();
        Some(Span { file: FileId(id as u32), start: start as u32, end: end.max(start) as u32 })
    }

    /// Returns the path, line and column of a span.
    pub fn place(&self, span: Span) -> Place {
        let bytes = span.start as usize..span.end as usize;
        match self.files.get(span.file.0 as usize) {
            Some(file) => Place::in_lines(&file.path, &file.text, &file.lines, bytes),
            None => Place::new("", "", bytes),
        }
    }
}

/// A position in a file, as lines and columns for people and as bytes for editors.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The file's path in [`Sources`].
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line of the end, from 1.
    pub end_line: usize,
    /// The column after the last character, from 1.
    pub end_column: usize,
    /// The first byte, and the byte after the last, from 0.
    pub bytes: (usize, usize),
}

impl Place {
    /// Returns the position of `bytes` in the file `path` with this `text`. A range that exceeds the text is clamped.
    pub fn new(path: &str, text: &str, bytes: Range<usize>) -> Self {
        Self::in_lines(path, text, &Lines::of(text), bytes)
    }

    fn in_lines(path: &str, text: &str, lines: &Lines, bytes: Range<usize>) -> Self {
        let start = floor_char(text, bytes.start);
        let end = floor_char(text, bytes.end.max(bytes.start));
        let (line, column) = lines.place(text, start);
        let (end_line, end_column) = lines.place(text, end);
        Self { path: path.to_owned(), line, column, end_line, end_column, bytes: (start, end) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

fn floor_char(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}
