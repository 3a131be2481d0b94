//! Which rows go into which bodies, and what the schemas of these bodies say there.

use std::rc::Rc;

use mapwright_language::spec::{FIELD_SPREAD, Form, Role};

use crate::schema::{PointerStep, Schema, Spot};
use crate::view::{FlowView, Place, RootId, RowId, StepId, VersionView};

/// A body that has a schema.
#[derive(Debug)]
pub struct Target<'v> {
    /// The step that sends it.
    pub step: StepId,
    /// The operation that the step calls.
    pub operation: &'v str,
    /// The file of the schema.
    pub file: &'v str,
    /// The schema.
    pub schema: &'v Schema,
}

/// A row in such a body.
#[derive(Debug)]
pub struct Sent<'v> {
    /// The row.
    pub row: RowId,
    /// The body.
    pub target: Rc<Target<'v>>,
    /// What the schema says where the value goes; without alternatives, if it allows nothing there.
    pub spot: Spot<'v>,
}

/// All rows whose values go into bodies as they are; those inside of a row that converts them do not.
pub(crate) fn sent<'v>(version: &'v VersionView<'_>, flow: &'v FlowView<'_>) -> Vec<Sent<'v>> {
    let mut all = Vec::new();
    for (at, step) in flow.steps.iter().enumerate() {
        let Some((name, operation)) = step.operation else { continue };
        let Some(file) = operation.schema.as_ref().map(|schema| schema.value.as_str()) else { continue };
        let Some(schema) = version.schemas.get(version.version, file) else { continue };
        let Some(whole) = schema.whole() else { continue };
        let target = Rc::new(Target { step: StepId(at), operation: &name.value, file, schema });
        for root in flow.body_roots(StepId(at)) {
            Descent { flow, target: &target, all: &mut all }.root(root, &whole);
        }
    }
    all
}

struct Descent<'d, 'v, 'c> {
    flow: &'v FlowView<'c>,
    target: &'d Rc<Target<'v>>,
    all: &'d mut Vec<Sent<'v>>,
}

impl<'v> Descent<'_, 'v, '_> {
    fn root(&mut self, root: RootId, whole: &Spot<'v>) {
        let Some(root) = self.flow.rows.root(root) else { return };
        let row = RowId(root.rows.start);
        match root.place {
            Place::Part(_, name) | Place::Body(_, name) if name.value != FIELD_SPREAD => {
                self.step(row, whole, PointerStep::Field(&name.value));
            }
            // its members are members of the body
            _ => self.row(row, whole.clone()),
        }
    }

    fn step(&mut self, row: RowId, outer: &Spot<'v>, step: PointerStep<'_>) {
        if let Some(spot) = self.target.schema.child(outer, step) {
            self.row(row, spot);
        }
    }

    fn row(&mut self, id: RowId, spot: Spot<'v>) {
        let Some(row) = self.flow.rows.row(id) else { return };
        let is_closed = spot.is_closed();
        self.all.push(Sent { row: id, target: self.target.clone(), spot: spot.clone() });
        if is_closed {
            return;
        }
        for inner in &row.inside {
            let Some((_, role)) = self.flow.rows.row(*inner).and_then(|row| row.parent) else { continue };
            // a default is not converted
            if !row.calls.is_empty() && !matches!(role, Role::Default) {
                continue;
            }
            match role {
                Role::Alternative(_) if matches!(row.spec.form, Form::First { key: Some(_), .. }) => {}
                Role::Alternative(_)
                | Role::Case(_)
                | Role::Otherwise
                | Role::MergePart(_)
                | Role::Default => {
                    self.row(*inner, spot.clone());
                }
                Role::Field(name) if name.value == FIELD_SPREAD => self.row(*inner, spot.clone()),
                Role::Field(name) => self.step(*inner, &spot, PointerStep::Field(&name.value)),
                // an item that is left out moves the others
                Role::Item(_) => self.step(*inner, &spot, PointerStep::EachItem),
                Role::EachTo => {
                    let step = match &row.spec.form {
                        Form::Each { key: Some(_), .. } => PointerStep::EachMember,
                        _ => PointerStep::EachItem,
                    };
                    self.step(*inner, &spot, step);
                }
                Role::ComputedTo => self.step(*inner, &spot, PointerStep::EachMember),
                Role::Key
                | Role::JoinPart(_)
                | Role::ConcatPart(_)
                | Role::EachList
                | Role::SwitchOn
                | Role::Operand(_) => {}
            }
        }
    }
}
