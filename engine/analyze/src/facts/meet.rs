//! Whether a schema refuses every value that a row may have.

use mapwright_convert::Patterns;
use serde_json::{Map, Value};

use crate::facts::formats::{format_fits, text_fits};
use crate::facts::types::{Case, Format, Kinds, Type};
use crate::schema::{PointerStep, Schema, Spot};

/// The reason why a schema refuses a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// It is of other kinds.
    Kind {
        /// What it is.
        given: Kinds,
        /// What the schema allows.
        allowed: Kinds,
    },
    /// It is none of the values that are listed.
    OneOf {
        /// The values.
        values: Vec<Value>,
    },
    /// A pattern does not match it.
    Pattern(String),
    /// It is not of a format.
    Format(String),
    /// It is longer than this.
    Longer(u64),
    /// It is shorter than this.
    Shorter(u64),
    /// It is more than this.
    More(f64),
    /// It is less than this.
    Less(f64),
    /// It is not a multiple of this.
    NoMultiple(f64),
    /// It has a member that is not allowed.
    Member(String),
    /// It lacks a member.
    Lacks(String),
}

/// A value that is refused: why, and which one if that is known.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    /// Why.
    pub reason: Reason,
    /// A value that it may be, if the reason shows in that one.
    pub example: Option<Value>,
}

/// Schemas and the patterns in them.
pub(crate) struct Meeting<'m> {
    pub schema: &'m Schema,
    pub patterns: &'m Patterns,
}

impl<'m> Meeting<'m> {
    /// Returns why a schema refuses every value of a type.
    pub(crate) fn refused(&self, value: &Type, spot: &Spot<'m>) -> Option<Refused> {
        if value.kinds.is_empty() || spot.is_closed() {
            return None;
        }
        if let Some(literals) = &value.literals {
            let refused: Option<Vec<Refused>> =
                literals.iter().map(|literal| self.refused_literal(literal, spot)).collect();
            return refused?.into_iter().next();
        }
        let reasons: Option<Vec<Reason>> = spot
            .alternatives
            .iter()
            .map(|schemas| schemas.iter().find_map(|schema| self.by(schema, value)))
            .collect();
        if let Some(reasons) = reasons {
            let example = value.samples.first().map(|sample| Value::from(sample.as_str()));
            return Some(Refused { reason: united(reasons)?, example });
        }
        let items = value.items.as_ref().filter(|_| value.kinds == Kinds::LIST)?;
        let spot = self.schema.child(spot, PointerStep::EachItem)?;
        self.refused(&Type { absent: false, ..(**items).clone() }, &spot)
    }

    /// Returns why a schema refuses a known value.
    fn refused_literal(&self, value: &Value, spot: &Spot<'m>) -> Option<Refused> {
        if spot.is_closed() {
            return None;
        }
        let refused: Option<Vec<Refused>> =
            spot.alternatives.iter().map(|schemas| self.literal_by(schemas, value)).collect();
        let refused = refused?;
        let example = refused.iter().find_map(|refused| refused.example.clone());
        Some(Refused {
            reason: united(refused.into_iter().map(|refused| refused.reason).collect())?,
            example,
        })
    }

    /// Returns why one of several schemas, all of which apply, refuses a known value.
    fn literal_by(&self, schemas: &[&'m Map<String, Value>], value: &Value) -> Option<Refused> {
        let refused = |reason| Refused { reason, example: Some(value.clone()) };
        for schema in schemas {
            if let Some(reason) = self.literal_itself(schema, value) {
                return Some(refused(reason));
            }
        }
        let here = Spot { alternatives: vec![schemas.to_vec()] };
        match value {
            Value::Object(members) => {
                for schema in schemas {
                    let lacks = required(schema).find(|name| !members.contains_key(*name));
                    if let Some(name) = lacks {
                        return Some(refused(Reason::Lacks(name.to_owned())));
                    }
                }
                members.iter().find_map(|(name, value)| {
                    let spot = self.schema.child(&here, PointerStep::Field(name))?;
                    match spot.is_closed() {
                        true => Some(refused(Reason::Member(name.clone()))),
                        false => self.refused_literal(value, &spot),
                    }
                })
            }
            Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| {
                let spot = self.schema.child(&here, PointerStep::Item(at))?;
                self.refused_literal(item, &spot)
            }),
            _ => None,
        }
    }

