//! Regular expressions, each compiled once however many calls have it.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

/// How large a compiled regular expression may become, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

/// Compiles a regular expression.
///
/// # Errors
/// Fails if it is not a valid one, or would compile to more than 1 MiB.
pub fn compile_pattern(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build()
}

/// Regular expressions that have been compiled.
#[derive(Debug, Default)]
pub struct Patterns {
    known: RefCell<HashMap<String, Regex>>,
}

impl Patterns {
    /// The regular expression of a text. Clones of one share what was compiled.
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
