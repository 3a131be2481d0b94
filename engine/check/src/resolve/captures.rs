//! Captures: which there are, and whether they can be set where they are read.

use std::collections::BTreeMap;

use crate::resolve::named::Captures;
use crate::resolve::part::captures_of as captures_read;
use crate::resolve::{CaptureRead, Resolver, Stage};
use mapwright_findings::Unread;
use mapwright_findings::rules::capture_before_set::{self, Early};
use mapwright_findings::rules::invalid_value;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{OperationSpec, StepSpec};
use mapwright_plan::plan::Instruction;
use mapwright_plan::plan::reach::Reach;

/// A capture that an instruction reads, and the name of its step.
pub(crate) struct Reading {
    pub at: usize,
    pub step: String,
    pub read: CaptureRead,
}

impl Resolver<'_, '_> {
    /// Reports steps all of whose pages are asked for alike, so that the first one comes again and again.
    pub(crate) fn check_pages(&mut self, program: &[Instruction], readings: &[Reading]) {
        for (at, instruction) in program.iter().enumerate() {
            let Instruction::Call(call) = instruction else { continue };
            let Some(page) = &call.page else { continue };
            let direct = |reading: &Reading| reading.at == at && reading.read.stage == Stage::Before;
            let direct =
                readings.iter().filter(|reading| direct(reading)).map(|reading| reading.read.capture);
            let read = captures_read(&self.context.made, &call.reads.places, &direct.collect::<Vec<_>>());
            if !read.contains(&page.capture) {
                let message = format!(
                    "every page of `{}` is the first one: its request does not read `captures.next`",
                    call.name
                );
                let help = "write what the API takes, such as `query: { cursor: captures.next }`";
                invalid_value::report(self.reports, page.span, message, help);
            }
        }
    }

    /// Reports captures that rows of parts and named values read, and that no step which uses these can have, each once. `read`: those that each
    /// instruction reads through them.
    pub(crate) fn check_inner_readings(
        &mut self,
        program: &[Instruction],
        read: &[Vec<usize>],
        direct: &[Reading],
        reach: &Reach,
    ) {
        let is_set = |at: usize, capture: usize| reach.before(at).get(capture) == Some(&true);
        let mut early: BTreeMap<usize, Option<&str>> = BTreeMap::new();
        for (at, (instruction, read)) in program.iter().zip(read).enumerate() {
            for capture in read {
                // what its own response sets, its rules may read
                let step = match instruction {
                    Instruction::Call(call) if !call.sets().any(|set| set == *capture) => Some(&*call.name),
                    _ => None,
                };
                let step = step.filter(|_| !is_set(at, *capture));
                let known = early.entry(*capture).or_insert(step);
                *known = known.and(step.and(*known));
            }
        }
        for (capture, step) in early {
            let is_reported =
                |reading: &Reading| reading.read.capture == capture && !is_set(reading.at, capture);
            let Some(step) = step.filter(|_| !direct.iter().any(is_reported)) else { continue };
            let Some(set) = self.context.captures.get(capture).cloned() else { continue };
            // a row that is inherited may be meant for other steps
            let inside = self.context.captures_inside.iter();
            let read = inside
                .filter(|read| read.capture == capture && read.span.file == set.span.file)
                .min_by_key(|read| read.span.start);
            let Some(span) = read.map(|read| read.span) else { continue };
            let pages_of = pages_of(program, capture);
            let early =
                Early { name: &set.name, step, setter: set.span, meant: None, by_itself: false, pages_of };
            capture_before_set::report(self.reports, span, &early, std::iter::empty());
        }
    }

