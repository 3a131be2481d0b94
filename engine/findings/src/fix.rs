//! Fixes: how a finding is mended by replacing bytes of a file.

use crate::source::{Place, Span, Texts};

/// Edits that mend a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix<P = Place> {
    /// What they do, as in `replace it by `email``.
    pub title: String,
    /// The edits, which do not overlap.
    pub edits: Vec<Edit<P>>,
    /// Whether the result is certain to be what was meant.
    pub safe: bool,
}

/// Text in place of other text.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit<P = Place> {
    /// What is replaced.
    pub place: P,
    /// What takes its place. Empty text removes it.
    pub text: String,
}

impl<P> Fix<P> {
    /// One replacement that is certain to be what was meant.
    pub fn safe(place: P, text: impl Into<String>) -> Self {
        Self { safe: true, ..Self::guess(place, text) }
    }

    /// One replacement that is probably what was meant.
    pub fn guess(place: P, text: impl Into<String>) -> Self {
        let text = text.into();
        let title = format!("replace it by `{text}`");
        Self { title, edits: vec![Edit { place, text }], safe: false }
    }

    /// Says what the edits do.
    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }
}

impl Fix<Span> {
    /// The same with places for people.
    pub(crate) fn at(self, texts: &Texts) -> Fix {
        let edits = self.edits.into_iter();
        let edits = edits.map(|edit| Edit { place: texts.place(edit.place), text: edit.text });
        Fix { title: self.title, edits: edits.collect(), safe: self.safe }
    }
}
