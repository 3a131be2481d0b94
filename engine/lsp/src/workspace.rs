//! The files: those on disk, and over them those that are open in the editor.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ls_types::{Location, Range, Uri};
use mapwright::{Coverage, FileText, Finding, PointKind, Sources, Spec};
use mapwright_findings::{Span, Texts};
use mapwright_validate::{CONFIG_FILE, Options, Validator, check_names, together};

use crate::folder::{Folder, Folders};
use crate::model::Model;
use crate::repair::repaired;
use crate::text::{Encoding, Text};
use crate::uri;

/// A file that is open.
#[derive(Debug)]
pub(crate) struct Document {
    pub uri: Uri,
    pub text: Text,
    pub version: i32,
    content: FileText,
    /// The same with what is not YAML left blank; none if it is YAML as it is, or if nothing is left of it.
    readable: Option<FileText>,
}

impl Document {
    fn new(uri: Uri, text: Text, version: i32, edited: Option<usize>) -> Self {
        let content = FileText::from(text.text.clone().into_bytes());
        let is_yaml = uri.as_str().ends_with(".yaml");
        let readable =
            repaired(&text.text, edited, None).filter(|readable| is_yaml && **readable != text.text);
        let readable = readable.map(|readable| FileText::from(readable.into_owned().into_bytes()));
        Self { uri, text, version, content, readable }
    }
}

/// A folder of mappings with files that are open.
#[derive(Debug)]
pub(crate) struct Root {
    disk: Sources,
    /// What is found without running tests.
    pub quick: Arc<Validator>,
    /// What is found with them.
    pub full: Arc<Validator>,
    /// The destinations in which something has changed.
    changed: BTreeSet<String>,
    /// The findings in names, which are published at every key.
    names: Vec<Finding>,
    /// What else was found last, in the places where it is now.
    pub others: Vec<Finding>,
    /// What was found while everything was YAML.
    sound: BTreeSet<Known>,
    /// How many rows of each file the tests reached last, and of how many.
    reached: BTreeMap<String, (usize, usize)>,
    models: HashMap<String, Rc<Model>>,
}

/// A finding wherever it stands: its rule, its file and its message.
type Known = (String, String, String);

impl Root {
    fn new(disk: Sources) -> Self {
        Self {
            disk,
            quick: Arc::new(Validator::new(Options::default().with_tests(false))),
            full: Arc::new(Validator::new(Options::default().with_coverage(true))),
            changed: BTreeSet::new(),
            names: Vec::new(),
            others: Vec::new(),
            sound: BTreeSet::new(),
            reached: BTreeMap::new(),
            models: HashMap::new(),
        }
    }

    /// Everything that is found.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> + Clone {
        let is_new = |finding: &&Finding| !self.names.iter().any(|known| is_same(known, finding));
        self.names.iter().chain(self.others.iter().filter(is_new))
    }
}

/// Whether two findings are the same.
fn is_same(a: &Finding, b: &Finding) -> bool {
    a.rule == b.rule && a.place.path == b.place.path && a.place.bytes == b.place.bytes
}

/// Moves what was found in a file, of which some bytes are replaced by so many others. What stands there is gone.
fn move_findings(findings: &mut Vec<Finding>, shown: &str, (start, end): (usize, usize), length: usize) {
    let moved = |bytes: &mut (usize, usize)| {
        if bytes.0 >= end {
            *bytes = (bytes.0 - end + start + length, bytes.1 - end + start + length);
        }
    };
    findings.retain(|finding| {
        let (from, to) = finding.place.bytes;
        finding.place.path != shown || to < start || from >= end
    });
    for finding in findings {
        if finding.place.path == shown {
            moved(&mut finding.place.bytes);
        }
        let fixed = finding.fix.iter_mut().flat_map(|fix| fix.edits.iter_mut().map(|edit| &mut edit.place));
        let others = finding.related.iter_mut().map(|(place, _)| place).chain(fixed);
        others.filter(|place| place.path == shown).for_each(|place| moved(&mut place.bytes));
    }
}

/// All files.
pub(crate) struct Workspace<'f> {
    folders: &'f dyn Folders,
    encoding: Encoding,
    /// Whether the editor takes changes with the versions of files.
    versions_of_changes: bool,
    docs: BTreeMap<PathBuf, Document>,
    pub roots: BTreeMap<PathBuf, Root>,
}

