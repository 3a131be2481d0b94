//! One event going through a plan: what to build, which request comes next, what a response means.

mod call;
pub mod condition;
pub mod emit;
pub mod explain;
pub mod glance;
pub mod made;
pub mod part;
mod preview;
pub mod reach;
pub mod request;
mod respond;
pub mod response;
pub mod rest;
pub mod row;
pub mod scope;
pub mod stream;
mod union;

use std::fmt;

use mapwright_json::{Doc, Kind};
use serde_json::Value;

use crate::mapper::{Buffers, FaultOf, MapperInner, Rejection, unmet};
use crate::plan::{Call, Condition, Flow, Instruction, Operation, Repeat};
use crate::run::call::{Prepared, eval_named};
use crate::run::condition::{Truth, holds, truth};
use crate::run::explain::{Silent, Trace};
use crate::run::part::{BuiltPart, build};
use crate::run::request::Request;
use crate::run::response::ResponseView;
use crate::run::row::{RowError, Sink};
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
    items: usize,
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
struct Loop {
    start: usize,
    items: Vec<Value>,
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

    /// Builds the payload parts that the flow can use without a response, unless they can wait, checks what is required, and warns.
    pub fn prepare<T: Trace>(&mut self, trace: &mut T) -> Result<(), Box<Rejection>> {
        let flow = self.flow;
        for part in &flow.eager {
            // a trace shows everything
            if T::ON || !self.waits(*part) {
                self.build_part(*part, None, trace)?;
            }
        }
        let missing = unmet(&self.scope(None, None), flow);
        match missing {
            None => self.warn_of_event(),
            Some(require) => Err(Box::new(Rejection {
                fault: FaultOf::from(require.fault),
                mapping: Some(self.place(require.span)),
                ..Rejection::new(&require.code, require.message.clone())
            })),
        }
    }

    /// Warns of the event, before what its rows have warned of. Parts that have waited are built only if a warning depends on them.
    fn warn_of_event(&mut self) -> Result<(), Box<Rejection>> {
        let mut given = Vec::new();
        for warn in &self.flow.warn {
            let says = |scope: &Scope<'_>| warn.when.as_ref().map_or(Truth::Yes, |when| truth(scope, when));
            let mut truth = says(&Scope { waiting: true, ..self.scope(None, None) });
            if truth == Truth::Unknown {
                self.build_for(&warn.reads)?;
                truth = says(&self.scope(None, None));
            }
            if truth == Truth::Yes {
                given.push(Warning::new(&warn.code, warn.message.clone()));
            }
        }
        if !given.is_empty() {
            self.warnings.splice(..0, given);
        }
        Ok(())
    }

    fn build_part<T: Trace>(
        &mut self,
        part: usize,
        unknown: Option<&Unknown<'_>>,
        trace: &mut T,
    ) -> Result<(), Box<Rejection>> {
        let Some(plan) = self.flow.parts.get(part) else { return Ok(()) };
        let mut built = self.buffers.parts.get_mut(part).map(std::mem::take).unwrap_or_default();
        let mut sink = self.sink(trace);
        let scope = self.scope(None, unknown);
        let result = build(&scope, plan, &mut sink, &mut built);
        drop(scope);
        let Sink { warnings, items, .. } = sink;
        self.items = items;
        for mut warning in warnings {
            warning.field = Some(match warning.field {
                Some(field) => format!("{}.{field}", plan.name),
                None => plan.name.clone(),
            });
            self.warnings.push(warning);
        }
        result.map_err(|error| self.rejection(error))?;
        if let Some(slot) = self.buffers.parts.get_mut(part) {
            *slot = built;
        }
        Ok(())
    }

    fn sink<T: Trace>(&self, trace: T) -> Sink<T> {
        Sink { warnings: Vec::new(), trace, items: self.items, most_items: self.mapper.limits.items }
    }

