//! Sources and paths, and their parser.

use std::fmt;

use jsonpath_rust::parser::model::{JpQuery, Segment, Selector};
use jsonpath_rust::parser::parse_json_path;
use mapwright_json::Json;

/// The document that a path reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The event: `$`, and the shorthands for its members.
    Event,
    /// The settings: `settings`.
    Settings,
    /// The options of the event for this destination: `options`.
    Options,
    /// The payload parts: `payload`.
    Payload,
    /// The captured values: `captures`.
    Captures,
    /// The response at hand: `response`.
    Response,
    /// The item of a loop: `item`.
    Item,
    /// The time at which the event is mapped: `now`.
    Now,
    /// The name of the version: `version`.
    Version,
}

impl Root {
    /// The reserved first names, and the documents that they read.
    pub const NAMED: [(&'static str, Root); 8] = [
        ("settings", Root::Settings),
        ("options", Root::Options),
        ("payload", Root::Payload),
        ("captures", Root::Captures),
        ("response", Root::Response),
        ("item", Root::Item),
        ("now", Root::Now),
        ("version", Root::Version),
    ];

    /// Returns the root that a path starts with when its first word is `name`.
    pub fn named(name: &str) -> Option<Root> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, root)| *root)
    }
}

/// One step of a singular path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathStep {
    /// A member of an object, by its name.
    Key(String),
    /// An item of a list, from 0.
    Index(usize),
}

impl PathStep {
    /// Returns the value at the end of these steps.
    pub fn follow<'a>(from: Json<'a>, steps: &[PathStep]) -> Option<Json<'a>> {
        steps.iter().try_fold(from, |at, step| match step {
            PathStep::Key(key) => at.get(key),
            PathStep::Index(index) => at.index(*index),
        })
    }

    /// Returns the key, or the index as text.
    pub fn text(&self) -> String {
        match self {
            PathStep::Key(key) => key.clone(),
            PathStep::Index(index) => index.to_string(),
        }
    }
}

/// A path: singular steps, and for a path that can select several values, the rest as a JSONPath query.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcePath {
    /// What the path starts at.
    pub root: Root,
    /// The keys and indexes that follow.
    pub steps: Vec<PathStep>,
    /// The rest of a path that may find several values, as a JSONPath query.
    pub rest: Option<JpQuery>,
    /// Whether it was written as a JSONPath, so that it can start with any name.
    pub literal: bool,
    /// The path as the author wrote it.
    pub written: String,
}

impl SourcePath {
    /// Returns the first name of the path, such as `traits` in `traits.email`.
    pub fn first_key(&self) -> Option<&str> {
        match self.steps.first() {
            Some(PathStep::Key(key)) => Some(key),
            _ => None,
        }
    }
}

/// The path as the author wrote it.
impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// A named value that is read, or something in it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedValue {
    /// The name, without its `$`.
    pub name: String,
    /// The path in the value.
    pub steps: Vec<PathStep>,
    /// The source as the author wrote it.
    pub written: String,
}

/// A parsed source.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// `$email`: a named value, or something in it.
    Named(NamedValue),
    /// A path, or a query that may find several values.
    Path(SourcePath),
}

/// An error about a source that does not parse.
#[derive(Debug, Clone, PartialEq)]
pub struct PathError {
    /// What is wrong with the path.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
}

/// Parses a source: `$name`, a JSONPath, or the dotted short form.
pub fn parse_source(text: &str) -> Result<Source, PathError> {
    if text.contains("{{") {
        let name = text.trim().strip_prefix("{{").and_then(|text| text.strip_suffix("}}")).map(str::trim);
        let help = match name.filter(|name| !name.contains(['{', ' '])) {
            Some(name) => format!("write only `{name}`, or `template: \"{text}\"` for text"),
            None => format!("write `template: \"{text}\"`"),
        };
        return Err(PathError { message: "a template is not allowed here".to_owned(), help: Some(help) });
    }
    if let Some(name) = text.strip_prefix('$')
        && !name.is_empty()
        && !name.starts_with(['.', '['])
    {
        return named_value(name, text).map(Source::Named);
    }
    parse_path(text).map(Source::Path)
}

