//! Which variant of a mapping takes an event.

use crate::eval::condition::bounded;
use crate::eval::fault::RowError;
use crate::eval::scope::Scope;
use crate::plan::{Flow, MessagePlan};
use crate::tally::{Point, What};

impl MessagePlan {
    /// The flow of the first variant whose condition holds, and that variant's name.
    ///
    /// # Errors
    /// Fails if a condition exceeds the limit `template_fuel`.
    pub(crate) fn pick<'p: 's, 's>(
        &'p self,
        scope: &Scope<'s>,
    ) -> Result<(Option<&'p str>, &'p Flow), RowError> {
        for (name, when, flow) in &self.variants {
            if bounded(scope, when)? {
                if let Some(tally) = scope.tally {
                    tally.hear(Point { span: when.span, what: What::Variant });
                }
                return Ok((Some(name), flow));
            }
        }
        Ok((None, &self.flow))
    }
}
