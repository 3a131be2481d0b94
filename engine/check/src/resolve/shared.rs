//! What is looked up by name in a version: its value sets, its tables, and the steps that call its operations.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use mapwright_language::catalog::Version;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{StepSpec, VersionSpec};
use mapwright_plan::plan::NameSet;

/// What is looked up by name in a version.
pub(crate) struct Shared<'c> {
    /// Shared by all rows that name them.
    pub sets: HashMap<&'c str, Arc<NameSet>>,
    /// Shared by all rows that name them.
    pub tables: HashMap<&'c str, Arc<Map<String, Value>>>,
    callers: OnceCell<HashMap<&'c str, Vec<&'c StepSpec>>>,
}

impl<'c> Shared<'c> {
    /// Returns those of a version.
    pub(crate) fn new(spec: &'c VersionSpec) -> Self {
        let (mut sets, mut tables) = (HashMap::new(), HashMap::new());
        for (name, names) in &spec.sets {
            sets.entry(name.value.as_str()).or_insert_with(|| Arc::new(NameSet::new(names)));
        }
        for (name, table) in &spec.tables {
            tables.entry(name.value.as_str()).or_insert_with(|| Arc::new(table.0.clone()));
        }
        Self { sets, tables, callers: OnceCell::new() }
    }

    /// Returns the steps that call an operation, also for several items at once.
    pub(crate) fn callers(&self, version: &'c Version, operation: &str) -> &[&'c StepSpec] {
        let callers = self.callers.get_or_init(|| callers(version));
        callers.get(operation).map(Vec::as_slice).unwrap_or_default()
    }
}

fn callers(version: &Version) -> HashMap<&str, Vec<&StepSpec>> {
    let mut callers: HashMap<&str, Vec<&StepSpec>> = HashMap::new();
    let flows = version
        .mappings
        .iter()
        .flat_map(|mapping| mapping.variants.iter().map(|variant| &variant.spec).chain([&mapping.spec]));
    for step in flows.flat_map(|spec| all_steps(&spec.steps)) {
        let Some(called) = &step.operation else { continue };
        let Some(operation) = by_name(&version.spec.operations, &called.value) else { continue };
        let many = operation.batch.as_ref().and_then(|batch| batch.operation.as_ref());
        for name in [Some(called), many].into_iter().flatten() {
            callers.entry(&name.value).or_default().push(step);
        }
    }
    callers
}

/// The steps of a mapping, also those in groups.
fn all_steps(steps: &Named<StepSpec>) -> Vec<&StepSpec> {
    steps.iter().flat_map(|(_, step)| std::iter::once(step).chain(all_steps(&step.steps))).collect()
}
