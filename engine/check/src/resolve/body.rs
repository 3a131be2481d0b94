//! Checks fields of bodies against the properties in the schemas of their operations.

use std::collections::HashSet;

use serde_json::Value;

use crate::resolve::Resolver;
use crate::resolve::sent::{Misfit, Read};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::At;
use mapwright_findings::Span;
use mapwright_findings::rules::unknown_property;
use mapwright_language::decode::Named;
use mapwright_language::spec::{FIELD_SPREAD, Form, OperationSpec, RowSpec};

impl Resolver<'_, '_> {
    /// Records that fields are the whole body of an operation.
    pub(crate) fn note_body(&mut self, fields: &Named<RowSpec>, name: &str, operation: &OperationSpec) {
        let schema = operation.schema.as_ref().and_then(|schema| self.version.schemas.get(&schema.value));
        let listed = schema.and_then(|schema| only_properties(&schema.json().ok()?));
        for (key, row) in fields.iter().filter(|(key, _)| key.value != FIELD_SPREAD) {
            if let (Some(schema), Some(listed)) = (&operation.schema, &listed)
                && !listed.contains(&key.value)
                && let Some(reads) = self.unconditional(row)
            {
                let (operation, schema) = (name.to_owned(), schema.value.clone());
                self.misfits.push(Misfit { field: key.span, operation, schema, reads });
            }
            let field = self.sent.entry(key.span).or_default();
            field.name.clone_from(&key.value);
            field.allowed |= listed.as_ref().is_none_or(|listed| listed.contains(&key.value));
            if !field.operations.iter().any(|known| known == name) {
                field.operations.push(name.to_owned());
                field.properties.extend(listed.iter().flatten().cloned());
            }
        }
    }

    /// Returns what a row reads of the event and the settings, if it has a value whenever one of these reads has one, or always.
    fn unconditional(&self, row: &RowSpec) -> Option<Vec<Read>> {
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
            _ => None,
        }
    }

    /// Returns the index of the next read.
    pub(crate) fn reads_so_far(&self) -> usize {
        self.trail.len()
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
        let mut known = HashSet::new();
        while let Some(read) = open.pop() {
            if known.contains(&read) {
                continue;
            }
            if let (Root::Payload, [PathStep::Key(part), rest @ ..]) = (read.0, read.1.as_slice()) {
                let parts = self.around.parts.iter().filter(|(name, _)| name == part);
                for (key, _) in parts.flat_map(|(_, fields)| fields.iter()) {
                    let is_read = rest.is_empty()
                        || key.value == FIELD_SPREAD
                        || matches!(rest.first(), Some(PathStep::Key(field)) if *field == key.value);
                    if is_read {
                        open.extend(self.field_reads.get(&key.span).into_iter().flatten().cloned());
                    }
                }
            }
            known.insert(read);
        }
        self.asked = known.into_iter().collect();
    }

    /// Decides about misfits at the end of a mapping, when all reads that determine its requests are known.
    pub(crate) fn settle_misfits(&mut self) {
        let asked = std::mem::take(&mut self.asked);
        let decides = |(root, read): &Read| {
            asked.iter().any(|(of, asked)| of == root && (asked.starts_with(read) || read.starts_with(asked)))
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

    /// Reports fields that no operation allows, and fields that violate the schemas of some.
    pub(crate) fn unknown_properties(&mut self) {
        for (span, field) in std::mem::take(&mut self.sent) {
            if !field.allowed {
                let operations: Vec<&str> = field.operations.iter().map(String::as_str).collect();
                unknown_property::report(self.reports, span, &field.name, &operations, &field.properties);
            } else if !field.broken.is_empty() {
                unknown_property::report_some(self.reports, span, &field.name, &field.broken);
            }
        }
    }
}

/// Returns the properties of an object, if it certainly allows no others.
fn only_properties(schema: &Value) -> Option<Vec<String>> {
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let others = ["patternProperties", "$ref", "$dynamicRef"].iter().any(|key| schema.get(key).is_some());
    let listed = || schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    (closed && !others).then(|| listed().map(|(name, _)| name.clone()).collect())
}
