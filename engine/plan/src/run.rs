//! One event going through a plan: what to build, which request comes next, what a response means.

mod call;
pub mod condition;
pub mod explain;
mod feasible;
pub mod listener;
mod members;
mod output;
pub mod part;
mod preview;
pub mod provenance;
pub mod reach;
pub mod request;
mod requirement;
mod respond;
pub mod response;
pub mod row;
pub mod scope;

use std::fmt;

use std::collections::BTreeSet;
use std::sync::Arc;

use mapwright_json::{Doc, Kind};
use serde_json::Value;

use crate::mapper::{Buffers, MapperInner, Rejection};
use crate::plan::{Call, Flow, Guard, Instruction, Operation, Reads, Repeat};
use crate::run::call::Prepared;
use crate::run::condition::{Truth, truth};
use crate::run::listener::{Listener, Nobody};
use crate::run::part::{BuiltPart, build};
use crate::run::reach::sets_of_group;
use crate::run::request::Request;
use crate::run::response::ResponseView;
use crate::run::row::{Evaluator, RowError};
use crate::run::scope::{Scope, Unknown};
use mapwright_convert::Val;
use mapwright_convert::Warning;
use mapwright_findings::Span;

pub use respond::{ApiError, Ended, Failure, Progress};

/// One event on its way through the requests that it needs.
///
/// A run does no I/O: [`Run::request`] says what to send, [`Run::respond`] takes the answer, until there is no request any
/// more. [`Run::preview`] shows what could be sent without any answer.
pub struct Run<'e> {
    mapper: &'e MapperInner,
    doc: Doc<'e>,
    flow: &'e Flow,
    message: &'e str,
    options: bool,
    now: i64,
    buffers: &'e mut Buffers,
    loops: Vec<Loop>,
    at: usize,
    /// The request at `at`, when it has been made.
    prepared: Option<Prepared>,
    requests: usize,
    /// Items that the rows of what was used have made.
    items: usize,
    /// Whether a row has rejected its value, which may or may not be needed.
    faulty: bool,
    /// Whether there are items that are not counted yet, or warnings that were not given.
    owing: bool,
    warnings: Vec<Warning>,
}

/// Prints the progress of the run, and nothing that may contain a secret.
impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mapper, message, at, requests, warnings, .. } = self;
        let mut shown = f.debug_struct("Run");
        shown.field("mapper", mapper).field("message", message).field("at", at);
        shown.field("requests", requests).field("warnings", warnings).finish_non_exhaustive()
    }
}

/// A loop that is under way.
#[derive(Clone)]
struct Loop {
    start: usize,
    items: Arc<[Value]>,
    index: usize,
}

impl<'e> Run<'e> {
    #[inline(always)]
    pub fn new(
        mapper: &'e MapperInner,
        doc: Doc<'e>,
        flow: &'e Flow,
        message: &'e str,
        now: i64,
        buffers: &'e mut Buffers,
    ) -> Self {
        Self {
            mapper,
            options: mapper.plan.admission.is_named(&doc),
            doc,
            flow,
            message,
            now,
            buffers,
            loops: Vec::new(),
            at: 0,
            prepared: None,
            requests: 0,
            items: 0,
            faulty: false,
            owing: false,
            warnings: Vec::new(),
        }
    }

    /// The message type.
    pub fn message(&self) -> &str {
        self.message
    }

    /// What had to be dropped or cut so far.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How many requests have been made so far; the same request sent again counts once.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Rejects the event if it lacks what is required, or if it cannot get through the steps whatever is answered, and warns of it.
    pub fn prepare<L: Listener>(&mut self, listener: &mut L) -> Result<(), Box<Rejection>> {
        let flow = self.flow;
        // whoever listens hears of every part
        if L::LISTENS {
            flow.eager.iter().for_each(|part| self.build_part(*part, None, listener));
        }
        self.require()?;
        self.warn_of_event();
        self.build_for(&flow.early, None);
        if (self.faulty || flow.rehearsed)
            && let Some(rejection) = self.foresee()
        {
            return Err(rejection);
        }
        Ok(())
    }

    fn build_part<L: Listener>(&mut self, part: usize, unknown: Option<&Unknown<'_>>, listener: &mut L) {
        let Some(plan) = self.flow.parts.get(part) else { return };
        let mut built = self.buffers.parts.get_mut(part).map(std::mem::take).unwrap_or_default();
        build(&self.scope(None, unknown), plan, self.faulty, &mut self.evaluator(listener), &mut built);
        self.faulty |= built.fault(None).is_some();
        self.owing |= built.owes();
        if let Some(slot) = self.buffers.parts.get_mut(part) {
            *slot = built;
        }
    }

