//! What a mapping, or a variant of it, does.

use std::collections::{BTreeSet, HashMap};

use mapwright_check::names::{Captures, Parts, Values, What, captures_of, need_reads, own_reads};
use mapwright_convert::{PathStep, Root};
use mapwright_findings::At;
use mapwright_language::catalog::{Destination, Mapping, Variant, Version};
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{
    BodySpec, FIELD_SPREAD, MappingSpec, RequireEntry, RequireSpec, ResponseRuleSpec, RowSpec, WarnSpec,
};

use crate::view::rows::{Place, ReadView, RootId, Rows, Site, Whether};
use crate::view::step::{RuleOf, StepId, StepView, steps};

/// Named values that read each other are looked through so far.
const DEEPEST: usize = 16;

/// What a mapping, or a variant of it, does.
#[derive(Debug)]
pub struct FlowView<'c> {
    /// The mapping.
    pub mapping: &'c Mapping,
    /// The variant, if it is that of one.
    pub variant: Option<&'c Variant>,
    /// What it says, with everything that it inherits.
    pub spec: &'c MappingSpec,
    /// The named values, with those of the version.
    pub values: Values<'c>,
    /// The payload parts, with those of the version.
    pub parts: Parts<'c>,
    /// What its steps capture.
    pub captures: Captures,
    /// Its requirements: those of the version by their names, and its own.
    pub require: Vec<&'c RequireSpec>,
    /// The warnings of the version, and then its own.
    pub warn: Vec<&'c WarnSpec>,
    /// Its steps, with those of groups.
    pub steps: Vec<StepView<'c>>,
    /// Its rows, and what is read and decided.
    pub rows: Rows<'c>,
    /// The rows of named values, by name.
    value_roots: HashMap<&'c str, RootId>,
    /// The rows of fields, by part and field.
    field_roots: HashMap<(&'c str, &'c str), RootId>,
    /// The rows of bodies and arguments that steps state.
    bodies: HashMap<StepId, Vec<RootId>>,
}

impl<'c> FlowView<'c> {
    /// Looks at a mapping or a variant. What is reached is still to be marked.
    pub(crate) fn new(
        destination: &'c Destination,
        version: &'c Version,
        mapping: &'c Mapping,
        variant: Option<&'c Variant>,
    ) -> Self {
        let spec = variant.map_or(&mapping.spec, |variant| &variant.spec);
        let steps = steps(&spec.steps, destination, version);
        let require = spec.require.iter().filter_map(|entry| match entry {
            RequireEntry::Stated(spec) => Some(&**spec),
            RequireEntry::Named(name) => by_name(&version.spec.requirements, &name.value),
        });
        let mut flow = Self {
            mapping,
            variant,
            spec,
            values: Values::new(&version.spec, &spec.values),
            parts: Parts::new(&version.spec, &spec.payload),
            captures: captures_of(&spec.steps, &version.spec.operations),
            require: require.collect(),
            warn: version.spec.warn.iter().chain(&spec.warn).collect(),
            steps,
            rows: Rows::default(),
            value_roots: HashMap::new(),
            field_roots: HashMap::new(),
            bodies: HashMap::new(),
        };
        flow.add_rows(version);
        flow
    }

    /// Returns the types of events that it is for, in lower case; none, if it is for a command.
    pub fn messages(&self) -> Vec<String> {
        let spec = &self.mapping.spec;
        if spec.command {
            return Vec::new();
        }
        match spec.message.names.as_slice() {
            [] => vec![self.mapping.message.to_lowercase()],
            names => names.iter().map(|name| name.value.to_lowercase()).collect(),
        }
    }

    /// Returns the row of a named value.
    pub fn value_root(&self, name: &str) -> Option<RootId> {
        self.value_roots.get(name).copied()
    }

    /// Returns whether a named value may depend on these captures, or on a part or a response, also through other values.
    pub fn may_change(&self, value: &str, captures: &BTreeSet<&str>) -> bool {
        self.changes(value, captures, DEEPEST)
    }

