//! Delivers one event: sends its requests in order, each until it has a usable response.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mapwright::{
    BatchItem, Cache, Ended, Lane, LastItem, Mapper, Outcome as Mapped, Problem, Progress, Response, Run,
    Turn,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;
use tracing::{Instrument as _, debug_span, warn};

use crate::batches::Share;
use crate::checkpoint::{Confirmed, fingerprint};
use crate::exchange::{Again, Answer, Call, Exchange};
use crate::kept::{Key, key_of};
use crate::outcome::{Delivered, DeliveryFailure, FailureClass, Outcome, Unfinished};
use crate::shared::Shared;
use crate::work::{Done, Over, Work};

/// An event in flight.
struct Worker<'d> {
    shared: &'d Shared,
    event: u64,
    exchange: Exchange<'d>,
    mapped_at: i64,
    /// The number of renewals of settings that the run knows of.
    renewals: u64,
    /// The response to record before the next request is sent.
    unrecorded: Option<Confirmed>,
    /// Whether all responses so far are recorded. After one that is not, later ones are useless.
    recordable: bool,
    /// The responses that an earlier delivery has recorded, and that are not replayed yet.
    answers: std::vec::IntoIter<Confirmed>,
    /// The lanes of steps that can still come.
    lanes: &'d mut Vec<Lane>,
    /// Which of the responses that are kept it was answered with.
    used: HashMap<Key, u64>,
    /// The permission to be in flight; none while it waits for its turn or for a batch.
    slot: &'d mut Option<OwnedSemaphorePermit>,
    /// Whether others are let into its lanes, because it waits or waited in a batch.
    joined: bool,
    /// What has become of the items of the next rounds, which were in the batch of the one before.
    ahead: VecDeque<Share>,
}

/// Why a run is driven no further.
enum Stopped {
    /// It has no more requests.
    AtEnd,
    /// Its last item waits in a batch, whose response ends the event.
    WithItem,
}

/// What has become of an event that is driven no further.
enum Driven {
    /// It is over.
    Over(Done),
    /// It is over when its batch has a response, and needs no permission to be in flight until then.
    WithItem(Option<OwnedSemaphorePermit>),
}

/// Delivers events, and says of each that it is over as soon as it is. Those that only wait for the response to a batch are over when that comes.
pub(crate) async fn deliver_all(shared: &Shared, mut together: Vec<Work>, over: &UnboundedSender<Vec<Done>>) {
    let most = together.len();
    let (mapper, renewals) = shared.renewals.mapper();
    let (mut ended, mut free, waiting) = (Vec::new(), None::<OwnedSemaphorePermit>, FuturesUnordered::new());
    let mut place = None;
    for work in &mut together {
        let event = deliver(shared, (&mapper, renewals), work);
        let mut begun = match place.take() {
            None => Box::pin(event),
            Some(mut begun) => {
                Pin::set(&mut begun, event);
                begun
            }
        };
        // most of those that share requests wait for nothing here, and need no place of their own
        match poll_fn(|context| Poll::Ready(begun.as_mut().poll(context))).await {
            Poll::Pending => {
                waiting.push(begun);
                continue;
            }
            Poll::Ready(Driven::Over(done)) => ended.push(done),
            Poll::Ready(Driven::WithItem(slot)) => match (&mut free, slot) {
                (Some(free), Some(slot)) => free.merge(slot),
                (free, slot) => *free = slot,
            },
        }
        place = Some(begun);
    }
    drop(place);
    // at once, so that those who take their places are as many
    drop(free);
    shared.changed.tell();
    // the receiver is gone when the delivery was halted
    let tell = |done: Vec<Done>| drop(over.send(done));
    if !ended.is_empty() {
        tell(ended);
    }
    let mut driven = waiting.ready_chunks(most);
    let mut next = poll_fn(|context| {
        let polled = driven.poll_next_unpin(context);
        shared.changed.tell();
        polled
    });
    while let Some(driven) = (&mut next).await {
        let done = |driven| match driven {
            Driven::Over(done) => Some(done),
            Driven::WithItem(_) => None,
        };
        // even if none is over: the places of the others are free only now
        tell(driven.into_iter().filter_map(done).collect());
    }
}

