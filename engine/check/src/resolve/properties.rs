//! Properties: what tests state of every event.

use crate::resolve::Resolver;
use mapwright_language::catalog::Mapping;
use mapwright_language::spec::PropertySpec;
use mapwright_plan::plan::Property;

impl Resolver<'_, '_> {
    /// Resolves the properties of a mapping, its own and inherited ones. One that a variant cannot have, since it reads what only the mapping has, is not one of
    /// the variant.
    pub(crate) fn properties(&mut self, mapping: &Mapping, in_variant: bool) -> Vec<Property> {
        let trail = self.reads_so_far();
        self.context.of_property = true;
        let files = mapping.tests.iter().chain(&mapping.inherited_tests);
        let specs: Vec<&PropertySpec> = files.flat_map(|file| &file.spec.properties).collect();
        let properties = specs.into_iter().filter_map(|spec| self.property(spec, in_variant)).collect();
        self.context.of_property = false;
        self.forget_reads(trail);
        properties
    }

    fn property(&mut self, spec: &PropertySpec, in_variant: bool) -> Option<Property> {
        let read_before = self.context.parts_read.len();
        // a condition that the variant cannot have says nothing of the others
        let kept = in_variant.then(|| std::mem::take(self.reports));
        let when = spec.when.as_ref().map(|when| self.condition(when));
        let must: Vec<_> = spec.must.iter().map(|must| self.condition(must)).collect();
        if let Some(kept) = kept {
            *self.reports = kept;
        }
        let reads = self.context.parts_read.get(read_before..).unwrap_or_default().to_vec().into();
        let when = match when {
            Some(None) => return None,
            when => when.flatten(),
        };
        Some(Property { name: spec.name.span, when, must: must.into_iter().collect::<Option<_>>()?, reads })
    }
}
