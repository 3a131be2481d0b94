//! Every request that could be sent, when no response is known.

use serde_json::Value;

use crate::mapper::Rejection;
use crate::plan::{Call, Condition, Flow, Guard, Instruction, RuleEnd};
use crate::run::condition::{Truth, truth};
use crate::run::explain::{Heard, Silent, StepTrace, StepVerdict, Trace};
use crate::run::request::Request;
use crate::run::scope::Unknown;
use crate::run::{Loop, Run};

/// Which captures may have a value where.
struct Reach {
    /// On the way down from the first step.
    straight: Vec<Vec<bool>>,
    /// With all the ways back that response rules take.
    with_jumps: Vec<Vec<bool>>,
}

/// A preview on its way through the steps.
struct Walk<'t, T> {
    reach: Reach,
    requests: Vec<Request<'static>>,
    trace: &'t mut T,
}

impl Run<'_> {
    /// Every request that could be sent, in order, with the condition that waits for a response and with `{name}` where
    /// a captured value will stand.
    ///
    /// # Errors
    /// When the event cannot make one of them.
    pub fn preview(&mut self) -> Result<Vec<Request<'static>>, Box<Rejection>> {
        self.preview_with(&mut Silent)
    }

    /// The same, while a trace listens.
    pub(crate) fn preview_with<T: Trace>(
        &mut self,
        trace: &mut T,
    ) -> Result<Vec<Request<'static>>, Box<Rejection>> {
        let flow = self.flow;
        self.build_for(&flow.eager)?;
        let mut possible = vec![true; self.flow.program.len()];
        // a step that cannot be made sets no captures, which may rule out others: at most one falls out each time
        for _ in 0..=possible.len() {
            let reach = self.reach(&possible);
            let next: Vec<bool> = (0..possible.len())
                .map(|at| {
                    let guard = self.guard_at(at);
                    possible.get(at) == Some(&true)
                        && guard.is_none_or(|g| self.guard(g, &reach.with_jumps, at).0 != Truth::No)
                })
                .collect();
            if next == possible {
                break;
            }
            possible = next;
        }
        let mut walk = Walk { reach: self.reach(&possible), requests: Vec::new(), trace };
        self.walk(0..self.flow.program.len(), &[], &mut walk)?;
        Ok(walk.requests)
    }

    fn guard_at(&self, at: usize) -> Option<&Guard> {
        match self.flow.program.get(at) {
            Some(Instruction::Call(call)) => Some(&call.guard),
            Some(Instruction::Enter { guard, .. }) => Some(guard),
            _ => None,
        }
    }

    fn reach(&self, possible: &[bool]) -> Reach {
        let program = &self.flow.program;
        let none = vec![false; self.flow.captures.len()];
        let mut seen = none.clone();
        let mut straight = Vec::with_capacity(program.len());
        for (at, instruction) in program.iter().enumerate() {
            straight.push(seen.clone());
            if possible.get(at) == Some(&true) {
                note_captures(instruction, &mut seen);
            }
        }
        straight.push(seen);
        let mut with_jumps = straight.clone();
        for (from, instruction) in program.iter().enumerate() {
            let (Instruction::Call(call), Some(true)) = (instruction, possible.get(from)) else { continue };
            for rule in &call.rules {
                let RuleEnd::Then(target) = rule.end else { continue };
                let carried = straight.get(from + 1).cloned().unwrap_or_else(|| none.clone());
                for reached in with_jumps.iter_mut().skip(target) {
                    for (slot, carried) in reached.iter_mut().zip(&carried) {
                        *slot |= carried;
                    }
                }
            }
        }
        Reach { straight, with_jumps }
    }

    fn unknown<'a>(&'a self, reach: &[Vec<bool>], at: usize) -> Unknown<'a> {
        let possible = reach.get(at).cloned().unwrap_or_default();
        let any = possible.contains(&true);
        let parts = self.flow.parts.iter().map(|part| any && part.volatile).collect();
        Unknown { names: &self.flow.captures, possible, parts }
    }

    /// What a guard says, and the conditions that wait for a response.
    fn guard(&self, guard: &Guard, reach: &[Vec<bool>], at: usize) -> (Truth, Vec<String>) {
        let unknown = self.unknown(reach, at);
        let scope = self.scope(None, Some(&unknown));
        let when = guard.when.as_ref().map(|when| (truth(&scope, when), when.text.clone()));
        let unless = guard.unless.as_ref().map(|unless| (truth(&scope, unless).not(), negated(unless)));
        let mut result = Truth::Yes;
        let mut waiting = Vec::new();
        for (truth, text) in when.into_iter().chain(unless) {
            result = result.and(truth);
            if truth == Truth::Unknown {
                waiting.push(text);
            }
        }
        (result, waiting)
    }

    /// The conditions of a guard that do not hold.
    fn ruled_out(&self, guard: &Guard, reach: &Reach, at: usize) -> Vec<String> {
        let unknown = self.unknown(&reach.with_jumps, at);
        let scope = self.scope(None, Some(&unknown));
        let when = guard.when.as_ref().filter(|when| truth(&scope, when) == Truth::No);
        let unless = guard.unless.as_ref().filter(|unless| truth(&scope, unless) == Truth::Yes);
        when.map(|when| when.text.clone()).into_iter().chain(unless.map(negated)).collect()
    }

    fn walk<T: Trace>(
        &mut self,
        range: std::ops::Range<usize>,
        waiting: &[String],
        walk: &mut Walk<'_, T>,
    ) -> Result<(), Box<Rejection>> {
        let flow = self.flow;
        let mut at = range.start;
        while at < range.end {
            let Some(instruction) = flow.program.get(at) else { break };
            let Some(guard) = self.guard_at(at) else {
                at += 1;
                continue;
            };
            let (mut truth, mut conditions) = self.guard(guard, &walk.reach.straight, at);
            if truth == Truth::No {
                (truth, conditions) = self.guard(guard, &walk.reach.with_jumps, at);
                // what only a way back can make true waits for that way back
                if truth == Truth::Yes {
                    conditions.extend(guard.when.as_ref().map(|when| when.text.clone()));
                    conditions.extend(guard.unless.as_ref().map(negated));
                }
            }
            let conditions: Vec<String> = waiting.iter().cloned().chain(conditions).collect();
            match instruction {
                Instruction::Call(call) => {
                    if T::ON {
                        let decided_by = match truth {
                            Truth::No => self.ruled_out(guard, &walk.reach, at),
                            _ => conditions.clone(),
                        };
                        walk.trace.hear(Heard::Step(step_trace(&call.name, truth, decided_by)));
                    }
                    if truth != Truth::No {
                        let request = self.preview_call(call, &conditions, at, walk)?;
                        walk.requests.push(request);
                        if walk.requests.len() > self.mapper.limits.requests {
                            let most = self.mapper.limits.requests;
                            let message =
                                format!("the event needs more than {most} requests (limit `requests`)");
                            return Err(Box::new(Rejection::new("limit_exceeded", message)));
                        }
                    }
                    at += 1;
                }
                Instruction::Enter { list, end, .. } => {
                    let (inner, end) = (at + 1..end.saturating_sub(1), *end);
                    if T::ON && truth == Truth::No {
                        let conditions = self.ruled_out(guard, &walk.reach, at);
                        flow.not_made(inner.clone(), &conditions, walk.trace);
                    }
                    if T::ON
                        && let Some(call) = flow.calls(inner.clone()).next()
                    {
                        walk.trace.hear(Heard::Of(&call.name));
                    }
                    match list {
                        _ if truth == Truth::No => {}
                        None => self.walk(inner, &conditions, walk)?,
                        Some(repeat) => {
                            let unknown = self.unknown(&walk.reach.with_jumps, at);
                            let items = self.loop_items(repeat, Some(&unknown), walk.trace)?;
                            drop(unknown);
                            if T::ON && items.is_empty() {
                                flow.not_made(
                                    inner.clone(),
                                    &["`for_each` has an item".to_owned()],
                                    walk.trace,
                                );
                            }
                            self.rounds(at, items, inner, &conditions, walk)?;
                        }
                    }
                    at = end;
                }
                Instruction::Leave { .. } => at += 1,
            }
        }
        Ok(())
    }

    fn rounds<T: Trace>(
        &mut self,
        start: usize,
        items: Vec<Value>,
        inner: std::ops::Range<usize>,
        conditions: &[String],
        walk: &mut Walk<'_, T>,
    ) -> Result<(), Box<Rejection>> {
        let rounds = items.len();
        self.loops.push(Loop { start, items, index: 0 });
        let mut result = Ok(());
        for index in 0..rounds {
            if let Some(round) = self.loops.last_mut() {
                round.index = index;
            }
            result = self.walk(inner.clone(), conditions, walk);
            if result.is_err() {
                break;
            }
        }
        self.loops.pop();
        result
    }

    fn preview_call<T: Trace>(
        &mut self,
        call: &Call,
        conditions: &[String],
        at: usize,
        walk: &mut Walk<'_, T>,
    ) -> Result<Request<'static>, Box<Rejection>> {
        let possible = walk.reach.with_jumps.get(at).cloned().unwrap_or_default();
        for part in &call.reads {
            let unknown =
                Unknown { names: &self.flow.captures, possible: possible.clone(), parts: Vec::new() };
            self.build_part(*part, Some(&unknown), walk.trace)?;
        }
        let unknown = Unknown { names: &self.flow.captures, possible, parts: Vec::new() };
        let (prepared, warnings) = self.prepared_for(call, Some(&unknown), walk.trace)?;
        let request = self.assemble(call, &prepared).map(Request::into_owned);
        self.warnings.extend(warnings);
        let when = (!conditions.is_empty()).then(|| conditions.join(" and "));
        request
            .map(|request| Request { when, preview: true, ..request })
            .ok_or_else(|| Box::new(Rejection::new("no_operation", "the step calls nothing")))
    }
}

