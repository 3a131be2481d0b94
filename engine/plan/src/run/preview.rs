//! Every request that could be sent, when no response is known.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::eval::condition::{Outcomes, Truth, outcomes, truth};
use crate::eval::fault::RowError;
use crate::eval::listener::{Listener, Nobody, Notice};
use crate::eval::listener::{StepTrace, StepVerdict};
use crate::eval::reading::Reading;
use crate::eval::scope::{Scope, Unknown};
use crate::plan::reach::{Reach, in_round, set_more};
use crate::plan::{Call, Condition, Flow, Guard, Instruction, Repeat};
use crate::rejection::Rejection;
use crate::request::Request;
use crate::run::state::{Loop, Run};
use crate::sdk::SdkCall;
use crate::signing::SigningContext;
use crate::tally::What;
use mapwright_convert::Warning;
use mapwright_convert::warning::MAY_BE_REJECTED;

/// A preview on its way through the steps.
struct PreviewWalk<'e, 't, L> {
    /// The captures that may have a value, if no response rule continues at another step.
    straight: Vec<bool>,
    requests: Vec<Request<'e>>,
    /// The calls, of steps that make no requests.
    calls: Vec<SdkCall>,
    /// The bytes of their URLs, bodies and arguments.
    bytes: usize,
    /// Steps that would reject the event: what is said of them, and why.
    rejected: Vec<(String, Box<Rejection>)>,
    listener: &'t mut L,
}

/// A request or a call that may be made.
pub(crate) struct Preview<'e> {
    pub requests: Vec<Request<'e>>,
    pub calls: Vec<SdkCall>,
}

/// A condition, as it is shown.
type ShownCondition<'e> = Cow<'e, str>;

/// The verdict of the conditions of a guard.
struct Says {
    when: Outcomes,
    unless: Outcomes,
    /// The error of a row that only some responses lead to.
    perhaps: Option<RowError>,
}

impl Says {
    fn all(&self) -> Outcomes {
        self.when.and(self.unless)
    }

    /// The conditions that wait for a response.
    fn waiting<'g>(&self, guard: &'g Guard) -> impl Iterator<Item = ShownCondition<'g>> + use<'g> {
        let when = guard.when.as_ref().filter(|_| self.when.truth() == Truth::Unknown);
        let unless = guard.unless.as_ref().filter(|_| self.unless.truth() == Truth::Unknown);
        when.map(|when| Cow::from(&when.text)).into_iter().chain(unless.map(negated))
    }
}

impl<L> PreviewWalk<'_, '_, L> {
    /// How many requests and calls there are so far.
    fn made(&self) -> usize {
        self.requests.len() + self.calls.len()
    }
}

