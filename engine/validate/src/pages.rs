//! Pages of Markdown: the blocks that are files of mappings, or parts of them, are checked as such, and what is found has its place in the page.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use mapwright::{Edit, Finding, Place, Sources};
use mapwright_findings::rules::stray_file;
use mapwright_findings::{Reports, Span, Texts};

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

/// What the version that rows are laid over has besides, and the mapping after them: a request of which they are the body.
const EXAMPLE_OPERATION: &str = "operations:\n  example_of_page: { method: POST, path: /example }\n";
const EXAMPLE_STEP: &str = "steps:\n  example: { operation: example_of_page, body: example }\n";

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
    let (config, invalid) = Config::read(sources);
    let mut all = Report { findings: invalid, ..Report::default() };
    for page in pages {
        let Some(text) = sources.get(&page.path) else { continue };
        let shown = sources.shown(&page.path);
        let blocks: Vec<Block> = blocks(text)
            .into_iter()
            .filter(|block| !block.info.split([' ', ',']).any(|word| word == IGNORE))
            .collect();
        let mut report = Report::default();
        report.checked.files = 1;
        let (wholes, nameless) = Placed::wholes(&blocks, page, &base);
        let fragments = Placed::fragments(&blocks, page);
        report.findings = without_names(&nameless, &blocks, shown, text);
        report.findings.retain_mut(|finding| config.level(finding, &page.path));
        for (placed, others) in [(wholes, &[][..]), (fragments, &OF_WHOLE_FILES[..])] {
            let base = match placed.stands_alone(&base) {
                true => &base.only(|path| path == CONFIG_FILE),
                false => &base,
            };
            for placed in placed.rounds() {
                let (sources, origins) = placed.sources(base, shown);
                let left_out = [&OF_WHOLE_FOLDERS[..], others].concat();
                let origins = Origins { origins, page: shown, text, left_out };
                report.extend(origins.translated(validate(&sources)));
            }
        }
        let paths = HashMap::from([(shown, page.path.as_str())]);
        let silent = report.suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
        report
            .findings
            .sort_by(|a, b| (&a.place, a.rule.id, &a.message).cmp(&(&b.place, b.rule.id, &b.message)));
        fingerprint::mark(report.findings.iter_mut().chain(silent), sources, &paths);
        all.extend(report);
    }
    // an example is no version that anybody uses
    all.unusable.clear();
    all
}

/// Blocks that look like files, of which nothing says where they are, and those that the page shows twice.
fn without_names(blocks: &[&Block], all: &[Block], page: &str, text: &str) -> Vec<Finding> {
    let (mut texts, mut reports) = (Texts::default(), Reports::default());
    let file = texts.add(page, text);
    let first_line = |block: &Block| {
        let is_key =
            |line: &&crate::markdown::BlockLine| !line.text.is_empty() && !line.text.starts_with('#');
        let line = block.lines.iter().find(is_key)?;
        Some(Span { file, start: line.start as u32, end: (line.start + line.text.len()) as u32 })
    };
    blocks
        .iter()
        .filter_map(|block| first_line(block))
        .for_each(|span| stray_file::report_block(&mut reports, span));
    let mut shown: HashMap<(String, Vec<&str>), Span> = HashMap::new();
    for (block, path) in all.iter().filter_map(|block| Some((block, block.path()?))) {
        let Some(span) = first_line(block) else { continue };
        let lines = block.lines.iter().map(|line| line.text.as_str()).collect();
        match shown.entry((path, lines)) {
            Entry::Occupied(first) => {
                stray_file::report_again(&mut reports, span, &first.key().0, *first.get())
            }
            Entry::Vacant(entry) => drop(entry.insert(span)),
        }
    }
    reports.into_findings(&texts)
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
        let is_comment =
            |line: &crate::markdown::BlockLine| line.text.is_empty() || line.text.starts_with('#');
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
#[derive(Clone)]
struct BlockFile<'b> {
    path: String,
    block: &'b Block,
    /// Whether findings in it are reported.
    is_told: bool,
    /// What stands before its lines.
    before: String,
    /// What stands before each of them.
    indent: &'static str,
    after: &'static str,
}

/// The files that are checked together.
#[derive(Default)]
struct Placed<'b> {
    files: Vec<BlockFile<'b>>,
    /// Files that no block shows.
    made: Vec<(String, String)>,
}

