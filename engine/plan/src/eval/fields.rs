//! The fields of an object, for a listener to each of them, and their names in errors and warnings.

use mapwright_convert::{Val, Warning};
use mapwright_json::Json;

use crate::eval::fault::{Evaluated, RowError};
use crate::eval::scope::Scope;
use crate::plan::Field;

/// Receives the fields of an object, one after the other.
pub(crate) trait TakeField<'a> {
    /// What a field reads.
    fn scope<'s>(&self, _at: usize, scope: &'s Scope<'a>) -> &'s Scope<'a>
    where
        Self: 's,
    {
        scope
    }

    /// Returns the value of a field, or its absence, where it is known without evaluating the row.
    fn known(&mut self, _at: usize) -> Option<Option<Json<'a>>> {
        None
    }

    /// Returns the replacement of a field whose row rejects, or an error if the object rejects too.
    fn rejects(&mut self, _at: usize, error: RowError) -> Evaluated<Val<'a>> {
        Err(error)
    }

    /// Where the value of a field stands, if it has one; of a field that spreads an object, where the whole object does.
    fn made(&mut self, _value: Option<(usize, usize)>) {}
}

/// An object inside of another: the row that rejects decides, and the positions of fields are not needed.
impl TakeField<'_> for () {}

/// Lets an error say that it is about a field.
pub(crate) fn named(field: &str, mut error: RowError) -> RowError {
    name_error(field, &mut error);
    error
}

/// The same for an error in its place.
#[cold]
pub(crate) fn name_error(field: &str, error: &mut RowError) {
    if !error.whole {
        error.field.push(field.to_owned());
    }
}

/// Lets warnings say that they are about a field.
#[cold]
pub(crate) fn name_each(field: &Field, warnings: &mut [Warning]) {
    for warning in warnings {
        warning.field = Some(match &warning.field {
            Some(inner) => format!("{}.{inner}", field.name),
            None => field.name.clone(),
        });
    }
}
