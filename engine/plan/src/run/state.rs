//! The state of a run: its position, its parts and captures, and the sources that rows read.

use std::borrow::Cow;
use std::fmt;

use std::collections::BTreeSet;
use std::sync::Arc;

use mapwright_json::Doc;
use serde_json::Value;

use crate::bound::BoundPlan;
use crate::eval::built::{BuiltPart, Moment};
use crate::eval::condition::{Outcomes, Truth, asked, bounded, outcomes};
use crate::eval::fault::RowError;
use crate::eval::lazy::lazy_values;
use crate::eval::listener::{Listener, Nobody};
use crate::eval::part::build;
use crate::eval::reading::Reading;
use crate::eval::row::Evaluator;
use crate::eval::scope::{Scope, Unknown};
use crate::eval::work::Work;
use crate::plan::{
    Call, Condition, Flow, Guard, Instruction, Operation, OrderedSteps, Part, PartRead, Repeat,
};
use crate::rejection::Rejection;
use crate::request::Stale;
use crate::response::ResponseView;
use crate::run::buffers::Buffers;
use crate::run::done::DoneWork;
use crate::run::failure::FailedItem;
use crate::run::prepared::PreparedRequest;
use crate::tally::{Point, Tally, What};
use mapwright_convert::Warning;
use mapwright_convert::{Val, exact_tree};
use mapwright_findings::Span;

/// One event on its way through the requests that it needs.
///
/// A run does no I/O: [`Run::request`] says what to send, [`Run::respond`] takes the response, until there is no request any
/// more. [`Run::preview`] shows what could be sent without any response.
///
/// While a step that an [order key](crate::order::OrderKey) orders can still come, later events with the key wait before such steps of theirs:
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { find: { method: GET, path: /people }, save: { method: POST, path: /people } } }"),
/// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { find: { operation: find }, save: { operation: save, order: { person: userId }, body: { id: userId } } } }"),
/// # ].into_iter().collect();
/// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
/// use mapwright::{Outcome, Response, Scratch};
///
/// let mapper = plan.bind(&serde_json::json!({}))?;
/// let (event, mut scratch) = (r#"{"type": "identify", "userId": "u1"}"#, Scratch::new());
/// let ordered = mapper.order_keys(event, 0, &mut scratch)[0].steps[0].clone();
/// assert_eq!(ordered.names(), ["save"]);
///
/// let Outcome::Mapped(mut run) = mapper.map(event, 0, &mut scratch) else { panic!() };
/// assert_eq!(run.message(), "identify");
/// // `find` waits for no other event
/// assert!(run.has_request()? && !ordered.contains(run.instruction()));
/// run.respond(&Response::new(200, [], "{}"), 0)?;
/// assert!(run.has_request()? && ordered.contains(run.instruction()));
/// assert!(run.can_reach(&ordered) && ordered.can_follow(run.instruction()));
/// run.respond(&Response::new(200, [], "{}"), 0)?;
/// // nothing is left for which others would wait
/// assert!(!run.has_request()? && !run.can_reach(&ordered));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Run<'e> {
    pub(crate) mapper: &'e BoundPlan,
    /// The plan with renewed settings, in place of the mapper's.
    pub(crate) renewed: Option<Arc<BoundPlan>>,
    pub(crate) doc: Doc<'e>,
    pub(crate) flow: &'e Flow,
    pub(crate) message: &'e str,
    pub(crate) options: bool,
    pub(crate) now: i64,
    pub(crate) buffers: &'e mut Buffers,
    /// Counts what events reach, for coverage.
    pub(crate) tally: Option<&'e Tally>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) at: usize,
    /// The request at `at`, when it has been made.
    pub(crate) prepared: Option<PreparedRequest>,
    pub(crate) requests: usize,
    /// The step whose next page is requested, and the number of its pages so far.
    pub(crate) pages: Option<(usize, usize)>,
    /// Whether the step is requested again, for its next page or for a stale response: its conditions are not evaluated again.
    pub(crate) repeats: bool,
    /// The step whose cached response is stale, and the steps that have been requested again.
    pub(crate) renewing: Option<(usize, Stale)>,
    pub(crate) refetched: BTreeSet<usize>,
    /// The number of items that rows of used parts have made.
    pub(crate) items: usize,
    /// Whether items are sent in the requests of a batcher.
    pub(crate) collects: bool,
    /// Whether a row has rejected its value, needed or not.
    pub(crate) faulty: bool,
    /// Whether there are items that are not counted yet, or warnings that were not given.
    pub(crate) owing: bool,
    pub(crate) warnings: Vec<Warning>,
    /// The id in the last response that names no item of its request.
    pub(crate) unmatched: Option<String>,
    /// The items that have failed so far.
    pub(crate) failed: Vec<FailedItem>,
    /// Whether the round at hand has failed, and ends.
    pub(crate) round_failed: bool,
    /// The requests and items that are done, and those of an earlier delivery of the event.
    pub(crate) done: DoneWork,
    /// The positions of the items to send in the current loop with `on_failure: continue`; `None` for all.
    pub(crate) chosen: Option<BTreeSet<usize>>,
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