/// Parses a named value and the path in it, without the `$`.
fn named_value(text: &str, written: &str) -> Result<NamedValue, PathError> {
    let (name, tail) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
    if let Some(odd) = name.chars().find(|c| !c.is_alphanumeric() && *c != '_') {
        return Err(PathError {
            message: format!("`{odd}` is not allowed in the name of a value"),
            help: Some("a JSONPath starts with `$.` or `$[`".to_owned()),
        });
    }
    let steps = match names_alone(tail, written)? {
        Some(steps) => steps,
        None => match json_path(Root::Event, &expand(tail, written)?, written)? {
            SourcePath { steps, rest: None, .. } => steps,
            SourcePath { .. } => {
                return Err(PathError {
                    message: "it can select several values".to_owned(),
                    help: Some("read one member, as in `$name.id` or `$name[0]`".to_owned()),
                });
            }
        },
    };
    Ok(NamedValue { name: name.to_owned(), steps, written: written.to_owned() })
}

/// Parses a path, and the document that it reads.
pub fn parse_path(text: &str) -> Result<SourcePath, PathError> {
    if text.starts_with('$') {
        return json_path(Root::Event, text, text);
    }
    let (head, tail) = match text.find(['.', '[']) {
        Some(at) => (text.get(..at).unwrap_or(text), text.get(at..).unwrap_or("")),
        None => (text, ""),
    };
    let dotted = format!(".{text}");
    let (root, dotted) = match Root::named(head) {
        Some(root) => (root, tail),
        None => (Root::Event, dotted.as_str()),
    };
    match names_alone(dotted, text)? {
        Some(steps) => Ok(SourcePath { root, steps, rest: None, literal: false, written: text.to_owned() }),
        None => json_path(root, &expand(dotted, text)?, text),
    }
}

/// Returns the steps of a path of names only, which most paths are. It needs no JSONPath parser.
fn names_alone(dotted: &str, written: &str) -> Result<Option<Vec<PathStep>>, PathError> {
    const SHORT: usize = MAX_PATH / 8;
    if dotted.len() > SHORT || dotted.contains(['[', '*']) {
        return Ok(None);
    }
    let step = |name: &str| check_name(name, written).map(|()| PathStep::Key(name.to_owned()));
    dotted.split('.').skip(1).map(step).collect::<Result<_, _>>().map(Some)
}

/// Converts `.a.b-c[0]` to `$['a']['b-c'][0]`.
fn expand(dotted: &str, written: &str) -> Result<String, PathError> {
    let mut path = String::from("$");
    let mut rest = dotted;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let name = after.get(..end).unwrap_or("");
            if name == "*" {
                path.push_str("[*]");
            } else {
                check_name(name, written)?;
                path.push_str("['");
                path.push_str(name);
                path.push_str("']");
            }
            rest = after.get(end..).unwrap_or("");
        } else {
            let end = bracket_end(rest).ok_or_else(|| PathError {
                message: "`[` is not closed".to_owned(),
                help: Some(
                    "write an index as `[0]`, a key with other characters as `['odd key']`".to_owned(),
                ),
            })?;
            path.push_str(rest.get(..end).unwrap_or(""));
            rest = rest.get(end..).unwrap_or("");
            if !rest.is_empty() && !rest.starts_with(['.', '[']) {
                return Err(PathError { message: "expected `.` or `[` after `]`".to_owned(), help: None });
            }
        }
    }
    Ok(path)
}

