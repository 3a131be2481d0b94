//! The requests that the events of an input become together, for `map --batches` and a dry run: in the order in which they are complete, each with the positions
//! of its events.

use std::io::{self, Write};

use mapwright::{
    Batch, ItemAnswer, ItemOf, Mapper, Outcome, Planned, Rehearsal, Rehearsed, Rejection, Request, Schemas,
    Scratch,
};
use mapwright_driver::Config;

use crate::dead_letter::{self, Opened};
use crate::input::{self, Event, Input, Place};
use crate::line::{self, About};
use crate::pipeline::{Cancel, PipelineEnding, PipelineError, PipelineReport};
use crate::preview::{requests, verified};
use crate::rejection::{in_place, of_fault};
use crate::summary::{Counts, PreviewTally};
use crate::target::Clock;

/// What decides about the requests.
pub(crate) struct Together<'m> {
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

/// Where an event is.
#[derive(Clone)]
struct EventPosition {
    file: Option<String>,
    place: Place,
}

impl EventPosition {
    fn about(&self) -> About<'_> {
        About { file: self.file.as_deref(), place: self.place }
    }
}

impl Together<'_> {
    /// Writes one line per request, and one per event without any.
    pub(crate) fn write(
        self,
        mut input: Input,
        output: &mut impl Write,
        cancel: &Cancel,
    ) -> Result<PipelineReport<PreviewTally>, PipelineError> {
        let mut events = 0;
        let mut source_errors = Vec::new();
        let mut writer = TogetherWriter {
            rehearsal: Rehearsal::new(self.mapper, Config::default().read_ahead),
            keys: Scratch::new(),
            together: self,
            tally: PreviewTally::default(),
            line: Vec::new(),
            output,
        };
        let mut scratch = Scratch::new();
        let mut batch = input::Batch::new(input::BatchSize::DEFAULT);
        let mut more = true;
        let mut written = Ok(());
        while more && written.is_ok() && !cancel.is_cancelled() {
            more = input.fill(&mut batch);
            written = batch.events().try_for_each(|event| {
                events += 1;
                writer.event(&event, &mut scratch)
            });
            batch.clear();
            source_errors.append(&mut input.take_errors());
        }
        let written = written.and_then(|()| writer.rest());
        let mut ending =
            if cancel.is_cancelled() { PipelineEnding::Cancelled } else { PipelineEnding::Complete };
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ending = PipelineEnding::OutputClosed,
            Err(error) => return Err(PipelineError::Output(error)),
        }
        Ok(PipelineReport { ending, tally: writer.tally, events, source_errors })
    }
}

struct TogetherWriter<'m, 'o, O> {
    together: Together<'m>,
    /// Holds the lines of requests that wait for others.
    rehearsal: Rehearsal<EventPosition, Vec<u8>>,
    keys: Scratch,
    tally: PreviewTally,
    line: Vec<u8>,
    output: &'o mut O,
}

