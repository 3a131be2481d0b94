//! Payload parts and bodies: their fields, and what these depend on.

use std::collections::BTreeSet;

use crate::resolve::circles::Graph;
use crate::resolve::items::ItemReaders;
use crate::resolve::named::{self, Apart, ValueReads};
use crate::resolve::{CaptureRead, Context, Item, Pending, Resolver, Target, Want, row};
use mapwright_findings::{At, Span};
use mapwright_json::NodeId;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{FIELD_SPREAD, RowSpec};
use mapwright_plan::plan::{
    Absence, CheckedRow, Depends, Field, Form, Part, PartRead, Place, Reads, Row, Slot,
};

impl<'c> Resolver<'c, '_> {
    /// Makes the parts of the payload.
    pub(crate) fn parts(&mut self) {
        let specs = self.context.parts.to_vec();
        let graph = Graph::of_parts(&self.values, &specs);
        self.refused.extend(graph.report_circles(self.reports));
        self.note_item_readers(&graph);
        self.context.made.resize_with(specs.len(), Part::default);
        for field in graph.lifted() {
            let part = self.reserve_part();
            self.context.lifted.insert(field, Apart::new(part));
        }
        let lifted: BTreeSet<(usize, usize)> = self.context.lifted.keys().copied().collect();
        lifted.into_iter().for_each(|(part, field)| self.lift(part, field));
        for (at, (name, fields)) in specs.iter().enumerate() {
            self.context.item = self.item_of_part(at, None);
            self.context.owner = Some(at);
            let part = self.build_part(name, fields, Some(at));
            (self.context.item, self.context.owner) = (None, None);
            if let Some(made) = self.context.made.get_mut(at) {
                *made = part;
            }
        }
    }

    /// Resolves a part. What its rows read is excluded from its `rest_of`. `at` is its position, if it is one of the payload.
    pub(crate) fn build_part(&mut self, name: &str, fields: &'c Named<RowSpec>, at: Option<usize>) -> Part {
        self.context.slots_read.clear();
        self.context.names_read.clear();
        let outer = std::mem::take(&mut self.context.parts_read);
        self.context.values_read.clear();
        let (mut built, mut depends) = (Vec::with_capacity(fields.len()), Vec::with_capacity(fields.len()));
        for (key, spec) in named::in_order(fields) {
            let captures_before = self.context.captures_read.len();
            let place = at.and_then(|at| Some((at, fields.place(&key.value)?)));
            let field = match place.filter(|place| self.context.lifted.contains_key(place)) {
                Some((part, place)) => self.lifted_field(part, place, key),
                None => self.field(key, spec),
            };
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
        let (slots, names) = self.claims();
        let claim = |field: &mut Field, paths| field.row.claim(&slots, &names, paths);
        built.iter_mut().for_each(|field| claim(field, &self.trie));
        for place in 0..fields.len() {
            let lifted = at.and_then(|at| self.context.lifted.get(&(at, place)));
            if let Some(made) = lifted.and_then(|apart| self.context.made.get_mut(apart.part)) {
                made.fields.iter_mut().for_each(|field| claim(field, &self.trie));
            }
        }
        let list = self.is_list(fields, &built);
        Part {
            name: name.to_owned(),
            fields: built,
            depends,
            spread: by_name(fields, FIELD_SPREAD).is_some(),
            list,
            per_item: self.context.item.is_some(),
            ..Part::default()
        }
    }

    /// Adds a part that a step states.
    pub(crate) fn add_inline(&mut self, part: Part) -> PartRead {
        self.context.made.push(Part { inline: true, ..part });
        PartRead { part: self.context.made.len() - 1, field: None }
    }

    /// Everything that the current part has read, with what the named values have read that it reads.
    fn claims(&mut self) -> (Vec<NodeId>, Vec<String>) {
        if !self.context.values_read.is_empty() {
            self.make_values();
        }
        let read = self.context.take_read();
        self.with_values(read)
    }

    /// What was read, with what the named values have read that are among it.
    fn with_values(&self, (mut slots, mut names, mut open): ValueReads) -> (Vec<NodeId>, Vec<String>) {
        let Context { values, values_here, .. } = &self.context;
        let mut known = BTreeSet::new();
        while let Some(value) = open.pop() {
            let apart = values_here.get(&value).or_else(|| values.get(&value));
            if let Some(apart) = apart.filter(|_| known.insert(value)) {
                slots.extend(&apart.slots);
                names.extend(apart.names.iter().cloned());
                open.extend(&apart.values);
            }
        }
        (slots, names)
    }

    /// Reports what was kept back of parts that the mapping uses, or has of its own.
    pub(crate) fn report_kept(&mut self, used: &[usize], parts: &[Part]) {
        let kept = std::mem::take(&mut self.context.kept_reports);
        if kept.is_empty() {
            return;
        }
        let own = self.context.parts.shared..self.context.parts.len();
        let wanted: Vec<usize> = used.iter().copied().chain(own).collect();
        let judged: BTreeSet<usize> = in_order(parts, &wanted).into_iter().collect();
        for (_, reports) in kept.into_iter().filter(|(owner, _)| judged.contains(owner)) {
            self.reports.extend(reports, |_| true);
        }
    }

    /// Resolves fields that are not a payload part. A rest among them omits what the others read.
    pub(crate) fn fields_together(&mut self, fields: &Named<RowSpec>) -> Vec<Field> {
        self.together(
            |this| named::in_order(fields).filter_map(|(key, spec)| this.field(key, spec)).collect(),
            |fields: &mut Vec<Field>| fields.iter_mut().map(|field| &mut field.row).collect(),
        )
    }

    /// Resolves a row that stands alone. What it reads, the rests in it leave out.
    pub(crate) fn row_alone(&mut self, spec: &RowSpec, want: Want) -> Option<Row> {
        self.together(|this| this.row(spec, want), |row| row.iter_mut().collect())
    }

    /// Resolves rows of which none is a field of a payload part. What one reads, the rests in all of them leave out.
    fn together<R>(
        &mut self,
        resolve: impl FnOnce(&mut Self) -> R,
        rows: impl Fn(&mut R) -> Vec<&mut Row>,
    ) -> R {
        let outer = self.context.take_read();
        let mut resolved = resolve(self);
        if rows(&mut resolved).iter().any(|row| row.has_rest()) {
            let (slots, names) = self.claims();
            rows(&mut resolved).into_iter().for_each(|row| row.claim(&slots, &names, &self.trie));
        }
        let Context { slots_read, names_read, values_read, .. } = &mut self.context;
        (*slots_read, *names_read, *values_read) = outer;
        resolved
    }

    /// Makes the named values that have been read.
    pub(crate) fn make_values(&mut self) {
        let (mut in_parts, mut in_rows) = (Vec::new(), Vec::new());
        while let Some(Pending { value, target }) = self.pending.pop() {
            let Some((name, row)) = self.values.get(value) else { continue };
            match target {
                Target::Part(part) => {
                    let apart = self.make_apart(
                        part,
                        String::new(),
                        &format!("${name}"),
                        row,
                        row.span,
                        Want::Many,
                        None,
                    );
                    self.context.values.insert(value, apart);
                    in_parts.push(value);
                }
                Target::Row { row: at, part, item, response } => {
                    self.context.owner = Some(part);
                    let (row, apart, depends) = self.around(item, response, |this| this.row(row, Want::Many));
                    self.context.values_here.insert(value, apart);
                    if row.as_ref().is_some_and(Row::has_rest) {
                        in_rows.push((value, at));
                    }
                    if let Some(slot) = self.made.get_mut(at) {
                        *slot = row;
                    }
                    if let Some(made) = self.context.made.get_mut(part) {
                        *made = Part { depends: vec![depends], apart: true, ..Part::default() };
                    }
                    self.context.owner = None;
                }
            }
        }
        // a rest in the row leaves out what other rows in it read
        for value in in_parts {
            let Some(apart) = self.context.values.get(&value) else { continue };
            let (part, (slots, names)) = (apart.part, self.with_values(apart.read()));
            let fields = self.context.made.get_mut(part).into_iter().flat_map(|part| &mut part.fields);
            fields.for_each(|field| field.row.claim(&slots, &names, &self.trie));
        }
        for (value, at) in in_rows {
            let Some(apart) = self.context.values_here.get(&value) else { continue };
            let (slots, names) = self.with_values(apart.read());
            if let Some(Some(row)) = self.made.get_mut(at) {
                row.claim(&slots, &names, &self.trie);
            }
        }
    }

    /// Resolves something where nothing has been read yet, with this item and perhaps a response. Returns it with what it reads.
    fn around<R>(
        &mut self,
        item: Option<Item<'c>>,
        response: bool,
        resolve: impl FnOnce(&mut Self) -> R,
    ) -> (R, Apart, Depends) {
        let Context { slots_read, names_read, values_read, parts_read, captures_read, .. } =
            &mut self.context;
        let outer = (
            std::mem::take(slots_read),
            std::mem::take(names_read),
            std::mem::take(values_read),
            std::mem::take(parts_read),
            std::mem::take(captures_read),
        );
        let items_missing = std::mem::replace(&mut self.context.items_missing, false);
        let item = std::mem::replace(&mut self.context.item, item);
        let response = std::mem::replace(&mut self.context.response, response);
        let in_expression = std::mem::replace(&mut self.context.in_expression, false);
        let result = resolve(self);
        (self.context.item, self.context.response) = (item, response);
        self.context.in_expression = in_expression;
        self.context.items_missing = items_missing;
        let Context { slots_read, names_read, values_read, parts_read, captures_read, .. } =
            &mut self.context;
        let slots = std::mem::replace(slots_read, outer.0);
        let names = std::mem::replace(names_read, outer.1);
        let values = std::mem::replace(values_read, outer.2);
        let mut places = std::mem::replace(parts_read, outer.3);
        places.sort_unstable();
        places.dedup();
        let read = std::mem::replace(captures_read, outer.4);
        let captures = captures(Some(&read));
        self.context.captures_inside.extend(read);
        (result, Apart { part: 0, slots, names, values }, Depends { places, captures })
    }

    /// Makes a part of one row. `owner` is the part whose field it is.
    #[allow(clippy::too_many_arguments, reason = "it is what a part is made of")]
    fn make_apart(
        &mut self,
        part: usize,
        owner: String,
        name: &str,
        row: &'c RowSpec,
        span: Span,
        want: Want,
        item: Option<Item<'c>>,
    ) -> Apart {
        let owner_before = self.context.owner.replace(part);
        let (field, apart, depends) =
            self.around(item, false, |this| this.named_field(name, row, span, want));
        self.context.owner = owner_before;
        if let (Some(made), Some(field)) = (self.context.made.get_mut(part), field) {
            let (fields, depends) = (vec![field], vec![depends]);
            let per_item = item.is_some();
            *made = Part { name: owner, fields, depends, apart: true, per_item, ..Part::default() };
        }
        Apart { part, ..apart }
    }

    /// Makes the part of one field alone, which others of its own part read.
    fn lift(&mut self, part: usize, field: usize) {
        let Some((owner, fields)) = self.context.parts.get(part).copied() else { return };
        let (Some((key, row)), Some(apart)) = (fields.get(field), self.context.lifted.get(&(part, field)))
        else {
            return;
        };
        // a part of an object that is spread has that object as a field
        let name = if key.value == FIELD_SPREAD { "…" } else { &key.value };
        let (made, item) = (apart.part, self.item_of_part(part, Some(field)));
        let apart = self.make_apart(made, owner.to_owned(), name, row, key.span, Want::One, item);
        self.context.lifted.insert((part, field), apart);
    }

    /// The field of a part that has been made on its own.
    fn lifted_field(&mut self, part: usize, field: usize, key: &At<String>) -> Option<Field> {
        let Context { lifted, slots_read, names_read, values_read, parts_read, .. } = &mut self.context;
        let Apart { part: made, slots, names, values } = lifted.get(&(part, field))?;
        slots_read.extend(slots);
        names_read.extend(names.iter().cloned());
        values_read.extend(values);
        parts_read.push(PartRead { part: *made, field: Some(0) });
        let made = *made;
        let slot = Slot::Field { part: made, field: 0, steps: Vec::new() };
        let text = format!("payload.{}.{}", self.context.parts.get(part)?.0, key.value);
        // it has been judged what counts as a value
        let absence = Absence { null: false, empty_text: false };
        let place = Form::place(Place { text, span: key.span, slot, query: None });
        let row = CheckedRow { absence, ..CheckedRow::of(place, key.span) };
        Some(Field {
            lifted: true,
            ..row::field_of(&key.value, row.lower(&mut self.trie, &mut self.response_trie), key.span)
        })
    }
}

