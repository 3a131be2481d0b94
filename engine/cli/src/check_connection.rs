//! `mapwright check-connection`: checks whether requests are accepted, and whether the attributes are defined as the events need them.

mod attributes;
mod definition;
mod lines;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use indicatif::HumanCount;
use mapwright::Mapper;
use mapwright_driver::{Config, Ending, Finished, Incoming, Outcome};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::args::{CheckArgs, WireArgs};
use crate::delivery::{Ended, Setup, Signal, explained};
use crate::error::CommandError;
use crate::exit::{DONE, FAILED, REJECTED};
use crate::target::{Secrets, Target};
use crate::{delivery, output, settings, terminal};
use attributes::{Attribute, Problem, RefusedAttribute, UsedAttributes};
use definition::{Definitions, quoted};

/// The mapping that reads the account and the declared attributes.
const CHECK: &str = "check";
/// The mapping that declares an attribute.
const DECLARE: &str = "declare";

pub(crate) fn run(args: &CheckArgs) -> Result<u8, CommandError> {
    let target = Target::new(&args.target)?;
    settings::warn_of_exposed(&args.target.aim.given, &target.plan);
    let mapper = target.mapper(Secrets::Open)?;
    let has = |name: &str| target.plan.commands().any(|command| command == name);
    for name in [CHECK, DECLARE].into_iter().filter(|name| *name == CHECK || args.create) {
        if !has(name) && (name == CHECK || target.plan.declares()) {
            return Err(target.no_command(name));
        }
    }
    let mut found = ConnectionReport {
        destination: target.plan.destination(),
        version: target.plan.version(),
        ..ConnectionReport::default()
    };
    let commands = mapper.for_commands();
    let answer = match ask(&commands, &args.wire)? {
        Answer::Accepted(answer) => answer,
        Answer::Stopped(signal) => {
            terminal::complain("stopped before the destination had answered");
            return Ok(signal.code());
        }
        Answer::Refused(problem) => {
            terminal::complain(&format!("error: {} does not accept requests: {problem}", target.title()));
            return Ok(FAILED);
        }
    };
    let member = |name: &str| answer.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    found.about = member("about");
    let mut unreadable = false;
    if !args.files.is_empty() {
        let definitions = Arc::new(Definitions::new(&member("declared")));
        let report = attributes::used(&mapper, &args.files, &definitions)?;
        for error in &report.source_errors {
            terminal::complain(&format!("error: {error}"));
        }
        unreadable = !report.source_errors.is_empty();
        let UsedAttributes { events, unmapped, .. } = report.tally;
        (found.events, found.unmapped) = (Some(events), Some(unmapped));
        found.missing = report.tally.missing(&definitions);
        found.refused = report.tally.refused(&definitions);
        if args.create && !found.missing.is_empty() {
            create(&commands, &args.wire, &mut found.missing)?;
        }
    }
    let text = match args.json {
        // serialization cannot fail, since all keys are strings
        true => format!("{}\n", serde_json::to_string_pretty(&found).unwrap_or_default()),
        false => terminal::escaped(&found.text(&target.title(), target.plan.declares())).into_owned(),
    };
    output::print(terminal::stdout(), text.as_bytes())?;
    Ok(match found.refused.is_empty() && found.missing.iter().all(|attribute| attribute.created) {
        _ if unreadable => FAILED,
        true => DONE,
        false => REJECTED,
    })
}

/// The result of the command.
#[derive(Debug, Default, Serialize)]
struct ConnectionReport<'a> {
    destination: &'a str,
    version: &'a str,
    /// The API's information about the account.
    about: Map<String, Value>,
    /// The number of events in the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
    /// The number of events that were rejected or skipped, whose attributes are unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    unmapped: Option<u64>,
    /// The attributes that events use and the API does not define.
    missing: Vec<Attribute>,
    /// What definitions refuse of what events send.
    refused: Vec<RefusedAttribute>,
}

impl ConnectionReport<'_> {
    /// Returns the result as text.
    fn text(&self, title: &str, declares: bool) -> String {
        let mut text = format!("{title} accepts requests\n");
        for (name, value) in &self.about {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = writeln!(text, "{name}: {value}");
        }
        if let (Some(events), Some(unmapped)) = (self.events, self.unmapped) {
            let _ = write!(text, "events: {}", HumanCount(events));
            let _ = match unmapped {
                0 => writeln!(text),
                _ => writeln!(text, ", {} of them not mapped", HumanCount(unmapped)),
            };
            match (declares, self.missing.is_empty(), self.refused.is_empty()) {
                (false, ..) => text.push_str("attributes: this version does not require definitions\n"),
                (true, true, true) => text.push_str("attributes: all used attributes are defined\n"),
                (true, true, false) => {}
                (true, false, _) => text.push_str("attributes that are used but not defined:\n"),
            }
        }
        for Attribute { kind, name, value, lines, created, error } in &self.missing {
            let _ = write!(text, "  {kind} {name} ({value}, {})", lines.text());
            let _ = match (created, error) {
                (true, _) => writeln!(text, ": created"),
                (false, Some(error)) => writeln!(text, ": not created: {error}"),
                (false, None) => writeln!(text),
            };
        }
        if self.missing.iter().any(|attribute| !attribute.created && attribute.error.is_none()) {
            text.push_str("`--create` defines them\n");
        }
        if !self.refused.is_empty() {
            text.push_str("attributes whose definition refuses what is sent:\n");
        }
        for RefusedAttribute { kind, name, problem, lines, advice } in &self.refused {
            let _ = writeln!(text, "  {kind} {name} {} ({})", said(problem), lines.text());
            let _ = writeln!(text, "    {advice}");
        }
        text
    }
}

