//! Recoveries that lead back to a step, with nothing on the way that ends the circle; rules that have every success sent again.

use std::collections::BTreeSet;

use mapwright_convert::{PathStep, Root};
use mapwright_findings::rules::endless_recovery::{RULE, report, report_success};
use mapwright_findings::rules::invalid_value;
use mapwright_language::spec::{Class, ItemClass, Method, ResponseRuleSpec};

use crate::everywhere::{Everywhere, Tell};
use crate::view::{FlowView, Place, Reading, Site, StepId, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    // the rules of a step come before those of its operation, and a step that calls one with a batch has none
    let batched = version.version.spec.operations.iter().filter(|(_, operation)| operation.batch.is_some());
    for (_, operation) in batched {
        successes(operation.responses.iter(), everywhere);
    }
    for flow in &version.flows {
        for (at, step) in flow.steps.iter().enumerate() {
            if step.operation.is_some_and(|(_, operation)| operation.batch.is_none()) {
                successes(step.rules.iter().map(|rule| rule.spec), everywhere);
            }
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

/// Looks for a rule that has every success sent again, among those that are tried in this order.
fn successes<'r>(rules: impl Iterator<Item = &'r ResponseRuleSpec>, everywhere: &mut Everywhere) {
    let takes = |rule: &ResponseRuleSpec, status: u16| {
        rule.status.is_empty() || rule.status.iter().any(|range| (range.first..=range.last).contains(&status))
    };
    let mut may_be_done = false;
    for rule in rules {
        let class = match rule.class {
            _ if rule.renew.is_some() => Some("renew"),
            Some(Class::Split) => Some("class: split"),
            Some(Class::Retry) if rule.times.is_none() => Some("class: retry"),
            Some(Class::Throttle) if rule.times.is_none() => Some("class: throttle"),
            Some(Class::Done | Class::Retry | Class::Throttle | Class::GiveUp) | None => None,
        };
        // an item that `failed` names may be delivered nevertheless
        let names_delivered = rule.failed.iter().any(|failed| failed.class == Some(ItemClass::Done));
        let class = class.filter(|_| !names_delivered);
        // others of these statuses may say that it is not done yet
        let takes_success = rule.when.is_none() && takes(rule, 200);
        let span = rule.span;
        let tell = class.filter(|_| takes_success && !may_be_done);
        let tell =
            tell.map(|class| -> Tell { Box::new(move |reports| report_success(reports, span, class)) });
        everywhere.look(&RULE, span, "success", tell);
        let fails = takes_success && !may_be_done && rule.class == Some(Class::GiveUp);
        let fails = fails && rule.failed.is_empty();
        let tell = fails.then(|| -> Tell {
            Box::new(move |reports| {
                let message = "every success fails, since `class: give_up` applies to it";
                let advice = "state in `when` which responses with such a status are none, or put a rule with `class: done` before it";
                invalid_value::report(reports, span, message, advice);
            })
        });
        everywhere.look(&invalid_value::RULE, span, "success", tell);
        let gives_up = rule.class == Some(Class::GiveUp);
        may_be_done |= class.is_none() && !gives_up && (200..=299).any(|status| takes(rule, status));
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
    // a step that reads changes nothing for the last one, other than by what it captures
    let counts = |step: StepId| {
        let is_read = || flow.step(step).and_then(|step| step.operation?.1.method) == Some(Method::Get);
        is_within(step) && (step.0 == last || !is_read())
    };
    let mut reads = flow.rows.reads.iter().filter(|read| !is_elsewhere(flow, read.site, is_within, counts));
    reads.any(|read| {
        let Reading::Path(Root::Captures, steps) = &read.reading else {
            // a named value may read captures
            return matches!(&read.reading, Reading::Value(name, _) if flow.may_change(name, &set))
                && matches!(read.site, Site::Step(step) if is_within(step));
        };
        matches!(steps.first(), Some(PathStep::Key(name)) if set.contains(name.as_str()))
    })
}

/// Whether what is read there decides nothing about these steps and goes into none of their requests that count.
fn is_elsewhere(
    flow: &FlowView<'_>,
    site: Site,
    is_within: impl Fn(StepId) -> bool,
    counts: impl Fn(StepId) -> bool,
) -> bool {
    match site {
        Site::Step(step) | Site::Rule(step, _) | Site::Renew(step) => !is_within(step),
        Site::Skip(_) | Site::Require(_) | Site::Warn(_) | Site::Variant | Site::StepWarn(..) => true,
        Site::Row(row) => match flow.rows.place_of(row) {
            Some(
                Place::Body(step, _) | Place::Param(step, _) | Place::Query(step, _) | Place::Header(step, _),
            ) => !counts(step),
            Some(
                Place::ForEach(step)
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