impl<'e> Run<'e> {
    /// Returns every request that could be sent, in order, with the condition that waits for a response and with `{name}` where
    /// a captured value will stand.
    ///
    /// A step that would reject the event is left out, with a warning, if responses can lead the event past it.
    ///
    /// # Errors
    /// When the event is rejected whatever is answered, or its requests are larger than [`preview_bytes`](crate::limits::Limits::preview_bytes) together.
    pub fn preview(&mut self) -> Result<Vec<Request<'e>>, Box<Rejection>> {
        let preview = match self.tally {
            None => self.preview_with(&mut Nobody),
            mut tally => self.preview_with(&mut tally),
        };
        Ok(preview?.requests)
    }

    /// Previews with a listener.
    pub(crate) fn preview_with<L: Listener>(
        &mut self,
        listener: &mut L,
    ) -> Result<Preview<'e>, Box<Rejection>> {
        let flow = self.flow;
        // parts are built for what is shown: a request that was made before has to be made again
        self.requests -= usize::from(self.prepared.take().is_some());
        let loops = std::mem::take(&mut self.loops);
        let captures = flow.captures.len();
        // where every step can be made, what may be captured is known already
        let less = self.uncounted(|run| {
            let most = |at| flow.reach.before(at);
            let can: Vec<bool> = (0..flow.program.len()).map(|at| run.can(at, most(at))).collect();
            // with fewer values, no more can be made
            let with =
                |at: usize, set: &[bool]| can.get(at) == Some(&true) && (set == most(at) || run.can(at, set));
            can.contains(&false).then(|| Reach::new(&flow.ways, with))
        });
        let reach = less.as_ref().unwrap_or(&flow.reach);
        let straight = vec![false; captures];
        // requests are large, and mostly one for a step
        let requests = Vec::with_capacity(flow.program.len().min(16));
        let (calls, rejected) = (Vec::new(), Vec::new());
        let mut walk = PreviewWalk { straight, requests, calls, bytes: 0, rejected, listener };
        self.walk(0..flow.program.len(), &[], reach, &mut walk);
        let PreviewWalk { requests, calls, bytes, rejected, .. } = walk;
        if bytes > self.mapper.limits.preview_bytes {
            self.loops = loops;
            return Err(self.too_large_preview());
        }
        let no_way = if rejected.is_empty() { None } else { self.foresee() };
        self.loops = loops;
        match no_way {
            Some(rejection) => Err(rejection),
            None => {
                self.warnings.extend(
                    rejected.into_iter().map(|(about, rejection)| may_be_rejected(&about, *rejection)),
                );
                Ok(Preview { requests, calls })
            }
        }
    }

    #[cold]
    fn too_large_preview(&self) -> Box<Rejection> {
        let most = self.mapper.limits.preview_bytes;
        let message = format!(
            "the requests of the preview have more than {most} bytes together (limit `preview_bytes`)"
        );
        Box::new(Rejection::new("limit_exceeded", message))
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
        self.guard_at(at).is_none_or(|guard| self.guard(guard, possible).all() != Outcomes::NO)
    }

    pub(super) fn unknown<'a>(&self, possible: &'a [bool]) -> Unknown<'a>
    where
        'e: 'a,
    {
        Unknown { names: &self.flow.captures, possible, parts: &self.flow.parts }
    }

    /// Returns the verdict of the two conditions of a guard: `when` must hold, and `unless` must not.
    fn guard(&mut self, guard: &Guard, possible: &[bool]) -> Says {
        let unknown = self.unknown(possible);
        self.build_for(&guard.reads.parts, Some(&unknown));
        let reading = Reading::default();
        let scope = Scope { reading: Some(&reading), ..self.scope(None, Some(&unknown)) };
        let when = guard.when.as_ref().map_or(Outcomes::YES, |when| outcomes(&scope, when));
        let unless = guard.unless.as_ref().map_or(Outcomes::YES, |unless| !outcomes(&scope, unless));
        Says { when, unless, perhaps: reading.take_perhaps().into_iter().next() }
    }

    /// Returns the rejection by a guard that cannot be decided, at least after some responses.
    fn guard_rejects(&self, guard: &Guard, says: &Says, possible: &[bool]) -> Option<Box<Rejection>> {
        let unknown = self.unknown(possible);
        let undecided = || self.undecided(&guard.reads.places, guard.conditions(), Some(&unknown)).err();
        let rejection = says.all().may_reject().then(undecided).flatten();
        rejection.or_else(|| Some(self.rejection(says.perhaps.clone()?)))
    }

    /// The conditions of a guard that do not hold.
    fn ruled_out<'g>(&self, guard: &'g Guard, possible: &[bool]) -> Vec<ShownCondition<'g>> {
        let unknown = self.unknown(possible);
        let scope = self.scope(None, Some(&unknown));
        let when = guard.when.as_ref().filter(|when| truth(&scope, when) == Truth::No);
        let unless = guard.unless.as_ref().filter(|unless| truth(&scope, unless) == Truth::Yes);
        when.map(|when| Cow::from(&when.text)).into_iter().chain(unless.map(negated)).collect()
    }

    fn walk<L: Listener>(
        &mut self,
        range: Range<usize>,
        waiting: &[ShownCondition<'e>],
        reach: &Reach,
        walk: &mut PreviewWalk<'e, '_, L>,
    ) {
        let flow = self.flow;
        let mut at = range.start;
        while at < range.end {
            let Some(instruction) = flow.program.get(at) else { break };
            let Some(guard) = self.guard_at(at) else {
                at += 1;
                continue;
            };
            let mut says = self.guard(guard, &walk.straight);
            if says.all() == Outcomes::NO && !guard.captures.is_empty() {
                says = self.guard(guard, reach.before(at));
                // what only a way back can make true waits for that way back
                if says.all() == Outcomes::YES {
                    says = Says { when: Outcomes::OPEN, unless: Outcomes::OPEN, perhaps: None };
                }
            }
            let truth = says.all().truth();
            let rejects = self.guard_rejects(guard, &says, reach.before(at));
            // where no response makes it hold, nothing is made
            let (rejects, may_reject) = match says.all().may_be_yes() {
                true => (None, rejects),
                false => (rejects, None),
            };
            let conditions: Vec<ShownCondition<'e>> = match truth {
                Truth::No => Vec::new(),
                Truth::Yes | Truth::Unknown => waiting.iter().cloned().chain(says.waiting(guard)).collect(),
            };
            let first = match instruction {
                Instruction::Call(call) => Some(&call.name),
                Instruction::Enter { end, .. } => flow.calls(at + 1..*end).next().map(|(_, call)| &call.name),
                Instruction::Leave { .. } => None,
            };
            if let (Some(name), Some(rejection)) = (first, may_reject) {
                walk.rejected.push((described(name, &[]), rejection));
            }
            match instruction {
                Instruction::Call(call) => {
                    walk.listener.on(|| {
                        let decided_by = match truth {
                            Truth::No => self.ruled_out(guard, reach.before(at)),
                            _ => conditions.clone(),
                        };
                        Notice::Step(step_trace(at, &call.name, truth, &decided_by))
                    });
                    if walk.bytes > self.mapper.limits.preview_bytes {
                        return;
                    }
                    if walk.made() >= self.mapper.limits.requests && truth != Truth::No {
                        walk.rejected.push((described(&call.name, &[]), self.too_many_requests()));
                        return;
                    }
                    if let Some(rejection) = rejects {
                        walk.rejected.push((described(&call.name, &[]), rejection));
                    } else if truth != Truth::No {
                        for (conditions, possible) in
                            of_pages(call, &conditions, reach.before(at), &walk.straight)
                        {
                            match self.preview_call(call, &conditions, at, &possible, walk) {
                                Ok(None) => {}
                                Ok(Some(request)) => {
                                    let body = request.body.as_ref().map_or(0, |body| body.bytes().len());
                                    walk.bytes = walk.bytes.saturating_add(request.url.len() + body);
                                    walk.requests.push(request);
                                }
                                Err(rejection) => {
                                    walk.rejected.push((described(&call.name, &conditions), rejection));
                                }
                            }
                        }
                        set_more(&mut walk.straight, call.sets_when_done());
                    }
                    at += 1;
                }
                Instruction::Enter { list, end, .. } => {
                    let (inner, end) = (at + 1..end.saturating_sub(1), *end);
                    let first = flow.calls(inner.clone()).next();
                    let name = first.map_or("", |(_, call)| call.name.as_ref());
                    if L::LISTENS && truth == Truth::No {
                        let conditions = self.ruled_out(guard, reach.before(at));
                        flow.not_made(inner.clone(), &conditions, walk.listener);
                    }
                    if let Some((at, call)) = first {
                        walk.listener.on(|| Notice::Of(at, &call.name));
                    }
                    match list {
                        _ if truth == Truth::No => {}
                        _ if rejects.is_some() => {
                            walk.rejected.extend(rejects.map(|rejection| (described(name, &[]), rejection)));
                        }
                        None => self.walk(inner, &conditions, reach, walk),
                        Some(repeat) => {
                            match self.previewed_items((at, repeat), reach.before(at), walk.listener) {
                                Ok(items) => {
                                    if L::LISTENS && items.is_empty() {
                                        let empty = [Cow::from("`for_each` has an item")];
                                        flow.not_made(inner.clone(), &empty, walk.listener);
                                    }
                                    self.rounds(at, items, inner, &conditions, reach, walk);
                                }
                                Err(rejection) => {
                                    walk.rejected.push((described(name, &conditions), rejection))
                                }
                            }
                        }
                    }
                    at = end;
                }
                Instruction::Leave { .. } => at += 1,
            }
        }
    }

    /// The items of a loop, where these captures may have a value.
    pub(super) fn previewed_items<L: Listener>(
        &mut self,
        (start, repeat): (usize, &Repeat),
        possible: &[bool],
        listener: &mut L,
    ) -> Result<Vec<Value>, Box<Rejection>> {
        let unknown = self.unknown(possible);
        self.build_for(&repeat.reads.parts, Some(&unknown));
        self.loop_items((start, repeat), Some(&unknown), listener)
    }

    fn rounds<L: Listener>(
        &mut self,
        start: usize,
        items: Vec<Value>,
        inner: Range<usize>,
        conditions: &[ShownCondition<'e>],
        reach: &Reach,
        walk: &mut PreviewWalk<'e, '_, L>,
    ) {
        let program = &self.flow.program;
        let entry = in_round(program, start, reach.before(start));
        let items: Arc<[Value]> = items.into();
        let chosen = self.chosen(start, &items);
        let is_chosen = |index: &usize| chosen.as_ref().is_none_or(|chosen| chosen.contains(index));
        for index in (0..items.len()).filter(is_chosen) {
            self.loops.push(Loop { start, items: items.clone(), index });
            // what can be captured may depend on the item
            let ways = &self.flow.ways;
            let reach =
                self.uncounted(|run| Reach::within(ways, inner.clone(), &entry, |at, set| run.can(at, set)));
            walk.straight = in_round(program, start, &walk.straight);
            self.walk(inner.clone(), conditions, &reach, walk);
            self.loops.pop();
            let limits = &self.mapper.limits;
            if walk.made() >= limits.requests || walk.bytes > limits.preview_bytes {
                break;
            }
        }
    }

    fn preview_call<L: Listener>(
        &mut self,
        call: &'e Call,
        conditions: &[ShownCondition<'e>],
        at: usize,
        possible: &[bool],
        walk: &mut PreviewWalk<'e, '_, L>,
    ) -> Result<Option<Request<'e>>, Box<Rejection>> {
        let unknown = self.unknown(possible);
        for part in &call.reads.parts {
            let is_own = self.flow.parts.get(*part).is_some_and(|part| part.is_volatile() || part.inline);
            if L::LISTENS && is_own {
                self.tell_part(*part, Some(&unknown), walk.listener);
            }
            self.build_for(std::slice::from_ref(part), Some(&unknown));
        }
        let mut warnings = Vec::new();
        let mut prepared = self.used_for(call, Some(&unknown), walk.listener, &mut warnings)?;
        if let Some(rejection) = prepared.perhaps.take() {
            walk.rejected.push((described(&call.name, conditions), rejection));
        }
        if self.was_done(call, &prepared) {
            return Ok(None);
        }
        self.reached(call.span, What::Step);
        if let Some(made) = self.assemble_call(at, call, &prepared) {
            self.warnings.append(&mut warnings);
            walk.bytes = walk.bytes.saturating_add(made.json().len());
            walk.calls.push(made);
            return Ok(None);
        }
        let mut request = self.assemble_owned(at, call, prepared);
        if let Some(request) = &mut request {
            request.sign(&SigningContext::stated(self.now));
        }
        self.warnings.append(&mut warnings);
        let when = (!conditions.is_empty()).then(|| conditions.join(" and "));
        request
            .map(|request| Some(Request { when, preview: true, ..request }))
            .ok_or_else(|| Box::new(Rejection::new("no_operation", "the step calls nothing")))
    }
}

