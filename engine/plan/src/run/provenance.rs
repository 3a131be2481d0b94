//! Which line of a mapping made what of a request.

use crate::plan::{Call, Field, Flow, Form, Instruction, Operation, Place, Row, Slot};
use crate::run::state::Run;
use crate::sdk::Calls;
use crate::version::VersionPlan;
use mapwright_convert::PathStep;
use mapwright_findings::Span;
use mapwright_language::spec::{FIELD_SPREAD, OnMissing};

/// The rows behind a run's requests, or behind calls.
#[derive(Debug, Clone, Copy)]
pub struct Provenance<'p> {
    /// The plan of the version.
    pub plan: &'p VersionPlan,
    /// The flow of the run.
    pub flow: &'p Flow,
}

/// Rows nested deeper than this are not looked through.
const DEEPEST: usize = 32;

impl<'e> Run<'e> {
    /// Returns the provenance of the run's requests.
    #[doc(hidden)]
    pub fn provenance(&self) -> Provenance<'e> {
        Provenance { plan: &self.mapper.plan, flow: self.flow }
    }
}

impl<'p> Provenance<'p> {
    /// Creates the provenance of the calls that an event became.
    pub fn of_calls(plan: &'p VersionPlan, calls: &Calls) -> Option<Self> {
        Some(Self { plan, flow: plan.flows().nth(calls.flow?)? })
    }

