//! Settings that are no longer valid, such as access tokens: a new value is asked for once, whatever number of events needs it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use mapwright::{Mapper, Redactor, SettingsError};
use serde_json::Value;

/// A new value of a setting, once there is one, or why there is none.
pub type Renewing = Pin<Box<dyn Future<Output = Result<Value, String>> + Send>>;

/// Who gives new values of settings, by their names.
pub(crate) type Renewer = Arc<dyn Fn(&str) -> Renewing + Send + Sync>;

/// Why a setting has no new value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenewError {
    #[error("nothing gives a new value of it")]
    Nobody,
    #[error("{0}")]
    Refused(String),
    #[error("its new value cannot be used: {0}")]
    Settings(#[from] SettingsError),
}

/// The mapper with the settings that hold now.
pub(crate) struct Renewals {
    renewer: Option<Renewer>,
    now: RwLock<CurrentMapper>,
    /// Held by who asks for a new value.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct CurrentMapper {
    mapper: Mapper,
    /// The number of renewals so far.
    renewals: u64,
    /// Of the settings before the last renewal, which responses may still repeat.
    before: Option<Redactor>,
}

impl fmt::Debug for Renewals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewals").field("renewals", &self.now().renewals).finish_non_exhaustive()
    }
}

impl Renewals {
    pub(crate) fn new(mapper: Mapper, renewer: Option<Renewer>) -> Self {
        let now = RwLock::new(CurrentMapper { mapper, renewals: 0, before: None });
        Self { renewer, now, turn: tokio::sync::Mutex::new(()) }
    }

    fn now(&self) -> CurrentMapper {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The mapper, and the number of renewals that it comes after.
    pub(crate) fn mapper(&self) -> (Mapper, u64) {
        let CurrentMapper { mapper, renewals, .. } = self.now();
        (mapper, renewals)
    }

    /// The redactors of all settings that a string may repeat: those of now come last.
    pub(crate) fn redactors(&self) -> impl Iterator<Item = Redactor> + use<> {
        let CurrentMapper { mapper, before, .. } = self.now();
        before.into_iter().chain([mapper.redactor().clone()])
    }

    /// Gives the mapper with a new value of a setting. `known`: the number of renewals that the asking event knows of; if there were others since, no value is asked for.
    pub(crate) async fn renewed(&self, setting: &str, known: u64) -> Result<(Mapper, u64), RenewError> {
        let _turn = self.turn.lock().await;
        let CurrentMapper { mapper, renewals, .. } = self.now();
        if renewals > known {
            return Ok((mapper, renewals));
        }
        let renewer = self.renewer.as_ref().ok_or(RenewError::Nobody)?;
        let value = renewer(setting).await.map_err(RenewError::Refused)?;
        let renewed =
            mapper.with_setting(setting, value).map_err(|error| error.redacted(mapper.redactor()))?;
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        *now = CurrentMapper {
            mapper: renewed.clone(),
            renewals: renewals + 1,
            before: Some(mapper.redactor().clone()),
        };
        Ok((renewed, renewals + 1))
    }
}