    /// Returns why a schema refuses a known value, without its members and items.
    fn literal_itself(&self, schema: &Map<String, Value>, value: &Value) -> Option<Reason> {
        let given = Kinds::of(value);
        let allowed = stated(schema);
        if given.and(allowed).is_empty() {
            return Some(Reason::Kind { given, allowed });
        }
        if let Some(listed) = listed(schema)
            && !listed.contains(&value)
        {
            return Some(Reason::OneOf { values: listed.into_iter().cloned().collect() });
        }
        match value {
            Value::String(text) => self.text(schema, text),
            Value::Number(number) => {
                let number = number.as_f64()?;
                out_of_range(schema, (number, number)).or_else(|| {
                    let step = schema.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0)?;
                    let times = number / step;
                    let is_multiple = (times - times.round()).abs() < 1e-9 * times.abs().max(1.0);
                    (!is_multiple).then_some(Reason::NoMultiple(step))
                })
            }
            Value::Array(items) => out_of_length(schema, items.len() as u64, ("minItems", "maxItems")),
            Value::Object(members) => {
                out_of_length(schema, members.len() as u64, ("minProperties", "maxProperties"))
            }
            Value::Null | Value::Bool(_) => None,
        }
    }

    fn text(&self, schema: &Map<String, Value>, text: &str) -> Option<Reason> {
        let length = out_of_length(schema, text.chars().count() as u64, ("minLength", "maxLength"));
        length.or_else(|| self.pattern(schema, text)).or_else(|| {
            let format = schema.get("format")?.as_str()?;
            (!text_fits(text, format)).then(|| Reason::Format(format.to_owned()))
        })
    }

    fn pattern(&self, schema: &Map<String, Value>, text: &str) -> Option<Reason> {
        let pattern = schema.get("pattern")?.as_str()?;
        // a pattern that cannot be read here says nothing
        let regex = self.patterns.get(pattern).ok()?;
        (!regex.is_match(text)).then(|| Reason::Pattern(pattern.to_owned()))
    }

    /// Returns why a schema refuses every value of a type, without its members and items.
    fn by(&self, schema: &Map<String, Value>, value: &Type) -> Option<Reason> {
        let allowed = stated(schema);
        let left = value.kinds.and(allowed);
        if left.is_empty() {
            return Some(Reason::Kind { given: value.kinds, allowed });
        }
        if let Some(listed) = listed(schema) {
            let kinds = listed.iter().map(|value| Kinds::of(value)).fold(Kinds::NONE, Kinds::or);
            if left.and(kinds).is_empty() {
                return Some(Reason::Kind { given: value.kinds, allowed: kinds });
            }
            let may_be = |listed: &Value| match listed.as_str() {
                Some(text) if left == Kinds::TEXT => {
                    let fits_case = match value.case {
                        Some(Case::Lower) => !text.chars().any(char::is_uppercase),
                        Some(Case::Upper) => !text.chars().any(char::is_lowercase),
                        None => true,
                    };
                    // a list of dates has others than those of the samples
                    let fits_samples = value.samples.is_empty() || value.format == Some(Format::OtherDate);
                    fits_case && fits_samples
                }
                _ => true,
            };
            if !listed.iter().any(|listed| may_be(listed)) {
                return Some(Reason::OneOf { values: listed.into_iter().cloned().collect() });
            }
        }
        if left.is_within(Kinds::NUMBER) {
            return out_of_range(schema, value.range?);
        }
        if left != Kinds::TEXT {
            return None;
        }
        if let (Some(given), Some(format)) = (value.format, schema.get("format").and_then(Value::as_str))
            && !format_fits(given, &value.samples, format)
        {
            return Some(Reason::Format(format.to_owned()));
        }
        if let (Some(longest), Some(least)) = (value.longest, schema.get("minLength").and_then(Value::as_u64))
            && longest < least
        {
            return Some(Reason::Shorter(least));
        }
        let mut reasons = value.samples.iter().map(|sample| self.text(schema, sample));
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    }
}

/// The reason of all alternatives together.
fn united(reasons: Vec<Reason>) -> Option<Reason> {
    // where a value has the right kind it comes nearest
    let is_kind = |reason: &Reason| matches!(reason, Reason::Kind { .. });
    let (kinds, others): (Vec<Reason>, Vec<Reason>) = reasons.into_iter().partition(is_kind);
    if let Some(first) = others.first().cloned() {
        let mut all: Vec<Value> = Vec::new();
        for reason in others {
            let Reason::OneOf { values } = reason else { return Some(first) };
            for value in values {
                if !all.contains(&value) {
                    all.push(value);
                }
            }
        }
        return Some(Reason::OneOf { values: all });
    }
    let mut both: Option<(Kinds, Kinds)> = None;
    for reason in kinds {
        if let Reason::Kind { given, allowed } = reason {
            let (_, before) = both.unwrap_or((given, Kinds::NONE));
            both = Some((given, before.or(allowed)));
        }
    }
    both.map(|(given, allowed)| Reason::Kind { given, allowed })
}

/// The kinds that a schema states; all, if it states none.
pub(crate) fn stated(schema: &Map<String, Value>) -> Kinds {
    let one = |kind: &Value| match kind.as_str() {
        Some("null") => Kinds::NULL,
        Some("boolean") => Kinds::BOOLEAN,
        Some("integer") => Kinds::INTEGER,
        Some("number") => Kinds::NUMBER,
        Some("string") => Kinds::TEXT,
        Some("array") => Kinds::LIST,
        Some("object") => Kinds::OBJECT,
        _ => Kinds::ALL,
    };
    match schema.get("type") {
        None => Kinds::ALL,
        Some(Value::Array(kinds)) => kinds.iter().map(one).fold(Kinds::NONE, Kinds::or),
        Some(kind) => one(kind),
    }
}

/// The values that a schema lists.
pub(crate) fn listed(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(only), _) => Some(vec![only]),
        (None, Some(listed)) => Some(listed.iter().collect()),
        (None, None) => None,
    }
}

pub(crate) fn required(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn out_of_range(schema: &Map<String, Value>, (least, most): (f64, f64)) -> Option<Reason> {
    let bound = |word: &str| schema.get(word).and_then(Value::as_f64);
    if let Some(max) = bound("maximum").filter(|max| least > *max) {
        return Some(Reason::More(max));
    }
    if let Some(max) = bound("exclusiveMaximum").filter(|max| least >= *max) {
        return Some(Reason::More(max));
    }
    if let Some(min) = bound("minimum").filter(|min| most < *min) {
        return Some(Reason::Less(min));
    }
    bound("exclusiveMinimum").filter(|min| most <= *min).map(Reason::Less)
}

fn out_of_length(schema: &Map<String, Value>, length: u64, (min, max): (&str, &str)) -> Option<Reason> {
    let bound = |word: &str| schema.get(word).and_then(Value::as_u64);
    let longer = bound(max).filter(|max| length > *max).map(Reason::Longer);
    longer.or_else(|| bound(min).filter(|min| length < *min).map(Reason::Shorter))
}
