//! Variants, skips, sources, response rules and cases that something before them, or the choice itself, leaves nothing for.

use mapwright_findings::Span;
use mapwright_findings::rules::unreachable::{RULE, report, report_case, report_else, report_source};
use mapwright_language::decode::Named;
use mapwright_language::spec::{Expression, Form, ResponseRuleSpec, StepSpec};
use mapwright_language::yaml::{Data, Node};
use serde_json::Value;

use crate::everywhere::{Everywhere, Tell};
use crate::known::{Compiled, Knows, Verdict, choices, compile, decide, scope_of};
use crate::view::{RowId, Rows, Site, VersionView};

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let shared = scope_of(version, None);
    let (destination, spec) = (version.destination, &version.version.spec);
    let of_sources = destination.spec.sources.iter().filter_map(|(_, source)| source.when.as_ref());
    in_order(shared, "source", of_sources, everywhere);
    rules(shared, destination.node.get("responses"), &destination.spec.responses, everywhere);
    rules(shared, version.version.node.get("responses"), &spec.responses, everywhere);
    sources_of_calls(version, everywhere);
    let operations = version.version.node.get("operations");
    for (name, operation) in &spec.operations {
        let node = operations.and_then(|node| node.get(&name.value)?.get("responses"));
        rules(shared, node, &operation.responses, everywhere);
    }
    switches(shared, &version.rows, everywhere);
    for flow in &version.flows {
        let knows = scope_of(version, Some(flow));
        switches(knows, &flow.rows, everywhere);
        let node = flow.variant.map_or(&flow.mapping.node, |variant| &variant.node);
        steps(knows, node.get("steps"), &flow.spec.steps, everywhere);
        in_order(knows, "skip", flow.spec.skip.iter().map(|skip| &skip.when), everywhere);
        if flow.variant.is_none() {
            let conditions = flow.mapping.variants.iter().map(|variant| &variant.when);
            in_order(knows, "variant", conditions, everywhere);
        }
    }
}

/// Message types that a source sends in cloud mode, and whose mappings make calls, which are for device mode.
fn sources_of_calls(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    for message in version.destination.spec.sources.iter().flat_map(|(_, source)| &source.cloud) {
        let name = message.value.to_lowercase();
        let flows: Vec<_> = version.flows.iter().filter(|flow| flow.messages().contains(&name)).collect();
        let mut called =
            flows.iter().flat_map(|flow| &flow.steps).filter_map(|step| step.operation).peekable();
        // one that is not mapped is another version's
        if called.peek().is_none() {
            continue;
        }
        let (span, name) = (message.span, message.value.clone());
        let tell = called
            .all(|(_, operation)| operation.call.is_some())
            .then(|| -> Tell { Box::new(move |reports| report_source(reports, span, &name)) });
        everywhere.look(&RULE, span, "cloud", tell);
    }
}

/// The most earlier conditions that one is held against: those right before it, so that long lists do not cost the square of their length.
const MOST_EARLIER: usize = 16;

/// Of several conditions, the first that holds counts.
fn in_order<'e>(
    knows: Knows<'_, '_>,
    what: &'static str,
    conditions: impl Iterator<Item = &'e Expression>,
    everywhere: &mut Everywhere,
) {
    let mut before: Vec<(&Expression, Compiled)> = Vec::new();
    for condition in conditions {
        let own = compile(knows, condition);
        let is_open = decide(&[&own]) == Verdict::Open;
        let mut near = before.iter().rev().take(MOST_EARLIER);
        let first = near.find(|(_, known)| is_open && implies(&own, known)).map(|(first, _)| first.span);
        let span = condition.span;
        let tell = first.map(|first| -> Tell { Box::new(move |reports| report(reports, span, what, first)) });
        everywhere.look(&RULE, span, what, tell);
        before.push((condition, own));
    }
}

/// Whether another condition holds wherever one does.
fn implies(one: &Compiled, other: &Compiled) -> bool {
    decide(&[one, &other.clone().negated()]) == Verdict::Never
}

fn steps(knows: Knows<'_, '_>, node: Option<&Node>, steps_of: &Named<StepSpec>, everywhere: &mut Everywhere) {
    for (name, step) in steps_of {
        let node = node.and_then(|node| node.get(&name.value));
        rules(knows, node.and_then(|node| node.get("on")), &step.on, everywhere);
        steps(knows, node.and_then(|node| node.get("steps")), &step.steps, everywhere);
    }
}

