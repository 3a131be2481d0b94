//! Whether any way leads through the steps without a rejection, whatever is answered.
//!
//! All ways are tried, with what is known before the first request: a condition that waits for a response is taken to hold on one
//! way and not to hold on another, and keeps what it says until a response sets what it reads.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::encoding::may_refuse;
use crate::eval::built::BuiltPart;
use crate::eval::condition::outcomes;
use crate::eval::listener::Nobody;
use crate::plan::reach::{in_round, with};
use crate::plan::{BatchPlan, Call, Condition, Flow, Guard, Instruction, Operation, Repeat, Row, RuleEnd};
use crate::rejection::Rejection;
use crate::run::state::{Loop, Run, is_within};
use crate::tally::Point;

/// The maximum number of states; beyond it, a way is assumed to exist.
const MOST: usize = 10_000;

/// A run on one of its ways.
#[derive(Clone)]
struct State {
    at: usize,
    /// A loop over a list that is not known has no items.
    loops: Vec<Loop>,
    /// The captures that may have a value.
    set: Vec<bool>,
    assumed: Vec<Assumption>,
    requests: usize,
    /// Items that the bodies of repeated steps have made.
    items: usize,
}

/// The assumed value of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Assumption {
    /// The condition, and the rounds of the loops in which it is asked.
    condition: String,
    says: bool,
    /// The captures on which it depends.
    captures: Vec<usize>,
}

/// The value of a condition before the first request.
enum Answer {
    Says(bool),
    /// A response decides.
    Open,
    /// The condition cannot be decided, which rejects the event.
    Rejects,
}

/// The items of a loop.
enum Items {
    Known(Arc<[Value]>),
    Unknown,
    Rejected,
}

/// The state of the instructions before the first request.
trait Oracle {
    fn ask(&mut self, at: usize, guard: &Guard, condition: &Condition, state: &State) -> Answer;
    fn items(&mut self, at: usize, repeat: &Repeat, state: &State) -> Items;
    /// Whether the request of a step can be made.
    fn makes(&mut self, at: usize, call: &Call, state: &mut State) -> bool;
}

/// Whether there is a way from the first step past the last one.
fn has_way(flow: &Flow, oracle: &mut impl Oracle) -> bool {
    let program = &flow.program;
    let start = State {
        at: 0,
        loops: Vec::new(),
        set: vec![false; flow.captures.len()],
        assumed: Vec::new(),
        requests: 0,
        items: 0,
    };
    let (mut open, mut seen) = (vec![start], HashSet::new());
    while let Some(state) = open.pop() {
        if seen.len() > MOST {
            return true;
        }
        let Some(instruction) = program.get(state.at) else { return true };
        if !seen.insert(state.key()) {
            continue;
        }
        let at = state.at;
        let guard = match instruction {
            Instruction::Call(call) => &call.guard,
            Instruction::Enter { guard, .. } => guard,
            Instruction::Leave { start } => {
                open.push(state.end_round(flow, *start));
                continue;
            }
        };
        let (passed, skipped) = branches(state, at, guard, oracle);
        match instruction {
            Instruction::Call(call) => {
                if let Some(mut state) = passed {
                    state.requests += 1;
                    if oracle.makes(at, call, &mut state) {
                        for rule in &call.rules {
                            if let RuleEnd::Then(target) = rule.end {
                                let sets: Vec<usize> = rule.capture.iter().map(|(set, _)| *set).collect();
                                open.push(state.answered(&sets).jump(flow, target));
                            }
                        }
                        let sets: Vec<usize> = call.sets_when_done().collect();
                        open.push(state.answered(&sets).to(at + 1));
                    }
                }
                open.extend(skipped.into_iter().map(|state| state.to(at + 1)));
            }
            Instruction::Enter { list, end, .. } => {
                if let Some(state) = passed {
                    match list.as_ref().map(|repeat| oracle.items(at, repeat, &state)) {
                        None => open.push(state.to(at + 1)),
                        Some(Items::Known(items)) if items.is_empty() => open.push(state.to(*end)),
                        Some(Items::Known(items)) => open.push(state.begin(flow, at, items)),
                        Some(Items::Unknown) => {
                            open.push(state.clone().begin(flow, at, Arc::default()));
                            open.push(state.to(*end));
                        }
                        Some(Items::Rejected) => {}
                    }
                }
                open.extend(skipped.into_iter().map(|state| state.to(*end)));
            }
            Instruction::Leave { .. } => {}
        }
    }
    false
}

