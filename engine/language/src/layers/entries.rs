//! The entries of lists, which edits find by their names or codes.

use super::shape::Entry;
use crate::limits;
use crate::yaml::{Data, Node};
use mapwright_findings::Reports;
use mapwright_findings::rules::invalid_value;

/// Returns the items of a list; any other value is a list of one.
pub(crate) fn items(node: &Node) -> &[Node] {
    match &node.data {
        Data::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// Returns whether an edit has few enough entries to search for each, and reports the limit otherwise.
pub(super) fn are_few(edit: &Node, reports: &mut Reports) -> bool {
    let entries = edit.as_map().map_or_else(|| items(edit).len(), <[_]>::len);
    if entries > limits::EDITS {
        let message = format!("more than {} entries change inherited ones (limit `edits`)", limits::EDITS);
        invalid_value::report(reports, edit.span, message, "state the whole list or map instead");
    }
    entries <= limits::EDITS
}

/// Returns the name of an entry: its text, the text of the key that names it, or the name of a conversion.
pub(super) fn label(node: &Node, entry: Entry) -> Option<&str> {
    match &node.data {
        Data::Text(text) => Some(text),
        Data::Number(_, written) => Some(written),
        // as in `keep: [null]`
        Data::Null => Some("null"),
        Data::Map(entries) => match (entry, entries.as_slice()) {
            (Entry::Conversion, [(name, _)]) => Some(&name.text),
            _ => entry.names().iter().find_map(|key| label(node.get(key)?, Entry::Name)),
        },
        _ => None,
    }
}

/// Returns the position of the first entry with a name.
pub(super) fn position(list: &[Node], wanted: &str, entry: Entry) -> Option<usize> {
    list.iter().position(|node| label(node, entry) == Some(wanted))
}
