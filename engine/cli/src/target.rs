//! The target of events, as the command line states it.

use std::time::{SystemTime, UNIX_EPOCH};

use mapwright::{Mapper, Plan, Plans, REDACTED};
use mapwright_driver::DeliveryFailure;
use serde_json::Value;

use crate::args::TargetArgs;
use crate::error::CommandError;
use crate::{mappings, settings, terminal};

/// A version of a destination, and unchecked settings.
pub(crate) struct Target {
    pub(crate) plan: Plan,
    settings: Value,
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
        let plans = mappings::checked(&args.mappings)?.compile();
        let destination = destination(&plans, args.destination.as_deref())?;
        let any = plans.versions(&destination).next();
        let settings = settings::read(args, any, |name| std::env::var(name).ok())?;
        let plan = plans.plan(&destination, args.api_version.as_deref(), &settings)?.clone();
        Ok(Self { plan, settings })
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
        Ok(mapper)
    }

    /// Returns a redaction of its secret settings.
    pub(crate) fn redaction(&self) -> Redaction {
        let secrets = self.plan.settings().filter(|setting| setting.secret);
        let values =
            secrets.filter_map(|setting| self.settings.get(setting.name)?.as_str().map(str::to_owned));
        Redaction(values.filter(|value| !value.is_empty()).collect())
    }

    /// Returns its title.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.plan.title(), self.plan.version())
    }
}

/// Redacts secrets in messages of the API, which may repeat the request.
#[derive(Debug, Clone)]
pub(crate) struct Redaction(Vec<String>);

impl Redaction {
    pub(crate) fn redact(&self, text: &mut String) {
        for secret in &self.0 {
            if secret.chars().count() < SHORT {
                *text = without_words(text, secret);
            } else if text.contains(secret) {
                *text = text.replace(secret, REDACTED);
            }
        }
    }

    pub(crate) fn redact_failure(&self, failure: &mut DeliveryFailure) {
        self.redact(&mut failure.message);
        let api = &mut failure.api;
        for text in [&mut api.code, &mut api.message, &mut failure.advice].into_iter().flatten() {
            self.redact(text);
        }
    }
}

/// Shorter secrets also occur in ordinary words, and the rest of a redacted word would reveal them.
const SHORT: usize = 4;

/// Redacts the secret where it stands alone, without a letter or digit directly before or after it.
fn without_words(text: &str, secret: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, found)) = rest.find(secret).and_then(|at| rest.split_at_checked(at)) {
        done.push_str(before);
        let behind = found.strip_prefix(secret).unwrap_or_default();
        let goes_on = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if goes_on(done.chars().next_back()) || goes_on(behind.chars().next()) {
            let mut characters = found.chars();
            done.extend(characters.next());
            rest = characters.as_str();
        } else {
            done.push_str(REDACTED);
            rest = behind;
        }
    }
    done.push_str(rest);
    done
}

/// Converts `--show-secrets`.
impl From<bool> for Secrets {
    fn from(show: bool) -> Self {
        if show { Secrets::Open } else { Secrets::Hidden }
    }
}

/// Returns the named destination, or else the only one.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(secret: &str, text: &str) -> String {
        let mut text = text.to_owned();
        Redaction(vec![secret.to_owned()]).redact(&mut text);
        text
    }

    #[test]
    fn short_secrets_are_no_parts_of_words() {
        assert_eq!(
            redacted("ab", "unable: `ab` is no token, ab"),
            "unable: `[redacted]` is no token, [redacted]"
        );
        assert_eq!(redacted("a-a", "xa-a-a"), "xa-[redacted]");
        assert_eq!(redacted("1", "answered with 401: key=1"), "answered with 401: key=[redacted]");
        assert_eq!(redacted("é", "é née"), "[redacted] née");
    }

    #[test]
    fn other_secrets_go_wherever_they_stand() {
        assert_eq!(redacted("abcd", "xabcdx abcd"), "x[redacted]x [redacted]");
    }
}
