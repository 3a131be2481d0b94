//! Redacts the secrets of a test's settings in what is reported of it.

use mapwright_findings::At;
use mapwright_findings::rules::failing_test::Difference;
use mapwright_plan::redact::{REDACTED, Redactor};

/// Redacts all texts of a difference.
pub(crate) fn difference(difference: &mut Difference, redactor: &Redactor) {
    let Difference { message, places, made_by: _, diff } = difference;
    let labels = places.iter_mut().map(|(_, label)| label);
    std::iter::once(message).chain(labels).chain(&mut *diff).for_each(|text| redactor.redact_in(text));
    if let Some(diff) = diff.as_mut().filter(|diff| has_lines_alike(diff)) {
        diff.push_str(ALIKE);
    }
}

/// Why an expected line and an actual one look the same.
const ALIKE: &str = "\n  lines that look alike differ where they are `[redacted]`: this stands for the value of a secret setting; expect `[redacted]` where the output has it, or give the setting a value that other texts do not have";

/// Whether a diff removes and adds lines that look the same, since what differs is redacted.
fn has_lines_alike(diff: &str) -> bool {
    let mut expected: Vec<&str> = Vec::new();
    diff.lines().any(|line| {
        let (sign, text) = line.split_at_checked(1).unwrap_or_default();
        match sign {
            "-" => expected.push(text),
            "+" => return text.contains(REDACTED) && expected.contains(&text),
            _ => expected.clear(),
        }
        false
    })
}

/// Returns the name of a test, a case or a property with secrets redacted.
pub(crate) fn name<'r>(name: &At<String>, secrets: impl IntoIterator<Item = &'r Redactor>) -> At<String> {
    let mut name = name.clone();
    secrets.into_iter().for_each(|redactor| redactor.redact_in(&mut name.value));
    name
}
