//! Redacts the secrets of a test's settings in what is reported of it.

use mapwright_findings::At;
use mapwright_findings::rules::failing_test::Difference;
use mapwright_plan::redact::Redactor;

/// Redacts all texts of a difference.
pub(crate) fn difference(difference: &mut Difference, redactor: &Redactor) {
    let Difference { message, places, made_by: _, diff } = difference;
    let labels = places.iter_mut().map(|(_, label)| label);
    std::iter::once(message).chain(labels).chain(diff).for_each(|text| redactor.redact_in(text));
}

/// Returns the name of a test, a case or a property with secrets redacted.
pub(crate) fn name<'r>(name: &At<String>, secrets: impl IntoIterator<Item = &'r Redactor>) -> At<String> {
    let mut name = name.clone();
    secrets.into_iter().for_each(|redactor| redactor.redact_in(&mut name.value));
    name
}