impl<'b> Placed<'b> {
    /// The blocks that are files, and those of which it is not known where they would be.
    fn wholes(blocks: &'b [Block], page: &Page, base: &Sources) -> (Self, Vec<&'b Block>) {
        let (mut placed, mut nameless) = (Self::default(), Vec::new());
        let Home { mut destination, mut version } = Home::first(blocks, page, base);
        let mut mappings: Vec<String> = Vec::new();
        for block in blocks {
            let folder = |version: &str| format!("mappings/{destination}/{version}");
            let kind = Kind::of(block);
            let path = match (block.path(), &kind) {
                (Some(path), _) => {
                    let home = Home::of(&path);
                    mappings
                        .extend(path.strip_suffix(".yaml").filter(|_| is_mapping(&path)).map(str::to_owned));
                    version = home.version.or(version.filter(|_| home.destination == destination));
                    destination = home.destination;
                    Some(path)
                }
                _ if block.language == Language::Json => continue,
                (_, Kind::Destination) => Some(format!("mappings/{destination}/destination.yaml")),
                (_, Kind::Version) => {
                    version = block.value("version").map(str::to_owned);
                    version.as_deref().map(|version| format!("{}/version.yaml", folder(version)))
                }
                (_, Kind::Mapping) => {
                    let message = block.value("message").unwrap_or("identify");
                    let mapping = version.as_deref().map(|version| format!("{}/{message}", folder(version)));
                    mappings.extend(mapping.clone());
                    mapping.map(|mapping| format!("{mapping}.yaml"))
                }
                (_, Kind::Properties) => match &page.over {
                    Some(over) => Some(format!("{}/identify.test.yaml", folder(&over.version))),
                    None => continue,
                },
                (_, Kind::Tests) => {
                    // those of the type of their events, or else of the mapping before them
                    let message = block.type_of_events();
                    let is_of = |mapping: &&String| {
                        message.is_some_and(|message| mapping.rsplit('/').next() == Some(message))
                    };
                    let of = mappings.iter().rfind(is_of).or(mappings.last()).cloned();
                    let of = of.or_else(|| {
                        let folder = folder(version.as_deref()?);
                        let known = message.map(|message| format!("{folder}/{message}"));
                        known
                            .filter(|mapping| base.get(&format!("{mapping}.yaml")).is_some())
                            .or_else(|| Some(format!("{folder}/identify")))
                    });
                    of.map(|mapping| format!("{mapping}.test.yaml"))
                }
                _ => continue,
            };
            match path {
                Some(path) => placed.files.push(BlockFile {
                    path,
                    block,
                    is_told: true,
                    before: String::new(),
                    indent: "",
                    after: "",
                }),
                None => nameless.push(block),
            }
        }
        (placed, nameless)
    }

    /// The files as the page has them at each of its blocks, since a block takes the place of an earlier one of the same file.
    fn rounds(self) -> Vec<Self> {
        let mut rounds: BTreeMap<(Vec<usize>, usize), Vec<usize>> = BTreeMap::new();
        for (at, file) in self.files.iter().enumerate() {
            let mut there: BTreeMap<&str, usize> = BTreeMap::new();
            for (index, other) in self.files.iter().enumerate().filter(|(_, other)| !other.is_test()) {
                let known = there.entry(&other.path).or_insert(index);
                // of what comes only later, the last
                if index <= at || *known > at {
                    *known = index;
                }
            }
            let same = |other: &&BlockFile<'_>| file.is_test() && other.path == file.path;
            let earlier = self.files.iter().take(at).filter(same).count();
            rounds.entry((there.into_values().collect(), earlier)).or_default().push(at);
        }
        let round = |(others, told): (Vec<usize>, Vec<usize>)| {
            let is_in = |(index, file): (usize, &BlockFile<'b>)| {
                let is_told = told.contains(&index);
                (is_told || others.contains(&index)).then(|| BlockFile { is_told, ..file.clone() })
            };
            Self { files: self.files.iter().enumerate().filter_map(is_in).collect(), made: self.made.clone() }
        };
        rounds.into_iter().map(|((others, _), told)| round((others, told))).collect()
    }