    fn changes(&self, value: &str, captures: &BTreeSet<&str>, depth: usize) -> bool {
        let root = self.value_root(value).and_then(|root| self.rows.root(root));
        let (Some(root), Some(depth)) = (root, depth.checked_sub(1)) else { return true };
        self.rows.rows.get(root.rows.clone()).unwrap_or_default().iter().any(|row| {
            let mut changes = false;
            own_reads(row.spec, &mut |read| {
                changes |= match read.what {
                    What::Path(Root::Captures, steps) => match steps.first() {
                        Some(PathStep::Key(name)) => captures.contains(name.as_str()),
                        Some(PathStep::Index(_)) | None => true,
                    },
                    What::Path(root, _) => matches!(root, Root::Payload | Root::Response | Root::Item),
                    What::Value(name, _) => self.changes(name, captures, depth),
                }
            });
            changes
        })
    }

    /// Returns the row of a field of a payload part; `...` is what is spread in it.
    pub fn field_root(&self, part: &str, field: &str) -> Option<RootId> {
        self.field_roots.get(&(part, field)).copied()
    }

    /// Returns the rows of all fields of a payload part, in their order.
    pub fn part_roots(&self, part: &str) -> impl Iterator<Item = RootId> {
        let fields = self.parts.find(part);
        let roots = fields.into_iter().flat_map(|fields| fields.iter());
        let roots = roots.filter_map(|(key, _)| self.field_root(part, &key.value)).collect::<Vec<_>>();
        roots.into_iter()
    }

    /// Returns the rows of the body of a step, or the row of the list of arguments.
    pub fn body_roots(&self, step: StepId) -> Vec<RootId> {
        match self.steps.get(step.0).and_then(|step| step.spec.body.as_ref()) {
            Some(BodySpec::Part(part)) => self.part_roots(&part.value).collect(),
            Some(BodySpec::Fields(_)) | None => self.bodies.get(&step).cloned().unwrap_or_default(),
        }
    }

    /// Returns whether a part is the whole body of a step that has this field, or something that is spread.
    pub fn has_spread(&self, part: &str) -> bool {
        self.field_root(part, FIELD_SPREAD).is_some()
    }

