//! What is read of the responses to each operation: by captures, by the rules that accept a response, and by rows and conditions that read a capture.

use mapwright_convert::PathStep;
use mapwright_json::Step;
use mapwright_language::spec::Class;

use crate::plan::{
    Call, Condition, Field, Flow, Form, Guard, Instruction, Place, ResponseRule, Row, RuleEnd, Slot,
};
use crate::version::VersionPlan;

/// The deepest chain of named values, fields and rows that is followed.
const DEEPEST: usize = 64;
/// The maximum number of rows of a version that are analyzed.
const MOST: usize = 1_000_000;

/// The shape of what is read of a JSON document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// A value of which nothing inside is read.
    #[default]
    Any,
    /// An object with these members, in the order in which they are read.
    Object(Vec<(String, Shape)>),
    /// A list of such items.
    List(Box<Shape>),
}

impl Shape {
    /// Adds what stands at the end of these steps.
    fn note(&mut self, steps: &[PathStep]) {
        let Some((step, rest)) = steps.split_first() else { return };
        match (step, &mut *self) {
            (PathStep::Key(_), Shape::Any) => *self = Shape::Object(Vec::new()),
            (PathStep::Index(_), Shape::Any) => *self = Shape::List(Box::default()),
            _ => {}
        }
        match (step, self) {
            (PathStep::Key(key), Shape::Object(members)) => {
                if let Some((_, member)) = members.iter_mut().find(|(name, _)| name == key) {
                    return member.note(rest);
                }
                let mut member = Shape::Any;
                member.note(rest);
                members.push((key.clone(), member));
            }
            (PathStep::Index(_), Shape::List(item)) => item.note(rest),
            // read as an object here and as a list there: what came first counts
            _ => {}
        }
    }
}

/// What is read of the responses to an operation.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub body: Shape,
    pub headers: Vec<String>,
    /// Where values of the body are sent: the value, an operation, and the place in its body.
    pub uses: Vec<(Vec<PathStep>, usize, Vec<PathStep>)>,
}

/// What is read of the responses to each operation of a version.
pub(crate) fn taken(plan: &VersionPlan) -> Vec<Taken> {
    let taken = plan.operations.iter().map(|_| Taken::default()).collect();
    let mut walk = AnswerWalk { plan, taken, captures: Vec::new(), rows: 0 };
    for message in &plan.messages {
        for flow in message.variants.iter().map(|(_, _, flow)| flow).chain([&message.flow]) {
            walk.flow(flow);
        }
    }
    walk.taken
}

/// A value of a response, or a list of such values.
#[derive(Debug, Clone, PartialEq)]
struct AnswerValue {
    operation: usize,
    path: Vec<PathStep>,
    listed: bool,
}

impl AnswerValue {
    fn at(&self, step: PathStep) -> AnswerValue {
        let path = self.path.iter().cloned().chain([step]).collect();
        AnswerValue { operation: self.operation, path, listed: false }
    }

    fn item(&self) -> AnswerValue {
        match self.listed {
            true => AnswerValue { listed: false, ..self.clone() },
            false => self.at(PathStep::Index(0)),
        }
    }
}

/// Where a row stands.
#[derive(Clone, Copy)]
struct AnswerScope<'a> {
    flow: &'a Flow,
    /// The operation whose response `response` names.
    operation: Option<usize>,
    /// What `item` can be.
    items: &'a [AnswerValue],
    /// What the items of loops with a name can be, the outermost first.
    named: &'a [Vec<AnswerValue>],
    depth: usize,
}

struct AnswerWalk<'p> {
    plan: &'p VersionPlan,
    taken: Vec<Taken>,
    /// For each capture of the flow, what it can be.
    captures: Vec<Vec<AnswerValue>>,
    rows: usize,
}

