//! Payload parts and bodies: their fields, and what these depend on.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use crate::resolve::{CaptureRead, Resolver, row};
use mapwright_findings::rules::payload_cycle;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{FIELD_SPREAD, MappingSpec, RowSpec};
use mapwright_plan::plan::{Depends, Part, PartRead, Reads};

impl Resolver<'_, '_> {
    /// The parts of the payload.
    pub(crate) fn parts(&mut self, spec: &MappingSpec) -> Vec<Part> {
        let specs = self.context.parts.to_vec();
        let mut parts: Vec<Part> = specs.iter().map(|(name, fields)| self.build_part(name, fields)).collect();
        self.check_cycles(&parts, spec);
        spread_captures(&mut parts);
        parts
    }

    /// Resolves a part. What its rows read is excluded from its `rest_of`.
    pub(crate) fn build_part(&mut self, name: &str, fields: &Named<RowSpec>) -> Part {
        self.context.slots_read.clear();
        self.context.names_read.clear();
        let outer = std::mem::take(&mut self.context.parts_read);
        let (mut built, mut depends) = (Vec::new(), Vec::new());
        for (key, spec) in row::in_order(fields) {
            let captures_before = self.context.captures_read.len();
            let field = self.field(key, spec);
            let mut places = std::mem::take(&mut self.context.parts_read);
            places.sort_unstable();
            places.dedup();
            let captures = captures(self.context.captures_read.get(captures_before..));
            if let Some(field) = field {
                built.push(field);
                depends.push(Depends { places, captures });
            }
        }
        self.context.parts_read = outer;
        let slots = std::mem::take(&mut self.context.slots_read);
        let names = std::mem::take(&mut self.context.names_read);
        built.iter_mut().for_each(|field| field.row.claim(&slots, &names, &self.trie));
        Part {
            name: name.to_owned(),
            fields: built,
            depends,
            spread: by_name(fields, FIELD_SPREAD).is_some(),
            inline: false,
            per_item: self.context.item.is_some(),
            volatile: false,
        }
    }

    fn check_cycles(&mut self, parts: &[Part], spec: &MappingSpec) {
        if !has_cycle(parts) {
            return;
        }
        for (start, part) in parts.iter().enumerate() {
            // the part from which each part was reached
            let mut from: HashMap<usize, usize> = HashMap::new();
            let mut open: Vec<(usize, usize)> = reads(part).map(|read| (read, start)).collect();
            while let Some((at, reader)) = open.pop() {
                if at == start {
                    let back = std::iter::successors(Some(reader), |at| from.get(at).copied());
                    let mut circle: Vec<&str> = std::iter::once(start)
                        .chain(back)
                        .filter_map(|at| parts.get(at).map(|part| part.name.as_str()))
                        .collect();
                    circle.reverse();
                    let here = spec.payload.place(&part.name).and_then(|place| spec.payload.get(place));
                    let span = here.map_or(spec.span, |(key, _)| key.span);
                    payload_cycle::report(self.reports, span, &circle);
                    return;
                }
                if let Entry::Vacant(free) = from.entry(at) {
                    free.insert(reader);
                    open.extend(parts.get(at).into_iter().flat_map(reads).map(|read| (read, at)));
                }
            }
        }
    }
}

/// Returns whether some parts read each other in a cycle.
fn has_cycle(parts: &[Part]) -> bool {
    let mut readers = vec![Vec::new(); parts.len()];
    let mut left: Vec<usize> = parts.iter().map(|part| reads(part).count()).collect();
    for (reader, part) in parts.iter().enumerate() {
        for read in reads(part) {
            if let Some(readers) = readers.get_mut(read) {
                readers.push(reader);
            }
        }
    }
    // a part that reads none of the remaining parts is in no cycle
    let mut free: Vec<usize> = (0..parts.len()).filter(|part| left.get(*part) == Some(&0)).collect();
    let mut settled = 0;
    while let Some(part) = free.pop() {
        settled += 1;
        for reader in readers.get(part).into_iter().flatten() {
            if let Some(left) = left.get_mut(*reader) {
                *left -= 1;
                free.extend((*left == 0).then_some(*reader));
            }
        }
    }
    settled < parts.len()
}

/// The parts that a part reads.
fn reads(part: &Part) -> impl Iterator<Item = usize> {
    part.depends.iter().flat_map(|depends| &depends.places).map(|read| read.part)
}

pub(crate) fn captures(read: Option<&[CaptureRead]>) -> Vec<usize> {
    let captures: BTreeSet<usize> = read.unwrap_or_default().iter().map(|read| read.capture).collect();
    captures.into_iter().collect()
}

/// Lets every field know the captures that it reads through other parts, and every part whether it depends on any.
pub(crate) fn spread_captures(parts: &mut [Part]) {
    let all: Vec<usize> = (0..parts.len()).collect();
    for at in in_order(parts, &all) {
        let Some(part) = parts.get(at) else { continue };
        let captures: Vec<Vec<usize>> = part
            .depends
            .iter()
            .map(|depends| captures_of(parts, &depends.places, &depends.captures))
            .collect();
        let Some(part) = parts.get_mut(at) else { continue };
        part.volatile = part.per_item || captures.iter().any(|captures| !captures.is_empty());
        for (depends, captures) in part.depends.iter_mut().zip(captures) {
            depends.captures = captures;
        }
    }
}

/// The captures that are read, directly and through these places.
pub(crate) fn captures_of(parts: &[Part], places: &[PartRead], direct: &[usize]) -> Vec<usize> {
    let through = places.iter().filter_map(|read| Some(parts.get(read.part)?.depends(read.field)));
    let through = through.flatten().flat_map(|depends| &depends.captures);
    let captures: BTreeSet<usize> = through.chain(direct).copied().collect();
    captures.into_iter().collect()
}

/// Finds the parts that have to be built for what is read.
pub(crate) fn settle(reads: &mut Reads, parts: &[Part]) {
    let wanted: Vec<usize> = reads.places.iter().map(|read| read.part).collect();
    reads.parts = in_order(parts, &wanted);
}

/// Returns these parts and all parts that they read, in dependency order.
pub(crate) fn in_order(parts: &[Part], wanted: &[usize]) -> Vec<usize> {
    fn visit(parts: &[Part], part: usize, seen: &mut [bool], order: &mut Vec<usize>) {
        if seen.get_mut(part).is_none_or(|seen| std::mem::replace(seen, true)) {
            return;
        }
        for read in parts.get(part).into_iter().flat_map(reads) {
            visit(parts, read, seen, order);
        }
        order.push(part);
    }
    let (mut seen, mut order) = (vec![false; parts.len()], Vec::new());
    for part in wanted {
        visit(parts, *part, &mut seen, &mut order);
    }
    order
}