impl<'c> Resolver<'c, '_> {
    /// Finds out which fields read an item.
    pub(crate) fn note_item_readers(&mut self, graph: &Graph) {
        self.context.item_readers = ItemReaders::new(graph, &self.context.parts, &self.values);
    }

    /// The item of the step that uses a part, if a field of it reads one.
    pub(crate) fn item_of_part(&self, part: usize, field: Option<usize>) -> Option<Item<'c>> {
        let own = &self.context.item_readers.own;
        let reads = match field {
            Some(field) => own.contains(&(part, field)),
            None => own.iter().any(|(known, _)| *known == part),
        };
        reads.then_some(Item { table: None })
    }
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
        let per_item = reads(part).any(|read| parts.get(read).is_some_and(|part| part.per_item));
        let Some(part) = parts.get_mut(at) else { continue };
        part.per_item |= per_item;
        let all: BTreeSet<usize> = captures.iter().flatten().copied().collect();
        part.captures = all.into_iter().collect();
        for (depends, captures) in part.depends.iter_mut().zip(captures) {
            depends.captures = captures;
        }
    }
}

/// The captures that are read, directly and through these places.
pub(crate) fn captures_of<'r>(
    parts: &[Part],
    places: impl IntoIterator<Item = &'r PartRead>,
    direct: &[usize],
) -> Vec<usize> {
    let through = places.into_iter().filter_map(|read| Some(parts.get(read.part)?.depends(read.field)));
    let through = through.flatten().flat_map(|depends| &depends.captures);
    let captures: BTreeSet<usize> = through.chain(direct).copied().collect();
    captures.into_iter().collect()
}

