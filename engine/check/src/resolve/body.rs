//! Checks fields of bodies against the properties in the schemas of their operations.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use crate::resolve::Resolver;
use crate::resolve::sent::{Misfit, ReadPath, Sent, SentField};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::At;
use mapwright_findings::Span;
use mapwright_findings::rules::unknown_property;
use mapwright_language::decode::Named;
use mapwright_language::spec::{FIELD_ITEMS, FIELD_SPREAD, Form, OperationSpec, RowSpec};

/// Where something is used, and what it is called there.
type Used<'n> = (Span, &'n str);

impl Resolver<'_, '_> {
    /// Records that fields are the whole body of an operation.
    pub(crate) fn note_body(&mut self, fields: &Named<RowSpec>, name: &str, operation: &OperationSpec) {
        let Some((first, _)) = fields.first() else { return };
        if !self.size.rows(fields.len(), first.span, self.reports) {
            return;
        }
        let sent = self.sent_to(name, operation);
        for (key, row) in
            fields.iter().filter(|(key, _)| !matches!(key.value.as_str(), FIELD_SPREAD | FIELD_ITEMS))
        {
            if let (Some(schema), Some(listed)) = (operation.step_schema(), &sent.listed)
                && !listed.contains(&key.value)
                && let Some(reads) = self.unconditional(row)
            {
                let (operation, schema) = (name.to_owned(), schema.value.clone());
                self.misfits.push(Misfit { field: key.span, operation, schema, reads });
            }
            let field = self.sent.entry(key.span).or_default();
            field.name.clone_from(&key.value);
            field.allowed |= sent.listed.as_ref().is_none_or(|listed| listed.contains(&key.value));
            field.operations.push(sent.clone());
        }
    }

    /// Returns an operation with the properties of its schema, which is read once.
    fn sent_to(&mut self, name: &str, operation: &OperationSpec) -> Arc<Sent> {
        if let Some(known) = self.operations_sent.get(name) {
            return known.clone();
        }
        let schema = operation.step_schema().and_then(|schema| self.schema(&schema.value));
        let listed = schema.and_then(|schema| only_properties(&schema));
        let sent = Arc::new(Sent {
            operation: name.to_owned(),
            properties: listed.clone().unwrap_or_default(),
            listed: listed.map(|listed| listed.into_iter().collect()),
        });
        self.operations_sent.insert(name.to_owned(), sent.clone());
        sent
    }

    /// Returns what a row reads of the event and the settings, if it has a value whenever one of these reads has one, or always.
    fn unconditional(&self, row: &RowSpec) -> Option<Vec<ReadPath>> {
        let all = |rows: &[RowSpec]| {
            let reads: Option<Vec<_>> = rows.iter().map(|row| self.unconditional(row)).collect();
            reads.map(|reads| reads.concat())
        };
        if row.when.is_some() || row.unless.is_some() {
            return None;
        }
        match &row.form {
            Form::Value(_) => Some(Vec::new()),
            Form::Source(At { value: Source::Path(path), .. })
                if matches!(path.root, Root::Event | Root::Settings) =>
            {
                Some(vec![(path.root, path.steps.clone())])
            }
            Form::First { alternatives: rows, key: None } | Form::Join { parts: rows, .. } => all(rows),
            Form::Source(_)
            | Form::First { key: Some(_), .. }
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf { .. }
            | Form::Object(_)
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Each { .. }
            | Form::Switch { .. } => None,
        }
    }

    /// Returns the index of the next read.
    pub(crate) fn reads_so_far(&self) -> usize {
        self.trail.len()
    }

    /// Forgets the reads since an index, which no mapping makes.
    pub(crate) fn forget_reads(&mut self, since: usize) {
        self.trail.truncate(since);
    }

    /// Records the reads since an index as reads of a field.
    pub(crate) fn note_field(&mut self, field: Span, since: usize) {
        let reads = self.trail.get(since..).unwrap_or_default();
        self.field_reads.entry(field).or_default().extend_from_slice(reads);
    }

    /// Records that the reads since an index determine which requests are sent.
    pub(crate) fn note_asked(&mut self, since: usize) {
        self.asked.extend_from_slice(self.trail.get(since..).unwrap_or_default());
    }

    /// Adds the reads of fields that determine which requests are sent.
    pub(crate) fn spread_asked(&mut self) {
        let mut open = std::mem::take(&mut self.asked);
        let fields = PartFields::new(&self.context.parts);
        let mut known = HashSet::new();
        while let Some(read) = open.pop() {
            if known.contains(&read) {
                continue;
            }
            if let (Root::Payload, [PathStep::Key(part), rest @ ..]) = (read.0, read.1.as_slice()) {
                let mut read_by = |key: &At<String>| {
                    open.extend(self.field_reads.get(&key.span).into_iter().flatten().cloned());
                };
                if let Some((_, row)) = part.strip_prefix('$').and_then(|name| self.values.find(name)) {
                    open.extend(self.field_reads.get(&row.span).into_iter().flatten().cloned());
                    known.insert(read);
                    continue;
                }
                match rest.first() {
                    None => fields.of_part(part).for_each(read_by),
                    Some(field) => {
                        fields.named(part, FIELD_SPREAD).into_iter().for_each(&mut read_by);
                        if let PathStep::Key(field) = field {
                            fields.named(part, field).into_iter().for_each(&mut read_by);
                        }
                    }
                }
            }
            known.insert(read);
        }
        self.asked = known.into_iter().collect();
    }

