//! Keeps secrets out of what people read.

mod escape;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use crate::redact::escape::{Escape, Unescaped, is_base64};
use mapwright_convert::RESERVED;

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";

/// Secrets of fewer characters are parts of ordinary words and numbers: they count only where they stand alone.
const SHORT: usize = 4;

/// How many escapes within each other are taken back.
const LAYERS: usize = 2;

/// Stands around the name of a secret in a sealed text, and twice for itself. JSON and headers never hold it as it is.
const SEAL: u8 = 0x1A;

/// Replaces secrets in texts by [`REDACTED`]. `Send + Sync`, cheap to clone.
///
/// A secret is found wherever it stands, without spaces around it: as it is, percent-encoded, as a form or a JSON text or an HTML page
/// escapes it, also two of these within each other, and in the base64 of anything that contains it. One of fewer than four characters
/// is found only where no letter or digit goes on before or behind it. The time is linear in the length of the text.
///
/// [`Mapper::redactor`](crate::Mapper::redactor) has the secrets of its settings. `docs/secrets.md` says where which texts go through one.
///
/// ```
/// use mapwright::Redactor;
///
/// let redactor = Redactor::new(["s3cret/key"]);
/// assert_eq!(redactor.redact("the key s3cret/key is unknown"), "the key [redacted] is unknown");
/// assert_eq!(redactor.redact("GET /?key=s3cret%2fkey"), "GET /?key=[redacted]");
/// assert_eq!(redactor.redact(r#"{"key": "s3cret\/key"}"#), r#"{"key": "[redacted]"}"#);
/// // the base64 of `ada:s3cret/key`
/// assert_eq!(redactor.redact("Basic YWRhOnMzY3JldC9rZXk="), "Basic YWRhO[redacted]");
/// assert!(matches!(redactor.redact("nothing to hide"), std::borrow::Cow::Borrowed(_)));
/// ```
#[derive(Clone, Default)]
pub struct Redactor {
    /// Nothing without a secret.
    search: Option<Arc<Search>>,
}

/// Shows no secret.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets = self.search.as_ref().map_or(0, |search| search.secrets.len());
        f.debug_struct("Redactor").field("secrets", &secrets).finish_non_exhaustive()
    }
}

/// A secret, and what it is called.
struct Secret {
    name: String,
    text: String,
}

struct Search {
    secrets: Vec<Secret>,
    patterns: Vec<Pattern>,
    /// Finds all patterns at once; nothing if there are more than it can hold, and then every text counts as secret.
    automaton: Option<AhoCorasick>,
    escapes: Vec<Escape>,
}

/// What is searched for, in the order of the automaton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pattern {
    /// The secret of this index.
    Secret(usize),
    /// The same, where it stands alone.
    Short(usize),
    /// The digits of base64 that a secret determines, and whether the one before and the one behind hold bits of it as well.
    Base64 { before: bool, behind: bool },
}

/// A place where a secret stands.
#[derive(Debug)]
struct Found {
    start: usize,
    end: usize,
    /// The secret that stands there as it is.
    plain: Option<usize>,
}

impl Redactor {
    /// A redactor of these secrets, each of which is one without the spaces around it. Empty ones do not count.
    pub fn new<S: Into<String>>(secrets: impl IntoIterator<Item = S>) -> Self {
        Self::named(secrets.into_iter().enumerate().map(|(at, secret)| (at.to_string(), secret.into())))
    }

    /// A redactor of secrets with names, by which [`Redactor::unseal`] finds them again. Of one secret, the first name counts.
    pub fn named(secrets: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut known = HashSet::new();
        let trimmed = secrets.into_iter().map(|(name, text)| (name, text.trim().to_owned()));
        let secrets: Vec<Secret> = trimmed
            .filter(|(_, text)| !text.is_empty() && known.insert(text.clone()))
            .map(|(name, text)| Secret { name, text })
            .collect();
        let search = (!secrets.is_empty()).then(|| Arc::new(Search::new(secrets)));
        Self { search }
    }

