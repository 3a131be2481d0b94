//! Values as JSON text.

use std::borrow::Cow;

use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::kind::{Kind, Number};
use crate::lex::{Lexed, Lexer, space};
use crate::limits::Limits;
use crate::notes::{NotedList, NotedMember, Notes, WRITTEN};
use crate::read::{Pair, Pairs};
use crate::string::unquoted;

/// The text of exactly one valid JSON value, without whitespace around it.
///
/// ```
/// use mapwright_json::{Json, Text, write_str};
///
/// let mut out = Vec::new();
/// write_str(&mut out, "Ada");
/// let name = String::from_utf8(out)?;
/// // what this crate has written need not be read again before it is copied
/// let written = Text::written(&name);
/// assert_eq!(written.as_text(), r#""Ada""#);
/// // what others have written is compacted
/// let mut out = Vec::new();
/// Json::Text(Text::trusted("[1, 2]")).write(&mut out);
/// assert_eq!(out, b"[1,2]");
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Text<'d> {
    text: &'d str,
    /// The records of a scan about the document that contains the text.
    notes: Option<&'d Notes>,
}

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Text").field(&self.text).finish()
    }
}

impl<'d> Text<'d> {
    /// The value `null`.
    pub(crate) const NULL: Text<'static> = Text { text: "null", notes: None };

    /// Checks that `text` is one JSON value, and removes the whitespace around it.
    ///
    /// # Errors
    /// Returns an error if it is not, or if it exceeds the highest [`Limits`].
    ///
    /// ```
    /// use mapwright_json::{Json, Text};
    /// let value = Json::Text(Text::parse(r#" {"plan": "pro"} "#)?);
    /// assert_eq!(value.get("plan").unwrap().as_str().unwrap(), "pro");
    /// # Ok::<(), mapwright_json::SyntaxError>(())
    /// ```
    pub fn parse(text: &'d str) -> Result<Self, SyntaxError> {
        let (bytes, limit) = (text.len(), Limits::MAX_BYTES);
        if bytes > limit {
            return Err(SyntaxError::new(SyntaxErrorKind::TooLarge { bytes, limit }, limit));
        }
        let lexer = Lexer::of(text.as_bytes());
        let check = || -> Lexed<Self> {
            let start = lexer.space(0);
            let end = lexer.value(start, lexer.depth())?;
            lexer.end(end)?;
            Ok(text.get(start..end).map_or(Text::NULL, Text::trusted))
        };
        check().map_err(|error| *error)
    }

    /// Wraps text that is known to be one valid JSON value without whitespace around it, such as the output of this
    /// crate. For any other text, the methods return meaningless values, but do not panic.
    #[inline]
    pub fn trusted(text: &'d str) -> Self {
        Text { text, notes: None }
    }

    /// Wraps text that [`Json::write`](crate::Json::write) or [`write_str`](crate::write_str) has written. It has no
    /// whitespace and no duplicate keys, so it can be copied when it is written again.
    #[inline]
    pub fn written(text: &'d str) -> Self {
        Text { text, notes: Some(&WRITTEN) }
    }

    /// Returns whether the text is in the form that this crate writes.
    #[inline]
    pub(crate) fn is_written(self) -> bool {
        self.notes.is_some_and(Notes::is_written)
    }

    /// Wraps a value inside this one.
    #[inline]
    pub(crate) fn part(self, text: &'d str) -> Self {
        if self.is_written() { Text::written(text) } else { Text::trusted(text) }
    }

    /// Wraps a part of a document that was scanned.
    #[inline(always)]
    pub(crate) fn noted(text: &'d str, notes: &'d Notes) -> Self {
        Text { text, notes: Some(notes) }
    }

    /// Returns the members or items of this value, if a scan has recorded them.
    #[inline]
    pub(crate) fn list(self) -> Option<NotedList<'d>> {
        self.notes?.list(self.text)
    }

    /// Returns the text.
    #[inline]
    pub fn as_text(self) -> &'d str {
        self.text
    }

    /// Returns the type of the value.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => Kind::Null,
        }
    }

    /// Returns the unquoted and unescaped string, if this is a string. Borrowed unless it has escapes.
    #[inline]
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        unquoted(self.text)
    }

    pub(crate) fn as_number(self) -> Option<Number> {
        if self.kind() != Kind::Number {
            return None;
        }
        match short_integer(self.text.as_bytes()) {
            Some(int) => Some(Number::Int(int)),
            // the same result, to the last bit, as for a document that `serde_json` has parsed
            None => serde_json::from_str::<serde_json::Number>(self.text).ok().as_ref().map(Number::from),
        }
    }

    /// Returns whether this is neither `null` nor the string `""`.
    #[inline]
    pub(crate) fn is_something(self) -> bool {
        !matches!(self.text.as_bytes(), b"null" | b"\"\"")
    }

    /// How many bytes the string has at most, if this is one: escapes are counted as they are written.
    #[inline]
    pub(crate) fn str_bytes(self) -> Option<usize> {
        (self.kind() == Kind::String).then(|| self.text.len().saturating_sub(2))
    }

    /// Returns whether this is an empty array or object.
    pub(crate) fn is_empty(self) -> bool {
        matches!(self.text.as_bytes(), [b'[' | b'{', inside @ .., _] if space(inside, 0) == inside.len())
    }

    /// Returns the last member of an object with this key.
    pub(crate) fn get(self, key: &str) -> Option<Text<'d>> {
        if let Some(list) = self.list() {
            return list.get(key).map(|(text, notes)| Text::noted(text, notes));
        }
        let same = |pair: &Pair<'_>| pair.is(self.text, key);
        let mut pairs = Pairs::new(self.text).filter(same);
        // a document that this crate has written names each key once
        let pair = if self.is_written() { pairs.next() } else { pairs.last() };
        pair.map(|pair| self.part(pair.value))
    }
}

impl<'d> NotedMember<'d> {
    /// The value.
    #[inline(always)]
    pub(crate) fn value(&self) -> Option<Text<'d>> {
        let (text, notes) = self.noted_value()?;
        Some(Text::noted(text, notes))
    }
}

/// Returns the value of an integer that certainly fits. `None` for others, and for `-0`, which is a float.
fn short_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 18 {
        return None;
    }
    let value = digits.iter().try_fold(0, |value, digit| {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        (digit < 10).then_some(value * 10 + digit)
    })?;
    match (negative, value) {
        (true, 0) => None,
        (true, value) => Some(-value),
        (false, value) => Some(value),
    }
}