/// Returns the ways of a run at a guard: through it, and around it.
fn branches(state: State, at: usize, guard: &Guard, oracle: &mut impl Oracle) -> (Option<State>, Vec<State>) {
    let conditions = guard.when.iter().map(|when| (when, true));
    let conditions = conditions.chain(guard.unless.iter().map(|unless| (unless, false)));
    let (mut open, mut rejects) = (Vec::new(), false);
    for (condition, wanted) in conditions {
        let (known, opposite) = positive(&condition.text);
        let key = state.key_of(known);
        let answer = match state.assumed(&key) {
            Some(says) => Answer::Says(says != opposite),
            None => oracle.ask(at, guard, condition, &state),
        };
        match answer {
            Answer::Says(says) if says == wanted => {}
            Answer::Says(_) => return (None, vec![state]),
            Answer::Open => open.push((key, wanted != opposite)),
            Answer::Rejects => rejects = true,
        }
    }
    let (mut passed, mut skipped) = (state, Vec::new());
    for (key, wanted) in open {
        skipped.push(passed.clone().assume(key.clone(), !wanted, guard));
        passed = passed.assume(key, wanted, guard);
    }
    ((!rejects).then_some(passed), skipped)
}

/// Returns a condition without its leading `not`, and whether it has one.
fn positive(text: &str) -> (&str, bool) {
    let is_name =
        |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'));
    match text.strip_prefix("not ").map(str::trim) {
        Some(name) if is_name(name) => (name, true),
        _ => (text, false),
    }
}

/// The key of a state: the operation, the rounds of the loops, the captures and the assumptions.
type Key = (usize, Vec<(usize, usize)>, Vec<bool>, Vec<Assumption>);

impl State {
    fn to(self, at: usize) -> Self {
        Self { at, ..self }
    }

    fn rounds(&self) -> Vec<(usize, usize)> {
        self.loops.iter().map(|round| (round.start, round.index)).collect()
    }

    fn key(&self) -> Key {
        (self.at, self.rounds(), self.set.clone(), self.assumed.clone())
    }

    fn key_of(&self, condition: &str) -> String {
        match self.loops.as_slice() {
            [] => condition.to_owned(),
            _ => format!("{condition} {:?}", self.rounds()),
        }
    }

    fn assumed(&self, condition: &str) -> Option<bool> {
        self.assumed.iter().find(|known| known.condition == condition).map(|known| known.says)
    }

    fn assume(mut self, condition: String, says: bool, guard: &Guard) -> Self {
        self.assumed.push(Assumption { condition, says, captures: guard.captures.clone() });
        self
    }

    /// After a response that may have set these captures.
    fn answered(&self, sets: &[usize]) -> Self {
        let mut state = self.clone();
        state.set = with(&state.set, sets.iter().copied());
        state.assumed.retain(|known| !known.captures.iter().any(|capture| sets.contains(capture)));
        state
    }

    fn jump(mut self, flow: &Flow, target: usize) -> Self {
        while self.loops.pop_if(|round| !is_within(&flow.program, round, target)).is_some() {}
        self.to(target)
    }

    fn begin(mut self, flow: &Flow, start: usize, items: Arc<[Value]>) -> Self {
        self.loops.push(Loop { start, items, index: 0 });
        self.set = in_round(&flow.program, start, &self.set);
        self.to(start + 1)
    }

    fn end_round(mut self, flow: &Flow, start: usize) -> Self {
        let at = self.at;
        if let Some(round) = self.loops.last_mut().filter(|round| round.start == start) {
            round.index += 1;
            if round.index < round.items.len() {
                self.set = in_round(&flow.program, start, &self.set);
                return self.to(start + 1);
            }
            self.loops.pop();
        }
        self.to(at + 1)
    }

