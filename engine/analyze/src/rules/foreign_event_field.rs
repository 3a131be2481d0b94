//! Fields that only events of other types have.

use std::collections::BTreeMap;

use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::foreign_event_field::report;
use mapwright_findings::{Reports, Span};

use crate::event::{MESSAGES, common_fields, own_fields};
use crate::facts::Facts;
use crate::view::{Reading, Site};

/// What senders give to events of any type.
const EVERYWHERE: [&str; 4] = ["traits", "properties", "name", "category"];

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    // what several mappings share has to be right for one of them
    let mut found: BTreeMap<Span, Option<(&str, Vec<String>)>> = BTreeMap::new();
    for flow in &facts.flows {
        let own = flow.view.messages();
        let is_known = !own.is_empty() && own.iter().all(|message| MESSAGES.contains(&message.as_str()));
        for read in &flow.view.rows.reads {
            let Reading::Path(Root::Event, steps) = &read.reading else { continue };
            let Some(PathStep::Key(name)) = steps.first() else { continue };
            if matches!(read.site, Site::Row(row) if !flow.view.rows.is_reached(row)) {
                continue;
            }
            let fits = !is_known
                || read.literal
                || EVERYWHERE.contains(&name.as_str())
                || common_fields().any(|field| field == name)
                || own.iter().any(|message| own_fields(message).any(|field| field == name))
                || !MESSAGES.iter().any(|message| own_fields(message).any(|field| field == name));
            match fits {
                true => drop(found.insert(read.span, None)),
                false => drop(found.entry(read.span).or_insert_with(|| Some((name, own.clone())))),
            }
        }
    }
    for (span, (name, own)) in found.into_iter().filter_map(|(span, found)| Some((span, found?))) {
        let others = MESSAGES.into_iter().filter(|message| own_fields(message).any(|field| field == name));
        report(reports, span, name, &own, others);
    }
}
