//! `mapwright.toml`: which rules a team wants, and where; and what it says of its events.

use std::collections::HashMap;
use std::ops::Range;

use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use mapwright::{Finding, Severity, Sources};
use mapwright_analyze::{DESCRIBED, Described, MESSAGES, TrackingPlan, TrackingPlans};
use mapwright_findings::rules::{invalid_config as rule, unused_definition};
use mapwright_findings::{FileId, Layer, Reports, Span, Texts};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fingerprint;
use crate::selector::Selector;

/// The name of the file, and its path among [`Sources`].
pub const CONFIG_FILE: &str = "mapwright.toml";

/// What a `mapwright.toml` says.
#[derive(Debug, Default)]
pub struct Config {
    /// The folders to check where no path is given, relative to the file.
    pub folders: Vec<String>,
    /// Which pages of Markdown are laid over which versions; later ones win.
    pub pages: Vec<PageRule>,
    /// More folders of schemas, relative to the file.
    pub schemas: Vec<String>,
    /// Folders of files that tests may read, relative to the file.
    pub fixtures: Vec<String>,
    /// Whether warnings fail, if the command line does not say.
    pub deny_warnings: bool,
    /// The file of the findings that are known, relative to the file, if the command line names none.
    pub baseline: Option<String>,
    /// The files of tracking plans, or folders of them, relative to the file.
    pub named: Vec<String>,
    /// What they say.
    pub(crate) plans: TrackingPlans,
    /// The levels of rules; later ones win.
    scopes: Vec<Scope>,
    /// What it says is there, and where.
    mentioned: Vec<(Mentioned, Span)>,
}

/// Something that the file says is there.
#[derive(Debug)]
pub enum Mentioned {
    /// Files of mappings, by their paths among the sources.
    Files(GlobMatcher),
    /// Pages of Markdown, by their paths from the folder of the file.
    Pages(GlobMatcher),
    /// The folder of a version, relative to the file.
    Version(String),
    /// A folder of fixtures, relative to the file.
    Fixtures(String),
}

/// What there is of what the file mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is there, or that is not known.
    There,
    /// It is not there.
    Missing,
    /// It is there, and nothing uses these files of it.
    Unused(Vec<String>),
}

/// What the examples in some pages are laid over.
#[derive(Debug)]
pub struct PageRule {
    files: GlobSet,
    /// The folder of a version, relative to the file.
    pub over: String,
}

impl PageRule {
    /// Returns whether the entry is for a page, by its path from the folder of the file.
    pub fn is_for(&self, path: &str) -> bool {
        self.files.is_match(path)
    }
}

#[derive(Debug)]
struct Scope {
    /// The files that it is for, if not for all.
    files: Option<GlobSet>,
    levels: Vec<(Selector, Level)>,
}

/// What becomes of the findings of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Allow,
    Is(Severity),
}

pub(crate) const LEVELS: [(&str, Level); 4] = [
    ("allow", Level::Allow),
    ("hint", Level::Is(Severity::Hint)),
    ("warn", Level::Is(Severity::Warning)),
    ("deny", Level::Is(Severity::Error)),
];

impl Config {
    /// Reads the file among `sources`. What cannot be understood in it are findings.
    pub fn read(sources: &Sources) -> (Self, Vec<Finding>) {
        match sources.layers(CONFIG_FILE).last() {
            Some(layer) => Reader::read(layer, sources),
            None => (Self::default(), Vec::new()),
        }
    }