/// The requests of a step: one, or the first page and those after it. Each with its conditions, and what may be captured then.
fn of_pages<'p, 'e>(
    call: &Call,
    conditions: &'p [ShownCondition<'e>],
    possible: &'p [bool],
    straight: &[bool],
) -> impl Iterator<Item = (Cow<'p, [ShownCondition<'e>]>, Cow<'p, [bool]>)> + use<'p, 'e> {
    let first = call.page.as_ref().map(|_| {
        let mut first = possible.to_vec();
        for capture in call.set_by_pages() {
            if let (Some(slot), Some(false)) = (first.get_mut(capture), straight.get(capture)) {
                *slot = false;
            }
        }
        (Cow::Borrowed(conditions), Cow::Owned(first))
    });
    let conditions = match first {
        None => Cow::Borrowed(conditions),
        Some(_) => Cow::Owned([conditions, &[Cow::from("captures.next")]].concat()),
    };
    first.into_iter().chain([(conditions, Cow::Borrowed(possible))])
}

/// A step, and when it is made.
fn described(step: &str, conditions: &[ShownCondition<'_>]) -> String {
    match conditions {
        [] => format!("`{step}`"),
        conditions => format!("`{step}`, made when `{}`,", conditions.join(" and ")),
    }
}

/// The warning of a step that cannot be made, though the event may not need it.
fn may_be_rejected(step: &str, rejection: Rejection) -> Warning {
    let message = format!("{step} rejects the event: {} (`{}`)", rejection.message, rejection.code);
    let mut warning = Warning::new(MAY_BE_REJECTED, message);
    warning.field = rejection.field;
    warning
}

impl Flow {
    /// The steps in a range, and where they are.
    fn calls(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (usize, &Call)> {
        range.filter_map(|at| match self.program.get(at)? {
            Instruction::Call(call) => Some((at, call.as_ref())),
            _ => None,
        })
    }

    /// Reports steps that nothing leads to.
    fn not_made(
        &self,
        range: std::ops::Range<usize>,
        conditions: &[ShownCondition<'_>],
        listener: &mut impl Listener,
    ) {
        for (at, call) in self.calls(range) {
            listener.on(|| Notice::Step(step_trace(at, &call.name, Truth::No, conditions)));
        }
    }
}

fn step_trace(at: usize, name: &str, truth: Truth, conditions: &[ShownCondition<'_>]) -> StepTrace {
    let verdict = match truth {
        Truth::No => StepVerdict::NotMade,
        _ if conditions.is_empty() => StepVerdict::Made,
        _ => StepVerdict::Waits,
    };
    let condition = (!conditions.is_empty()).then(|| conditions.join(" and "));
    StepTrace { step: name.to_owned(), instruction: at, verdict, condition }
}

fn negated(condition: &Condition) -> ShownCondition<'static> {
    let text = &condition.text;
    let is_name = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'));
    Cow::Owned(if is_name { format!("not {text}") } else { format!("not ({text})") })
}
