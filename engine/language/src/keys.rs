//! Keys that reading rows and laying files over each other both have to know.

use crate::yaml::{Key, Node};

/// The keys of which a row has exactly one.
pub(crate) const FORMS: [&str; 11] =
    ["from", "value", "template", "join", "concat", "merge", "rest_of", "object", "list", "each", "switch"];

/// The keys that belong to forms: each with a form that can have it.
pub(crate) const FORM_PARTS: [(&str, &str); 8] = [
    ("key", "from"),
    ("key", "each"),
    ("with", "join"),
    ("omit", "rest_of"),
    ("where", "each"),
    ("to", "each"),
    ("cases", "switch"),
    ("else", "switch"),
];

/// The key that names the item of `each`. Beside any other form it is the name of a field.
pub(crate) const ITEM_NAME: &str = "name";

/// The keys that any row may have beside those of its form.
pub(crate) const MODIFIERS: [&str; 9] =
    ["as", "when", "unless", "default", "keep", "on_missing", "on_error", "error", "description"];

/// The keys whose values are conditions.
pub const CONDITIONS: [&str; 6] = ["when", "unless", "where", "among", "that", "renew"];

/// Returns every key of a row.
pub fn row_keys() -> impl Iterator<Item = &'static str> {
    let parts = FORM_PARTS.into_iter().map(|(part, _)| part);
    FORMS.into_iter().chain(parts).chain([ITEM_NAME]).chain(MODIFIERS)
}

/// Returns whether a key is a word of the language in a row.
pub(crate) fn is_row_word(key: &str) -> bool {
    FORMS.contains(&key) || MODIFIERS.contains(&key) || FORM_PARTS.iter().any(|(part, _)| *part == key)
}

/// Returns the entries of a map that is an object of rows: it has none of the keys of a row.
pub fn nested_fields(node: &Node) -> Option<&[(Key, Node)]> {
    let entries = node.as_map()?;
    let has_row_word = entries.iter().any(|(key, _)| is_row_word(&key.text));
    (!entries.is_empty() && !has_row_word).then_some(entries)
}

/// The words that edit an inherited list.
pub(crate) const EDITS: [&str; 4] = ["first", "last", "without", "instead"];

/// Returns the entries of a map that edits an inherited list.
pub(crate) fn edits_of(node: &Node) -> Option<&[(Key, Node)]> {
    let entries = node.as_map()?;
    let is_edit = |(key, _): &(Key, Node)| EDITS.contains(&key.text.as_str());
    (!entries.is_empty() && entries.iter().all(is_edit)).then_some(entries)
}
