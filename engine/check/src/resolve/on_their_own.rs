//! What the mappings of a version share, judged on its own: steps, parts, values, requirements and warnings that no mapping uses have the same
//! faults as those that are used.

use std::collections::HashSet;

use mapwright_findings::Unread;
use mapwright_json::TrieBuilder;
use mapwright_language::catalog::Version;
use mapwright_language::decode::Named;
use mapwright_language::spec::{Fields, StepSpec, ValueSpec};

use crate::resolve::captures::captures_of;
use crate::resolve::flow::Program;
use crate::resolve::named::Parts;
use crate::resolve::{Context, Item, Resolver, Want};

/// A placeholder for definitions of the mapping that uses it, which are not known.
pub(crate) struct Unstated {
    values: Named<ValueSpec>,
    payload: Named<Fields>,
    /// The shared steps that nothing uses; what is laid over one may put it right.
    steps: Named<StepSpec>,
}

impl Unstated {
    /// Anything: what the mappings of a version do not say.
    pub(crate) fn of(version: &Version) -> Self {
        let mut used = HashSet::new();
        note_used(&version.spec.steps, &mut used);
        for mapping in &version.mappings {
            let variants = mapping.variants.iter().map(|variant| &variant.spec);
            variants.chain([&mapping.spec]).for_each(|spec| note_used(&spec.steps, &mut used));
        }
        let steps = version.spec.steps.iter().filter(|(name, _)| !used.contains(name.value.as_str()));
        let steps = steps.cloned().collect::<Vec<_>>().into();
        Self { values: Named::unreadable(), payload: Named::unreadable(), steps }
    }
}

/// Notes the shared steps that these steps use.
fn note_used<'s>(steps: &'s Named<StepSpec>, used: &mut HashSet<&'s str>) {
    for (_, step) in steps {
        used.extend(step.shared.as_ref().map(|shared| shared.value.as_str()));
        note_used(&step.steps, used);
    }
}

impl<'c> Resolver<'c, '_> {
    /// Reports the faults of what is shared. Nothing else remains of it. Names that only a mapping can give a meaning are not judged.
    pub(crate) fn judge_shared(&mut self, unstated: &'c Unstated) {
        let version = self.version;
        let outer = (
            std::mem::replace(&mut self.trie, TrieBuilder::new()),
            std::mem::replace(&mut self.response_trie, TrieBuilder::new()),
            std::mem::take(&mut self.size),
            self.made.len(),
            self.reports.kept_back(),
        );
        self.enter_values(&unstated.values);
        let parts = Parts::new(&version.spec, &unstated.payload);
        let mut captures = captures_of(&version.spec.steps, &version.spec.operations);
        captures.unread = Unread::Any;
        self.context = Context { parts, captures, in_flow: true, on_its_own: true, ..Context::default() };
        self.parts();
        version.spec.requirements.iter().for_each(|(_, spec)| drop(self.requirement(spec)));
        drop(self.warnings(&version.spec.warn));
        // a step may be in a group that has an item
        self.context.item = Some(Item { table: None });
        drop(self.steps(&unstated.steps, &mut Program::default()));
        self.context.response = true;
        for (name, spec) in &version.spec.values {
            if self.values.find(&name.value).is_some_and(|(value, _)| !self.refused.contains(&value)) {
                drop(self.row(&spec.0, Want::Many));
            }
        }
        self.make_values();
        (self.trie, self.response_trie, self.size) = (outer.0, outer.1, outer.2);
        self.made.truncate(outer.3);
        self.reports.forgive_kept_back(outer.4);
        self.context = Context::default();
    }
}
