//! Requests that read, and have a body nevertheless.

use mapwright_findings::Reports;
use mapwright_findings::rules::conflicting_keys::report_body;
use mapwright_language::spec::{BodySpec, Method};

use crate::facts::Facts;

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for step in facts.flows.iter().flat_map(|flow| &flow.view.steps) {
        let (Some(body), Some((name, operation))) = (&step.spec.body, step.operation) else { continue };
        if operation.method != Some(Method::Get) {
            continue;
        }
        let span = match body {
            BodySpec::Part(part) => part.span,
            BodySpec::Fields(fields) => fields.first().map_or(step.name.span, |(name, _)| name.span),
        };
        report_body(reports, span, &step.name.value, &name.value, name.span);
    }
}