/// Returns why a value is refused, as the end of a sentence about its attribute.
fn said(problem: &Problem) -> String {
    match problem {
        Problem::Archived => "is archived".to_owned(),
        Problem::Type { defined: Some(defined), takes, sent } if takes.as_slice() != [defined.as_str()] => {
            format!("is of the type `{defined}`, which takes {}, not {sent}", takes.join(" or "))
        }
        Problem::Type { takes, sent, .. } => format!("takes {}, not {sent}", takes.join(" or ")),
        Problem::Option { value: Some(value) } => format!("does not have the option {}", quoted(value)),
        Problem::Option { value: None } => "does not have the options of more values".to_owned(),
    }
}

/// Returns the setup of an interactive command, with short retries.
fn setup<'a>(mapper: &Mapper, wire: &'a WireArgs) -> Result<Setup<'a>, CommandError> {
    let mut config = Config::default();
    config.retry.attempts = 3;
    config.retry.longest = Duration::from_secs(2);
    let surroundings = delivery::surroundings(wire)?;
    Ok(Setup { mapper: mapper.clone(), wire, config, checkpoint: None, surroundings, progress: None })
}

/// What the destination says.
enum Answer {
    /// It accepts requests; with the result of the mapping `check`.
    Accepted(Value),
    /// It does not, and why.
    Refused(String),
    /// A signal stopped the command.
    Stopped(Signal),
}

/// Runs the mapping `check`.
fn ask(commands: &Mapper, wire: &WireArgs) -> Result<Answer, CommandError> {
    let event = Incoming::new(json!({ "type": CHECK }).to_string(), ());
    let mut answer = Err("there is no response".to_owned());
    let ended = setup(commands, wire)?.deliver(stream::iter([event]), |finished: &Finished<()>| {
        answer = match &finished.outcome {
            Outcome::Delivered(delivered) => Ok(delivered.result.clone().unwrap_or_default()),
            Outcome::Failed(failure) => Err(explained(failure)),
            Outcome::Rejected(rejection) => Err(rejection.message.clone()),
            Outcome::Skipped(skip) => Err(skip.reason.clone()),
            Outcome::Unfinished(_) => return Ok(()),
        };
        Ok(())
    });
    let ended = ended?.stored()?;
    Ok(match (paused(&ended).map_or(answer, Err), ended.signal) {
        (Ok(answer), _) => Answer::Accepted(answer),
        (Err(_), Some(signal)) => Answer::Stopped(signal),
        (Err(problem), None) => Answer::Refused(problem),
    })
}

fn paused(ended: &Ended) -> Option<String> {
    match &ended.ending {
        Ending::Paused(failure) => Some(explained(failure)),
        Ending::Complete | Ending::Stopped => None,
    }
}

/// Declares the missing attributes with the mapping `declare`.
fn create(commands: &Mapper, wire: &WireArgs, missing: &mut [Attribute]) -> Result<(), CommandError> {
    let events: Vec<_> = missing
        .iter()
        .enumerate()
        .map(|(at, Attribute { kind, name, value, .. })| {
            let event =
                json!({ "type": DECLARE, "properties": { "kind": kind, "name": name, "type": value } });
            Incoming::new(event.to_string(), at)
        })
        .collect();
    let ended = setup(commands, wire)?.deliver(stream::iter(events), |finished: &Finished<usize>| {
        let Some(attribute) = missing.get_mut(finished.tag) else { return Ok(()) };
        match &finished.outcome {
            Outcome::Delivered(_) => attribute.created = true,
            Outcome::Failed(failure) => attribute.error = Some(explained(failure)),
            Outcome::Rejected(rejection) => attribute.error = Some(rejection.message.clone()),
            Outcome::Skipped(skip) => attribute.error = Some(skip.reason.clone()),
            Outcome::Unfinished(_) => attribute.error = Some("stopped".to_owned()),
        }
        Ok(())
    });
    let ended = ended?.stored()?;
    if let Some(problem) = paused(&ended) {
        for attribute in missing.iter_mut().filter(|attribute| !attribute.created) {
            attribute.error = Some(problem.clone());
        }
    }
    Ok(())
}