/// Finds the parts that have to be built for what is read.
pub(crate) fn settle(reads: &mut Reads, parts: &[Part]) {
    let wanted: Vec<usize> = reads.places.iter().map(|read| read.part).collect();
    reads.parts = in_order(parts, &wanted);
}

/// Returns these parts and all parts that they read, in dependency order. Without recursion: fields that read each other may be a long chain.
pub(crate) fn in_order(parts: &[Part], wanted: &[usize]) -> Vec<usize> {
    let (mut seen, mut order) = (vec![false; parts.len()], Vec::new());
    let mut is_new = |part: usize| seen.get_mut(part).is_some_and(|seen| !std::mem::replace(seen, true));
    for part in wanted {
        let mut open: Vec<(usize, std::vec::IntoIter<usize>)> = Vec::new();
        let mut enter = Some(*part).filter(|part| is_new(*part));
        loop {
            if let Some(part) = enter.take() {
                let read: Vec<usize> = parts.get(part).map(|part| reads(part).collect()).unwrap_or_default();
                open.push((part, read.into_iter()));
            }
            let Some((part, rest)) = open.last_mut() else { break };
            match rest.find(|read| is_new(*read)) {
                Some(read) => enter = Some(read),
                None => {
                    order.push(*part);
                    open.pop();
                }
            }
        }
    }
    order
}