/// Delivers an event with the mapper of now, and the number of renewals that it comes after.
async fn deliver(shared: &Shared, (mapper, renewals): (&Mapper, u64), work: &mut Work) -> Driven {
    let Work { event, json, done, answers, lanes, slot } = work;
    let event = *event;
    let mapped_at = answers.first().map_or_else(|| shared.now(), |first| first.mapped_at);
    let (mut requests, mut status, mut last_failure) = (0, None, None);
    let mut is_news = false;
    let mut scratch = shared.scratches.take();
    let ended = match mapper.map(json.as_ref(), mapped_at, &mut scratch) {
        // nothing here executes them
        Mapped::Calls(calls) => {
            let refusal = Box::new(calls.refusal());
            Some((shared.message(&calls.message), shared.redacted(Outcome::Rejected(refusal))))
        }
        Mapped::Skipped { message, skip, .. } => {
            Some((shared.message(&message), shared.redacted(Outcome::Skipped(skip))))
        }
        Mapped::Rejected { message, rejection, .. } => {
            Some((shared.message(&message), shared.redacted(Outcome::Rejected(rejection))))
        }
        Mapped::Mapped(mut run) => {
            run.without(&*done);
            run.collects();
            lanes.retain(|lane| lane.any_steps(|_| true));
            let message = shared.message(run.message());
            let mut worker = Worker {
                shared,
                event,
                exchange: Exchange::new(shared, message.clone().unwrap_or_else(|| run.message().into())),
                mapped_at,
                renewals,
                unrecorded: None,
                recordable: true,
                used: HashMap::new(),
                answers: std::mem::take(answers).into_iter(),
                lanes,
                slot,
                joined: false,
                ahead: VecDeque::new(),
            };
            let span = debug_span!("event", sequence = event, kind = worker.exchange.message().as_ref());
            let outcome = worker.drive(&mut run).instrument(span).await;
            is_news = worker.is_news();
            let Exchange { requests: sent, status: last, last_failure: failure, .. } = worker.exchange;
            (requests, status, last_failure) = (sent, last, failure);
            outcome.map(|outcome| (message, outcome))
        }
    };
    shared.scratches.give_back(scratch);
    // others of its task may continue for long
    drop(std::mem::take(json));
    let Some((message, outcome)) = ended else { return Driven::WithItem(slot.take()) };
    let over = Over { message, outcome, requests, status, last_failure };
    Driven::Over(Done { event, over, is_news, slot: slot.take() })
}

