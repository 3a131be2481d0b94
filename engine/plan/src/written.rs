//! What operators write in a notation: templates, paths and patterns, read when settings are bound.

use std::collections::HashMap;

use mapwright_convert::{Matcher, PathStep, Root, parse_path};
use mapwright_findings::suggest;
use mapwright_language::spec::{SettingType, WrittenTemplate};

/// The most bytes of one of these texts: the limit `written_bytes`.
const WRITTEN_BYTES: usize = 10_000;

/// The most different ones of each kind: the limit `written`.
const WRITTEN: usize = 1_000;

/// How large a compiled pattern may become, in bytes.
const PATTERN_BYTES: usize = 1 << 18;

/// What operators have written, by its text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    templates: HashMap<String, WrittenTemplate>,
    paths: HashMap<String, Vec<PathStep>>,
    patterns: HashMap<String, Matcher>,
}

impl Written {
    pub(crate) fn template(&self, text: &str) -> Option<&WrittenTemplate> {
        self.templates.get(text)
    }

    pub(crate) fn path(&self, text: &str) -> Option<&[PathStep]> {
        self.paths.get(text).map(Vec::as_slice)
    }

    /// Whether a pattern is found in a string.
    pub(crate) fn matches(&self, pattern: &str, text: &str) -> bool {
        self.patterns.get(pattern).is_some_and(|pattern| pattern.finds(text))
    }

    /// Reads a string of a type; a template reads these names, if they are known.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn add(
        &mut self,
        kind: SettingType,
        text: &str,
        names: Option<&[String]>,
    ) -> Result<(), String> {
        if text.len() > WRITTEN_BYTES {
            return Err(format!("it is longer than {WRITTEN_BYTES} bytes (limit `written_bytes`)"));
        }
        if self.templates.len().max(self.paths.len()).max(self.patterns.len()) >= WRITTEN {
            return Err(format!("there are more than {WRITTEN} of them (limit `written`)"));
        }
        match kind {
            SettingType::Template => {
                let template = WrittenTemplate::read(text)?;
                for name in names.map(|_| &template.names).into_iter().flatten() {
                    let first = name.steps.first().map(PathStep::text).unwrap_or_default();
                    let known = names.unwrap_or_default();
                    if !known.contains(&first) {
                        let help = suggest(&first, known.iter().map(String::as_str));
                        return Err(format!("there is no `{first}` for it ({help})"));
                    }
                }
                self.templates.insert(text.to_owned(), template);
            }
            SettingType::Path => {
                self.paths.insert(text.to_owned(), path(text)?);
            }
            SettingType::Pattern if !self.patterns.contains_key(text) => {
                self.patterns.insert(text.to_owned(), Matcher::new(text, PATTERN_BYTES)?);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Returns what is wrong with a string of a type in whose notation operators write; a template reads these names, if they are known.
pub fn problem(kind: SettingType, text: &str, names: Option<&[String]>) -> Option<String> {
    Written::default().add(kind, text, names).err()
}

/// The steps of a path, whether it starts with `$` or not.
fn path(text: &str) -> Result<Vec<PathStep>, String> {
    let written = match text.chars().next() {
        Some('$') => text.to_owned(),
        Some('[') => format!("${text}"),
        _ => format!("$.{text}"),
    };
    let path = parse_path(&written).map_err(|error| error.message)?;
    match path.rest {
        None if path.root == Root::Event && !path.steps.is_empty() => Ok(path.steps),
        None => Err("it names no member".to_owned()),
        Some(_) => Err("it can find several values".to_owned()),
    }
}
