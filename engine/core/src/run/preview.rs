//! Every request that could be sent, when no response is known.

use serde_json::Value;

use crate::mapper::Rejection;
use crate::plan::{Call, Condition, Flow, Guard, Instruction, Part};
use crate::run::condition::{Truth, truth};
use crate::run::explain::{Heard, Silent, StepTrace, StepVerdict, Trace};
use crate::run::reach::{Reach, in_round, with};
use crate::run::request::Request;
use crate::run::scope::Unknown;
use crate::run::{Loop, Run};

/// A preview on its way through the steps.
struct Walk<'e, 't, T> {
    /// The captures that may have a value, if no response rule goes on at another step.
    straight: Vec<bool>,
    requests: Vec<Request<'e>>,
    trace: &'t mut T,
}

impl<'e> Run<'e> {
    /// Every request that could be sent, in order, with the condition that waits for a response and with `{name}` where
    /// a captured value will stand.
    ///
    /// # Errors
    /// When the event cannot make one of them.
    pub fn preview(&mut self) -> Result<Vec<Request<'e>>, Box<Rejection>> {
        self.preview_with(&mut Silent)
    }

    /// The same, while a trace listens.
    pub fn preview_with<T: Trace>(&mut self, trace: &mut T) -> Result<Vec<Request<'e>>, Box<Rejection>> {
        let flow = self.flow;
        self.build_for(&flow.eager)?;
        let captures = flow.captures.len();
        // where every step can be made, what may be captured is known already
        let all = (0..flow.program.len()).all(|at| self.can(at, flow.reach.before(at)));
        let less = (!all).then(|| Reach::new(&flow.program, captures, |at, set| self.can(at, set)));
        let reach = less.as_ref().unwrap_or(&flow.reach);
        let mut walk = Walk { straight: vec![false; captures], requests: Vec::new(), trace };
        self.walk(0..flow.program.len(), &[], reach, &mut walk)?;
        Ok(walk.requests)
    }

    fn guard_at(&self, at: usize) -> Option<&'e Guard> {
        match self.flow.program.get(at) {
            Some(Instruction::Call(call)) => Some(&call.guard),
            Some(Instruction::Enter { guard, .. }) => Some(guard),
            _ => None,
        }
    }

    /// Whether an instruction may be carried out, where these captures may have a value.
    fn can(&mut self, at: usize, possible: &[bool]) -> bool {
        self.guard_at(at).is_none_or(|guard| self.guard(guard, possible).0 != Truth::No)
    }

    fn unknown<'a>(&self, possible: &'a [bool]) -> Unknown<'a>
    where
        'e: 'a,
    {
        let flow = self.flow;
        let parts: &[Part] = if possible.contains(&true) { &flow.parts } else { &[] };
        Unknown { names: &flow.captures, possible, parts, item: true }
    }

    /// What a guard says, and the conditions that wait for a response.
    fn guard(&mut self, guard: &Guard, possible: &[bool]) -> (Truth, Vec<String>) {
        let unknown = self.unknown(possible);
        for part in &guard.reads {
            if self.build_part(*part, Some(&unknown), &mut Silent).is_err() {
                return (Truth::Unknown, Vec::new());
            }
        }
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

    fn walk<T: Trace>(
        &mut self,
        range: std::ops::Range<usize>,
        waiting: &[String],
        reach: &Reach,
        walk: &mut Walk<'e, '_, T>,
    ) -> Result<(), Box<Rejection>> {
        let flow = self.flow;
        let mut at = range.start;
        while at < range.end {
            let Some(instruction) = flow.program.get(at) else { break };
            let Some(guard) = self.guard_at(at) else {
                at += 1;
                continue;
            };
            let (mut truth, mut conditions) = self.guard(guard, &walk.straight);
            if truth == Truth::No {
                (truth, conditions) = self.guard(guard, reach.before(at));
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
                            Truth::No => self.ruled_out(guard, reach.before(at)),
                            _ => conditions.clone(),
                        };
                        walk.trace.hear(Heard::Step(step_trace(at, &call.name, truth, decided_by)));
                    }
                    if truth != Truth::No {
                        let request = self.preview_call(call, &conditions, at, reach, walk)?;
                        walk.requests.push(request);
                        if walk.requests.len() > self.mapper.limits.requests {
                            let most = self.mapper.limits.requests;
                            let message =
                                format!("the event needs more than {most} requests (limit `requests`)");
                            return Err(Box::new(Rejection::new("limit_exceeded", message)));
                        }
                        walk.straight = with(&walk.straight, call.sets_when_done());
                    }
                    at += 1;
                }
                Instruction::Enter { list, end, .. } => {
                    let (inner, end) = (at + 1..end.saturating_sub(1), *end);
                    if T::ON && truth == Truth::No {
                        let conditions = self.ruled_out(guard, reach.before(at));
                        flow.not_made(inner.clone(), &conditions, walk.trace);
                    }
                    if T::ON
                        && let Some((at, call)) = flow.calls(inner.clone()).next()
                    {
                        walk.trace.hear(Heard::Of(at, &call.name));
                    }
                    match list {
                        _ if truth == Truth::No => {}
                        None => self.walk(inner, &conditions, reach, walk)?,
                        Some(repeat) => {
                            let unknown = self.unknown(reach.before(at));
                            let items = self.loop_items(repeat, Some(&unknown), walk.trace)?;
                            if T::ON && items.is_empty() {
                                flow.not_made(
                                    inner.clone(),
                                    &["`for_each` has an item".to_owned()],
                                    walk.trace,
                                );
                            }
                            self.rounds(at, items, inner, &conditions, reach, walk)?;
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
        reach: &Reach,
        walk: &mut Walk<'e, '_, T>,
    ) -> Result<(), Box<Rejection>> {
        let rounds = items.len();
        let program = &self.flow.program;
        let entry = in_round(program, start, reach.before(start));
        self.loops.push(Loop { start, items, index: 0 });
        let mut result = Ok(());
        for index in 0..rounds {
            if let Some(round) = self.loops.last_mut() {
                round.index = index;
            }
            // what can be captured may depend on the item
            let reach = Reach::within(program, inner.clone(), &entry, |at, set| self.can(at, set));
            walk.straight = in_round(program, start, &walk.straight);
            result = self.walk(inner.clone(), conditions, &reach, walk);
            if result.is_err() {
                break;
            }
        }
        self.loops.pop();
        result
    }

    fn preview_call<T: Trace>(
        &mut self,
        call: &'e Call,
        conditions: &[String],
        at: usize,
        reach: &Reach,
        walk: &mut Walk<'e, '_, T>,
    ) -> Result<Request<'e>, Box<Rejection>> {
        let unknown =
            Unknown { names: &self.flow.captures, possible: reach.before(at), parts: &[], item: true };
        for part in &call.reads {
            self.build_part(*part, Some(&unknown), walk.trace)?;
        }
        let mut warnings = Vec::new();
        let prepared = self.prepared_for(call, Some(&unknown), walk.trace, &mut warnings)?;
        let request = self.assemble_owned(at, call, prepared);
        self.warnings.append(&mut warnings);
        let when = (!conditions.is_empty()).then(|| conditions.join(" and "));
        request
            .map(|request| Request { when, preview: true, ..request })
            .ok_or_else(|| Box::new(Rejection::new("no_operation", "the step calls nothing")))
    }
}

impl Flow {
    /// The steps in a range, and where they are.
    fn calls(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (usize, &Call)> {
        range.filter_map(|at| match self.program.get(at)? {
            Instruction::Call(call) => Some((at, call.as_ref())),
            _ => None,
        })
    }

    /// Tells of steps that nothing leads to.
    fn not_made(&self, range: std::ops::Range<usize>, conditions: &[String], trace: &mut impl Trace) {
        for (at, call) in self.calls(range) {
            trace.hear(Heard::Step(step_trace(at, &call.name, Truth::No, conditions.to_vec())));
        }
    }
}

fn step_trace(at: usize, name: &str, truth: Truth, conditions: Vec<String>) -> StepTrace {
    let verdict = match truth {
        Truth::No => StepVerdict::NotMade,
        _ if conditions.is_empty() => StepVerdict::Made,
        _ => StepVerdict::Waits,
    };
    let condition = (!conditions.is_empty()).then(|| conditions.join(" and "));
    StepTrace { step: name.to_owned(), instruction: at, verdict, condition }
}

fn negated(condition: &Condition) -> String {
    let text = &condition.text;
    if text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']')) {
        format!("not {text}")
    } else {
        format!("not ({text})")
    }
}
