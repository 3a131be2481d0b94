//! Removes inherited parts by their paths.

use super::entries::{are_few, items, label, position};
use super::shape::{Entry, Shape};
use crate::yaml::{Data, Node};
use mapwright_findings::Reports;
use mapwright_findings::rules::{invalid_value, override_nothing};

/// How `remove` in a `version.yaml` names a mapping, which is a file of its own.
pub(crate) const MAPPINGS: &str = "mappings.";

/// Returns the name of the mapping that an entry of `remove` in a `version.yaml` is about.
pub(crate) fn removed_mapping(path: &str) -> Option<&str> {
    path.strip_prefix(MAPPINGS)
}

/// Removes the parts that the `remove` list of `over` names from what it inherits.
pub(super) fn remove(base: Option<&mut Node>, over: &Node, shape: Shape, reports: &mut Reports) {
    let Some(gone) = over.get("remove").filter(|gone| are_few(gone, reports)) else { return };
    let mut base = base;
    for target in items(gone) {
        let Some(path) = target.as_text() else { continue };
        if shape == Shape::Version && removed_mapping(path).is_some() {
            continue;
        }
        if shape.requires(path) {
            let message = format!("`{path}` is required, and cannot be removed");
            invalid_value::report(reports, target.span, message, "state another value instead");
            continue;
        }
        let removed = base.as_deref_mut().map_or(Err(Vec::new()), |base| part(base, path, shape));
        if let Err(known) = removed {
            let known = known.iter().map(String::as_str);
            override_nothing::report(reports, target.span, path, "is removed", known);
        }
    }
}

/// Removes one part. Returns the names that there are if none has this name.
fn part(node: &mut Node, path: &str, shape: Shape) -> Result<(), Vec<String>> {
    match &mut node.data {
        Data::Map(entries) => {
            // names may contain dots, so the longest matching name is used
            if let Some(at) = entries.iter().position(|(key, _)| key.text == path) {
                entries.remove(at);
                return Ok(());
            }
            let inner = entries.iter_mut().find_map(|(key, node)| {
                let rest = path.strip_prefix(key.text.as_str())?.strip_prefix('.')?;
                Some((key.text.as_str(), rest, node))
            });
            match inner {
                Some((key, rest, node)) => part(node, rest, shape.child(key))
                    .map_err(|known| known.into_iter().map(|name| format!("{key}.{name}")).collect()),
                None => Err(entries.iter().map(|(key, _)| key.text.clone()).collect()),
            }
        }
        Data::List(list) => {
            let entry = match shape {
                Shape::List(entry) => entry,
                _ => Entry::Row,
            };
            match position(list, path, entry) {
                Some(at) => {
                    list.remove(at);
                    Ok(())
                }
                None => Err(list.iter().filter_map(|node| label(node, entry)).map(str::to_owned).collect()),
            }
        }
        _ => Err(Vec::new()),
    }
}
