//! A plan with its settings bound.

use std::fmt;
use std::sync::Arc;

use crate::limits::Limits;
use crate::request::Fixed;
use crate::settings::BoundSettings;
use crate::version::VersionPlan;

/// A plan with its settings bound, and what follows from both for every event.
pub(crate) struct BoundPlan {
    pub plan: Arc<VersionPlan>,
    pub settings: BoundSettings,
    /// What all requests share: server, headers, query.
    pub fixed: Fixed,
    pub limits: Limits,
    /// The source of all events, by its position, if it is known.
    pub source: Option<usize>,
    /// Whether it maps what only commands ask for.
    pub commands: bool,
    /// Whether it maps events that remove something for good.
    pub destructive: bool,
}

/// Prints no values of settings.
impl fmt::Debug for BoundPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, settings, limits, commands, .. } = self;
        let mut shown = f.debug_struct("Mapper");
        shown.field("destination", &plan.destination.name).field("version", &plan.number);
        shown.field("settings", settings).field("limits", limits).field("commands", commands);
        shown.finish_non_exhaustive()
    }
}
