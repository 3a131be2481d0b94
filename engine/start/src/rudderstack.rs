//! Mapping rows in RudderStack's JSON format: `destKey`, `sourceKeys`, `required`, `sourceFromGenericMap` and `metadata`.

use serde_json::{Map, Value};

use crate::error::StartError;
use crate::json::{json, kind};
use crate::part::{Imported, Note, Part, constant, with};
use crate::source::source;
use crate::yaml::Yaml;

/// Names of that platform for values that several fields of an event can have, with the fields that the specification of events has for them.
const GENERIC: [(&str, &[&str]); 12] = [
    (
        "userId",
        &[
            "userId",
            "traits.userId",
            "traits.id",
            "context.traits.userId",
            "context.traits.id",
            "anonymousId",
        ],
    ),
    ("userIdOnly", &["userId", "traits.userId", "traits.id", "context.traits.userId", "context.traits.id"]),
    ("email", &["traits.email", "context.traits.email", "properties.email"]),
    ("emailOnly", &["traits.email", "context.traits.email", "properties.email"]),
    ("phone", &["traits.phone", "context.traits.phone", "properties.phone"]),
    ("name", &["traits.name", "context.traits.name"]),
    ("firstName", &["traits.firstName", "context.traits.firstName"]),
    ("lastName", &["traits.lastName", "context.traits.lastName"]),
    ("timestamp", &["timestamp", "originalTimestamp"]),
    ("historicalTimestamp", &["originalTimestamp", "timestamp"]),
    ("createdAt", &["traits.createdAt", "context.traits.createdAt"]),
    ("groupId", &["groupId"]),
];

/// Types of `metadata`, with conversions that mean the same.
const TYPES: [(&str, &str); 20] = [
    ("toString", "string"),
    ("toNumber", "number"),
    ("toFloat", "number"),
    ("toInt", "integer"),
    ("toBoolean", "boolean"),
    ("toLower", "lowercase"),
    ("toLowerCase", "lowercase"),
    ("toUpper", "uppercase"),
    ("toArray", "list"),
    ("trim", "trim"),
    ("hashToSha256", "sha256"),
    ("hashToMd5", "md5"),
    ("timestamp", "iso8601"),
    ("isoTimestamp", "iso8601"),
    ("secondTimestamp", "unix_seconds"),
    ("unixTimestamp", "unix_seconds"),
    ("millisecondTimestamp", "unix_millis"),
    ("microSecondTimestamp", "unix_micros"),
    ("jsonStringify", "json_text"),
    ("encodeURIComponent", "url_encode"),
];

/// Reads rows into a payload part of this name.
///
/// # Errors
/// If the text is not JSON, or not a list.
///
/// ```
/// let rows = r#"[{ "destKey": "age", "sourceKeys": "traits.age", "metadata": { "type": "toNumber" } }]"#;
/// let read = mapwright_start::rudderstack(rows, "user").unwrap();
/// assert_eq!(read.parts[0].1.text("user", 0), "user:\n  age: { from: traits.age, as: number, on_error: omit }\n");
/// ```
pub fn rudderstack(text: &str, name: &str) -> Result<Imported, StartError> {
    let rows: Value = json(text)?;
    let Value::Array(rows) = rows else {
        return Err(StartError::Content {
            expected: "a list of rows with `destKey` and `sourceKeys`",
            found: kind(&rows).to_owned(),
        });
    };
    let (mut part, mut notes) = (Part::default(), Vec::new());
    for (at, row) in rows.iter().enumerate() {
        let place = format!("row {}", at + 1);
        let mut add = |text: String| notes.push(Note { place: place.clone(), text });
        let Some(target) = row.get("destKey").and_then(Value::as_str).filter(|target| !target.is_empty())
        else {
            add("it has no `destKey`, and is left out".to_owned());
            continue;
        };
        let mut left = Vec::new();
        let made = of_row(row, target, &mut left);
        left.iter().for_each(|left| add(format!("`{target}`: {left}")));
        let Some(made) = made else {
            part.note(format!("`{target}` (row {} of the file): {}", at + 1, left.join("; ")));
            continue;
        };
        if let Err(reason) = part.add(target, made, left) {
            part.note(format!("`{target}` (row {} of the file): {reason}", at + 1));
            add(format!("`{target}`: {reason}"));
        }
    }
    Ok(Imported { parts: vec![(name.to_owned(), part)], notes })
}

