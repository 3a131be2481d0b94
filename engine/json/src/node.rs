//! The interface that values of both kinds of documents share.

use std::borrow::Cow;

use serde_json::Value;

use crate::compact::{write_text, write_tree};
use crate::kind::Kind;
use crate::read::{ReadItems, read};
use crate::text::Text;
use crate::value::{Json, is_empty, is_something};

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

    /// Returns an upper bound of the length of a string in bytes: escapes in a string are counted as written.
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
        Text::is_something(self)
    }

    #[inline]
    fn str_bytes(self) -> Option<usize> {
        Text::str_bytes(self)
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
            None => read(self.as_text()).try_for_each(|(key, value)| show(key, Text::trusted(value))),
        }
    }

    #[inline]
    fn each_item<E>(self, mut show: impl FnMut(Self) -> Result<(), E>) -> Result<(), E> {
        match self.list() {
            _ if self.kind() != Kind::Array => Ok(()),
            Some(mut list) => list.try_for_each(|item| item.value().map_or(Ok(()), &mut show)),
            None => ReadItems::new(self.as_text()).map(Text::trusted).try_for_each(show),
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
        Kind::from(self)
    }

    #[inline]
    fn is_something(self) -> bool {
        is_something(self)
    }

    #[inline]
    fn str_bytes(self) -> Option<usize> {
        self.as_str().map(str::len)
    }

    fn is_empty(self) -> bool {
        is_empty(self)
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
