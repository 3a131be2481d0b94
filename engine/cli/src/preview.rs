//! Previews: prints the requests of events without sending them, for `map` and for a dry run.

use mapwright::{Mapper, Outcome, Rejection, Request, Run, Scratch};

use crate::dead_letter;
use crate::input::{Event, Input, Place};
use crate::line::{self, About};
use crate::pipeline::{self, Cancel, Options, PipelineError, Report};
use crate::progress::Bar;
use crate::rejection::{in_place, of_fault};
use crate::summary::{Counts, Tally};
use crate::target::Clock;
use crate::{INTERRUPTED, terminal};

/// The options of a preview.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preview<'m> {
    pub(crate) mapper: &'m Mapper,
    pub(crate) clock: Clock,
    /// Whether lines contain the file, because there are several.
    pub(crate) several: bool,
    /// Whether bodies are validated against their schemas.
    pub(crate) verify: bool,
    pub(crate) pretty: bool,
    /// Whether requests are counted by rate-limit group.
    pub(crate) calls: bool,
}

impl Preview<'_> {
    /// Writes one line per event.
    pub(crate) fn write(
        self,
        input: Input,
        bar: Option<Bar>,
        output: &mut impl std::io::Write,
        options: &Options,
    ) -> Result<Report<Tally>, PipelineError> {
        pipeline::run(input, bar, output, options, &|| {
            let mut worker = Worker { preview: self, scratch: Scratch::new(), line: Vec::new() };
            move |event: &Event<'_>, out: &mut Vec<u8>| worker.event(event, out)
        })
    }
}

/// Prints which files could not be read.
pub(crate) fn complain_of_sources(report: &Report<Tally>) {
    for error in &report.source_errors {
        terminal::complain(&format!("error: {error}"));
    }
}

/// Cancels on Ctrl-C, after the events that were read are written. A second Ctrl-C ends the process immediately.
pub(crate) fn cancel_by_ctrl_c() -> Cancel {
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

/// The state of one thread, with buffers that all its events share.
struct Worker<'m> {
    preview: Preview<'m>,
    scratch: Scratch,
    line: Vec<u8>,
}

impl Worker<'_> {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Tally {
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

    fn write(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Tally {
        let file = self.preview.several.then_some(event.source);
        let about = About { file, place: event.place };
        let bytes = match event.json {
            Ok(bytes) => bytes,
            Err(fault) => {
                let (rejection, place) = of_fault(fault);
                return rejected(about, &rejection, place, out);
            }
        };
        let (json, place) = match dead_letter::open(bytes, event.place) {
            Ok(opened) => opened,
            Err(rejection) => return rejected(about, &rejection, None, out),
        };
        let event = &Event { place, json: Ok(json.as_ref()), ..*event };
        match self.preview.mapper.map(json.as_ref(), self.preview.clock.now(), &mut self.scratch) {
            Outcome::Mapped(mut run) => match requests(&mut run, self.preview.verify) {
                Ok(requests) => {
                    line::mapped(about, run.message(), &requests, run.warnings(), out);
                    let mut tally = Tally { mapped: 1, requests: requests.len() as u64, ..Tally::default() };
                    if self.preview.calls {
                        requests.iter().for_each(|request| tally.calls.add(request));
                    }
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

/// Returns every request that could be sent. With `verify`, an invalid body is an error.
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
