//! What the mappings of a version share: the steps that they `use`, and the parts and rows that theirs of the same name are laid over.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::entries::items;
use crate::yaml::{Data, Key, Node};
use mapwright_findings::{KnownNames, Span, Unread};

/// The keys of `version.yaml` whose entries a mapping's entries of the same name are laid over.
const SECTIONS: [&str; 3] = ["payload", "order", "values"];

/// Parts of a version's tree that its mappings are made from.
#[derive(Debug, PartialEq)]
pub(crate) struct Sections(Vec<Option<Node>>);

/// What the mappings of a version share.
#[derive(Debug)]
pub(crate) struct Shared<'n> {
    version: &'n Node,
    /// What a mapping can be made from, beside its files.
    sections: Rc<Sections>,
    steps: HashMap<&'n str, &'n Node>,
    known: KnownNames,
    /// The steps that the version removes: where it says so.
    removed: &'n BTreeMap<String, Span>,
}

impl<'n> Shared<'n> {
    /// Returns what the mappings of a version share.
    pub(crate) fn of(version: &'n Node, removed: &'n BTreeMap<String, Span>) -> Self {
        let steps = version.get("steps").and_then(Node::as_map).unwrap_or_default();
        let names = steps.iter().map(|(key, _)| key.text.as_str());
        let known = KnownNames::new(names, Unread::default());
        let sections = SECTIONS.into_iter().chain(["steps"]).map(|section| version.get(section).cloned());
        let sections = Rc::new(Sections(sections.collect()));
        Self { version, sections, steps: by_key(steps), known, removed }
    }

    /// Returns what a mapping can be made from, beside its files.
    pub(crate) fn sections(&self) -> &Rc<Sections> {
        &self.sections
    }

    /// Returns the shared step of a name.
    pub(super) fn step(&self, name: &str) -> Option<&'n Node> {
        self.steps.get(name).copied()
    }

    /// Where the version removes a step that it would share.
    pub(super) fn removed(&self, name: &str) -> Option<Span> {
        self.removed.get(name).copied()
    }

    /// The names of the shared steps.
    pub(super) fn known(&self) -> &KnownNames {
        &self.known
    }

    /// Adds to a mapping the shared entries that `over` states or removes something of, unless it has its own.
    pub(crate) fn below(&self, base: Option<Node>, over: &Node) -> Option<Node> {
        let mut base = base;
        for section in SECTIONS {
            let Some(shared) = self.version.get(section).and_then(Node::as_map) else { continue };
            let stated = over.get(section).and_then(Node::as_map).unwrap_or_default();
            let removed = over.get("remove").map(items).unwrap_or_default();
            if stated.is_empty() && removed.is_empty() {
                continue;
            }
            let wants = |name: &str| {
                let part = format!("{section}.{name}.");
                removed.iter().any(|target| target.as_text().is_some_and(|path| path.starts_with(&part)))
            };
            let stated = by_key(stated);
            for (key, node) in shared {
                if stated.contains_key(key.text.as_str()) || wants(&key.text) {
                    add(base.get_or_insert_with(|| empty(over.span)), section, key, node);
                }
            }
        }
        base
    }
}

/// Adds an entry to a section, unless it has one of that name.
fn add(mapping: &mut Node, section: &str, key: &Key, node: &Node) {
    let Data::Map(entries) = &mut mapping.data else { return };
    if !entries.iter().any(|(key, _)| key.text == section) {
        entries.push((Key { text: section.to_owned(), span: key.span }, empty(key.span)));
    }
    for (_, of_section) in entries.iter_mut().filter(|(key, _)| key.text == section) {
        if let Data::Map(entries) = &mut of_section.data
            && !entries.iter().any(|(own, _)| own.text == key.text)
        {
            entries.push((key.clone(), node.clone()));
        }
    }
}

fn empty(span: Span) -> Node {
    Node { span, data: Data::Map(Vec::new()) }
}

/// Returns the entries of a map by key; of several with the same key, the first.
pub(crate) fn by_key(entries: &[(Key, Node)]) -> HashMap<&str, &Node> {
    let mut known = HashMap::with_capacity(entries.len());
    for (key, node) in entries {
        known.entry(key.text.as_str()).or_insert(node);
    }
    known
}
