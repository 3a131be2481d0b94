//! The interface of values that can be traversed and written: values of both kinds of documents, and owned values.

use std::borrow::Cow;

use crate::value::Val;
use mapwright_json::{Json, Kind, Node};

/// A value that can be traversed. Code that is generic over `Tree` is compiled for each kind of document, and does not dispatch
/// on the kind for every value.
pub trait Tree<'e>: Sized {
    /// Returns the JSON type of the value.
    fn kind(&self) -> Kind;

    /// Returns an upper bound of the length of its text in bytes, if it is text.
    fn str_bytes(&self) -> Option<usize>;

    /// Whether it is neither null nor the empty text.
    fn is_something(&self) -> bool;

    /// Returns whether it is an empty list or object.
    fn is_empty(&self) -> bool;

    /// Returns whether it is a number with a fraction or an exponent that may be whole all the same, such as `5.0`.
    fn may_be_whole(&self) -> bool;

    /// Returns whether it is a list whose items are all of these kinds.
    fn items_are(&self, is: impl Fn(Kind) -> bool) -> bool;

    /// Returns whether it is an object with a member of this name.
    fn has(&self, name: &str) -> bool;

    /// Passes the members of an object to `show`, each name once.
    fn each_entry<E>(self, show: impl FnMut(Cow<'e, str>, Self) -> Result<(), E>) -> Result<(), E>;

    /// Passes the items of a list to `show`.
    fn each_item<E>(self, show: impl FnMut(Self) -> Result<(), E>) -> Result<(), E>;

    /// Appends its JSON text.
    fn write(&self, out: &mut Vec<u8>);

    /// Returns the value; text and members may be copied.
    fn to_val(&self) -> Val<'e>;

    /// Returns the value without copying what it owns.
    fn into_val(self) -> Val<'e>;
}

impl<'e, N: Node<'e>> Tree<'e> for N {
    #[inline(always)]
    fn kind(&self) -> Kind {
        Node::kind(*self)
    }

    #[inline(always)]
    fn str_bytes(&self) -> Option<usize> {
        Node::str_bytes(*self)
    }

    #[inline(always)]
    fn is_something(&self) -> bool {
        Node::is_something(*self)
    }

    fn is_empty(&self) -> bool {
        Node::is_empty(*self)
    }

    fn may_be_whole(&self) -> bool {
        may_be_whole((*self).into())
    }

    fn items_are(&self, is: impl Fn(Kind) -> bool) -> bool {
        Node::kind(*self) == Kind::Array
            && Node::each_item(*self, |item| if is(Node::kind(item)) { Ok(()) } else { Err(()) }).is_ok()
    }

    fn has(&self, name: &str) -> bool {
        (*self).into().get(name).is_some()
    }

    #[inline(always)]
    fn each_entry<E>(self, show: impl FnMut(Cow<'e, str>, Self) -> Result<(), E>) -> Result<(), E> {
        Node::each_entry(self, show)
    }

    #[inline(always)]
    fn each_item<E>(self, show: impl FnMut(Self) -> Result<(), E>) -> Result<(), E> {
        Node::each_item(self, show)
    }

    #[inline(always)]
    fn write(&self, out: &mut Vec<u8>) {
        Node::write(*self, out);
    }

    fn to_val(&self) -> Val<'e> {
        Val::Json((*self).into())
    }

    fn into_val(self) -> Val<'e> {
        Val::Json(self.into())
    }
}

impl<'e> Tree<'e> for Val<'e> {
    fn kind(&self) -> Kind {
        Val::kind(self)
    }

    fn str_bytes(&self) -> Option<usize> {
        match self {
            Val::Json(json) => json.str_bytes(),
            Val::Text(text) => Some(text.len()),
            _ => None,
        }
    }

    fn is_something(&self) -> bool {
        match self {
            Val::Json(json) => json.is_something(),
            Val::Text(text) => !text.is_empty(),
            Val::Null => false,
            Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Float(_) | Val::List(_) | Val::Object(_) => true,
        }
    }

    fn is_empty(&self) -> bool {
        Val::is_empty(self)
    }

    fn may_be_whole(&self) -> bool {
        match self {
            Val::Json(json) => may_be_whole(*json),
            Val::Float(_) => true,
            _ => false,
        }
    }

    fn items_are(&self, is: impl Fn(Kind) -> bool) -> bool {
        match self {
            Val::Json(json) => json.kind() == Kind::Array && json.items().all(|item| is(item.kind())),
            Val::List(items) => items.iter().all(|item| is(item.kind())),
            _ => false,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn each_entry<E>(self, mut show: impl FnMut(Cow<'e, str>, Self) -> Result<(), E>) -> Result<(), E> {
        match self {
            Val::Json(json) => json.entries().try_for_each(|(key, value)| show(key, Val::Json(value))),
            Val::Object(entries) => entries.into_iter().try_for_each(|(key, value)| show(key, value)),
            _ => Ok(()),
        }
    }

    fn each_item<E>(self, show: impl FnMut(Self) -> Result<(), E>) -> Result<(), E> {
        match self {
            Val::Json(json) => json.items().map(Val::Json).try_for_each(show),
            Val::List(items) => items.into_iter().try_for_each(show),
            _ => Ok(()),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        Val::write(self, out);
    }

    fn to_val(&self) -> Val<'e> {
        self.clone()
    }

    fn into_val(self) -> Val<'e> {
        self
    }
}

fn may_be_whole(json: Json<'_>) -> bool {
    /// With more digits, a number may be rounded to a whole one.
    const EXACT: usize = 15;
    let text = match json {
        Json::Tree(tree) => return tree.is_f64(),
        Json::Text(text) if text.kind() == Kind::Number => text.as_text().as_bytes(),
        Json::Text(_) => return false,
    };
    let (mut point, mut exponent) = (false, false);
    for byte in text {
        point |= *byte == b'.';
        exponent |= matches!(byte, b'e' | b'E');
    }
    let is_broken = text.len() <= EXACT && text.last() != Some(&b'0');
    exponent || (point && !is_broken)
}
