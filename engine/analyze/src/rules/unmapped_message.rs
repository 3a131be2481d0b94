//! Message types that sources send in cloud mode, and that no version maps.

use std::collections::{BTreeMap, HashSet};

use mapwright_findings::rules::unmapped_message::report;
use mapwright_findings::{Reports, Span};
use mapwright_language::catalog::Catalog;

pub(super) fn check(catalog: &Catalog, reports: &mut Reports) {
    let mut told = HashSet::new();
    for destination in &catalog.destinations {
        // of a destination that is not read as a whole, it is not known what it maps
        let Some(mapped) = destination.messages() else { continue };
        // all sources that send a type lack the same mapping
        let mut sent: BTreeMap<&str, Vec<(Span, &str)>> = BTreeMap::new();
        for (source, spec) in &destination.spec.sources {
            for message in spec.cloud.iter().filter(|message| !mapped.contains(&message.value.as_str())) {
                if told.insert(message.span) {
                    sent.entry(&message.value).or_default().push((message.span, &source.value));
                }
            }
        }
        for (message, sources) in sent {
            report(reports, &sources, message, mapped.iter().copied());
        }
    }
}
