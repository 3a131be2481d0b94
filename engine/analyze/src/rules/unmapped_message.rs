//! Message types that sources send in cloud mode, and that no version maps.

use std::collections::HashSet;

use mapwright_findings::Reports;
use mapwright_findings::rules::unmapped_message::report;
use mapwright_language::catalog::Catalog;

pub(super) fn check(catalog: &Catalog, reports: &mut Reports) {
    let mut told = HashSet::new();
    for destination in &catalog.destinations {
        // of a destination that is not read as a whole, nobody knows what it maps
        let Some(mapped) = destination.messages() else { continue };
        for (source, spec) in &destination.spec.sources {
            for message in spec.cloud.iter().filter(|message| !mapped.contains(&message.value.as_str())) {
                if told.insert(message.span) {
                    let mapped = mapped.iter().copied();
                    report(reports, message.span, &source.value, &message.value, mapped);
                }
            }
        }
    }
}