    /// Whether it is in a loop of which the items are not known.
    fn is_blind(&self) -> bool {
        self.loops.iter().any(|round| round.items.is_empty())
    }

    fn waits_for(&self, captures: &[usize]) -> bool {
        captures.iter().any(|capture| self.set.get(*capture) == Some(&true))
    }
}

impl Run<'_> {
    /// Returns the rejection if no way leads the event through the steps: the first one in the order of the steps.
    pub(crate) fn foresee(&mut self) -> Option<Box<Rejection>> {
        let (flow, loops) = (self.flow, std::mem::take(&mut self.loops));
        let (has_way, rejected) = self.uncounted(|run| {
            let mut probe = Probe { run, rejected: None };
            (has_way(flow, &mut probe), probe.rejected)
        });
        self.loops = loops;
        let (_, rejection) = rejected.filter(|_| !has_way)?;
        // the trial counted no points, and the one that rejects was reached
        if let Some(Point { span, what }) = rejection.point {
            self.reached(span, what);
        }
        Some(rejection)
    }
}

/// Asks a run for what is known before its first request.
struct Probe<'r, 'e> {
    run: &'r mut Run<'e>,
    /// The rejection, with its place.
    rejected: Option<(usize, Box<Rejection>)>,
}

impl Probe<'_, '_> {
    fn reject(&mut self, at: usize, rejection: Box<Rejection>) {
        if self.rejected.as_ref().is_none_or(|(first, _)| at < *first) {
            self.rejected = Some((at, rejection));
        }
    }

    /// Returns the rejection by a request that cannot be made whatever the responses are.
    fn rejection(&mut self, call: &Call, state: &mut State) -> Option<Box<Rejection>> {
        let run = &mut *self.run;
        if state.requests > run.mapper.limits.requests {
            return Some(run.too_many_requests());
        }
        let per_item = |part: &usize| run.flow.parts.get(*part).is_some_and(|part| part.per_item);
        let of_item: Vec<usize> = call.reads.parts.iter().copied().filter(|part| per_item(part)).collect();
        // of the others, those that have a fault of their own have been built; those of items may read any
        let reads_others = run.faulty || call.may_reject_early || !of_item.is_empty();
        let others = if reads_others { call.reads.parts.as_slice() } else { &[] };
        let others: Vec<usize> = others.iter().copied().filter(|part| !per_item(part)).collect();
        let unknown = run.unknown(&state.set);
        run.build_for(&others, Some(&unknown));
        if !state.is_blind() {
            run.build_for(&of_item, Some(&unknown));
            state.items +=
                of_item.iter().map(|part| run.built(*part).map_or(0, BuiltPart::items)).sum::<usize>();
        }
        if state.items > run.mapper.limits.items {
            return Some(run.too_many_items());
        }
        if run.faulty
            && let Some(fault) = run.scope(None, None).certain_fault(&call.needs)
        {
            return Some(run.rejection(fault.error.clone()));
        }
        if state.is_blind() {
            return None;
        }
        if call.may_reject_early || run.faulty {
            return run.prepared_for(call, Some(&unknown), &mut Nobody, &mut Vec::new()).err();
        }
        None
    }
}

impl Oracle for Probe<'_, '_> {
    fn ask(&mut self, at: usize, guard: &Guard, condition: &Condition, state: &State) -> Answer {
        let run = &mut *self.run;
        run.loops.clone_from(&state.loops);
        let unknown = run.unknown(&state.set);
        run.build_for(&guard.reads.parts, Some(&unknown));
        let outcomes = outcomes(&run.scope(None, Some(&unknown)), condition);
        match (outcomes.may_be_yes(), outcomes.may_be_no()) {
            (true, true) => Answer::Open,
            // on the other ways, it rejects
            (true, false) => Answer::Says(true),
            (false, true) => Answer::Says(false),
            (false, false) => {
                match run.undecided(&guard.reads.places, [condition].into_iter(), Some(&unknown)) {
                    Ok(()) => Answer::Open,
                    Err(rejection) => {
                        self.reject(at, rejection);
                        Answer::Rejects
                    }
                }
            }
        }
    }

