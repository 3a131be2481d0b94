//! Delivers one event: sends its requests in order, each until it has a usable response.

use mapwright::{
    ApiError, BatchItem, Ended, ItemAnswer, Outcome as Mapped, Problem, Progress, Response, Run,
};
use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument as _, debug_span};

use crate::batches::Share;
use crate::checkpoint::{self, Confirmed, fingerprint};
use crate::exchange::{Again, Answer, Call, Exchange};
use crate::order::Lane;
use crate::outcome::{Delivered, DeliveryFailure, FailureClass, Outcome, Unfinished};
use crate::shared::Shared;
use crate::work::{Done, Over, Work};

/// An event in flight.
struct Worker<'d> {
    shared: &'d Shared,
    event: u64,
    exchange: Exchange<'d>,
    mapped_at: i64,
    /// The response to record before the next request is sent.
    unrecorded: Option<Confirmed>,
    /// Whether all responses so far are recorded. After one that is not, later ones are useless.
    recordable: bool,
    /// The lanes of steps that can still come.
    lanes: Vec<Lane>,
    /// The permission to be in flight; none while it waits for its turn or for a batch.
    slot: Option<OwnedSemaphorePermit>,
    /// Whether others are let into its lanes, because it waits or waited in a batch.
    joined: bool,
}

/// Delivers an event.
pub(crate) async fn deliver(shared: &Shared, work: Work) -> Done {
    let Work { event, json, done, answers, lanes, slot, mut scratch } = work;
    let mapped_at = answers.first().map_or_else(|| shared.now(), |first| first.mapped_at);
    let (mut requests, mut status, mut last_failure) = (0, None, None);
    let (message, outcome) = match shared.mapper.map(json.as_ref(), mapped_at, &mut scratch) {
        Mapped::Skipped { message, skip, .. } => (message, redacted(shared, Outcome::Skipped(skip))),
        Mapped::Rejected { message, rejection, .. } => {
            (message, redacted(shared, Outcome::Rejected(rejection)))
        }
        Mapped::Mapped(mut run) => {
            run.without(&done);
            let mut worker = Worker {
                shared,
                event,
                exchange: Exchange::new(shared, run.message().to_owned()),
                mapped_at,
                unrecorded: None,
                recordable: true,
                lanes: lanes.into_iter().filter(|lane| lane.any_steps(|_| true)).collect(),
                slot: Some(slot),
                joined: false,
            };
            let span = debug_span!("event", sequence = event, kind = worker.exchange.message());
            let outcome = worker.drive(&mut run, answers).instrument(span).await;
            let exchange = worker.exchange;
            (requests, status, last_failure) =
                (exchange.requests, exchange.status, exchange.last_failure.clone());
            (exchange.into_message(), outcome)
        }
    };
    // types without a mapping are arbitrary and unbounded, so they are not labels
    let message = Some(message).filter(|message| shared.messages.contains(message));
    Done { event, over: Over { message, outcome, requests, status, last_failure }, scratch }
}

/// Returns the outcome with secrets redacted.
fn redacted(shared: &Shared, mut outcome: Outcome) -> Outcome {
    outcome.redact(shared.mapper.redactor());
    outcome
}

