//! Parses settings: a YAML or JSON file, or inline JSON. Error messages do not contain the text, which may be
//! secret.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use serde_saphyr::Error as YamlError;

use crate::error::CommandError;

const MAX_BYTES: u64 = 4 << 20;

/// Returns the object that `--settings` names or contains.
pub(super) fn parse(argument: &OsStr) -> Result<Value, CommandError> {
    let path = Path::new(argument);
    let (value, name) = match argument.to_str().filter(|text| is_inline(text)) {
        Some(text) => (from_json(text, || "the settings".to_owned())?, "`--settings`".to_owned()),
        None if !names_file(path) => return Err(CommandError::SettingsAreValues),
        None => (parse_file(path)?, named(path)),
    };
    match value {
        Value::Object(_) => Ok(value),
        other => Err(CommandError::SettingsShape { settings: name, found: kind(&other) }),
    }
}

/// Returns whether the argument is inline JSON instead of a file.
pub(super) fn is_inline(text: &str) -> bool {
    let start = text.trim_start();
    let is_json = || start.starts_with(['[', '"']) || serde_json::from_str::<Value>(text).is_ok();
    start.starts_with('{') || (is_json() && !Path::new(text).exists())
}

/// Returns true if an argument looks like the path of a file; anything else may be a secret and is not repeated.
fn names_file(path: &Path) -> bool {
    let is_settings = |extension: &OsStr| {
        ["yaml", "yml", "json"].into_iter().any(|known| extension.eq_ignore_ascii_case(known))
    };
    let in_folder = |folder: &Path| folder.parent().is_some() && folder.is_dir();
    // `name: value`, which is YAML and not a path
    let is_yaml = path.to_str().is_none_or(|text| text.contains(": ") || text.contains('\n'));
    let looks_like_one = || path.extension().is_some_and(is_settings) || path.parent().is_some_and(in_folder);
    path.exists() || (!is_yaml && looks_like_one())
}

/// Reads a file of settings. `option` is the argument that names it.
pub(super) fn read(path: &Path, option: &str) -> Result<String, CommandError> {
    let settings = match names_file(path) {
        true => named(path),
        false => format!("the file that `{option}` names"),
    };
    let unreadable = |error| CommandError::SettingsFile { settings: settings.clone(), error };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(CommandError::SettingsTooLarge { path: path.to_owned(), limit: MAX_BYTES });
    }
    Ok(text)
}

fn parse_file(path: &Path) -> Result<Value, CommandError> {
    let text = read(path, "--settings")?;
    match from_json(&text, || named(path)) {
        Err(_) if path.extension() != Some(OsStr::new("json")) => from_yaml(&text, path),
        read => read,
    }
}

fn named(path: &Path) -> String {
    format!("the settings `{}`", path.display())
}

fn from_json(text: &str, settings: impl Fn() -> String) -> Result<Value, CommandError> {
    let value = serde_json::from_str(text).map_err(|error| {
        // the parser's messages of syntax errors are fixed, without values
        let said = error.to_string();
        let reason = said.split_once(" at line ").map_or(said.as_str(), |(reason, _)| reason);
        CommandError::SettingsSyntax {
            settings: settings(),
            line: error.line() as u64,
            column: error.column() as u64,
            reason: format!("not JSON: {}", reason.replacen("EOF", "unexpected end of text", 1)),
        }
    })?;
    // the JSON parser takes the last of duplicate keys, the YAML parser reports them
    match read_yaml(text) {
        Err(error @ YamlError::DuplicateMappingKey { .. }) => {
            let (line, column) = place(&error);
            Err(CommandError::SettingsSyntax { settings: settings(), line, column, reason: reason(&error) })
        }
        _ => Ok(value),
    }
}

/// Reads a value in YAML.
pub(crate) fn read_yaml(text: &str) -> Result<Value, YamlError> {
    let budget = serde_saphyr::budget! { max_depth: 64, max_aliases: 1_000, max_nodes: 100_000 };
    let options = serde_saphyr::options! { budget: budget, strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options)
}

fn place(error: &YamlError) -> (u64, u64) {
    error.location().map_or((1, 1), |location| (location.line(), location.column()))
}

fn from_yaml(text: &str, path: &Path) -> Result<Value, CommandError> {
    read_yaml(text).map_err(|error| {
        let start = place(&error);
        let (line, column, reason) = match indenting_tab(&error, text, start.0) {
            Some((line, column)) => {
                (line, column, "not YAML: a tab cannot be used for indentation, use spaces".to_owned())
            }
            None => (start.0, start.1, reason(&error)),
        };
        CommandError::SettingsSyntax { settings: named(path), line, column, reason }
    })
}

/// Returns the position of a tab that indents a line, if that is the error. After a string, the parser reports the start of the string.
fn indenting_tab(error: &YamlError, text: &str, start: u64) -> Option<(u64, u64)> {
    let YamlError::ExternalMessage { msg, .. } = error else { return None };
    if !msg.ends_with("found a tab") && !msg.starts_with("tabs disallowed") {
        return None;
    }
    (1..).zip(text.lines()).skip_while(|(line, _)| *line < start).find_map(|(line, text)| {
        let content = text.trim_start_matches([' ', '\t']);
        let tab = text.find('\t').filter(|tab| !content.is_empty() && *tab < text.len() - content.len())?;
        Some((line, tab as u64 + 1))
    })
}

/// Returns the message of errors that cannot contain a value.
fn reason(error: &YamlError) -> String {
    match error {
        YamlError::ExternalMessage { msg, .. } => {
            let quotes = msg.replace('\'', "`");
            format!("not YAML: {quotes}")
        }
        YamlError::DuplicateMappingKey { key: Some(key), .. } => {
            format!("duplicate key `{key}`; remove one of them")
        }
        YamlError::DuplicateMappingKey { .. } => "duplicate key; remove one of them".to_owned(),
        YamlError::MultipleDocuments { .. } => "a second document starts here; remove `---`".to_owned(),
        YamlError::UnknownAnchor { .. } => {
            "not YAML: the alias refers to no anchor; put a string that starts with `*` in quotes".to_owned()
        }
        YamlError::Budget { .. } => {
            "it is nested too deeply, has too many values, or too many aliases".to_owned()
        }
        _ => "expected YAML or JSON".to_owned(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
