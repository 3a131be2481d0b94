//! Settings that are renewed, and tokens that steps capture, where the items of a batch keep their old values.

use std::collections::HashSet;

use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::rules::stale_setting::{report, report_captured};
use mapwright_findings::{At, Reports, Span};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{Class, ResponseRuleSpec};

use crate::facts::Facts;
use crate::view::{FlowView, Place, Reading, RootId, RootView, Rows, Site, StepId};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    // mappings share operations
    let mut reported: Vec<Span> = Vec::new();
    let operations = &facts.view.version.spec.operations;
    for flow in &facts.flows {
        for (at, step) in flow.view.steps.iter().enumerate() {
            let Some((name, operation)) = step.operation else { continue };
            let Some(batch) = &operation.batch else { continue };
            let many = batch.operation.as_ref().and_then(|many| by_name(operations, &many.value));
            let of_operation = |place: &Place<'_>| match place {
                Place::OperationHeader(of, _) | Place::OperationQuery(of, _) => {
                    *of == name.value || batch.operation.as_ref().is_some_and(|many| *of == many.value)
                }
                _ => false,
            };
            let rules = step.rules.iter().map(|rule| rule.spec);
            let rules = rules.chain(many.iter().flat_map(|many| &many.responses));
            let renewed: Vec<_> = rules.clone().filter_map(|rule| setting(rule.renew.as_ref()?)).collect();
            let repeated: Vec<_> = rules.filter_map(|rule| Some((repeats(rule)?, rule.span))).collect();
            if renewed.is_empty() && repeated.is_empty() {
                continue;
            }
            let item = item_roots(flow.view, StepId(at));
            for (class, rule) in repeated {
                let token = token(flow.view, &item).filter(|_| !reported.contains(&rule));
                if let Some((token, span)) = token {
                    reported.push(rule);
                    report_captured(reports, rule, class, token, span);
                }
            }
            for (setting, renewed) in renewed {
                let of_items = read(&facts.view.rows, setting, |_, root| of_operation(&root.place));
                let of_step = read(&flow.view.rows, setting, |root, _| item.contains(&root));
                for span in of_items.chain(of_step) {
                    if !reported.contains(&span) {
                        reported.push(span);
                        report(reports, span, setting, &name.value, renewed);
                    }
                }
            }
        }
    }
}

/// The rows that a step makes its item and its request of.
fn item_roots(flow: &FlowView<'_>, step: StepId) -> HashSet<RootId> {
    let of_step = |place: &Place<'_>| match place {
        Place::Header(of, _) | Place::Query(of, _) | Place::Param(of, _) => *of == step,
        _ => false,
    };
    let roots = flow.rows.roots.iter().enumerate();
    let roots = roots.filter(|(_, root)| of_step(&root.place)).map(|(at, _)| RootId(at));
    flow.roots_of(roots.chain(flow.body_roots(step)).collect())
}

/// How a rule has the same items sent again that are not authorized.
fn repeats(rule: &ResponseRuleSpec) -> Option<&'static str> {
    let is_unauthorized =
        !rule.status.is_empty() && rule.status.iter().all(|range| (range.first, range.last) == (401, 401));
    let class = rule.class.filter(|class| matches!(class, Class::Retry | Class::Throttle | Class::Split));
    class.filter(|_| is_unauthorized).map(Class::word)
}

/// What rows read of a response that is kept for other events, and where.
fn token<'f>(flow: &'f FlowView<'_>, rows: &HashSet<RootId>) -> Option<(&'f str, Span)> {
    let is_kept = |name: &str| {
        flow.rows.roots.iter().any(|root| match root.place {
            Place::Capture(step, set) => {
                set.value == name && flow.step(step).is_some_and(|step| step.spec.cache.is_some())
            }
            _ => false,
        })
    };
    flow.rows.reads.iter().find_map(|read| {
        let (Site::Row(row), Reading::Path(Root::Captures, steps)) = (read.site, &read.reading) else {
            return None;
        };
        let (row, Some(PathStep::Key(name))) = (flow.rows.row(row)?, steps.first()) else { return None };
        (rows.contains(&row.root) && is_kept(name)).then_some((name.as_str(), read.span))
    })
}

/// The setting that a rule renews.
fn setting(renew: &At<Source>) -> Option<(&str, Span)> {
    let Source::Path(path) = &renew.value else { return None };
    let [PathStep::Key(name)] = path.steps.as_slice() else { return None };
    (path.root == Root::Settings).then_some((name.as_str(), renew.span))
}

/// Where rows at such places read a setting.
fn read<'r>(
    rows: &'r Rows<'_>,
    setting: &'r str,
    is: impl Fn(RootId, &RootView<'_>) -> bool + 'r,
) -> impl Iterator<Item = Span> + 'r {
    let is_read = move |reading: &Reading| match reading {
        Reading::Path(Root::Settings, steps) => {
            matches!(steps.first(), Some(PathStep::Key(name)) if name == setting)
        }
        _ => false,
    };
    let stands = move |site: Site| {
        let Site::Row(row) = site else { return false };
        rows.row(row).is_some_and(|row| rows.root(row.root).is_some_and(|root| is(row.root, root)))
    };
    rows.reads.iter().filter(move |read| is_read(&read.reading) && stands(read.site)).map(|read| read.span)
}
