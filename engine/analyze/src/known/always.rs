//! Rows that always have a value, whatever the event.

use mapwright_convert::{Root, Source};
use mapwright_language::spec::{Expression, RowSpec};

use crate::known::condition::compile;
use crate::known::domain::{Knows, has_value};
use crate::known::models::{Verdict, decide};
use crate::values::Known;

/// Whether a row always has a value, unless it rejects the event.
pub(crate) fn always(knows: Knows<'_, '_>, row: &RowSpec) -> bool {
    has_value(knows, row, &holds)
}

/// Whether the conditions of a row always hold.
fn holds(knows: Knows<'_, '_>, row: &RowSpec) -> bool {
    let is = |condition: &Option<Expression>, wanted| match condition {
        Some(condition) => decide(&[&compile(knows, condition)]) == wanted,
        None => true,
    };
    is(&row.when, Verdict::Always) && is(&row.unless, Verdict::Never)
}

/// Whether all items of a batch have the same value of a row over them: a constant, or a setting.
pub(crate) fn is_alike(knows: Knows<'_, '_>, row: &RowSpec) -> bool {
    if row.when.is_some() || row.unless.is_some() {
        return false;
    }
    let Some(source) = row.form.source() else { return row.form.value().is_some() };
    match (&source.value, knows.source(&source.value)) {
        (Source::Path(path), _) if matches!(path.root, Root::Settings | Root::Version) => path.rest.is_none(),
        (_, Known::OneOf { values, missing: false }) => {
            values.split_first().is_some_and(|(first, rest)| rest.iter().all(|value| value == first))
        }
        _ => false,
    }
}
