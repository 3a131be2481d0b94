//! Plays several events, whose requests may become one.
//!
//! Everything happens in the order of the events: each continues until it waits for a batch, a batch is sent once it is complete, and those that
//! are not are sent when no event can continue. No time passes.

use std::collections::VecDeque;

use crate::play::{Again, Became, End, Played};
use crate::script::Script;
use mapwright_convert::Warning;
use mapwright_plan::batch::{Batch, BatchAnswer, Batcher, ReadyBatch};
use mapwright_plan::item::{BatchItem, ItemAnswer};
use mapwright_plan::mapper::{Mapper, Scratch};
use mapwright_plan::owned::{OwnedOutcome, OwnedRun};
use mapwright_plan::rejection::Rejection;
use mapwright_plan::request::Request;
use mapwright_plan::response::Response;
use mapwright_plan::run::{Ended, Progress};
use mapwright_plan::sdk::SdkCall;
use mapwright_plan::signing::SigningContext;

/// Maps events and drives their runs as a caller would do that puts their items together.
pub(crate) fn play_together<'p>(
    mapper: &'p Mapper,
    script: &'p Script<'_>,
    events: &[Vec<u8>],
) -> Played<'p> {
    let mut played = Played::with(mapper, script);
    let starts = events.iter().map(|event| start(mapper, event, script.now, &mut played.calls));
    let runs = starts.collect();
    let responses = script.responses.as_deref();
    let mut stage = Stage {
        runs,
        batcher: mapper.batcher(),
        next: VecDeque::new(),
        now: script.now,
        responses: responses.unwrap_or_default(),
        played: &mut played,
    };
    match responses {
        Some(_) => stage.drive(),
        None => stage.preview(),
    }
    let runs = stage.runs;
    played.events = runs.into_iter().map(Going::ended).collect();
    if played.events.iter().any(|event| matches!(event.end, End::Unanswered)) {
        played.end = End::Unanswered;
    }
    played
}

/// An event, and what has become of it so far.
struct Going {
    run: Option<OwnedRun>,
    end: End,
    /// Whether its request is sent again.
    again: Option<Again>,
    /// What was said of its calls.
    warnings: Vec<Warning>,
    /// What becomes of the items that it waits for, in the order of its rounds.
    items: Vec<Option<ItemAnswer>>,
    /// The same when all are known, until the run has taken them.
    answers: VecDeque<ItemAnswer>,
}

/// An item of an event: the event, and which of the items that it waits for.
type Tag = (usize, usize);

fn start(mapper: &Mapper, event: &[u8], now: i64, all: &mut Vec<SdkCall>) -> Going {
    let mut warnings = Vec::new();
    let (run, end) = match mapper.start(event, now, Scratch::new()) {
        OwnedOutcome::Mapped(run) => (Some(run), End::Preview),
        OwnedOutcome::Calls { calls, .. } => {
            warnings = calls.warnings;
            all.extend(calls.calls);
            (None, End::Done)
        }
        OwnedOutcome::Skipped { skip, .. } => (None, End::Skipped(skip)),
        OwnedOutcome::Rejected { rejection, .. } => (None, End::Rejected(rejection)),
    };
    Going { run, end, again: None, warnings, items: Vec::new(), answers: VecDeque::new() }
}

impl Going {
    fn ended(self) -> Became {
        let warnings = self.run.map_or(self.warnings, |run| run.warnings().to_vec());
        Became { end: self.end, warnings }
    }

    /// Takes what a response meant; says whether the run continues.
    fn progress(&mut self, progress: Result<Progress, Ended>) -> bool {
        self.again = None;
        match progress {
            Ok(Progress::Next) => return true,
            Ok(Progress::Retry { after, throttle }) => {
                self.again = Some(Again { after, throttle, renew: None });
                return true;
            }
            // a test has one value of each setting
            Ok(Progress::Renew { setting }) => {
                self.again = Some(Again { after: None, throttle: false, renew: Some(setting) });
                return true;
            }
            Err(Ended::Failed(failure)) => self.end = End::Failed(failure),
            Err(Ended::Rejected(rejection)) => self.end = End::Rejected(rejection),
            // there is a request, and no other variant
            Err(other) => self.end = End::Rejected(Box::new(Rejection::new("no_request", other.to_string()))),
        }
        false
    }
}

/// What comes next.
enum Next {
    Run(usize),
    Batch(Batch<Tag>, Option<Again>),
}

struct Stage<'s, 'p, 't> {
    runs: Vec<Going>,
    batcher: Batcher<Tag>,
    next: VecDeque<Next>,
    now: i64,
    responses: &'s [Response],
    played: &'t mut Played<'p>,
}