impl<O: Write> TogetherWriter<'_, '_, O> {
    fn event(&mut self, event: &Event<'_>, scratch: &mut Scratch) -> io::Result<()> {
        let file = self.together.several.then(|| event.source.to_owned());
        let mut position = EventPosition { file, place: event.place };
        let bytes = match event.json {
            Ok(bytes) => bytes,
            Err(fault) => {
                let (rejection, place) = of_fault(fault);
                return self.rejected(&position, &rejection, place);
            }
        };
        let Opened { event: json, place, done } = match dead_letter::open(bytes, event.place) {
            Ok(opened) => opened,
            Err(rejection) => return self.rejected(&position, &rejection, None),
        };
        position.place = place;
        let event = &Event { place, json: Ok(json.as_ref()), ..*event };
        let mapper = self.together.mapper;
        match mapper.map(json.as_ref(), self.together.clock.now(), scratch) {
            Outcome::Mapped(mut run) => match requests(&mut run, &done, self.together.schemas) {
                Ok(requests) => {
                    self.tally.mapped += 1;
                    if requests.is_empty() {
                        line::mapped(position.about(), run.message(), &[], run.warnings(), &mut self.line);
                        self.put()?;
                    }
                    for warning in run.warnings() {
                        self.tally.warnings.add(&warning.code, 1);
                    }
                    let planned =
                        requests.iter().map(|request| self.planned(&position, request)).collect::<Vec<_>>();
                    let keys = mapper.order_keys(json.as_ref(), self.together.clock.now(), &mut self.keys);
                    let sent = self.rehearsal.add(keys, planned, position);
                    self.sent(sent)
                }
                Err(rejection) => self.rejected(&position, &rejection, None),
            },
            Outcome::Calls(made) if self.together.delivery => self.rejected(&position, &made.refusal(), None),
            Outcome::Calls(made) => match verified(mapper, &made, self.together.schemas) {
                Ok(()) => {
                    line::called(position.about(), &made, &mut self.line);
                    self.tally += PreviewTally::called(&made);
                    self.put()
                }
                Err(rejection) => self.rejected(&position, &rejection, None),
            },
            Outcome::Skipped { skip, .. } => {
                line::skipped(position.about(), &skip, &mut self.line);
                self.tally += PreviewTally { skipped: Counts::one(skip.rule), ..PreviewTally::default() };
                self.put()
            }
            Outcome::Rejected { mut rejection, .. } => {
                let place = in_place(&mut rejection, event);
                self.rejected(&position, &rejection, place)
            }
        }
    }

    /// Writes the batches that are not complete.
    fn rest(&mut self) -> io::Result<()> {
        let sent = self.rehearsal.rest();
        self.sent(sent)?;
        self.output.flush()
    }

    /// What a request of an event is in the rehearsal.
    fn planned(&mut self, position: &EventPosition, request: &Request<'_>) -> Planned<Vec<u8>> {
        let instruction = request.instruction;
        match request.batch() {
            Some(item) => Planned::Item { instruction, item: item.clone() },
            None => {
                self.count(request);
                let mut line = Vec::new();
                line::together(&[position.about()], request, &mut line);
                Planned::Alone { instruction, request: line }
            }
        }
    }

    fn sent(&mut self, sent: Vec<Rehearsed<EventPosition, Vec<u8>>>) -> io::Result<()> {
        sent.into_iter().try_for_each(|sent| match sent {
            Rehearsed::Alone(line) => {
                self.line = line;
                self.put()
            }
            Rehearsed::Together(batch) => self.batch(batch),
        })
    }

    fn batch(&mut self, batch: Batch<ItemOf<EventPosition>>) -> io::Result<()> {
        let prepared = batch.prepare(self.together.clock.now());
        for ready in prepared.ready {
            let about: Vec<About<'_>> = ready.batch().tags().map(|part| part.tag.about()).collect();
            line::together(&about, ready.request(), &mut self.line);
            self.count(ready.request());
            self.put()?;
        }
        for (part, answer) in prepared.settled {
            if let ItemAnswer::Failed(problem) = answer {
                let rejection = Rejection::new(&problem.code, problem.message);
                self.tally.mapped = self.tally.mapped.saturating_sub(1);
                self.rejected(&part.tag, &rejection, None)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, request: &Request<'_>) {
        self.tally.requests += 1;
        if self.together.delivery {
            self.tally.calls.add(request);
        }
    }

    fn rejected(
        &mut self,
        position: &EventPosition,
        rejection: &Rejection,
        place: Option<Place>,
    ) -> io::Result<()> {
        line::rejected(position.about(), rejection, place, &mut self.line);
        self.tally += PreviewTally { rejected: Counts::one(&rejection.code), ..PreviewTally::default() };
        self.put()
    }

    /// Writes the line.
    fn put(&mut self) -> io::Result<()> {
        let mut line = std::mem::take(&mut self.line);
        if self.together.pretty {
            let mut pretty = Vec::new();
            line::pretty(line.trim_ascii_end(), &mut pretty);
            pretty.push(b'\n');
            self.output.write_all(&pretty)?;
        } else {
            self.output.write_all(&line)?;
        }
        line.clear();
        self.line = line;
        Ok(())
    }
}
