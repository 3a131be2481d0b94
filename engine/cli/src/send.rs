//! `mapwright send`: delivers events and accounts for every one.

mod dry_run;
mod fingerprint;
mod letters;
#[cfg(test)]
mod power_cut;
mod resume;
mod tail;

use std::path::Path;

use mapwright_driver::checkpoint::FinishedCounts;
use mapwright_driver::{Config, Ending, Finished};

use crate::args::SendArgs;
use crate::delivery::feed::Origin;
use crate::delivery::summary::{DeliveryTally, Summary};
use crate::delivery::{DeliveryProgress, Durability, Ended, Keep, Setup, feed};
use crate::error::CommandError;
use crate::exit::{DONE, FAILED, REJECTED};
use crate::files::Files;
use crate::input::{Input, Limits, Source};
use crate::target::{Secrets, Target};
use crate::whole::WholeFile;
use crate::{delivery, output, settings, terminal};
use letters::Letters;
use resume::Resumed;
use tail::Tail;

pub(crate) fn run(args: &SendArgs) -> Result<u8, CommandError> {
    files(args)?.check()?;
    let target = Target::new(&args.target)?;
    if args.dry_run {
        return dry_run::run(args, &target);
    }
    settings::warn_of_exposed(&args.target.aim.given, &target.plan);
    let mapper = target.mapper(Secrets::Open)?;
    let (letters, summary) = (output::named(&args.dead_letter), output::named(&args.summary));
    let tail = followed(args)?;
    let mut account = Account {
        tally: DeliveryTally::default(),
        letters: Letters::open(letters, args.checkpoint.is_some())?,
    };
    let summary_file = summary.map(WholeFile::new).transpose()?;
    // before the input is opened
    let surroundings = delivery::surroundings(&args.wire)?;
    // last, since it claims the delivery
    let resumed = Resumed::open(args, &target)?;
    let (input, first) = input(args, tail, resumed.as_ref())?;
    let before = resumed.as_ref().map(|resumed| resumed.before).unwrap_or_default();
    let checkpoint = resumed.map(|Resumed { log, .. }| DeliveryProgress { log, first });
    let reading = feed::reading(&input);
    let (events, errors) = feed::start(input, reading.clone()).map_err(CommandError::Start)?;
    let progress = (!args.quiet).then_some(reading);
    let mut config = Config::default();
    config.destructive = args.allow_delete;
    let setup = Setup { mapper, wire: &args.wire, config, checkpoint, surroundings, progress };
    let ended = setup.deliver(events, &mut account)?;
    let errors: Vec<String> = errors.seen().iter().map(ToString::to_string).collect();
    for error in &errors {
        terminal::complain(&format!("error: {error}"));
    }
    let unreadable = !errors.is_empty();
    if unreadable && args.checkpoint.is_some() && args.files.len() > 1 {
        terminal::complain(
            "what comes after it was not read, so that `--resume` finds every event at its place",
        );
    }
    let plan = &target.plan;
    let summary = Summary::new(plan.destination(), plan.version(), &ended, &account.tally, before, errors);
    let written = match (summary_file, &args.summary) {
        (Some(file), _) => file.write(summary.json().as_bytes()),
        (None, Some(_)) => output::print(terminal::stdout(), summary.json().as_bytes()).map(drop),
        (None, None) => Ok(()),
    };
    if written.is_err() {
        // the counts must not be lost
        terminal::complain(&summary.json());
    }
    if !args.quiet {
        terminal::complain(&summary.text());
    }
    ended.complain(next(args, &ended));
    if matches!(ended.ending, Ending::Stopped) && ended.failed.is_none() && !args.quiet {
        terminal::complain(&format!("stopped; {}", next(args, &ended)));
    }
    written?;
    Ok(code(&ended, before, unreadable))
}

/// Returns the files that are read and written.
fn files(args: &SendArgs) -> Result<Files, CommandError> {
    let files = Files::default().events(&args.files).target(&args.target)?.wire(&args.wire);
    let (letters, summary) = (output::named(&args.dead_letter), output::named(&args.summary));
    let on_stdout = letters.is_none() || (summary.is_none() && args.summary.is_some());
    Ok(files
        .output("--checkpoint", args.checkpoint.as_deref())
        .output("--dead-letter", letters)
        .output("--summary", summary)
        .stdout(on_stdout))
}

/// Accounts for every event.
struct Account {
    tally: DeliveryTally,
    letters: Letters,
}

impl Keep<Origin> for &mut Account {
    fn keep(&mut self, finished: &Finished<Origin>) -> Result<Durability, CommandError> {
        let rejected_as = finished.tag.fault.as_ref().map(|fault| fault.0.code.as_str());
        self.tally.add(finished, rejected_as);
        self.letters.keep(finished)
    }

    fn sync(&mut self) -> Result<(), CommandError> {
        self.letters.sync()
    }
}

/// Returns the exit code of the whole delivery, with its earlier parts.
fn code(ended: &Ended, before: FinishedCounts, unreadable: bool) -> u8 {
    match ended.code() {
        DONE | REJECTED if unreadable => FAILED,
        DONE if before.rejected + before.failed > 0 => REJECTED,
        code => code,
    }
}

/// Returns how to continue after an early end.
fn next(args: &SendArgs, ended: &Ended) -> &'static str {
    match (&args.checkpoint, &ended.failed) {
        (Some(_), _) => {
            "nothing is lost: once the cause is fixed, run the same command with `--resume` to continue"
        }
        (None, None) => {
            "events that were read and not finished are among the dead letters, later events were not read; \
             with `--checkpoint FILE`, `--resume` could continue here"
        }
        (None, Some(_)) => {
            "other events that were read and not delivered have no dead letter either, and later events were not read; \
             with `--checkpoint FILE`, `--resume` could continue here"
        }
    }
}

/// Returns the file that is followed.
fn followed(args: &SendArgs) -> Result<Option<&Path>, CommandError> {
    match (args.tail, args.files.as_slice()) {
        (true, [file]) if file != "-" => Ok(Some(Path::new(file))),
        (true, files) if files.len() > 1 => Err(CommandError::TailOfSeveral { found: files.len() }),
        // standard input is always followed
        _ => Ok(None),
    }
}

/// Returns the events, and the position of the first one.
fn input(
    args: &SendArgs,
    tail: Option<&Path>,
    resumed: Option<&Resumed>,
) -> Result<(Input, u64), CommandError> {
    let (input, first) = match tail {
        None => {
            let input = Input::new(Source::arguments(&args.files), Limits::default());
            // later events would have other positions than in a run that can read everything
            (if resumed.is_some() { input.until_unreadable() } else { input }, 0)
        }
        Some(path) => {
            let log = resumed.map(|resumed| resumed.log.clone());
            let tail = Tail::new(path, log, args.force)?;
            let first = tail.first();
            (tail.input(), first)
        }
    };
    let limit = args.limit.unwrap_or(u64::MAX);
    let events = resumed.map_or(limit, |resumed| resumed.events(first, limit));
    Ok((input.with_max_events(events), first))
}
