//! Inheritance: merges one tree over another, for versions with `extends`, variants and `use`.
//!
//! Trees are merged before they are decoded, so every part of an effective mapping keeps the position in its file.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::keys::{FORM_PARTS, FORMS, edits_of, nested_fields};
use crate::limits;
use crate::yaml::{Data, Key, Node};
use mapwright_findings::Reports;
use mapwright_findings::rules::{invalid_value, override_nothing};

/// The shape of a part of a tree, which determines how it is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Mapping,
    Version,
    Variants,
    Parts,
    Fields,
    Row,
    Values,
    Steps,
    Step,
    Operations,
    Operation,
    /// Entries by name, each of which is replaced as a whole.
    Entries,
    /// Maps are merged, anything else is replaced.
    Plain,
    /// Replaced as a whole.
    Whole,
}

impl Shape {
    fn child(self, key: &str) -> Shape {
        match (self, key) {
            (Shape::Mapping | Shape::Version, "payload") => Shape::Parts,
            (Shape::Mapping | Shape::Version, "steps") => Shape::Steps,
            (Shape::Mapping, "variants") => Shape::Variants,
            (Shape::Version, "headers" | "query" | "order") | (Shape::Mapping, "order" | "result") => {
                Shape::Fields
            }
            (Shape::Version, "server") => Shape::Row,
            (Shape::Mapping | Shape::Version, "values") => Shape::Values,
            (Shape::Version, "operations") => Shape::Operations,
            (Shape::Version, "conversions") => Shape::Entries,
            (Shape::Version, "auth" | "sets" | "tables") => Shape::Plain,
            (Shape::Variants, _) => Shape::Mapping,
            (Shape::Values, _) => Shape::Row,
            (Shape::Parts, _) => Shape::Fields,
            (Shape::Fields, _) => Shape::Row,
            (Shape::Row, "object" | "cases") => Shape::Fields,
            (Shape::Row, "each" | "to" | "switch" | "else" | "key") => Shape::Row,
            (Shape::Steps, _) => Shape::Step,
            (Shape::Step, "params" | "query" | "headers" | "capture" | "body") => Shape::Fields,
            (Shape::Step, "for_each") => Shape::Row,
            (Shape::Step, "steps") => Shape::Steps,
            (Shape::Operations, _) => Shape::Operation,
            (Shape::Operation, "query" | "headers") => Shape::Fields,
            (Shape::Operation, "declared") => Shape::Plain,
            (Shape::Plain, _) => Shape::Plain,
            _ => Shape::Whole,
        }
    }

    /// Returns the keys of which a new entry needs at least one. Without them, it only modifies an inherited entry.
    fn needs(self) -> &'static [&'static str] {
        match self {
            Shape::Row => &FORMS,
            Shape::Step => &["operation", "steps", "use"],
            Shape::Operation => &["method", "path"],
            _ => &[],
        }
    }
}

/// Merges `over` over `base`, in the order of `base`, with new entries last.
pub(crate) fn merge(base: &Node, over: &Node, shape: Shape, reports: &mut Reports) -> Node {
    let stated = as_object(over, shape);
    let over_entries = match (&stated.data, shape) {
        (_, Shape::Whole) => return over.clone(),
        (Data::Map(entries), _) => entries,
        _ => return over.clone(),
    };
    let base = match (&base.data, shape) {
        (Data::Text(_) | Data::List(_), Shape::Row) => Cow::Owned(as_long_row(base)),
        _ => as_object(base, shape),
    };
    let mut entries: Vec<(Key, Node)> = match base.into_owned().data {
        Data::Map(entries) => entries,
        _ => Vec::new(),
    };
    if shape == Shape::Row {
        drop_other_form(&mut entries, over_entries);
    }
    let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    for (place, (key, _)) in entries.iter().enumerate() {
        places.entry(key.text.clone()).or_insert(place);
    }
    for (key, value) in over_entries {
        if key.text == "remove" && matches!(shape, Shape::Mapping | Shape::Version) {
            continue;
        }
        let inner = shape.child(&key.text);
        let at = places.get(&key.text).copied();
        let inherited = at.and_then(|at| entries.get(at)).map(|(_, node)| node);
        let edits = edits_of(value).filter(|_| inner_takes_edits(shape, &key.text));
        let merged = match (inherited, edits) {
            (Some(inherited), Some(edits)) => edit(inherited, edits, reports),
            (Some(inherited), None) => merge(inherited, value, inner, reports),
            (None, Some(edits)) => {
                let known = names(&entries);
                override_nothing::report(reports, key.span, &key.text, "edits a list", known);
                edit(&Node { span: value.span, data: Data::List(Vec::new()) }, edits, &mut Reports::default())
            }
            (None, None) => {
                if changes_nothing(value, inner) {
                    let known = names(&entries);
                    override_nothing::report(reports, key.span, &key.text, "states only what differs", known);
                    continue;
                }
                value.clone()
            }
        };
        match at.and_then(|at| entries.get_mut(at)) {
            Some(entry) => *entry = (key.clone(), merged),
            None => {
                places.insert(key.text.clone(), entries.len());
                entries.push((key.clone(), merged));
            }
        }
    }
    let mut result = Node { span: over.span, data: Data::Map(entries) };
    if shape == Shape::Row {
        result = as_nested(result);
    }
    if matches!(shape, Shape::Mapping | Shape::Version) {
        remove(&mut result, over, reports);
    }
    result
}

