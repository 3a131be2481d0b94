//! Captures, and the items of steps that go through captured lists: what of a response they are.

use mapwright_convert::{PathStep, Root, Source};
use mapwright_language::spec::{Form, Role};

use crate::facts::answers::{AnswerPath, answered_step};
use crate::facts::declared::Standpoint;
use crate::view::{FlowView, Place, Reading, RootId, RowId, StepId};

/// Captures and named values that read each other are followed so far.
const DEEPEST: usize = 16;

/// The response, and the path in it, that a path into what was captured leads to. What is read as it is has its finding where it is captured, and
/// leads to nothing unless it counts as `is_inside`.
pub(crate) fn captured(
    flow: &FlowView<'_>,
    reading: &Reading,
    mut is_inside: bool,
) -> Option<(StepId, AnswerPath)> {
    let mut reading = reading.clone();
    for _ in 0..DEEPEST {
        let (root, rest) = made(flow, &reading)?;
        is_inside |= !rest.is_empty();
        let root = flow.rows.root(root).filter(|_| is_inside)?;
        let row = flow.rows.row(RowId(root.rows.start))?;
        let source = row.spec.form.source().filter(|_| row.spec.is_plain())?;
        reading = match &source.value {
            Source::Path(path) if path.rest.is_some() => return None,
            Source::Path(path) if path.root == Root::Response => {
                let steps: Vec<PathStep> = path.steps.iter().chain(&rest).cloned().collect();
                let step = answered_step(flow, &root.place)?;
                return Some((step, AnswerPath::read(Root::Response, &steps)?));
            }
            Source::Path(path) => Reading::Path(path.root, path.steps.iter().chain(&rest).cloned().collect()),
            Source::Named(named) => {
                Reading::Value(named.name.clone(), named.steps.iter().chain(&rest).cloned().collect())
            }
        };
    }
    None
}

/// The only row of what a path begins with, if rows make that, and the rest of the path.
fn made(flow: &FlowView<'_>, reading: &Reading) -> Option<(RootId, Vec<PathStep>)> {
    match reading {
        Reading::Path(Root::Captures, steps) => {
            let (PathStep::Key(name), rest) = steps.split_first()? else { return None };
            let is_it = |place: &Place<'_>| matches!(place, Place::Capture(_, set) | Place::RuleCapture(_, _, set) if set.value == *name);
            let mut set = flow.rows.roots.iter().enumerate().filter(|(_, root)| is_it(&root.place));
            let (first, other) = (set.next()?.0, set.next());
            other.is_none().then(|| (RootId(first), rest.to_vec()))
        }
        Reading::Path(Root::Payload, steps) => match steps.as_slice() {
            [PathStep::Key(part), PathStep::Key(field), rest @ ..] if !flow.has_spread(part) => {
                Some((flow.field_root(part, field)?, rest.to_vec()))
            }
            _ => None,
        },
        Reading::Path(..) => None,
        Reading::Value(name, rest) => Some((flow.value_root(name)?, rest.clone())),
    }
}

/// The response, and the path in it, that leads to what is read of the item of a step, if its `for_each` goes through a captured list.
pub(crate) fn looped(
    flow: &FlowView<'_>,
    reader: Standpoint,
    (root, steps): (Root, &[PathStep]),
) -> Option<(StepId, AnswerPath)> {
    let step = match reader {
        _ if root != Root::Item => return None,
        Standpoint::Step(step) => step,
        Standpoint::Row(row) => {
            flow.rows.place_of(row).filter(|_| !is_in_each(flow, row))?.step_with_item()?
        }
        Standpoint::Loop(_) => return None,
    };
    let (step, list) = flow.looping(step)?;
    let Source::Path(path) = &list.form.source().filter(|_| list.only_reads())?.value else { return None };
    if path.rest.is_some() {
        return None;
    }
    let (of, list) = match path.root {
        Root::Item => looped(flow, Standpoint::Step(step.group?), (path.root, &path.steps))?,
        root => captured(flow, &Reading::Path(root, path.steps.clone()), true)?,
    };
    Some((of, list.item(steps)))
}

/// Whether a row has the item of an `each`.
fn is_in_each(flow: &FlowView<'_>, row: RowId) -> bool {
    let outer = |id: RowId| flow.rows.row(id).and_then(|row| row.parent);
    std::iter::successors(outer(row), |(parent, _)| outer(*parent)).any(|(parent, role)| {
        let is_each = flow.rows.row(parent).is_some_and(|row| matches!(row.spec.form, Form::Each { .. }));
        is_each && matches!(role, Role::EachTo | Role::Key)
    })
}