impl Worker<'_> {
    async fn drive(&mut self, run: &mut Run<'_>, answers: Vec<Confirmed>) -> Outcome {
        let mut outcome = match self.steps(run, answers).await {
            Ok(()) => match run.result() {
                Ok(result) => Outcome::Delivered(Delivered { warnings: run.warnings().to_vec(), result }),
                Err(rejection) => Outcome::Rejected(rejection),
            },
            Err(outcome) => outcome,
        };
        outcome.done_is(|| run.done());
        let outcome = redacted(self.shared, outcome);
        let ended = match &outcome {
            Outcome::Delivered(delivered) => checkpoint::Ended::Delivered(delivered.clone()),
            Outcome::Failed(failure) => checkpoint::Ended::Failed(failure.clone()),
            _ => return outcome,
        };
        // nothing new was sent, so there is nothing to record
        if self.exchange.requests == 0 && self.unrecorded.is_none() {
            return outcome;
        }
        match self.shared.record(|checkpoint| checkpoint.ended(self.event, &ended)) {
            Ok(()) => outcome,
            Err(unfinished) => Outcome::Unfinished(unfinished),
        }
    }

    async fn steps(&mut self, run: &mut Run<'_>, answers: Vec<Confirmed>) -> Result<(), Outcome> {
        let mut answers = answers.into_iter();
        loop {
            self.leave_lanes(run);
            let Some(request) = run.request().map_err(Outcome::Rejected)? else { return Ok(()) };
            let hash = fingerprint::of_request(&request);
            if let Some(answer) = answers.next() {
                if let Some(answer) = answer.unsealed(self.shared.mapper.redactor())
                    && answer.request == hash
                {
                    let Confirmed { at, status, headers, body, .. } = answer;
                    match run.respond(&Response::new(status, headers, body), at) {
                        Ok(Progress::Next) => continue,
                        // a recorded response should be accepted again; otherwise the request is sent again
                        Ok(Progress::Retry { .. }) | Err(_) => {}
                    }
                }
                answers = Vec::new().into_iter();
                self.recordable = false;
                continue;
            }
            if let Some(confirmed) = self.unrecorded.take() {
                self.record(confirmed)?;
            }
            self.leave_batch().await;
            let instruction = request.instruction;
            let answered = match request.batch() {
                Some(item) => {
                    let item = item.clone();
                    self.share(run, item, instruction).await
                }
                None => {
                    let call = self.exchange.call(&request, hash)?;
                    self.turn(instruction).await?;
                    self.exchange(run, call).await
                }
            };
            match answered {
                Err(Outcome::Failed(failure)) if failure.class != FailureClass::GaveUp => {
                    self.fail_item(run, failure)?;
                }
                other => other?,
            }
        }
    }

    /// Goes on with the next item after one whose request has no usable response, if the mapping says so.
    fn fail_item(&mut self, run: &mut Run<'_>, failure: Box<DeliveryFailure>) -> Result<(), Outcome> {
        let DeliveryFailure { status, code, message, fault, api, .. } = failure.as_ref();
        let problem = Problem::new(code, message, *fault).answered(*status, api.clone());
        let Some(progress) = run.fail_item(problem) else { return Err(Outcome::Failed(failure)) };
        self.exchange.next_request();
        // no response tells a resumed delivery to pass over the item
        self.recordable = false;
        match progress {
            Ok(_) => Ok(()),
            Err(Ended::Failed(last)) => {
                let message = last.to_string();
                Err(Outcome::Failed(Box::new(DeliveryFailure { message, items: last.items, ..*failure })))
            }
            Err(Ended::Rejected(rejection)) => Err(Outcome::Rejected(rejection)),
            Err(_) => Err(Outcome::Failed(failure)),
        }
    }

    /// Leaves the lanes of steps that cannot come any more.
    fn leave_lanes(&mut self, run: &Run<'_>) {
        let (shared, event) = (self.shared, self.event);
        self.lanes.retain(|lane| {
            let stays = lane.any_steps(|steps| run.can_reach(steps));
            if !stays {
                shared.lanes.pass(event, lane);
            }
            stays
        });
    }

    /// Waits until all earlier events with an order key in common are past this one's request. Meanwhile, others may be in flight.
    async fn turn(&mut self, instruction: usize) -> Result<(), Outcome> {
        let (shared, event) = (self.shared, self.event);
        let lanes: Vec<&Lane> = self.lanes.iter().filter(|lane| lane.orders(instruction)).collect();
        if shared.lanes.is_turn(event, &lanes) {
            return Ok(());
        }
        self.slot = None;
        shared.slot_freed.notify_one();
        let _parked = shared.batches.park();
        let turn = async {
            shared.lanes.turn(event, &lanes).await;
            shared.slots.clone().acquire_owned().await
        };
        tokio::select! {
            biased;
            // the semaphore is never closed
            slot = turn => self.slot = slot.ok(),
            unfinished = shared.stopper.stopped() => return Err(Outcome::Unfinished(unfinished)),
        }
        Ok(())
    }

    /// Goes on after a batch: those that have joined it behind this event wait for it again.
    async fn leave_batch(&mut self) {
        if std::mem::take(&mut self.joined) {
            self.shared.lanes.part(self.event);
            // the semaphore is never closed
            self.slot = self.shared.slots.clone().acquire_owned().await.ok();
        }
    }

    fn record(&mut self, confirmed: Confirmed) -> Result<(), Outcome> {
        self.recordable &= confirmed.body.len() <= self.shared.config.recorded_body_bytes;
        if !self.recordable {
            return Ok(());
        }
        let Some(sealed) = confirmed.sealed(self.shared.mapper.redactor()) else {
            self.recordable = false;
            return Ok(());
        };
        let event = self.event;
        self.shared.record(|checkpoint| checkpoint.confirmed(event, &sealed)).map_err(Outcome::Unfinished)
    }

    /// Waits for what becomes of an item that is sent with those of other events.
    async fn share(&mut self, run: &mut Run<'_>, item: BatchItem, instruction: usize) -> Result<(), Outcome> {
        let (shared, event) = (self.shared, self.event);
        let share = loop {
            let lanes: Vec<&Lane> = self.lanes.iter().filter(|lane| lane.orders(instruction)).collect();
            let message = self.exchange.message();
            match shared.batches.join(&item, (event, message), (&shared.lanes, &lanes)) {
                Some(share) => break share,
                None => self.turn(instruction).await?,
            }
        };
        self.joined = true;
        self.slot = None;
        shared.slot_freed.notify_one();
        // its sender is gone only if the delivery is halted
        let share = share.await.map_err(|_| Outcome::Unfinished(Unfinished::Stopped))?;
        let Share { item, requests, status, last_failure } = share;
        self.exchange.shared(requests, status, last_failure);
        let item = item?;
        // what is recorded are responses to requests of this event alone
        self.recordable = false;
        let api = match &item {
            ItemAnswer::Failed(problem) => problem.api.clone(),
            _ => ApiError::default(),
        };
        match run.settle(item) {
            Ok(_) => Ok(()),
            Err(Ended::Rejected(rejection)) => Err(Outcome::Rejected(rejection)),
            Err(Ended::Failed(failure)) => {
                Err(Outcome::Failed(Box::new(self.exchange.failure_of(failure, api))))
            }
            Err(other) => Err(self.exchange.given_up_at("batch", &other.to_string())),
        }
    }

    /// Sends the request once, when it is allowed, and handles the response.
    async fn exchange(&mut self, run: &mut Run<'_>, call: Call) -> Result<(), Outcome> {
        let Some(answer) = self.exchange.send(call).await? else { return Ok(()) };
        match run.respond(&answer.response, answer.now) {
            Ok(Progress::Next) => {
                self.exchange.accepted(&answer);
                self.exchange.next_request();
                let (mapped_at, Answer { response, now, hash, .. }) = (self.mapped_at, answer);
                let headers = response.headers().map(|(name, value)| (name.to_owned(), value.into_owned()));
                let (headers, status, body) = (headers.collect(), response.status, response.body);
                self.unrecorded =
                    Some(Confirmed { mapped_at, at: now, request: hash, status, headers, body });
                Ok(())
            }
            Ok(Progress::Retry { after, throttle }) => {
                let again = Again { after, throttle };
                self.exchange.again(&answer, again, |response| run.api_error(response)).await
            }
            Err(Ended::Rejected(rejection)) => {
                self.exchange.heard(&answer, false);
                Err(Outcome::Rejected(rejection))
            }
            Err(Ended::Failed(failure)) => {
                let api = run.api_error(&answer.response);
                Err(self.exchange.given_up(&answer, failure, api))
            }
            // a response follows its request, and there is no other variant
            Err(other) => {
                self.exchange.heard(&answer, false);
                Err(self.exchange.given_up_at(&answer.step, &other.to_string()))
            }
        }
    }
}
