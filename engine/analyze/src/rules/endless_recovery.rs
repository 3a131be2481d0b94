//! Recoveries that lead back to a step, with nothing on the way that ends the circle.

use std::collections::BTreeSet;

use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::endless_recovery::{RULE, report};

use crate::everywhere::{Everywhere, Tell};
use crate::view::{FlowView, Place, Reading, Site, StepId, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    for flow in &version.flows {
        for (at, step) in flow.steps.iter().enumerate() {
            for (rule_at, rule) in step.rules.iter().enumerate() {
                let (Some(then), Some(name)) = (rule.then, &rule.spec.then) else { continue };
                if then.0 > at {
                    continue;
                }
                let ends = ends(flow, then.0, at, rule_at);
                let (span, text, own) = (name.span, name.value.clone(), step.name.clone());
                let tell = (!ends).then(|| -> Tell {
                    Box::new(move |reports| report(reports, span, &text, &own.value, own.span))
                });
                everywhere.look(&RULE, span, "then", tell);
            }
        }
    }
}

/// Whether something that is captured on the way decides about a step on it, or is part of a request.
fn ends(flow: &FlowView<'_>, first: usize, last: usize, rule: usize) -> bool {
    let is_within = |step: StepId| (first..=last).contains(&step.0);
    let mut set: BTreeSet<&str> = BTreeSet::new();
    for root in &flow.rows.roots {
        match root.place {
            Place::Capture(step, name) if is_within(step) => drop(set.insert(&name.value)),
            Place::RuleCapture(step, at, name) if is_within(step) && (step.0 != last || at == rule) => {
                set.insert(&name.value);
            }
            _ => {}
        }
    }
    flow.rows.reads.iter().filter(|read| !is_elsewhere(flow, read.site, is_within)).any(|read| {
        let Reading::Path(Root::Captures, steps) = &read.reading else {
            // a named value may read captures
            return matches!(&read.reading, Reading::Value(name, _) if flow.may_change(name))
                && matches!(read.site, Site::Step(step) if is_within(step));
        };
        matches!(steps.first(), Some(PathStep::Key(name)) if set.contains(name.as_str()))
    })
}

/// Whether what is read there decides nothing about these steps and goes into none of their requests.
fn is_elsewhere(flow: &FlowView<'_>, site: Site, is_within: impl Fn(StepId) -> bool) -> bool {
    match site {
        Site::Step(step) | Site::Rule(step, _) | Site::Renew(step) => !is_within(step),
        Site::Skip(_) | Site::Require(_) | Site::Warn(_) | Site::Variant | Site::StepWarn(..) => true,
        Site::Row(row) => match flow.rows.place_of(row) {
            Some(
                Place::Body(step, _)
                | Place::Param(step, _)
                | Place::Query(step, _)
                | Place::Header(step, _)
                | Place::ForEach(step)
                | Place::Capture(step, _)
                | Place::RuleCapture(step, ..)
                | Place::RuleAfter(step, _),
            ) => !is_within(step),
            Some(Place::StepOrder(..) | Place::Order(_) | Place::Result(_)) => true,
            // a part or a named value may be one of these steps'
            _ => false,
        },
        _ => false,
    }
}
