//! The interface that values of both kinds of documents share.

use std::borrow::Cow;

use serde_json::Value;

use crate::iter::{ReadItems, read};
use crate::text::Text;
use crate::value::{Json, Kind};
use crate::write::{write_text, write_tree};

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Text<'_> {}
    impl Sealed for &serde_json::Value {}
}

/// A value of one kind of document: a [`Text`], or a node of a parsed tree.
///
/// [`Json`] is either. Code that processes many values is generic over `Node`, so that it dispatches on the kind of document once
/// instead of once per value.
pub trait Node<'d>: Copy + Into<Json<'d>> + sealed::Sealed {
    /// Returns the type of the value.
    fn kind(self) -> Kind;

    /// Returns whether this is neither `null` nor the string `""`.
    fn is_something(self) -> bool;

    /// Returns an upper bound of the length of a string in bytes: escapes in a text are counted as written.
    fn str_bytes(self) -> Option<usize>;

    /// Returns whether this is an empty array or object.
    fn is_empty(self) -> bool;

    /// Passes the members of an object to `show`, as [`Json::entries`] lists them, up to the first error.
    ///
    /// # Errors
    /// Returns the error of `show`.
    fn each_entry<E>(self, show: impl FnMut(Cow<'d, str>, Self) -> Result<(), E>) -> Result<(), E>;

    /// Passes the items of an array to `show`, up to the first error.
    ///
    /// # Errors
    /// Returns the error of `show`.
    fn each_item<E>(self, show: impl FnMut(Self) -> Result<(), E>) -> Result<(), E>;

    /// Writes the value as [`Json::write`] does.
    fn write(self, out: &mut Vec<u8>);
}

impl<'d> Node<'d> for Text<'d> {
    #[inline]
    fn kind(self) -> Kind {
        Text::kind(self)
    }

    #[inline]
    fn is_something(self) -> bool {
        !matches!(self.as_text().as_bytes(), b"null" | b"\"\"")
    }

    #[inline]
    fn str_bytes(self) -> Option<usize> {
        (self.kind() == Kind::String).then(|| self.as_text().len().saturating_sub(2))
    }

    fn is_empty(self) -> bool {
        Text::is_empty(self)
    }

    #[inline]
    fn each_entry<E>(self, mut show: impl FnMut(Cow<'d, str>, Self) -> Result<(), E>) -> Result<(), E> {
        match self.list() {
            _ if self.kind() != Kind::Object => Ok(()),
            Some(mut list) => list.try_for_each(|member| match (member.key(), member.value()) {
                (Some(key), Some(value)) => show(key, value),
                _ => Ok(()),
            }),
            None => read(self).try_for_each(|(key, value)| show(key, value)),
        }
    }

    #[inline]
    fn each_item<E>(self, mut show: impl FnMut(Self) -> Result<(), E>) -> Result<(), E> {
        match self.list() {
            _ if self.kind() != Kind::Array => Ok(()),
            Some(mut list) => list.try_for_each(|item| item.value().map_or(Ok(()), &mut show)),
            None => ReadItems::new(self).try_for_each(show),
        }
    }

    #[inline]
    fn write(self, out: &mut Vec<u8>) {
        write_text(out, self);
    }
}

impl<'d> Node<'d> for &'d Value {
    #[inline]
    fn kind(self) -> Kind {
        match self {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::String,
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        }
    }

    #[inline]
    fn is_something(self) -> bool {
        match self {
            Value::String(text) => !text.is_empty(),
            value => !value.is_null(),
        }
    }

    #[inline]
    fn str_bytes(self) -> Option<usize> {
        self.as_str().map(str::len)
    }

    fn is_empty(self) -> bool {
        match self {
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        }
    }

    #[inline]
    fn each_entry<E>(self, mut show: impl FnMut(Cow<'d, str>, Self) -> Result<(), E>) -> Result<(), E> {
        let mut members = self.as_object().into_iter().flatten();
        members.try_for_each(|(key, value)| show(Cow::Borrowed(key), value))
    }

    #[inline]
    fn each_item<E>(self, show: impl FnMut(Self) -> Result<(), E>) -> Result<(), E> {
        self.as_array().into_iter().flatten().try_for_each(show)
    }

    #[inline]
    fn write(self, out: &mut Vec<u8>) {
        write_tree(out, self);
    }
}
