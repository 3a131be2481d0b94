//! Redacts secrets in text that people read.

mod escape;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Match, packed};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use crate::redact::escape::{Escape, is_base64};
use mapwright_convert::RESERVED;

/// The text that replaces a secret.
pub const REDACTED: &str = "[redacted]";

/// Shorter secrets occur in ordinary words and numbers, so they match only as a whole word. In characters.
const SHORT: usize = 4;

/// The number of nested escapes that are undone, such as JSON in a URL.
const LAYERS: usize = 2;

/// Encloses the name of a secret in sealed text; doubled, it stands for itself. JSON and headers never contain it unescaped.
const SEAL: u8 = 0x1A;

/// Replaces secrets in text with [`REDACTED`]. `Send + Sync`, and cheap to clone.
///
/// A secret is found as it is, without its surrounding whitespace; percent-encoded; escaped as in a form, JSON or HTML; in two nested
/// escapes; and in the base64 of anything that contains it. A secret of fewer than four characters is found only where no letter or
/// digit precedes or follows it. The cost is linear in the length of the text.
///
/// `Mapper::redactor` returns the redactor of a mapper's settings. `docs/secrets.md` lists which output is redacted.
///
/// ```
/// use mapwright_plan::redact::Redactor;
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
    /// `None` if there are no secrets.
    search: Option<Arc<Search>>,
}

/// Prints the number of secrets.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets = self.search.as_ref().map_or(0, |search| search.secrets.len());
        f.debug_struct("Redactor").field("secrets", &secrets).finish_non_exhaustive()
    }
}

/// A secret and its name.
struct Secret {
    name: String,
    text: String,
}

struct Search {
    secrets: Vec<Secret>,
    patterns: Vec<Pattern>,
    /// Finds all patterns in one pass; `None` if they exceed its capacity, and then every text is redacted.
    automaton: Option<AhoCorasick>,
    /// Finds out with vector instructions whether there is any; `None` where the machine or the patterns do not allow it.
    probe: Option<packed::Searcher>,
    escapes: Vec<Escape>,
}

/// One pattern of the automaton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pattern {
    /// The secret with this index.
    Secret(usize),
    /// The same, matched as a whole word.
    Short(usize),
    /// The base64 digits that a secret determines, and whether the digit before and the digit after also encode bits of it.
    Base64 { before: bool, after: bool },
}

/// An occurrence of a secret.
#[derive(Debug)]
struct Occurrence {
    range: Range<usize>,
    /// The index of the secret, if it occurs without any escape.
    plain: Option<usize>,
}

impl Redactor {
    /// Creates a redactor of these secrets. Surrounding whitespace and empty secrets are ignored.
    pub fn new<S: Into<String>>(secrets: impl IntoIterator<Item = S>) -> Self {
        Self::named(secrets.into_iter().enumerate().map(|(at, secret)| (at.to_string(), secret.into())))
    }

    /// Creates a redactor of named secrets. [`Redactor::unseal`] looks secrets up by these names. A duplicate secret keeps its first name.
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

    /// Returns the text with its secrets redacted; borrowed if it contains none.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(redacted) => Cow::Owned(String::from_utf8(redacted).unwrap_or_else(|error| {
                // unreachable: matches start and end at character boundaries
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            })),
        }
    }

    /// Redacts as [`Redactor::redact`] does, in bytes that need not be UTF-8, such as a body.
    ///
    /// ```
    /// # use mapwright_plan::redact::Redactor;
    /// let redactor = Redactor::named([("apiKey".to_owned(), "s3cret".to_owned())]);
    /// assert!(redactor.contains_secret("the key s3cret is unknown"));
    /// assert_eq!(*redactor.redact_bytes(b"\xffs3cret"), *b"\xff[redacted]");
    /// let mut text = "the key s3cret is unknown".to_owned();
    /// redactor.redact_in(&mut text);
    /// assert_eq!(text, "the key [redacted] is unknown");
    /// ```
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

    /// Redacts a string in place.
    pub fn redact_in(&self, text: &mut String) {
        if let Cow::Owned(redacted) = self.redact(text) {
            *text = redacted;
        }
    }

    /// Returns the value with the secrets in its strings, keys and numbers redacted.
    ///
    /// ```
    /// # use mapwright_plan::redact::Redactor;
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

    /// Returns true if the text contains a secret.
    pub fn contains_secret(&self, text: &str) -> bool {
        !self.find(text.as_bytes()).is_empty()
    }

    /// Replaces each secret with its name, so that [`Redactor::unseal`] can restore the text. Returns `None` if the text contains an
    /// escaped or encoded secret, which could not be restored exactly.
    ///
    /// ```
    /// # use mapwright_plan::redact::Redactor;
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
        for Occurrence { range: Range { start, end }, plain } in found {
            if end <= at {
                // part of a longer secret that is already replaced
                continue;
            }
            let secret = self.search.as_ref()?.secrets.get(plain?)?;
            // `None` if it overlaps the secret before it
            copy_open(text.get(at..start)?, &mut sealed);
            sealed.push(SEAL);
            sealed.extend_from_slice(secret.name.as_bytes());
            sealed.push(SEAL);
            at = end;
        }
        copy_open(text.get(at..)?, &mut sealed);
        Some(Cow::Owned(sealed))
    }

    /// Restores sealed text, with the secrets that this redactor has under the sealed names. Returns `None` if it has no secret of a name.
    pub fn unseal<'t>(&self, sealed: &'t [u8]) -> Option<Cow<'t, [u8]>> {
        if !sealed.contains(&SEAL) {
            return Some(Cow::Borrowed(sealed));
        }
        let secrets = self.search.iter().flat_map(|search| &search.secrets);
        let known: HashMap<&[u8], &str> =
            secrets.map(|secret| (secret.name.as_bytes(), secret.text.as_str())).collect();
        let mut text = Vec::with_capacity(sealed.len());
        // text and names alternate, and text is last
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

    fn find(&self, text: &[u8]) -> Vec<Occurrence> {
        let mut found = self.search.as_ref().map(|search| search.find(text)).unwrap_or_default();
        // the longest first; of equal ranges, the one without escapes
        found.sort_unstable_by_key(|found| {
            (found.range.start, Reverse(found.range.end), found.plain.is_none())
        });
        found
    }
}

