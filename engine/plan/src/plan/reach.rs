//! Which captures may have a value where in a flow: one fixpoint over all ways that a run can take through its program.

use std::ops::Range;

use crate::plan::{Call, Instruction, RuleEnd};
use mapwright_language::spec::Class;

/// For each place of a program, a flag for each capture: whether it may have a value there.
#[derive(Debug)]
pub struct Reach {
    captures: usize,
    /// The first place.
    start: usize,
    before: Vec<bool>,
}

impl Reach {
    /// `can` says of an instruction whether it can be carried out where these captures may have a value: a step that cannot sets nothing,
    /// and a group that cannot is left out.
    pub fn new(program: &[Instruction], captures: usize, can: impl FnMut(usize, &[bool]) -> bool) -> Self {
        Self::within(program, 0..program.len(), &vec![false; captures], can)
    }

    /// The same for the instructions of a group, which is entered with these captures.
    pub fn within(
        program: &[Instruction],
        range: Range<usize>,
        entry: &[bool],
        mut can: impl FnMut(usize, &[bool]) -> bool,
    ) -> Self {
        let places = range.len() + 1;
        let before = vec![false; places * entry.len()];
        let reach = Reach { captures: entry.len(), start: range.start, before };
        let mut walk = Walk { reach, reached: vec![false; places], changed: vec![false; places] };
        walk.arrive(range.start, entry);
        // a jump back changes places that were done with
        while walk.changed.contains(&true) {
            for at in range.clone() {
                if walk.take(at)
                    && let Some(instruction) = program.get(at)
                {
                    let set = walk.reach.before(at).to_vec();
                    let can = can(at, &set);
                    walk.leave(program, at, instruction, &set, can);
                }
            }
            walk.take(range.end);
        }
        walk.reach
    }

    /// The captures that may have a value when an instruction is reached.
    pub fn before(&self, at: usize) -> &[bool] {
        let place = at.saturating_sub(self.start);
        self.before.get(place * self.captures..(place + 1) * self.captures).unwrap_or_default()
    }
}

/// The fixpoint on its way.
struct Walk {
    reach: Reach,
    reached: Vec<bool>,
    /// Places at which more may have a value than when they were last left.
    changed: Vec<bool>,
}

impl Walk {
    fn take(&mut self, at: usize) -> bool {
        let changed = self.changed.get_mut(at.saturating_sub(self.reach.start));
        changed.is_some_and(std::mem::take)
    }

    /// Takes captures to a place; one outside of the group is not looked at.
    fn arrive(&mut self, at: usize, set: &[bool]) {
        let Reach { captures, start, before } = &mut self.reach;
        let Some(place) = at.checked_sub(*start) else { return };
        let places = self.changed.get_mut(place).zip(self.reached.get_mut(place));
        let Some((changed, reached)) = places else { return };
        *changed |= !std::mem::replace(reached, true);
        let known = before.get_mut(place * *captures..).unwrap_or_default();
        for (known, set) in known.iter_mut().zip(set) {
            *changed |= *set && !*known;
            *known |= set;
        }
    }

    /// Takes captures from an instruction to all that can follow it.
    fn leave(
        &mut self,
        program: &[Instruction],
        at: usize,
        instruction: &Instruction,
        set: &[bool],
        can: bool,
    ) {
        match instruction {
            Instruction::Call(call) => {
                self.arrive(at + 1, set);
                if can {
                    self.arrive(at + 1, &with(set, call.sets_when_done()));
                    for rule in &call.rules {
                        if let RuleEnd::Then(target) = rule.end {
                            self.arrive(target, &with(set, rule.capture.iter().map(|(capture, _)| *capture)));
                        }
                    }
                }
            }
            Instruction::Enter { end, .. } => {
                self.arrive(*end, set);
                if can {
                    self.arrive(at + 1, &in_round(program, at, set));
                }
            }
            Instruction::Leave { start } => {
                self.arrive(at + 1, set);
                if is_loop(program, *start) {
                    self.arrive(start + 1, &in_round(program, *start, set));
                }
            }
        }
    }
}

impl Call {
    /// The captures that a response can set with which the step is done.
    pub fn sets_when_done(&self) -> impl Iterator<Item = usize> {
        let own = self.capture.iter().map(|(capture, _)| *capture);
        own.chain(self.set_by_rules())
    }

    /// Those of them that response rules set, which is before the step's own.
    pub fn set_by_rules(&self) -> impl Iterator<Item = usize> {
        let done = |end: &RuleEnd| matches!(end, RuleEnd::Class { class: Class::Done, .. });
        let rules = self.rules.iter().filter(move |rule| done(&rule.end));
        rules.flat_map(|rule| &rule.capture).map(|(capture, _)| *capture)
    }

    /// All that a response can set, whatever it means.
    fn sets(&self) -> impl Iterator<Item = usize> {
        let rules = self.rules.iter().flat_map(|rule| &rule.capture);
        self.capture.iter().chain(rules).map(|(capture, _)| *capture)
    }
}

fn is_loop(program: &[Instruction], start: usize) -> bool {
    matches!(program.get(start), Some(Instruction::Enter { list: Some(_), .. }))
}

/// The captures that the steps of the group which starts here set.
pub fn sets_of_group(program: &[Instruction], start: usize) -> impl Iterator<Item = usize> {
    let end = match program.get(start) {
        Some(Instruction::Enter { end, .. }) => *end,
        _ => start,
    };
    let inside = program.get(start..end).unwrap_or_default().iter();
    let calls = inside.filter_map(|instruction| match instruction {
        Instruction::Call(call) => Some(call),
        _ => None,
    });
    calls.flat_map(|call| call.sets())
}

/// What may have a value inside of the group that starts here: a round of a loop begins without what the round before has captured.
pub fn in_round(program: &[Instruction], start: usize, set: &[bool]) -> Vec<bool> {
    let mut set = set.to_vec();
    if is_loop(program, start) {
        for capture in sets_of_group(program, start) {
            if let Some(slot) = set.get_mut(capture) {
                *slot = false;
            }
        }
    }
    set
}

/// These captures, and more.
pub fn with(set: &[bool], more: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut set = set.to_vec();
    for capture in more {
        if let Some(slot) = set.get_mut(capture) {
            *slot = true;
        }
    }
    set
}
