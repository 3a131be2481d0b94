//! Delivers one batch: sends its requests, each until it has a usable response, and reports to its events what became of them.

use std::collections::VecDeque;
use std::sync::Arc;

use mapwright::{AgainReason, Batch, BatchAnswer, FaultOf, ItemAnswer, LastItem, ReadyBatch};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;
use tracing::{Instrument as _, debug_span, warn};

use crate::batches::{Due, Share, Then, Ticket};
use crate::exchange::{Again, Answer, Exchange};
use crate::outcome::{Delivered, Outcome};
use crate::rate::{Gates, Permit};
use crate::shared::Shared;
use crate::work::{Done, Over};

/// Items that are sent with one request, and what sends it.
struct BatchPart<'d> {
    batch: Batch<Ticket>,
    exchange: Exchange<'d>,
}

/// A permission to send that is not used yet.
struct Unused<'d> {
    gates: Gates<'d>,
    permit: Option<Permit>,
}

impl Drop for Unused<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.gates.give_back(permit);
        }
    }
}

/// Reports to events what has become of their items: those that continue with it, and the coordinator of those that are over with it.
struct Answers<'d> {
    shared: &'d Shared,
    over: &'d UnboundedSender<Vec<Done>>,
    done: Vec<Done>,
    /// The permission of the batch to be in flight. The last event that is over with it keeps it until that is recorded.
    slot: Option<OwnedSemaphorePermit>,
}

impl Answers<'_> {
    fn tell(&mut self, ticket: Ticket, exchange: &Exchange<'_>, item: Result<ItemAnswer, Outcome>) {
        let Exchange { requests, status, last_failure, .. } = exchange;
        let item = item.map_err(|outcome| outcome.of_step(&ticket.step));
        let last_failure = last_failure.clone().map(|failed| failed.of_step(&ticket.step));
        let share = Share { item, requests: *requests, status: *status, last_failure };
        match ticket.then {
            Then::GoesOn(answer, _parked) => {
                // the event is gone if the delivery was halted
                let _ = answer.send(share);
            }
            Then::Ends(event, last, _parked) => {
                let over = self.ended(ticket.message, last, share);
                self.done.push(Done { event, over, is_news: *requests > 0, slot: None });
            }
        }
    }

    /// The end of an event whose last item has its response.
    fn ended(&self, message: Arc<str>, mut last: LastItem, share: Share) -> Over {
        let Share { item, requests, status, last_failure } = share;
        let settled = item.and_then(|item| {
            last.settle(item).map_err(|failure| {
                let mut exchange = Exchange::new(self.shared, message.clone());
                exchange.shared(requests, status, None);
                Outcome::Failed(Box::new(exchange.failure_of(failure)))
            })
        });
        let mut outcome = match settled {
            Ok(()) => Outcome::Delivered(Delivered { warnings: last.warnings().to_vec(), result: None }),
            Err(outcome) => outcome,
        };
        outcome.done_is(|| last.done());
        let message = self.shared.message(&message);
        Over { message, outcome: self.shared.redacted(outcome), requests, status, last_failure }
    }

    /// Reports events that are over to the coordinator.
    fn flush(&mut self) {
        if !self.done.is_empty() {
            // the receiver is gone when the delivery was halted
            let _ = self.over.send(std::mem::take(&mut self.done));
        }
    }
}

/// Those that are over are reported even if the delivery is halted.
impl Drop for Answers<'_> {
    fn drop(&mut self) {
        if let Some(last) = self.done.last_mut() {
            last.slot = self.slot.take();
        }
        self.flush();
    }
}

/// Delivers a batch.
pub(crate) async fn deliver(shared: &Shared, due: Due, over: &UnboundedSender<Vec<Done>>) {
    // the semaphore is never closed
    let slot = shared.slots.clone().acquire_owned().await.ok();
    let mut answers = Answers { shared, over, done: Vec::new(), slot };
    let mut exchange = Exchange::new(shared, "".into());
    let (batch, unused) = match due {
        Due::Complete(batch) => (batch, None),
        // it fills until its request may be sent
        Due::Open(id) => {
            let Some(rate) = shared.batches.rate(id) else { return };
            let gates = shared.gates(rate.as_deref());
            let permit = exchange.admitted(gates).await;
            let Some(batch) = shared.batches.take(id) else {
                drop(permit.map(|permit| Unused { gates, permit: Some(permit) }));
                return;
            };
            match permit {
                Ok(permit) => (batch, Some(Unused { gates, permit: Some(permit) })),
                Err(outcome) => return tell(&mut answers, &exchange, batch, &outcome),
            }
        }
    };
    if let Some(ticket) = batch.tags().next() {
        exchange = Exchange::new(shared, ticket.message.clone());
    }
    let span = debug_span!("batch", id = batch.id(), items = batch.items());
    send(&mut answers, BatchPart { batch, exchange }, unused).instrument(span).await;
}

