//! Compares warnings with what is expected of them.

use mapwright_convert::Warning;
use mapwright_findings::At;
use mapwright_language::spec::{WarnedSpec, WarningSpec};

use super::comparison::{Comparison, NONE};
use crate::diff;

impl Comparison<'_, '_> {
    /// Compares `what`: of each warning, in their order, what is stated of it.
    pub(super) fn warnings(&mut self, what: &str, expected: &At<Vec<WarningSpec>>, found: &[Warning]) {
        let stated = || expected.value.iter().map(|WarningSpec(warned)| warned);
        let wanted: Vec<[Option<&str>; 3]> = stated().map(parts_of).collect();
        let came = found.iter().enumerate().map(|(at, warning)| {
            let [_, message, field] = wanted.get(at).copied().unwrap_or_default();
            [
                Some(warning.code.as_str()),
                message.map(|_| warning.message.as_str()),
                field.map(|_| warning.field.as_deref().unwrap_or(NONE)),
            ]
        });
        let came: Vec<[Option<&str>; 3]> = came.collect();
        let same = |(wanted, came): (&[Option<&str>; 3], &[Option<&str>; 3])| {
            wanted.iter().zip(came).all(|(wanted, came)| wanted.is_none() || wanted == came)
        };
        if wanted.len() == came.len() && wanted.iter().zip(&came).all(same) {
            return;
        }
        let lines = |all: &[[Option<&str>; 3]]| {
            all.iter().map(|parts| format!("{}\n", self.redacted(&line(parts)))).collect::<String>()
        };
        let diff = diff::of(what, &lines(&wanted), &lines(&came));
        let places = vec![(expected.span, "expected here".to_owned())];
        let mut message = format!("{what} differ");
        let texts: Vec<String> = found.iter().map(|w| format!("`{}`: {}", w.code, w.message)).collect();
        if !texts.is_empty() {
            message.extend([" (", &texts.join(", "), ")"]);
        }
        self.differs(message, places, Some(diff));
    }
}

fn parts_of(warned: &WarnedSpec) -> [Option<&str>; 3] {
    let [code, message] =
        [&warned.code, &warned.message].map(|part| part.as_ref().map(|at| at.value.as_str()));
    [code, message, warned.field.as_ref().map(|at| at.value.0.as_deref().unwrap_or(NONE))]
}

/// A warning on a line: its code, its message, and its field in parentheses.
fn line([code, message, field]: &[Option<&str>; 3]) -> String {
    let mut line = code.unwrap_or("…").to_owned();
    if let Some(message) = message {
        line.extend([": ", message]);
    }
    if let Some(field) = field {
        line.extend([" (", field, ")"]);
    }
    line
}