/// What is found only since something is not there: it may be in what is not YAML.
fn is_of_absence(finding: &Finding) -> bool {
    let id = finding.rule.id;
    ["missing-", "unused-", "untested-", "unmapped-", "failing-"].iter().any(|start| id.starts_with(start))
}

fn key_of(finding: &Finding) -> Known {
    (finding.rule.id.to_owned(), finding.place.path.clone(), finding.message.clone())
}

impl<'f> Workspace<'f> {
    pub(crate) fn new(folders: &'f dyn Folders, encoding: Encoding, versions_of_changes: bool) -> Self {
        Self { folders, encoding, versions_of_changes, docs: BTreeMap::new(), roots: BTreeMap::new() }
    }

    pub(crate) fn versions_of_changes(&self) -> bool {
        self.versions_of_changes
    }

    /// A file is opened, or has another text. Returns its folder, or says why that cannot be read.
    pub(crate) fn open(&mut self, uri: Uri, text: &str, version: i32) -> Result<Option<PathBuf>, String> {
        let Some(path) = uri::path(&uri).map(|path| real(&path)) else { return Ok(None) };
        let text = Text::new(text, self.encoding);
        self.docs.insert(path.clone(), Document::new(uri, text, version, None));
        let root = match self.root_of(&path) {
            Some(root) => Some(root),
            None => self.load(&path)?,
        };
        self.has_changed(root.as_deref(), &path);
        Ok(root)
    }

    /// The destination of a file is to be checked.
    fn has_changed(&mut self, root: Option<&Path>, path: &Path) {
        let destination =
            root.and_then(|root| self.key(root, path)).and_then(|key| destination(&key).map(str::to_owned));
        if let Some(known) = root.and_then(|root| self.roots.get_mut(root)) {
            known.changed.extend(destination);
        }
    }

    /// The path among the sources that a file has, or would have if it were there.
    fn key(&self, root: &Path, path: &Path) -> Option<String> {
        let (known, shown) = (self.roots.get(root)?, slashes(path));
        let there = known.disk.iter().map(|(key, _)| key).find(|key| known.disk.shown(key) == shown);
        there.map(str::to_owned).or_else(|| {
            let is_new = path.starts_with(root) && FILES.iter().any(|ending| shown.ends_with(ending));
            is_new.then(|| self.folders.key(root, path)).flatten()
        })
    }

    /// A file is changed in the editor. Returns its folder.
    pub(crate) fn change(
        &mut self,
        uri: &Uri,
        changes: &[(Option<Range>, String)],
        version: i32,
    ) -> Option<PathBuf> {
        let path = real(&uri::path(uri)?);
        let document = self.docs.get(&path)?;
        let (mut text, mut edited, mut moves) = (document.text.clone(), None, Vec::new());
        for (range, new) in changes {
            let bytes = range.map_or((0, text.text.len()), |range| {
                let start = text.byte(range.start);
                (start, text.byte(range.end).max(start))
            });
            moves.push((bytes, new.len()));
            let (changed, end) = text.changed(*range, new);
            (text, edited) = (changed, range.map(|_| end));
        }
        self.docs.insert(path.clone(), Document::new(uri.clone(), text, version, edited));
        let root = self.root_of(&path)?;
        self.has_changed(Some(&root), &path);
        let shown = slashes(&path);
        if let Some(known) = self.roots.get_mut(&root) {
            moves
                .into_iter()
                .for_each(|(bytes, length)| move_findings(&mut known.others, &shown, bytes, length));
        }
        Some(root)
    }

    /// A file is closed: that on disk counts again. Returns its folder.
    pub(crate) fn close(&mut self, uri: &Uri) -> Option<PathBuf> {
        let path = real(&uri::path(uri)?);
        let root = self.root_of(&path);
        self.has_changed(root.as_deref(), &path);
        self.docs.remove(&path);
        root
    }

    /// Reads the files on disk of all folders again.
    pub(crate) fn reload(&mut self) -> Result<(), String> {
        let paths: Vec<PathBuf> = self.docs.keys().cloned().collect();
        for path in paths {
            let root = self.load(&path)?;
            self.has_changed(root.as_deref(), &path);
        }
        Ok(())
    }

