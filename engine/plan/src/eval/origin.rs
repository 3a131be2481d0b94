//! The source of a value, for messages.

use crate::eval::condition::holds;
use crate::eval::scope::Scope;
use crate::plan::{Form, Place, Row};
use mapwright_convert::ConvertError;

/// The source that a row's value came from, for messages; looked for again, since it is needed rarely.
pub(crate) fn source_of<'a>(scope: &Scope<'a>, row: &'a Row) -> Option<&'a str> {
    match &row.form {
        Form::Places(places) => {
            let has_value = |place: &&Place| scope.has_something(place).unwrap_or(true);
            places.list().iter().find(has_value).map(|place| place.text.as_str())
        }
        Form::First(rows) => rows
            .iter()
            .filter(|row| row.when.as_ref().is_none_or(|when| holds(scope, when)))
            .find_map(|row| source_of(scope, row)),
        Form::Member { .. }
        | Form::Value(_)
        | Form::Template(_)
        | Form::Written { .. }
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::RestOf(_)
        | Form::Object(_)
        | Form::List(_)
        | Form::Computed { .. }
        | Form::Each { .. }
        | Form::Switch { .. } => None,
        Form::Combined { of, .. } => source_of(scope, of),
    }
}

/// Returns the message about a value that a conversion refuses, with its source; without the error if the value holds a secret.
pub(crate) fn refusal(source: Option<&str>, conversion: &str, error: Option<&ConvertError>) -> String {
    let source = source.map(|text| format!("`{text}`: ")).unwrap_or_default();
    match error {
        Some(error) => format!("{source}{conversion} {error}"),
        None => format!("{source}{conversion} cannot take a value that holds a secret, which is not shown"),
    }
}
