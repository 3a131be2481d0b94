//! A document: sections of paragraphs, lists, tables, code and diagrams. It is plain data, which every format shows.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::sequence::Sequence;
use crate::text::Text;

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub lead: Vec<Block>,
    /// The versions that it describes; none if there is nothing to choose.
    pub versions: Vec<String>,
    /// The version that is shown first.
    pub chosen: Option<String>,
    /// Its sections.
    pub sections: Vec<Section>,
    /// How it was made.
    pub made: String,
}

/// A part of a document under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub title: Text,
    /// The versions that it holds for; all, if there are none.
    pub versions: Vec<String>,
    /// Its content.
    pub blocks: Vec<Block>,
    /// The sections within it.
    pub sections: Vec<Section>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Text),
    /// A list.
    List(Vec<Text>),
    /// A list whose items are to be ticked off.
    Checklist(Vec<Text>),
    /// Something to mind.
    Note(Text),
    /// A table.
    Table(Table),
    /// Code.
    Code {
        /// Its language, as in `json`.
        language: &'static str,
        /// The code.
        text: String,
    },
    /// The calls of a mapping, in their order.
    Sequence(Sequence),
    /// What holds for these versions only.
    Only(Vec<String>, Vec<Block>),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it lists.
    pub caption: String,
    /// The heads of its columns.
    pub head: Vec<Text>,
    /// The column whose cells name their rows.
    pub names: usize,
    /// Its rows.
    pub rows: Vec<Vec<Text>>,
    /// The versions for which each row holds; none, if all rows hold for all.
    pub versions: Vec<Vec<String>>,
}

impl Section {
    /// Creates a section that holds for all versions.
    pub fn new(title: impl Into<Text>) -> Self {
        Self { title: title.into(), versions: Vec::new(), blocks: Vec::new(), sections: Vec::new() }
    }

    /// Adds a block to the section.
    #[must_use]
    pub fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Returns whether the section has no content.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.sections.iter().all(Section::is_empty)
    }
}

impl Block {
    /// Renders a value as JSON, in lines.
    pub fn json(value: &Value) -> Self {
        Self::Code { language: "json", text: serde_json::to_string_pretty(value).unwrap_or_default() }
    }

    /// Creates a paragraph from a string with marks.
    pub fn paragraph(text: &str) -> Self {
        Self::Paragraph(Text::marked(text))
    }

    /// Reads the text of several paragraphs: empty lines stand between them, and lines that start with `- ` are a list.
    pub fn paragraphs(text: &str) -> Vec<Self> {
        let mut blocks = Vec::new();
        for part in text.replace("\r\n", "\n").split("\n\n") {
            let mut lines = Vec::new();
            let mut items: Vec<String> = Vec::new();
            for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
                match (line.strip_prefix("- "), items.last_mut()) {
                    (Some(item), _) => items.push(item.to_owned()),
                    (None, Some(item)) => {
                        item.push(' ');
                        item.push_str(line);
                    }
                    (None, None) => lines.push(line),
                }
            }
            if !lines.is_empty() {
                blocks.push(Self::paragraph(&lines.join(" ")));
            }
            if !items.is_empty() {
                blocks.push(Self::List(items.iter().map(Text::from).collect()));
            }
        }
        blocks
    }
}

impl Table {
    /// Creates a table whose first column names its rows.
    pub fn new(caption: impl Into<String>, head: &[&str]) -> Self {
        let head = head.iter().copied().map(Text::marked).collect();
        Self { caption: caption.into(), head, names: 0, rows: Vec::new(), versions: Vec::new() }
    }

    /// Returns the table as a block, or `None` if it has no rows.
    pub fn block(self) -> Option<Block> {
        (!self.rows.is_empty()).then_some(Block::Table(self))
    }
}

/// Joins the sections of several versions: what is equal in some of them becomes one section for those, in the place of the first.
pub fn merged(of_versions: Vec<(String, Section)>) -> Vec<Section> {
    let mut all: Vec<Section> = Vec::new();
    let mut of_titles: HashMap<String, Vec<usize>> = HashMap::new();
    for (version, section) in of_versions {
        let places = of_titles.entry(format!("{:?}", section.title)).or_default();
        let is_equal = |known: &Section| known.blocks == section.blocks && known.sections == section.sections;
        let found = places.iter().copied().find(|at| all.get(*at).is_some_and(is_equal));
        match found.and_then(|at| all.get_mut(at)) {
            Some(known) => known.versions.push(version),
            None => {
                places.push(all.len());
                all.push(Section { versions: vec![version], ..section });
            }
        }
    }
    all
}

/// Joins the sections of several versions like [`merged`], but those that differ only in the rows of their tables become one, whose rows say for
/// which versions they hold.
pub fn merged_rows(of_versions: Vec<(String, Section)>) -> Vec<Section> {
    let Some((_, first)) = of_versions.first() else { return Vec::new() };
    let is_table = |block: &Block| matches!(block, Block::Table(_));
    let around = |section: &Section| -> Vec<Block> {
        section.blocks.iter().filter(|block| !is_table(block)).cloned().collect()
    };
    let is_alike = |section: &Section| {
        let tables = section.blocks.iter().filter(|block| is_table(block)).count();
        tables == 1 && section.sections.is_empty() && around(section) == around(first)
    };
    if !of_versions.iter().all(|(_, section)| is_alike(section)) {
        return merged(of_versions);
    }
    let mut versions = Vec::new();
    let mut rows: Vec<(Vec<Text>, Vec<String>)> = Vec::new();
    for (version, section) in &of_versions {
        versions.push(version.clone());
        let tables = section.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        });
        let (mut next, mut seen) = (0, HashSet::new());
        for row in tables.flat_map(|table| &table.rows) {
            if !seen.insert(format!("{row:?}")) {
                continue;
            }
            // the rows of most versions follow each other as they do in the first one
            let known = |at: &usize| rows.get(*at).is_some_and(|(known, _)| known == row);
            let found = Some(next).filter(known).or_else(|| {
                let others = if versions.len() > 1 { rows.as_slice() } else { &[] };
                others.iter().position(|(known, _)| known == row)
            });
            match found {
                Some(at) => {
                    rows.iter_mut().skip(at).take(1).for_each(|(_, versions)| versions.push(version.clone()));
                    next = at + 1;
                }
                // a row that differs stands beside the one that it differs from
                None => {
                    rows.insert(next.min(rows.len()), (row.clone(), vec![version.clone()]));
                    next += 1;
                }
            }
        }
    }
    let mut joined = first.clone();
    for block in &mut joined.blocks {
        if let Block::Table(table) = block {
            (table.rows, table.versions) = rows.iter().cloned().unzip();
            for held in &mut table.versions {
                if held.len() == versions.len() {
                    held.clear();
                }
            }
        }
    }
    joined.versions = versions;
    vec![joined]
}
