//! Previews: prints the requests of events without sending them, for `map` and for a dry run.

use std::time::{Duration, Instant};

use mapwright::{Calls, Mapper, Outcome, Rejection, Request, Run, Schemas, Scratch};

use crate::dead_letter::{self, Opened};
use crate::exit::{DONE, FAILED, INTERRUPTED, REJECTED};
use crate::input::{Event, Input, Place};
use crate::line::{self, About};
use crate::pipeline::{self, Cancel, Options, PipelineEnding, PipelineError, PipelineReport};
use crate::progress::Bar;
use crate::rejection::{in_place, of_fault};
use crate::summary::{Counts, PreviewTally};
use crate::target::Clock;
use crate::terminal;

/// The options of a preview.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preview<'m> {
    pub(crate) mapper: &'m Mapper,
    pub(crate) clock: Clock,
    /// Whether lines contain the file, because there are several.
    pub(crate) several: bool,
    /// What bodies are checked against, if they are.
    pub(crate) schemas: Option<&'m Schemas>,
    pub(crate) pretty: bool,
    /// Whether it is one of a delivery: requests are counted by rate-limit group, and calls of an SDK refused.
    pub(crate) delivery: bool,
}

impl Preview<'_> {
    /// Writes one line per event.
    pub(crate) fn write(
        self,
        input: Input,
        bar: Option<Bar>,
        output: &mut impl std::io::Write,
        options: &Options,
    ) -> Result<PipelineReport<PreviewTally>, PipelineError> {
        pipeline::run(input, bar, output, options, &|| {
            let mut worker = Worker { preview: self, scratch: Scratch::new(), line: Vec::new() };
            move |event: &Event<'_>, out: &mut Vec<u8>| worker.event(event, out)
        })
    }
}

/// Says which files could not be read, and, unless it is to be quiet, what became of the events.
pub(crate) fn complain(report: &PipelineReport<PreviewTally>, took: Duration, quiet: bool) {
    for error in &report.source_errors {
        terminal::complain(&format!("error: {error}"));
    }
    if !quiet {
        terminal::complain(&report.tally.summary(took));
    }
}

/// The exit code.
pub(crate) fn code(report: &PipelineReport<PreviewTally>) -> u8 {
    match report.ending {
        PipelineEnding::Cancelled => INTERRUPTED,
        // the reader has ended
        PipelineEnding::OutputClosed => DONE,
        PipelineEnding::Complete if !report.source_errors.is_empty() => FAILED,
        PipelineEnding::Complete if report.tally.rejected.total() > 0 => REJECTED,
        PipelineEnding::Complete => DONE,
    }
}

/// Signals within this time of the first are the same one.
const SAME: Duration = Duration::from_secs(1);

/// Cancels on Ctrl-C, after the events that were read are written. A second Ctrl-C, a second later or more, ends the process immediately.
pub(crate) fn cancel_by_ctrl_c() -> Cancel {
    let cancel = Cancel::new();
    let cancelled = cancel.clone();
    let mut first: Option<Instant> = None;
    // without a handler, Ctrl-C still ends the process
    let _ = ctrlc::set_handler(move || {
        if first.get_or_insert_with(Instant::now).elapsed() >= SAME {
            #[allow(clippy::exit, reason = "the process may hang in a write that nobody takes")]
            std::process::exit(i32::from(INTERRUPTED));
        }
        cancelled.cancel();
    });
    cancel
}

/// The state of one thread, with buffers that all its events share.
struct Worker<'m> {
    preview: Preview<'m>,
    scratch: Scratch,
    line: Vec<u8>,
}

impl Worker<'_> {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> PreviewTally {
        if !self.preview.pretty {
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

    fn write(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> PreviewTally {
        let file = self.preview.several.then_some(event.source);
        let about = About { file, place: event.place };
        let bytes = match event.json {
            Ok(bytes) => bytes,
            Err(fault) => {
                let (rejection, place) = of_fault(fault);
                return rejected(about, &rejection, place, out);
            }
        };
        let Opened { event: json, place, done } = match dead_letter::open(bytes, event.place) {
            Ok(opened) => opened,
            Err(rejection) => return rejected(about, &rejection, None, out),
        };
        let event = &Event { place, json: Ok(json.as_ref()), ..*event };
        match self.preview.mapper.map(json.as_ref(), self.preview.clock.now(), &mut self.scratch) {
            Outcome::Mapped(mut run) => match requests(&mut run, &done, self.preview.schemas) {
                Ok(requests) => {
                    line::mapped(about, run.message(), &requests, run.warnings(), out);
                    let mut tally = PreviewTally {
                        mapped: 1,
                        requests: requests.len() as u64,
                        ..PreviewTally::default()
                    };
                    if self.preview.delivery {
                        requests.iter().for_each(|request| tally.calls.add(request));
                    }
                    for warning in run.warnings() {
                        tally.warnings.add(&warning.code, 1);
                    }
                    tally
                }
                Err(rejection) => rejected(about, &rejection, None, out),
            },
            Outcome::Calls(made) if self.preview.delivery => rejected(about, &made.refusal(), None, out),
            Outcome::Calls(made) => match verified(self.preview.mapper, &made, self.preview.schemas) {
                Ok(()) => {
                    line::called(about, &made, out);
                    PreviewTally::called(&made)
                }
                Err(rejection) => rejected(about, &rejection, None, out),
            },
            Outcome::Skipped { skip, .. } => {
                line::skipped(about, &skip, out);
                PreviewTally { skipped: Counts::one(skip.rule), ..PreviewTally::default() }
            }
            Outcome::Rejected { mut rejection, .. } => {
                let place = in_place(&mut rejection, event);
                rejected(about, &rejection, place, out)
            }
        }
    }
}

/// Returns every request that could be sent. With `verify`, an invalid body is an error.
pub(crate) fn requests<'e>(
    run: &mut Run<'e>,
    done: &[String],
    schemas: Option<&Schemas>,
) -> Result<Vec<Request<'e>>, Box<Rejection>> {
    run.without(done);
    let requests = run.preview()?;
    if let Some(schemas) = schemas {
        requests.iter().try_for_each(|request| schemas.verify(run, request))?;
    }
    Ok(requests)
}

/// Checks the arguments of calls, if they are to be verified.
pub(crate) fn verified(
    mapper: &Mapper,
    made: &Calls,
    schemas: Option<&Schemas>,
) -> Result<(), Box<Rejection>> {
    schemas.map_or(Ok(()), |schemas| schemas.verify_calls(mapper, made))
}

fn rejected(
    about: About<'_>,
    rejection: &Rejection,
    place: Option<Place>,
    out: &mut Vec<u8>,
) -> PreviewTally {
    line::rejected(about, rejection, place, out);
    PreviewTally { rejected: Counts::one(&rejection.code), ..PreviewTally::default() }
}