/// Sends the parts of a batch, in the order of its items. `unused`: the permission for the first request.
async fn send<'d>(answers: &mut Answers<'d>, whole: BatchPart<'d>, mut unused: Option<Unused<'d>>) {
    let shared = answers.shared;
    let mut open = VecDeque::from([whole]);
    while let Some(BatchPart { mut batch, mut exchange }) = open.pop_front() {
        let (mapper, renewals) = shared.renewals.mapper();
        // it may have been filled before others got a new value of a setting
        mapper.renew_batch(&mut batch);
        let prepared = batch.prepare(shared.now());
        for (ticket, item) in prepared.settled {
            answers.tell(ticket, &exchange, Ok(item));
        }
        if !prepared.ready.is_empty() {
            answers.flush();
        }
        let mut ready = prepared.ready.into_iter();
        let Some(first) = ready.next() else { continue };
        for other in ready.rev() {
            open.push_front(BatchPart { batch: other.into_batch(), exchange: exchange.another() });
        }
        // no response to it is recorded, so nothing needs to know it again
        let call = exchange.call(first.request(), 0);
        let permit = unused.as_mut().and_then(|unused| unused.permit.take());
        let sent = match (call, permit) {
            (Ok(call), Some(permit)) => exchange.send_with(permit, call).await,
            (Ok(call), None) => exchange.send(call).await,
            (Err(outcome), _) => Err(outcome),
        };
        match sent {
            Ok(Some(answer)) => {
                for part in answered(answers, exchange, first, &answer, renewals).await.into_iter().rev() {
                    open.push_front(part);
                }
            }
            Ok(None) => open.push_front(BatchPart { batch: first.into_batch(), exchange }),
            Err(outcome) => tell(answers, &exchange, first.into_batch(), &outcome),
        }
    }
}

/// Reports to events what a response means for their items. Returns what is to be sent again, after the wait that the response asks for, or
/// the renewal. `renewals`: how many of these the request knows of.
async fn answered<'d>(
    answers: &mut Answers<'d>,
    mut exchange: Exchange<'d>,
    ready: ReadyBatch<Ticket>,
    answer: &Answer,
    renewals: u64,
) -> Vec<BatchPart<'d>> {
    let BatchAnswer { settled, again, unmatched, .. } = ready.answer(&answer.response, answer.now);
    if unmatched > 0 {
        warn!(unmatched, "the response names items that were not sent");
        answers.shared.metrics.unmatched(&answers.shared.target);
    }
    if settled.iter().any(|(_, item)| matches!(item, ItemAnswer::Accepted { .. })) {
        exchange.accepted(answer);
    } else if !settled.is_empty() {
        exchange.heard(answer, false);
    }
    let mut paused = None;
    for (ticket, mut item) in settled {
        if let ItemAnswer::Failed(problem) = &mut item
            && problem.fault == FaultOf::Settings
        {
            // said once for all of them
            let advice = paused.get_or_insert_with(|| exchange.refused(answer, problem));
            match advice {
                Ok(advice) => problem.advice = Some(advice.clone()),
                Err(outcome) => {
                    answers.tell(ticket, &exchange, Err(outcome.clone()));
                    continue;
                }
            }
        }
        answers.tell(ticket, &exchange, Ok(item));
    }
    if !again.is_empty() {
        // before the wait for others
        answers.flush();
    }
    let mut parts = Vec::new();
    for part in again {
        match part.reason {
            AgainReason::Split => {
                parts.push(BatchPart { batch: part.batch, exchange: exchange.another() });
            }
            AgainReason::Renew => {
                let setting = part.setting.unwrap_or_default();
                match exchange.renewed(answer, &setting, renewals, |_| part.api).await {
                    Ok(_) => parts.push(BatchPart { batch: part.batch, exchange: exchange.clone() }),
                    Err(outcome) => tell(answers, &exchange, part.batch, &outcome),
                }
            }
            // the attempts continue, and there is one such part
            _ => {
                let again = Again { after: part.after, throttle: part.throttle };
                match exchange.again(answer, again, |_| part.api).await {
                    Ok(()) => parts.push(BatchPart { batch: part.batch, exchange: exchange.clone() }),
                    Err(outcome) => tell(answers, &exchange, part.batch, &outcome),
                }
            }
        }
    }
    parts
}

/// Ends the events of a batch in the same way.
fn tell(answers: &mut Answers<'_>, exchange: &Exchange<'_>, batch: Batch<Ticket>, outcome: &Outcome) {
    for ticket in batch.into_tags() {
        answers.tell(ticket, exchange, Err(outcome.clone()));
    }
}
