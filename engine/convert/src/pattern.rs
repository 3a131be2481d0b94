//! Regular expressions, each compiled once however many calls have it.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use crate::made::made;

/// How large a compiled regular expression may become, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

/// Compiles a regular expression.
///
/// # Errors
/// Fails if it is not a valid one, or would compile to more than 1 MiB.
pub fn compile_pattern(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build()
}

/// Returns whether a regular expression is valid and would become too large.
pub fn is_too_large(pattern: &str) -> bool {
    matches!(compile_pattern(pattern), Err(regex::Error::CompiledTooBig(_)))
}

/// A regular expression that is looked for in texts. Matching takes time linear in the text.
#[derive(Debug, Clone)]
pub struct Matcher(Regex);

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Matcher {
    /// Compiles a regular expression that operators write, to at most this many bytes.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn new(pattern: &str, most: usize) -> Result<Self, String> {
        Self::compiled(pattern, most, "written_bytes")
    }

    /// Compiles a regular expression that a mapping states.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn stated(pattern: &str) -> Result<Self, String> {
        Self::compiled(pattern, PATTERN_BYTES, "pattern_bytes")
    }

    fn compiled(pattern: &str, most: usize, limit: &str) -> Result<Self, String> {
        let compiled = RegexBuilder::new(pattern).size_limit(most).dfa_size_limit(most).build();
        compiled.map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                format!("it compiles to more than {} KiB (limit `{limit}`)", most >> 10)
            }
            other => {
                let text = other.to_string();
                text.rsplit_once("error: ").map_or(text.as_str(), |(_, problem)| problem).trim().to_owned()
            }
        })
    }

    /// Returns the pattern as it is written.
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// Returns whether the pattern is found in a string.
    pub fn finds(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Returns a string in which the pattern is found: `wanted` itself if it is found there, otherwise one that is made of the pattern. Strings for
    /// different numbers differ where the pattern allows it. Returns `None` if the pattern has conditions that such a string does not meet.
    pub fn text_like(&self, wanted: &str, number: usize) -> Option<String> {
        if self.finds(wanted) {
            return Some(wanted.to_owned());
        }
        let own = |number| made(self.text(), number).filter(|text| self.finds(text));
        let text = own(number)?;
        let is_fixed = own(number.wrapping_add(1)).is_none_or(|other| other == text);
        let longer = is_fixed.then(|| format!("{text}{wanted}")).filter(|longer| self.finds(longer));
        Some(longer.unwrap_or(text))
    }
}

/// Regular expressions that have been compiled.
#[derive(Debug, Default)]
pub struct Patterns {
    known: RefCell<HashMap<String, Regex>>,
}

impl Patterns {
    /// Returns the regular expression of a string. Clones of one share what was compiled.
    ///
    /// # Errors
    /// Fails like [`compile_pattern`].
    pub fn get(&self, pattern: &str) -> Result<Regex, regex::Error> {
        let mut known = self.known.borrow_mut();
        if let Some(regex) = known.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = compile_pattern(pattern)?;
        known.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}
