//! Pages of Markdown: the blocks that are files of mappings, or parts of them, are checked as such, and what is found has its place in the page.

use std::collections::{BTreeSet, HashMap};

use mapwright::{Edit, Finding, Place, Sources};

use crate::config::{CONFIG_FILE, Config};
use crate::fingerprint;
use crate::markdown::{Block, Language, blocks};
use crate::report::{Report, Suppression};

/// A page among the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its path among the sources.
    pub path: String,
    /// What its examples are laid over. Without it, only blocks that are whole files are checked.
    pub over: Option<Over>,
}

/// The version that examples are laid over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// Its destination.
    pub destination: String,
    /// Its name.
    pub version: String,
}

/// Rules about what else there is, which a page need not show.
const OF_WHOLE_FOLDERS: [&str; 2] = ["unused-definition", "untested-mapping"];

/// Rules about what an example does not say, and what it is laid over may.
const OF_WHOLE_FILES: [&str; 2] = ["foreign-event-field", "same-as-inherited"];

/// The first line of a mapping that an example is a part of.
const MESSAGE: &str = "message: identify\n";

/// The word after the language of a block that is not to be checked.
const IGNORE: &str = "ignore";

/// The name of a destination that a page makes up.
const MADE_UP: &str = "example";

const OF_VERSIONS: [&str; 6] = ["operations", "schemas", "sets", "tables", "conversions", "requirements"];
const OF_MAPPINGS: [&str; 9] =
    ["payload", "values", "steps", "require", "warn", "order", "skip", "remove", "variants"];

/// Checks the blocks of YAML of these pages, laid over the other files. `validate` checks files.
pub(crate) fn check(sources: &Sources, pages: &[Page], validate: &dyn Fn(&Sources) -> Report) -> Report {
    let base = sources.only(|path| pages.iter().all(|page| page.path != path)).without_tests();
    let mut all = Report { findings: Config::read(sources).1, ..Report::default() };
    for page in pages {
        let Some(text) = sources.get(&page.path) else { continue };
        let shown = sources.shown(&page.path);
        let blocks: Vec<Block> = blocks(text)
            .into_iter()
            .filter(|block| !block.info.split([' ', ',']).any(|word| word == IGNORE))
            .collect();
        let mut report = Report::default();
        report.checked.files = 1;
        let (wholes, fragments) = (Placed::wholes(&blocks, page, &base), Placed::fragments(&blocks, page));
        for (placed, others) in [(wholes, &[][..]), (fragments, &OF_WHOLE_FILES[..])] {
            if placed.files.is_empty() {
                continue;
            }
            let (sources, origins) = match placed.stands_alone(&base) {
                true => placed.sources(&base.only(|path| path == CONFIG_FILE), shown),
                false => placed.sources(&base, shown),
            };
            let origins =
                Origins { origins, page: shown, text, left_out: [&OF_WHOLE_FOLDERS[..], others].concat() };
            report.extend(origins.translated(validate(&sources)));
        }
        let paths = HashMap::from([(shown, page.path.as_str())]);
        let silent = report.suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
        report
            .findings
            .sort_by(|a, b| (&a.place, a.rule.id, &a.message).cmp(&(&b.place, b.rule.id, &b.message)));
        fingerprint::mark(report.findings.iter_mut().chain(silent), sources, &paths);
        all.extend(report);
    }
    all
}

/// What a block is, as its keys say.
enum Kind {
    Destination,
    Version,
    Mapping,
    Tests,
    /// The properties of the mapping that examples are laid over.
    Properties,
    PartOfVersion,
    PartOfMapping,
    /// The fields of a payload part.
    Rows,
    /// The first line of a file.
    Comment,
}

impl Kind {
    fn of(block: &Block) -> Self {
        let keys: BTreeSet<&str> = block.keys().collect();
        let any = |known: &[&str]| known.iter().any(|key| keys.contains(key));
        let is_comment = |line: &crate::markdown::Line| line.text.is_empty() || line.text.starts_with('#');
        match () {
            () if block.lines.iter().all(is_comment) => Kind::Comment,
            () if keys.contains("title") && any(&["names", "versions", "hosts", "settings", "extends"]) => {
                Kind::Destination
            }
            () if keys.contains("tests") => Kind::Tests,
            () if keys.contains("properties") => Kind::Properties,
            () if keys.contains("version") && any(&["extends", "server", "operations"]) => Kind::Version,
            () if keys.contains("message") => Kind::Mapping,
            () if any(&OF_VERSIONS) => Kind::PartOfVersion,
            () if any(&OF_MAPPINGS) => Kind::PartOfMapping,
            () => Kind::Rows,
        }
    }

