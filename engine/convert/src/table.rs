//! The table of all conversions.

use serde_json::Value;

use crate::action::Conversion;
use crate::arguments::Arguments;
use crate::call::{Args, BuildError, BuildInner, Call, CallPart, Mistake, Scope};
use crate::conversions::{
    agent, compact, escape, flatten, hash, json, kind, limit, list, lookup, number, object, only, text, time,
    url,
};
use crate::definition::Definition;
use crate::signature::ParamType;

/// Returns all conversions, in the order of the reference.
pub fn definitions() -> impl Iterator<Item = &'static Definition> {
    TABLE.iter().copied()
}

const TABLE: &[&Definition] = &[
    // kinds of values
    &number::BOOLEAN,
    &kind::ID,
    &number::INTEGER,
    &json::JSON_TEXT,
    &number::NUMBER,
    &only::ONLY,
    &json::PARSE_JSON,
    &kind::STRING,
    &kind::WRAP,
    // text
    &text::DIGITS,
    &text::EMAIL,
    &text::EXTRACT,
    &lookup::LOOKUP,
    &text::LOWERCASE,
    &text::PHONE,
    &text::PREFIX,
    &text::REPLACE,
    &text::SNAKE_CASE,
    &list::SPLIT,
    &text::SUFFIX,
    &text::TRIM,
    &text::TRUNCATE,
    &text::UPPERCASE,
    &url::URL_PART,
    &agent::USER_AGENT,
    // numbers
    &number::ADD,
    &number::MULTIPLY,
    &number::RANGE,
    &number::ROUND,
    // dates
    &time::DATE_FORMAT,
    &time::ISO8601,
    &time::UNIX_MICROS,
    &time::UNIX_MILLIS,
    &time::UNIX_SECONDS,
    // lists
    &list::COUNT,
    &list::FIRST,
    &list::JOIN,
    &list::LARGEST,
    &list::LAST,
    &list::LIST,
    &list::SMALLEST,
    &list::SUM,
    &list::UNIQUE,
    // objects
    &compact::COMPACT,
    &object::ENTRIES,
    &flatten::FLATTEN,
    &object::MAP_KEYS,
    &object::MAP_VALUES,
    &limit::NULLS,
    &object::OMIT,
    &object::PICK,
    &object::RENAME,
    // limits
    &limit::LIMIT_ITEMS,
    &limit::LIMIT_KEYS,
    &limit::LIMIT_NAMES,
    &limit::LIMIT_TEXT,
    &limit::SCALARS,
    // encodings
    &hash::BASE64,
    &escape::ESCAPE,
    &hash::HMAC_SHA256,
    &hash::MD5,
    &hash::SHA1,
    &hash::SHA256,
    &url::URL_ENCODE,
];

/// Returns the conversion of that name.
pub fn find(name: &str) -> Option<&'static Definition> {
    definitions().find(|definition| definition.name == name)
}

/// Builds the conversion of a call, or those of a name that the version defines. Returns all errors at once.
///
/// # Errors
/// Every mistake, and the part of the call where it stands.
pub fn build(call: &Call, scope: &dyn Scope) -> Result<Vec<Conversion>, Vec<Mistake>> {
    let Some(definition) = find(&call.name) else {
        return match (scope.chain(&call.name), &call.args) {
            (Some(chain), Args::None) => Ok(chain),
            (Some(_), Args::First(value)) => Err(vec![no_argument(call, String::new(), value.to_string())]),
            (Some(_), Args::Named(entries)) => {
                Err(entries.iter().map(|(name, _)| no_argument(call, name.clone(), name.clone())).collect())
            }
            (None, _) => {
                let error = BuildError::UnknownConversion { name: call.name.clone(), known: scope.chains() };
                Err(vec![(CallPart::Name, error)])
            }
        };
    };
    let mut arguments = Arguments::new(definition.name, definition.params, call, scope, &Inner);
    let action = (definition.build)(&mut arguments);
    match (action, arguments.into_mistakes()) {
        (Some(action), mistakes) if mistakes.is_empty() => Ok(vec![Conversion::new(definition.name, action)]),
        (_, mistakes) => Err(mistakes),
    }
}

/// An argument of a name that the version defines.
fn no_argument(call: &Call, argument: String, name: String) -> Mistake {
    (CallPart::Argument(argument), BuildError::UnknownArgument { conversion: call.name.clone(), name })
}

/// Conversions that stand inside of arguments.
struct Inner;

impl BuildInner for Inner {
    fn call(&self, written: &Value) -> Option<Call> {
        Call::from_json(written, is_first_argument)
    }

    fn build(&self, call: &Call, scope: &dyn Scope) -> Result<Vec<Conversion>, Vec<Mistake>> {
        build(call, scope)
    }
}

/// Returns whether a map with these keys is the conversion's first argument instead of named arguments.
pub fn is_first_argument(name: &str, keys: &[&str]) -> bool {
    let params = find(name).map_or(&[][..], |definition| definition.params);
    takes_conversions(name) && !keys.iter().any(|key| params.iter().any(|param| param.name == *key))
}

/// Returns whether a conversion's first argument is conversions.
pub fn takes_conversions(name: &str) -> bool {
    conversions_param(name).is_some()
}

/// Returns the name of a conversion's first argument, if that is conversions.
pub fn conversions_param(name: &str) -> Option<&'static str> {
    let first = find(name)?.params.first()?;
    (first.takes == ParamType::Conversions).then_some(first.name)
}

/// Returns the JSON Schema of a call of any conversion.
pub fn call_schema() -> Value {
    let bare: Vec<&str> =
        definitions().filter(|d| d.params.iter().all(|param| !param.required)).map(|d| d.name).collect();
    let all: Vec<&str> = definitions().map(|definition| definition.name).collect();
    let properties: serde_json::Map<String, Value> = definitions()
        .filter(|definition| !definition.params.is_empty())
        .map(|definition| (definition.name.to_owned(), definition.arguments_schema()))
        .collect();
    serde_json::json!({ "anyOf": [
        { "enum": bare },
        // those that a version defines
        { "type": "string", "not": { "enum": all } },
        {
            "type": "object", "properties": properties,
            "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        },
    ]})
}
