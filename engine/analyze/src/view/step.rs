//! The steps of a mapping, with their operations and response rules.

use std::collections::HashMap;

use mapwright_findings::At;
use mapwright_language::catalog::{Destination, Version};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{OperationSpec, ResponseRuleSpec, StepSpec};

/// The position of a step, among those of all groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub usize);

/// Who states a response rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleOf {
    /// The step.
    Step,
    /// Its operation.
    Operation,
    /// The version.
    Version,
    /// The destination.
    Destination,
}

/// A response rule of a step.
#[derive(Debug)]
pub struct RuleView<'c> {
    /// What it says.
    pub spec: &'c ResponseRuleSpec,
    /// Who states it.
    pub of: RuleOf,
    /// The step that it continues with.
    pub then: Option<StepId>,
}

/// A step: a use of an operation, or a group.
#[derive(Debug)]
pub struct StepView<'c> {
    /// Its name.
    pub name: &'c At<String>,
    /// What it says.
    pub spec: &'c StepSpec,
    /// The group that it is in.
    pub group: Option<StepId>,
    /// The steps right inside of it, if it is a group.
    pub inside: Vec<StepId>,
    /// The operation that it calls.
    pub operation: Option<(&'c At<String>, &'c OperationSpec)>,
    /// All rules of its responses, in the order in which they are tried.
    pub rules: Vec<RuleView<'c>>,
}

/// All steps of a mapping: a group comes before the steps inside of it, and otherwise they stand in their order.
pub(crate) fn steps<'c>(
    spec: &'c Named<StepSpec>,
    destination: &'c Destination,
    version: &'c Version,
) -> Vec<StepView<'c>> {
    let mut all = Vec::new();
    collect(spec, None, destination, version, &mut all);
    let mut places = HashMap::with_capacity(all.len());
    for (at, step) in all.iter().enumerate() {
        places.entry((step.group, step.name.value.as_str())).or_insert(StepId(at));
    }
    let jumps: Vec<Vec<Option<StepId>>> = (0..all.len())
        .map(|at| {
            let rules = all.get(at).map(|step: &StepView<'_>| step.rules.as_slice()).unwrap_or_default();
            rules.iter().map(|rule| target(&all, &places, at, &rule.spec.then.as_ref()?.value)).collect()
        })
        .collect();
    for (step, jumps) in all.iter_mut().zip(jumps) {
        step.rules.iter_mut().zip(jumps).for_each(|(rule, then)| rule.then = then);
    }
    all
}

fn collect<'c>(
    spec: &'c Named<StepSpec>,
    group: Option<StepId>,
    destination: &'c Destination,
    version: &'c Version,
    all: &mut Vec<StepView<'c>>,
) -> Vec<StepId> {
    let mut ids = Vec::with_capacity(spec.len());
    for (name, step) in spec {
        let id = StepId(all.len());
        ids.push(id);
        let operation = step.operation.as_ref();
        let operation = operation.and_then(|at| Some((at, by_name(&version.spec.operations, &at.value)?)));
        let of_operation = operation.map(|(_, operation)| operation.responses.as_slice()).unwrap_or_default();
        let rules = |rules: &'c [ResponseRuleSpec], of| {
            rules.iter().map(move |spec| RuleView { spec, of, then: None })
        };
        let rules = rules(&step.on, RuleOf::Step)
            .chain(rules(of_operation, RuleOf::Operation))
            .chain(rules(&version.spec.responses, RuleOf::Version))
            .chain(rules(&destination.spec.responses, RuleOf::Destination));
        let answers = operation.is_some_and(|(_, operation)| operation.call.is_none());
        let rules = if answers { rules.collect() } else { Vec::new() };
        all.push(StepView { name, spec: step, group, inside: Vec::new(), operation, rules });
        let inside = collect(&step.steps, Some(id), destination, version, all);
        if let Some(step) = all.get_mut(id.0) {
            step.inside = inside;
        }
    }
    ids
}

/// The step of a name: one beside the step at `at`, or else one beside a group around it.
fn target(
    all: &[StepView<'_>],
    places: &HashMap<(Option<StepId>, &str), StepId>,
    at: usize,
    name: &str,
) -> Option<StepId> {
    let mut group = all.get(at)?.group;
    loop {
        if let Some(found) = places.get(&(group, name)) {
            return Some(*found);
        }
        group = all.get(group?.0)?.group;
    }
}