fn of_row(row: &Value, target: &str, left: &mut Vec<String>) -> Option<Yaml> {
    let generic = row.get("sourceFromGenericMap").and_then(Value::as_bool) == Some(true);
    let made = sources(row.get("sourceKeys").unwrap_or(&Value::Null), generic, left);
    let empty = Map::new();
    let metadata = row.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    let default = metadata.get("defaultValue").filter(|value| !value.is_null());
    let mut made = match (made, default) {
        (Some(made), _) => made,
        (None, Some(value)) => return Some(constant(value.clone())),
        (None, None) => {
            if left.is_empty() {
                left.push("it has no `sourceKeys`".to_owned());
            }
            return None;
        }
    };
    let conversions = conversions(metadata, left);
    let required = row.get("required").and_then(Value::as_bool) == Some(true);
    if !conversions.is_empty() {
        made = with_conversions(made, conversions);
    }
    let converts = matches!(&made, Yaml::Map(fields) if fields.iter().any(|(key, _)| key == "as"));
    if converts && !required {
        made = with(made, "on_error", Yaml::text("omit"));
    }
    if let Some(value) = default {
        made = with(made, "default", constant(value.clone()));
    } else if required {
        made = with(made, "on_missing", Yaml::text("reject"));
        made = with(made, "error", Yaml::text(format!("{target} is missing")));
    }
    for key in row.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
        if !["destKey", "sourceKeys", "required", "metadata", "sourceFromGenericMap"].contains(&key) {
            left.push(format!("`{key}` is not read"));
        }
    }
    Some(made)
}

/// Adds conversions behind those that the row has.
fn with_conversions(row: Yaml, more: Vec<Yaml>) -> Yaml {
    let (mut row, mut all) = (row, Vec::new());
    if let Yaml::Map(fields) = &mut row
        && let Some(at) = fields.iter().position(|(key, _)| key == "as")
    {
        match fields.remove(at).1 {
            Yaml::List(items) => all.extend(items),
            one => all.push(one),
        }
    }
    all.extend(more);
    let value = if all.len() == 1 { all.swap_remove(0) } else { Yaml::List(all) };
    with(row, "as", value)
}

fn sources(keys: &Value, generic: bool, left: &mut Vec<String>) -> Option<Yaml> {
    let mut found = Vec::new();
    match keys {
        Value::Null => return None,
        Value::Object(operation) => return calculated(operation, left),
        Value::Array(keys) => keys.iter().for_each(|key| one(key, generic, &mut found, left)),
        key => one(key, generic, &mut found, left),
    }
    match found.len() {
        0 => None,
        1 => Some(found.swap_remove(0)),
        _ => Some(Yaml::List(found)),
    }
}

fn one(key: &Value, generic: bool, found: &mut Vec<Yaml>, left: &mut Vec<String>) {
    let mut add = |yaml| {
        if !found.contains(&yaml) {
            found.push(yaml);
        }
    };
    match key {
        Value::String(key) if generic => match GENERIC.iter().find(|(name, _)| name == key) {
            Some((_, paths)) => {
                left.push(format!(
                    "`{key}` is a list of paths of that platform; check that these are the ones"
                ));
                paths.iter().for_each(|path| add(Yaml::text(*path)));
            }
            None => left.push(format!("`{key}` is a list of paths of that platform; write them here")),
        },
        Value::String(key) => match source(key, "") {
            Some(source) => add(Yaml::text(source)),
            None => left.push(format!("`{key}` is not a path to one value")),
        },
        Value::Object(operation) => {
            if let Some(made) = calculated(operation, left) {
                add(made);
            }
        }
        other => left.push(format!("a source is {}", kind(other))),
    }
}

