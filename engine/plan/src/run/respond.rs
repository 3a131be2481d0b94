//! What responses mean.

use std::time::Duration;

use mapwright_json::Scratch as JsonScratch;

use crate::eval::condition::holds;
use crate::eval::made::value_of;
use crate::eval::scope::Scope;
use crate::plan::{Call, Instruction, ResponseRule, Row, RuleEnd, Warn};
use crate::rejection::Rejection;
use crate::request::Anew;
use crate::response::{Response, ResponseView};
use crate::run::failure::{ApiError, Failure, Problem};
use crate::run::state::Run;
use mapwright_convert::{Val, Warning};
use mapwright_language::spec::{Class, Fault};

/// What to do after a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The response was accepted: ask for the next request.
    Next,
    /// Send the same request again.
    Retry {
        /// Not before so much time has passed, if the response or the mapping says so.
        after: Option<Duration>,
        /// Whether all requests of the rate group have to wait.
        throttle: bool,
    },
}

/// A response that ends the run, a capture that could not be made, or a response to no request.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Ended {
    /// The mapping gives up on the event.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The response gave something that cannot be used.
    #[error(transparent)]
    Rejected(#[from] Box<Rejection>),
    /// There is no request to respond to: [`Run::request`] was not called since the last accepted response, or returned `None`.
    #[error("`respond` was called without a request: call `request` first")]
    NoRequest,
}

