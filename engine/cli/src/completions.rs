//! Shell completions: the shell asks the program itself, which knows the mappings, by a variable of the environment.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};
use mapwright::{Plan, Plans, Spec};

use crate::args::MappingArgs;
use crate::{mappings, schema};

/// The variable by which a shell asks. Settings have names that start with `MAPWRIGHT_`.
const VARIABLE: &str = "_MAPWRIGHT_COMPLETE";
/// The programs that have completions.
const PROGRAMS: [&str; 2] = ["mapwright", "validate-mappings"];

/// Returns the script that makes a shell ask.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(&shell.to_string()) {
        for program in PROGRAMS {
            // writing to memory cannot fail
            let _ = completer.write_registration(VARIABLE, program, program, program, &mut script);
        }
    }
    script
}

/// Answers a shell that asks how a command line may continue. Returns whether it was one.
pub(crate) fn answered(
    command: impl Fn() -> Command,
    arguments: &[OsString],
) -> Result<bool, clap::error::Error> {
    let here = std::env::current_dir().ok();
    let command = || with_values(command());
    CompleteEnv::with_factory(command).var(VARIABLE).try_complete(arguments, here.as_deref())
}

/// Adds what only the mappings know to a command and those in it.
fn with_values(command: Command) -> Command {
    command.mut_args(with_candidates).mut_subcommands(with_values)
}

fn with_candidates(argument: Arg) -> Arg {
    let values: fn() -> Vec<String> = match argument.get_id().as_str() {
        "destination" | "page" => || of_plans(destinations),
        "api_version" | "migrate" => || of_plans(versions),
        "served" => || of_plans(served),
        "address" => || of_plans(addresses),
        "sets" => || of_plans(settings),
        "secrets" => || of_plans(secrets),
        "name" => schemas,
        "outputs" => || mapwright_report::FORMATS.iter().map(|format| format!("{}=", format.name)).collect(),
        "explain" | "select" | "ignore" => {
            || mapwright::rules().iter().map(|rule| rule.id.to_owned()).collect()
        }
        _ => return argument,
    };
    let candidates = move || values().into_iter().map(CompletionCandidate::new).collect();
    argument.add(ArgValueCandidates::new(candidates))
}

/// What has been typed of the command line.
struct Typed(Vec<OsString>);

impl Typed {
    fn now() -> Self {
        Self(std::env::args_os().skip_while(|word| word != "--").skip(1).collect())
    }

    /// Returns the values of an option.
    fn values(&self, option: &str) -> Vec<OsString> {
        let mut values = Vec::new();
        let mut words = self.0.iter().map(OsString::as_os_str);
        while let Some(word) = words.next() {
            let text = word.to_str().unwrap_or_default();
            match text.strip_prefix(option) {
                Some("") => values.extend(words.next().map(OsStr::to_owned)),
                Some(rest) => values.extend(rest.strip_prefix('=').map(OsString::from)),
                None => {}
            }
        }
        values
    }

    fn mappings(&self) -> MappingArgs {
        MappingArgs {
            mappings: self.values("--mappings").into_iter().map(PathBuf::from).collect(),
            no_builtin: self.0.iter().any(|word| word == "--no-builtin"),
        }
    }

    fn destination(&self) -> Option<String> {
        self.values("--destination").into_iter().next()?.into_string().ok()
    }
}

/// Returns values from the mappings; none if these have errors, which completions cannot report.
fn of_plans(values: fn(&Plans, &[&str]) -> Vec<String>) -> Vec<String> {
    let typed = Typed::now();
    let Ok(checked) = mappings::checked(&typed.mappings(), None) else { return Vec::new() };
    let plans = checked.compile();
    let named = typed.destination();
    let meant: Vec<&str> =
        plans.destinations().filter(|name| named.as_ref().is_none_or(|named| named == name)).collect();
    values(&plans, &meant)
}

fn destinations(plans: &Plans, _: &[&str]) -> Vec<String> {
    plans.destinations().map(str::to_owned).collect()
}

fn versions(plans: &Plans, meant: &[&str]) -> Vec<String> {
    let plans = meant.iter().flat_map(|name| plans.versions(name));
    plans.flat_map(|plan| std::iter::once(plan.version()).chain(plan.aliases())).map(str::to_owned).collect()
}

fn addresses(plans: &Plans, _: &[&str]) -> Vec<String> {
    let mut addresses = Vec::new();
    for destination in plans.destinations() {
        addresses.push(destination.to_owned());
        for plan in plans.versions(destination) {
            let version = format!("{destination}/{}", plan.version());
            addresses.extend(plan.messages().map(|message| format!("{version}/{message}")));
            addresses.push(version);
        }
    }
    addresses
}

fn served(plans: &Plans, _: &[&str]) -> Vec<String> {
    let all = plans.destinations().flat_map(|destination| plans.versions(destination));
    all.map(|plan| format!("{}/{}", plan.destination(), plan.version())).collect()
}

fn settings(plans: &Plans, meant: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = meant
        .iter()
        .flat_map(|name| plans.versions(name))
        .flat_map(Plan::settings)
        .map(|setting| format!("{}=", setting.name))
        .collect();
    once_each(&mut names);
    names
}

fn secrets(plans: &Plans, meant: &[&str]) -> Vec<String> {
    let settings = meant.iter().flat_map(|name| plans.versions(name)).flat_map(Plan::settings);
    let mut names: Vec<String> =
        settings.filter(|setting| setting.secret).map(|setting| format!("{}=@", setting.name)).collect();
    once_each(&mut names);
    names
}

/// Versions of a destination have the same settings.
fn once_each(names: &mut Vec<String>) {
    names.sort_unstable();
    names.dedup();
}

fn schemas() -> Vec<String> {
    let Ok(sources) = mappings::sources(&Typed::now().mappings()) else { return Vec::new() };
    schema::names(&sources, &Spec::load(&sources))
}