    fn items(&mut self, at: usize, repeat: &Repeat, state: &State) -> Items {
        if state.waits_for(&repeat.captures) || state.is_blind() {
            return Items::Unknown;
        }
        self.run.loops.clone_from(&state.loops);
        match self.run.previewed_items((at, repeat), &state.set, &mut Nobody) {
            Ok(items) => Items::Known(items.into()),
            Err(rejection) => {
                self.reject(at, rejection);
                Items::Rejected
            }
        }
    }

    fn makes(&mut self, at: usize, call: &Call, state: &mut State) -> bool {
        self.run.loops.clone_from(&state.loops);
        match self.rejection(call, state) {
            None => true,
            Some(rejection) => {
                self.reject(at, rejection);
                false
            }
        }
    }
}

impl Flow {
    /// Returns whether events must be taken through the steps before their first request: whether a step after the first request may reject
    /// an event on every way.
    pub fn settle_rehearsal(&mut self, operations: &[Operation]) {
        for instruction in &mut self.program {
            if let Instruction::Call(call) = instruction {
                let operation = operations.get(call.operation);
                call.may_reject_early = call.may_reject(operation);
            }
        }
        self.rehearsed = !has_way(self, &mut Worst { flow: self });
    }
}

impl Call {
    /// Whether the encoding of the body, or what the step states beside it, can reject an event.
    fn may_reject(&self, operation: Option<&Operation>) -> bool {
        let (query, headers) = match operation {
            Some(operation) => (operation.query.as_slice(), operation.headers.as_slice()),
            None => (&[][..], &[][..]),
        };
        let encoding = operation.filter(|_| self.body.is_some()).map(|operation| operation.encoding);
        let batch = operation.and_then(|operation| operation.batch.as_ref());
        // a path or a header accepts only some values, and the length of a URL is limited
        batch.is_some_and(BatchPlan::may_reject)
            || encoding.is_some_and(may_refuse)
            || self.params.iter().any(is_of_event)
            || self.headers.iter().chain(headers).any(|header| is_of_event(&header.row))
            || self.query.iter().chain(query).any(|field| is_of_event(&field.row))
    }
}

/// Whether an event may decide what a row makes, without a response.
fn is_of_event(row: &Row) -> bool {
    !row.is_constant() && !row.is_captured()
}

/// An event that is rejected wherever an event can be.
struct Worst<'f> {
    flow: &'f Flow,
}

impl Oracle for Worst<'_> {
    fn ask(&mut self, _: usize, guard: &Guard, condition: &Condition, state: &State) -> Answer {
        let is_when = guard.when.as_ref().is_some_and(|when| std::ptr::eq(when, condition));
        match state.waits_for(&guard.captures) {
            true => Answer::Open,
            // nothing is sent before the first request
            false if state.requests > 0 && condition.may_exceed() => Answer::Rejects,
            false => Answer::Says(is_when),
        }
    }

    fn items(&mut self, _: usize, repeat: &Repeat, state: &State) -> Items {
        match state.waits_for(&repeat.captures) {
            true => Items::Unknown,
            false if state.requests > 0 && repeat.filter.as_ref().is_some_and(Condition::may_exceed) => {
                Items::Rejected
            }
            // the step of the second round comes after a request
            false => Items::Known([Value::Null, Value::Null].into()),
        }
    }

    fn makes(&mut self, _: usize, call: &Call, state: &mut State) -> bool {
        // nothing is sent before the first request; a repeated step can exceed its limit
        if state.requests == 1 {
            return true;
        }
        let mut read = call.reads.parts.iter().filter_map(|part| self.flow.parts.get(*part));
        let own = read.any(|part| part.per_item && part.may_reject_early());
        !call.may_reject_early && !own && (state.loops.is_empty() || state.is_blind())
    }
}