    /// Reports captures that are read where no way through the steps can have set them, each once.
    pub(crate) fn check_readings(&mut self, program: &[Instruction], readings: &[Reading], reach: &Reach) {
        let is_set = |at: usize, capture: usize| reach.before(at).get(capture) == Some(&true);
        let mut early: BTreeMap<usize, Vec<&Reading>> = BTreeMap::new();
        for reading in readings {
            let Reading { at, read, .. } = reading;
            if read.stage == Stage::Guard && set_by_own_pages(program, *at, read.capture) {
                early.entry(read.capture).or_default().push(reading);
                continue;
            }
            let own = match program.get(*at) {
                Some(Instruction::Call(call)) => match read.stage {
                    Stage::Guard | Stage::Before => false,
                    Stage::AfterRules => call.set_by_rules().any(|set| set == read.capture),
                    Stage::AfterCaptures => call.sets_when_done().any(|set| set == read.capture),
                },
                _ => false,
            };
            if !is_set(*at, read.capture) && !own {
                early.entry(read.capture).or_default().push(reading);
            }
        }
        for (capture, readings) in early {
            let Some(set) = self.context.captures.get(capture).cloned() else { continue };
            let Some(first) = readings.first() else { continue };
            let others = readings.iter().filter(|other| other.at != first.at).map(|other| other.read.span);
            // one that was meant to set it may have another name
            let captures = self.context.captures.iter().enumerate();
            let before =
                captures.filter(|(other, _)| is_set(first.at, *other)).map(|(_, set)| set.name.as_str());
            let by_itself = first.read.stage == Stage::Guard && set_by_own_pages(program, first.at, capture);
            let meant = self.reports.nearest(&set.name, before).filter(|_| !by_itself).map(str::to_owned);
            let pages_of = pages_of(program, capture).filter(|step| *step != first.step);
            let early =
                Early { name: &set.name, step: &first.step, setter: set.span, meant, by_itself, pages_of };
            capture_before_set::report(self.reports, first.read.span, &early, others);
        }
    }
}

/// The step whose pages alone have a capture, which names the next one.
fn pages_of(program: &[Instruction], capture: usize) -> Option<&str> {
    let mut setters = program.iter().filter_map(|instruction| match instruction {
        Instruction::Call(call) => call.sets().any(|set| set == capture).then_some(call),
        Instruction::Enter { .. } | Instruction::Leave { .. } => None,
    });
    let first = setters.next()?;
    let is_only = !first.sets_when_done().any(|set| set == capture) && setters.next().is_none();
    first.page.as_ref().filter(|page| is_only && page.capture == capture).map(|_| &*first.name)
}

/// Whether nothing but the pages of a step sets a capture.
fn set_by_own_pages(program: &[Instruction], at: usize, capture: usize) -> bool {
    let calls = program.iter().enumerate().filter_map(|(place, instruction)| match instruction {
        Instruction::Call(call) => Some((place, call)),
        Instruction::Enter { .. } | Instruction::Leave { .. } => None,
    });
    let setters: Vec<_> = calls.filter(|(_, call)| call.sets().any(|set| set == capture)).collect();
    match setters.as_slice() {
        [(place, call)] => *place == at && call.set_by_pages().contains(&capture),
        _ => false,
    }
}

/// Returns all captures that steps make, and the operations that they call.
pub fn captures_of(steps: &Named<StepSpec>, operations: &Named<OperationSpec>) -> Captures {
    let mut found = Captures::default();
    collect_captures(steps, operations, &mut found);
    found
}

fn collect_captures(steps: &Named<StepSpec>, operations: &Named<OperationSpec>, found: &mut Captures) {
    if *steps.unread() != Unread::default() {
        found.unread = Unread::Any;
    }
    for (_, step) in steps {
        collect_step(step, operations, found);
    }
}

fn collect_step(step: &StepSpec, operations: &Named<OperationSpec>, found: &mut Captures) {
    // what an unknown step would capture
    if step.shared.is_some() {
        found.unread = Unread::Any;
        found.uses_unknown = true;
    }
    let operation = step.operation.as_ref().and_then(|operation| by_name(operations, &operation.value));
    let of_operation = operation.map(|operation| operation.responses.as_slice()).unwrap_or_default();
    let of_rules = || step.on.iter().chain(of_operation).map(|rule| &rule.capture);
    for capture in of_rules().chain([&step.capture]) {
        found.unread.add(capture.unread());
    }
    for (name, _) in [&step.capture].into_iter().chain(of_rules()).flat_map(|capture| capture.iter()) {
        found.add(name);
    }
    if let Some(page) = &step.page {
        found.add(&page.next.name);
    }
    collect_captures(&step.steps, operations, found);
}