/// What a response means, before the run acts on it.
enum Verdict<'p> {
    Done(Option<&'p ResponseRule>),
    Then(&'p ResponseRule, usize),
    /// `rule`: its place, if it applies only so many times.
    Retry {
        rule: Option<usize>,
        after: Option<&'p Row>,
        throttle: bool,
    },
    GiveUp {
        fault: Fault,
        code: Option<&'p str>,
        advice: Option<&'p str>,
    },
}

impl<'e> Run<'e> {
    /// Takes the response to the request that [`Run::request`] returned. `now` is the time in epoch milliseconds.
    ///
    /// # Errors
    /// Returns an error if the mapping gives up on the event, if a value of the response cannot be used, or if there is no request to
    /// respond to. The run is unchanged in the last case.
    pub fn respond(&mut self, response: &Response, now: i64) -> Result<Progress, Ended> {
        if self.prepared.is_none() {
            return Err(Ended::NoRequest);
        }
        self.now = now;
        let mut scratch = std::mem::take(&mut self.buffers.response);
        let progress = self.act_on(&self.view(response, &mut scratch));
        self.buffers.response = scratch;
        self.go_on(progress)
    }

    /// Fails the item that the run is at for a reason that is no response, such as that there is none, and goes on with the next item.
    ///
    /// `None`: the run is not at an item of a step with `on_failure: continue`, and nothing has changed.
    pub fn fail_item(&mut self, problem: Problem) -> Option<Result<Progress, Ended>> {
        let Some(Instruction::Call(call)) = self.flow.program.get(self.at) else { return None };
        let failed = self.prepared.is_some() && self.fail_round(&call.name, problem);
        failed.then(|| self.go_on(Ok(Progress::Next)))
    }

    /// What a response leads to. Among items of which some may fail, the next request is made at once, so that a run whose last item
    /// has failed is not taken for one that is done.
    fn go_on(&mut self, progress: Result<Progress, Ended>) -> Result<Progress, Ended> {
        let progress = progress?;
        if progress != Progress::Next || (self.failed.is_empty() && self.continuing().is_none()) {
            return Ok(progress);
        }
        loop {
            match self.advance() {
                Ok(true) => return Ok(Progress::Next),
                Ok(false) => {
                    let failure = Failure::of_items(std::mem::take(&mut self.failed));
                    return failure.map_or(Ok(Progress::Next), |failure| Err(Ended::Failed(failure)));
                }
                Err(rejection) => self.reject_item(rejection)?,
            }
        }
    }

    /// Takes a rejection for that of an item, after which others are made, or else for that of the event.
    fn reject_item(&mut self, rejection: Box<Rejection>) -> Result<(), Ended> {
        let step = match self.flow.program.get(self.at) {
            Some(Instruction::Call(call)) => call.name.as_str(),
            _ => self.continuing().map(|(_, name)| name).unwrap_or_default(),
        };
        let of_item = self.is_of_item(&rejection.code);
        match of_item && self.fail_round(step, Problem::of_rejection(&rejection)) {
            true => Ok(()),
            false => Err(Ended::Rejected(rejection)),
        }
    }

    fn view<'r>(&self, response: &'r Response, scratch: &'r mut JsonScratch) -> ResponseView<'r>
    where
        'e: 'r,
    {
        let mapper = self.mapper;
        ResponseView::new(response, &mapper.plan.response_trie, mapper.limits.response_bytes, scratch)
    }

    fn act_on(&mut self, view: &ResponseView<'_>) -> Result<Progress, Ended> {
        let Some(Instruction::Call(call)) = self.flow.program.get(self.at) else { return Ok(Progress::Next) };
        match self.judge(call, view) {
            Verdict::Done(rule) => {
                let of_rule = rule.map(|rule| rule.capture.as_slice()).unwrap_or_default();
                let page = self.pages_at(self.at);
                let captured =
                    self.capture(of_rule, view, 0).and_then(|()| self.capture(&call.capture, view, page));
                let captured = captured.and_then(|()| self.turn_page(call, view));
                if let Err(rejection) = captured {
                    return self.reject_item(rejection).map(|()| Progress::Next);
                }
                self.warn(&call.warn, Some(view));
                if self.pages_at(self.at) > page {
                    self.prepared = None;
                    return Ok(Progress::Next);
                }
                self.pages = None;
                match self.renews(call) {
                    Ok(false) => self.renewing = None,
                    Ok(true) => {
                        self.prepared = None;
                        return Ok(Progress::Next);
                    }
                    Err(rejection) => return self.reject_item(rejection).map(|()| Progress::Next),
                }
                let sent = self.prepared.take();
                let is_final = sent.and_then(|sent| self.final_fingerprint(call, &sent));
                is_final.into_iter().for_each(|request| self.done.note(request));
                self.at += 1;
                Ok(Progress::Next)
            }
            Verdict::Then(rule, target) => {
                if let Err(rejection) = self.capture(&rule.capture, view, 0) {
                    return self.reject_item(rejection).map(|()| Progress::Next);
                }
                self.prepared = None;
                self.jump(target);
                self.renew(target, Anew::Refused);
                Ok(Progress::Next)
            }
            Verdict::Retry { rule, after, throttle } => {
                self.count_retry(rule);
                let after = after.and_then(|row| self.delay(row, view));
                Ok(Progress::Retry { after, throttle })
            }
            Verdict::GiveUp { fault, code, advice } => {
                let code = code.map_or_else(|| format!("http_{}", view.status), str::to_owned);
                let mut failure = Failure::new(&call.name, Some(view.status), code, fault.into());
                failure.advice = advice.map(str::to_owned);
                if self.continuing().is_none() && self.failed.is_empty() {
                    return Err(Ended::Failed(failure));
                }
                let problem = Problem::of_failure(&failure, self.api_error_in(view));
                // every other item would fail in the same way
                let ends = fault == Fault::Settings;
                if !ends && self.fail_round(&call.name, problem.clone()) {
                    return Ok(Progress::Next);
                }
                failure.items = self.not_done(&call.name, problem);
                Err(Ended::Failed(failure))
            }
        }
    }

    /// Returns what the API reports about an error, as far as the destination's `error` rows find it in the response; secrets are
    /// redacted.
    pub fn api_error(&self, response: &Response) -> ApiError {
        let mut scratch = JsonScratch::new();
        self.api_error_in(&self.view(response, &mut scratch))
    }

    fn api_error_in(&self, view: &ResponseView<'_>) -> ApiError {
        let rows = &self.mapper.plan.error;
        let scope = self.scope(Some(view), None);
        let text = |row: &Option<Row>| {
            let value = value_of(&scope, row.as_ref()?, &self.mapper.limits).ok().flatten()?;
            value.to_text().map(|text| scope.settings.redactor().redact(&text).into_owned())
        };
        ApiError { code: text(&rows.code), message: text(&rows.message) }
    }

    /// The first rule that fits: the step's, the operation's, the version's and destination's, ours.
    fn judge(&self, call: &'e Call, view: &ResponseView<'_>) -> Verdict<'e> {
        let of_operation =
            self.operation(call).map(|operation| operation.rules.as_slice()).unwrap_or_default();
        let all = call.rules.iter().chain(of_operation).chain(&self.mapper.plan.rules);
        let scope = self.scope(Some(view), None);
        for (place, rule) in all.enumerate() {
            if fits(&scope, rule, view.status) && !self.is_spent(place, rule) {
                self.reached(rule.span, rule.reached());
                return match &rule.end {
                    RuleEnd::Then(target) => Verdict::Then(rule, *target),
                    RuleEnd::Class { class, after, times, fault, code, advice } => match class {
                        Class::Done => Verdict::Done(Some(rule)),
                        Class::Retry | Class::Throttle => Verdict::Retry {
                            rule: times.map(|_| place),
                            after: after.as_deref(),
                            throttle: *class == Class::Throttle,
                        },
                        Class::GiveUp => Verdict::GiveUp {
                            fault: *fault,
                            code: code.as_deref(),
                            advice: advice.as_deref(),
                        },
                    },
                };
            }
        }
        match view.status {
            200..=299 => Verdict::Done(None),
            // a redirect or the refusal of a proxy is no answer to this event
            300..=399 | 407 | 408 | 500..=599 => Verdict::Retry { rule: None, after: None, throttle: false },
            429 => Verdict::Retry { rule: None, after: None, throttle: true },
            401 | 403 => Verdict::GiveUp { fault: Fault::Settings, code: None, advice: None },
            _ => Verdict::GiveUp { fault: Fault::Event, code: None, advice: None },
        }
    }

    /// Whether a rule has retried the request as often as it may.
    fn is_spent(&self, place: usize, rule: &ResponseRule) -> bool {
        let times = match rule.end {
            RuleEnd::Then(target) => return self.was_renewed(target),
            RuleEnd::Class { times: Some(times), .. } => times,
            RuleEnd::Class { .. } => return false,
        };
        let retried = self.prepared.as_ref().and_then(|it| it.retried.iter().find(|(by, _)| *by == place));
        retried.map_or(0, |(_, count)| *count) >= times
    }

    fn count_retry(&mut self, rule: Option<usize>) {
        let (Some(rule), Some(prepared)) = (rule, &mut self.prepared) else { return };
        match prepared.retried.iter_mut().find(|(by, _)| *by == rule) {
            Some((_, count)) => *count += 1,
            None => prepared.retried.push((rule, 1)),
        }
    }

    /// Gives the warnings that hold, of the event or of a response.
    pub(crate) fn warn(&mut self, warnings: &[Warn], view: Option<&ResponseView<'_>>) {
        let scope = self.scope(view, None);
        let given: Vec<Warning> = warnings
            .iter()
            .filter(|warn| warn.when.as_ref().is_none_or(|when| holds(&scope, when)))
            .map(|warn| self.warning(&scope, warn))
            .collect();
        drop(scope);
        self.warnings.extend(given);
    }

    /// How long to wait: a small number is seconds from now, a large one or a text is a time of the server's clock.
    fn delay(&self, row: &Row, view: &ResponseView<'_>) -> Option<Duration> {
        const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
        let scope = self.scope(Some(view), None);
        let value = value_of(&scope, row, &self.mapper.limits).ok().flatten()?;
        // a time is the server's, so it is compared with the server's clock, if the response states it
        let date = view.header("date").map(Val::Text);
        let now = date.and_then(|date| mapwright_convert::parse_time(&date)).unwrap_or(self.now);
        let number = match value.as_number() {
            Some(_) => value.to_text()?.parse::<f64>().ok(),
            None => value.as_text()?.trim().parse::<f64>().ok(),
        };
        let delay = match number {
            Some(seconds) if (0.0..1.0e9).contains(&seconds) => Duration::try_from_secs_f64(seconds).ok()?,
            Some(time) if (1.0e9..1.0e11).contains(&time) => until((time * 1_000.0) as i64, now),
            Some(time) if (1.0e11..1.0e14).contains(&time) => until(time as i64, now),
            Some(_) => return None,
            None => until(mapwright_convert::parse_time(&value)?, now),
        };
        Some(delay.min(LONGEST))
    }
}

fn until(time: i64, now: i64) -> Duration {
    Duration::from_millis(u64::try_from(time.saturating_sub(now)).unwrap_or(0))
}

fn fits<'a>(scope: &Scope<'a>, rule: &'a ResponseRule, status: u16) -> bool {
    (rule.status.is_empty() || rule.status.iter().any(|range| (range.first..=range.last).contains(&status)))
        && rule.when.as_ref().is_none_or(|when| holds(scope, when))
}
