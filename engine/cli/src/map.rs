//! `mapwright map`: events in, requests out.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use mapwright::{Mapper, Outcome, Rejection, Request, Run, Scratch};

use crate::args::MapArgs;
use crate::error::CommandError;
use crate::input::{self, Event, Input, Place, Source};
use crate::line::{self, About};
use crate::pipeline::{self, Cancel, Ending, Options};
use crate::progress::Bar;
use crate::rejection::{in_place, of_fault};
use crate::summary::{Counts, Tally};
use crate::target::{self, Clock};
use crate::terminal;
use crate::{DONE, FAILED, INTERRUPTED, REJECTED};

pub(crate) fn run(args: &MapArgs) -> Result<u8, CommandError> {
    let clock = Clock::new(args.target.now.as_deref())?;
    let (_, mapper) = target::mapper(&args.target)?;
    let sources: Vec<Source> = match args.files.as_slice() {
        [] => vec![Source::stdin()],
        files => files.iter().map(|file| Source::argument(file)).collect(),
    };
    let several = sources.len() > 1;
    let mut output = output(args)?;
    let limit = args.limit.unwrap_or(u64::MAX);
    let input = Input::new(sources, input::Limits::default()).with_max_events(limit);
    let options = Options { cancel: cancel_by_ctrl_c(), ..Options::default() };
    let options = Options { threads: args.threads.unwrap_or(options.threads), ..options };
    let bar = if args.quiet { None } else { Bar::for_terminal(input.position().total) };
    let started = Instant::now();
    let report = pipeline::run(input, bar, &mut output, &options, &|| {
        let mut worker =
            Worker { mapper: &mapper, clock, several, args, scratch: Scratch::new(), line: Vec::new() };
        move |event: &Event<'_>, out: &mut Vec<u8>| worker.event(event, out)
    })?;
    if report.ending == Ending::OutputClosed {
        return Ok(DONE);
    }
    for error in &report.source_errors {
        terminal::complain(&format!("error: {error}"));
    }
    if !args.quiet {
        terminal::complain(&report.tally.summary(started.elapsed()));
    }
    Ok(match report.ending {
        Ending::Cancelled => INTERRUPTED,
        _ if !report.source_errors.is_empty() => FAILED,
        _ if report.tally.rejected.total() > 0 => REJECTED,
        _ => DONE,
    })
}

/// Ctrl-C lets what was read be written; a second one does not wait for that.
fn cancel_by_ctrl_c() -> Cancel {
    let cancel = Cancel::new();
    let cancelled = cancel.clone();
    // without a handler, Ctrl-C still ends the process
    let _ = ctrlc::set_handler(move || {
        if cancelled.is_cancelled() {
            #[allow(clippy::exit, reason = "the process may hang in a write that nobody takes")]
            std::process::exit(i32::from(INTERRUPTED));
        }
        cancelled.cancel();
    });
    cancel
}

fn output(args: &MapArgs) -> Result<Box<dyn Write>, CommandError> {
    let Some(path) = &args.output else { return Ok(terminal::stdout()) };
    let known = |path: &Path| fs::canonicalize(path).ok().filter(|path| path.is_file());
    let is_input = |target: &_| args.files.iter().any(|file| known(file.as_ref()).as_ref() == Some(target));
    if known(path).as_ref().is_some_and(is_input) {
        return Err(CommandError::OutputIsInput { path: path.clone() });
    }
    match File::create(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(CommandError::Output { name: path.display().to_string(), error }),
    }
}

/// One thread's work, with buffers that all its events share.
struct Worker<'m> {
    mapper: &'m Mapper,
    clock: Clock,
    several: bool,
    args: &'m MapArgs,
    scratch: Scratch,
    line: Vec<u8>,
}

impl Worker<'_> {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Tally {
        if !self.args.pretty {
            return self.write(event, out);
        }
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let tally = self.write(event, &mut line);
        line::pretty(line.trim_ascii_end(), out);
        out.push(b'\n');
        self.line = line;
        tally
    }

    fn write(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Tally {
        let file = self.several.then_some(event.source);
        let about = About { file, line: event.place.line };
        let bytes = match event.json {
            Ok(bytes) => bytes,
            Err(fault) => {
                let (rejection, place) = of_fault(fault);
                return rejected(about, &rejection, place, out);
            }
        };
        match self.mapper.map(bytes, self.clock.now(), &mut self.scratch) {
            Outcome::Mapped(mut run) => match requests(&mut run, self.args.verify) {
                Ok(requests) => {
                    line::mapped(about, run.message(), &requests, run.warnings(), out);
                    let mut tally = Tally { mapped: 1, requests: requests.len() as u64, ..Tally::default() };
                    for warning in run.warnings() {
                        tally.warnings.add(&warning.code, 1);
                    }
                    tally
                }
                Err(rejection) => rejected(about, &rejection, None, out),
            },
            Outcome::Skipped { skip, .. } => {
                line::skipped(about, &skip, out);
                Tally { skipped: Counts::one(skip.rule), ..Tally::default() }
            }
            Outcome::Rejected { mut rejection, .. } => {
                let place = in_place(&mut rejection, event);
                rejected(about, &rejection, place, out)
            }
        }
    }
}

/// Every request that could be sent, and, if wanted, none whose body breaks its schema.
fn requests<'e>(run: &mut Run<'e>, verify: bool) -> Result<Vec<Request<'e>>, Box<Rejection>> {
    let requests = run.preview()?;
    if verify {
        requests.iter().try_for_each(|request| run.verify(request))?;
    }
    Ok(requests)
}

fn rejected(about: About<'_>, rejection: &Rejection, place: Option<Place>, out: &mut Vec<u8>) -> Tally {
    line::rejected(about, rejection, place, out);
    Tally { rejected: Counts::one(&rejection.code), ..Tally::default() }
}