    /// Returns a step by its position.
    pub fn step(&self, id: StepId) -> Option<&StepView<'c>> {
        self.steps.get(id.0)
    }

    /// The step of whose `for_each` a step has an item, which is itself or a group around it, with the list.
    pub(crate) fn looping(&self, id: StepId) -> Option<(&StepView<'c>, &'c RowSpec)> {
        let mut step = self.step(id)?;
        loop {
            match &step.spec.for_each {
                Some(list) => return Some((step, list)),
                None => step = self.step(step.group?)?,
            }
        }
    }

    fn add_rows(&mut self, version: &'c Version) {
        let chains = &version.spec.conversions;
        let values = self.values.list().to_vec();
        for (name, row) in values {
            let root = self.rows.add_root(Place::Value(name), row, chains);
            self.value_roots.entry(name).or_insert(root);
        }
        let parts = self.parts.to_vec();
        for (part, fields) in parts {
            for (key, row) in fields {
                let root = self.rows.add_root(Place::Part(part, key), row, chains);
                self.field_roots.entry((part, key.value.as_str())).or_insert(root);
            }
        }
        let spec = self.spec;
        if let Some(variant) = self.variant {
            self.rows.add_condition(Site::Variant, Whether::When, Some(&variant.when));
        }
        for (at, skip) in spec.skip.iter().enumerate() {
            self.rows.add_condition(Site::Skip(at), Whether::When, Some(&skip.when));
            self.rows.add_template(Site::Skip(at), &skip.reason);
        }
        let shared = version.spec.order.iter().filter(|(key, _)| by_name(&spec.order, &key.value).is_none());
        for (key, row) in shared.chain(&spec.order) {
            self.rows.add_root(Place::Order(key), row, chains);
        }
        for at in 0..self.require.len() {
            self.add_requirement(at);
        }
        for at in 0..self.warn.len() {
            if let Some(warn) = self.warn.get(at) {
                self.rows.add_condition(Site::Warn(at), Whether::When, warn.when.as_ref());
                self.rows.add_template(Site::Warn(at), &warn.message);
            }
        }
        for at in 0..self.steps.len() {
            self.add_step(StepId(at), chains);
        }
        self.rows.add_roots(&spec.result, chains, Place::Result);
    }

    fn add_requirement(&mut self, at: usize) {
        let Some(requirement) = self.require.get(at).copied() else { return };
        let site = Site::Require(at);
        self.rows.add_condition(site, Whether::When, requirement.that.as_ref());
        self.rows.add_condition(site, Whether::When, requirement.when.as_ref());
        self.rows.add_template(site, &requirement.otherwise);
        let reads = &mut self.rows.reads;
        for need in requirement.any.iter().chain(&requirement.all) {
            need_reads(need, &mut |read| reads.push(ReadView::new(read, site)));
        }
    }

    fn add_step(&mut self, id: StepId, chains: &'c Named<Vec<mapwright_language::spec::ConversionSpec>>) {
        let Some(step) = self.steps.get(id.0) else { return };
        let spec = step.spec;
        let rules: Vec<(usize, RuleOf, &'c ResponseRuleSpec)> =
            step.rules.iter().enumerate().map(|(at, rule)| (at, rule.of, rule.spec)).collect();
        let rows = &mut self.rows;
        let site = Site::Step(id);
        let arguments = step.operation.filter(|(_, operation)| operation.call.is_some());
        let arguments = arguments.and_then(|(_, operation)| operation.arguments_for(spec));
        rows.add_condition(site, Whether::When, spec.when.as_ref());
        rows.add_condition(site, Whether::Unless, spec.unless.as_ref());
        rows.add_condition(site, Whether::Where, spec.filter.as_ref());
        if let Some(list) = &spec.for_each {
            rows.add_root(Place::ForEach(id), list, chains);
        }
        match step.operation {
            Some((_, operation)) => {
                for (name, row) in operation.params_for(spec) {
                    rows.add_root(Place::Param(id, name), row, chains);
                }
            }
            None => rows.add_roots(&spec.params, chains, |name| Place::Param(id, name)),
        }
        rows.add_roots(&spec.query, chains, |name| Place::Query(id, name));
        rows.add_roots(&spec.headers, chains, |name| Place::Header(id, name));
        rows.add_roots(&spec.order, chains, |name| Place::StepOrder(id, name));
        let body = match &spec.body {
            Some(BodySpec::Fields(fields)) => Some(fields),
            Some(BodySpec::Part(_)) | None => arguments.map(|arguments| &arguments.fields),
        };
        if let Some(fields) = body {
            let roots = fields.iter().map(|(name, row)| rows.add_root(Place::Body(id, name), row, chains));
            self.bodies.insert(id, roots.collect());
        }
        rows.add_roots(&spec.capture, chains, |name| Place::Capture(id, name));
        if let Some(page) = &spec.page {
            rows.add_roots(&page.query, chains, |name| Place::Query(id, name));
            rows.add_root(Place::Capture(id, &page.next.name), &page.next.row, chains);
        }
        let renew = spec.cache.as_ref().and_then(|cache| cache.renew.as_ref());
        rows.add_condition(Site::Renew(id), Whether::When, renew);
        for (at, warn) in spec.warn.iter().enumerate() {
            rows.add_condition(Site::StepWarn(id, at), Whether::When, warn.when.as_ref());
            rows.add_template(Site::StepWarn(id, at), &warn.message);
        }
        // the rules of the version and the destination are checked once, with the version
        for (at, _, rule) in
            rules.into_iter().filter(|(_, of, _)| matches!(of, RuleOf::Step | RuleOf::Operation))
        {
            rows.add_condition(Site::Rule(id, at), Whether::When, rule.when.as_ref());
            rule.advice.iter().for_each(|advice| rows.add_template(Site::Rule(id, at), advice));
            rows.add_roots(&rule.capture, chains, |name: &'c At<String>| Place::RuleCapture(id, at, name));
            if let Some(after) = &rule.after {
                rows.add_root(Place::RuleAfter(id, at), after, chains);
            }
        }
    }
}