    fn is_whole(&self) -> bool {
        matches!(self, Kind::Destination | Kind::Version | Kind::Mapping | Kind::Tests | Kind::Properties)
    }
}

/// A file that is made of a block.
struct File<'b> {
    path: String,
    block: &'b Block,
    /// What stands before its lines.
    before: String,
    /// What stands before each of them.
    indent: &'static str,
    after: &'static str,
}

/// The files that are checked together.
#[derive(Default)]
struct Placed<'b> {
    files: Vec<File<'b>>,
    /// Files that no block shows.
    made: Vec<(String, String)>,
}

impl<'b> Placed<'b> {
    /// The blocks that are files.
    fn wholes(blocks: &'b [Block], page: &Page, base: &Sources) -> Self {
        let mut placed = Self::default();
        let mut names = base.destinations();
        let only = names.next().filter(|_| names.next().is_none());
        let destination = match (&page.over, only) {
            (Some(over), _) => over.destination.as_str(),
            (None, Some(only))
                if !blocks.iter().any(|block| matches!(Kind::of(block), Kind::Destination)) =>
            {
                only
            }
            (None, _) => MADE_UP,
        };
        let version = |block: &&Block| matches!(Kind::of(block), Kind::Version);
        let first = blocks.iter().find(version).and_then(|block| block.value("version"));
        let mut version = first.or(page.over.as_ref().map(|over| over.version.as_str()));
        let mut mappings: Vec<String> = Vec::new();
        for block in blocks {
            let folder = |version: &str| format!("mappings/{destination}/{version}");
            let path = match (&block.file, Kind::of(block)) {
                (Some(file), _) if path_of(file).is_some() => path_of(file),
                _ if block.language == Language::Json => None,
                (_, Kind::Destination) => Some(format!("mappings/{destination}/destination.yaml")),
                (_, Kind::Version) => {
                    version = block.value("version");
                    version.map(|version| format!("{}/version.yaml", folder(version)))
                }
                (_, Kind::Mapping) => {
                    let message = block.value("message").unwrap_or("identify");
                    let mapping = version.map(|version| format!("{}/{message}", folder(version)));
                    mappings.extend(mapping.clone());
                    mapping.map(|mapping| format!("{mapping}.yaml"))
                }
                (_, Kind::Properties) => {
                    let of = page.over.as_ref().map(|over| folder(&over.version));
                    of.map(|folder| format!("{folder}/identify.test.yaml"))
                }
                (_, Kind::Tests) => {
                    // those of the type of their events, or else of the mapping before them
                    let end = block.type_of_events().map(|message| format!("/{message}"));
                    let is_of = |mapping: &&String| end.as_ref().is_some_and(|end| mapping.ends_with(end));
                    let of = mappings.iter().rfind(is_of).or(mappings.last()).cloned();
                    let of = of.or_else(|| Some(format!("{}/identify", folder(version?))));
                    of.map(|mapping| format!("{mapping}.test.yaml"))
                }
                _ => None,
            };
            placed.files.extend(path.map(|path| File {
                path,
                block,
                before: String::new(),
                indent: "",
                after: "",
            }));
        }
        placed
    }

    /// The blocks that are parts of files: each is laid over the version in one of its own.
    fn fragments(blocks: &'b [Block], page: &Page) -> Self {
        let mut placed = Self::default();
        let Some(Over { destination, version }) = &page.over else { return placed };
        for block in blocks {
            let kind = Kind::of(block);
            if block.language == Language::Json
                || kind.is_whole()
                || block.file.as_ref().is_some_and(|file| path_of(file).is_some())
            {
                continue;
            }
            let name = format!("{version}-example-{}", block.line);
            let folder = format!("mappings/{destination}/{name}");
            let head = format!("version: \"{name}\"\nextends: \"{version}\"\n");
            let (before, indent, after) = match kind {
                Kind::PartOfVersion => {
                    let path = format!("{folder}/version.yaml");
                    placed.files.push(File { path, block, before: head, indent: "", after: "" });
                    continue;
                }
                Kind::Rows => (
                    "payload:\n  example:\n",
                    "    ",
                    "steps:\n  example: { operation: example, body: example }\n",
                ),
                _ => ("", "", ""),
            };
            placed.made.push((format!("{folder}/version.yaml"), head));
            let path = format!("{folder}/identify.yaml");
            placed.files.push(File { path, block, before: format!("{MESSAGE}{before}"), indent, after });
        }
        placed
    }

