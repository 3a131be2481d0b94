//! Keys of objects that loops make, which are the same for all items.

use mapwright_check::names::{What, own_reads};
use mapwright_convert::Root;
use mapwright_findings::rules::lost_items::{RULE, report_same_key};
use mapwright_language::spec::{Form, RowSpec};

use crate::everywhere::{Everywhere, Tell};
use crate::view::{Place, RowId, Rows};

/// Looks at `key` of loops over anything else than the items of a batch: if it is the same for all items, one of them is left.
pub(super) fn keys(rows: &Rows<'_>, everywhere: &mut Everywhere) {
    for (at, row) in rows.rows.iter().enumerate() {
        let Form::Each { key: Some(key), name, filter, .. } = &row.spec.form else { continue };
        // a condition may select the one
        if filter.is_some() || matches!(rows.place_of(RowId(at)), Some(Place::BatchBody(_))) {
            continue;
        }
        let (span, is_same) = (key.span, !may_differ(key, name.is_some()));
        let tell = is_same.then(|| -> Tell { Box::new(move |reports| report_same_key(reports, span)) });
        everywhere.look(&RULE, span, "key", tell);
    }
}

/// Whether a row reads the item of a loop, or something that may read it.
fn may_differ(row: &RowSpec, is_named: bool) -> bool {
    let mut found = row.flawed;
    own_reads(row, &mut |read| {
        found |= match read.what {
            What::Value(..) | What::Path(Root::Payload, _) => true,
            What::Path(Root::Item, _) => read.in_each == is_named,
            What::Path(..) => false,
        };
    });
    found || row.inside().into_iter().any(|(_, row)| may_differ(row, is_named))
}
