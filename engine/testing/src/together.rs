//! Plays several events, whose requests may become one.
//!
//! Everything happens in the order of the events, and of their order keys as in a delivery: each continues until it waits for a batch or for its
//! turn, a batch is sent once it is complete, and those that are not are sent when no event can continue. No time passes.

use std::collections::{BTreeMap, VecDeque};

use crate::play::{Again, Became, End, Played};
use crate::script::Script;
use mapwright_convert::Warning;
use mapwright_plan::batch::{Batch, BatchAnswer, ReadyBatch};
use mapwright_plan::item::ItemAnswer;
use mapwright_plan::mapper::{Mapper, Scratch};
use mapwright_plan::order::OrderKey;
use mapwright_plan::owned::{OwnedOutcome, OwnedRun};
use mapwright_plan::rehearsal::{Planned, Rehearsal, Rehearsed};
use mapwright_plan::rejection::Rejection;
use mapwright_plan::request::Request;
use mapwright_plan::response::Response;
use mapwright_plan::run::{Ended, Progress};
use mapwright_plan::sdk::SdkCall;
use mapwright_plan::signing::SigningContext;
use mapwright_plan::turns::Turns;

/// Maps events and drives their runs as a caller would do that puts their items together.
pub(crate) fn play_together<'p>(
    mapper: &'p Mapper,
    script: &'p Script<'_>,
    events: &[Vec<u8>],
) -> Played<'p> {
    let mut played = Played::with(mapper, script);
    played.events = match &script.responses {
        Some(responses) => drive(mapper, script.now, responses, events, &mut played),
        None => preview(mapper, script.now, events, &mut played),
    };
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
type Tag = (u64, usize);

/// Maps an event; one that has requests has order keys.
fn start<'m>(
    mapper: &'m Mapper,
    event: &[u8],
    now: i64,
    all: &mut Vec<SdkCall>,
) -> (Going, Vec<OrderKey<'m>>) {
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
    let keys = match &run {
        Some(_) => mapper.order_keys(event, now, &mut Scratch::new()),
        None => Vec::new(),
    };
    (Going { run, end, again: None, warnings, items: Vec::new(), answers: VecDeque::new() }, keys)
}

impl Going {
    fn ended(self) -> Became {
        let warnings = self.run.map_or(self.warnings, |run| run.warnings().to_vec());
        Became { end: self.end, warnings }
    }
}

/// The requests that events become together if nothing is known of responses.
fn preview(mapper: &Mapper, now: i64, events: &[Vec<u8>], played: &mut Played<'_>) -> Vec<Became> {
    let mut rehearsal = Rehearsal::new(mapper, usize::MAX);
    let (mut all, mut sent) = (Vec::new(), Vec::new());
    for (at, event) in events.iter().enumerate() {
        let (mut going, keys) = start(mapper, event, now, &mut played.calls);
        let requests = going.run.as_mut().map(|run| {
            run.with(|run| {
                run.preview()
                    .map(|requests| requests.into_iter().map(Request::into_owned).collect::<Vec<_>>())
            })
        });
        match requests {
            None => {}
            Some(Ok(requests)) => {
                let planned = requests.into_iter().map(planned).collect();
                sent.extend(rehearsal.add(keys, planned, at));
            }
            Some(Err(rejection)) => going.end = End::Rejected(rejection),
        }
        all.push(going);
    }
    sent.extend(rehearsal.rest());
    for sent in sent {
        let batch = match sent {
            Rehearsed::Alone(request) => {
                played.requests.push(request);
                continue;
            }
            Rehearsed::Together(batch) => batch,
        };
        let prepared = batch.prepare(now);
        played.requests.extend(prepared.ready.iter().map(|ready| ready.request().clone()));
        for (item, answer) in prepared.settled {
            if let (ItemAnswer::Failed(problem), Some(going)) = (answer, all.get_mut(item.tag)) {
                going.end = End::Rejected(Box::new(Rejection::new(&problem.code, problem.message)));
            }
        }
    }
    all.into_iter().map(Going::ended).collect()
}

fn planned(request: Request<'static>) -> Planned<Request<'static>> {
    let instruction = request.instruction;
    match request.batch() {
        Some(item) => Planned::Item { instruction, item: item.clone() },
        None => Planned::Alone { instruction, request },
    }
}

/// What becomes of events by the responses to their requests.
fn drive(
    mapper: &Mapper,
    now: i64,
    responses: &[Response],
    events: &[Vec<u8>],
    played: &mut Played<'_>,
) -> Vec<Became> {
    let mut turns = Turns::new(mapper);
    let mut all = BTreeMap::new();
    for event in events {
        let (going, keys) = start(mapper, event, now, &mut played.calls);
        all.insert(turns.enter(keys), going);
    }
    let mut stage = Stage { events: all, turns, batches: VecDeque::new(), now, responses, played };
    stage.drive();
    stage.events.into_values().map(Going::ended).collect()
}

struct Stage<'s, 'p, 't> {
    events: BTreeMap<u64, Going>,
    turns: Turns<Tag>,
    /// What is sent next, before any event continues.
    batches: VecDeque<(Batch<Tag>, Option<Again>)>,
    now: i64,
    responses: &'s [Response],
    played: &'t mut Played<'p>,
}

