//! The variants of a mapping, as layers that are laid over the mapping.

use super::entries::items;
use crate::yaml::{Data, Key, Node};
use mapwright_findings::Reports;
use mapwright_findings::rules::{override_nothing, wrong_type};

/// A variant: what the files of a mapping say of it, the inherited ones first.
#[derive(Debug, Clone)]
pub(crate) struct VariantLayers {
    /// Its name.
    pub name: Key,
    /// What to lay over the mapping, in this order.
    pub layers: Vec<Node>,
}

/// The variants of a mapping.
#[derive(Debug, Default)]
pub(crate) struct VariantList {
    /// The key that they stand under.
    pub key: Option<Key>,
    pub list: Vec<VariantLayers>,
}

impl VariantList {
    /// Takes the variants out of a file of a mapping, and adds them to those of the files that it inherits. Returns the rest of the file.
    pub(crate) fn take_from(&mut self, file: &Node, reports: &mut Reports) -> Node {
        let Data::Map(entries) = &file.data else { return file.clone() };
        let mut rest = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match key.text.as_str() {
                "variants" => self.key = Some(key.clone()),
                "remove" => rest.push((key.clone(), self.remove(value, reports))),
                _ => rest.push((key.clone(), value.clone())),
            }
        }
        if let Some(stated) = file.get("variants") {
            self.add(stated, reports);
        }
        Node { span: file.span, data: Data::Map(rest) }
    }

    /// Removes variants, and parts of them. Returns the other removals.
    fn remove(&mut self, targets: &Node, reports: &mut Reports) -> Node {
        let mut others = Vec::new();
        for target in items(targets) {
            let path = target.as_text().and_then(|path| path.strip_prefix("variants"));
            match path {
                Some("") if !self.list.is_empty() => self.list.clear(),
                Some(path) if path.starts_with('.') => self.remove_part(target, path, reports),
                _ => others.push(target.clone()),
            }
        }
        Node { span: targets.span, data: Data::List(others) }
    }

    /// Removes a variant, or a part of it. `path` starts with a dot.
    fn remove_part(&mut self, target: &Node, path: &str, reports: &mut Reports) {
        let path = path.trim_start_matches('.');
        let rest_of = |variant: &VariantLayers| {
            let rest = path.strip_prefix(variant.name.text.as_str())?;
            (rest.is_empty() || rest.starts_with('.')).then(|| rest.trim_start_matches('.').to_owned())
        };
        let found = self.list.iter_mut().enumerate().find_map(|(at, v)| Some((at, rest_of(v)?, v)));
        match found {
            Some((at, rest, _)) if rest.is_empty() => drop(self.list.remove(at)),
            Some((_, rest, variant)) => {
                let part = Node { span: target.span, data: Data::Text(rest) };
                let key = Key { text: "remove".to_owned(), span: target.span };
                variant.layers.push(Node { span: target.span, data: Data::Map(vec![(key, part)]) });
            }
            None => {
                let known: Vec<String> =
                    self.list.iter().map(|variant| format!("variants.{}", variant.name.text)).collect();
                let name = target.as_text().unwrap_or_default();
                let known = known.iter().map(String::as_str);
                override_nothing::report(reports, target.span, name, "is removed", known);
            }
        }
    }

    fn add(&mut self, stated: &Node, reports: &mut Reports) {
        let Some(entries) = stated.as_map() else {
            return wrong_type::report::<()>(reports, &stated.found(), "a map").unwrap_or_default();
        };
        let replaces = |(key, value): &&(Key, Node)| key.text == "replace" && value.data == Data::Bool(true);
        if entries.iter().any(|entry| replaces(&entry)) {
            self.list.clear();
        }
        for (key, value) in entries.iter().filter(|entry| !replaces(entry)) {
            match self.list.iter_mut().find(|variant| variant.name.text == key.text) {
                Some(variant) => variant.layers.push(value.clone()),
                None => self.list.push(VariantLayers { name: key.clone(), layers: vec![value.clone()] }),
            }
        }
    }
}
