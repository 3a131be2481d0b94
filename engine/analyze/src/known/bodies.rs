//! The items of batches, which are the bodies of steps.

use crate::view::{FlowView, RootId, RowId, StepId, VersionView};

/// The body of a step, which is an item of a batch.
#[derive(Debug)]
pub(crate) struct BodyOf<'k, 'c> {
    /// The mapping of the step, or a variant.
    pub flow: &'k FlowView<'c>,
    /// The step.
    pub step: StepId,
    fields: Vec<(&'c str, RowId)>,
}

impl<'c> BodyOf<'_, 'c> {
    /// The row of a member.
    pub(crate) fn member(&self, name: &str) -> Option<RowId> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, row)| *row)
    }

    /// The names of its members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'c str> {
        self.fields.iter().map(|(name, _)| *name)
    }
}

/// The items of the batch of an operation: of a mapping, or of all of them. Nothing, if one may have members from elsewhere.
pub(crate) fn bodies<'k, 'c>(
    version: &'k VersionView<'c>,
    flow: Option<&FlowView<'c>>,
    operation: &str,
) -> Option<Vec<BodyOf<'k, 'c>>> {
    let mut all = Vec::new();
    let is_meant = |one: &&FlowView<'c>| flow.is_none_or(|own| std::ptr::eq(own, *one));
    for flow in version.flows.iter().filter(is_meant) {
        for (at, step) in flow.steps.iter().enumerate() {
            if step.operation.is_none_or(|(name, _)| name.value != operation) || step.spec.body.is_none() {
                continue;
            }
            let named = |root: RootId| {
                let row = RowId(flow.rows.root(root)?.rows.start);
                Some((flow.rows.field_name(row)?.value.as_str(), row))
            };
            let step = StepId(at);
            let fields = flow.body_roots(step).into_iter().map(named).collect::<Option<_>>()?;
            all.push(BodyOf { flow, step, fields });
        }
    }
    Some(all)
}
