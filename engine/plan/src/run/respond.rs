//! What responses mean.

use std::time::Duration;

use mapwright_json::Scratch as JsonScratch;

use crate::eval::condition::holds;
use crate::item::{BatchItem, ItemAnswer};
use crate::judge::{Judge, Meaning, Verdict, count_retry, delay};
use crate::plan::{Call, Instruction, ResponseRule, RuleEnd, Warn};
use crate::problem::{ApiError, Problem};
use crate::rejection::{FaultOf, Rejection};
use crate::request::Stale;
use crate::response::{Response, ResponseView};
use crate::run::failure::Failure;
use crate::run::prepared::PreparedRequest;
use crate::run::state::Run;
use mapwright_convert::Warning;
use mapwright_language::spec::ItemClass;

/// The action after a response.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
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
    /// A setting is no longer valid, such as an access token: give the run a new value of it with
    /// [`Mapper::renew`](crate::mapper::Mapper::renew), and send the request that it then has; or give up.
    Renew {
        /// The setting.
        setting: String,
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

    /// Takes what the response to a batch means for the item of the last request ([`Request::batch`](crate::request::Request::batch)), in place of
    /// a response to that request alone.
    ///
    /// # Errors
    /// As [`Run::respond`].
    pub fn settle(&mut self, answer: ItemAnswer) -> Result<Progress, Ended> {
        let Some(Instruction::Call(call)) =
            self.flow.program.get(self.at).filter(|_| self.prepared.is_some())
        else {
            return Err(Ended::NoRequest);
        };
        let progress = match answer {
            ItemAnswer::Accepted { warnings } => {
                self.warnings.extend(warnings);
                self.accepted(call);
                Ok(Progress::Next)
            }
            ItemAnswer::Failed(problem) => self.fail(call, problem),
        };
        self.go_on(progress)
    }

    /// Fails the current item for a reason other than a response, such as a missing one, and continues with the next item.
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
            Some(Instruction::Call(call)) => call.name.as_ref(),
            _ => self.continuing().map(|(_, name)| name).unwrap_or_default(),
        };
        let of_item = self.is_of_item(&rejection.code);
        match of_item && self.fail_round(step, Problem::of_rejection(&rejection)) {
            true => Ok(()),
            false => Err(Ended::Rejected(rejection)),
        }
    }

    /// Whether the step at this instruction accepts a response, and what it captures of it can be made.
    pub(crate) fn accepts(&mut self, at: usize, response: &Response) -> bool {
        let Some(Instruction::Call(call)) = self.flow.program.get(at) else { return false };
        self.at = at;
        self.prepared = Some(PreparedRequest::default());
        let mut scratch = std::mem::take(&mut self.buffers.response);
        let view = self.view(response, &mut scratch);
        match self.judge(call, &view).verdict {
            Verdict::Done(rule) => {
                let of_rule = rule.map(|rule| rule.capture.as_slice()).unwrap_or_default();
                self.capture(of_rule, &view, 0).and_then(|()| self.capture(&call.capture, &view, 0)).is_ok()
            }
            Verdict::Then(..)
            | Verdict::Retry { .. }
            | Verdict::Renew { .. }
            | Verdict::GiveUp(_)
            | Verdict::Split(..) => false,
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
        let Meaning { verdict, named, unmatched } = self.judge(call, view);
        self.unmatched = unmatched.first;
        // the request of a run is a batch of one
        let verdict = match named.into_iter().next().flatten() {
            None => verdict,
            Some(named) => match named.class {
                ItemClass::Done => {
                    self.warnings.push(named.warning());
                    Verdict::Done(None)
                }
                ItemClass::Retry => Verdict::Retry { rule: None, after: None, throttle: false },
                ItemClass::GiveUp => {
                    let failed = named.failed();
                    return self.fail(call, Problem::of_response(&call.name, view.status, failed, named.api));
                }
            },
        };
        match verdict {
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
                    Ok(true) => self.prepared = None,
                    Ok(false) => {
                        self.renewing = None;
                        self.accepted(call);
                    }
                    Err(rejection) => return self.reject_item(rejection).map(|()| Progress::Next),
                }
                Ok(Progress::Next)
            }
            Verdict::Then(rule, target) => {
                if let Err(rejection) = self.capture(&rule.capture, view, 0) {
                    return self.reject_item(rejection).map(|()| Progress::Next);
                }
                self.prepared = None;
                self.jump(target);
                self.renew(target, Stale::Refused);
                Ok(Progress::Next)
            }
            Verdict::Retry { rule, after, throttle } => {
                if let Some(prepared) = &mut self.prepared {
                    count_retry(&mut prepared.retried, rule);
                }
                let scope = self.scope(Some(view), None);
                let after = after.and_then(|row| delay(&scope, row, view, &self.mapper.limits));
                Ok(Progress::Retry { after, throttle })
            }
            Verdict::Renew { setting, rule } => {
                if let Some(prepared) = &mut self.prepared {
                    count_retry(&mut prepared.retried, Some(rule));
                }
                Ok(Progress::Renew { setting: setting.to_owned() })
            }
            Verdict::GiveUp(failed) | Verdict::Split(_, failed) => {
                let api = self.api_error_in(view);
                self.fail(call, Problem::of_response(&call.name, view.status, failed, api))
            }
        }
    }

    /// Continues after the step whose request was accepted.
    fn accepted(&mut self, call: &Call) {
        let sent = self.prepared.take();
        let is_final = sent.and_then(|sent| self.final_fingerprint(call, &sent));
        is_final.into_iter().for_each(|request| self.done.note(request));
        self.at += 1;
    }

    /// Fails the step: with it the item that it is repeated for, if others are to be made, or else the event.
    fn fail(&mut self, call: &Call, problem: Problem) -> Result<Progress, Ended> {
        let mut failure = Failure::of_step(&call.name, problem.clone());
        if self.continuing().is_none() && self.failed.is_empty() {
            return Err(Ended::Failed(failure));
        }
        // every other item would fail in the same way
        let ends = problem.fault == FaultOf::Settings;
        if !ends && self.fail_round(&call.name, problem.clone()) {
            return Ok(Progress::Next);
        }
        failure.items = self.not_done(&call.name, problem);
        Err(Ended::Failed(failure))
    }

    /// Returns what the API reports about an error, as far as the destination's `error` rows find it in the response; secrets are
    /// redacted.
    pub fn api_error(&self, response: &Response) -> ApiError {
        let mut scratch = JsonScratch::new();
        self.api_error_in(&self.view(response, &mut scratch))
    }

    fn api_error_in(&self, view: &ResponseView<'_>) -> ApiError {
        self.mapper.api_error(&self.scope(Some(view), None))
    }

    /// The rules that are held against a response: the step's, the operation's, the version's and destination's.
    fn judge(&self, call: &'e Call, view: &ResponseView<'_>) -> Meaning<'e> {
        let of_operation =
            self.operation(call).map(|operation| operation.rules.as_slice()).unwrap_or_default();
        // a rule that has led to a new token leads to no other one
        let leads = |rule: &&ResponseRule| match rule.end {
            RuleEnd::Then(target) => !self.was_renewed(target),
            RuleEnd::Class { .. } | RuleEnd::Renew { .. } => true,
        };
        let rules = call.rules.iter().chain(of_operation).chain(&self.mapper.plan.rules).filter(leads);
        let (retried, item) = match &self.prepared {
            Some(prepared) => (prepared.retried.as_slice(), prepared.item.as_ref()),
            None => (&[][..], None),
        };
        let items: Vec<&BatchItem> = item.map(|item| &**item).into_iter().collect();
        let scope = self.scope(Some(view), None);
        let limits = &self.mapper.limits;
        Judge { scope, status: view.status, retried, items: &items, limits }.judge(rules)
    }

    /// Gives the warnings of a response that hold.
    fn warn(&mut self, warnings: &[Warn], view: Option<&ResponseView<'_>>) {
        // named values may read what the response has just given
        for warn in warnings {
            self.build_for(&warn.reads.parts, None);
        }
        let scope = self.scope(view, None);
        let given: Vec<Warning> = warnings
            .iter()
            .filter(|warn| warn.when.as_ref().is_none_or(|when| holds(&scope, when)))
            .map(|warn| self.warning(&scope, warn))
            .collect();
        drop(scope);
        self.warnings.extend(given);
    }
}