/// Copies text without secrets into sealed text.
fn copy_open(text: &[u8], sealed: &mut Vec<u8>) {
    for byte in text {
        sealed.extend(std::iter::repeat_n(*byte, if *byte == SEAL { 2 } else { 1 }));
    }
}

/// Returns the ranges with overlapping ones merged.
fn merged(found: &[Occurrence]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for Occurrence { range, .. } in found {
        match all.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => all.push(range.clone()),
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
        let probe = packed::Searcher::new(&texts);
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(texts).ok();
        let spaces = secrets.iter().any(|secret| secret.text.contains(' '));
        let short = secrets.iter().any(|secret| is_short(&secret.text));
        let mut escapes = vec![Escape::Percent, Escape::Json, Escape::Html];
        escapes.extend(spaces.then_some(Escape::Form));
        // a short secret does not determine enough base64 digits to search for
        escapes.extend(short.then_some(Escape::Base64));
        Self { secrets, patterns, automaton, probe, escapes }
    }

    fn find(&self, text: &[u8]) -> Vec<Occurrence> {
        match &self.automaton {
            Some(automaton) => self.find_in(automaton, text, LAYERS),
            None if text.is_empty() => Vec::new(),
            None => vec![Occurrence { range: 0..text.len(), plain: None }],
        }
    }

    /// Finds secrets in a string and in its unescaped forms.
    fn find_in(&self, automaton: &AhoCorasick, text: &[u8], layers: usize) -> Vec<Occurrence> {
        let any = self.probe.as_ref().is_none_or(|probe| probe.find(text).is_some());
        let hits = automaton.find_overlapping_iter(if any { text } else { &[] });
        let occurrence = |hit: Match| {
            let pattern = self.patterns.get(hit.pattern().as_usize())?;
            let plain = match pattern {
                Pattern::Secret(secret) | Pattern::Short(secret) => Some(*secret),
                Pattern::Base64 { .. } => None,
            };
            Some(Occurrence { range: pattern.place(text, hit.range())?, plain })
        };
        let mut found: Vec<Occurrence> = hits.filter_map(occurrence).collect();
        let Some(layers) = layers.checked_sub(1) else { return found };
        for escape in &self.escapes {
            let Some(undone) = escape.undo(text) else { continue };
            let mut inside = self.find_in(automaton, &undone, layers);
            if !inside.is_empty() {
                escape.trace(text, inside.iter_mut().map(|found| &mut found.range));
            }
            found.extend(inside.into_iter().map(|found| Occurrence { plain: None, ..found }));
        }
        found
    }
}

impl Pattern {
    /// Returns the range to redact for a match, or `None` if it is not a whole word.
    fn place(self, text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
        let (before, after) = (text.get(..range.start)?, text.get(range.end..)?);
        match self {
            Pattern::Secret(_) => Some(range),
            Pattern::Short(_) => {
                let goes_on = last(before).is_some_and(char::is_alphanumeric)
                    || first(after).is_some_and(char::is_alphanumeric);
                (!goes_on).then_some(range)
            }
            Pattern::Base64 { before: more_before, after: more_after } => {
                let digit = |byte: Option<&u8>| usize::from(byte.is_some_and(|byte| is_base64(*byte)));
                let start = range.start - usize::from(more_before) * digit(before.last());
                let after = after.get(usize::from(more_after) * digit(after.first())..)?;
                let padding = after.iter().take(2).take_while(|byte| **byte == b'=').count();
                Some(start..text.len() - after.len() + padding)
            }
        }
    }
}

/// Returns the last character, if the text ends with valid UTF-8.
fn last(text: &[u8]) -> Option<char> {
    let ends = (1..=4).filter_map(|length| text.get(text.len().checked_sub(length)?..));
    ends.filter_map(|end| std::str::from_utf8(end).ok()).find_map(|end| end.chars().next())
}

/// Returns the first character, if the text starts with valid UTF-8.
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

/// Returns the digits that these bytes determine in the base64 of anything that contains them: one set for each offset modulo three,
/// in both alphabets.
fn in_base64(bytes: &[u8]) -> Vec<(String, Pattern)> {
    let mut all = Vec::new();
    for shift in 0..3 {
        let shifted: Vec<u8> = std::iter::repeat_n(0, shift).chain(bytes.iter().copied()).collect();
        // a digit encodes six bits
        let (first, last) = ((8 * shift).div_ceil(6), 8 * shifted.len() / 6);
        let pattern = Pattern::Base64 {
            before: !(8 * shift).is_multiple_of(6),
            after: !(8 * shifted.len()).is_multiple_of(6),
        };
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

    /// An automaton that cannot be built must not let anything through.
    #[test]
    fn without_an_automaton_everything_is_redacted() {
        let search = Search {
            secrets: Vec::new(),
            patterns: Vec::new(),
            automaton: None,
            probe: None,
            escapes: Vec::new(),
        };
        let redactor = Redactor { search: Some(Arc::new(search)) };
        assert_eq!(redactor.redact("text"), REDACTED);
        assert_eq!(redactor.redact(""), "");
        assert_eq!(redactor.seal(b"text"), None);
    }
}
