//! Equality, order, membership and truth of values: what conditions mean by `==`, `<`, `in` and `not`.

use std::borrow::Cow;
use std::cmp::Ordering;

use mapwright_json::{Json, Kind};
use serde_json::Value;

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
            (Kind::Number, Kind::Number) => self.as_number()?.compare(other.as_number()?),
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
            (Kind::Array, Kind::Array) | (Kind::Object, Kind::Object) => match (self, other) {
                (Val::Json(Json::Tree(tree)), value) | (value, Val::Json(Json::Tree(tree))) => {
                    value.equals_tree(tree)
                }
                (one, other) => other.equals_tree(&one.to_json()),
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
                    let tree = match wanted {
                        Val::Json(Json::Tree(tree)) => Cow::Borrowed(*tree),
                        wanted => Cow::Owned(wanted.to_json()),
                    };
                    self.any_item(|item| item.equals_tree(&tree))
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

    /// Equality with a tree, whose members are found without a search. Linear in the size of this value alone.
    fn equals_tree(&self, tree: &Value) -> bool {
        match (self, tree) {
            (Val::Json(json), Value::Array(items)) => {
                let mut own = json.items();
                json.kind() == Kind::Array
                    && items.iter().all(|item| own.next().is_some_and(|own| Val::Json(own).equals_tree(item)))
                    && own.next().is_none()
            }
            (Val::List(own), Value::Array(items)) => {
                own.len() == items.len() && own.iter().zip(items).all(|(own, item)| own.equals_tree(item))
            }
            (Val::Json(json), Value::Object(members)) => {
                let mut count = 0;
                json.kind() == Kind::Object
                    && json.entries().all(|(name, own)| {
                        count += 1;
                        members.get(name.as_ref()).is_some_and(|value| Val::Json(own).equals_tree(value))
                    })
                    && count == members.len()
            }
            (Val::Object(own), Value::Object(members)) => {
                own.len() == members.len()
                    && own.iter().all(|(name, own)| {
                        members.get(name.as_ref()).is_some_and(|value| own.equals_tree(value))
                    })
            }
            (_, Value::Array(_) | Value::Object(_)) => false,
            (own, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                own.equals(&Val::Json(Json::Tree(tree)))
            }
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