impl Flow {
    fn calls(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = &Call> {
        self.program.get(range).unwrap_or_default().iter().filter_map(|instruction| match instruction {
            Instruction::Call(call) => Some(call.as_ref()),
            _ => None,
        })
    }

    /// Tells of steps that nothing leads to.
    fn not_made(&self, range: std::ops::Range<usize>, conditions: &[String], trace: &mut impl Trace) {
        for call in self.calls(range) {
            trace.hear(Heard::Step(step_trace(&call.name, Truth::No, conditions.to_vec())));
        }
    }
}

fn step_trace(name: &str, truth: Truth, conditions: Vec<String>) -> StepTrace {
    let verdict = match truth {
        Truth::No => StepVerdict::NotMade,
        _ if conditions.is_empty() => StepVerdict::Made,
        _ => StepVerdict::Waits,
    };
    let condition = (!conditions.is_empty()).then(|| conditions.join(" and "));
    StepTrace { step: name.to_owned(), verdict, condition }
}

fn negated(condition: &Condition) -> String {
    let text = &condition.text;
    if text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']')) {
        format!("not {text}")
    } else {
        format!("not ({text})")
    }
}

fn note_captures(instruction: &Instruction, seen: &mut [bool]) {
    let Instruction::Call(call) = instruction else { return };
    let of_rules = call.rules.iter().flat_map(|rule| &rule.capture);
    for (capture, _) in call.capture.iter().chain(of_rules) {
        if let Some(slot) = seen.get_mut(*capture) {
            *slot = true;
        }
    }
}