    /// Builds parts before they are read: those that may have changed, and those that have not been built.
    fn build_for(&mut self, parts: &[usize], unknown: Option<&Unknown<'_>>) {
        for part in parts {
            let changes = self.flow.parts.get(*part).is_some_and(|part| part.volatile);
            if changes || self.built(*part).is_none() {
                self.build_part(*part, unknown, &mut Nobody);
            }
        }
    }

    /// Rejects the event for a row that is read, and from which nothing could be made.
    fn check(&self, reads: &Reads) -> Result<(), Box<Rejection>> {
        // so it is with nearly every event
        if !self.faulty {
            return Ok(());
        }
        match self.scope(None, None).fault(&reads.places) {
            Some(fault) => Err(self.rejection(fault.error.clone())),
            None => Ok(()),
        }
    }

    /// Counts the items of parts that are used, and tells what their rows warn of.
    fn settle(&mut self, reads: &Reads) -> Result<(), Box<Rejection>> {
        if !self.owing {
            return Ok(());
        }
        let flow = self.flow;
        let (mut open, mut used) = (reads.places.clone(), BTreeSet::new());
        while let Some(read) = open.pop() {
            let depends = flow.parts.get(read.part).map(|part| part.depends(read.field)).unwrap_or_default();
            if used.insert(read) {
                open.extend(depends.iter().flat_map(|depends| &depends.places));
            }
        }
        for at in &reads.parts {
            let (Some(part), Some(built)) = (flow.parts.get(*at), self.buffers.parts.get_mut(*at)) else {
                continue;
            };
            self.items += built.take_items();
            for read in used.iter().filter(|read| read.part == *at) {
                self.warnings.append(&mut built.take_warnings(part, read.field));
            }
        }
        if self.items > self.mapper.limits.items { Err(self.too_many_items()) } else { Ok(()) }
    }

    #[cold]
    fn too_many_items(&self) -> Box<Rejection> {
        let most = self.mapper.limits.items;
        let message = format!("the event has more than {most} list items to map (limit `items`)");
        Box::new(Rejection::new("limit_exceeded", message))
    }

    fn evaluator<L: Listener>(&self, listener: L) -> Evaluator<L> {
        Evaluator::new(listener, 0, self.mapper.limits.items)
    }