/// Looks at the response rules of one list; the first that matches counts.
fn rules(knows: Knows<'_, '_>, node: Option<&Node>, all: &[ResponseRuleSpec], everywhere: &mut Everywhere) {
    let Some(Data::List(nodes)) = node.map(|node| &node.data) else { return };
    if nodes.len() != all.len() {
        return;
    }
    let compiled: Vec<Option<Compiled>> =
        all.iter().map(|rule| rule.when.as_ref().map(|when| compile(knows, when))).collect();
    let mut before: Vec<Earlier<'_>> = Vec::new();
    for ((node, rule), condition) in nodes.iter().zip(all).zip(&compiled) {
        let is_open = condition.as_ref().is_some_and(|condition| decide(&[condition]) == Verdict::Open);
        // a rule without a condition always applies; of the others, the nearest are checked
        let always = before.iter().filter(|earlier| earlier.when.is_none());
        let near = before.iter().rev().filter(|earlier| earlier.when.is_some()).take(MOST_EARLIER);
        let near = near.filter(|earlier| {
            is_open && condition.as_ref().zip(earlier.when).is_some_and(|(own, when)| implies(own, when))
        });
        let mut earlier: Vec<&Earlier<'_>> = always.chain(near).collect();
        earlier.sort_by_key(|earlier| earlier.span.start);
        let covered = !earlier.is_empty()
            && statuses(rule).all(|status| earlier.iter().any(|earlier| matches(earlier.rule, status)));
        let span = node.span;
        let first = earlier.first().map(|earlier| earlier.span).filter(|_| covered);
        let tell =
            first.map(|first| -> Tell { Box::new(move |reports| report(reports, span, "rule", first)) });
        everywhere.look(&RULE, span, "rule", tell);
        failed(knows, node, rule, everywhere);
        // one that applies a number of times leaves the rest to those after it
        if rule.times.is_none() {
            before.push(Earlier { rule, when: condition.as_ref(), span });
        }
    }
}

/// Looks at what a rule says of the items of a batch: what names an item first counts.
fn failed(knows: Knows<'_, '_>, rule: &Node, spec: &ResponseRuleSpec, everywhere: &mut Everywhere) {
    let Some(Data::List(nodes)) = rule.get("failed").map(|node| &node.data) else { return };
    if nodes.len() != spec.failed.len() {
        return;
    }
    let mut before: Vec<(Vec<Option<Value>>, Option<Compiled>, Span)> = Vec::new();
    for (node, failed) in nodes.iter().zip(&spec.failed) {
        let names = ["each", "index", "id", "among"].map(|key| node.get(key).map(Node::to_json)).to_vec();
        let filter = failed.filter.as_ref().map(|filter| compile(knows, filter));
        let is_open = filter.as_ref().is_none_or(|filter| decide(&[filter]) == Verdict::Open);
        let takes = |known: &Option<Compiled>| match (known, &filter) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(known), Some(own)) => implies(own, known),
        };
        let mut near = before.iter().rev().take(MOST_EARLIER);
        let first = near.find(|(known, filter, _)| is_open && *known == names && takes(filter));
        let (first, span) = (first.map(|(.., span)| *span), node.span);
        let tell =
            first.map(|first| -> Tell { Box::new(move |reports| report(reports, span, "failed", first)) });
        everywhere.look(&RULE, span, "failed", tell);
        before.push((names, filter, span));
    }
}

/// A rule that comes before another one.
struct Earlier<'r> {
    rule: &'r ResponseRuleSpec,
    when: Option<&'r Compiled>,
    span: Span,
}

fn statuses(rule: &ResponseRuleSpec) -> impl Iterator<Item = u16> {
    (100..=599).filter(|status| matches(rule, *status))
}

fn matches(rule: &ResponseRuleSpec, status: u16) -> bool {
    rule.status.is_empty() || rule.status.iter().any(|range| (range.first..=range.last).contains(&status))
}

fn switches(knows: Knows<'_, '_>, rows: &Rows<'_>, everywhere: &mut Everywhere) {
    for (at, row) in rows.rows.iter().enumerate() {
        switch(knows.at(Site::Row(RowId(at))), &row.spec.form, everywhere);
    }
}

/// Looks at the cases of a `switch` over something whose values are all known.
fn switch(knows: Knows<'_, '_>, form: &Form, everywhere: &mut Everywhere) {
    let Form::Switch { on, cases, otherwise } = form else { return };
    let found = choices(knows, on);
    for (name, _) in cases {
        let (span, text): (Span, String) = (name.span, name.value.clone());
        let never = found.as_ref().filter(|choices| !choices.has(&text));
        let values = never.map(|choices| choices.values.clone());
        let tell = values.map(|values| -> Tell {
            Box::new(move |reports| report_case(reports, span, &text, values.names()))
        });
        everywhere.look(&RULE, span, "case", tell);
    }
    if let Some(otherwise) = otherwise {
        let is_never =
            found.as_ref().is_some_and(|choices| !choices.missing && choices.without(cases).next().is_none());
        let span = otherwise.span;
        let tell = is_never.then(|| -> Tell { Box::new(move |reports| report_else(reports, span)) });
        everywhere.look(&RULE, span, "else", tell);
    }
}
