//! One request until it has a response that can be judged: what requests of one event and of several have in common.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mapwright::{ApiError, Failure, FaultOf, Mapper, Problem, Request, Response, SigningContext};
use tokio::time::{Instant, sleep};
use tracing::{debug, info, warn};

use crate::circuit::Pass;
use crate::client::Prepared;
use crate::metrics::{Sent, class_of};
use crate::outcome::{DeliveryFailure, FailedAttempt, FailureClass, Outcome, Unfinished};
use crate::rate::{Gates, Permit};
use crate::retry::Attempts;
use crate::send_error::{SendError, SendProblem};
use crate::server_time::retry_after;
use crate::shared::Shared;
use crate::stop::Phase;

/// Sends requests, one after the other, each as often as it is allowed.
#[derive(Clone)]
pub(crate) struct Exchange<'d> {
    shared: &'d Shared,
    /// The message type of the event, for metrics.
    message: Arc<str>,
    attempts: Attempts,
    /// How often the current request was sent.
    sent: u32,
    /// The number of requests that were sent.
    pub(crate) requests: u32,
    /// The status of the last response.
    pub(crate) status: Option<u16>,
    /// The last attempt of the current request, if it failed.
    pub(crate) last_failure: Option<FailedAttempt>,
}

/// A request, detached from what made it.
pub(crate) struct Call {
    http: Prepared,
    step: String,
    operation: String,
    rate: Option<String>,
    idempotent: bool,
    /// The request itself, if it is signed when it may be sent.
    unsigned: Option<Request<'static>>,
    pub(crate) hash: u64,
}

/// A response and the request that it answers.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) step: String,
    operation: String,
    rate: Option<String>,
    pub(crate) hash: u64,
    /// The time of the response in epoch milliseconds.
    pub(crate) now: i64,
}

/// When a request is to be sent again, by what its response means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Again {
    pub(crate) after: Option<Duration>,
    /// Whether all requests of the rate group have to wait.
    pub(crate) throttle: bool,
}

impl<'d> Exchange<'d> {
    pub(crate) fn new(shared: &'d Shared, message: Arc<str>) -> Self {
        Self {
            shared,
            message,
            attempts: Attempts::default(),
            sent: 0,
            requests: 0,
            status: None,
            last_failure: None,
        }
    }

    pub(crate) fn message(&self) -> &Arc<str> {
        &self.message
    }

    /// The next request is another one than the last.
    pub(crate) fn next_request(&mut self) {
        self.attempts.next_request();
        self.sent = 0;
    }

    /// What sends another request of the same events.
    pub(crate) fn another(&self) -> Self {
        let mut other = self.clone();
        other.next_request();
        other
    }

    /// Detaches a request. `hash`: its fingerprint.
    pub(crate) fn call(&self, request: &Request<'_>, hash: u64) -> Result<Call, Outcome> {
        Ok(Call {
            http: self.prepared(request)?,
            step: request.step.clone().into_owned(),
            operation: request.operation.clone().into_owned(),
            rate: request.rate.as_deref().map(str::to_owned),
            idempotent: request.idempotent,
            unsigned: request.is_unsigned().then(|| request.clone().into_owned()),
            hash,
        })
    }

    fn prepared(&self, request: &Request<'_>) -> Result<Prepared, Outcome> {
        self.shared.client.prepare(request).map_err(|error| {
            self.failed(FailureClass::Unreachable, &request.step, &error.problem, FaultOf::Destination)
        })
    }

    /// Signs a request, after all waiting: a signature does not last.
    fn signed(&self, mut request: Request<'static>) -> Result<Prepared, Outcome> {
        request.sign(&SigningContext::new(self.shared.now(), &self.shared.nonce()));
        self.prepared(&request)
    }

    /// Sends a request once, when it is allowed. `None`: there is no response, and after the wait that is now over it may be sent again.
    pub(crate) async fn send(&mut self, call: Call) -> Result<Option<Answer>, Outcome> {
        let permit = self.admitted(self.shared.gates(call.rate.as_deref())).await?;
        self.send_with(permit, call).await
    }

