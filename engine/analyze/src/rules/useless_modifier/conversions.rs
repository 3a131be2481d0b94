//! Conversions beside others that do the same.

use mapwright_convert::Type;
use mapwright_findings::Span;
use mapwright_findings::rules::useless_modifier::{RULE, report_conversion};
use mapwright_language::spec::ArgsSpec;

use crate::everywhere::{Everywhere, Tell};
use crate::view::{Call, Rows, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    of_rows(&version.rows, everywhere);
    version.flows.iter().for_each(|flow| of_rows(&flow.rows, everywhere));
}

fn of_rows(rows: &Rows<'_>, everywhere: &mut Everywhere) {
    for row in &rows.rows {
        for (at, call) in row.calls.iter().enumerate() {
            // of those that the version defines under a name, several stand at one place
            let is_alone = |other: Option<&Call<'_>>| other.is_none_or(|other| other.at != call.at);
            let before = at.checked_sub(1).and_then(|before| row.calls.get(before));
            let after = row.calls.get(at + 1);
            if !is_alone(before) || !is_alone(after) {
                continue;
            }
            let (span, name) = (call.span, call.definition.name);
            let found = match (before, after) {
                (Some(before), _) if is_done(before, call) => Some((before.definition.name, true)),
                // anything else is a list of one for a conversion of lists
                (_, Some(after))
                    if name == "list"
                        && after.definition.name != name
                        && after.definition.takes == Type::List =>
                {
                    Some((after.definition.name, false))
                }
                _ => None,
            };
            let tell = found.map(|(other, is_before)| tell(span, name, other, is_before));
            everywhere.look(&RULE, span, "conversion", tell);
        }
    }
}

fn tell(span: Span, name: &'static str, other: &'static str, is_before: bool) -> Tell {
    Box::new(move |reports| report_conversion(reports, span, name, other, is_before))
}

/// Whether a conversion gives what another one would make of it. The same one twice is listed twice, which has a finding of its own.
fn is_done(before: &Call<'_>, call: &Call<'_>) -> bool {
    let (name, gives) = (call.definition.name, before.definition.gives);
    let is_bare = matches!(call.spec.args, ArgsSpec::None);
    let is_given = matches!(
        (name, gives),
        ("list", Type::List)
            | ("number", Type::Number | Type::Integer)
            | ("integer", Type::Integer)
            | ("boolean", Type::Boolean)
            | ("string", Type::Text)
    );
    is_bare && is_given && name != before.definition.name
}
