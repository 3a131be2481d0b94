//! Keys that reading rows and laying files over each other both have to know.

use crate::yaml::{Key, Node};

/// The keys of which a row has exactly one.
pub(crate) const FORMS: [&str; 11] =
    ["from", "value", "template", "join", "concat", "merge", "rest_of", "object", "list", "each", "switch"];

/// The keys that belong to one form.
pub(crate) const FORM_PARTS: [(&str, &str); 7] = [
    ("key", "from"),
    ("with", "join"),
    ("omit", "rest_of"),
    ("where", "each"),
    ("to", "each"),
    ("cases", "switch"),
    ("else", "switch"),
];

const EDITS: [&str; 4] = ["first", "last", "without", "instead"];

/// Returns the entries of a map that edits an inherited list.
pub(crate) fn edits_of(node: &Node) -> Option<&[(Key, Node)]> {
    let entries = node.as_map()?;
    let is_edit = |(key, _): &(Key, Node)| EDITS.contains(&key.text.as_str());
    (!entries.is_empty() && entries.iter().all(is_edit)).then_some(entries)
}