    /// The same with a permission that was waited for before: that of [`Exchange::admitted`] for the rate group of the request.
    pub(crate) async fn send_with(&mut self, permit: Permit, call: Call) -> Result<Option<Answer>, Outcome> {
        let shared = self.shared;
        let gates = shared.gates(call.rate.as_deref());
        let Call { mut http, step, operation, rate, idempotent, unsigned, hash } = call;
        if let Some(request) = unsigned {
            match self.signed(request) {
                Ok(signed) => http = signed,
                Err(outcome) => {
                    gates.give_back(permit);
                    return Err(outcome);
                }
            }
        }
        self.sent += 1;
        self.requests += 1;
        let started = Instant::now();
        let answer = shared.client.send(http).await;
        let answer = answer.map_err(|error| {
            shared.renewals.redactors().fold(error, |error, redactor| error.redacted(&redactor))
        });
        let took = started.elapsed();
        let class = match &answer {
            Ok(response) => class_of(response.status),
            Err(SendError { kind: SendProblem::Unreadable | SendProblem::Page, .. }) => "unreadable",
            Err(SendError { kind: SendProblem::OwnLack, .. }) => "not_sent",
            Err(SendError { kind: SendProblem::NoAnswer, .. }) => "no_answer",
        };
        let sent = Sent {
            message: &self.message,
            step: &step,
            operation: &operation,
            class,
            again: self.sent > 1,
            took,
        };
        shared.metrics.sent(&shared.target, sent);
        let problem = answer.as_ref().err().map(|error| error.problem.as_str());
        debug!(step, class, attempt = self.sent, ms = took.as_millis() as u64, problem, "request");
        let now = shared.now();
        match answer {
            Ok(response) => {
                self.status = Some(response.status);
                gates.over(permit, Some(&response), now);
                Ok(Some(Answer { response, step, operation, rate, hash, now }))
            }
            Err(error) => {
                if error.unsent {
                    gates.give_back(permit);
                } else {
                    gates.over(permit, None, now);
                }
                self.unanswered(&error, &step, idempotent).await.map(|()| None)
            }
        }
    }

