//! The target of events, as the command line states it.

use std::time::{SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, Plan, Plans, Schemas};
use serde_json::Value;

use crate::args::{MappingArgs, TargetArgs};
use crate::destination::selected;
use crate::error::CommandError;
use crate::{mappings, settings, terminal};

/// A version of a destination, and unchecked settings.
pub(crate) struct Target {
    pub(crate) plan: Plan,
    plans: Plans,
    settings: Value,
    /// The source of all events, if it is stated.
    source: Option<String>,
}

/// Whether requests contain secret settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// Requests contain secrets, for sending.
    Open,
    /// Secrets are redacted, for printing.
    Hidden,
}

impl Target {
    /// Returns the target that the arguments select.
    pub(crate) fn new(args: &TargetArgs) -> Result<Self, CommandError> {
        let sources = mappings::sources(&args.mappings)?;
        let destination = selected(&sources, &args.aim)?;
        let plans = mappings::checked_of(sources, &args.mappings, Some(&destination))?.compile();
        let any = plans.versions(&destination).next();
        let settings = settings::read(&args.aim.given, any, |name| std::env::var(name).ok())?;
        let plan = plans.plan(&destination, args.aim.api_version.as_deref(), &settings)?.clone();
        Ok(Self { plan, plans, settings, source: args.source.clone() })
    }

    /// The schemas of its bodies.
    pub(crate) fn schemas(&self, args: &MappingArgs) -> Result<Schemas, CommandError> {
        mappings::body_schemas(&self.plans, args)
    }

    /// Returns the mapper with its settings. Warns about unknown settings.
    pub(crate) fn mapper(&self, secrets: Secrets) -> Result<Mapper, CommandError> {
        let bound = match secrets {
            Secrets::Open => self.plan.bind(&self.settings),
            Secrets::Hidden => self.plan.bind_redacted(&self.settings),
        };
        let mapper = bound.map_err(|error| CommandError::Settings { destination: self.title(), error })?;
        for unknown in mapper.unknown_settings() {
            terminal::complain(&format!("warning: {unknown}"));
        }
        Ok(match &self.source {
            Some(source) => mapper.with_source(source)?,
            None => mapper,
        })
    }

    /// Returns the declared settings that are given, by name.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.plan.settings().filter_map(|setting| {
            let mut names = std::iter::once(setting.name).chain(setting.alias.iter().map(String::as_str));
            Some((setting.name, names.find_map(|name| self.settings.get(name))?))
        })
    }

    /// Returns the error that there is no mapping of this name for a command.
    pub(crate) fn no_command(&self, name: &'static str) -> CommandError {
        let address = format!("{}/{}", self.plan.destination(), self.plan.version());
        CommandError::NoCommand { destination: self.title(), address, name }
    }

    /// Returns its title.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.plan.title(), self.plan.version())
    }
}

/// Converts `--show-secrets`.
impl From<bool> for Secrets {
    fn from(show: bool) -> Self {
        if show { Secrets::Open } else { Secrets::Hidden }
    }
}

/// The current time.
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

    /// Returns epoch milliseconds.
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
