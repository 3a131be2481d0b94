//! Every request that could be sent, when no response is known.

use serde_json::Value;

use crate::mapper::Rejection;
use crate::plan::{Call, Condition, Flow, Guard, Instruction, Part};
use crate::run::condition::{Truth, truth};
use crate::run::explain::{StepTrace, StepVerdict};
use crate::run::listener::{Listener, Nobody, Notice};
use crate::run::reach::Reach;
use crate::run::request::Request;
use crate::run::scope::Unknown;
use crate::run::{Loop, Run};

/// A preview on its way through the steps.
struct Walk<'e, 't, L> {
    reach: &'t Reach,
    requests: Vec<Request<'e>>,
    listener: &'t mut L,
}

impl<'e> Run<'e> {
    /// Every request that could be sent, in order, with the condition that waits for a response and with `{name}` where
    /// a captured value will stand.
    ///
    /// # Errors
    /// When the event cannot make one of them.
    pub fn preview(&mut self) -> Result<Vec<Request<'e>>, Box<Rejection>> {
        self.preview_with(&mut Nobody)
    }

    /// The same, while somebody listens.
    pub fn preview_with<L: Listener>(
        &mut self,
        listener: &mut L,
    ) -> Result<Vec<Request<'e>>, Box<Rejection>> {
        let flow = self.flow;
        self.build_for(&flow.eager)?;
        let mut possible = vec![true; flow.program.len()];
        // where not every step can be made
        let mut less: Option<Reach> = None;
        // a step that cannot be made sets no captures, which may rule out others: at most one falls out each time
        for _ in 0..=possible.len() {
            let reach = less.as_ref().unwrap_or(&flow.reach);
            let next: Vec<bool> = (0..possible.len())
                .map(|at| {
                    let guard = self.guard_at(at);
                    possible.get(at) == Some(&true)
                        && guard.is_none_or(|guard| self.guard(guard, reach.with_jumps(at)).0 != Truth::No)
                })
                .collect();
            if next == possible {
                break;
            }
            less = Some(Reach::new(&flow.program, flow.captures.len(), |at| next.get(at) == Some(&true)));
            possible = next;
        }
        let reach = less.as_ref().unwrap_or(&flow.reach);
        let mut walk = Walk { reach, requests: Vec::new(), listener };
        self.walk(0..flow.program.len(), &[], &mut walk)?;
        Ok(walk.requests)
    }

    fn guard_at(&self, at: usize) -> Option<&Guard> {
        match self.flow.program.get(at) {
            Some(Instruction::Call(call)) => Some(&call.guard),
            Some(Instruction::Enter { guard, .. }) => Some(guard),
            _ => None,
        }
    }

    fn unknown<'a>(&self, possible: &'a [bool]) -> Unknown<'a>
    where
        'e: 'a,
    {
        let flow = self.flow;
        let parts: &[Part] = if possible.contains(&true) { &flow.parts } else { &[] };
        Unknown { names: &flow.captures, possible, parts }
    }

    /// What a guard says, and the conditions that wait for a response.
    fn guard(&self, guard: &Guard, possible: &[bool]) -> (Truth, Vec<String>) {
        let unknown = self.unknown(possible);
        let scope = self.scope(None, Some(&unknown));
        let mut waiting = Vec::new();
        let when = guard.when.as_ref().map_or(Truth::Yes, |when| {
            let says = truth(&scope, when);
            waiting.extend((says == Truth::Unknown).then(|| when.text.clone()));
            says
        });
        let unless = guard.unless.as_ref().map_or(Truth::Yes, |unless| {
            let says = truth(&scope, unless).not();
            waiting.extend((says == Truth::Unknown).then(|| negated(unless)));
            says
        });
        (when.and(unless), waiting)
    }

    /// The conditions of a guard that do not hold.
    fn ruled_out(&self, guard: &Guard, possible: &[bool]) -> Vec<String> {
        let unknown = self.unknown(possible);
        let scope = self.scope(None, Some(&unknown));
        let when = guard.when.as_ref().filter(|when| truth(&scope, when) == Truth::No);
        let unless = guard.unless.as_ref().filter(|unless| truth(&scope, unless) == Truth::Yes);
        when.map(|when| when.text.clone()).into_iter().chain(unless.map(negated)).collect()
    }

    fn walk<L: Listener>(
        &mut self,
        range: std::ops::Range<usize>,
        waiting: &[String],
        walk: &mut Walk<'e, '_, L>,
    ) -> Result<(), Box<Rejection>> {
        let flow = self.flow;
        let mut at = range.start;
        while at < range.end {
            let Some(instruction) = flow.program.get(at) else { break };
            let Some(guard) = self.guard_at(at) else {
                at += 1;
                continue;
            };
            let (mut truth, mut conditions) = self.guard(guard, walk.reach.straight(at));
            if truth == Truth::No {
                (truth, conditions) = self.guard(guard, walk.reach.with_jumps(at));
                // what only a way back can make true waits for that way back
                if truth == Truth::Yes {
                    conditions.extend(guard.when.as_ref().map(|when| when.text.clone()));
                    conditions.extend(guard.unless.as_ref().map(negated));
                }
            }
            let conditions: Vec<String> = waiting.iter().cloned().chain(conditions).collect();
            match instruction {
                Instruction::Call(call) => {
                    let reach = walk.reach;
                    walk.listener.on(|| {
                        let decided_by = match truth {
                            Truth::No => self.ruled_out(guard, reach.with_jumps(at)),
                            _ => conditions.clone(),
                        };
                        Notice::Step(step_trace(&call.name, truth, decided_by))
                    });
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
                    if L::LISTENS && truth == Truth::No {
                        let conditions = self.ruled_out(guard, walk.reach.with_jumps(at));
                        flow.not_made(inner.clone(), &conditions, walk.listener);
                    }
                    if let Some(call) = flow.calls(inner.clone()).next() {
                        walk.listener.on(|| Notice::Of(&call.name));
                    }
                    match list {
                        _ if truth == Truth::No => {}
                        None => self.walk(inner, &conditions, walk)?,
                        Some(repeat) => {
                            let unknown = self.unknown(walk.reach.with_jumps(at));
                            let items = self.loop_items(repeat, Some(&unknown), walk.listener)?;
                            if L::LISTENS && items.is_empty() {
                                flow.not_made(
                                    inner.clone(),
                                    &["`for_each` has an item".to_owned()],
                                    walk.listener,
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

    fn rounds<L: Listener>(
        &mut self,
        start: usize,
        items: Vec<Value>,
        inner: std::ops::Range<usize>,
        conditions: &[String],
        walk: &mut Walk<'e, '_, L>,
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

    fn preview_call<L: Listener>(
        &mut self,
        call: &'e Call,
        conditions: &[String],
        at: usize,
        walk: &mut Walk<'e, '_, L>,
    ) -> Result<Request<'e>, Box<Rejection>> {
        let unknown = Unknown { names: &self.flow.captures, possible: walk.reach.with_jumps(at), parts: &[] };
        for part in &call.reads {
            self.build_part(*part, Some(&unknown), walk.listener)?;
        }
        let mut warnings = Vec::new();
        let prepared = self.prepared_for(call, Some(&unknown), walk.listener, &mut warnings)?;
        let request = self.assemble_owned(call, prepared);
        self.warnings.append(&mut warnings);
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
    fn not_made(&self, range: std::ops::Range<usize>, conditions: &[String], listener: &mut impl Listener) {
        for call in self.calls(range) {
            listener.on(|| Notice::Step(step_trace(&call.name, Truth::No, conditions.to_vec())));
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
