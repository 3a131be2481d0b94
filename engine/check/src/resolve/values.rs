//! Named values: `$name`. One that is only a list of sources is read as that list. Any other is made on its own, as a payload part with one
//! field, when something first reads it; one that depends on an item or on a response is made wherever it is read.

use std::rc::Rc;

use mapwright_convert::{NamedValue, SourcePath, parse_path};
use mapwright_findings::rules::unknown_value;
use mapwright_findings::{Span, Unread};
use mapwright_language::decode::Named;
use mapwright_language::names::begins_with_name;
use mapwright_language::spec::{RowSpec, ValueSpec};
use mapwright_plan::plan::{PartRead, Place, Slot};

use crate::resolve::circles::Graph;
use crate::resolve::named::{Apart, Values, alone};
use crate::resolve::{Pending, Resolver, Target, Want, lists};

impl<'c> Resolver<'c, '_> {
    /// Prepares the named values of a mapping; those of the version are prepared once.
    pub(crate) fn enter_values(&mut self, own: &'c Named<ValueSpec>) {
        let is_of_version = own.is_empty() && *own.unread() == Unread::default();
        if let Some((values, refused)) = self.of_version.as_ref().filter(|_| is_of_version) {
            (self.values, self.refused) = (values.clone(), refused.clone());
            return;
        }
        self.values = Rc::new(Values::new(&self.version.spec, own));
        self.refused = lists::refuse(self.values.list(), self.reports);
        self.refused.extend(Graph::of_values(&self.values).report_circles(self.reports));
        if is_of_version {
            self.of_version = Some((self.values.clone(), self.refused.clone()));
        }
    }

    /// Returns the position and the row of a named value, or reports that there is none.
    pub(crate) fn find_value(&mut self, named: &NamedValue, span: Span) -> Option<(usize, &'c RowSpec)> {
        let Some((value, row)) = self.values.find(&named.name) else {
            let path = named.written.trim_start_matches('$');
            let is_path = begins_with_name(path) && parse_path(path).is_ok();
            let path = Some(path).filter(|_| is_path);
            let known = self.values.known();
            self.of_mapping(|reports| unknown_value::report(reports, span, &named.name, &known, path));
            return None;
        };
        (!self.refused.contains(&value)).then_some((value, row))
    }

    /// Whether a value is made where it is read.
    pub(crate) fn is_made_here(&self, value: usize) -> bool {
        !self.context.in_flow || self.values.is_local(value)
    }

    /// The place of a named value, which is made later.
    pub(crate) fn value_place(&mut self, named: &NamedValue, span: Span) -> Option<Place> {
        if self.context.in_expression
            && self.values.find(&named.name).is_none()
            && let Some(set) = self.shared.sets.get(named.name.as_str()).filter(|_| named.steps.is_empty())
        {
            return Some(Place {
                text: named.written.clone(),
                span,
                slot: Slot::Set(set.clone()),
                query: None,
            });
        }
        let (value, row) = self.find_value(named, span)?;
        let (text, steps) = (named.written.clone(), named.steps.clone());
        if let Some(path) = alone(row) {
            let steps = [path.steps.as_slice(), &steps].concat();
            let place = self.place(&SourcePath { steps, ..path.clone() }, span, Want::One)?;
            return Some(Place { text, ..place });
        }
        if self.is_made_here(value) {
            self.context.values_read.push(value);
            let (item, response) = (self.context.item, self.context.response);
            let kept = response && self.values.is_of_response(value);
            if let Some((row, part)) = self.context.kept.get(&value).copied().filter(|_| kept) {
                self.context.parts_read.push(PartRead { part, field: Some(0) });
                return Some(Place { text, span, slot: Slot::Lazy { row, steps, kept }, query: None });
            }
            let row = self.made.len();
            self.made.push(None);
            let part = self.reserve_part();
            self.context.parts_read.push(PartRead { part, field: Some(0) });
            if kept {
                self.context.kept.insert(value, (row, part));
            }
            self.pending.push(Pending { value, target: Target::Row { row, part, item, response } });
            return Some(Place { text, span, slot: Slot::Lazy { row, steps, kept }, query: None });
        }
        self.value_needs_item(value, span, &text);
        let part = match self.context.values.get(&value) {
            Some(apart) => apart.part,
            None if !self.size.apart(self.context.values.len(), span, self.reports) => return None,
            None => {
                let part = self.reserve_part();
                self.context.values.insert(value, Apart::new(part));
                self.pending.push(Pending { value, target: Target::Part(part) });
                part
            }
        };
        self.trail.push(super::sent::read_of_value(&named.name));
        self.context.values_read.push(value);
        self.context.parts_read.push(PartRead { part, field: Some(0) });
        Some(Place { text, span, slot: Slot::Field { part, field: 0, steps }, query: None })
    }
}