    /// The text without secrets.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(redacted) => Cow::Owned(String::from_utf8(redacted).unwrap_or_else(|error| {
                // cannot be: what is replaced starts and ends between characters
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            })),
        }
    }

    /// The same for what need not be text, as a body.
    pub fn redact_bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut redacted = Vec::with_capacity(text.len());
        let mut at = 0;
        for Range { start, end } in merged(&found) {
            redacted.extend_from_slice(text.get(at..start).unwrap_or_default());
            redacted.extend_from_slice(REDACTED.as_bytes());
            at = end;
        }
        redacted.extend_from_slice(text.get(at..).unwrap_or_default());
        Cow::Owned(redacted)
    }

    /// Takes the secrets out of a text in its place.
    pub fn redact_in(&self, text: &mut String) {
        if let Cow::Owned(redacted) = self.redact(text) {
            *text = redacted;
        }
    }

    /// The value without secrets in its texts, names and numbers.
    ///
    /// ```
    /// # use mapwright::Redactor;
    /// # use serde_json::json;
    /// let redactor = Redactor::new(["4711", "s3cret"]);
    /// let shown = redactor.redact_json(&json!({ "id": 4711, "s3cret": ["is s3cret", 1, null] }));
    /// assert_eq!(shown, json!({ "id": "[redacted]", "[redacted]": ["is [redacted]", 1, null] }));
    /// ```
    pub fn redact_json(&self, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) if self.contains_secret(&number.to_string()) => Value::from(REDACTED),
            Value::Number(_) => value.clone(),
            Value::String(text) => Value::from(self.redact(text)),
            Value::Array(items) => items.iter().map(|item| self.redact_json(item)).collect(),
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| (self.redact(name).into_owned(), self.redact_json(value)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// Whether a secret stands in the text.
    pub fn contains_secret(&self, text: &str) -> bool {
        !self.find(text.as_bytes()).is_empty()
    }

    /// The text with each secret replaced by its name, so that [`Redactor::unseal`] can put it back. Nothing if a secret stands there in
    /// another form than its own, which could not be put back as it was.
    ///
    /// ```
    /// # use mapwright::Redactor;
    /// let redactor = Redactor::new(["s3cret"]);
    /// let sealed = redactor.seal(b"your key is s3cret").unwrap();
    /// assert_eq!(*sealed, *b"your key is \x1a0\x1a");
    /// assert_eq!(*redactor.unseal(&sealed).unwrap(), *b"your key is s3cret");
    /// assert_eq!(redactor.seal(b"your key is %733cret"), None);
    /// ```
    pub fn seal<'t>(&self, text: &'t [u8]) -> Option<Cow<'t, [u8]>> {
        let found = self.find(text);
        if found.is_empty() && !text.contains(&SEAL) {
            return Some(Cow::Borrowed(text));
        }
        let mut sealed = Vec::with_capacity(text.len());
        let mut at = 0;
        for Found { start, end, plain } in found {
            if end <= at {
                // a part of a secret that has its name already
                continue;
            }
            let secret = self.search.as_ref()?.secrets.get(plain?)?;
            // nothing if it begins within another secret
            copy_open(text.get(at..start)?, &mut sealed);
            sealed.push(SEAL);
            sealed.extend_from_slice(secret.name.as_bytes());
            sealed.push(SEAL);
            at = end;
        }
        copy_open(text.get(at..)?, &mut sealed);
        Some(Cow::Owned(sealed))
    }

    /// What was sealed by a redactor of secrets of the same names, with the secrets of this one. Nothing if it does not know one.
    pub fn unseal<'t>(&self, sealed: &'t [u8]) -> Option<Cow<'t, [u8]>> {
        if !sealed.contains(&SEAL) {
            return Some(Cow::Borrowed(sealed));
        }
        let secrets = self.search.iter().flat_map(|search| &search.secrets);
        let known: HashMap<&[u8], &str> =
            secrets.map(|secret| (secret.name.as_bytes(), secret.text.as_str())).collect();
        let mut text = Vec::with_capacity(sealed.len());
        // text and names take turns, and text comes last
        let mut parts = sealed.split(|byte| *byte == SEAL);
        text.extend_from_slice(parts.next()?);
        while let Some(name) = parts.next() {
            match name {
                [] => text.push(SEAL),
                name => text.extend_from_slice(known.get(name)?.as_bytes()),
            }
            text.extend_from_slice(parts.next()?);
        }
        Some(Cow::Owned(text))
    }

    fn find(&self, text: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        if let Some(search) = &self.search {
            search.find(text, &mut found);
            // the longest first, and of two in the same place the one that is plain
            found.sort_unstable_by_key(|found| (found.start, Reverse(found.end), found.plain.is_none()));
        }
        found
    }
}

/// Copies what is no secret into a sealed text.
fn copy_open(text: &[u8], sealed: &mut Vec<u8>) {
    for byte in text {
        sealed.extend(std::iter::repeat_n(*byte, if *byte == SEAL { 2 } else { 1 }));
    }
}

/// Places that overlap as one.
fn merged(found: &[Found]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for Found { start, end, .. } in found {
        match all.last_mut() {
            Some(last) if *start < last.end => last.end = last.end.max(*end),
            _ => all.push(*start..*end),
        }
    }
    all
}

impl Search {
    fn new(secrets: Vec<Secret>) -> Self {
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let mut patterns = Vec::new();
        for (at, Secret { text, .. }) in secrets.iter().enumerate() {
            texts.push(text.clone().into_bytes());
            if is_short(text) {
                patterns.push(Pattern::Short(at));
                continue;
            }
            patterns.push(Pattern::Secret(at));
            let forms: HashSet<String> = [text.clone(), in_json(text), in_url(text)].into();
            for (digits, pattern) in forms.iter().flat_map(|form| in_base64(form.as_bytes())) {
                texts.push(digits.into_bytes());
                patterns.push(pattern);
            }
        }
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(texts).ok();
        let spaces = secrets.iter().any(|secret| secret.text.contains(' '));
        let short = secrets.iter().any(|secret| is_short(&secret.text));
        let mut escapes = vec![Escape::Percent, Escape::Json, Escape::Html];
        escapes.extend(spaces.then_some(Escape::Form));
        // too short for a part of base64 to tell them
        escapes.extend(short.then_some(Escape::Base64));
        Self { secrets, patterns, automaton, escapes }
    }