impl Stage<'_, '_, '_> {
    fn drive(&mut self) {
        loop {
            if let Some((batch, again)) = self.batches.pop_front() {
                self.batch(batch, again);
            } else if let Some(event) = self.turns.next_event() {
                self.run(event);
            } else {
                let open = self.turns.take_all();
                if open.is_empty() {
                    break;
                }
                self.batches.extend(open.into_iter().map(|batch| (batch, None)));
            }
        }
        // those that wait for an event without a response have none either
        for going in self.events.values_mut().filter(|going| matches!(going.end, End::Preview)) {
            going.end = End::Unanswered;
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

    fn run(&mut self, event: u64) {
        let Some(going) = self.events.get_mut(&event) else { return };
        let Some(run) = &mut going.run else { return self.turns.end(event) };
        let request = match run.request() {
            Ok(Some(request)) => request.into_owned(),
            Ok(None) => return self.end(event, End::Done),
            Err(rejection) => return self.end(event, End::Rejected(rejection)),
        };
        self.turns.leave_steps(event, |steps| run.can_reach(steps));
        let instruction = request.instruction;
        if let Some(item) = request.batch() {
            if let Some(answer) = going.answers.pop_front() {
                let progress = run.settle(answer);
                return self.progress(event, progress);
            }
            let (mut ahead, items) = (run.items_ahead(), &mut going.items);
            let tag = || {
                items.push(None);
                (event, items.len() - 1)
            };
            let joined = self.turns.join(event, instruction, Box::new(item.clone()), &mut ahead, tag);
            let complete = joined.map(|joined| joined.complete).unwrap_or_default();
            return self.batches.extend(complete.into_iter().map(|batch| (batch, None)));
        }
        if !self.turns.may_send(event, instruction) {
            return;
        }
        let again = going.again.clone();
        let Some(response) = self.response(&request, again.is_some()) else {
            return self.end(event, again.map_or(End::Unanswered, End::Retry));
        };
        let Some(Going { run: Some(run), .. }) = self.events.get_mut(&event) else { return };
        let progress = run.respond(&response, self.now);
        self.progress(event, progress);
    }

    /// Takes what a response meant for an event.
    fn progress(&mut self, event: u64, progress: Result<Progress, Ended>) {
        let Some(going) = self.events.get_mut(&event) else { return };
        let again = |after, throttle, renew| Some(Again { after, throttle, renew });
        going.again = match progress {
            Ok(Progress::Next) => None,
            Ok(Progress::Retry { after, throttle }) => again(after, throttle, None),
            // a test has one value of each setting
            Ok(Progress::Renew { setting }) => again(None, false, Some(setting)),
            Err(Ended::Failed(failure)) => return self.end(event, End::Failed(failure)),
            Err(Ended::Rejected(rejection)) => return self.end(event, End::Rejected(rejection)),
            // there is a request, and no other variant
            Err(other) => {
                let rejection = Rejection::new("no_request", other.to_string());
                return self.end(event, End::Rejected(Box::new(rejection)));
            }
        };
        self.turns.answered(event);
    }

    fn batch(&mut self, batch: Batch<Tag>, again: Option<Again>) {
        let mut ready = self.prepare(batch).into_iter();
        let Some(first) = ready.next() else { return };
        // what was split by its size is sent in its turn
        for more in ready.rev() {
            self.batches.push_front((more.into_batch(), again.clone()));
        }
        let Some(response) = self.response(first.request(), again.is_some()) else {
            for (event, _) in first.into_batch().into_tags() {
                self.end(event, again.clone().map_or(End::Unanswered, End::Retry));
            }
            return;
        };
        let BatchAnswer { settled, again, first_unmatched, .. } = first.answer(&response, self.now);
        self.played.names(first_unmatched.as_deref());
        self.settle(settled);
        for part in again.into_iter().rev() {
            let again = Again { after: part.after, throttle: part.throttle, renew: None };
            self.batches.push_front((part.batch, Some(again)));
        }
    }

    /// Lets events know what has become of their items: those that wait for no other one continue.
    fn settle(&mut self, settled: Vec<(Tag, ItemAnswer)>) {
        for ((event, item), answer) in settled {
            let Some(Going { items, answers, .. }) = self.events.get_mut(&event) else { continue };
            if let Some(slot) = items.get_mut(item) {
                *slot = Some(answer);
            }
            if items.iter().all(Option::is_some) {
                answers.extend(items.drain(..).flatten());
                self.turns.answered(event);
            }
        }
    }

    /// An event that would be sent again stays before those that wait for it.
    fn end(&mut self, event: u64, end: End) {
        let is_over = !matches!(end, End::Retry(_) | End::Unanswered);
        if let Some(going) = self.events.get_mut(&event) {
            going.end = end;
        }
        if is_over {
            self.turns.end(event);
        }
    }
}
