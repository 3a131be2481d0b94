//! Segment's presets: JSON with directives such as `@path`, `@template`, `@if`, `@arrayPath` and `@case`.

use serde_json::{Map, Value};

use crate::error::StartError;
use crate::json::{json, kind};
use crate::name::snake;
use crate::part::{Imported, Note, Part, constant, object, with};
use crate::source::source;
use crate::yaml::Yaml;

/// The most presets of a file.
const PRESETS: usize = 1_000;

/// Reads presets, or the mapping of one, into payload parts. A preset without a name of its own has this one.
///
/// # Errors
/// If the text is not JSON, or no preset.
///
/// ```
/// let mapping = r#"{ "email": { "@path": "$.traits.email" } }"#;
/// let read = mapwright_start::segment(mapping, "user").unwrap();
/// assert_eq!(read.parts[0].1.text("user", 0), "user:\n  email: traits.email\n");
/// ```
pub fn segment(text: &str, name: &str) -> Result<Imported, StartError> {
    let file: Value = json(text)?;
    let presets = match &file {
        Value::Array(presets) => presets.as_slice(),
        Value::Object(fields) => match fields.get("presets") {
            Some(Value::Array(presets)) => presets.as_slice(),
            _ => std::slice::from_ref(&file),
        },
        _ => &[],
    };
    let mut read = Imported::default();
    for (at, preset) in presets.iter().take(PRESETS).enumerate() {
        let mapping = preset.get("mapping").filter(|mapping| mapping.is_object()).unwrap_or(preset);
        let Value::Object(fields) = mapping else {
            read.notes.push(Note {
                place: format!("preset {}", at + 1),
                text: format!("it is {}, and is left out", kind(preset)),
            });
            continue;
        };
        let own = ["partnerAction", "name"].iter().find_map(|key| preset.get(*key)?.as_str());
        let mut part_name =
            own.filter(|_| preset.get("mapping").is_some()).map_or_else(|| name.to_owned(), snake);
        if read.parts.iter().any(|(known, _)| *known == part_name) {
            part_name = format!("{part_name}_{}", at + 1);
        }
        let mut part = Part::default();
        for (target, value) in fields {
            let mut left = Vec::new();
            let row = row(value, "", &mut left);
            let place = format!("{part_name}.{target}");
            read.notes.extend(left.iter().map(|text| Note { place: place.clone(), text: text.clone() }));
            let Some(row) = row else {
                if !left.is_empty() {
                    part.note(format!("`{target}`: {}", left.join("; ")));
                }
                continue;
            };
            if let Err(reason) = part.add(target, row, left) {
                part.note(format!("`{target}`: {reason}"));
                read.notes.push(Note { place, text: reason });
            }
        }
        if let Some(subscribe) = preset.get("subscribe").and_then(Value::as_str) {
            part.note(format!(
                "the events of this preset are those with `{subscribe}`; state the others in `skip`"
            ));
        }
        read.parts.push((part_name, part));
    }
    match read.parts.is_empty() {
        true => Err(StartError::Content {
            expected: "a preset, or a list of presets",
            found: kind(&file).to_owned(),
        }),
        false => Ok(read),
    }
}

/// The row of a value. `base` is the name of the item that paths start from: none, outside of lists.
fn row(value: &Value, base: &str, left: &mut Vec<String>) -> Option<Yaml> {
    let Value::Object(fields) = value else { return literal(value, base, left) };
    let Some((name, argument)) = fields.iter().find(|(name, _)| name.starts_with('@')) else {
        let rows: Vec<(String, Yaml)> =
            fields.iter().filter_map(|(name, value)| Some((name.clone(), row(value, base, left)?))).collect();
        return (!rows.is_empty()).then(|| object(rows));
    };
    if fields.len() > 1 {
        left.push(format!("`{name}` stands beside other keys, which are left out"));
    }
    match name.as_str() {
        "@path" => path(argument, base, left).map(Yaml::text),
        "@literal" => Some(constant(argument.clone())),
        "@template" => template(argument, base, left),
        "@if" => alternatives(argument, base, left),
        "@arrayPath" => each(argument, base, left),
        "@case" => {
            let inner = row(argument.get("value")?, base, left)?;
            let conversion = match argument.get("operator").and_then(Value::as_str) {
                Some("lower") => "lowercase",
                Some("upper") => "uppercase",
                other => {
                    left.push(format!(
                        "`@case` with the operator `{}` has no counterpart",
                        other.unwrap_or("")
                    ));
                    return Some(inner);
                }
            };
            Some(with(inner, "as", Yaml::text(conversion)))
        }
        "@json" => {
            let inner = row(argument.get("value")?, base, left)?;
            let decodes = argument.get("mode").and_then(Value::as_str) == Some("decode");
            Some(with(inner, "as", Yaml::text(if decodes { "parse_json" } else { "json_text" })))
        }
        "@flatten" => {
            let inner = row(argument.get("value")?, base, left)?;
            let conversion = match argument.get("separator").and_then(Value::as_str) {
                Some(separator) => Yaml::one("flatten", Yaml::one("separator", Yaml::text(separator))),
                None => Yaml::text("flatten"),
            };
            Some(with(inner, "as", conversion))
        }
        _ => {
            left.push(format!(
                "`{name}` has no counterpart that could be written by itself; write what it does as a row"
            ));
            None
        }
    }
}

