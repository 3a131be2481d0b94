//! `mapwright.toml`: which rules a team wants, and where.

use std::ops::Range;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use mapwright::{Finding, Severity, Sources};
use mapwright_findings::rules::invalid_config as rule;
use mapwright_findings::{FileId, Layer, Reports, Span, Texts};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::selector::Selector;

/// The name of the file, and its path among [`Sources`].
pub const CONFIG_FILE: &str = "mapwright.toml";

/// What a `mapwright.toml` says.
#[derive(Debug, Default)]
pub struct Config {
    /// The folders to check where no path is given, relative to the file.
    pub folders: Vec<String>,
    /// The levels of rules; later ones win.
    scopes: Vec<Scope>,
}

#[derive(Debug)]
struct Scope {
    /// The files that it is for, if not for all.
    files: Option<GlobSet>,
    levels: Vec<(Selector, Level)>,
}

/// What becomes of the findings of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Allow,
    Is(Severity),
}

const LEVELS: [(&str, Level); 4] = [
    ("allow", Level::Allow),
    ("hint", Level::Is(Severity::Hint)),
    ("warn", Level::Is(Severity::Warning)),
    ("deny", Level::Is(Severity::Error)),
];

impl Config {
    /// Reads the file among `sources`. What cannot be understood in it are findings.
    pub fn read(sources: &Sources) -> (Self, Vec<Finding>) {
        match sources.layers(CONFIG_FILE).last() {
            Some(layer) => Reader::read(layer),
            None => (Self::default(), Vec::new()),
        }
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

struct Reader {
    file: FileId,
    reports: Reports,
}

impl Reader {
    fn read(layer: Layer<'_>) -> (Config, Vec<Finding>) {
        let (mut texts, text) = (Texts::default(), layer.text);
        let mut reader = Self { file: texts.add(layer.shown, text), reports: Reports::default() };
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
                _ => self.unknown(key, &["folders", "rules", "paths"]),
            }
        }
        config.scopes.extend(of_paths);
        config
    }

    fn paths(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Scope> {
        let DeValue::Array(list) = value.get_ref() else {
            self.wrong_type(value, "tables `[[paths]]`");
            return Vec::new();
        };
        list.iter().filter_map(|entry| self.path(entry)).collect()
    }

    fn path(&mut self, entry: &Spanned<DeValue<'_>>) -> Option<Scope> {
        let DeValue::Table(table) = entry.get_ref() else {
            self.wrong_type(entry, "a table with `files` and `rules`");
            return None;
        };
        let mut scope = Scope { files: Some(GlobSet::empty()), levels: Vec::new() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "files" => scope.files = Some(self.files(value)),
                "rules" => scope.levels = self.levels(value),
                _ => self.unknown(key, &["files", "rules"]),
            }
        }
        Some(scope)
    }

    fn files(&mut self, value: &Spanned<DeValue<'_>>) -> GlobSet {
        let mut set = GlobSetBuilder::new();
        for (pattern, span) in self.texts(value) {
            match GlobBuilder::new(&pattern).literal_separator(true).build() {
                Ok(glob) => {
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
            let selector = Selector::new(key.get_ref());
            if let Err(unknown) = &selector {
                let span = self.span(key.span());
                rule::report_rule(&mut self.reports, span, &unknown.name, unknown.near.as_deref());
            }
            let level = self.level(value);
            levels.extend(selector.ok().zip(level));
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
            self.wrong_type(value, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list.iter() {
            match item.get_ref() {
                DeValue::String(text) => texts.push((text.to_string(), self.span(item.span()))),
                _ => self.wrong_type(item, "a text"),
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
