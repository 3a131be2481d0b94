//! Alternatives after one that always has a value.

use mapwright_findings::rules::shadowed_alternative::{RULE, report};
use mapwright_language::spec::{Form, OnError, RowSpec};

use crate::everywhere::{Everywhere, Tell};
use crate::facts::converted_by;
use crate::known::{always, scope_of};
use crate::view::VersionView;

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    for flow in &version.flows {
        let knows = scope_of(version, Some(flow));
        for row in &flow.rows.rows {
            let Form::First { alternatives, key: None } = &row.spec.form else { continue };
            // a value that the row cannot convert falls through to the next
            let goes_on = !row.calls.is_empty() && row.spec.on_error == OnError::Next;
            let converts = |alternative: &RowSpec| {
                let Form::Value(value) = &alternative.form else { return false };
                alternative.conversions.is_empty()
                    && converted_by(&row.calls, value).is_some_and(|made| made.as_str() != Some(""))
            };
            let is_taken = |alternative: &RowSpec| !goes_on || converts(alternative);
            let mut before = None;
            for alternative in alternatives {
                let (span, first) = (alternative.span, before);
                let tell =
                    first.map(|first| -> Tell { Box::new(move |reports| report(reports, span, first)) });
                everywhere.look(&RULE, span, "alternative", tell);
                let is_certain = alternative.on_error != OnError::Next && is_taken(alternative);
                if before.is_none() && is_certain && always(knows, alternative) {
                    before = Some(alternative.span);
                }
            }
        }
    }
}