/// A value without directives, which may have some in it.
fn literal(value: &Value, base: &str, left: &mut Vec<String>) -> Option<Yaml> {
    match value {
        Value::Null => None,
        Value::String(text) if text.contains("{{") => {
            left.push("the text has braces, which are not a template here; check it".to_owned());
            Some(constant(value.clone()))
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let rows: Vec<Yaml> = items.iter().filter_map(|item| row(item, base, left)).collect();
            (!rows.is_empty()).then(|| Yaml::one("list", Yaml::List(rows)))
        }
        value => Some(constant(value.clone())),
    }
}

fn path(argument: &Value, base: &str, left: &mut Vec<String>) -> Option<String> {
    let text = argument.as_str().unwrap_or("");
    let found = source(text, base);
    if found.is_none() {
        left.push(format!("`@path` with `{text}` is not a path to one value"));
    }
    found
}

/// A template whose parts are paths. What is missing prints nothing, as there.
fn template(argument: &Value, base: &str, left: &mut Vec<String>) -> Option<Yaml> {
    let text = argument.as_str()?;
    let mut parts = text.split("{{");
    let mut made = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let closed = part.trim_start_matches('{').split_once("}}");
        // what starts otherwise is a block or a comment
        let is_path = |path: &str| !path.trim_start().starts_with(['#', '/', '^', '!', '>', '&']);
        let printed = closed
            .filter(|(path, _)| is_path(path))
            .and_then(|(path, after)| Some((source(path, base)?, after.trim_start_matches('}'))));
        let Some((source, after)) = printed else {
            left.push(format!("`@template` with `{text}` prints something else than paths"));
            return None;
        };
        made.push_str(&format!("{{{{ {}|default(\"\") }}}}{after}", source));
    }
    Some(Yaml::one("template", Yaml::text(made)))
}

/// `@if` with `exists` or `blank`.
fn alternatives(argument: &Value, base: &str, left: &mut Vec<String>) -> Option<Yaml> {
    let (test, exists) = match (argument.get("exists"), argument.get("blank")) {
        (Some(test), None) => (test, true),
        (None, Some(test)) => (test, false),
        _ => {
            left.push("`@if` tests something else than `exists` or `blank`".to_owned());
            return None;
        }
    };
    let mut branch = |name: &str| argument.get(name).and_then(|value| row(value, base, left));
    let (then, other) = (branch("then"), branch("else"));
    let (then, other) = if exists { (then, other) } else { (other, then) };
    // what exists is what is sent: it has a fallback
    let same = argument.get(if exists { "then" } else { "else" }) == Some(test);
    let then = match (then, same) {
        (Some(then), true) => Some(then),
        (None, _) => None,
        (Some(then), false) => {
            let Some(path) = test.get("@path").and_then(|path| self::path(path, base, left)) else {
                left.push("the condition of `@if` is not a path".to_owned());
                return None;
            };
            let condition = match exists {
                true => format!("{path} is defined and {path} is not none"),
                false => format!("{path} is defined and {path} is not none and {path} != \"\""),
            };
            Some(with(then, "when", Yaml::text(condition)))
        }
    };
    if then.is_none() && other.is_some() {
        left.push("`@if` sends nothing in one of its cases; state that with `when`".to_owned());
    }
    match (then, other) {
        (Some(then), Some(other)) => Some(Yaml::List(flat(then).into_iter().chain(flat(other)).collect())),
        (then, other) => then.or(other),
    }
}

fn flat(row: Yaml) -> Vec<Yaml> {
    match row {
        Yaml::List(items) => items,
        row => vec![row],
    }
}

/// `@arrayPath`: a list, with the shape of its items.
fn each(argument: &Value, base: &str, left: &mut Vec<String>) -> Option<Yaml> {
    let (list, shape) = match argument {
        Value::Array(parts) => (parts.first()?, parts.get(1)),
        list => (list, None),
    };
    let list = match list {
        Value::String(_) => path(list, base, left)?,
        list => path(list.get("@path").unwrap_or(&Value::Null), base, left)?,
    };
    let shape = shape.and_then(Value::as_object).filter(|shape| !shape.is_empty());
    let Some(shape) = shape else {
        return Some(with(Yaml::text(list), "as", Yaml::text("list")));
    };
    if !base.is_empty() {
        left.push("`@arrayPath` stands in another one; give the outer list a `name`".to_owned());
        return None;
    }
    let to = row(&Value::Object(Map::clone(shape)), "item", left)?;
    Some(Yaml::Map(vec![("each".to_owned(), Yaml::text(list)), ("to".to_owned(), to)]))
}
