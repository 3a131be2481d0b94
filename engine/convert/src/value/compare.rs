//! Equality, order, membership and truth of values: what conditions mean by `==`, `<`, `in` and `not`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use mapwright_json::{Json, Kind, Number};

use super::Val;

impl Val<'_> {
    /// Returns true unless this is null, `false`, 0, or an empty string, list or object.
    pub fn is_true(&self) -> bool {
        match self {
            Val::Json(json) => match json.kind() {
                Kind::Null => false,
                Kind::Bool => json.as_bool() == Some(true),
                Kind::Number => json.as_number().is_some_and(|number| Val::from(number).is_true()),
                Kind::String => !json.is_empty_str(),
                Kind::Array | Kind::Object => !json.is_empty(),
            },
            Val::Null => false,
            Val::Bool(b) => *b,
            Val::Int(n) => *n != 0,
            Val::UInt(n) => *n != 0,
            Val::Float(n) => *n != 0.0,
            Val::Text(text) => !text.is_empty(),
            Val::List(items) => !items.is_empty(),
            Val::Object(members) => !members.is_empty(),
        }
    }

    /// Compares two numbers by value, two strings by their code points, or two booleans. Other values are not in order.
    pub fn compare(&self, other: &Val<'_>) -> Option<Ordering> {
        match (self.kind(), other.kind()) {
            (Kind::Number, Kind::Number) => self.compare_numbers(other),
            (Kind::String, Kind::String) => Some(self.str()?.cmp(&other.str()?)),
            (Kind::Bool, Kind::Bool) => Some(self.as_bool()?.cmp(&other.as_bool()?)),
            _ => None,
        }
    }

    /// Returns true if both have the same kind and value. The order of an object's members is irrelevant. Linear in the size of both.
    pub fn equals(&self, other: &Val<'_>) -> bool {
        match (self.kind(), other.kind()) {
            (Kind::Null, Kind::Null) => true,
            (Kind::String, Kind::String) => self.str() == other.str(),
            (Kind::Array, Kind::Array) => match (self, other) {
                (Val::Json(own), Val::Json(other)) => equal_lists(*own, *other),
                _ => self.equals_known(&Known::new(other)),
            },
            (Kind::Object, Kind::Object) => match (self, other) {
                (Val::Json(own), Val::Json(other)) => equal_objects(*own, *other),
                _ => self.equals_known(&Known::new(other)),
            },
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// Returns true if a list has an item that equals `wanted`, an object a member of that name, or a string contains the text of
    /// `wanted`. Linear in the size of both, since `wanted` is read only once.
    pub fn contains(&self, wanted: &Val<'_>) -> bool {
        match self.kind() {
            Kind::Array => match wanted.kind() {
                Kind::String => wanted.str().is_some_and(|wanted| {
                    self.any_item(|item| item.str().is_some_and(|text| text == wanted))
                }),
                Kind::Array | Kind::Object => {
                    let wanted = Known::new(wanted);
                    self.any_item(|item| item.equals_known(&wanted))
                }
                Kind::Null | Kind::Bool | Kind::Number => self.any_item(|item| item.equals(wanted)),
            },
            Kind::Object => wanted.str().is_some_and(|name| self.get(&name).is_some()),
            Kind::String => match (self.str(), wanted.printed()) {
                (Some(text), Some(wanted)) => text.contains(wanted.as_ref()),
                _ => false,
            },
            Kind::Null | Kind::Bool | Kind::Number => false,
        }
    }

    fn any_item(&self, mut test: impl FnMut(&Val<'_>) -> bool) -> bool {
        match self {
            Val::Json(json) => json.items().any(|item| test(&Val::Json(item))),
            Val::List(items) => items.iter().any(test),
            _ => false,
        }
    }

    /// Compares two numbers by value: whole numbers beyond 64 bits by their digits, with each other and with those that 64 bits hold.
    fn compare_numbers(&self, other: &Val<'_>) -> Option<Ordering> {
        let (own, others) = (self.as_number()?, other.as_number()?);
        let sign = |digits: &str| if digits.starts_with('-') { Ordering::Less } else { Ordering::Greater };
        let is_float = |number| matches!(number, Number::Float(_));
        if is_float(own) || is_float(others) {
            match (self.long_digits(), other.long_digits()) {
                (Some(own), Some(other)) => return Some(compare_digits(own, other)),
                (Some(own), None) if !is_float(others) => return Some(sign(own)),
                (None, Some(other)) if !is_float(own) => return Some(sign(other).reverse()),
                (None, None) | (Some(_), None) | (None, Some(_)) => {}
            }
        }
        own.compare(others)
    }

    /// Equality with a value whose members are found without a search. Linear in the size of this value alone.
    fn equals_known(&self, known: &Known<'_>) -> bool {
        match (self, known) {
            (own, Known::Scalar(value)) => own.equals(value),
            (Val::Json(json), Known::List(items)) => {
                let mut own = json.items();
                json.kind() == Kind::Array
                    && items
                        .iter()
                        .all(|item| own.next().is_some_and(|own| Val::Json(own).equals_known(item)))
                    && own.next().is_none()
            }
            (Val::List(own), Known::List(items)) => {
                own.len() == items.len() && own.iter().zip(items).all(|(own, item)| own.equals_known(item))
            }
            (Val::Json(json), Known::Object(members)) => {
                let mut count = 0;
                json.kind() == Kind::Object
                    && json.entries().all(|(name, own)| {
                        count += 1;
                        members.get(&name).is_some_and(|value| Val::Json(own).equals_known(value))
                    })
                    && count == members.len()
            }
            (Val::Object(own), Known::Object(members)) => {
                own.len() == members.len()
                    && own
                        .iter()
                        .all(|(name, own)| members.get(name).is_some_and(|value| own.equals_known(value)))
            }
            (_, Known::List(_) | Known::Object(_)) => false,
        }
    }

    /// The string, without a copy of one that the value owns.
    fn str(&self) -> Option<Cow<'_, str>> {
        match self {
            Val::Text(text) => Some(Cow::Borrowed(text.as_ref())),
            other => other.as_text(),
        }
    }
}

/// A value whose members are found without a search.
enum Known<'v> {
    Scalar(Val<'v>),
    List(Vec<Known<'v>>),
    Object(HashMap<Cow<'v, str>, Known<'v>>),
}

impl<'v> Known<'v> {
    fn new(value: &'v Val<'_>) -> Self {
        match value {
            Val::Json(json) => Self::of_json(*json),
            Val::List(items) => Known::List(items.iter().map(Self::new).collect()),
            Val::Object(members) => {
                let members = members.iter();
                Known::Object(members.map(|(name, value)| (name.as_ref().into(), Self::new(value))).collect())
            }
            Val::Text(text) => Known::Scalar(Val::Text(text.as_ref().into())),
            Val::Null | Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Float(_) => {
                Known::Scalar(value.clone())
            }
        }
    }

    fn of_json(json: Json<'v>) -> Self {
        match json.kind() {
            Kind::Array => Known::List(json.items().map(Self::of_json).collect()),
            Kind::Object => {
                Known::Object(json.entries().map(|(name, value)| (name, Self::of_json(value))).collect())
            }
            Kind::Null | Kind::Bool | Kind::Number | Kind::String => Known::Scalar(Val::Json(json)),
        }
    }
}

/// Whether two texts are the same: they need not be read then.
fn are_same_text(own: Json<'_>, other: Json<'_>) -> bool {
    matches!((own, other), (Json::Text(own), Json::Text(other)) if own.as_text() == other.as_text())
}

fn equal_lists(own: Json<'_>, other: Json<'_>) -> bool {
    are_same_text(own, other) || {
        let (mut own, mut other) = (own.items(), other.items());
        loop {
            match (own.next(), other.next()) {
                (Some(own), Some(other)) if Val::Json(own).equals(&Val::Json(other)) => {}
                (None, None) => return true,
                _ => return false,
            }
        }
    }
}

/// Most objects that are equal have their members in the same order, in which they need not be searched for.
fn equal_objects(own: Json<'_>, other: Json<'_>) -> bool {
    are_same_text(own, other) || {
        let (mut members, mut others) = (own.entries(), other.entries());
        loop {
            match (members.next(), others.next()) {
                (Some((name, value)), Some((other_name, other_value))) if name == other_name => {
                    if !Val::Json(value).equals(&Val::Json(other_value)) {
                        return false;
                    }
                }
                (Some(_), Some(_)) => return Val::Json(own).equals_known(&Known::of_json(other)),
                (None, None) => return true,
                _ => return false,
            }
        }
    }
}

/// Compares whole numbers by their digits; the first of several is never zero.
fn compare_digits(own: &str, other: &str) -> Ordering {
    let larger = |own: &str, other: &str| own.len().cmp(&other.len()).then_with(|| own.cmp(other));
    match (own.strip_prefix('-'), other.strip_prefix('-')) {
        (None, None) => larger(own, other),
        (Some(own), Some(other)) => larger(other, own),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mapwright_json::Text;

    #[test]
    fn whole_numbers_beyond_64_bits_are_compared_by_their_digits() {
        let ascending = [
            "-123456789012345678901234567891",
            "-123456789012345678901234567890",
            "-9223372036854775809",
            "-9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "18446744073709551617",
            "123456789012345678901234567890",
        ];
        for (at, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                let [a, b] = [a, b].map(|text| Val::Json(Text::parse(text).unwrap().into()));
                assert_eq!(a.compare(&b), Some(at.cmp(&other)), "{a} and {b}");
                assert_eq!(a.equals(&b), at == other, "{a} and {b}");
                assert_eq!(Val::List(vec![b.clone()]).contains(&a), at == other, "{a} in [{b}]");
                let in_list = |value: &Val<'static>| Val::List(vec![value.clone()]);
                let in_object = |value: &Val<'static>| Val::Object(vec![("a".into(), value.clone())]);
                assert_eq!(in_list(&a).equals(&in_list(&b)), at == other, "[{a}] and [{b}]");
                assert_eq!(in_object(&a).equals(&in_object(&b)), at == other, "of objects: {a} and {b}");
                assert_eq!(in_list(&in_list(&a)).contains(&in_list(&b)), at == other, "[{a}] in [[{b}]]");
            }
        }
    }
}
