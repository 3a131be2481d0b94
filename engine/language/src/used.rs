//! What a mapping uses of its version: parts, named values, sets, conversions, requirements, operations and order keys.

use std::collections::HashSet;

use crate::yaml::{Data, Key, Node};

/// The keys of `version.yaml` whose entries a mapping can use by name; its order keys hold for every mapping.
const SECTIONS: [&str; 7] =
    ["order", "values", "sets", "conversions", "payload", "requirements", "operations"];

/// Returns a mapping with the entries of its version that it uses, directly and through others.
pub(crate) fn with_used(mapping: &Node, version: &Node) -> Node {
    let Data::Map(entries) = &mapping.data else { return mapping.clone() };
    let mut result = entries.clone();
    let mut names = Names::default();
    names.of(mapping);
    let mut known: HashSet<(&str, &str)> = HashSet::new();
    loop {
        let mut found = false;
        for section in SECTIONS {
            for (key, node) in version.get(section).and_then(Node::as_map).unwrap_or_default() {
                if names.uses(section, &key.text) && known.insert((section, &key.text)) {
                    names.of(node);
                    found = true;
                }
            }
        }
        if !found {
            break;
        }
    }
    for section in SECTIONS {
        let all = version.get(section).and_then(Node::as_map).unwrap_or_default();
        let used = all.iter().filter(|(key, _)| known.contains(&(section, key.text.as_str()))).cloned();
        add(&mut result, section, version, used.collect());
    }
    Node { span: mapping.span, data: Data::Map(result) }
}

/// Adds entries to a section, but for those of which it has its own.
fn add(mapping: &mut Vec<(Key, Node)>, section: &str, version: &Node, used: Vec<(Key, Node)>) {
    let own = mapping.iter_mut().find(|(key, _)| key.text == section).map(|(_, node)| node);
    match own {
        Some(Node { data: Data::Map(own), .. }) => {
            let new = |(key, _): &(Key, Node)| !own.iter().any(|(known, _)| known.text == key.text);
            let new: Vec<_> = used.into_iter().filter(new).collect();
            own.extend(new);
        }
        Some(_) => {}
        None if used.is_empty() => {}
        None => {
            let span = version.key_span(section);
            let key = Key { text: section.to_owned(), span };
            mapping.push((key, Node { span, data: Data::Map(used) }));
        }
    }
}

/// The names in the texts of a tree.
#[derive(Debug, Default)]
struct Names {
    /// Those after `$`.
    named: HashSet<String>,
    /// Those after `payload.`, and of bodies.
    parts: HashSet<String>,
    /// Whole texts and keys, which may be the names of conversions.
    words: HashSet<String>,
    /// Those of operations.
    operations: HashSet<String>,
    /// Those of requirements.
    requirements: HashSet<String>,
}

impl Names {
    fn uses(&self, section: &str, name: &str) -> bool {
        match section {
            "payload" => self.parts.contains(name),
            "order" => true,
            "conversions" => self.words.contains(name),
            "operations" => self.operations.contains(name),
            "requirements" => self.requirements.contains(name),
            _ => self.named.contains(name),
        }
    }

    fn of(&mut self, node: &Node) {
        match &node.data {
            Data::Text(text) => self.of_text(text),
            Data::List(items) => items.iter().for_each(|item| self.of(item)),
            Data::Map(entries) => {
                for (key, value) in entries {
                    self.words.insert(key.text.clone());
                    if let (true, Some(part)) = (key.text == "body", value.as_text()) {
                        self.parts.insert(part.to_owned());
                    }
                    if let (true, Some(operation)) = (key.text == "operation", value.as_text()) {
                        self.operations.insert(operation.to_owned());
                    }
                    if let (true, Data::List(items)) = (key.text == "require", &value.data) {
                        self.requirements.extend(items.iter().filter_map(Node::as_text).map(str::to_owned));
                    }
                    self.of(value);
                }
            }
            _ => {}
        }
    }

    fn of_text(&mut self, text: &str) {
        self.words.insert(text.to_owned());
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let name = |rest: &str| rest.split(|c| !is_name(c)).next().unwrap_or_default().to_owned();
        self.named.extend(text.split('$').skip(1).map(name));
        self.parts.extend(text.split("payload.").skip(1).map(name));
    }
}