    /// The blocks that are parts of files: each is laid over the version in one of its own.
    fn fragments(blocks: &'b [Block], page: &Page) -> Self {
        let mut placed = Self::default();
        let Some(Over { destination, version }) = &page.over else { return placed };
        for block in blocks {
            let kind = Kind::of(block);
            if block.language == Language::Json || kind.is_whole() || block.path().is_some() {
                continue;
            }
            let name = format!("{version}-example-{}", block.line);
            let folder = format!("mappings/{destination}/{name}");
            let head = format!("version: \"{name}\"\nextends: \"{version}\"\n");
            let mut file = BlockFile {
                path: String::new(),
                block,
                is_told: true,
                before: String::new(),
                indent: "",
                after: "",
            };
            if let Kind::PartOfVersion = kind {
                placed.files.push(BlockFile { path: format!("{folder}/version.yaml"), before: head, ..file });
                continue;
            }
            let mut version = head;
            file.before.push_str(MESSAGE);
            if let Kind::Rows = kind {
                version.push_str(EXAMPLE_OPERATION);
                file.before.push_str("payload:\n  example:\n");
                (file.indent, file.after) = ("    ", EXAMPLE_STEP);
            }
            placed.made.push((format!("{folder}/version.yaml"), version));
            placed.files.push(BlockFile { path: format!("{folder}/identify.yaml"), ..file });
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
        for BlockFile { path, block, is_told, before, indent, after } in self.files {
            let mut origin = Origin { path: path.clone(), is_told, lines: Vec::new() };
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

impl BlockFile<'_> {
    fn is_test(&self) -> bool {
        self.path.ends_with(".test.yaml")
    }
}

impl Block {
    /// The path among the sources, if it is named.
    fn path(&self) -> Option<String> {
        path_of(self.file.as_deref()?)
    }
}

/// Where the files without a name are.
struct Home {
    destination: String,
    version: Option<String>,
}

impl Home {
    /// That of a file.
    fn of(path: &str) -> Self {
        let mut parts = path.split('/').skip(1);
        let destination = parts.next().unwrap_or(MADE_UP).to_owned();
        Self { destination, version: parts.next().filter(|part| !part.ends_with(".yaml")).map(str::to_owned) }
    }

    /// That of the first block of a page: what it is laid over, or else what the first block that says it says, or else what there is only one of.
    fn first(blocks: &[Block], page: &Page, base: &Sources) -> Self {
        let over = page.over.as_ref();
        let named: Vec<Self> = blocks.iter().filter_map(Block::path).map(|path| Self::of(&path)).collect();
        let is_shown = |block: &Block| matches!(Kind::of(block), Kind::Destination);
        let mut known = base.destinations();
        let only = known.next().filter(|_| known.next().is_none() && !blocks.iter().any(is_shown));
        let destination = over.map(|over| over.destination.as_str());
        let destination = destination.or(named.first().map(|home| home.destination.as_str())).or(only);
        let destination = destination.unwrap_or(MADE_UP).to_owned();
        let is_version = |block: &&Block| block.path().is_none() && matches!(Kind::of(block), Kind::Version);
        let stated = blocks.iter().find(is_version).and_then(|block| block.value("version"));
        let stated = stated.or(over.map(|over| over.version.as_str()));
        let named = named.iter().filter(|home| home.destination == destination);
        let stated = stated.or(named.filter_map(|home| home.version.as_deref()).next());
        let paths = base.iter().map(|(path, _)| Self::of(path));
        let versions: BTreeSet<String> =
            paths.filter(|home| home.destination == destination).filter_map(|home| home.version).collect();
        let only = versions.first().filter(|_| versions.len() == 1);
        let version = stated.or(only.map(String::as_str)).map(str::to_owned);
        Self { destination, version }
    }
}

/// Whether a file is a mapping of a version.
fn is_mapping(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or("");
    !matches!(file, "destination.yaml" | "version.yaml")
        && file.ends_with(".yaml")
        && !file.ends_with(".test.yaml")
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
    /// Whether findings there are reported.
    is_told: bool,
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
        let is_here = |place: &Place| self.origins.get(&place.path).is_some_and(|origin| origin.is_told);
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
        let is_counted = |origin: &&Origin| origin.is_told && is_mapping(&origin.path);
        report.checked.mappings = self.origins.values().filter(is_counted).count();
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