impl Worker<'_> {
    /// `None`: the event is over when its batch has a response.
    async fn drive(&mut self, run: &mut Run<'_>) -> Option<Outcome> {
        let mut outcome = match self.steps(run).await {
            Ok(Stopped::WithItem) => return None,
            Ok(Stopped::AtEnd) => match run.result() {
                Ok(result) => Outcome::Delivered(Delivered { warnings: run.warnings().to_vec(), result }),
                Err(rejection) => Outcome::Rejected(rejection),
            },
            Err(outcome) => outcome,
        };
        outcome.done_is(|| run.done());
        Some(self.shared.redacted(outcome))
    }

    /// Whether anything new was sent.
    fn is_news(&self) -> bool {
        self.exchange.requests > 0 || self.unrecorded.is_some()
    }

    async fn steps(&mut self, run: &mut Run<'_>) -> Result<Stopped, Outcome> {
        loop {
            if !run.has_request().map_err(Outcome::Rejected)? {
                return Ok(Stopped::AtEnd);
            }
            // now it is known which request is the next
            self.leave_lanes(run);
            let last = if self.ends_with_item() { run.last_item() } else { None };
            let item = if self.answers.len() == 0 { run.take_item() } else { None };
            let Some(mut item) = item else {
                // what waits in a batch has no room for this
                Box::pin(self.request(run)).await?;
                continue;
            };
            if let Some(last) = last {
                match self.join_last(run.instruction(), item, last) {
                    None => return Ok(Stopped::WithItem),
                    Some(later) => item = later,
                }
            }
            let share = match self.ahead.pop_front() {
                Some(share) => share,
                None => Box::pin(self.share(run, item)).await?,
            };
            let answered = self.shared(run, share);
            self.pass_over(run, answered)?;
        }
    }

    /// Whether the event may be over with an item: nothing has been done for it that others have to hear of first.
    fn ends_with_item(&self) -> bool {
        self.answers.len() == 0 && self.unrecorded.is_none() && self.exchange.requests == 0 && !self.joined
    }

    /// Lets the response to a batch end the event, if its item may join one now. Gives the item back otherwise.
    fn join_last(
        &mut self,
        instruction: usize,
        item: Box<BatchItem>,
        last: LastItem,
    ) -> Option<Box<BatchItem>> {
        let (shared, turn) = (self.shared, self.next_turn(instruction));
        let later = shared.batches.join_last(item, last, self.exchange.message(), (&shared.lanes, turn));
        if later.is_none() {
            shared.changed.note();
        }
        later
    }

    /// Sends a request of this event alone, or takes a response to it that is there already.
    async fn request(&mut self, run: &mut Run<'_>) -> Result<(), Outcome> {
        let Some(request) = run.request().map_err(Outcome::Rejected)? else { return Ok(()) };
        let (instruction, hash) = (request.instruction, fingerprint::of_request(&request));
        if let Some(cache) = request.cache {
            let key = key_of(&request);
            let call = self.exchange.call(&request, hash)?;
            drop(request);
            return Box::pin(self.kept(run, call, instruction, (key, cache))).await;
        }
        if let Some(answer) = self.answers.next() {
            if let Some(answer) = answer.unsealed(&self.shared.redactor())
                && answer.request == hash
            {
                let Confirmed { at, status, headers, body, .. } = answer;
                match run.respond(&Response::new(status, headers, body), at) {
                    Ok(Progress::Next) => return Ok(()),
                    // a recorded response should be accepted again; otherwise the request is sent again
                    Ok(Progress::Retry { .. } | Progress::Renew { .. }) | Err(_) => {}
                }
            }
            self.answers = Vec::new().into_iter();
            self.recordable = false;
            return Ok(());
        }
        if let Some(confirmed) = self.unrecorded.take() {
            self.record(confirmed)?;
        }
        let call = self.exchange.call(&request, hash)?;
        drop(request);
        self.leave_batch().await;
        self.turn(instruction).await?;
        let answered = Box::pin(self.exchange(run, call)).await;
        self.pass_over(run, answered)
    }

    /// Answers a request with the response that is kept of it, or sends it and keeps the response. Others with the same request wait.
    ///
    /// The checkpoint records none of it: a delivery that is continued asks again.
    async fn kept(
        &mut self,
        run: &mut Run<'_>,
        call: Call,
        instruction: usize,
        (key, cache): (Key, Cache),
    ) -> Result<(), Outcome> {
        let shared = self.shared;
        if let Some(confirmed) = self.unrecorded.take() {
            self.record(confirmed)?;
        }
        self.leave_batch().await;
        self.turn(instruction).await?;
        let slot = shared.kept.slot(key);
        let mut slot = tokio::select! {
            slot = slot.lock() => slot,
            unfinished = shared.stopper.stopped() => return Err(Outcome::Unfinished(unfinished)),
        };
        let used = self.used.get(&key).copied();
        if let Some(held) = slot.as_ref().filter(|held| held.serves(cache, used)) {
            self.used.insert(key, held.number);
            match run.respond(&held.response, shared.now()) {
                Ok(Progress::Next) => return Ok(()),
                Err(Ended::Rejected(rejection)) => return Err(Outcome::Rejected(rejection)),
                // it was accepted before; the request is sent
                Ok(Progress::Retry { .. } | Progress::Renew { .. }) | Err(_) => {}
            }
        }
        let answered = self.exchange(run, call).await;
        self.pass_over(run, answered)?;
        if let Some(Confirmed { status, headers, body, .. }) = self.unrecorded.take() {
            let held = shared.kept.held(Response::new(status, headers, body), cache);
            self.used.insert(key, held.number);
            *slot = Some(held);
        }
        Ok(())
    }

    /// Continues after an item whose request has no usable response, if the mapping says so.
    fn pass_over(&mut self, run: &mut Run<'_>, answered: Result<(), Outcome>) -> Result<(), Outcome> {
        match answered {
            Err(Outcome::Failed(failure)) if failure.class != FailureClass::GaveUp => {
                self.fail_item(run, failure)
            }
            other => other,
        }
    }

    /// Continues with the next item after one whose request has no usable response, if the mapping says so.
    fn fail_item(&mut self, run: &mut Run<'_>, failure: Box<DeliveryFailure>) -> Result<(), Outcome> {
        let DeliveryFailure { status, code, message, fault, api, .. } = failure.as_ref();
        let problem = Problem::new(code, message, *fault).answered(*status, api.clone());
        let Some(progress) = run.fail_item(problem) else { return Err(Outcome::Failed(failure)) };
        self.exchange.next_request();
        // no response tells a resumed delivery to skip the item
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
                shared.lanes.lock().pass(event, lane);
                shared.changed.note();
            }
            stays
        });
    }

    /// What the event is about to send.
    fn next_turn(&self, instruction: usize) -> Turn<'_> {
        Turn { event: self.event, lanes: self.lanes, instruction }
    }

    /// Waits until all earlier events with an order key in common are past this one's request. Meanwhile, others may be in flight.
    async fn turn(&mut self, instruction: usize) -> Result<(), Outcome> {
        if self.shared.lanes.lock().lanes.is_turn(self.next_turn(instruction)) {
            return Ok(());
        }
        // as above
        Box::pin(self.wait_for_turn(instruction)).await
    }

    async fn wait_for_turn(&mut self, instruction: usize) -> Result<(), Outcome> {
        let shared = self.shared;
        self.make_room();
        let _parked = shared.batches.park();
        let next = Turn { event: self.event, lanes: self.lanes, instruction };
        let turn = async {
            shared.lanes.turn(next).await;
            shared.slots.clone().acquire_owned().await
        };
        // what was sent in a batch is not recorded and would be sent again, so that such an event is brought to its end
        let is_lost = self.is_news() && !self.recordable;
        let grace = if is_lost { shared.config.grace } else { Duration::ZERO };
        tokio::select! {
            biased;
            // the semaphore is never closed
            slot = turn => *self.slot = slot.ok(),
            unfinished = shared.stopper.paused() => return Err(Outcome::Unfinished(unfinished)),
            unfinished = shared.stopper.stopped_for(grace) => return Err(Outcome::Unfinished(unfinished)),
        }
        Ok(())
    }

    /// Lets another event be in flight while this one waits.
    fn make_room(&mut self) {
        *self.slot = None;
        self.shared.changed.note();
    }

    /// Continues after a batch: those that have joined it behind this event wait for it again.
    async fn leave_batch(&mut self) {
        if std::mem::take(&mut self.joined) {
            self.shared.lanes.lock().lanes.part(self.event);
            // the semaphore is never closed
            *self.slot = self.shared.slots.clone().acquire_owned().await.ok();
        }
    }

    fn record(&mut self, confirmed: Confirmed) -> Result<(), Outcome> {
        self.recordable &= confirmed.body.len() <= self.shared.config.recorded_body_bytes;
        if !self.recordable {
            return Ok(());
        }
        // what repeats a secret of before could not be restored
        let mut before = self.shared.renewals.redactors().collect::<Vec<_>>();
        before.pop();
        if before.iter().any(|redactor| matches!(redactor.redact_bytes(&confirmed.body), Cow::Owned(_))) {
            self.recordable = false;
            return Ok(());
        }
        let Some(sealed) = confirmed.sealed(&self.shared.redactor()) else {
            self.recordable = false;
            return Ok(());
        };
        let event = self.event;
        let written = self.shared.record(|checkpoint| {
            checkpoint.confirmed(event, &sealed)?;
            checkpoint.flush()
        });
        written.map_err(Outcome::Unfinished)
    }

    /// Waits for what becomes of an item that is sent with those of other events, and of those that follow it into its batch.
    async fn share(&mut self, run: &mut Run<'_>, mut item: Box<BatchItem>) -> Result<Share, Outcome> {
        if let Some(confirmed) = self.unrecorded.take() {
            self.record(confirmed)?;
        }
        self.leave_batch().await;
        let (shared, instruction) = (self.shared, run.instruction());
        let mut ahead = run.items_ahead();
        let shares = loop {
            let (message, turn) = (self.exchange.message(), self.next_turn(instruction));
            match shared.batches.join(item, &mut ahead, message, (&shared.lanes, turn)) {
                Ok(shares) => break shares,
                Err(later) => {
                    item = later;
                    self.turn(instruction).await?;
                }
            }
        };
        self.joined = true;
        self.make_room();
        // all of them, so that those behind this event in its lanes come after each
        let (mut first, mut most) = (None, 0);
        for share in shares {
            // its sender is gone only if the delivery is halted
            let share = share.await.map_err(|_| Outcome::Unfinished(Unfinished::Stopped))?;
            most = most.max(share.requests);
            match &first {
                None => first = Some(share),
                Some(_) => self.ahead.push_back(share),
            }
        }
        self.exchange.requests += most;
        first.ok_or(Outcome::Unfinished(Unfinished::Stopped))
    }

    /// Lets the run take what has become of its item.
    fn shared(&mut self, run: &mut Run<'_>, share: Share) -> Result<(), Outcome> {
        let Share { item, requests, status, last_failure } = share;
        self.exchange.shared(requests, status, last_failure);
        let item = item?;
        // what is recorded are responses to requests of this event alone
        self.recordable = false;
        match run.settle(item) {
            Ok(_) => {
                self.exchange.next_request();
                Ok(())
            }
            Err(Ended::Rejected(rejection)) => Err(Outcome::Rejected(rejection)),
            Err(Ended::Failed(failure)) => Err(Outcome::Failed(Box::new(self.exchange.failure_of(failure)))),
            Err(other) => Err(self.exchange.given_up_at("batch", &other.to_string())),
        }
    }

    /// Sends the request once, when it is allowed, and handles the response.
    async fn exchange(&mut self, run: &mut Run<'_>, call: Call) -> Result<(), Outcome> {
        let Some(answer) = self.exchange.send(call).await? else { return Ok(()) };
        let progress = run.respond(&answer.response, answer.now);
        if run.unmatched().is_some() {
            warn!(step = &*answer.step, "the response names items that were not sent");
            self.shared.metrics.unmatched(&self.shared.target);
        }
        match progress {
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
            Ok(Progress::Renew { setting }) => self.renew(run, &answer, &setting).await,
            Err(Ended::Rejected(rejection)) => {
                self.exchange.heard(&answer, false);
                Err(Outcome::Rejected(rejection))
            }
            Err(Ended::Failed(failure)) => Err(self.exchange.given_up(&answer, failure)),
            // a response follows its request, and there is no other variant
            Err(other) => {
                self.exchange.heard(&answer, false);
                Err(self.exchange.given_up_at(&answer.step, &other.to_string()))
            }
        }
    }

    /// Lets the run continue with a new value of a setting.
    async fn renew(&mut self, run: &mut Run<'_>, answer: &Answer, setting: &str) -> Result<(), Outcome> {
        let api = |response: &Response| run.api_error(response);
        let (mapper, renewals) = self.exchange.renewed(answer, setting, self.renewals, api).await?;
        self.renewals = renewals;
        mapper.renew(run);
        Ok(())
    }
}
