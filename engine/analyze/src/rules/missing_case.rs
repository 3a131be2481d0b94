//! Values of a setting for which a `switch` has no case.

use mapwright_findings::rules::missing_case::{RULE, report};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{Form, RowSpec};

use crate::everywhere::{Everywhere, Tell};
use crate::known::{Knows, choices, scope_of};
use crate::view::VersionView;

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let shared = version.rows.rows.iter().map(|row| (scope_of(version, None), row.spec));
    let own = version.flows.iter().flat_map(|flow| {
        let knows = scope_of(version, Some(flow));
        flow.rows.rows.iter().map(move |row| (knows, row.spec))
    });
    for (knows, row) in shared.chain(own) {
        if let Form::Switch { on, .. } = &row.form {
            everywhere.look(&RULE, on.span, "switch", tell(knows, row));
        }
    }
}

fn tell(knows: Knows<'_, '_>, row: &RowSpec) -> Option<Tell> {
    let Form::Switch { on, cases, otherwise: None } = &row.form else { return None };
    if row.default.is_some() {
        return None;
    }
    let (values, _) = choices(knows, on)?;
    let missing: Vec<String> = values.into_iter().filter(|value| by_name(cases, value).is_none()).collect();
    // with a single case, the others are left out on purpose
    if missing.is_empty() || cases.len() < 2 {
        return None;
    }
    let span = on.span;
    Some(Box::new(move |reports| report(reports, span, &missing)))
}