    /// Returns the step at an instruction: that of a request, or of a call.
    pub fn call(self, instruction: usize) -> Option<&'p Call> {
        match self.flow.program.get(instruction)? {
            Instruction::Call(call) => Some(call),
            _ => None,
        }
    }

    /// Returns the operation of a step.
    pub fn operation(self, call: &Call) -> Option<&'p Operation> {
        self.plan.operations.get(call.operation)
    }

    /// Returns the name of the payload part that is the body, or `arguments`.
    pub fn part(self, call: &'p Call) -> &'p str {
        call.body.and_then(|part| self.flow.parts.get(part)).map_or("body", |part| part.name.as_str())
    }

    /// Returns the captures whose names stand for their values in a preview.
    pub fn waiting(self, is_preview: bool) -> &'p [String] {
        if is_preview { &self.flow.captures } else { &[] }
    }

    /// Returns the innermost row on the way to a value of the body.
    pub fn body(self, call: &'p Call, path: &[String]) -> Option<Span> {
        self.innermost(call, path).map(|(span, _)| span)
    }

    /// Returns that row and, if it only passes on a named value or another field, the rows behind it, of which the last one makes the value.
    pub fn body_rows(self, call: &'p Call, path: &[String]) -> Vec<Span> {
        let (mut next, mut rows) = (self.innermost(call, path), Vec::new());
        while let Some((span, row)) = next.filter(|_| rows.len() < DEEPEST) {
            rows.extend([span, row.span]);
            next = self.passed_on(row);
        }
        rows
    }

    fn innermost(self, call: &'p Call, path: &[String]) -> Option<SpannedRow<'p>> {
        let part = self.flow.parts.get(call.body?)?;
        match part.fields.as_slice() {
            [items] if part.list => self.in_row(&items.row, path, DEEPEST).or(Some(found(items))),
            fields => self.in_fields(fields, path, DEEPEST),
        }
    }

    /// The field whose value a row passes on as it is.
    fn passed_on(self, row: &'p Row) -> Option<SpannedRow<'p>> {
        match (row.form.places(), row.form.rows()) {
            _ if !row.conversions.is_empty() => None,
            (_, [only]) => self.passed_on(only),
            ([Place { slot: Slot::Field { part, field, steps }, query: None, .. }], _)
                if steps.is_empty() =>
            {
                self.flow.parts.get(*part)?.fields.get(*field).map(found)
            }
            _ => None,
        }
    }

    /// Returns the row of a header: the step's, the operation's or the version's.
    pub fn header(self, call: &'p Call, name: &str) -> Option<Span> {
        let of_operation =
            self.operation(call).map(|operation| operation.headers.as_slice()).unwrap_or_default();
        let server = self.plan.server.as_ref();
        let of_all = server.map(|server| server.headers.as_slice()).unwrap_or_default();
        let all = call.headers.iter().chain(of_operation).chain(of_all);
        all.into_iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.span).or_else(
            || {
                let own = self.operation(call).and_then(|operation| operation.auth.as_ref());
                let auth = own.or(server.and_then(|server| server.auth.as_ref()))?;
                let adds = auth.headers().iter().any(|known| known.eq_ignore_ascii_case(name));
                auth.rows().first().filter(|_| adds).map(|(_, row)| row.span)
            },
        )
    }

    fn in_fields(self, fields: &'p [Field], path: &[String], depth: usize) -> Option<SpannedRow<'p>> {
        let (first, rest) = path.split_first()?;
        if let Some(field) = fields.iter().find(|field| field.name == *first) {
            return self.in_row(&field.row, rest, depth).or(Some(found(field)));
        }
        let spread = fields.iter().find(|field| field.name == FIELD_SPREAD)?;
        self.in_row(&spread.row, path, depth).or(Some(found(spread)))
    }

    /// The fields of an object that a row is, or that it passes on.
    fn fields_of(self, row: &'p Row) -> Option<&'p [Field]> {
        let own = |row: &'p Row| {
            if let Form::Object(fields) = &row.form
                && row.conversions.is_empty()
            {
                Some(fields.as_slice())
            } else {
                None
            }
        };
        own(row).or_else(|| own(self.passed_on(row)?.1))
    }

    /// The last of some objects that states a member, if those after it are known not to have it.
    fn in_merged(self, rows: &'p [Row], path: &[String], depth: usize) -> Option<SpannedRow<'p>> {
        let first = path.first()?;
        let states = |field: &Field| field.name == *first || field.name == FIELD_SPREAD;
        let fields = rows.iter().rev().map(|row| self.fields_of(row));
        let stating = fields.take_while(Option::is_some).flatten().find(|fields| fields.iter().any(states));
        self.in_fields(stating?, path, depth)
    }

    fn in_slot(self, slot: &Slot, path: &[String], depth: usize) -> Option<SpannedRow<'p>> {
        match slot {
            Slot::Part { part, steps } => {
                self.in_fields(&self.flow.parts.get(*part)?.fields, &joined(steps, path), depth)
            }
            Slot::Field { part, field, steps } => {
                let field = self.flow.parts.get(*part)?.fields.get(*field)?;
                self.in_row(&field.row, &joined(steps, path), depth).or(Some(found(field)))
            }
            Slot::Either { first, then: _, steps } => self.in_slot(first, &joined(steps, path), depth),
            _ => None,
        }
    }

    fn in_row(self, row: &'p Row, path: &[String], depth: usize) -> Option<SpannedRow<'p>> {
        let depth = depth.checked_sub(1)?;
        if path.is_empty() || !row.conversions.is_empty() {
            return None;
        }
        match &row.form {
            Form::Object(fields) => self.in_fields(fields, path, depth),
            Form::Each { to, .. } => self.in_row(to, path.get(1..)?, depth),
            // if no item is omitted, each is at its position
            Form::List(rows) if rows.iter().all(|row| row.on_missing != OnMissing::Omit) => {
                let (first, rest) = path.split_first()?;
                let row = rows.get(first.parse::<usize>().ok()?)?;
                self.in_row(row, rest, depth).or(Some((row.span, row)))
            }
            Form::First(rows) | Form::Merge(rows) if rows.len() == 1 => {
                self.in_row(rows.first()?, path, depth)
            }
            Form::Merge(rows) => self.in_merged(rows, path, depth),
            Form::Places(places) => match places.list() {
                [Place { slot, query: None, .. }] => self.in_slot(slot, path, depth),
                _ => None,
            },
            Form::First(_)
            | Form::Member { .. }
            | Form::Value(_)
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::RestOf(_)
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Switch { .. }
            | Form::Combined { .. } => None,
        }
    }
}

/// A row, and where it is named or stands.
type SpannedRow<'p> = (Span, &'p Row);

fn found(field: &Field) -> SpannedRow<'_> {
    (field.span, &field.row)
}

fn joined(steps: &[PathStep], path: &[String]) -> Vec<String> {
    let steps = steps.iter().map(PathStep::text);
    steps.chain(path.iter().cloned()).collect()
}
