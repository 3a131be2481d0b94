//! A run, step by step: what has to hold before the first request, which request comes next, what is left at the end.

use serde_json::Value;

use crate::admission::Skip;
use crate::eval::built::BuiltPart;
use crate::eval::listener::Listener;
use crate::plan::{Call, Instruction, Part};
use crate::rejection::Rejection;
use crate::request::Request;
use crate::run::prepared::PreparedRequest;
use crate::run::requirement::Skipped;
use crate::run::state::Run;
use mapwright_convert::Val;

impl<'e> Run<'e> {
    /// Says whether the mapping skips the event. Rejects it if it lacks what is required, or if it cannot get through the steps whatever is
    /// answered, and warns of it.
    pub(crate) fn prepare<L: Listener>(&mut self, listener: &mut L) -> Result<Option<Skip>, Box<Rejection>> {
        let flow = self.flow;
        let undecided = match self.skipped(listener) {
            Skipped::Yes(skip) => return Ok(Some(skip)),
            Skipped::No => None,
            Skipped::Undecided(rule) => Some(rule),
        };
        // a listener gets every part: a part that changes, with the steps that read it
        if L::LISTENS {
            for part in flow.eager.iter().map(std::slice::from_ref) {
                match part.iter().any(|part| flow.parts.get(*part).is_some_and(Part::is_volatile)) {
                    true => self.build_for(part, None),
                    false => self.tell_parts(part, listener),
                }
            }
        }
        self.require()?;
        if let Some(rule) = undecided {
            self.undecided(&rule.reads.places, [&rule.when].into_iter(), None)?;
        }
        self.warn_of_event();
        self.build_for(&flow.early, None);
        if (self.faulty || flow.rehearsed)
            && let Some(rejection) = self.foresee()
        {
            return Err(rejection);
        }
        Ok(None)
    }

    /// Returns whether there is a next request, without making it: [`Run::request`] does.
    ///
    /// # Errors
    /// As [`Run::request`].
    pub fn has_request(&mut self) -> Result<bool, Box<Rejection>> {
        if self.prepared.is_none() && !self.advance()? {
            return Ok(false);
        }
        let Some(Instruction::Call(call)) = self.flow.program.get(self.at) else { return Ok(false) };
        self.prepare_again(call)?;
        Ok(self.prepared.is_some())
    }

    /// Returns the [instruction](Request::instruction) of the next request.
    pub fn instruction(&self) -> usize {
        self.at
    }

    /// Returns the next request, or `None` when the run is done. Called again before [`Run::respond`], it returns the same request.
    ///
    /// # Errors
    /// When the event, or what earlier responses gave, cannot make a request.
    pub fn request(&mut self) -> Result<Option<Request<'_>>, Box<Rejection>> {
        if !self.has_request()? {
            return Ok(None);
        }
        let Some(Instruction::Call(call)) = self.flow.program.get(self.at) else { return Ok(None) };
        let Some(prepared) = &self.prepared else { return Ok(None) };
        Ok(self.assemble(self.at, call, prepared))
    }

    /// Returns what the mapping's `result` makes of the event and of the results of the calls, for a run that has no request any more.
    ///
    /// ```
    /// # let files: mapwright::Sources = [
    /// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
    /// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { find: { method: GET, path: /people }, save: { method: POST, path: /people } } }"),
    /// #     ("mappings/acme/1/check.yaml", "{ message: check, command: true, steps: { account: { operation: find, capture: { name: response.body.name } } }, result: { account: captures.name } }"),
    /// # ].into_iter().collect();
    /// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
    /// # let mut scratch = mapwright::Scratch::new();
    /// use mapwright::{Outcome, Response};
    ///
    /// // what commands ask for, no event can
    /// let mapper = plan.bind(&serde_json::json!({}))?.for_commands();
    /// let Outcome::Mapped(mut run) = mapper.map(r#"{"type": "check"}"#, 0, &mut scratch) else { panic!() };
    /// while run.has_request()? {
    ///     run.respond(&Response::new(200, [], r#"{"name": "Example"}"#), 0)?;
    /// }
    /// assert_eq!(run.result()?, Some(serde_json::json!({ "account": "Example" })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When a row of it cannot be made.
    pub fn result(&mut self) -> Result<Option<Value>, Box<Rejection>> {
        let Some(reads) = &self.flow.result else { return Ok(None) };
        self.build_for(&reads.parts, None);
        self.check(&reads.places)?;
        self.use_up(reads.places.clone(), &reads.parts)?;
        let part = reads.places.first().and_then(|read| self.built(read.part));
        Ok(part.and_then(BuiltPart::json).map(|json| Val::Json(json).to_json()))
    }

    /// Whether the request was sent when the event was sent before.
    pub(crate) fn was_done(&mut self, call: &Call, prepared: &PreparedRequest) -> bool {
        self.done.is_any_before()
            && self.final_fingerprint(call, prepared).is_some_and(|request| self.done.take_over(request))
    }

    /// Continues to the next step that is to be made, and prepares its request. `false`: there is none.
    pub(crate) fn advance(&mut self) -> Result<bool, Box<Rejection>> {
        let flow = self.flow;
        loop {
            match flow.program.get(self.at) {
                None => return Ok(false),
                Some(Instruction::Call(call)) => {
                    if std::mem::take(&mut self.repeats) || self.passes(&call.guard)? {
                        self.requests += 1;
                        if self.requests > self.mapper.limits.requests {
                            return Err(self.too_many_requests());
                        }
                        self.build_for(&call.reads.parts, None);
                        let prepared = self.prepare_call(call)?;
                        if !self.was_done(call, &prepared) {
                            self.prepared = Some(prepared);
                            return Ok(true);
                        }
                        self.requests -= 1;
                    }
                    self.at += 1;
                }
                Some(Instruction::Enter { guard, list, end }) => {
                    let enters = self.passes(guard)?
                        && match list {
                            None => true,
                            Some(repeat) => self.enter_loop(repeat)?,
                        };
                    self.at = if enters { self.at + 1 } else { *end };
                }
                Some(Instruction::Leave { start }) => self.leave(*start),
            }
        }
    }
}
