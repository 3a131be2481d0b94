//! Calculating with the values of two rows, and values that nothing can be calculated from.

use mapwright_convert::{Calculation, ConvertError, Tree, Val};

use crate::eval::scope::Scope;

/// Calculates with the values of two rows. One that only stands for another value, or counts as present without being a number, stays as it is.
pub(crate) fn calculated<'a>(
    scope: &Scope<'a>,
    calculation: Calculation,
    value: Val<'a>,
    by: Val<'a>,
) -> Result<Option<Val<'a>>, ConvertError> {
    if is_placeholder(scope, &value) || !value.is_something() {
        return Ok(Some(value));
    }
    if is_placeholder(scope, &by) {
        return Ok(Some(by));
    }
    calculation.apply(&value, &by)
}

/// Whether a value only stands for one that is redacted, or not known before a response, and so cannot be converted.
pub(crate) fn is_placeholder(scope: &Scope<'_>, value: &Val<'_>) -> bool {
    scope.settings.hides(value)
        || scope
            .unknown
            .is_some_and(|unknown| value.as_text().is_some_and(|text| unknown.is_placeholder(&text)))
}