/// A loop that has started and not finished.
#[derive(Clone)]
pub(crate) struct Loop {
    pub start: usize,
    pub items: Arc<[Value]>,
    pub index: usize,
}

impl<'e> Run<'e> {
    #[inline(always)]
    pub(crate) fn new(
        mapper: &'e BoundPlan,
        doc: Doc<'e>,
        flow: &'e Flow,
        message: &'e str,
        now: i64,
        buffers: &'e mut Buffers,
    ) -> Self {
        Self {
            mapper,
            renewed: None,
            options: mapper.plan.admission.is_named(&doc),
            doc,
            flow,
            message,
            now,
            buffers,
            tally: mapper.tally.as_deref(),
            loops: Vec::new(),
            at: 0,
            prepared: None,
            requests: 0,
            pages: None,
            repeats: false,
            renewing: None,
            refetched: BTreeSet::new(),
            items: 0,
            collects: false,
            faulty: false,
            owing: false,
            warnings: Vec::new(),
            unmatched: None,
            failed: Vec::new(),
            round_failed: false,
            done: DoneWork::default(),
            chosen: None,
        }
    }

    /// Returns the message type.
    pub fn message(&self) -> &str {
        self.message
    }

    /// Returns the warnings so far: what was dropped or truncated.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the id in the last response that names no item of its request, and the ids of the items. A mapping that reads the wrong place
    /// has such.
    ///
    /// ```
    /// # let files: mapwright::Sources = [
    /// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.example.com] }"),
    /// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.example.com }, operations: { save: { method: POST, path: /rows, batch: { most: 9, id: item.id, body: items }, responses: [{ status: 200, class: done, failed: { each: response.body.errors, id: item.row } }] } } }"),
    /// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
    /// # ].into_iter().collect();
    /// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
    /// use mapwright::{Outcome, Response, Scratch};
    ///
    /// let mapper = plan.bind(&serde_json::json!({}))?;
    /// let mut scratch = Scratch::new();
    /// let Outcome::Mapped(mut run) = mapper.map(r#"{ "type": "identify", "userId": "u1" }"#, 0, &mut scratch) else { panic!() };
    /// assert!(run.request()?.is_some());
    /// run.respond(&Response::new(200, [], r#"{ "errors": [{ "row": "u2" }] }"#), 0)?;
    /// assert_eq!(run.unmatched(), Some("the id `u2`, but the id of the item is `u1`"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unmatched(&self) -> Option<&str> {
        self.unmatched.as_deref()
    }

    /// Returns the number of requests so far; a request that is sent again counts once.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Returns whether a step that an order key orders can still come.
    pub fn can_reach(&self, steps: &OrderedSteps) -> bool {
        steps.can_follow(self.at)
    }

    pub(crate) fn build_part<L: Listener>(
        &mut self,
        part: usize,
        unknown: Option<&Unknown<'_>>,
        listener: &mut L,
    ) {
        let Some(plan) = self.flow.parts.get(part) else { return };
        let mut built = self.buffers.parts.get_mut(part).and_then(Option::take).unwrap_or_default();
        let again = std::mem::take(&mut built.again);
        let at = self.moment(unknown);
        let before = if at.is_some() { built.take_before() } else { None };
        let reading = Reading::default();
        let scope = Scope { reading: Some(&reading), ..self.scope(None, unknown) };
        let mut evaluator = self.evaluator(listener);
        build(&scope, plan, before.as_ref(), &mut evaluator, &mut built);
        drop(scope);
        built.at = at;
        if again {
            built.told();
        }
        self.faulty |= built.fault(None).is_some();
        self.owing |= built.owes();
        if let Some(slot) = self.buffers.parts.get_mut(part) {
            *slot = Some(built);
        }
    }

    /// Builds parts before they are read, if they may have changed or have not been built.
    pub(crate) fn build_for(&mut self, parts: &[usize], unknown: Option<&Unknown<'_>>) {
        for part in parts {
            let changes = self.flow.parts.get(*part).is_some_and(Part::is_volatile);
            let mut tally = self.tally;
            if unknown.is_some() && changes && tally.is_some() {
                self.tell_part(*part, unknown, &mut tally);
                tally = None;
            }
            if !self.is_current(*part, unknown) {
                match tally {
                    None => self.build_part(*part, unknown, &mut Nobody),
                    mut tally => self.build_part(*part, unknown, &mut tally),
                }
            }
        }
    }

    /// Returns for every field of a part whether it must be built.
    pub(crate) fn tell_part<L: Listener>(
        &self,
        part: usize,
        unknown: Option<&Unknown<'_>>,
        listener: &mut L,
    ) {
        let Some(plan) = self.flow.parts.get(part) else { return };
        let reading = Reading::default();
        let scope = Scope { reading: Some(&reading), ..self.scope(None, unknown) };
        let mut evaluator = self.evaluator(listener);
        build(&scope, plan, None, &mut evaluator, &mut BuiltPart::default());
    }

    /// Whether a part is built, and nothing that it depends on has changed since.
    fn is_current(&self, part: usize, unknown: Option<&Unknown<'_>>) -> bool {
        let (Some(built), Some(plan)) = (self.built(part), self.flow.parts.get(part)) else { return false };
        if !plan.is_volatile() {
            return true;
        }
        let possible = unknown.map_or(&[][..], |unknown| unknown.possible);
        let changes = self.buffers.captures.changes();
        self.has_one_moment()
            && built.at.as_ref().is_some_and(|at| at.is_like(changes, possible, &plan.captures))
    }

    /// Returns whether parts depend on nothing that changes except captures: there is no current item.
    fn has_one_moment(&self) -> bool {
        self.loops.is_empty()
    }

    /// Returns the state of the captures, if parts depend on nothing else that changes.
    fn moment(&self, unknown: Option<&Unknown<'_>>) -> Option<Moment> {
        let possible = || unknown.map(|unknown| unknown.possible.to_vec()).unwrap_or_default();
        let changes = self.buffers.captures.changes();
        self.has_one_moment().then(|| Moment { changes, possible: possible() })
    }

    /// Reports to the listener that a point was reached.
    pub(crate) fn reached(&self, span: Span, what: What) {
        if let Some(tally) = self.tally {
            tally.hear(Point { span, what });
        }
    }

    /// Evaluates a hypothetical state, without counting points. Parts that it builds are built again when they are needed.
    pub(crate) fn uncounted<R>(&mut self, ask: impl FnOnce(&mut Self) -> R) -> R {
        let Some(tally) = self.tally.take() else { return ask(self) };
        let is_built = |part: &Option<Box<BuiltPart>>| part.as_ref().is_some_and(|part| part.built);
        let built: Vec<bool> = self.buffers.parts.iter().map(is_built).collect();
        let answer = ask(self);
        for (part, built) in self.buffers.parts.iter_mut().zip(built) {
            part.iter_mut().for_each(|part| part.built &= built);
        }
        self.tally = Some(tally);
        answer
    }

    /// Rejects the event if a row that is read has rejected.
    pub(crate) fn check(&self, places: &[PartRead]) -> Result<(), Box<Rejection>> {
        // the usual case
        if !self.faulty {
            return Ok(());
        }
        match self.scope(None, None).fault(places) {
            Some(fault) => Err(self.rejection(fault.error.clone())),
            None => Ok(()),
        }
    }

    /// Rejects the event for what keeps conditions from being decided: a row that they read, or a limit.
    pub(crate) fn undecided<'c>(
        &self,
        places: &[PartRead],
        conditions: impl Iterator<Item = &'c Condition>,
        unknown: Option<&Unknown<'_>>,
    ) -> Result<(), Box<Rejection>> {
        self.check(places)?;
        let scope = Scope { tally: None, ..self.scope(None, unknown) };
        let mut conditions = conditions.map(|condition| bounded(&scope, condition));
        conditions.find_map(Result::err).map_or(Ok(()), |error| Err(self.rejection(error)))
    }

    /// Counts the items of parts that are used, and reports the warnings of their rows. `read`: what is used, of which the parts in `parts` are.
    pub(crate) fn use_up(&mut self, mut read: Vec<PartRead>, parts: &[usize]) -> Result<(), Box<Rejection>> {
        if !self.owing {
            return Ok(());
        }
        let (flow, mut used) = (self.flow, BTreeSet::new());
        while let Some(read_now) = read.pop() {
            if used.insert(read_now) {
                let built = self.built(read_now.part);
                read.extend(built.into_iter().flat_map(|built| built.reads_of(read_now.field)));
            }
        }
        for at in parts {
            let built = self.buffers.parts.get_mut(*at).and_then(Option::as_mut);
            let (Some(part), Some(built)) = (flow.parts.get(*at), built) else { continue };
            for read in used.iter().filter(|read| read.part == *at) {
                self.items += built.take_items();
                self.warnings.append(&mut built.take_warnings(part, read.field));
            }
        }
        if self.items > self.mapper.limits.items { Err(self.too_many_items()) } else { Ok(()) }
    }

    #[cold]
    pub(crate) fn too_many_items(&self) -> Box<Rejection> {
        let most = self.mapper.limits.items;
        let message = format!("the event has more than {most} list items to map (limit `items`)");
        Box::new(Rejection::new("limit_exceeded", message))
    }

    /// The plan with the settings that hold now.
    pub(crate) fn bound(&self) -> &BoundPlan {
        self.renewed.as_deref().unwrap_or(self.mapper)
    }

    pub(crate) fn evaluator<L: Listener>(&self, listener: L) -> Evaluator<L> {
        Evaluator::new(listener, &self.mapper.limits)
    }

    pub(crate) fn scope<'a>(
        &'a self,
        response: Option<&'a ResponseView<'a>>,
        unknown: Option<&'a Unknown<'a>>,
    ) -> Scope<'a> {
        let item = self.loops.last().and_then(|round| round.items.get(round.index));
        Scope {
            doc: &self.doc,
            settings: &self.bound().settings,
            options: self.options,
            parts: &self.buffers.parts,
            captures: self.buffers.captures.values(),
            unknown,
            response,
            item: item.map(|item| Val::Json(mapwright_json::Json::Tree(item))),
            items: None,
            now: self.now,
            lazy: lazy_values(&self.mapper.plan.lazy),
            tally: self.tally,
            reading: None,
        }
    }

    pub(crate) fn place(&self, span: Span) -> String {
        self.mapper.place(span)
    }

    pub(crate) fn rejection(&self, error: RowError) -> Box<Rejection> {
        self.mapper.rejection(error)
    }

    #[cold]
    pub(crate) fn too_many_requests(&self) -> Box<Rejection> {
        let most = self.mapper.limits.requests;
        let message = format!("the event needs more than {most} requests (limit `requests`)");
        Box::new(Rejection::new("limit_exceeded", message))
    }

    /// The loop of a step that is repeated on its own.
    pub(crate) fn round_alone(&self, call: &Call) -> Option<&Loop> {
        let round = self.loops.last()?;
        // the step, between the beginning and the end of a round
        let step = round.start + 1;
        let is_it = matches!(self.flow.program.get(step), Some(Instruction::Call(own)) if std::ptr::eq(&raw const **own, call));
        let is_alone = matches!(self.flow.program.get(round.start), Some(Instruction::Enter { end, .. }) if *end == step + 2);
        (is_it && is_alone).then_some(round)
    }

    /// Returns whether a guard lets the run pass. If the guard cannot be decided without a row that rejects, the event is rejected.
    pub(crate) fn passes(&mut self, guard: &Guard) -> Result<bool, Box<Rejection>> {
        self.build_for(&guard.reads.parts, None);
        match guard_outcomes(&self.scope(None, None), guard).truth() {
            Truth::Yes => Ok(true),
            Truth::No => Ok(false),
            Truth::Unknown => self.undecided(&guard.reads.places, guard.conditions(), None).map(|()| false),
        }
    }

    /// Returns the selected items of a loop.
    pub(crate) fn loop_items<L: Listener>(
        &self,
        (start, repeat): (usize, &Repeat),
        unknown: Option<&Unknown<'_>>,
        listener: &mut L,
    ) -> Result<Vec<Value>, Box<Rejection>> {
        let scope = self.scope(None, unknown);
        let value = self.evaluator(listener).named(&scope, "for_each", &repeat.list);
        let value = value.map_err(|error| self.rejection(error))?;
        let Some(value) = value else { return Ok(Vec::new()) };
        let items = value.into_list();
        if items.len() > self.mapper.limits.items {
            let most = self.mapper.limits.items;
            let message = format!("a step is repeated for more than {most} items (limit `items`)");
            return Err(Box::new(Rejection::new("limit_exceeded", message)));
        }
        let rounds = self.loops.iter().fold(items.len(), |all, outer| all.saturating_mul(outer.items.len()));
        let mut work = Work::new(&self.mapper.limits);
        for condition in repeat.filter.iter().chain(conditions_in(&self.flow.program, start)) {
            let outside = work.outside(rounds, &scope, Some(condition), None, repeat.list.span);
            outside.map_err(|error| self.rejection(error))?;
        }
        let mut counted = Vec::new();
        for item in items {
            let inner = scope.with_item(item.clone());
            let filter = repeat.filter.as_ref().map_or(Ok(Outcomes::YES), |filter| asked(&inner, filter));
            if filter.map_err(|error| self.rejection(error))? == Outcomes::NO {
                continue;
            }
            counted.push(exact_tree(item));
        }
        Ok(counted)
    }

    pub(crate) fn built(&self, part: usize) -> Option<&BuiltPart> {
        self.buffers.parts.get(part)?.as_ref()?.if_built()
    }

    /// A part as it is sent.
    pub(crate) fn sent_part(&self, part: usize) -> Cow<'_, [u8]> {
        match (self.built(part), self.flow.parts.get(part)) {
            (Some(built), Some(plan)) => built.sent(plan),
            (_, Some(plan)) if plan.list => Cow::Borrowed(b"[]"),
            _ => Cow::Borrowed(b"{}"),
        }
    }

    pub(crate) fn operation(&self, call: &Call) -> Option<&'e Operation> {
        self.mapper.operation(call.operation)
    }
}

