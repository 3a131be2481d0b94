//! Variants, skips, response rules and cases that something before them, or the choice itself, leaves nothing for.

use mapwright_findings::Span;
use mapwright_findings::rules::unreachable::{RULE, report, report_case, report_else};
use mapwright_language::decode::Named;
use mapwright_language::spec::{Expression, Form, ResponseRuleSpec, StepSpec};
use mapwright_language::yaml::{Data, Node};

use crate::everywhere::{Everywhere, Tell};
use crate::known::{Compiled, Knows, Verdict, choices, compile, decide, scope_of};
use crate::view::VersionView;

pub(super) fn check(version: &VersionView<'_>, everywhere: &mut Everywhere) {
    let shared = scope_of(version, None);
    let (destination, spec) = (version.destination, &version.version.spec);
    rules(shared, destination.node.get("responses"), &destination.spec.responses, everywhere);
    rules(shared, version.version.node.get("responses"), &spec.responses, everywhere);
    let operations = version.version.node.get("operations");
    for (name, operation) in &spec.operations {
        let node = operations.and_then(|node| node.get(&name.value)?.get("responses"));
        rules(shared, node, &operation.responses, everywhere);
    }
    for row in &version.rows.rows {
        switch(shared, &row.spec.form, everywhere);
    }
    for flow in &version.flows {
        let knows = scope_of(version, Some(flow));
        for row in &flow.rows.rows {
            switch(knows, &row.spec.form, everywhere);
        }
        let node = flow.variant.map_or(&flow.mapping.node, |variant| &variant.node);
        steps(knows, node.get("steps"), &flow.spec.steps, everywhere);
        in_order(knows, "skip", flow.spec.skip.iter().map(|skip| &skip.when), everywhere);
        if flow.variant.is_none() {
            let conditions = flow.mapping.variants.iter().map(|variant| &variant.when);
            in_order(knows, "variant", conditions, everywhere);
        }
    }
}

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
        let first = before.iter().find(|(_, known)| {
            decide(&[&own]) == Verdict::Open && decide(&[&own, &known.clone().negated()]) == Verdict::Never
        });
        let span = condition.span;
        let tell = first
            .map(|(first, _)| first.span)
            .map(|first| -> Tell { Box::new(move |reports| report(reports, span, what, first)) });
        everywhere.look(&RULE, span, what, tell);
        before.push((condition, own));
    }
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
    for (at, (node, rule)) in nodes.iter().zip(all).enumerate() {
        let earlier = || nodes.iter().zip(all).take(at).filter(|(_, earlier)| takes(knows, earlier, rule));
        let covered = statuses(rule).all(|status| earlier().any(|(_, earlier)| matches(earlier, status)));
        let first = earlier().next().map(|(node, _)| node.span).filter(|_| covered);
        let span = node.span;
        let tell =
            first.map(|first| -> Tell { Box::new(move |reports| report(reports, span, "rule", first)) });
        everywhere.look(&RULE, span, "rule", tell);
    }
}

/// Whether an earlier rule counts wherever both match.
fn takes(knows: Knows<'_, '_>, earlier: &ResponseRuleSpec, rule: &ResponseRuleSpec) -> bool {
    // one that applies a number of times leaves the rest to those after it
    if earlier.times.is_some() {
        return false;
    }
    match (&earlier.when, &rule.when) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(earlier), Some(own)) => {
            let (earlier, own) = (compile(knows, earlier), compile(knows, own));
            decide(&[&own]) == Verdict::Open && decide(&[&own, &earlier.negated()]) == Verdict::Never
        }
    }
}

fn statuses(rule: &ResponseRuleSpec) -> impl Iterator<Item = u16> {
    (100..=599).filter(|status| matches(rule, *status))
}

fn matches(rule: &ResponseRuleSpec, status: u16) -> bool {
    rule.status.is_empty() || rule.status.iter().any(|range| (range.first..=range.last).contains(&status))
}

/// Looks at the cases of a `switch` over the choices of a setting.
fn switch(knows: Knows<'_, '_>, form: &Form, everywhere: &mut Everywhere) {
    let Form::Switch { on, cases, otherwise } = form else { return };
    let found = choices(knows, on);
    for (name, _) in cases {
        let (span, text): (Span, String) = (name.span, name.value.clone());
        let values =
            found.as_ref().map(|(values, _)| values.clone()).filter(|values| !values.contains(&text));
        let tell = values
            .map(|values| -> Tell { Box::new(move |reports| report_case(reports, span, &text, &values)) });
        everywhere.look(&RULE, span, "case", tell);
    }
    if let Some(otherwise) = otherwise {
        let has_case = |value: &String| cases.iter().any(|(name, _)| name.value == *value);
        let is_never =
            found.as_ref().is_some_and(|(values, missing)| !missing && values.iter().all(has_case));
        let span = otherwise.span;
        let tell = is_never.then(|| -> Tell { Box::new(move |reports| report_else(reports, span)) });
        everywhere.look(&RULE, span, "else", tell);
    }
}