/// Returns a row that is an object of rows with the key `object`, so that it can be merged with other rows.
fn as_object(row: &Node, shape: Shape) -> Cow<'_, Node> {
    match nested_fields(row) {
        Some(_) if shape == Shape::Row => {
            let key = Key { text: "object".to_owned(), span: row.span };
            Cow::Owned(Node { span: row.span, data: Data::Map(vec![(key, row.clone())]) })
        }
        _ => Cow::Borrowed(row),
    }
}

/// Returns a row without the key `object`, if it needs none.
fn as_nested(row: Node) -> Node {
    let fields = match row.as_map() {
        Some([(key, fields)]) if key.text == "object" => nested_fields(fields).map(<[_]>::to_vec),
        _ => None,
    };
    match fields {
        Some(fields) => Node { span: row.span, data: Data::Map(fields) },
        None => row,
    }
}

fn names(entries: &[(Key, Node)]) -> impl Iterator<Item = &str> + Clone {
    entries.iter().map(|(key, _)| key.text.as_str())
}

fn changes_nothing(value: &Node, shape: Shape) -> bool {
    let needs = shape.needs();
    !needs.is_empty()
        && !(shape == Shape::Row && nested_fields(value).is_some())
        && value
            .as_map()
            .is_some_and(|entries| !entries.iter().any(|(k, _)| needs.contains(&k.text.as_str())))
}

fn as_long_row(row: &Node) -> Node {
    let key = Key { text: "from".to_owned(), span: row.span };
    Node { span: row.span, data: Data::Map(vec![(key, row.clone())]) }
}

/// Removes the inherited form of a row that states another form, with the keys of that form.
fn drop_other_form(inherited: &mut Vec<(Key, Node)>, over: &[(Key, Node)]) {
    let stated = |form: &str| over.iter().any(|(key, _)| key.text == form);
    let Some(form) = FORMS.into_iter().find(|form| stated(form)) else { return };
    inherited.retain(|(key, _)| {
        let mut owners = FORM_PARTS.iter().filter(|(part, _)| *part == key.text).peekable();
        let fits = owners.peek().is_none() || owners.any(|(_, owner)| *owner == form);
        (!FORMS.contains(&key.text.as_str()) || key.text == form) && fits
    });
}

/// Reports the removals of a tree that inherits nothing.
pub(crate) fn nothing_to_remove(node: &Node, reports: &mut Reports) {
    for target in node.get("remove").map(items).unwrap_or_default() {
        let name = target.as_text().unwrap_or_default();
        override_nothing::report(reports, target.span, name, "is removed", std::iter::empty());
    }
}

fn inner_takes_edits(shape: Shape, key: &str) -> bool {
    matches!((shape, key), (Shape::Row, "from") | (Shape::Values, _))
}

