//! Values that the schemas of all bodies that have them do not allow, though their type is right.

use mapwright_findings::Reports;
use mapwright_findings::rules::value_mismatch::{Refused, report};
use serde_json::Value;

use crate::facts::{Facts, Reason, Spans};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for (rows, mismatch) in facts.mismatches() {
        if matches!(mismatch.reason, Reason::Kind { .. }) {
            continue;
        }
        let Spans { at, made_at, row } = mismatch.spans(rows);
        let refused = Refused {
            field: &mismatch.path.join("."),
            value: mismatch.example.as_ref().map(written),
            problem: problem(&mismatch.reason),
            operations: &mismatch.operations,
            allowed: match &mismatch.reason {
                Reason::OneOf { values } => values.iter().map(written).collect(),
                _ => Vec::new(),
            },
            made_at,
            row,
        };
        report(reports, at, &refused);
    }
}

/// A value as a mapping writes it.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn problem(reason: &Reason) -> String {
    match reason {
        Reason::Kind { .. } => "is not allowed".to_owned(),
        Reason::OneOf { .. } => "is not one of the allowed values".to_owned(),
        Reason::Pattern(pattern) => format!("does not match `{pattern}`"),
        Reason::Format(format) => format!("is not of the format `{format}`"),
        Reason::Longer(most) => format!("is longer than {most}"),
        Reason::Shorter(least) => format!("is shorter than {least}"),
        Reason::More(most) => format!("is greater than {most}"),
        Reason::Less(least) => format!("is less than {least}"),
        Reason::NoMultiple(of) => format!("is not a multiple of {of}"),
        Reason::Member(name) => format!("has the member `{name}`, which is not allowed"),
        Reason::Lacks(name) => format!("lacks the member `{name}`"),
    }
}
