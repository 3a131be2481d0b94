//! Secrets searched for in text that is full of escapes, of places that may be one, or of the secrets.

use std::sync::Arc;

use mapwright::Redactor;

use crate::measure::{Case, Work};

/// A name, and the text of every size.
type Texts = (&'static str, fn(usize) -> String);

/// Texts that grow.
const TEXTS: &[Texts] = &[
    ("words", |n| "Ab 1, ".repeat(n)),
    ("base64", |n| "QWIgMSwg".repeat(n)),
    ("short runs of base64", |n| "a/..".repeat(n)),
    ("the other base64", |n| "a-_..".repeat(n)),
    ("percent escapes", |n| "%2F".repeat(n)),
    ("form escapes", |n| "+%2F".repeat(n)),
    ("JSON escapes", |n| "\\n\\u00e9".repeat(n)),
    ("HTML escapes", |n| "&amp;&#47;".repeat(n)),
    ("escapes in escapes", |n| "%25%32%46%5Cn".repeat(n)),
    ("escapes that end early", |n| "%\\u&#".repeat(n)),
    ("secrets", |n| "key s3cret/key ".repeat(n)),
    ("escaped secrets", |n| "s3cret%2Fkey ".repeat(n)),
    ("secrets in two escapes", |n| "s3cret%5C%2Fkey ".repeat(n)),
    ("beginnings of secrets", |n| "s3cre ke ".repeat(n)),
];

pub fn cases() -> Vec<Case> {
    // a short one, one with a space, and one with a character to escape
    let redactor = Arc::new(Redactor::new(["key", "a key", "s3cret/key"]));
    let case = |(name, text): &Texts| {
        let (redactor, text) = (redactor.clone(), *text);
        Case::new(format!("redaction of {name}"), move |n| {
            let (redactor, text) = (redactor.clone(), text(n));
            Work { bytes: text.len(), run: Box::new(move || drop(redactor.redact(&text))) }
        })
    };
    TEXTS.iter().map(case).collect()
}
