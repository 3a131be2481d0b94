//! The members of objects and the items of lists.

use std::borrow::Cow;

use mapwright_json::Kind;

use crate::bounds::Bounds;
use crate::error::{ConvertError, Converted};
use crate::notes::Notes;
use crate::value::Val;

/// A conversion that decides on each member of an object by itself.
pub trait OfMember: Send + Sync {
    /// Which members it keeps as they are or drops, without a warning.
    fn bounds(&self) -> Bounds;

    /// Decides on a member: may change its value, and says whether it stays.
    fn member(&self, name: &str, value: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError>;
}

/// A member of an object.
pub type Member<'e> = (Cow<'e, str>, Val<'e>);

/// The members of an object, each name once.
pub fn members(value: Val<'_>) -> Result<Vec<Member<'_>>, ConvertError> {
    match value.kind() {
        Kind::Object => Ok(value.into_entries()),
        _ => Err(ConvertError::expected("an object", &value)),
    }
}

/// An object as the result of a conversion; an empty one is no value.
pub fn some_object(members: Vec<Member<'_>>) -> Converted<'_> {
    Ok((!members.is_empty()).then_some(Val::Object(members)))
}

/// A list as the result of a conversion; an empty one is no value.
pub fn some_list(items: Vec<Val<'_>>) -> Converted<'_> {
    Ok((!items.is_empty()).then_some(Val::List(items)))
}