    /// Decides about misfits at the end of a mapping, when all reads that determine its requests are known.
    pub(crate) fn settle_misfits(&mut self) {
        let asked: HashSet<ReadPath> = std::mem::take(&mut self.asked).into_iter().collect();
        // the reads, and all values that contain what they read
        let context: HashSet<(Root, &[PathStep])> =
            asked.iter().flat_map(|(root, steps)| prefixes(steps).map(|steps| (*root, steps))).collect();
        let decides = |(root, read): &ReadPath| {
            context.contains(&(*root, read.as_slice()))
                || prefixes(read).any(|steps| asked.contains(&(*root, steps.to_vec())))
        };
        for misfit in std::mem::take(&mut self.misfits) {
            if !misfit.reads.iter().any(decides) {
                let broken = &mut self.sent.entry(misfit.field).or_default().broken;
                let pair = (misfit.operation, misfit.schema);
                if !broken.contains(&pair) {
                    broken.push(pair);
                }
            }
        }
        self.trail.clear();
        self.field_reads.clear();
    }

    /// Reports fields that no operation allows, and fields that violate the schemas of some. Several of one body are one mistake.
    pub(crate) fn unknown_properties(&mut self) {
        let sent = std::mem::take(&mut self.sent);
        let mut of_none: BTreeMap<Vec<&str>, Vec<Used<'_>>> = BTreeMap::new();
        let mut of_some: BTreeMap<&[(String, String)], Vec<Used<'_>>> = BTreeMap::new();
        for (span, field) in &sent {
            let place = (*span, field.name.as_str());
            if !field.allowed {
                let properties = field.operations.iter().flat_map(|sent| &sent.properties);
                match self.reports.nearest(&field.name, properties) {
                    Some(_) => self.unknown_property(*span, field),
                    None => of_none.entry(field.names()).or_default().push(place),
                }
            } else if !field.broken.is_empty() {
                of_some.entry(&field.broken).or_default().push(place);
            }
        }
        for (operations, fields) in of_none {
            match fields.as_slice() {
                [(span, _)] => {
                    sent.get(span).into_iter().for_each(|field| self.unknown_property(*span, field))
                }
                several => unknown_property::report_body(self.reports, several, &operations),
            }
        }
        for (broken, fields) in of_some {
            match fields.as_slice() {
                [(span, name)] => unknown_property::report_some(self.reports, *span, name, broken),
                several => unknown_property::report_some_of_body(self.reports, several, broken),
            }
        }
    }

    fn unknown_property(&mut self, span: Span, field: &SentField) {
        let properties = field.operations.iter().flat_map(|sent| &sent.properties).map(String::as_str);
        unknown_property::report(self.reports, span, &field.name, &field.names(), properties);
    }
}

impl SentField {
    /// The names of the operations that it is sent to.
    fn names(&self) -> Vec<&str> {
        let mut known = HashSet::new();
        let names = self.operations.iter().map(|sent| sent.operation.as_str());
        names.filter(|name| known.insert(*name)).collect()
    }
}

/// The fields of parts, by the names of both.
struct PartFields<'c> {
    parts: HashMap<&'c str, &'c Named<RowSpec>>,
}

impl<'c> PartFields<'c> {
    fn new(parts: &[(&'c str, &'c Named<RowSpec>)]) -> Self {
        Self { parts: parts.iter().copied().collect() }
    }

    fn of_part(&self, part: &str) -> impl Iterator<Item = &'c At<String>> {
        self.parts.get(part).into_iter().flat_map(|fields| fields.iter().map(|(key, _)| key))
    }

    fn named(&self, part: &str, field: &str) -> Option<&'c At<String>> {
        let fields = self.parts.get(part)?;
        fields.get(fields.place(field)?).map(|(key, _)| key)
    }
}

/// Returns the prefixes of a path, from the empty one to the path itself.
fn prefixes(steps: &[PathStep]) -> impl Iterator<Item = &[PathStep]> {
    (0..=steps.len()).filter_map(|length| steps.get(..length))
}

/// Returns the properties of an object, if it certainly allows no others. A schema that is closed stays so where others refer to it.
fn only_properties(schema: &Value) -> Option<Vec<String>> {
    const DEEPEST: usize = 8;
    let mut at = schema;
    for _ in 0..DEEPEST {
        let Some(reference) = at.get("$ref").and_then(Value::as_str) else { return own_properties(at) };
        at = schema.pointer(reference.strip_prefix('#')?)?;
    }
    None
}

fn own_properties(schema: &Value) -> Option<Vec<String>> {
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let others = ["patternProperties", "$ref", "$dynamicRef"].iter().any(|key| schema.get(key).is_some());
    let listed = || schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    (closed && !others).then(|| listed().map(|(name, _)| name.clone()).collect())
}
