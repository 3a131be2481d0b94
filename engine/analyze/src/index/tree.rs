//! The names that a file states itself, as keys and as words, before it is laid over anything.

use std::collections::HashSet;

use mapwright_findings::rules::unused_definition::Kind;
use mapwright_findings::{FileId, Span};
use mapwright_language::yaml::{Data, Key, Node};

/// Who has a name.
#[derive(Debug, Clone)]
pub(super) enum Scope {
    /// The version or its destination.
    Version,
    /// A mapping.
    Mapping(String),
}

/// A name that a file states.
#[derive(Debug, Clone)]
pub(super) struct StatedName {
    pub kind: Kind,
    pub scope: Scope,
    pub name: String,
    pub span: Span,
    pub defines: bool,
    /// The text before the name in its place.
    pub before: String,
}

/// The sections of a version or a mapping whose keys are names.
const SECTIONS: [(&str, Kind); 8] = [
    ("values", Kind::Value),
    ("sets", Kind::Set),
    ("tables", Kind::Table),
    ("conversions", Kind::Conversion),
    ("requirements", Kind::Requirement),
    ("payload", Kind::Part),
    ("steps", Kind::Step),
    ("operations", Kind::Operation),
];

/// The names that the file of this path states.
pub(super) fn stated(path: &str, node: &Node) -> Vec<StatedName> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut reader = Reader { scope: Scope::Version, list: Vec::new() };
    match name.strip_suffix(".yaml") {
        Some("destination") => reader.destination(node),
        Some("version") => reader.sections(node),
        Some(stem) => {
            let message = stem.split('.').next().unwrap_or(stem);
            reader.scope = Scope::Mapping(message.to_owned());
            match stem.ends_with(".test") {
                true => reader.tests(node),
                false => reader.sections(node),
            }
        }
        None => {}
    }
    reader.list
}

/// The files that parts of a tree come from.
pub(super) fn files(node: &Node) -> HashSet<FileId> {
    let mut found = HashSet::from([node.span.file]);
    each(node, &mut |node| {
        found.insert(node.span.file);
    });
    found
}

