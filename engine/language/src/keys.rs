//! Keys that reading rows and laying files over each other both have to know.

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
