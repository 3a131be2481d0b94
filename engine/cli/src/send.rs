//! `mapwright send`: delivers events and accounts for every one.

mod dry_run;
mod fingerprint;
mod letters;
mod tail;

use std::io::Write;
use std::path::Path;

use mapwright::Plan;
use mapwright_driver::checkpoint::{Identity, LogCheckpoint};
use mapwright_driver::{Config, Ending};

use crate::args::SendArgs;
use crate::delivery::summary::{DeliveryTally, Summary};
use crate::delivery::{Ended, Setup, feed};
use crate::error::CommandError;
use crate::exit::{DONE, FAILED, REJECTED};
use crate::input::{Input, Limits, Source};
use crate::output;
use crate::target::{Secrets, Target};
use crate::{settings, terminal};
use letters::Letters;

pub(crate) fn run(args: &SendArgs) -> Result<u8, CommandError> {
    let target = Target::new(&args.target)?;
    if args.dry_run {
        return dry_run::run(args, &target);
    }
    settings::warn_of_exposed(&args.target, &target.plan);
    let mapper = target.mapper(Secrets::Open)?;
    let (letters, summary) = (output::named(&args.dead_letter), output::named(&args.summary));
    for path in [letters, args.checkpoint.as_deref(), summary].into_iter().flatten() {
        output::is_no_input(path, &args.files)?;
    }
    let input = Input::new(sources(args)?, Limits::default()).with_max_events(args.limit.unwrap_or(u64::MAX));
    let checkpoint = checkpoint(args, &target.plan)?;
    let mut letters = Letters::open(letters, checkpoint.is_some())?;
    let summary_file = summary.map(output::create).transpose()?;
    let reading = feed::reading(&input);
    let (events, errors) = feed::start(input, reading.clone()).map_err(CommandError::Start)?;
    let progress = (!args.quiet).then_some(reading);
    let mut tally = DeliveryTally::default();
    let config = Config { destructive: args.allow_delete, ..Config::default() };
    let setup = Setup { mapper, wire: &args.wire, config, checkpoint, progress };
    let ended = setup.deliver(events, |finished| {
        tally.add(finished, finished.tag.fault.as_ref().map(|fault| fault.0.code.as_str()));
        letters.keep(finished)
    })?;
    let errors: Vec<String> = errors.seen().iter().map(ToString::to_string).collect();
    for error in &errors {
        terminal::complain(&format!("error: {error}"));
    }
    let unreadable = !errors.is_empty();
    let summary = Summary::new(target.plan.destination(), target.plan.version(), &ended, &tally, errors);
    match (summary_file, &args.summary) {
        (Some(file), Some(path)) => write_summary(file, path, &summary)?,
        (None, Some(stdout)) => write_summary(terminal::stdout(), stdout, &summary)?,
        (_, None) => {}
    }
    if !args.quiet {
        terminal::complain(&summary.text());
    }
    ended.complain(next(args));
    if matches!(ended.ending, Ending::Stopped) && !args.quiet {
        terminal::complain(&format!("stopped; {}", next(args)));
    }
    Ok(code(&ended, unreadable))
}

fn code(ended: &Ended, unreadable: bool) -> u8 {
    match ended.code() {
        DONE | REJECTED if unreadable => FAILED,
        code => code,
    }
}

/// Returns how to continue after an early end.
fn next(args: &SendArgs) -> &'static str {
    if args.checkpoint.is_some() {
        "nothing is lost: once the cause is fixed, run the same command with `--resume` to continue"
    } else {
        "events that were read and not finished are among the dead letters, later events were not read; \
         with `--checkpoint FILE`, `--resume` could continue here"
    }
}

fn sources(args: &SendArgs) -> Result<Vec<Source>, CommandError> {
    match (args.tail, args.files.as_slice()) {
        (true, [file]) if file != "-" => Ok(vec![tail::source(Path::new(file))]),
        (true, files) if files.len() > 1 => Err(CommandError::TailOfSeveral { found: files.len() }),
        // standard input is always followed
        (_, files) => Ok(Source::arguments(files)),
    }
}

fn checkpoint(args: &SendArgs, plan: &Plan) -> Result<Option<LogCheckpoint>, CommandError> {
    let Some(path) = &args.checkpoint else { return Ok(None) };
    let input = match (args.tail, args.files.as_slice()) {
        (true, [file]) => fingerprint::growing(Path::new(file))?,
        (_, files) => fingerprint::files(files)?,
    };
    let identity =
        Identity { input, destination: plan.destination().to_owned(), version: plan.version().to_owned() };
    let checkpoint = match args.resume {
        true => LogCheckpoint::resume(path, identity)?,
        false => LogCheckpoint::create(path, identity)?,
    };
    Ok(Some(checkpoint))
}

fn write_summary(mut file: impl Write, path: &Path, summary: &Summary<'_>) -> Result<(), CommandError> {
    // serialization cannot fail, since all keys are strings
    let mut text = serde_json::to_vec_pretty(summary).unwrap_or_default();
    text.push(b'\n');
    file.write_all(&text).map_err(|error| CommandError::Output { name: path.display().to_string(), error })
}
