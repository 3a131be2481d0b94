//! Runs that continue with other settings, after a response said that one of them is no longer valid.

use std::sync::Arc;

use crate::bound::BoundPlan;
use crate::eval::listener::Nobody;
use crate::plan::Call;
use crate::rejection::Rejection;
use crate::run::state::Run;

impl Run<'_> {
    /// Continues with other settings of the same plan. `false`: it is another plan.
    pub(crate) fn rebind(&mut self, bound: Arc<BoundPlan>) -> bool {
        if !Arc::ptr_eq(&self.mapper.plan, &bound.plan) {
            return false;
        }
        self.renewed = Some(bound);
        self.buffers.parts.iter_mut().flatten().for_each(|part| part.outdate());
        self.prepared.iter_mut().for_each(|prepared| prepared.outdated = true);
        true
    }

    /// Makes the request at hand again, if settings have changed since.
    pub(crate) fn prepare_again(&mut self, call: &Call) -> Result<(), Box<Rejection>> {
        if !self.prepared.as_ref().is_some_and(|prepared| prepared.outdated) {
            return Ok(());
        }
        self.build_for(&call.reads.parts, None);
        self.check(&call.needs)?;
        // its warnings have been reported
        let (prepared, _) = self.prepared_for(call, None, &mut Nobody, &mut Vec::new())?;
        let retried = self.prepared.take().map(|before| before.retried).unwrap_or_default();
        self.prepared = Some(crate::run::prepared::PreparedRequest { retried, ..prepared });
        Ok(())
    }
}
