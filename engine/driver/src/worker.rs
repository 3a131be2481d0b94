//! Delivers one event: sends its requests in order, each until it has a usable response.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use mapwright::{Cache, Ended, FaultOf, Outcome as Mapped, Problem, Progress, Request, Response, Run};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};
use tracing::{Instrument as _, debug, debug_span, warn};

use crate::checkpoint::{self, Confirmed, fingerprint};
use crate::circuit::Pass;
use crate::health::{down, up};
use crate::kept::{Key, key_of};
use crate::metrics::{Sent, class_of};
use crate::order::Lane;
use crate::outcome::{Delivered, DeliveryFailure, FailedAttempt, FailureClass, Outcome, Unfinished};
use crate::rate::{Gates, Permit};
use crate::retry::Attempts;
use crate::send_error::{SendError, SendProblem};
use crate::server_time::retry_after;
use crate::shared::Shared;
use crate::stop::Phase;
use crate::work::{Answer, Call, Done, Over, Work};

/// An event in flight.
struct Worker<'d> {
    shared: &'d Shared,
    event: u64,
    message: String,
    attempts: Attempts,
    /// How often the current request was sent.
    sent: u32,
    /// The number of requests that were sent for the event.
    requests: u32,
    /// The status of the last response.
    status: Option<u16>,
    /// The last attempt of the current request, if it failed.
    last_failure: Option<FailedAttempt>,
    mapped_at: i64,
    /// The response to record before the next request is sent.
    unrecorded: Option<Confirmed>,
    /// Whether all responses so far are recorded. After one that is not, later ones are useless.
    recordable: bool,
    /// The lanes of steps that can still come.
    lanes: Vec<Lane>,
    /// Which of the responses that are kept it was answered with.
    used: HashMap<Key, u64>,
    /// The permission to be in flight; none while it waits for its turn.
    slot: Option<OwnedSemaphorePermit>,
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
                message: run.message().to_owned(),
                attempts: Attempts::default(),
                sent: 0,
                requests: 0,
                status: None,
                last_failure: None,
                mapped_at,
                unrecorded: None,
                recordable: true,
                used: HashMap::new(),
                lanes: lanes.into_iter().filter(|lane| lane.any_steps(|_| true)).collect(),
                slot: Some(slot),
            };
            let span = debug_span!("event", sequence = event, kind = worker.message);
            let outcome = worker.drive(&mut run, answers).instrument(span).await;
            (requests, status, last_failure) = (worker.requests, worker.status, worker.last_failure);
            (worker.message, outcome)
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
        if self.requests == 0 && self.unrecorded.is_none() {
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
            if let Some(cache) = request.cache {
                let (key, instruction) = (key_of(&request), request.instruction);
                let call = self.call(&request, hash)?;
                self.kept(run, call, instruction, (key, cache)).await?;
                continue;
            }
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
            let (call, instruction) = (self.call(&request, hash)?, request.instruction);
            self.turn(instruction).await?;
            self.attempt(run, call).await?;
        }
    }

    /// Sends a request once. Where the mapping says so, an item that has no usable response does not keep the others.
    async fn attempt(&mut self, run: &mut Run<'_>, call: Call) -> Result<(), Outcome> {
        match self.exchange(run, call).await {
            Err(Outcome::Failed(failure)) if failure.class != FailureClass::GaveUp => {
                self.fail_item(run, failure)
            }
            other => other,
        }
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
                Ok(Progress::Retry { .. }) | Err(_) => {}
            }
        }
        self.attempt(run, call).await?;
        if let Some(Confirmed { status, headers, body, .. }) = self.unrecorded.take() {
            let held = shared.kept.held(Response::new(status, headers, body), cache);
            self.used.insert(key, held.number);
            *slot = Some(held);
        }
        Ok(())
    }

    /// Goes on with the next item after one whose request has no usable response, if the mapping says so.
    fn fail_item(&mut self, run: &mut Run<'_>, failure: Box<DeliveryFailure>) -> Result<(), Outcome> {
        let DeliveryFailure { status, code, message, fault, api, .. } = failure.as_ref();
        let problem = Problem::new(code, message, *fault).answered(*status, api.clone());
        let Some(progress) = run.fail_item(problem) else { return Err(Outcome::Failed(failure)) };
        self.attempts.next_request();
        self.sent = 0;
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

    /// Waits until all earlier events are past the steps that share an order key with this one. Meanwhile, others may be in flight.
    async fn turn(&mut self, instruction: usize) -> Result<(), Outcome> {
        let (shared, event) = (self.shared, self.event);
        let lanes: Vec<&Lane> = self.lanes.iter().filter(|lane| lane.orders(instruction)).collect();
        if lanes.iter().all(|lane| shared.lanes.is_turn(event, lane)) {
            return Ok(());
        }
        self.slot = None;
        shared.slot_freed.notify_one();
        let turn = async {
            for lane in lanes {
                shared.lanes.turn(event, lane).await;
            }
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

    fn call(&self, request: &Request<'_>, hash: u64) -> Result<Call, Outcome> {
        let http = self.shared.client.prepare(request).map_err(|error| {
            self.failed(FailureClass::Unreachable, &request.step, &error.problem, FaultOf::Destination)
        })?;
        Ok(Call {
            http,
            step: request.step.clone().into_owned(),
            operation: request.operation.clone().into_owned(),
            rate: request.rate.as_deref().map(str::to_owned),
            idempotent: request.idempotent,
            hash,
        })
    }

    /// Sends the request once, when it is allowed, and handles the response.
    async fn exchange(&mut self, run: &mut Run<'_>, call: Call) -> Result<(), Outcome> {
        let shared = self.shared;
        let gates = shared.gates(call.rate.as_deref());
        let permit = self.admitted(gates).await?;
        let Call { http, step, operation, idempotent, hash, .. } = call;
        self.sent += 1;
        self.requests += 1;
        let started = Instant::now();
        let answer = shared.client.send(http).await;
        let answer = answer.map_err(|error| error.redacted(shared.mapper.redactor()));
        let took = started.elapsed();
        let class = match &answer {
            Ok(response) => class_of(response.status),
            Err(SendError { kind: SendProblem::Unreadable | SendProblem::Page, .. }) => "unreadable",
            Err(SendError { kind: SendProblem::OwnLack, .. }) => "not_sent",
            Err(SendError { kind: SendProblem::NoAnswer, .. }) => "no_answer",
        };
        let operation = operation.as_str();
        let sent = Sent { message: &self.message, step: &step, operation, class, again: self.sent > 1, took };
        shared.metrics.sent(&shared.target, sent);
        let problem = answer.as_ref().err().map(|error| error.problem.as_str());
        debug!(step, class, attempt = self.sent, ms = took.as_millis() as u64, problem, "request");
        let now = shared.now();
        match answer {
            Ok(response) => {
                self.status = Some(response.status);
                gates.over(permit, Some(&response), now);
                self.answered(run, Answer { response, step: &step, operation, hash, now }, gates).await
            }
            Err(error) => {
                if error.unsent {
                    gates.give_back(permit);
                } else {
                    gates.over(permit, None, now);
                }
                self.unanswered(&error, &step, idempotent).await
            }
        }
    }

    /// Waits until the destination is up and the limit allows a request.
    async fn admitted(&mut self, gates: Gates<'_>) -> Result<Permit, Outcome> {
        let shared = self.shared;
        let left = Outcome::Unfinished;
        loop {
            self.circuit_closed().await?;
            let permit = tokio::select! {
                permit = gates.pass() => permit,
                unfinished = shared.stopper.paused() => return Err(left(unfinished)),
                unfinished = shared.stopper.stopped_for(shared.config.grace) => return Err(left(unfinished)),
            };
            if let Some(unfinished) = shared.stopper.sends_nothing() {
                gates.give_back(permit);
                return Err(left(unfinished));
            }
            match shared.circuit().enter(Instant::now()) {
                Pass::Go => return Ok(permit),
                Pass::Wait(_) => gates.give_back(permit),
            }
        }
    }

    async fn circuit_closed(&self) -> Result<(), Outcome> {
        let shared = self.shared;
        loop {
            let changed = shared.circuit_changed.notified();
            let pass = shared.circuit().look(Instant::now());
            let wait = async {
                match pass {
                    Pass::Go => {}
                    Pass::Wait(Some(until)) => {
                        tokio::select! {
                            () = tokio::time::sleep_until(until) => {}
                            () = changed => {}
                        }
                    }
                    Pass::Wait(None) => changed.await,
                }
            };
            if pass == Pass::Go {
                return Ok(());
            }
            tokio::select! {
                () = wait => {}
                unfinished = shared.stopper.stopped() => return Err(Outcome::Unfinished(unfinished)),
            }
        }
    }

    async fn answered(
        &mut self,
        run: &mut Run<'_>,
        answer: Answer<'_>,
        gates: Gates<'_>,
    ) -> Result<(), Outcome> {
        let Answer { ref response, step, operation, hash, now } = answer;
        let status = response.status;
        let meaning = run.respond(response, now);
        // a redirect, or a proxy that refuses: not the API has answered
        let foreign = matches!(status, 300..=399 | 407)
            && matches!(meaning, Ok(Progress::Retry { throttle: false, .. }));
        let failed = || FailedAttempt::answered(step, status, foreign);
        let counts = if status >= 500 || foreign {
            down(self.shared, &failed().problem, self.sent)
        } else {
            up(self.shared)
        };
        match meaning {
            Ok(Progress::Next) => {
                gates.group.calm();
                self.shared.permissions().accept(operation);
                self.attempts.next_request();
                self.sent = 0;
                self.last_failure = None;
                let response = answer.response;
                let headers = response.headers().map(|(name, value)| (name.to_owned(), value.into_owned()));
                let (headers, status, body) = (headers.collect(), response.status, response.body);
                let mapped_at = self.mapped_at;
                self.unrecorded =
                    Some(Confirmed { mapped_at, at: now, request: hash, status, headers, body });
                Ok(())
            }
            Ok(Progress::Retry { after, throttle }) => {
                let stated = retry_after(response, now);
                let after = after.or(stated);
                // an API that is unavailable and says until when means all requests
                let throttle = throttle || (status == 503 && stated.is_some());
                let asked = if throttle { gates.group.asked(response, after, now) } else { after };
                if let Some(asked) = asked.filter(|asked| *asked > self.shared.config.longest_wait) {
                    return Err(self.pause(self.too_long(step, status, asked)));
                }
                if !throttle {
                    self.attempt_failed(failed());
                    return match self.next_wait(counts, after) {
                        Some(wait) => self.wait(wait).await,
                        None => Err(self.exhausted(run, response, step)),
                    };
                }
                self.last_failure = Some(failed());
                let until = gates.group.throttle(asked, self.shared.jitter());
                let reason = format!("the API asks to wait (it answered `{step}` with {status})");
                self.shared.metrics.waits().throttled(&reason, Instant::now(), until);
                if counts && self.attempts.throttled(&self.shared.config.retry).is_err() {
                    return Err(self.exhausted(run, response, step));
                }
                Ok(())
            }
            Err(Ended::Rejected(rejection)) => Err(Outcome::Rejected(rejection)),
            Err(Ended::Failed(failure)) => {
                let mut failed = DeliveryFailure {
                    class: FailureClass::GaveUp,
                    step: failure.step.clone(),
                    status: failure.status,
                    code: failure.code.clone(),
                    message: failure.to_string(),
                    api: match failure.items.first() {
                        Some(item) => item.problem.api.clone(),
                        None => run.api_error(response),
                    },
                    fault: failure.fault,
                    advice: failure.advice,
                    attempts: self.sent,
                    items: failure.items,
                    done: Vec::new(),
                };
                if failed.fault == FaultOf::Settings {
                    // every other event would fail in the same way, so the delivery pauses
                    if status == 401 || !self.shared.permissions().is_alone(operation) {
                        return Err(self.pause(failed));
                    }
                    failed.advice = Some(format!(
                        "the credentials work for other operations and lack the permission for `{operation}`; grant it, then send the event again"
                    ));
                }
                Err(Outcome::Failed(Box::new(failed)))
            }
            // a response follows its request, and there is no other variant
            Err(other) => {
                Err(self.failed(FailureClass::GaveUp, step, &other.to_string(), FaultOf::Destination))
            }
        }
    }

    async fn unanswered(&mut self, error: &SendError, step: &str, idempotent: bool) -> Result<(), Outcome> {
        self.attempt_failed(FailedAttempt { step: step.to_owned(), problem: error.problem.clone() });
        let counts = match error.kind {
            SendProblem::NoAnswer | SendProblem::Page => down(self.shared, &error.problem, self.sent),
            SendProblem::Unreadable => up(self.shared),
            SendProblem::OwnLack => self.lacks(&error.problem)?,
        };
        // a page is the answer of an intermediary, like 502
        if !error.unsent && !idempotent && error.kind != SendProblem::Page {
            let problem = format!(
                "it is unknown whether the request arrived ({error}), and its operation is not idempotent"
            );
            return Err(self.failed(FailureClass::UnknownFate, step, &problem, FaultOf::Destination));
        }
        match self.next_wait(counts, None) {
            Some(wait) => self.wait(wait).await,
            None => {
                let class = match error.kind {
                    SendProblem::NoAnswer | SendProblem::OwnLack => FailureClass::Unreachable,
                    SendProblem::Unreadable | SendProblem::Page => FailureClass::Unreadable,
                };
                Err(self.failed(class, step, &error.problem, FaultOf::Destination))
            }
        }
    }

    /// Records that this process lacks something, which is no failure of the destination and no attempt of the event.
    fn lacks(&self, problem: &str) -> Result<bool, Outcome> {
        let (shared, now) = (self.shared, Instant::now());
        shared.metrics.waits().down(problem, now);
        if now - shared.lacks(now) <= shared.config.circuit.patience {
            return Ok(false);
        }
        let problem =
            format!("{problem}; this has lasted for longer than `{}`", shared.config.names.patience);
        let failure = self.failure(FailureClass::Unreachable, "", &problem, FaultOf::Settings);
        Err(self.pause(DeliveryFailure { code: "own_lack".to_owned(), ..failure }))
    }

    /// The failure of a response that asks to wait for longer than allowed.
    fn too_long(&self, step: &str, status: u16, asked: Duration) -> DeliveryFailure {
        let (most, name) = (self.shared.config.longest_wait.as_secs(), self.shared.config.names.longest_wait);
        let until = SystemTime::now().checked_add(asked).map(httpdate::fmt_http_date);
        let until = until.map_or_else(String::new, |until| format!("; continue after {until}"));
        let message = format!(
            "`{step}` was answered with {status} and asks to wait for {} s, longer than `{name}` ({most} s){until}",
            asked.as_secs()
        );
        let failure = self.failure(FailureClass::Retries, step, &message, FaultOf::Destination);
        DeliveryFailure { status: Some(status), code: "wait_too_long".to_owned(), ..failure }
    }

    fn attempt_failed(&mut self, failed: FailedAttempt) {
        if self.shared.metrics.attempt_failed(&failed) {
            let FailedAttempt { step, problem } = &failed;
            warn!(step, problem, "a request failed; further failures of this kind are logged at debug");
        }
        self.last_failure = Some(failed);
    }

    fn next_wait(&mut self, counts: bool, after: Option<Duration>) -> Option<Duration> {
        let jitter = self.shared.jitter();
        self.attempts.failed(&self.shared.config.retry, counts, after, jitter).ok()
    }

    async fn wait(&self, time: Duration) -> Result<(), Outcome> {
        tokio::select! {
            () = sleep(time) => Ok(()),
            unfinished = self.shared.stopper.stopped() => Err(Outcome::Unfinished(unfinished)),
        }
    }

    fn pause(&self, mut failure: DeliveryFailure) -> Outcome {
        failure.redact(self.shared.mapper.redactor());
        warn!(
            step = failure.step,
            status = failure.status,
            code = failure.code,
            "delivery pauses: {failure}"
        );
        self.shared.stopper.advance(Phase::Paused(failure.into()));
        Outcome::Unfinished(Unfinished::Paused)
    }

    fn failure(&self, class: FailureClass, step: &str, message: &str, fault: FaultOf) -> DeliveryFailure {
        DeliveryFailure::new(class, step, message, fault, self.sent)
    }

    fn failed(&self, class: FailureClass, step: &str, problem: &str, fault: FaultOf) -> Outcome {
        let message = format!("`{step}` failed: {problem}");
        Outcome::Failed(Box::new(self.failure(class, step, &message, fault)))
    }

    fn exhausted(&self, run: &Run<'_>, response: &Response, step: &str) -> Outcome {
        let status = response.status;
        let message = format!("`{step}` was answered with {status} on the last of {} attempts", self.sent);
        Outcome::Failed(Box::new(DeliveryFailure {
            status: Some(status),
            code: format!("http_{status}"),
            api: run.api_error(response),
            ..self.failure(FailureClass::Retries, step, &message, FaultOf::Destination)
        }))
    }
}
