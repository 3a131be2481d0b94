//! Mappers with another value of a setting, and runs and batches that continue with it.

use serde_json::Value;

use crate::batch::Batch;
use crate::bound::BoundPlan;
use crate::mapper::Mapper;
use crate::run::Run;
use crate::settings::SettingsError;

impl Mapper {
    /// Returns the same mapper with another value of a setting, such as a new access token.
    ///
    /// # Errors
    /// As when settings are bound.
    pub fn with_setting(&self, name: &str, value: Value) -> Result<Self, SettingsError> {
        let BoundPlan { plan, settings, tally, .. } = self.inner.as_ref();
        let mut given = settings.given().clone();
        if let Value::Object(given) = &mut given {
            given.insert(name.to_owned(), value);
        }
        let bound = Self::new(plan.clone(), &given, settings.is_redacted(), tally.clone())?;
        let (settings, fixed) = (bound.inner.settings.clone(), bound.inner.fixed.clone());
        Ok(self.with(|bound| (bound.settings, bound.fixed) = (settings, fixed)))
    }

    /// Lets a run continue with the settings of this mapper, after [`Progress::Renew`](crate::run::Progress::Renew): what was captured stays, and the request is made again. Of an
    /// [`OwnedRun`](crate::owned::OwnedRun), `run.with(|run| mapper.renew(run))`.
    ///
    /// `false`, and nothing has changed, if the run is of another plan: bind the new settings to the [`Mapper::plan`] of the mapper that the run is of.
    pub fn renew(&self, run: &mut Run<'_>) -> bool {
        run.rebind(self.inner.clone())
    }

    /// Makes the request of a batch again, of the same items, after [`AgainReason::Renew`](crate::batch::AgainReason::Renew).
    pub fn renew_batch<T>(&self, batch: &mut Batch<T>) -> bool {
        batch.rebind(&self.inner)
    }
}