    /// Waits until the destination is up and the limit allows a request.
    pub(crate) async fn admitted(&mut self, gates: Gates<'_>) -> Result<Permit, Outcome> {
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

    /// The response was accepted.
    pub(crate) fn accepted(&mut self, answer: &Answer) {
        self.heard(answer, false);
        self.shared.gates(answer.rate.as_deref()).group.calm();
        self.shared.permissions().accept(&answer.operation);
        self.last_failure = None;
    }

    /// Waits until the request may be sent again, which its response asks for. `api`: what the API says, if there is no attempt left.
    pub(crate) async fn again(
        &mut self,
        answer: &Answer,
        Again { after, throttle }: Again,
        api: impl FnOnce(&Response) -> ApiError,
    ) -> Result<(), Outcome> {
        let Answer { response, step, rate, now, .. } = answer;
        let (status, group) = (response.status, self.shared.gates(rate.as_deref()).group);
        // a redirect, or a proxy that refuses: not the API has answered
        let foreign = matches!(status, 300..=399 | 407) && !throttle;
        let counts = self.heard(answer, foreign);
        let failed = FailedAttempt::answered(step, status, foreign);
        let stated = retry_after(response, *now);
        let after = after.or(stated);
        // an API that is unavailable and says until when means all requests
        let throttle = throttle || (status == 503 && stated.is_some());
        let asked = if throttle { group.asked(response, after, *now) } else { after };
        if throttle {
            self.shared.metrics.throttled();
        }
        if let Some(asked) = asked.filter(|asked| *asked > self.shared.config.longest_wait) {
            return Err(self.pause_by(answer, self.too_long(step, status, asked)));
        }
        if !throttle {
            self.attempt_failed(failed);
            return match self.next_wait(counts, after) {
                Some(wait) => self.wait(wait).await,
                None => Err(self.exhausted(answer, api)),
            };
        }
        self.last_failure = Some(failed);
        let until = group.throttle(asked, self.shared.jitter());
        let reason = format!("the API asks to wait (it answered `{step}` with {status})");
        self.shared.metrics.waits().throttled(&reason, Instant::now(), until);
        if counts && self.attempts.throttled(&self.shared.config.retry).is_err() {
            return Err(self.exhausted(answer, api));
        }
        Ok(())
    }

    /// What becomes of an event whose mapping gives up at the response.
    pub(crate) fn given_up(&mut self, answer: &Answer, failure: Failure) -> Outcome {
        self.heard(answer, false);
        let mut failed = self.failure_of(failure);
        if failed.fault == FaultOf::Settings {
            // every other event would fail in the same way, so the delivery pauses
            match self.lacks_permission(answer) {
                Some(advice) => failed.advice = Some(advice),
                None => return self.pause_by(answer, failed),
            }
        }
        Outcome::Failed(Box::new(failed))
    }

    /// What becomes of the events of a batch whose response is a fault of the settings: what their failures advise, or that the delivery pauses.
    pub(crate) fn refused(&mut self, answer: &Answer, problem: &Problem) -> Result<String, Outcome> {
        let Problem { status, code, message, fault, advice, api, .. } = problem;
        self.lacks_permission(answer).ok_or_else(|| {
            let failure = self.failure(FailureClass::GaveUp, &answer.step, message, *fault);
            let (status, code) = (*status, code.clone());
            let (api, advice) = (api.clone(), advice.clone());
            self.pause_by(answer, DeliveryFailure { status, code, api, advice, ..failure })
        })
    }

    /// What to do about a response that is a fault of the settings, if only this operation is refused.
    fn lacks_permission(&self, answer: &Answer) -> Option<String> {
        let Answer { response, operation, .. } = answer;
        let alone = response.status != 401 && self.shared.permissions().is_alone(operation);
        alone.then(|| {
            format!(
                "the credentials work for other operations and lack the permission for `{operation}`; grant it, then send the event again"
            )
        })
    }

    /// The failure of an event whose mapping gives up.
    pub(crate) fn failure_of(&self, failure: Failure) -> DeliveryFailure {
        DeliveryFailure {
            class: FailureClass::GaveUp,
            step: failure.step.clone(),
            status: failure.status,
            code: failure.code.clone(),
            message: failure.to_string(),
            api: failure.items.first().map_or(*failure.api, |item| item.problem.api.clone()),
            fault: failure.fault,
            advice: failure.advice,
            attempts: self.sent,
            items: failure.items,
            done: Vec::new(),
        }
    }

    /// The mapper with a new value of a setting, which a response asks for. `known`: the number of renewals that the request knows of.
    pub(crate) async fn renewed(
        &mut self,
        answer: &Answer,
        setting: &str,
        known: u64,
        api: impl FnOnce(&Response) -> ApiError,
    ) -> Result<(Mapper, u64), Outcome> {
        self.heard(answer, false);
        let renewed = tokio::select! {
            renewed = self.shared.renewals.renewed(setting, known) => renewed,
            unfinished = self.shared.stopper.stopped() => return Err(Outcome::Unfinished(unfinished)),
        };
        renewed
            .inspect(|_| info!(setting, "a setting has a new value"))
            .map_err(|error| self.not_renewed(answer, setting, &error.to_string(), api(&answer.response)))
    }

    /// A setting that the response asks for has no new value: the delivery pauses, since no event can do without.
    fn not_renewed(&mut self, answer: &Answer, setting: &str, problem: &str, api: ApiError) -> Outcome {
        let Answer { response: Response { status, .. }, step, .. } = answer;
        let message =
            format!("`{step}` was answered with {status}, which asks for a new `{setting}`: {problem}");
        let failure = self.failure(FailureClass::GaveUp, step, &message, FaultOf::Settings);
        let code = format!("http_{status}");
        self.pause_by(answer, DeliveryFailure { status: Some(*status), code, api, ..failure })
    }

    /// The failure of an event for another reason than that its mapping gives up.
    pub(crate) fn given_up_at(&self, step: &str, problem: &str) -> Outcome {
        self.failed(FailureClass::GaveUp, step, problem, FaultOf::Destination)
    }

    /// Takes over what was done for the event in a batch.
    pub(crate) fn shared(&mut self, requests: u32, status: Option<u16>, last_failure: Option<FailedAttempt>) {
        self.sent = requests;
        self.status = status.or(self.status);
        self.last_failure = last_failure;
    }

    /// Records what a response says about the destination. `foreign`: it is not the API's. Returns whether it counts as an attempt.
    pub(crate) fn heard(&self, answer: &Answer, foreign: bool) -> bool {
        let status = answer.response.status;
        if status >= 500 || foreign {
            self.down(&FailedAttempt::answered(&answer.step, status, foreign).problem)
        } else {
            self.up()
        }
    }

    async fn unanswered(&mut self, error: &SendError, step: &str, idempotent: bool) -> Result<(), Outcome> {
        self.attempt_failed(FailedAttempt { step: step.to_owned(), problem: error.problem.clone() });
        let counts = match error.kind {
            SendProblem::NoAnswer | SendProblem::Page => self.down(&error.problem),
            SendProblem::Unreadable => self.up(),
            SendProblem::OwnLack => self.lacks(&error.problem)?,
        };
        // a page is the response of an intermediary, like 502
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
        Err(self.pause(DeliveryFailure { code: "local_resources".to_owned(), ..failure }))
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

    /// Records that the destination works. A response always counts as an attempt.
    fn up(&self) -> bool {
        let mut circuit = self.shared.circuit();
        let was_open = circuit.is_open();
        circuit.success();
        drop(circuit);
        if !self.shared.lacks_nothing() || was_open {
            self.shared.metrics.waits().up();
        }
        if was_open {
            info!("the destination responds again");
            self.circuit_has_changed(false);
        }
        true
    }

    /// Records that the destination does not work. Returns whether that counts as an attempt of this event.
    fn down(&self, problem: &str) -> bool {
        let shared = self.shared;
        let jitter = shared.jitter();
        let mut circuit = shared.circuit();
        let was_open = circuit.is_open();
        let counts = circuit.failure(Instant::now(), jitter);
        let (open, hopeless) = (circuit.is_open(), circuit.is_hopeless(Instant::now()));
        drop(circuit);
        if open {
            shared.metrics.waits().down(problem, Instant::now());
        }
        if open && !was_open {
            warn!(problem, "the destination does not respond or fails; events wait");
        }
        self.circuit_has_changed(open);
        if hopeless {
            let name = shared.config.names.patience;
            let problem = format!("the destination has been down for longer than `{name}`: {problem}");
            let failure = self.failure(FailureClass::Unreachable, "", &problem, FaultOf::Destination);
            shared.stopper.advance(Phase::Paused(failure.into()));
        }
        counts
    }

    fn circuit_has_changed(&self, open: bool) {
        self.shared.metrics.circuit(&self.shared.target, open);
        self.shared.circuit_changed.notify_waiters();
    }

    /// The delivery pauses by what was answered, which its event has failed by last.
    fn pause_by(&mut self, answer: &Answer, failure: DeliveryFailure) -> Outcome {
        self.last_failure = Some(FailedAttempt::answered(&answer.step, answer.response.status, false));
        self.pause(failure)
    }

    fn pause(&self, mut failure: DeliveryFailure) -> Outcome {
        self.shared.renewals.redactors().for_each(|redactor| failure.redact(&redactor));
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
        DeliveryFailure {
            class,
            step: step.to_owned(),
            status: None,
            code: class.as_str().to_owned(),
            message: message.to_owned(),
            api: ApiError::default(),
            fault,
            advice: None,
            attempts: self.sent,
            items: Vec::new(),
            done: Vec::new(),
        }
    }

    fn failed(&self, class: FailureClass, step: &str, problem: &str, fault: FaultOf) -> Outcome {
        let message = format!("`{step}` failed: {problem}");
        Outcome::Failed(Box::new(self.failure(class, step, &message, fault)))
    }

    fn exhausted(&self, answer: &Answer, api: impl FnOnce(&Response) -> ApiError) -> Outcome {
        let Answer { response, step, .. } = answer;
        let status = response.status;
        let message = format!("`{step}` was answered with {status} on the last of {} attempts", self.sent);
        Outcome::Failed(Box::new(DeliveryFailure {
            status: Some(status),
            code: format!("http_{status}"),
            api: api(response),
            ..self.failure(FailureClass::Retries, step, &message, FaultOf::Destination)
        }))
    }
}
