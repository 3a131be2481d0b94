//! Values of a setting for which a `switch` has no case.

use mapwright_findings::rules::missing_case::{RULE, report, report_server};
use mapwright_language::spec::{Form, Role};

use crate::everywhere::{Everywhere, Tell};
use crate::known::{Knows, scope_of, without_case};
use crate::view::{Place, RowView, Rows, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let shared = (scope_of(version, None), &version.rows);
    let own = version.flows.iter().map(|flow| (scope_of(version, Some(flow)), &flow.rows));
    for (knows, rows) in [shared].into_iter().chain(own) {
        for row in &rows.rows {
            if let Form::Switch { on, .. } = &row.spec.form {
                everywhere.look(&RULE, on.span, "switch", tell(knows, rows, row));
            }
        }
    }
}

fn tell(knows: Knows<'_, '_>, rows: &Rows<'_>, row: &RowView<'_>) -> Option<Tell> {
    let Form::Switch { on, cases, .. } = &row.spec.form else { return None };
    let missing = without_case(knows, row.spec)?;
    let span = on.span;
    if is_server(rows, row) {
        return Some(Box::new(move |reports| report_server(reports, span, &missing)));
    }
    // with a single case, the others are omitted on purpose
    (cases.len() > 1).then(|| -> Tell { Box::new(move |reports| report(reports, span, &missing)) })
}

/// Whether a row is the server for some values of a setting, and there is none if it has no value.
fn is_server(rows: &Rows<'_>, row: &RowView<'_>) -> bool {
    let is_alone = matches!(row.parent, None | Some((_, Role::Case(_) | Role::Otherwise)));
    is_alone && rows.root(row.root).is_some_and(|root| matches!(root.place, Place::Server))
}