    fn find(&self, text: &[u8], found: &mut Vec<Found>) {
        match &self.automaton {
            Some(automaton) => self.find_in(automaton, text, None, LAYERS, found),
            None if text.is_empty() => {}
            None => found.push(Found { start: 0, end: text.len(), plain: None }),
        }
    }

    /// Finds secrets in a text, and in what it is without its escapes. `origins`: where its bytes were read, if that is another text.
    fn find_in(
        &self,
        automaton: &AhoCorasick,
        text: &[u8],
        origins: Option<&[Range<usize>]>,
        layers: usize,
        found: &mut Vec<Found>,
    ) {
        let origin = |range: &Range<usize>| match origins {
            None => Some(range.clone()),
            Some(origins) => {
                Some(origins.get(range.start)?.start..origins.get(range.end.checked_sub(1)?)?.end)
            }
        };
        for hit in automaton.find_overlapping_iter(text) {
            let place = self
                .patterns
                .get(hit.pattern().as_usize())
                .and_then(|pattern| Some((pattern, pattern.place(text, hit.range())?)))
                .and_then(|(pattern, range)| Some((pattern, origin(&range)?)));
            let Some((pattern, Range { start, end })) = place else { continue };
            let plain = match pattern {
                Pattern::Secret(secret) | Pattern::Short(secret) if origins.is_none() => Some(*secret),
                _ => None,
            };
            found.push(Found { start, end, plain });
        }
        let Some(layers) = layers.checked_sub(1) else { return };
        for escape in &self.escapes {
            let Some(Unescaped { text, origins }) = escape.undo(text) else { continue };
            let origins: Vec<Range<usize>> = origins.iter().filter_map(origin).collect();
            self.find_in(automaton, &text, Some(&origins), layers, found);
        }
    }
}

impl Pattern {
    /// What is replaced where the pattern stands, if it counts there.
    fn place(self, text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
        let (before, behind) = (text.get(..range.start)?, text.get(range.end..)?);
        match self {
            Pattern::Secret(_) => Some(range),
            Pattern::Short(_) => {
                let goes_on = last(before).is_some_and(char::is_alphanumeric)
                    || first(behind).is_some_and(char::is_alphanumeric);
                (!goes_on).then_some(range)
            }
            Pattern::Base64 { before: more_before, behind: more_behind } => {
                let digit = |byte: Option<&u8>| usize::from(byte.is_some_and(|byte| is_base64(*byte)));
                let start = range.start - usize::from(more_before) * digit(before.last());
                let behind = behind.get(usize::from(more_behind) * digit(behind.first())..)?;
                let padding = behind.iter().take(2).take_while(|byte| **byte == b'=').count();
                Some(start..text.len() - behind.len() + padding)
            }
        }
    }
}

/// The character that a text ends with, as far as it is one.
fn last(text: &[u8]) -> Option<char> {
    let ends = (1..=4).filter_map(|length| text.get(text.len().checked_sub(length)?..));
    ends.filter_map(|end| std::str::from_utf8(end).ok()).find_map(|end| end.chars().next())
}

/// The character that a text starts with, as far as it is one.
fn first(text: &[u8]) -> Option<char> {
    let starts = (1..=4).filter_map(|length| text.get(..length));
    starts.filter_map(|start| std::str::from_utf8(start).ok()).find_map(|start| start.chars().next())
}

fn is_short(secret: &str) -> bool {
    secret.chars().count() < SHORT
}

fn in_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&quoted).to_owned()
}

fn in_url(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The digits that these bytes have in any base64 of something that contains them: one after a multiple of three other bytes, one
/// after one more, and one after two more; in both alphabets.
fn in_base64(bytes: &[u8]) -> Vec<(String, Pattern)> {
    let mut all = Vec::new();
    for shift in 0..3 {
        let shifted: Vec<u8> = std::iter::repeat_n(0, shift).chain(bytes.iter().copied()).collect();
        // a digit has six bits
        let (first, last) = ((8 * shift).div_ceil(6), 8 * shifted.len() / 6);
        let pattern = Pattern::Base64 { before: (8 * shift) % 6 != 0, behind: (8 * shifted.len()) % 6 != 0 };
        let all_digits = [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)];
        let digits = all_digits.iter().filter_map(|digits| digits.get(first..last)).map(str::to_owned);
        all.extend(digits.map(|digits| (digits, pattern)));
        all.dedup();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Too many secrets for the search hide everything.
    #[test]
    fn without_a_search_everything_is_secret() {
        let search =
            Search { secrets: Vec::new(), patterns: Vec::new(), automaton: None, escapes: Vec::new() };
        let redactor = Redactor { search: Some(Arc::new(search)) };
        assert_eq!(redactor.redact("text"), REDACTED);
        assert_eq!(redactor.redact(""), "");
        assert_eq!(redactor.seal(b"text"), None);
    }
}