    fn load(&mut self, path: &Path) -> Result<Option<PathBuf>, String> {
        let Some(Folder { root, sources }) = self.folders.folder(path)? else { return Ok(None) };
        match self.roots.get_mut(&root) {
            Some(known) => known.disk = sources,
            None => drop(self.roots.insert(root.clone(), Root::new(sources))),
        }
        Ok(Some(root))
    }

    /// The folder of a file, among those that have been read.
    pub(crate) fn root_of(&self, path: &Path) -> Option<PathBuf> {
        let shown = slashes(path);
        let has = |root: &&PathBuf| {
            path.starts_with(root)
                || self.roots.get(*root).is_some_and(|known| known.disk.shown_text(&shown).is_some())
        };
        self.roots.keys().filter(has).max_by_key(|root| root.components().count()).cloned()
    }

    pub(crate) fn document(&self, uri: &Uri) -> Option<(&Path, &Document)> {
        let path = real(&uri::path(uri)?);
        self.docs.get_key_value(&path).map(|(path, document)| (path.as_path(), document))
    }

    /// The files of a folder as they are in the editor. If they are to be `readable`, what is not YAML is left blank.
    pub(crate) fn sources(&self, root: &Path, readable: bool) -> Sources {
        let Some(known) = self.roots.get(root) else { return Sources::new() };
        let mut sources = known.disk.clone();
        for (path, document) in &self.docs {
            let content = document.readable.as_ref().filter(|_| readable).unwrap_or(&document.content);
            if let Some(key) = self.key(root, path) {
                sources.insert_text_as(key, slashes(path), content.clone());
            }
        }
        sources
    }

    /// The open files of a folder.
    pub(crate) fn open_files(&self, root: &Path) -> Vec<String> {
        let here = self.docs.keys().filter(|path| self.root_of(path).is_some_and(|of| of == root));
        here.map(|path| slashes(path)).collect()
    }

    /// The open files of a folder that are not YAML.
    fn broken(&self, root: &Path) -> Vec<String> {
        let docs = self.docs.iter().filter(|(path, document)| {
            document.readable.is_some() && self.root_of(path).is_some_and(|of| of == root)
        });
        docs.map(|(path, _)| slashes(path)).collect()
    }

    /// Whether all files of a folder are YAML, so that their tests can run.
    pub(crate) fn is_sound(&self, root: &Path) -> bool {
        self.broken(root).is_empty()
    }

    /// Checks the names of the destinations that have changed. What is not YAML has its own findings, and what is found elsewhere stays as it was.
    pub(crate) fn check(&mut self, root: &Path) {
        let (broken, sources) = (self.broken(root), self.sources(root, true));
        let real = (!broken.is_empty()).then(|| self.sources(root, false));
        let Some(known) = self.roots.get_mut(root) else { return };
        while let Some(destination) = known.changed.pop_first() {
            let mut part = together(&sources, &destination);
            known.changed.retain(|name| !part.destinations().any(|other| other == name));
            let shown: BTreeSet<String> = part.iter().map(|(key, _)| part.shown(key).to_owned()).collect();
            part.extend(sources.only(|path| path == CONFIG_FILE));
            let mut report = check_names(&part);
            report.one_per_cause();
            let mut findings = report.findings;
            if let Some(real) = &real {
                findings.retain(|finding| {
                    let is_here = broken.contains(&finding.place.path) && !is_of_absence(finding);
                    is_here || known.sound.contains(&key_of(finding))
                });
                let here = broken.iter().filter(|path| shown.contains(*path));
                findings.extend(here.flat_map(|path| syntax(real, path)));
            }
            known.names.retain(|finding| !shown.contains(&finding.place.path));
            known.names.extend(findings);
        }
        if real.is_none() {
            known.sound = known.findings().map(key_of).collect();
        }
    }

    /// Takes over what was found in all of a folder.
    pub(crate) fn found(&mut self, root: &Path, findings: Vec<Finding>) {
        if let Some(known) = self.roots.get_mut(root) {
            known.names.retain(|name| findings.iter().any(|finding| is_same(name, finding)));
            let is_new = |finding: &Finding| !known.names.iter().any(|name| is_same(name, finding));
            known.others = findings.into_iter().filter(is_new).collect();
            known.sound = known.findings().map(key_of).collect();
        }
    }