impl Stage<'_, '_, '_> {
    fn drive(&mut self) {
        self.next = (0..self.runs.len()).map(Next::Run).collect();
        loop {
            match self.next.pop_front() {
                Some(Next::Run(at)) => self.run(at),
                Some(Next::Batch(batch, again)) => self.batch(batch, again),
                None => {
                    let open = self.batcher.take_all();
                    if open.is_empty() {
                        return;
                    }
                    self.next.extend(open.into_iter().map(|batch| Next::Batch(batch, None)));
                }
            }
        }
    }

    /// The requests that events become together if nothing is known of responses.
    fn preview(&mut self) {
        for at in 0..self.runs.len() {
            let Some(going) = self.runs.get_mut(at) else { continue };
            let Some(run) = &mut going.run else { continue };
            let requests = run.with(|run| {
                run.preview()
                    .map(|requests| requests.into_iter().map(Request::into_owned).collect::<Vec<_>>())
            });
            match requests {
                Ok(requests) => {
                    for request in requests {
                        match request.batch() {
                            None => self.played.requests.push(request),
                            Some(item) => {
                                let joined = self.batcher.add(item.clone(), (at, 0));
                                joined.complete.into_iter().for_each(|batch| self.show(batch));
                            }
                        }
                    }
                }
                Err(rejection) => going.end = End::Rejected(rejection),
            }
        }
        let open = self.batcher.take_all();
        open.into_iter().for_each(|batch| self.show(batch));
    }

    fn show(&mut self, batch: Batch<Tag>) {
        let prepared = batch.prepare(self.now);
        self.played.requests.extend(prepared.ready.iter().map(|ready| ready.request().clone()));
        for ((at, _), answer) in prepared.settled {
            if let ItemAnswer::Failed(problem) = answer {
                self.end(at, End::Rejected(Box::new(Rejection::new(&problem.code, problem.message))));
            }
        }
    }

    /// The requests of a batch. Items of which none can be made are settled.
    fn prepare(&mut self, batch: Batch<Tag>) -> Vec<ReadyBatch<Tag>> {
        let prepared = batch.prepare(self.now);
        self.settle(prepared.settled);
        prepared.ready
    }

    /// The next response, for a request that is sent.
    fn response(&mut self, request: &Request<'_>, is_again: bool) -> Option<Response> {
        let response = self.responses.get(self.played.used).cloned();
        // what would be sent again is not sent without a response
        if response.is_some() || !is_again {
            let mut sent = request.clone().into_owned();
            sent.sign(&SigningContext::stated(self.now));
            self.played.requests.push(sent);
        }
        self.played.used += usize::from(response.is_some());
        response
    }

    fn run(&mut self, at: usize) {
        let Some(going) = self.runs.get_mut(at) else { return };
        let Some(run) = &mut going.run else { return };
        let request = match run.request() {
            Ok(Some(request)) => request.into_owned(),
            Ok(None) => return going.end = End::Done,
            Err(rejection) => return going.end = End::Rejected(rejection),
        };
        if let Some(item) = request.batch() {
            match going.answers.pop_front() {
                None => self.join(at, item.clone()),
                Some(answer) => {
                    let progress = run.settle(answer);
                    if going.progress(progress) {
                        self.next.push_front(Next::Run(at));
                    }
                }
            }
            return;
        }
        let again = going.again.clone();
        let Some(response) = self.response(&request, again.is_some()) else {
            return self.end(at, again.map_or(End::Unanswered, End::Retry));
        };
        let Some(going) = self.runs.get_mut(at) else { return };
        let Some(run) = &mut going.run else { return };
        let progress = run.respond(&response, self.now);
        if going.progress(progress) {
            self.next.push_front(Next::Run(at));
        }
    }

    /// Adds the item that an event has come to, and those that follow it into the same batch.
    fn join(&mut self, at: usize, item: BatchItem) {
        let Some(Going { run: Some(run), items, .. }) = self.runs.get_mut(at) else { return };
        let ahead = run.items_ahead();
        items.push(None);
        let joined = self.batcher.add(item, (at, 0));
        let mut complete = joined.complete;
        for item in ahead {
            if self.batcher.joins(&item) != Some(joined.batch) {
                break;
            }
            complete.extend(self.batcher.add(item, (at, items.len())).complete);
            items.push(None);
        }
        complete.into_iter().rev().for_each(|batch| self.next.push_front(Next::Batch(batch, None)));
    }

    fn batch(&mut self, batch: Batch<Tag>, again: Option<Again>) {
        let mut ready = self.prepare(batch).into_iter();
        let Some(first) = ready.next() else { return };
        // what was split by its size is sent in its turn
        for more in ready.rev() {
            self.next.push_front(Next::Batch(more.into_batch(), again.clone()));
        }
        let Some(response) = self.response(first.request(), again.is_some()) else {
            for (at, _) in first.into_batch().into_tags() {
                self.end(at, again.clone().map_or(End::Unanswered, End::Retry));
            }
            return;
        };
        let BatchAnswer { settled, again, .. } = first.answer(&response, self.now);
        self.settle(settled);
        for part in again.into_iter().rev() {
            let again = Again { after: part.after, throttle: part.throttle, renew: None };
            self.next.push_front(Next::Batch(part.batch, Some(again)));
        }
    }

    /// Lets events know what has become of their items: those that wait for no other one continue.
    fn settle(&mut self, settled: Vec<(Tag, ItemAnswer)>) {
        let mut go_on = Vec::new();
        for ((at, item), answer) in settled {
            let Some(Going { items, answers, .. }) = self.runs.get_mut(at) else { continue };
            if let Some(slot) = items.get_mut(item) {
                *slot = Some(answer);
            }
            if items.iter().all(Option::is_some) {
                answers.extend(items.drain(..).flatten());
                go_on.push(at);
            }
        }
        go_on.into_iter().rev().for_each(|at| self.next.push_front(Next::Run(at)));
    }

    fn end(&mut self, at: usize, end: End) {
        if let Some(going) = self.runs.get_mut(at) {
            going.end = end;
        }
    }
}