/// The conditions of the steps of a group.
fn conditions_in(program: &[Instruction], start: usize) -> impl Iterator<Item = &Condition> {
    let end = match program.get(start) {
        Some(Instruction::Enter { end, .. }) => *end,
        Some(Instruction::Call(_) | Instruction::Leave { .. }) | None => start,
    };
    let inside = program.get(start + 1..end).unwrap_or_default();
    let guards = inside.iter().filter_map(|instruction| match instruction {
        Instruction::Call(call) => Some(&call.guard),
        Instruction::Enter { guard, .. } => Some(&**guard),
        Instruction::Leave { .. } => None,
    });
    guards.flat_map(Guard::conditions)
}

/// Whether an instruction is in a loop.
pub(crate) fn is_within(program: &[Instruction], round: &Loop, at: usize) -> bool {
    match program.get(round.start) {
        Some(Instruction::Enter { end, .. }) => round.start < at && at < *end,
        _ => false,
    }
}

/// Whether a guard lets a run pass.
pub(crate) fn guard_outcomes<'a>(scope: &Scope<'a>, guard: &'a Guard) -> Outcomes {
    let when = guard.when.as_ref().map_or(Outcomes::YES, |when| outcomes(scope, when));
    match when {
        Outcomes::NO => Outcomes::NO,
        _ => when.and(guard.unless.as_ref().map_or(Outcomes::YES, |unless| !outcomes(scope, unless))),
    }
}
