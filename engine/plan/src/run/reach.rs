//! Which captures may have a value where in a flow.

use crate::plan::{Instruction, RuleEnd};

/// For each place of a program, a flag for each capture: whether it may have a value there.
#[derive(Debug)]
pub struct Reach {
    captures: usize,
    straight: Vec<bool>,
    with_jumps: Vec<bool>,
}

impl Reach {
    /// `possible` says of a step whether it can be made: one that cannot sets nothing.
    pub fn new(program: &[Instruction], captures: usize, possible: impl Fn(usize) -> bool) -> Self {
        let mut seen = vec![false; captures];
        let mut straight = Vec::with_capacity(captures * (program.len() + 1));
        for (at, instruction) in program.iter().enumerate() {
            straight.extend_from_slice(&seen);
            if possible(at) {
                note_captures(instruction, &mut seen);
            }
        }
        straight.extend_from_slice(&seen);
        let mut reach = Reach { captures, with_jumps: straight.clone(), straight };
        for (from, instruction) in program.iter().enumerate().filter(|(from, _)| possible(*from)) {
            let Instruction::Call(call) = instruction else { continue };
            for rule in &call.rules {
                if let RuleEnd::Then(target) = rule.end {
                    reach.carry(from, target);
                }
            }
        }
        reach
    }

    /// Takes what a step may have set to where a rule of it goes on, and from there on.
    fn carry(&mut self, from: usize, target: usize) {
        let carried = at(&self.straight, from + 1, self.captures);
        let reached = self.with_jumps.get_mut(target * self.captures..).unwrap_or_default();
        for (slot, carried) in reached.iter_mut().zip(carried.iter().cycle()) {
            *slot |= carried;
        }
    }

    /// On the way down from the first step.
    pub fn straight(&self, place: usize) -> &[bool] {
        at(&self.straight, place, self.captures)
    }

    /// With all the ways back that response rules take.
    pub fn with_jumps(&self, place: usize) -> &[bool] {
        at(&self.with_jumps, place, self.captures)
    }
}

fn at(flags: &[bool], place: usize, captures: usize) -> &[bool] {
    flags.get(place * captures..(place + 1) * captures).unwrap_or_default()
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