/// Calls `take` with all nodes in a node.
fn each<'n>(node: &'n Node, take: &mut dyn FnMut(&'n Node)) {
    take(node);
    match &node.data {
        Data::Map(entries) => entries.iter().for_each(|(_, node)| each(node, take)),
        Data::List(items) => items.iter().for_each(|node| each(node, take)),
        _ => {}
    }
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = &(Key, Node)> {
    node.and_then(Node::as_map).unwrap_or_default().iter()
}

/// The items of a list, of a value that is one, or of the edits of an inherited one.
fn items(node: Option<&Node>) -> Vec<&Node> {
    match node.map(|node| (&node.data, node)) {
        None => Vec::new(),
        Some((Data::List(items), _)) => items.iter().collect(),
        Some((Data::Map(_), node)) if ["first", "last"].iter().any(|edit| node.get(edit).is_some()) => {
            items(node.get("first")).into_iter().chain(items(node.get("last"))).collect()
        }
        Some((_, node)) => vec![node],
    }
}

/// The text of a node, and where it stands.
fn text_of(node: Option<&Node>) -> Option<(&str, Span)> {
    node.and_then(|node| Some((node.as_text()?, node.span)))
}

struct Reader {
    scope: Scope,
    list: Vec<StatedName>,
}

impl Reader {
    fn put(&mut self, kind: Kind, scope: Scope, (name, span): (&str, Span), defines: bool) {
        let (name, before) = (name.to_owned(), String::new());
        self.list.push(StatedName { kind, scope, name, span, defines, before });
    }

    fn key(&mut self, kind: Kind, key: &Key) {
        self.put(kind, self.scope.clone(), (&key.text, key.span), true);
    }

    /// A word that names something of the version.
    fn shared(&mut self, kind: Kind, node: Option<&Node>) {
        if let Some(word) = text_of(node) {
            self.put(kind, Scope::Version, word, false);
        }
    }

    /// A word that names something of whatever the file is of.
    fn own(&mut self, kind: Kind, node: Option<&Node>) {
        if let Some(word) = text_of(node) {
            self.put(kind, self.scope.clone(), word, false);
        }
    }

    fn destination(&mut self, node: &Node) {
        entries(node.get("settings")).for_each(|(key, _)| self.key(Kind::Setting, key));
        entries(node.get("rates")).for_each(|(key, _)| self.key(Kind::Rate, key));
        self.shared(Kind::Setting, node.get("versions").and_then(|versions| versions.get("setting")));
    }

    fn sections(&mut self, node: &Node) {
        for (section, kind) in SECTIONS.into_iter().filter(|(_, kind)| *kind != Kind::Step) {
            for (key, value) in entries(node.get(section)).filter(|entry| is_named(entry)) {
                self.key(kind, key);
                if kind == Kind::Operation {
                    self.operation(value);
                }
            }
        }
        entries(node.get("schemas")).for_each(|(key, _)| self.key(Kind::Schema, key));
        self.steps(node.get("steps"));
        items(node.get("require")).into_iter().for_each(|entry| self.shared(Kind::Requirement, Some(entry)));
        items(node.get("remove")).into_iter().for_each(|entry| self.removed(entry));
        for (_, variant) in entries(node.get("variants")) {
            self.sections(variant);
        }
    }

    /// What is removed, such as `steps.detach`.
    fn removed(&mut self, node: &Node) {
        let Some((path, span)) = text_of(Some(node)) else { return };
        let Some((section, rest)) = path.split_once('.') else { return };
        let Some((_, kind)) = SECTIONS.into_iter().find(|(known, _)| *known == section) else { return };
        let name = rest.split('.').next().unwrap_or(rest).to_owned();
        let (scope, before) = (self.scope.clone(), format!("{section}."));
        self.list.push(StatedName { kind, scope, name, span, defines: false, before });
    }

    fn operation(&mut self, node: &Node) {
        self.shared(Kind::Rate, node.get("rate"));
        self.shared(Kind::Schema, node.get("schema"));
        self.shared(Kind::Schema, node.get("answer_schema"));
        if let Some(batch) = node.get("batch") {
            self.shared(Kind::Operation, batch.get("operation"));
            self.shared(Kind::Schema, batch.get("schema"));
        }
    }

    fn steps(&mut self, node: Option<&Node>) {
        for (key, step) in entries(node).filter(|entry| is_named(entry)) {
            self.key(Kind::Step, key);
            self.shared(Kind::Operation, step.get("operation"));
            self.shared(Kind::Step, step.get("use"));
            self.own(Kind::Step, step.get("before"));
            self.own(Kind::Step, step.get("after"));
            self.own(Kind::Part, step.get("body"));
            let rules = items(step.get("on"));
            rules.iter().for_each(|rule| self.own(Kind::Step, rule.get("then")));
            if matches!(self.scope, Scope::Mapping(_)) {
                let captures = rules.iter().filter_map(|rule| rule.get("capture")).chain(step.get("capture"));
                captures
                    .for_each(|names| entries(Some(names)).for_each(|(key, _)| self.key(Kind::Capture, key)));
            }
            self.steps(step.get("steps"));
        }
    }

    fn tests(&mut self, node: &Node) {
        self.settings(node);
        for test in items(node.get("tests")).into_iter().chain(items(node.get("properties"))) {
            self.settings(test);
            let cases = items(test.get("cases"));
            for expect in cases.iter().copied().chain([test]).filter_map(|of| of.get("expect")) {
                items(expect.get("requests"))
                    .into_iter()
                    .for_each(|request| self.own(Kind::Step, request.get("step")));
                let keys = items(expect.get("order")).into_iter().flat_map(|key| items(key.get("steps")));
                keys.for_each(|step| self.own(Kind::Step, Some(step)));
            }
            cases.into_iter().for_each(|case| self.settings(case));
        }
    }

    fn settings(&mut self, node: &Node) {
        for (key, _) in entries(node.get("settings")) {
            self.put(Kind::Setting, Scope::Version, (&key.text, key.span), false);
        }
    }
}

/// Whether an entry is one of those that the author names: `replace: true` is none.
fn is_named((key, value): &(Key, Node)) -> bool {
    key.text != "replace" || !matches!(value.data, Data::Bool(_))
}
