//! What a conversion makes of a value that is only known so far.

use std::rc::Rc;

use mapwright_convert::{Args, Call as Plain, ExampleScope, Notes, Shape, Type as Signature, Val, build};
use mapwright_language::spec::{ArgsSpec, ConversionSpec, VersionSpec};
use serde_json::Value;

use crate::facts::types::{Case, Format, Kinds, Type};
use crate::view::{Call, table_of};

/// Returns the kinds that a conversion accepts.
pub(crate) fn accepted(takes: Signature) -> Kinds {
    match takes {
        Signature::Text => Kinds::TEXT,
        Signature::Number => Kinds::NUMBER,
        Signature::Integer => Kinds::INTEGER,
        Signature::Boolean => Kinds::BOOLEAN,
        Signature::Object => Kinds::OBJECT,
        Signature::Scalar => Kinds::TEXT.or(Kinds::NUMBER).or(Kinds::BOOLEAN),
        Signature::Numeric | Signature::Date => Kinds::TEXT.or(Kinds::NUMBER),
        // any other value is a list of one
        Signature::List => Kinds::ALL,
        _ => Kinds::ALL,
    }
}

/// Returns the kinds of the results of a conversion.
fn given(gives: Signature) -> Kinds {
    match gives {
        Signature::List => Kinds::LIST,
        Signature::Any => Kinds::VALUE,
        other => accepted(other),
    }
}

/// Applies a conversion to a value that it can take. Nothing that it gives is certain to be there.
pub(crate) fn transfer(input: &Type, call: &Call<'_>, version: &VersionSpec) -> Type {
    let definition = call.definition;
    if let Some(literals) = input.literals.as_ref().filter(|literals| literals.len() <= MOST_CONVERTED)
        && let Some(made) = converted_all(call.spec, literals)
    {
        return Type { absent: true, ..Type::one_of(made) };
    }
    let argument = |name: &str| call.spec.argument(name);
    let plain = || Type::of(given(definition.gives)).or_absent();
    let text = |format: Option<Format>, samples: &[&str]| Type {
        format,
        samples: samples.iter().map(|sample| (*sample).to_owned()).collect(),
        ..plain()
    };
    match definition.shape {
        Shape::Input => Type { absent: true, literals: None, samples: Rc::default(), ..input.clone() },
        Shape::Item => match &input.items {
            Some(items) if input.kinds == Kinds::LIST => Type { absent: true, ..(**items).clone() },
            _ if input.kinds.and(Kinds::LIST).is_empty() => Type { absent: true, ..input.clone() },
            _ => plain(),
        },
        Shape::Items(_) => {
            let alone = input
                .kinds
                .and(Kinds::LIST)
                .is_empty()
                .then(|| Rc::new(Type { absent: false, ..input.clone() }));
            Type { items: input.items.clone().or(alone), ..plain() }
        }
        Shape::Kinds(param) => match argument(param).map(kinds_of_words) {
            Some(kinds) => Type { absent: true, ..input.clone().narrowed(kinds) },
            None => plain(),
        },
        Shape::Lowercase => Type { case: Some(Case::Lower), longest: input.longest, ..plain() },
        Shape::Uppercase => Type { case: Some(Case::Upper), longest: input.longest, ..plain() },
        Shape::Hex(digits) => {
            let sample: String =
                "2f644d8ec0bbfd57".chars().cycle().take(usize::try_from(digits).unwrap_or(64)).collect();
            Type { longest: Some(digits), case: Some(Case::Lower), ..text(Some(Format::Hex), &[&sample]) }
        }
        Shape::Digits => text(Some(Format::Digits), &[]),
        Shape::Email => text(Some(Format::Email), &[]),
        Shape::Phone => text(Some(Format::Phone), &[]),
        Shape::DateTime => text(Some(Format::DateTime), &MOMENTS),
        Shape::Formatted(_) => {
            let samples: Vec<String> =
                MOMENTS.iter().filter_map(|moment| converted(call.spec, moment)).collect();
            Type { samples: samples.into(), ..text(Some(Format::OtherDate), &[]) }
        }
        Shape::Epoch(per_second) => {
            let scale = per_second as f64;
            Type { range: Some((FIRST_MOMENT * scale, LAST_MOMENT * scale)), ..plain() }
        }
        Shape::AtMost(param) => {
            let most = argument(param).and_then(Value::as_u64);
            let longest = most.into_iter().chain(input.longest).min();
            Type { longest, case: input.case, ..plain() }
        }
        Shape::Between(min, max) => {
            let bound = |name, open| argument(name).and_then(Value::as_f64).unwrap_or(open);
            Type {
                range: Some((bound(min, f64::NEG_INFINITY), bound(max, f64::INFINITY))),
                ..whole(input, plain())
            }
        }
        Shape::WholeWithout(param) if argument(param).is_none() => Type::of(Kinds::INTEGER).or_absent(),
        Shape::Count => Type { range: Some((0.0, f64::INFINITY)), ..Type::of(Kinds::INTEGER) },
        Shape::Looked(param) => {
            looked(argument(param), argument("missing"), input, version).unwrap_or_else(plain)
        }
        _ => plain(),
    }
}

