//! `mapwright sandbox`: serves a double of a destination's API until it is interrupted.

use std::fmt::Write as _;
use std::path::Path;

use mapwright::Plan;
use mapwright_sandbox::{Answers, Sandbox, SandboxError};
use serde_json::Value;
use tokio::runtime;

use crate::args::SandboxArgs;
use crate::delivery::SignalSource;
use crate::error::CommandError;
use crate::exit::DONE;
use crate::{folder, mappings, output, settings, terminal};

pub(crate) fn run(args: &SandboxArgs) -> Result<u8, CommandError> {
    let (destination, version) = match args.served.split_once('/') {
        Some((destination, version)) => (destination, Some(version)),
        None => (args.served.as_str(), None),
    };
    let plans = mappings::checked(&args.mappings, Some(destination))?.compile();
    // a double that checks no bodies accepts all of them
    mappings::body_schemas(&plans, &args.mappings)?;
    let any = plans.versions(destination).next();
    let given = settings::read(&args.given, any, |name| std::env::var(name).ok())?;
    let plan = plans.plan(destination, version, &given)?;
    settings::warn_of_exposed(&args.given, plan);
    let answers = args.answers.as_deref().map(answers).transpose()?.unwrap_or_default();
    let builder =
        Sandbox::builder(&plans, plan).settings(given).answers(answers).options(args.server.options());
    let builder = if args.no_rate_limit { builder.no_rate_limit() } else { builder };

    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::Start)?;
    runtime.block_on(async {
        let mut signals = SignalSource::new().map_err(CommandError::Start)?;
        let sandbox = builder.start().await.map_err(|error| match error {
            SandboxError::Settings(error) => {
                CommandError::Settings { destination: format!("{} {}", plan.title(), plan.version()), error }
            }
            SandboxError::Answers(error) => CommandError::Answers {
                path: args.answers.clone().unwrap_or_default(),
                reason: error.to_string(),
            },
            other => CommandError::Sandbox(other),
        })?;
        output::print(terminal::stdout(), format!("listening on {}\n", sandbox.base_url()).as_bytes())?;
        terminal::complain(&how_to_deliver(args, plan, &sandbox));
        signals.next().await;
        sandbox.shutdown().await;
        Ok(DONE)
    })
}

fn answers(path: &Path) -> Result<Answers, CommandError> {
    let failed = |reason: String| CommandError::Answers { path: path.to_owned(), reason };
    let text = folder::text(path).map_err(failed)?;
    Answers::parse(&text).map_err(|error| failed(error.to_string()))
}

/// Says what is served, and which command delivers to it.
fn how_to_deliver(args: &SandboxArgs, plan: &Plan, sandbox: &Sandbox) -> String {
    let mut words = vec!["mapwright send events.ndjson".to_owned()];
    let mut option = |name: &str, value: &str| words.push(format!("{name} {}", quoted(value)));
    option("--destination", plan.destination());
    option("--api-version", plan.version());
    option("--base-url", &sandbox.base_url());
    args.mappings.mappings.iter().for_each(|path| option("--mappings", &path.display().to_string()));
    if let Some(settings) = &args.given.settings {
        let inline = settings.to_str().is_some_and(|text| text.trim_start().starts_with('{'));
        option("--settings", if inline { "…" } else { settings.to_str().unwrap_or("…") });
    }
    args.given.secrets.iter().for_each(|secret| option("--secret", secret));
    for set in &args.given.sets {
        let (name, value) = set.split_once('=').unwrap_or((set, ""));
        let secret = plan.settings().any(|setting| setting.holds_secrets && name.starts_with(setting.name));
        option("--set", &format!("{name}={}", if secret { "…" } else { value }));
    }
    for (name, value) in sandbox.made_up() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        option("--set", &format!("{name}={value}"));
    }
    if args.mappings.no_builtin {
        words.push("--no-builtin".to_owned());
    }
    let operations = sandbox.endpoints().len();
    let mut text = format!(
        "a double of {} {} with {operations} operations; deliver to it with\n",
        plan.title(),
        plan.version()
    );
    let _ = writeln!(text, "  {}", words.join(" "));
    let texts = sandbox.made_up().iter().filter(|(_, value)| matches!(value, Value::String(_)));
    let texts: Vec<String> = texts.map(|(name, _)| format!("`{name}`")).collect();
    if !texts.is_empty() {
        let _ = writeln!(text, "any text is accepted for {}, since no setting states it", texts.join(", "));
    }
    text
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:=@…".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