/// The product or the sum of two values.
fn calculated(operation: &Map<String, Value>, left: &mut Vec<String>) -> Option<Yaml> {
    let name = operation.get("operation").and_then(Value::as_str).unwrap_or("");
    let conversion = match name {
        "multiplication" => "multiply",
        "addition" => "add",
        _ => {
            left.push(format!("the operation `{name}` has no counterpart; write it with conversions"));
            return None;
        }
    };
    let args = operation.get("args").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let [first, second] = args else {
        left.push(format!(
            "the operation `{name}` has {} arguments, and only two can be written",
            args.len()
        ));
        return None;
    };
    let mut read = |argument: &Value| {
        let row = sources(argument.get("sourceKeys").unwrap_or(&Value::Null), false, left)?;
        Some(match argument.get("default").or(argument.get("defaultVal")) {
            Some(default) => with(row, "default", constant(default.clone())),
            None => row,
        })
    };
    let (first, second) = (read(first)?, read(second)?);
    let second = with(second, "as", Yaml::text("number"));
    Some(with(first, "as", Yaml::List(vec![Yaml::text("number"), Yaml::one(conversion, second)])))
}

fn conversions(metadata: &Map<String, Value>, left: &mut Vec<String>) -> Vec<Yaml> {
    let mut found = Vec::new();
    for (key, value) in metadata {
        match key.as_str() {
            "type" => {
                let types = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                types.iter().for_each(|name| conversion(name, &mut found, left));
            }
            "excludes" if value.is_array() => {
                found.push(Yaml::one("omit", Yaml::Value(value.clone())));
            }
            "multikeyMap" => match table(value) {
                Some(table) => found.push(Yaml::one("lookup", Yaml::one("table", table))),
                None => left.push("`multikeyMap` is not a list of `sourceVal` and `destVal`".to_owned()),
            },
            "defaultValue" => {}
            key => left
                .push(format!("`{key}` of `metadata` has no counterpart; write what it does as conversions")),
        }
    }
    found
}

fn conversion(name: &Value, found: &mut Vec<Yaml>, left: &mut Vec<String>) {
    let name = name.as_str().unwrap_or("");
    if let Some((_, conversion)) = TYPES.iter().find(|(known, _)| *known == name) {
        found.push(Yaml::text(*conversion));
        return;
    }
    let without = |pattern: &str| {
        let fields =
            [("pattern", pattern), ("with", "")].map(|(key, text)| (key.to_owned(), Yaml::text(text)));
        Yaml::one("replace", Yaml::Map(fields.to_vec()))
    };
    match name {
        "removeSpacesAndDashes" => found.push(without("[ -]")),
        "numberForRevenue" => found.extend([Yaml::text("string"), without("[^0-9.-]"), Yaml::text("number")]),
        "flatJson" => found.push(Yaml::text("flatten")),
        _ => left.push(format!("the type `{name}` has no counterpart; write what it does as conversions")),
    }
}

/// The table of `multikeyMap`: every `sourceVal` stands for `destVal`.
fn table(value: &Value) -> Option<Yaml> {
    let mut fields: Vec<(String, Yaml)> = Vec::new();
    for entry in value.as_array()? {
        let result = entry.get("destVal").filter(|value| !value.is_null())?;
        let from = entry.get("sourceVal")?;
        for name in from.as_array().map_or(std::slice::from_ref(from), Vec::as_slice) {
            let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
            if !fields.iter().any(|(known, _)| *known == name) {
                fields.push((name, Yaml::Value(result.clone())));
            }
        }
    }
    (!fields.is_empty()).then_some(Yaml::Map(fields))
}