    fn scope<'a>(
        &'a self,
        response: Option<&'a ResponseView>,
        unknown: Option<&'a Unknown<'a>>,
    ) -> Scope<'a> {
        let item = self.loops.last().and_then(|round| round.items.get(round.index));
        Scope {
            doc: &self.doc,
            settings: &self.mapper.settings,
            options: self.options,
            parts: &self.buffers.parts,
            waiting: false,
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
        Ok(self.assemble(call, prepared))
    }

    /// What the mapping's `result` makes of the event and of what the calls have given, for a run that has no request any more.
    ///
    /// # Errors
    /// When a row of it cannot be made.
    pub fn result(&mut self) -> Result<Option<Value>, Box<Rejection>> {
        let Some(part) = &self.flow.result else { return Ok(None) };
        self.build_for(&part.reads)?;
        let mut built = BuiltPart::default();
        let mut sink = self.sink(Silent);
        build(&self.scope(None, None), part, &mut sink, &mut built).map_err(|error| self.rejection(error))?;
        self.warnings.extend(sink.warnings);
        Ok(built.json().map(|json| Val::Json(json).to_json()))
    }

    /// Goes on to the next step that is to be made, and prepares its request. `false`: there is none.
    fn advance(&mut self) -> Result<bool, Box<Rejection>> {
        let flow = self.flow;
        loop {
            match flow.program.get(self.at) {
                None => return Ok(false),
                Some(Instruction::Call(call)) => {
                    self.build_for(&call.guard.reads)?;
                    if self.passes(&call.guard.when, &call.guard.unless) {
                        self.requests += 1;
                        if self.requests > self.mapper.limits.requests {
                            let most = self.mapper.limits.requests;
                            let message =
                                format!("the event needs more than {most} requests (limit `requests`)");
                            return Err(Box::new(Rejection::new("limit_exceeded", message)));
                        }
                        self.build_for(&call.reads)?;
                        self.prepared = Some(self.prepare_call(call)?);
                        return Ok(true);
                    }
                    self.at += 1;
                }
                Some(Instruction::Enter { guard, list, end }) => {
                    self.build_for(&guard.reads)?;
                    let enters = self.passes(&guard.when, &guard.unless)
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

    fn waits(&self, part: usize) -> bool {
        self.flow.parts.get(part).is_some_and(|part| part.deferred)
    }

    /// Builds parts before they are read: those that may have changed, and those that have waited for it.
    fn build_for(&mut self, parts: &[usize]) -> Result<(), Box<Rejection>> {
        for part in parts {
            let built = self.built(*part).is_some();
            let changes = self.flow.parts.get(*part).is_some_and(|part| part.volatile);
            if changes || !built {
                self.build_part(*part, None, &mut Silent)?;
            }
        }
        Ok(())
    }

    fn passes(&self, when: &Option<Condition>, unless: &Option<Condition>) -> bool {
        let scope = self.scope(None, None);
        when.as_ref().is_none_or(|when| holds(&scope, when))
            && !unless.as_ref().is_some_and(|unless| holds(&scope, unless))
    }

    /// The items of a loop that count.
    fn loop_items<T: Trace>(
        &self,
        repeat: &Repeat,
        unknown: Option<&Unknown<'_>>,
        trace: &mut T,
    ) -> Result<Vec<Value>, Box<Rejection>> {
        let scope = self.scope(None, unknown);
        let mut sink = self.sink(trace);
        let value = eval_named(&scope, "for_each", &repeat.list, &mut sink);
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
        let items = self.loop_items(repeat, None, &mut Silent)?;
        if items.is_empty() {
            return Ok(false);
        }
        self.loops.push(Loop { start: self.at, items, index: 0 });
        self.forget_round(self.at);
        Ok(true)
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
        let end = match self.flow.program.get(start) {
            Some(Instruction::Enter { end, .. }) => *end,
            _ => return,
        };
        for instruction in self.flow.program.get(start..end).unwrap_or_default() {
            let Instruction::Call(call) = instruction else { continue };
            let of_rules = call.rules.iter().flat_map(|rule| &rule.capture);
            for (capture, _) in call.capture.iter().chain(of_rules) {
                if let Some(value) = self.buffers.captures.get_mut(*capture) {
                    *value = None;
                }
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