/// A number that is as whole as another one.
fn whole(input: &Type, number: Type) -> Type {
    if input.kinds == Kinds::INTEGER { Type { kinds: Kinds::INTEGER, ..number } } else { number }
}

/// Moments whose texts show what a format looks like.
const MOMENTS: [&str; 2] = ["2024-11-23T14:05:09Z", "2024-11-23T14:05:09.123Z"];

/// Events are of this century or the end of the last: seconds since 1970.
const FIRST_MOMENT: f64 = 315_532_800.0;
const LAST_MOMENT: f64 = 7_258_118_400.0;

/// Returns the result of a conversion of a string, if it depends on nothing else.
fn converted(spec: &ConversionSpec, text: &str) -> Option<String> {
    match converted_all(spec, &[Value::from(text)])?.into_iter().next()? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// So many known values are converted to see what becomes of them.
const MOST_CONVERTED: usize = 20;

/// Returns the result of conversions of a constant, or `None` if one of them refuses it or depends on more than the value.
pub(crate) fn converted_by(calls: &[Call<'_>], constant: &Value) -> Option<Value> {
    calls.iter().try_fold(constant.clone(), |value, call| {
        converted_all(call.spec, &[value])?.into_iter().next().filter(|made| !made.is_null())
    })
}

/// Whether a conversion refuses every list with an item of these kinds, which are lists and objects.
pub(crate) fn refuses_items(spec: &ConversionSpec, items: Kinds) -> bool {
    let samples =
        [(Kinds::OBJECT, serde_json::json!([{ "a": "b" }])), (Kinds::LIST, serde_json::json!([["a"]]))];
    let is_refused =
        |list: &Value| converted_all(spec, std::slice::from_ref(list)).is_some_and(|made| made.is_empty());
    items.is_within(Kinds::OBJECT.or(Kinds::LIST))
        && samples.iter().filter(|(kind, _)| kind.is_within(items)).all(|(_, list)| is_refused(list))
}

/// Returns the results of a conversion of known values, without those that it refuses, or `None` if it depends on more than the values.
fn converted_all(spec: &ConversionSpec, values: &[Value]) -> Option<Vec<Value>> {
    let args = match &spec.args {
        ArgsSpec::First(value) => Args::First(value.value.clone()),
        ArgsSpec::Named(entries) => Args::Named(
            entries.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect(),
        ),
        ArgsSpec::None => Args::None,
        ArgsSpec::Operand(_) => return None,
    };
    // tables, sets and settings are none of the value's
    let scope = ExampleScope::new(Value::Null);
    let built = build(&Plain { name: spec.name.value.clone(), args }, &scope).ok()?;
    let (conversion, nothing) = (built.first()?, Value::Null);
    let mut notes = Notes::new(&nothing);
    let made = values
        .iter()
        .filter_map(|value| conversion.convert(Val::from(value.clone()), &mut notes).ok().flatten());
    Some(made.map(|value| value.to_json()).collect())
}

fn kinds_of_words(words: &Value) -> Kinds {
    let one = |word: &Value| match word.as_str() {
        Some("text" | "email" | "phone" | "url" | "uuid") => Kinds::TEXT,
        Some("number") => Kinds::NUMBER,
        Some("integer") => Kinds::INTEGER,
        Some("date") => Kinds::TEXT.or(Kinds::NUMBER),
        Some("boolean") => Kinds::BOOLEAN,
        Some("list") => Kinds::LIST,
        Some("object") => Kinds::OBJECT,
        _ => Kinds::ALL,
    };
    match words {
        Value::Array(words) => words.iter().map(one).fold(Kinds::NONE, Kinds::or),
        word => one(word),
    }
}

/// The maximum number of entries of a table that are analyzed.
const MOST_ENTRIES: usize = 200;

/// The values of a table that is stated.
fn looked(
    table: Option<&Value>,
    missing: Option<&Value>,
    input: &Type,
    version: &VersionSpec,
) -> Option<Type> {
    let entries = table_of(table?, version)?;
    if entries.len() > MOST_ENTRIES {
        return None;
    }
    let values = Type::one_of(entries.values().filter(|value| !value.is_null()).cloned()).or_absent();
    match missing.and_then(Value::as_str) {
        Some("keep") => Some(values.or(&Type { literals: None, ..input.clone() })),
        _ => Some(values),
    }
}
