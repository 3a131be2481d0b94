//! The members of objects and the items of lists.

use std::borrow::Cow;

use mapwright_json::Kind;

use crate::bounds::Bounds;
use crate::error::{ConvertError, Converted};
use crate::notes::Notes;
use crate::value::Val;

/// A conversion that handles each member of an object independently.
pub(crate) trait OfMember: Send + Sync {
    /// Which members it keeps as they are or drops, without a warning.
    fn bounds(&self) -> Bounds;

    /// Handles a member. May change its value, and returns whether to keep it.
    fn member(&self, name: &str, value: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError>;
}

/// A member of an object.
pub type Member<'e> = (Cow<'e, str>, Val<'e>);

/// Returns the members of an object, each name once.
pub(crate) fn members(value: Val<'_>) -> Result<Vec<Member<'_>>, ConvertError> {
    match value.kind() {
        Kind::Object => Ok(value.into_entries()),
        _ => Err(ConvertError::expected("an object", &value)),
    }
}

/// Returns an object as the result of a conversion. The empty object counts as absent.
pub(crate) fn some_object(members: Vec<Member<'_>>) -> Converted<'_> {
    Ok((!members.is_empty()).then_some(Val::Object(members)))
}

/// Returns a list as the result of a conversion. The empty list counts as absent.
pub(crate) fn some_list(items: Vec<Val<'_>>) -> Converted<'_> {
    Ok((!items.is_empty()).then_some(Val::List(items)))
}