    /// Whether it shows destinations of its own, which extend none of the others.
    fn stands_alone(&self, base: &Sources) -> bool {
        let known: BTreeSet<&str> = base.destinations().collect();
        let extends =
            |block: &Block| matches!(Kind::of(block), Kind::Destination) && block.value("extends").is_some();
        self.files.iter().all(|file| {
            let destination = file.path.split('/').nth(1).unwrap_or("");
            !known.contains(destination) && !extends(file.block)
        })
    }

    /// All files, and where the lines of those that blocks show are from.
    fn sources(self, base: &Sources, page: &str) -> (Sources, HashMap<String, Origin>) {
        let mut sources = base.clone();
        let (mut over, mut origins) = (Sources::new(), HashMap::new());
        for (path, text) in self.made {
            sources.insert(path, text);
        }
        for File { path, block, before, indent, after } in self.files {
            let mut origin = Origin { path: path.clone(), lines: Vec::new() };
            let mut text = before;
            for line in &block.lines {
                text.push_str(indent);
                origin.lines.push((text.len(), line.start, line.text.len()));
                text.extend([line.text.as_str(), "\n"]);
            }
            text.push_str(after);
            let shown = format!("{page}:{}.yaml", block.line);
            let is_excerpt = base.get(&path).is_some() && !Kind::of(block).is_whole();
            let into = if is_excerpt { &mut over } else { &mut sources };
            into.insert_as(path, shown.clone(), text);
            origins.insert(shown, origin);
        }
        sources.extend(over);
        (sources, origins)
    }
}

/// The path of a named file among the sources.
fn path_of(file: &str) -> Option<String> {
    let after = |folder: &str| {
        file.match_indices(folder)
            .find(|(at, _)| *at == 0 || file.get(..*at).is_some_and(|before| before.ends_with('/')))
    };
    match after("mappings/").or(after("schemas/")) {
        Some((at, _)) => file.get(at..).map(str::to_owned),
        None if file.split('/').count() == 3 && file.ends_with(".yaml") => Some(format!("mappings/{file}")),
        None => None,
    }
}

/// Where the lines of a file are from.
struct Origin {
    path: String,
    /// Of each: where it starts in the file, where in the page, and how long it is.
    lines: Vec<(usize, usize, usize)>,
}

impl Origin {
    fn byte(&self, at: usize) -> usize {
        let line = self.lines.iter().rev().find(|(start, ..)| *start <= at).or(self.lines.first());
        line.map_or(0, |(start, page, length)| page + at.saturating_sub(*start).min(*length))
    }
}

/// The page that the lines of files are from.
struct Origins<'p> {
    origins: HashMap<String, Origin>,
    page: &'p str,
    text: &'p str,
    /// Rules that say nothing of it.
    left_out: Vec<&'static str>,
}

impl Origins<'_> {
    /// The report with all places in the page. What is found elsewhere is not about it.
    fn translated(&self, mut report: Report) -> Report {
        let is_here = |place: &Place| self.origins.contains_key(&place.path);
        report
            .findings
            .retain(|finding| is_here(&finding.place) && !self.left_out.contains(&finding.rule.id));
        report.suppressed.retain(|suppressed| is_here(&suppressed.finding.place));
        report.tests.retain(|test| is_here(&test.place));
        report.findings.iter_mut().for_each(|finding| self.finding(finding));
        for suppressed in &mut report.suppressed {
            self.finding(&mut suppressed.finding);
            if let Suppression::Comment { place, .. } = &mut suppressed.by {
                self.place(place);
            }
        }
        report.tests.iter_mut().for_each(|test| self.place(&mut test.place));
        // the files of the page count, and not those that they are laid over
        report.checked.files = 0;
        let is_mapping = |origin: &&Origin| {
            let file = origin.path.rsplit('/').next().unwrap_or("");
            !matches!(file, "destination.yaml" | "version.yaml")
                && file.ends_with(".yaml")
                && !file.ends_with(".test.yaml")
        };
        report.checked.mappings = self.origins.values().filter(is_mapping).count();
        report
    }

    fn finding(&self, finding: &mut Finding) {
        self.place(&mut finding.place);
        finding.related.iter_mut().for_each(|(place, _)| self.place(place));
        for Edit { place, .. } in finding.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            self.place(place);
        }
        // lines that are indented in the page would not be in what an edit adds
        if finding.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(|edit| edit.text.contains('\n'))) {
            finding.fix = None;
        }
    }

    fn place(&self, place: &mut Place) {
        if let Some(origin) = self.origins.get(&place.path) {
            let (start, end) = place.bytes;
            *place = Place::new(
                self.page,
                self.text,
                origin.byte(start)..origin.byte(end).max(origin.byte(start)),
            );
        }
    }
}