    /// Reports everything that the file among `sources` mentions, and that is missing or unused.
    pub fn missing(&self, sources: &Sources, presence: &dyn Fn(&Mentioned) -> Presence) -> Vec<Finding> {
        let Some(layer) = sources.layers(CONFIG_FILE).last() else { return Vec::new() };
        let (mut texts, mut reports) = (Texts::default(), Reports::default());
        let file = texts.add(layer.shown, layer.text);
        for (mentioned, span) in &self.mentioned {
            let (span, presence) = (Span { file, ..*span }, presence(mentioned));
            match (presence, mentioned) {
                (Presence::There, _) => {}
                (Presence::Unused(files), _) => {
                    let files: Vec<&str> = files.iter().map(String::as_str).collect();
                    unused_definition::report_fixtures(&mut reports, span, &files);
                }
                (_, Mentioned::Files(glob)) => rule::report_no_match(&mut reports, span, glob.glob().glob()),
                (_, Mentioned::Pages(glob)) => rule::report_no_page(&mut reports, span, glob.glob().glob()),
                (_, Mentioned::Version(path)) => rule::report_no_version(&mut reports, span, path),
                (_, Mentioned::Fixtures(path)) => rule::report_no_fixtures(&mut reports, span, path),
            }
        }
        let mut findings = reports.into_findings(&texts);
        findings.retain_mut(|finding| self.level(finding, CONFIG_FILE));
        fingerprint::mark(findings.iter_mut(), sources, &HashMap::from([(layer.shown, CONFIG_FILE)]));
        findings
    }

    /// Sets the severity of a finding. `path` is the path of its file among the sources. Returns whether it is to be reported.
    pub(crate) fn level(&self, finding: &mut Finding, path: &str) -> bool {
        let scopes =
            self.scopes.iter().filter(|scope| scope.files.as_ref().is_none_or(|files| files.is_match(path)));
        match scopes.rev().find_map(|scope| scope.level(finding)) {
            None => true,
            Some(Level::Allow) => false,
            Some(Level::Is(severity)) => {
                finding.set_severity(severity);
                true
            }
        }
    }
}

impl Scope {
    /// The level that names the rule most exactly.
    fn level(&self, finding: &Finding) -> Option<Level> {
        let named = self.levels.iter().filter(|(selector, _)| selector.selects(finding.rule));
        named.max_by_key(|(selector, _)| selector.exactness()).map(|(_, level)| *level)
    }
}

/// Whether a list has items. A value that is not a list passes: its wrong type has a finding of its own.
fn is_some(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().as_array().is_none_or(|list| !list.is_empty())
}

/// A path of a file or folder that stays in the folder of the configuration.
fn inside(path: &str) -> Option<String> {
    let steps = path.trim_end_matches('/').split('/');
    let steps: Vec<&str> = steps.filter(|step| *step != ".").collect();
    let leaves = |step: &&str| step.is_empty() || *step == ".." || step.contains('\\');
    (!steps.is_empty() && !steps.iter().any(leaves)).then(|| steps.join("/"))
}

struct Reader<'s> {
    file: FileId,
    reports: Reports,
    sources: &'s Sources,
    mentioned: Vec<(Mentioned, Span)>,
}

/// The keys of the file.
const KEYS: [&str; 9] = [
    "folders",
    "schemas",
    "fixtures",
    "deny_warnings",
    "baseline",
    "rules",
    "paths",
    "tracking_plans",
    "pages",
];

impl<'s> Reader<'s> {
    fn read(layer: Layer<'_>, sources: &'s Sources) -> (Config, Vec<Finding>) {
        let (mut texts, text) = (Texts::default(), layer.text);
        let file = texts.add(layer.shown, text);
        let mut reader = Self { file, reports: Reports::default(), sources, mentioned: Vec::new() };
        if let Some(at) = layer.broken {
            let span = Span { file: reader.file, start: at as u32, end: at as u32 };
            rule::report_syntax(&mut reader.reports, span, "a byte is not UTF-8");
            return (Config::default(), reader.reports.into_findings(&texts));
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = reader.span(error.span().unwrap_or(0..0));
            rule::report_syntax(&mut reader.reports, span, error.message());
        }
        // what is left of a broken file would only make more findings
        let config = if errors.is_empty() { reader.config(table.get_ref()) } else { Config::default() };
        (config, reader.reports.into_findings(&texts))
    }