fn edit(inherited: &Node, edits: &[(Key, Node)], reports: &mut Reports) -> Node {
    if let Data::Map(entries) = &inherited.data
        && entries.iter().any(|(key, _)| key.text == "from")
    {
        let edited = entries.iter().map(|(key, node)| match key.text.as_str() {
            "from" => (key.clone(), edit(node, edits, reports)),
            _ => (key.clone(), node.clone()),
        });
        return Node { span: inherited.span, data: Data::Map(edited.collect()) };
    }
    let mut list = items(inherited);
    for (key, value) in edits {
        match key.text.as_str() {
            "first" => list.splice(0..0, items(value)).for_each(drop),
            "last" => list.extend(items(value)),
            "without" | "instead" if !are_few(value, reports) => {}
            "without" => {
                for gone in items(value) {
                    match position(&list, &gone) {
                        Some(at) => drop(list.remove(at)),
                        None => missing_path(reports, &gone, &list),
                    }
                }
            }
            _ => {
                for (old, new) in value.as_map().unwrap_or_default() {
                    let old = Node { span: old.span, data: Data::Text(old.text.clone()) };
                    match position(&list, &old).and_then(|at| list.get_mut(at)) {
                        Some(slot) => *slot = new.clone(),
                        None => missing_path(reports, &old, &list),
                    }
                }
            }
        }
    }
    Node { span: inherited.span, data: Data::List(list) }
}

/// Returns whether an edit has few enough entries to search for each, and reports the limit otherwise.
fn are_few(edit: &Node, reports: &mut Reports) -> bool {
    let entries = match &edit.data {
        Data::List(items) => items.len(),
        Data::Map(entries) => entries.len(),
        _ => 1,
    };
    if entries > limits::EDITS {
        let message = format!("more than {} entries change inherited ones (limit `edits`)", limits::EDITS);
        invalid_value::report(reports, edit.span, message, "state the whole list or map instead");
    }
    entries <= limits::EDITS
}

/// Returns a map without the entries of a key.
pub(crate) fn without(node: &Node, key: &str) -> Node {
    match &node.data {
        Data::Map(entries) => Node {
            span: node.span,
            data: Data::Map(entries.iter().filter(|(k, _)| k.text != key).cloned().collect()),
        },
        _ => node.clone(),
    }
}

fn items(node: &Node) -> Vec<Node> {
    match &node.data {
        Data::List(items) => items.clone(),
        _ => vec![node.clone()],
    }
}

/// Returns the name of an alternative: its source, or the source of its row.
fn label(node: &Node) -> Option<&str> {
    node.as_text().or_else(|| node.get("from").and_then(Node::as_text))
}

fn position(list: &[Node], wanted: &Node) -> Option<usize> {
    let wanted = label(wanted)?;
    list.iter().position(|node| label(node) == Some(wanted))
}

fn missing_path(reports: &mut Reports, path: &Node, list: &[Node]) {
    let known: Vec<&str> = list.iter().filter_map(label).collect();
    override_nothing::report(
        reports,
        path.span,
        label(path).unwrap_or(""),
        "is edited",
        known.iter().copied(),
    );
}

/// Removes the entries that the `remove` list of `over` names.
fn remove(result: &mut Node, over: &Node, reports: &mut Reports) {
    let Some(gone) = over.get("remove").filter(|gone| are_few(gone, reports)) else { return };
    for target in items(gone) {
        let Some(path) = target.as_text() else { continue };
        if let Err(known) = remove_path(result, path) {
            override_nothing::report(
                reports,
                target.span,
                path,
                "is removed",
                known.iter().map(String::as_str),
            );
        }
    }
}

fn remove_path(node: &mut Node, path: &str) -> Result<(), Vec<String>> {
    let Data::Map(entries) = &mut node.data else { return Err(Vec::new()) };
    // names may contain dots, so the longest matching name is used
    let found = entries.iter().position(|(key, _)| key.text == path);
    if let Some(at) = found {
        entries.remove(at);
        return Ok(());
    }
    let inner = entries.iter_mut().find_map(|(key, node)| {
        let rest = path.strip_prefix(key.text.as_str())?.strip_prefix('.')?;
        Some((key.text.clone(), rest.to_owned(), node))
    });
    match inner {
        Some((key, rest, node)) => remove_path(node, &rest)
            .map_err(|known| known.into_iter().map(|name| format!("{key}.{name}")).collect()),
        None => Err(entries.iter().map(|(key, _)| key.text.clone()).collect()),
    }
}