    fn scope<'a>(
        &'a self,
        response: Option<&'a ResponseView<'a>>,
        unknown: Option<&'a Unknown<'a>>,
    ) -> Scope<'a> {
        let item = self.loops.last().and_then(|round| round.items.get(round.index));
        Scope {
            doc: &self.doc,
            settings: &self.mapper.settings,
            options: self.options,
            parts: &self.buffers.parts,
            captures: &self.buffers.captures,
            unknown,
            response,
            item: item.map(|item| Val::Json(mapwright_json::Json::Tree(item))),
            now: self.now,
        }
    }

    fn place(&self, span: Span) -> String {
        let place = self.mapper.plan.place(span);
        format!("{}:{}", place.path, place.line)
    }

    #[allow(clippy::boxed_local, reason = "it is handed in as it comes out of the rows")]
    fn rejection(&self, mut error: RowError) -> Box<Rejection> {
        error.field.reverse();
        Box::new(Rejection {
            field: (!error.field.is_empty()).then(|| error.field.join(".")),
            mapping: Some(self.place(error.span)),
            ..Rejection::new(error.code, error.message)
        })
    }

    /// The next request, or nothing when the run is done. Asked again before [`Run::respond`], it is the same request.
    ///
    /// # Errors
    /// When the event, or what earlier responses gave, cannot make a request.
    pub fn request(&mut self) -> Result<Option<Request<'_>>, Box<Rejection>> {
        if self.prepared.is_none() && !self.advance()? {
            return Ok(None);
        }
        let Some(Instruction::Call(call)) = self.flow.program.get(self.at) else { return Ok(None) };
        let Some(prepared) = &self.prepared else { return Ok(None) };
        Ok(self.assemble(self.at, call, prepared))
    }

    /// What the mapping's `result` makes of the event and of what the calls have given, for a run that has no request any more.
    ///
    /// # Errors
    /// When a row of it cannot be made.
    pub fn result(&mut self) -> Result<Option<Value>, Box<Rejection>> {
        let Some(reads) = &self.flow.result else { return Ok(None) };
        self.build_for(&reads.parts, None);
        self.check(reads)?;
        self.settle(reads)?;
        let part = reads.places.first().and_then(|read| self.built(read.part));
        Ok(part.and_then(BuiltPart::json).map(|json| Val::Json(json).to_json()))
    }

    /// Goes on to the next step that is to be made, and prepares its request. `false`: there is none.
    fn advance(&mut self) -> Result<bool, Box<Rejection>> {
        let flow = self.flow;
        loop {
            match flow.program.get(self.at) {
                None => return Ok(false),
                Some(Instruction::Call(call)) => {
                    if self.passes(&call.guard)? {
                        self.requests += 1;
                        if self.requests > self.mapper.limits.requests {
                            return Err(self.too_many_requests());
                        }
                        self.build_for(&call.reads.parts, None);
                        self.check(&call.reads)?;
                        self.settle(&call.reads)?;
                        self.prepared = Some(self.prepare_call(call)?);
                        return Ok(true);
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

    #[cold]
    fn too_many_requests(&self) -> Box<Rejection> {
        let most = self.mapper.limits.requests;
        let message = format!("the event needs more than {most} requests (limit `requests`)");
        Box::new(Rejection::new("limit_exceeded", message))
    }

    /// Whether a guard lets the run pass. A row that it reads, and without whose value it cannot be said, rejects the event.
    fn passes(&mut self, guard: &Guard) -> Result<bool, Box<Rejection>> {
        self.build_for(&guard.reads.parts, None);
        match guard_truth(&self.scope(None, None), guard) {
            Truth::Yes => Ok(true),
            Truth::No => Ok(false),
            Truth::Unknown => self.check(&guard.reads).map(|()| false),
        }
    }

    /// The items of a loop that count.
    fn loop_items<L: Listener>(
        &self,
        repeat: &Repeat,
        unknown: Option<&Unknown<'_>>,
        listener: &mut L,
    ) -> Result<Vec<Value>, Box<Rejection>> {
        let scope = self.scope(None, unknown);
        let value = self.evaluator(listener).named(&scope, "for_each", &repeat.list);
        let value = value.map_err(|error| self.rejection(error))?;
        let Some(value) = value else { return Ok(Vec::new()) };
        let items = if value.kind() == Kind::Array { value.into_items() } else { vec![value] };
        if items.len() > self.mapper.limits.items {
            let most = self.mapper.limits.items;
            let message = format!("a step is repeated for more than {most} items (limit `items`)");
            return Err(Box::new(Rejection::new("limit_exceeded", message)));
        }
        let counts = |item: &Val<'_>| {
            let inner = scope.with_item(item.clone());
            repeat.filter.as_ref().is_none_or(|filter| truth(&inner, filter) != Truth::No)
        };
        Ok(items.into_iter().filter(counts).map(|item| item.to_json()).collect())
    }

    fn enter_loop(&mut self, repeat: &Repeat) -> Result<bool, Box<Rejection>> {
        self.build_for(&repeat.reads.parts, None);
        self.check(&repeat.reads)?;
        let items = self.loop_items(repeat, None, &mut Nobody)?;
        if items.is_empty() {
            return Ok(false);
        }
        self.loops.push(Loop { start: self.at, items: items.into(), index: 0 });
        self.forget_round(self.at);
        Ok(true)
    }

    /// Goes on at another step, out of the loops that it is not in.
    fn jump(&mut self, target: usize) {
        let program = &self.flow.program;
        while self.loops.pop_if(|round| !is_within(program, round, target)).is_some() {}
        self.at = target;
    }

    /// Ends a round: the next one starts, or the loop is left.
    fn leave(&mut self, start: usize) {
        if let Some(round) = self.loops.last_mut().filter(|round| round.start == start) {
            round.index += 1;
            if round.index < round.items.len() {
                self.at = start + 1;
                self.forget_round(start);
                return;
            }
            self.loops.pop();
        }
        self.at += 1;
    }

    /// Captures of the group that starts here last for one round.
    fn forget_round(&mut self, start: usize) {
        for capture in sets_of_group(&self.flow.program, start) {
            if let Some(value) = self.buffers.captures.get_mut(capture) {
                *value = None;
            }
        }
    }

    fn built(&self, part: usize) -> Option<&BuiltPart> {
        self.buffers.parts.get(part)?.if_built()
    }

    fn operation(&self, call: &Call) -> Option<&'e Operation> {
        self.mapper.plan.operations.get(call.operation)
    }
}

/// Whether an instruction is in a loop.
fn is_within(program: &[Instruction], round: &Loop, at: usize) -> bool {
    match program.get(round.start) {
        Some(Instruction::Enter { end, .. }) => round.start < at && at < *end,
        _ => false,
    }
}

/// Whether a guard lets a run pass.
fn guard_truth<'a>(scope: &Scope<'a>, guard: &'a Guard) -> Truth {
    let when = guard.when.as_ref().map_or(Truth::Yes, |when| truth(scope, when));
    match when {
        Truth::No => Truth::No,
        _ => when.and(guard.unless.as_ref().map_or(Truth::Yes, |unless| truth(scope, unless).not())),
    }
}
