//! Where events are to go, as the command line describes it.

use std::time::{SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, Plan, Plans, Schemas};
use serde_json::Value;

use crate::args::TargetArgs;
use crate::error::CommandError;
use crate::{mappings, settings, terminal};

/// A version of a destination, and settings that are not checked yet.
pub(crate) struct Target {
    pub(crate) plan: Plan,
    plans: Plans,
    settings: Value,
}

/// Whether secret settings stand in requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// As they are, for requests that are sent.
    Open,
    /// Replaced, for requests that are shown.
    Hidden,
}

impl Target {
    /// What the arguments ask for.
    pub(crate) fn new(args: &TargetArgs) -> Result<Self, CommandError> {
        let plans = mappings::checked(&args.mappings, args.destination.as_deref())?.compile();
        let destination = destination(&plans, args.destination.as_deref())?;
        let any = plans.versions(&destination).next();
        let settings = settings::read(args, any, |name| std::env::var(name).ok())?;
        let plan = plans.plan(&destination, args.api_version.as_deref(), &settings)?.clone();
        Ok(Self { plan, plans, settings })
    }

    /// The schemas of its bodies.
    pub(crate) fn schemas(&self) -> Schemas {
        Schemas::new(&self.plans)
    }

    /// The mapper of its settings. Unknown settings are complained about.
    pub(crate) fn mapper(&self, secrets: Secrets) -> Result<Mapper, CommandError> {
        let bound = match secrets {
            Secrets::Open => self.plan.bind(&self.settings),
            Secrets::Hidden => self.plan.bind_redacted(&self.settings),
        };
        let mapper = bound.map_err(|error| CommandError::Settings { destination: self.title(), error })?;
        for unknown in mapper.unknown_settings() {
            terminal::complain(&format!("warning: {unknown}"));
        }
        Ok(mapper)
    }

    /// Its name for people.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.plan.title(), self.plan.version())
    }
}

/// Secrets are shown only to those who ask for it.
impl From<bool> for Secrets {
    fn from(show: bool) -> Self {
        if show { Secrets::Open } else { Secrets::Hidden }
    }
}

/// The one that is named, else the only one.
fn destination(plans: &Plans, named: Option<&str>) -> Result<String, CommandError> {
    if let Some(name) = named {
        return Ok(name.to_owned());
    }
    let known: Vec<&str> = plans.destinations().collect();
    match known.as_slice() {
        [only] => Ok((*only).to_owned()),
        _ => Err(CommandError::WhichDestination { known: known.into_iter().map(str::to_owned).collect() }),
    }
}

/// What counts as now.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    System,
    Stopped(i64),
}

impl Clock {
    pub(crate) fn new(time: Option<&str>) -> Result<Self, CommandError> {
        let Some(time) = time else { return Ok(Clock::System) };
        let parsed = time.parse::<jiff::Timestamp>();
        let stopped = parsed.map_err(|_| CommandError::Now { found: time.to_owned() })?;
        Ok(Clock::Stopped(stopped.as_millisecond()))
    }

    /// Epoch milliseconds.
    pub(crate) fn now(self) -> i64 {
        match self {
            Clock::Stopped(time) => time,
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            }
        }
    }
}
