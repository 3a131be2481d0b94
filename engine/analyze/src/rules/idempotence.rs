//! Reads that do not say that they may be repeated, and writes that are repeated though they may not.

use mapwright_findings::Reports;
use mapwright_findings::Span;
use mapwright_findings::rules::idempotence::{report_get, report_retry};
use mapwright_language::spec::{Class, Method, ResponseRuleSpec};
use mapwright_language::yaml::{Data, Node};

use crate::facts::Facts;

/// Responses of requests that may have been carried out. Others, such as 429 and 503, say that they have not.
const CARRIED_OUT: [(u16, &str); 4] = [(200, "2xx"), (500, "500"), (502, "502"), (504, "504")];

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    let version = facts.view.version;
    let operations = version.node.get("operations");
    for (name, operation) in &version.spec.operations {
        let Some(method) = operation.method.filter(|_| !operation.idempotent) else { continue };
        if method == Method::Get {
            report_get(reports, name.span, &name.value);
        }
        if may_repeat(method) {
            let node = operations.and_then(|node| node.get(&name.value)?.get("responses"));
            retries(node, &operation.responses, &name.value, name.span, reports);
        }
    }
    for flow in &facts.flows {
        let node = flow.view.variant.map_or(&flow.view.mapping.node, |variant| &variant.node);
        for step in &flow.view.steps {
            let Some((name, operation)) = step.operation else { continue };
            let repeats = operation.method.is_some_and(may_repeat);
            if operation.idempotent || !repeats || step.group.is_some() {
                continue;
            }
            let rules = node.get("steps").and_then(|steps| steps.get(&step.name.value)?.get("on"));
            let place = version.spec.operations.iter().find(|(known, _)| known.value == name.value);
            retries(
                rules,
                &step.spec.on,
                &name.value,
                place.map_or(name.span, |(name, _)| name.span),
                reports,
            );
        }
    }
}

/// Whether repeating a request of a method may do something twice.
fn may_repeat(method: Method) -> bool {
    matches!(method, Method::Post | Method::Patch)
}

fn retries(
    node: Option<&Node>,
    rules: &[ResponseRuleSpec],
    name: &str,
    operation: Span,
    reports: &mut Reports,
) {
    let Some(Data::List(nodes)) = node.map(|node| &node.data) else { return };
    if nodes.len() != rules.len() {
        return;
    }
    for (node, rule) in nodes.iter().zip(rules).filter(|(_, rule)| rule.class == Some(Class::Retry)) {
        let matches =
            |status: &u16| rule.status.iter().any(|range| (range.first..=range.last).contains(status));
        if let Some((_, status)) = CARRIED_OUT.iter().find(|(status, _)| matches(status)) {
            report_retry(reports, node.span, name, status, operation);
        }
    }
}
