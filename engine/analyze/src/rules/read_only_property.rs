//! Fields that the schema of every body that has them calls read-only.

use std::collections::BTreeMap;

use mapwright_findings::Reports;
use mapwright_findings::rules::read_only_property::report;

use crate::facts::{Facts, Sent};
use crate::view::RowId;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for flow in &facts.flows {
        let mut fields: BTreeMap<RowId, Vec<&Sent<'_>>> = BTreeMap::new();
        for sent in &flow.sent {
            fields.entry(sent.row).or_default().push(sent);
        }
        for (row, sent) in fields {
            let Some(name) = flow.view.rows.field_name(row) else { continue };
            if sent.iter().all(|sent| sent.spot.says("readOnly")) {
                let operations = sent.iter().map(|sent| sent.target.operation);
                report(reports, name.span, &name.value, operations);
            }
        }
    }
}
