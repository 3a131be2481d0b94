//! Several values as one text.

use std::borrow::Cow;

use mapwright_convert::Val;

/// The texts of values, one after the other.
pub(crate) struct JoinedText<'a, 'w> {
    text: Option<Cow<'a, str>>,
    /// The text between them.
    with: &'w str,
}

impl<'a, 'w> JoinedText<'a, 'w> {
    pub(crate) fn new(with: &'w str) -> Self {
        Self { text: None, with }
    }

    /// Adds the text of a value, or of each item of a list.
    pub(crate) fn add(&mut self, value: Val<'a>) {
        for text in value.into_list().iter().filter_map(Val::to_text) {
            match &mut self.text {
                None => self.text = Some(text),
                Some(joined) => {
                    let joined = joined.to_mut();
                    joined.push_str(self.with);
                    joined.push_str(&text);
                }
            }
        }
    }

    /// The text, if there is any.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        self.text
    }
}