    /// Takes over what the tests of a folder reach. Returns whether that is something else than before.
    pub(crate) fn covered(&mut self, root: &Path, coverage: &Coverage) -> bool {
        let Some(known) = self.roots.get_mut(root) else { return false };
        let mut rows: BTreeMap<(&str, (usize, usize)), bool> = BTreeMap::new();
        for point in coverage.points.iter().filter(|point| point.kind == PointKind::Rows) {
            // a row that several versions have is reached if it is in one of them
            *rows.entry((&point.place.path, point.place.bytes)).or_default() |= point.times > 0;
        }
        let mut reached: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for ((path, _), is_reached) in rows {
            let (some, all) = reached.entry(path.to_owned()).or_default();
            (*some, *all) = (*some + usize::from(is_reached), *all + 1);
        }
        let differs = known.reached != reached;
        known.reached = reached;
        differs
    }

    /// How many rows of a file the tests reached when they ran last, and of how many.
    pub(crate) fn reached(&self, shown: &str) -> Option<(usize, usize)> {
        self.roots.values().find_map(|root| root.reached.get(shown).copied())
    }

    /// What is known of the destinations that a file belongs to.
    pub(crate) fn model(&mut self, path: &Path) -> Option<Rc<Model>> {
        let root = self.root_of(path)?;
        let sources = self.sources(&root, true);
        let shown = slashes(path);
        let key = sources.iter().map(|(key, _)| key).find(|key| sources.shown(key) == shown)?.to_owned();
        let destination = key.split('/').nth(1)?.to_owned();
        let part = together(&sources, &destination);
        let known = self.roots.get_mut(&root)?;
        if let Some(model) = known.models.get(&destination).filter(|model| model.sources == part) {
            return Some(model.clone());
        }
        let model = Rc::new(Model::new(part));
        known.models.insert(destination, model.clone());
        Some(model)
    }

    /// The text of a file as it is in the editor, or else on disk.
    pub(crate) fn text(&self, shown: &str) -> Option<Text> {
        if let Some(document) = self.docs.get(Path::new(shown)) {
            return Some(document.text.clone());
        }
        let text = self.roots.values().find_map(|root| root.disk.shown_text(shown))?;
        Some(Text::new(text, self.encoding))
    }

    /// The address of a file, as the editor writes it if it is open.
    pub(crate) fn uri(&self, shown: &str) -> Option<Uri> {
        match self.docs.get(Path::new(shown)) {
            Some(document) => Some(document.uri.clone()),
            None => uri::of(Path::new(shown)),
        }
    }

    /// The version of a file that is open.
    pub(crate) fn version(&self, shown: &str) -> Option<i32> {
        self.docs.get(Path::new(shown)).map(|document| document.version)
    }

    /// Where bytes of a file are.
    pub(crate) fn location(&self, shown: &str, bytes: (usize, usize)) -> Option<Location> {
        Some(Location::new(self.uri(shown)?, self.text(shown)?.range(bytes)))
    }

    pub(crate) fn location_of(&self, texts: &Texts, span: Span) -> Option<Location> {
        self.location(texts.path(span.file)?, (span.start as usize, span.end as usize))
    }
}

/// The endings of files that are read.
const FILES: [&str; 2] = [".yaml", ".json"];

/// The destination that a file is of.
fn destination(key: &str) -> Option<&str> {
    let rest = key.strip_prefix("mappings/").or_else(|| key.strip_prefix("schemas/"))?;
    rest.split_once('/').map(|(name, _)| name)
}

/// What is said of a file that is not YAML.
fn syntax(sources: &Sources, shown: &str) -> Vec<Finding> {
    let key = sources.iter().map(|(key, _)| key).find(|key| sources.shown(key) == shown);
    let Some(destination) = key.and_then(|key| key.split('/').nth(1)) else { return Vec::new() };
    let found = match Spec::load_only(sources, destination).check() {
        Ok(_) => Vec::new(),
        Err(found) => found.findings,
    };
    found
        .into_iter()
        .filter(|finding| finding.rule.id == "yaml-syntax" && finding.place.path == shown)
        .collect()
}

/// The path of a file without links, also if it is not there yet.
pub(crate) fn real(path: &Path) -> PathBuf {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    real(path).unwrap_or_else(|| match (path.parent().and_then(real), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    })
}

/// A path as findings show it.
pub(crate) fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