    fn config(&mut self, table: &DeTable<'_>) -> Config {
        let mut config = Config::default();
        let mut of_paths = Vec::new();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "folders" => config.folders = self.texts(value).into_iter().map(|(text, _)| text).collect(),
                "rules" => config.scopes.push(Scope { files: None, levels: self.levels(value) }),
                "paths" => of_paths = self.paths(value),
                "schemas" => {
                    config.schemas = self
                        .paths_inside(value, rule::report_no_file)
                        .into_iter()
                        .map(|(path, _)| path)
                        .collect()
                }
                "fixtures" => {
                    for (path, span) in self.paths_inside(value, rule::report_no_fixtures) {
                        self.mentioned.push((Mentioned::Fixtures(path.clone()), span));
                        config.fixtures.push(path);
                    }
                }
                "deny_warnings" => match value.get_ref() {
                    DeValue::Boolean(denied) => config.deny_warnings = *denied,
                    _ => self.wrong_type(value, "`true` or `false`"),
                },
                "baseline" => config.baseline = self.baseline(value),
                "pages" => config.pages = self.pages(value),
                "tracking_plans" => config.tracking_plans(self, value),
                _ => self.unknown(key, &KEYS),
            }
        }
        config.scopes.extend(of_paths);
        config.mentioned = std::mem::take(&mut self.mentioned);
        config
    }

    fn baseline(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let DeValue::String(path) = value.get_ref() else {
            self.wrong_type(value, "a string such as `\"known.json\"`");
            return None;
        };
        let inner = inside(path);
        if inner.is_none() {
            let help = "name a file in it, which `validate-mappings --write-baseline` writes";
            let span = self.span(value.span());
            rule::report_outside(&mut self.reports, span, path, help);
        }
        inner
    }

    fn paths(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Scope> {
        let list = self.tables(value, "tables `[[paths]]`");
        list.into_iter().filter_map(|entry| self.path(entry)).collect()
    }

    fn pages(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<PageRule> {
        let mut rules = Vec::new();
        for entry in self.tables(value, "tables `[[pages]]`") {
            let DeValue::Table(table) = entry.get_ref() else {
                self.wrong_type(entry, "a table with `files` and `over`");
                continue;
            };
            let (mut files, mut over) = (None, None);
            for (key, value) in table {
                match (key.get_ref().as_ref(), value.get_ref()) {
                    ("files", _) => files = Some(self.files(value, Mentioned::Pages)),
                    ("over", DeValue::String(path)) => {
                        let span = self.span(value.span());
                        match inside(path) {
                            Some(path) => {
                                self.mentioned.push((Mentioned::Version(path.clone()), span));
                                over = Some(Some(path));
                            }
                            None => {
                                let help = "name the folder of a version in it, such as `mappings/acme/1`";
                                rule::report_outside(&mut self.reports, span, path, help);
                                over = Some(None);
                            }
                        }
                    }
                    ("over", _) => self.wrong_type(value, "a string such as `\"mappings/acme/1\"`"),
                    _ => self.unknown(key, &["files", "over"]),
                }
            }
            let help = "name the pages as `files`, and the folder of the version that their examples are laid over as `over`";
            match (files, over) {
                (Some(files), Some(over)) => rules.extend(over.map(|over| PageRule { files, over })),
                (files, _) => {
                    let (span, key) =
                        (self.span(entry.span()), if files.is_none() { "files" } else { "over" });
                    rule::report_missing(&mut self.reports, span, key, help);
                }
            }
        }
        rules
    }

    fn tables<'v, 'd>(
        &mut self,
        value: &'v Spanned<DeValue<'d>>,
        expected: &str,
    ) -> Vec<&'v Spanned<DeValue<'d>>> {
        match value.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => {
                self.wrong_type(value, expected);
                Vec::new()
            }
        }
    }

    /// Paths of files or folders, which stay in the folder of the file.
    fn paths_inside(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        report: fn(&mut Reports, Span, &str),
    ) -> Vec<(String, Span)> {
        let mut paths = Vec::new();
        for (path, span) in self.texts(value) {
            match inside(&path) {
                None => report(&mut self.reports, span, &path),
                Some(path) => paths.push((path, span)),
            }
        }
        paths
    }

    fn path(&mut self, entry: &Spanned<DeValue<'_>>) -> Option<Scope> {
        let DeValue::Table(table) = entry.get_ref() else {
            self.wrong_type(entry, "a table with `files` and `rules`");
            return None;
        };
        let mut scope = Scope { files: Some(GlobSet::empty()), levels: Vec::new() };
        let (mut is_stated, mut has_rules) = (false, false);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "files" => {
                    is_stated = is_some(value);
                    scope.files = Some(self.files(value, Mentioned::Files));
                }
                "rules" => {
                    has_rules = value.get_ref().as_table().is_none_or(|table| !table.is_empty());
                    scope.levels = self.levels(value);
                }
                _ => self.unknown(key, &["files", "rules"]),
            }
        }
        if !has_rules {
            let span = self.span(entry.span());
            let help = "give rules levels, as in `{ untested-mapping = \"allow\" }`";
            rule::report_missing(&mut self.reports, span, "rules", help);
        }
        if !is_stated {
            let span = self.span(entry.span());
            rule::report_missing(
                &mut self.reports,
                span,
                "files",
                "name the files that the entry is for; what is for all files is in `[rules]`",
            );
        }
        Some(scope)
    }

    fn files(&mut self, value: &Spanned<DeValue<'_>>, of: fn(GlobMatcher) -> Mentioned) -> GlobSet {
        let mut set = GlobSetBuilder::new();
        for (pattern, span) in self.texts(value) {
            match GlobBuilder::new(&pattern).literal_separator(true).build() {
                Ok(glob) => {
                    self.mentioned.push((of(glob.compile_matcher()), span));
                    set.add(glob);
                }
                Err(error) => {
                    rule::report_pattern(&mut self.reports, span, &pattern, &error.kind().to_string());
                }
            }
        }
        set.build().unwrap_or_else(|_| GlobSet::empty())
    }

    fn levels(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(Selector, Level)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(value, "a table of rules and levels");
            return Vec::new();
        };
        let mut levels = Vec::new();
        for (key, value) in table {
            let selector = Selector::known(key.get_ref());
            if selector.is_none() {
                let (span, name) = (self.span(key.span()), key.get_ref().as_ref());
                // of very many, only the first are compared
                let near = self.reports.nearest(name, mapwright::rules().iter().map(|rule| rule.id));
                rule::report_rule(&mut self.reports, span, name, near);
            }
            let level = self.level(value);
            levels.extend(selector.zip(level));
        }
        levels
    }

    fn level(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Level> {
        let DeValue::String(word) = value.get_ref() else {
            self.wrong_type(value, "a level such as `\"allow\"`");
            return None;
        };
        let level = LEVELS.iter().find(|(name, _)| name == word).map(|(_, level)| *level);
        if level.is_none() {
            let span = self.span(value.span());
            rule::report_level(&mut self.reports, span, word, &LEVELS.map(|(name, _)| name));
        }
        level
    }

    fn texts(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(String, Span)> {
        let DeValue::Array(list) = value.get_ref() else {
            self.wrong_type(value, "a list of strings");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list.iter() {
            match item.get_ref() {
                DeValue::String(text) => texts.push((text.to_string(), self.span(item.span()))),
                _ => self.wrong_type(item, "a string"),
            }
        }
        texts
    }

    fn wrong_type(&mut self, value: &Spanned<DeValue<'_>>, expected: &str) {
        let span = self.span(value.span());
        rule::report_type(&mut self.reports, span, expected, value.get_ref().type_str());
    }

    fn unknown(&mut self, key: &Spanned<toml::de::DeString<'_>>, known: &[&str]) {
        let span = self.span(key.span());
        rule::report_key(&mut self.reports, span, key.get_ref(), known);
    }

    fn span(&self, bytes: Range<usize>) -> Span {
        Span { file: self.file, start: bytes.start as u32, end: bytes.end as u32 }
    }
}

impl Config {
    fn tracking_plans(&mut self, reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) {
        let mut plans = Vec::new();
        for entry in reader.tables(value, "tables `[[tracking_plans]]`") {
            match entry.get_ref() {
                DeValue::Table(table) => {
                    let stated = Stated::read(reader, table);
                    self.named.extend(stated.files.iter().map(|(path, _)| path.clone()));
                    plans.extend(stated.plans(reader, reader.span(entry.span())));
                }
                _ => reader.wrong_type(entry, "a table with `files` and `messages`"),
            }
        }
        self.plans = plans.into_iter().collect();
    }
}

/// What an entry of `tracking_plans` states.
struct Stated {
    files: Vec<(String, Span)>,
    /// Whether it names files, even if they cannot be used.
    has_files: bool,
    messages: Vec<String>,
    has_messages: bool,
    events: Vec<String>,
    describes: Described,
}

const KEYS_OF_PLANS: [&str; 4] = ["files", "messages", "events", "describes"];

impl Stated {
    fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Self {
        let mut stated = Self {
            files: Vec::new(),
            has_files: false,
            messages: Vec::new(),
            has_messages: false,
            events: Vec::new(),
            describes: Described::Event,
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "files" => {
                    stated.has_files = is_some(value);
                    stated.files = reader.paths_inside(value, rule::report_no_file);
                }
                "messages" => {
                    stated.has_messages = is_some(value);
                    for (name, span) in reader.texts(value) {
                        match MESSAGES.contains(&name.to_lowercase().as_str()) {
                            true => stated.messages.push(name.to_lowercase()),
                            false => rule::report_word(
                                &mut reader.reports,
                                span,
                                "type of events",
                                &name,
                                &MESSAGES,
                            ),
                        }
                    }
                }
                "events" => stated.events = reader.texts(value).into_iter().map(|(name, _)| name).collect(),
                "describes" => stated.describes = reader.described(value),
                _ => reader.unknown(key, &KEYS_OF_PLANS),
            }
        }
        stated
    }

    /// The plans in its files.
    fn plans(self, reader: &mut Reader<'_>, entry: Span) -> Vec<TrackingPlan> {
        if !self.has_files {
            let help = "name the JSON Schemas of the plan, or folders of them";
            rule::report_missing(&mut reader.reports, entry, "files", help);
        }
        if !self.has_messages {
            let help = "name the types of events that the plan is for, such as `[\"track\"]`";
            rule::report_missing(&mut reader.reports, entry, "messages", help);
        }
        let mut plans = Vec::new();
        for (path, span) in &self.files {
            let inside = format!("{path}/");
            let is_named =
                |known: &str| known == path || known.starts_with(&inside) && known.ends_with(".json");
            let sources = reader.sources;
            let mut found = sources.iter().filter(|(known, _)| is_named(known)).peekable();
            if found.peek().is_none() {
                rule::report_no_file(&mut reader.reports, *span, path);
            }
            for (known, text) in found {
                let shown = sources.shown(known);
                let schema =
                    serde_json::from_str::<serde_json::Value>(text).map_err(|error| error.to_string());
                let problem = match schema {
                    Ok(schema) if TrackingPlan::is_one(&schema) => {
                        for fault in mapwright_analyze::faults_of_plan(&schema) {
                            rule::report_fault(
                                &mut reader.reports,
                                *span,
                                shown,
                                &fault.pointer,
                                &fault.text,
                            );
                        }
                        plans.push(TrackingPlan {
                            messages: self.messages.clone(),
                            events: self.events.clone(),
                            describes: self.describes,
                            schema,
                            file: shown.to_owned(),
                        });
                        continue;
                    }
                    Ok(_) => "it lists no fields".to_owned(),
                    Err(problem) => problem,
                };
                rule::report_plan(&mut reader.reports, *span, shown, &problem);
            }
        }
        plans
    }
}

impl Reader<'_> {
    fn described(&mut self, value: &Spanned<DeValue<'_>>) -> Described {
        let DeValue::String(word) = value.get_ref() else {
            self.wrong_type(value, "a string such as `\"properties\"`");
            return Described::Event;
        };
        match DESCRIBED.iter().find(|(name, _)| name == word) {
            Some((_, described)) => *described,
            None => {
                let span = self.span(value.span());
                let known = DESCRIBED.map(|(name, _)| name);
                rule::report_word(&mut self.reports, span, "part of events", word, &known);
                Described::Event
            }
        }
    }
}
