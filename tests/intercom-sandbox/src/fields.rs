//! Typed access to request bodies. A field of the wrong type is refused.

use serde_json::{Map, Value};

use crate::error::Refusal;

/// The change of a field by a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Patch<T> {
    /// The field is absent.
    Keep,
    /// `null`.
    Clear,
    /// A value.
    Set(T),
}

impl<T> Patch<T> {
    /// Applies the patch to the stored value.
    pub(crate) fn apply(self, stored: &mut Option<T>) {
        match self {
            Patch::Keep => {}
            Patch::Clear => *stored = None,
            Patch::Set(value) => *stored = Some(value),
        }
    }

    pub(crate) fn value(self) -> Option<T> {
        match self {
            Patch::Set(value) => Some(value),
            Patch::Keep | Patch::Clear => None,
        }
    }
}

/// The members of a body, or of an object in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn patch<T>(
        self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Patch<T>, Refusal> {
        match self.0.get(name) {
            None => Ok(Patch::Keep),
            Some(Value::Null) => Ok(Patch::Clear),
            Some(value) => {
                read(value).map(Patch::Set).ok_or(Refusal::TypeMismatch { field: name.to_owned(), expected })
            }
        }
    }

    pub(crate) fn text(self, name: &str) -> Result<Patch<String>, Refusal> {
        self.patch(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn integer(self, name: &str) -> Result<Patch<i64>, Refusal> {
        self.patch(name, "an integer", Value::as_i64)
    }

    pub(crate) fn number(self, name: &str) -> Result<Patch<f64>, Refusal> {
        self.patch(name, "a number", Value::as_f64)
    }

    pub(crate) fn boolean(self, name: &str) -> Result<Patch<bool>, Refusal> {
        self.patch(name, "a boolean", Value::as_bool)
    }

    pub(crate) fn object(self, name: &str) -> Result<Option<Fields<'a>>, Refusal> {
        Ok(self.patch(name, "an object", Value::as_object)?.value().map(Fields))
    }

    pub(crate) fn list(self, name: &str) -> Result<Option<&'a [Value]>, Refusal> {
        Ok(self.patch(name, "an array", Value::as_array)?.value().map(Vec::as_slice))
    }

    /// Returns a string that identifies something. Null and other types are refused, and the empty string is treated as absent.
    pub(crate) fn identifier(self, name: &str) -> Result<Option<String>, Refusal> {
        match self.text(name)? {
            Patch::Clear => Err(Refusal::TypeMismatch { field: name.to_owned(), expected: "a string" }),
            Patch::Keep => Ok(None),
            Patch::Set(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        }
    }

    /// Returns an email, in lower case as Intercom stores it.
    pub(crate) fn email(self) -> Result<Option<String>, Refusal> {
        Ok(self.identifier("email")?.map(|email| email.to_lowercase()))
    }

    /// Returns the items of a list, each of which must be an object.
    pub(crate) fn objects(self, name: &'static str) -> Result<Option<Vec<Fields<'a>>>, Refusal> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let objects: Option<Vec<_>> = items.iter().map(|item| item.as_object().map(Fields)).collect();
        objects.map(Some).ok_or(Refusal::TypeMismatch { field: name.into(), expected: "an array of objects" })
    }
}
