//! A mapper, as the command line describes it.

use std::time::{SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, Plan, Plans};

use crate::args::TargetArgs;
use crate::error::CommandError;
use crate::{mappings, settings, terminal};

/// The mapper of the destination, version and settings that the arguments ask for. Unknown settings are complained about.
pub(crate) fn mapper(args: &TargetArgs) -> Result<(Plan, Mapper), CommandError> {
    let plans = mappings::checked(&args.mappings)?.compile();
    let destination = destination(&plans, args.destination.as_deref())?;
    let any = plans.versions(&destination).next();
    let settings = settings::read(args.settings.as_deref(), &args.sets, any)?;
    let plan = plans.plan(&destination, args.api_version.as_deref(), &settings)?;
    let bound = if args.show_secrets { plan.bind(&settings) } else { plan.bind_redacted(&settings) };
    let mapper = bound.map_err(|error| CommandError::Settings {
        destination: format!("{} {}", plan.title(), plan.version()),
        error,
    })?;
    for unknown in mapper.unknown_settings() {
        terminal::complain(&format!("warning: {unknown}"));
    }
    Ok((plan.clone(), mapper))
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
