//! Combinations of the values of two rows, and errors about values that cannot be combined.

use mapwright_convert::{Combination, ConvertError, Tree, Val};

use crate::eval::scope::Scope;

/// Combines the values of two rows. One that only stands for another value, or counts as present without being something, stays as it is.
pub(crate) fn combined<'a>(
    scope: &Scope<'a>,
    combination: Combination,
    value: Val<'a>,
    by: Option<Val<'a>>,
) -> Result<Option<Val<'a>>, ConvertError> {
    if is_placeholder(scope, &value) || !value.is_something() {
        return Ok(Some(value));
    }
    if by.as_ref().is_some_and(|by| is_placeholder(scope, by)) {
        return Ok(by);
    }
    combination.apply(value, by)
}

/// Whether a value only stands for one that is redacted, or not known before a response, and so cannot be converted.
pub(crate) fn is_placeholder(scope: &Scope<'_>, value: &Val<'_>) -> bool {
    scope.settings.hides(value)
        || scope
            .unknown
            .is_some_and(|unknown| value.as_text().is_some_and(|text| unknown.is_placeholder(&text)))
}