fn check_name(name: &str, written: &str) -> Result<(), PathError> {
    if name.is_empty() {
        return Err(PathError {
            message: "a name is missing before or after a `.`".to_owned(),
            help: Some("separate names by a single dot, as in `traits.email`".to_owned()),
        });
    }
    match name.chars().find(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-')) {
        None => Ok(()),
        Some('$') if name.len() > 1 => Err(PathError {
            message: "`$` is not allowed in a name".to_owned(),
            help: Some(format!("a named value is read on its own: `${}`", name.replace('$', ""))),
        }),
        Some(odd) => Err(PathError {
            message: format!("`{odd}` is not allowed in a name"),
            help: Some(match alternatives(written) {
                Some(alternatives) => format!("write alternatives as a list: `[{alternatives}]`"),
                None => {
                    format!("write a key with other characters as JSONPath: `{}`", literal(written, name))
                }
            }),
        }),
    }
}

/// Returns the sources that the text joins by an operator.
fn alternatives(written: &str) -> Option<String> {
    let parts = [" || ", " or ", " OR ", " ?? ", " | "].iter().find_map(|operator| {
        let parts: Vec<&str> = written.split(operator).map(str::trim).collect();
        (parts.len() > 1).then_some(parts)
    })?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    parts.iter().all(|part| !part.is_empty() && part.chars().all(is_name)).then(|| parts.join(", "))
}

/// Returns a dotted path as JSONPath, with the odd name in brackets.
fn literal(written: &str, odd: &str) -> String {
    let quoted = format!("['{}']", odd.replace('\\', "\\\\").replace('\'', "\\'"));
    match written.split_once(odd) {
        Some((before, after)) => {
            let before = before.trim_end_matches('.');
            let dot = if before.is_empty() { "" } else { "." };
            format!("${dot}{before}{quoted}{after}")
        }
        None => format!("${quoted}"),
    }
}

/// Returns the byte after the `]` that closes the `[` at the start, outside of quotes.
fn bracket_end(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            (None, _) => {}
        }
    }
    None
}

const MAX_PATH: usize = 1_000;

fn json_path(root: Root, text: &str, written: &str) -> Result<SourcePath, PathError> {
    if text.len() > MAX_PATH {
        return Err(PathError {
            message: format!("it is longer than {MAX_PATH} bytes (limit `path_bytes`)"),
            help: None,
        });
    }
    let query = parse_json_path(text).map_err(|error| PathError {
        message: syntax_message(&error.to_string()),
        help: Some(match unquoted_key(written) {
            Some(key) => format!("put a key in brackets in quotes: `['{key}']`"),
            None => "write an RFC 9535 JSONPath such as `$.traits['odd key'][0]`, or the short form `traits.email`"
                .to_owned(),
        }),
    })?;
    let mut steps = Vec::new();
    let mut segments = query.segments.into_iter().peekable();
    while let Some(step) = segments.peek().and_then(singular) {
        steps.push(step);
        segments.next();
    }
    let rest: Vec<Segment> = segments.collect();
    let rest = (!rest.is_empty()).then(|| JpQuery::new(rest));
    Ok(SourcePath { root, steps, rest, literal: written.starts_with('$'), written: written.to_owned() })
}

/// Returns `plan` of `$.traits[plan]`.
fn unquoted_key(written: &str) -> Option<&str> {
    let (_, after) = written.split_once('[')?;
    let (key, _) = after.split_once(']')?;
    key.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(key).filter(|key| !key.is_empty())
}

fn singular(segment: &Segment) -> Option<PathStep> {
    let selector = match segment {
        Segment::Selector(selector) => selector,
        Segment::Selectors(selectors) => match selectors.as_slice() {
            [one] => one,
            _ => return None,
        },
        Segment::Descendant(_) => return None,
    };
    match selector {
        Selector::Name(name) => Some(PathStep::Key(name.clone())),
        Selector::Index(index) => usize::try_from(*index).ok().map(PathStep::Index),
        _ => None,
    }
}

/// Returns what the parser expected, which is on the last line of its multi-line message.
fn syntax_message(message: &str) -> String {
    let expected = message.lines().rev().find_map(|line| line.trim().strip_prefix("= "));
    format!("it is not a JSONPath ({})", expected.unwrap_or("it does not parse"))
}