impl AnswerWalk<'_> {
    fn flow(&mut self, flow: &Flow) {
        self.captures = vec![Vec::new(); flow.captures.len()];
        // a step may read what a later one captures, after a jump back
        for _ in 0..2 {
            self.program(flow);
        }
        let around = AnswerScope { flow, operation: None, items: &[], named: &[], depth: 0 };
        for part in flow.parts.iter().filter(|part| !part.per_item) {
            self.fields(around, &part.fields);
        }
    }

    fn program(&mut self, flow: &Flow) {
        let mut loops: Vec<Option<Vec<AnswerValue>>> = Vec::new();
        for instruction in &flow.program {
            let items = loops.iter().rev().flatten().next().cloned().unwrap_or_default();
            let around = AnswerScope { flow, operation: None, items: &items, named: &[], depth: 0 };
            match instruction {
                Instruction::Call(call) => self.call(around, call),
                Instruction::Enter { guard, list, .. } => {
                    self.guard(around, guard);
                    let items = list.as_ref().map(|repeat| {
                        let items = self.items(around, &repeat.list);
                        let around = AnswerScope { items: &items, ..around };
                        self.conditions(around, repeat.filter.iter());
                        items
                    });
                    loops.push(items);
                }
                Instruction::Leave { .. } => drop(loops.pop()),
            }
        }
    }

    fn call(&mut self, around: AnswerScope<'_>, call: &Call) {
        self.guard(around, &call.guard);
        for row in &call.params {
            self.row(around, row);
        }
        for fields in [&call.query, &call.headers] {
            self.fields(around, fields);
        }
        if let Some(part) = call.body.and_then(|part| around.flow.parts.get(part)) {
            for field in &part.fields {
                self.sent(around, call.operation, &field.row, vec![PathStep::Key(field.name.clone())]);
            }
        }
        let around = AnswerScope { operation: Some(call.operation), ..around };
        let of_operation =
            self.plan.operations.get(call.operation).map(|operation| operation.rules.as_slice());
        for rule in
            call.rules.iter().chain(of_operation.unwrap_or_default()).filter(|rule| is_of_success(rule))
        {
            self.conditions(around, rule.when.iter());
            if matches!(rule.end, RuleEnd::Class { class: Class::Done, .. }) {
                self.capture(around, &rule.capture);
            }
        }
        self.capture(around, &call.capture);
    }

    /// Notes which values of responses a row of a body sends.
    fn sent(&mut self, around: AnswerScope<'_>, operation: usize, row: &Row, place: Vec<PathStep>) {
        let inside = |step: PathStep| place.iter().cloned().chain([step]).collect();
        match &row.form {
            Form::Object(fields) => {
                for field in fields {
                    self.sent(around, operation, &field.row, inside(PathStep::Key(field.name.clone())));
                }
            }
            Form::List(rows) => {
                rows.iter().for_each(|row| self.sent(around, operation, row, inside(PathStep::Index(0))))
            }
            Form::Places(_)
            | Form::First(_)
            | Form::Member { .. }
            | Form::Value(_)
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Computed { .. }
            | Form::Each { .. }
            | Form::Switch { .. }
            | Form::Combined { .. } => {
                for found in self.row(around, row).into_iter().filter(|found| !found.listed) {
                    let Some(taken) = self.taken.get_mut(found.operation) else { continue };
                    let sent = (found.path, operation, place.clone());
                    if !taken.uses.contains(&sent) {
                        taken.uses.push(sent);
                    }
                }
            }
        }
    }

    fn capture(&mut self, around: AnswerScope<'_>, rows: &[(usize, Row)]) {
        for (capture, row) in rows {
            let found = self.row(around, row);
            if let Some(known) = self.captures.get_mut(*capture) {
                for found in found {
                    if !known.contains(&found) {
                        known.push(found);
                    }
                }
            }
        }
    }

    fn guard(&mut self, around: AnswerScope<'_>, guard: &Guard) {
        self.conditions(around, guard.when.iter().chain(&guard.unless));
    }

    fn conditions<'c>(&mut self, around: AnswerScope<'_>, conditions: impl Iterator<Item = &'c Condition>) {
        for place in conditions.flat_map(|condition| &condition.places) {
            self.place(around, place);
        }
    }

    fn fields(&mut self, around: AnswerScope<'_>, fields: &[Field]) {
        for field in fields {
            self.row(around, &field.row);
        }
    }

    /// Reads a row, and returns what of responses its value can be.
    fn row(&mut self, around: AnswerScope<'_>, row: &Row) -> Vec<AnswerValue> {
        self.rows += 1;
        if around.depth > DEEPEST || self.rows > MOST {
            return Vec::new();
        }
        let around = AnswerScope { depth: around.depth + 1, ..around };
        let conditions = [&row.when, &row.unless];
        self.conditions(around, conditions.into_iter().flatten().map(Box::as_ref));
        let mut found = match &row.form {
            Form::Places(places) => {
                places.list().iter().flat_map(|place| self.place(around, place)).collect()
            }
            Form::First(rows) => rows.iter().flat_map(|row| self.row(around, row)).collect(),
            Form::Template(template) => {
                template.places().iter().for_each(|place| drop(self.place(around, place)));
                Vec::new()
            }
            Form::Each { list, filter, key, to, named } => {
                let items = self.items(around, list);
                let (inner, mut all) = (items.clone(), around.named.to_vec());
                let around = match named {
                    Some(_) => {
                        all.push(inner);
                        AnswerScope { named: &all, ..around }
                    }
                    None => AnswerScope { items: &items, ..around },
                };
                self.conditions(around, filter.iter().map(Box::as_ref));
                key.iter().for_each(|key| drop(self.row(around, key)));
                let made = self.row(around, to);
                made.into_iter().map(|found| AnswerValue { listed: true, ..found }).collect()
            }
            Form::Switch { on, cases, otherwise } => {
                self.row(around, on);
                let rows = cases.iter().map(|(_, row)| row).chain(otherwise.as_deref());
                rows.flat_map(|row| self.row(around, row)).collect()
            }
            form @ (Form::Member { .. }
            | Form::Value(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Object(_)
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Combined { .. }) => {
                form.children().into_iter().for_each(|row| drop(self.row(around, row)));
                Vec::new()
            }
        };
        for conversion in &row.conversions {
            match conversion.name() {
                "first" | "last" => found = found.iter().map(AnswerValue::item).collect(),
                // what a conversion makes is not a value of the response
                _ => found.clear(),
            }
        }
        found.iter().for_each(|found| self.note(found));
        found
    }

    /// The items of what a row can be.
    fn items(&mut self, around: AnswerScope<'_>, list: &Row) -> Vec<AnswerValue> {
        let items: Vec<AnswerValue> = self.row(around, list).iter().map(AnswerValue::item).collect();
        items.iter().for_each(|item| self.note(item));
        items
    }

    fn place(&mut self, around: AnswerScope<'_>, place: &Place) -> Vec<AnswerValue> {
        let mut found = self.slot(around, &place.slot);
        for segment in place.query.iter().flat_map(|query| &query.segments) {
            use jsonpath_rust::parser::model::{Segment, Selector};
            let step = match segment {
                Segment::Selector(Selector::Name(name)) => Some(PathStep::Key(name.clone())),
                Segment::Selector(Selector::Wildcard | Selector::Index(_)) => Some(PathStep::Index(0)),
                _ => None,
            };
            found =
                step.map_or_else(Vec::new, |step| found.iter().map(|found| found.at(step.clone())).collect());
        }
        found.iter().for_each(|found| self.note(found));
        match place.query {
            Some(_) => found.into_iter().map(|found| AnswerValue { listed: true, ..found }).collect(),
            None => found,
        }
    }

    fn slot(&mut self, around: AnswerScope<'_>, slot: &Slot) -> Vec<AnswerValue> {
        match slot {
            Slot::Body(node) => {
                let steps = self.plan.response_trie.path(*node);
                let path = steps.into_iter().map(|step| match step {
                    Step::Key(key) => PathStep::Key(key.to_owned()),
                    Step::Index(index) => PathStep::Index(index),
                });
                let path: Vec<PathStep> = path.collect();
                around
                    .operation
                    .map(|operation| AnswerValue { operation, path, listed: false })
                    .into_iter()
                    .collect()
            }
            Slot::Header(name) => {
                if let Some(taken) = around.operation.and_then(|at| self.taken.get_mut(at))
                    && !taken.headers.contains(name)
                {
                    taken.headers.push(name.clone());
                }
                Vec::new()
            }
            Slot::Lazy { row, steps, .. } => match self.plan.lazy.get(*row) {
                Some(row) => inside(self.row(around, row), steps),
                None => Vec::new(),
            },
            Slot::Field { part, field, steps } => {
                let field = around.flow.parts.get(*part).and_then(|part| part.fields.get(*field));
                match field {
                    Some(field) => {
                        inside(self.row(AnswerScope { operation: None, ..around }, &field.row), steps)
                    }
                    None => Vec::new(),
                }
            }
            Slot::Capture { capture, steps } => {
                inside(self.captures.get(*capture).cloned().unwrap_or_default(), steps)
            }
            Slot::Item(steps) => inside(around.items.to_vec(), steps),
            Slot::Named { depth, steps } => {
                inside(around.named.get(*depth).cloned().unwrap_or_default(), steps)
            }
            Slot::Either { first, then, steps } => {
                let mut found = self.slot(around, first);
                found.extend(self.slot(around, then));
                inside(found, steps)
            }
            Slot::Event(_)
            | Slot::Options(_)
            | Slot::Setting(_)
            | Slot::Part { .. }
            | Slot::Status
            | Slot::Text
            | Slot::Set(_)
            | Slot::Now
            | Slot::Version(_) => Vec::new(),
        }
    }

    fn note(&mut self, found: &AnswerValue) {
        if let Some(taken) = self.taken.get_mut(found.operation) {
            taken.body.note(&found.path);
        }
    }
}

/// What stands in values at the end of these steps.
fn inside(found: Vec<AnswerValue>, steps: &[PathStep]) -> Vec<AnswerValue> {
    let step = |found: AnswerValue, step: &PathStep| match (found.listed, step) {
        (true, PathStep::Index(_)) => Some(found.item()),
        (true, PathStep::Key(_)) => None,
        (false, step) => Some(found.at(step.clone())),
    };
    found.into_iter().filter_map(|found| steps.iter().try_fold(found, step)).collect()
}

/// Whether a rule can apply to a successful response.
fn is_of_success(rule: &ResponseRule) -> bool {
    rule.status.is_empty() || rule.status.iter().any(|range| range.first < 300 && range.last >= 200)
}
