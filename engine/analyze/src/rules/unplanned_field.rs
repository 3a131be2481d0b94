//! Paths into events that no tracking plan has.

use std::collections::BTreeMap;

use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::unplanned_field::{Planned as Found, report};
use mapwright_findings::{Reports, Span};

use crate::facts::Facts;
use crate::tracking::Planned;
use crate::view::{Reading, Site, written};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    // what several mappings share has to be right for one of them
    let mut found: BTreeMap<Span, Option<(&[PathStep], Planned<'_>)>> = BTreeMap::new();
    for flow in &facts.flows {
        let messages = flow.view.messages();
        for read in &flow.view.rows.reads {
            let Reading::Path(Root::Event, steps) = &read.reading else { continue };
            if matches!(read.site, Site::Row(row) if !flow.view.rows.is_reached(row))
                || matches!(found.get(&read.span), Some(None))
            {
                continue;
            }
            match facts.view.plans.look(&messages, steps) {
                planned @ Planned::None { .. } => drop(found.insert(read.span, Some((steps, planned)))),
                _ => drop(found.insert(read.span, None)),
            }
        }
    }
    for (span, (steps, planned)) in found.into_iter().filter_map(|(span, found)| Some((span, found?))) {
        let Planned::None { at, mut listed, mut files } = planned else { continue };
        for names in [&mut listed, &mut files] {
            names.sort_unstable();
            names.dedup();
        }
        let Some(PathStep::Key(name)) = steps.get(at) else { continue };
        report(
            reports,
            span,
            Found {
                object: &written(steps, at),
                name,
                path: &written(steps, at + 1),
                listed: &listed,
                files: &files,
            },
        );
    }
}
