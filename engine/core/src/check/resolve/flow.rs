//! Resolves flows: payload parts, requirements and steps.

use std::collections::BTreeSet;

use crate::check::resolve::{Around, CaptureSet, Item, Resolver, Want, parts_of, row};
use crate::check::rules::{
    capture_before_set, conflicting_keys, missing_body, missing_key, missing_parameter, payload_cycle,
    unknown_operation, unknown_step,
};
use crate::load::catalog::Mapping;
use crate::load::decode::{At, Named, by_name};
use crate::plan::{
    Body, Call, Flow, Form, Guard, Instruction, MessagePlan, Need, Part, Place, Repeat, Requirement, Row,
    RuleEnd, Slot, Warn,
};
use crate::run::reach::Reach;
use crate::source::Span;
use crate::spec::{
    BodySpec, FIELD_SPREAD, Fault, MappingSpec, Needs, RequireSpec, ResponseRuleSpec, RowSpec, Source,
    StepSpec, WarnSpec,
};

impl<'c> Resolver<'c, '_> {
    pub fn message(&mut self, mapping: &'c Mapping) -> Option<MessagePlan> {
        let variants = mapping.variants.iter().map(|variant| {
            self.around = Around { event_only: true, ..Around::default() };
            let read_before = self.reads_so_far();
            let when = self.condition(&variant.when);
            self.note_asked(read_before);
            let flow = self.flow(&variant.spec);
            Some((variant.name.value.clone(), when?, flow?))
        });
        let variants: Vec<_> = variants.collect();
        let flow = self.flow(&mapping.spec);
        self.settle_misfits();
        Some(MessagePlan {
            message: mapping.message.to_lowercase(),
            command: mapping.spec.command,
            variants: variants.into_iter().collect::<Option<_>>()?,
            flow: flow?,
        })
    }

    fn flow(&mut self, spec: &'c MappingSpec) -> Option<Flow> {
        let mut captures = Vec::new();
        collect_captures(&spec.steps, &mut captures);
        let version = self.version;
        self.around = Around { event_only: true, ..Around::default() };
        let read_before = self.reads_so_far();
        let skip: Vec<_> = spec
            .skip
            .iter()
            .filter_map(|skip| Some((self.condition(&skip.when)?, skip.reason.clone())))
            .collect();
        self.note_asked(read_before);
        let order = self.order(&spec.order);
        self.around = Around { parts: parts_of(&version.spec, &spec.payload), captures, ..Around::default() };
        let parts = self.parts()?;
        self.check_cycles(&parts, spec);
        self.around.parts_read.clear();
        let require = spec.require.iter().filter_map(|require| self.requirement(require)).collect();
        let required = std::mem::take(&mut self.around.parts_read);
        let mut warn = self.warnings(version.spec.warn.iter().chain(&spec.warn));
        let mut used = required.clone();
        for warn in &mut warn {
            used.extend(&warn.reads);
            warn.reads = in_order(&parts, &warn.reads);
        }
        let mut program = Program { instructions: Vec::new(), marks: Vec::new() };
        self.steps(&spec.steps, &mut program);
        self.check_order(&program);
        self.spread_asked();
        for instruction in &mut program.instructions {
            for reads in reads_of(instruction) {
                used.extend(reads.iter());
                *reads = in_order(&parts, reads);
            }
        }
        let mut result = self.result(&spec.result);
        if let Some(result) = &mut result {
            used.extend(&result.reads);
            result.reads = in_order(&parts, &result.reads);
        }
        let mut eager = in_order(&parts, &used);
        eager.retain(|part| parts.get(*part).is_some_and(|part| !part.volatile));
        let mut parts = parts;
        defer(&mut parts, &eager, &required);
        for warn in &mut warn {
            warn.reads.retain(|part| parts.get(*part).is_some_and(|part| part.deferred));
        }
        let of_result = result.iter_mut().map(|result| &mut result.reads);
        for reads in program.instructions.iter_mut().flat_map(reads_of).chain(of_result) {
            reads.retain(|part| parts.get(*part).is_some_and(|part| part.volatile || part.deferred));
        }
        let captures: Vec<String> = self.around.captures.iter().map(|set| set.name.clone()).collect();
        let program = program.instructions;
        let reach = Reach::new(&program, captures.len(), |_| true);
        Some(Flow { order, skip, parts, eager, require, warn, captures, program, reach, result })
    }

    /// Resolves the rows of a `result`, which can read the captures of all steps.
    fn result(&mut self, fields: &Named<RowSpec>) -> Option<Part> {
        if fields.is_empty() {
            return None;
        }
        self.around.parts_read.clear();
        Some(self.build_part("result", fields))
    }

    /// Returns the version's order keys, overridden by those of the mapping by name.
    fn order(&mut self, own: &'c Named<RowSpec>) -> Vec<(String, Row)> {
        let shared = self.version.spec.order.iter().filter(|(key, _)| by_name(own, &key.value).is_none());
        let all = shared.chain(own);
        all.filter_map(|(key, row)| Some((key.value.clone(), self.row(row, Want::Many)?))).collect()
    }

    fn parts(&mut self) -> Option<Vec<Part>> {
        let specs = self.around.parts.clone();
        let mut parts: Vec<Part> = specs.iter().map(|(name, fields)| self.build_part(name, fields)).collect();
        // a part that reads a volatile part is volatile too
        while let Some(at) = parts.iter().position(|part| {
            !part.volatile && part.reads.iter().any(|read| parts.get(*read).is_some_and(|read| read.volatile))
        }) {
            parts.get_mut(at)?.volatile = true;
        }
        Some(parts)
    }

    /// Resolves a part. What its rows read is excluded from its `rest_of`.
    fn build_part(&mut self, name: &str, fields: &Named<RowSpec>) -> Part {
        self.around.slots_read.clear();
        self.around.names_read.clear();
        let outer = std::mem::take(&mut self.around.parts_read);
        let captures_before = self.around.captures_read.len();
        let mut fields_built = self.fields(fields);
        let reads = sorted(std::mem::replace(&mut self.around.parts_read, outer));
        self.around.parts_read.extend(&reads);
        let volatile = self.around.captures_read.len() > captures_before || self.around.item.is_some();
        let slots = std::mem::take(&mut self.around.slots_read);
        let names = std::mem::take(&mut self.around.names_read);
        row::settle_rests(&mut fields_built, &slots, &names);
        Part {
            name: name.to_owned(),
            fields: fields_built,
            spread: by_name(fields, FIELD_SPREAD).is_some(),
            volatile,
            deferred: false,
            reads,
        }
    }

    fn check_cycles(&mut self, parts: &[Part], spec: &MappingSpec) {
        for (start, part) in parts.iter().enumerate() {
            let mut seen = BTreeSet::new();
            let mut open: Vec<(usize, Vec<usize>)> =
                part.reads.iter().map(|read| (*read, vec![start])).collect();
            while let Some((at, path)) = open.pop() {
                if at == start {
                    let circle: Vec<&str> = path
                        .iter()
                        .chain([&start])
                        .filter_map(|at| parts.get(*at).map(|part| part.name.as_str()))
                        .collect();
                    let here = spec.payload.iter().find(|(key, _)| key.value == part.name);
                    let span = here.map_or(spec.span, |(key, _)| key.span);
                    payload_cycle::report(self.reports, span, &circle);
                    return;
                }
                if seen.insert(at) {
                    let path: Vec<usize> = path.iter().copied().chain([at]).collect();
                    let reads = parts.get(at).map(|part| part.reads.as_slice()).unwrap_or_default();
                    open.extend(reads.iter().map(|read| (*read, path.clone())));
                }
            }
        }
    }

    fn requirement(&mut self, spec: &RequireSpec) -> Option<Requirement> {
        let needs = match (&spec.that, spec.any.as_slice(), spec.all.as_slice()) {
            (Some(that), [], []) => Need::That(self.condition(that)?),
            (None, [_, ..], []) => Need::Any(self.needs(&spec.any)),
            (None, [], [_, ..]) => Need::All(self.needs(&spec.all)),
            (None, [], []) if spec.flawed => return None,
            (None, [], []) => {
                let message = "a requirement needs one of the keys `any`, `all` and `that`";
                missing_key::report_at(self.reports, spec.span, message);
                return None;
            }
            _ => {
                conflicting_keys::report_at(
                    self.reports,
                    spec.span,
                    "`any`, `all` and `that` are mutually exclusive",
                );
                return None;
            }
        };
        let when = row::flip(spec.when.as_ref().map(|when| self.condition(when)))?;
        Some(Requirement {
            when,
            need: needs,
            message: spec.otherwise.clone(),
            code: spec.code.clone().unwrap_or_else(|| "missing_required".to_owned()),
            fault: spec.fault.unwrap_or(Fault::Event),
            span: spec.span,
        })
    }

    fn needs(&mut self, needs: &[Needs]) -> Vec<Need> {
        needs
            .iter()
            .filter_map(|need| {
                Some(match need {
                    Needs::Any(needs) => Need::Any(self.needs(needs)),
                    Needs::All(needs) => Need::All(self.needs(needs)),
                    Needs::Source(source) => match &source.value {
                        Source::Path(path) => Need::Has(self.place(path, source.span, Want::Many)?),
                        Source::Named(_) => {
                            let spec = At { value: source.value.clone(), span: source.span };
                            Need::Any(self.named_needs(&spec)?)
                        }
                    },
                })
            })
            .collect()
    }

    fn named_needs(&mut self, source: &At<Source>) -> Option<Vec<Need>> {
        let form = self.source(source, Want::One)?;
        let Form::First(rows) = form else { return None };
        Some(
            rows.into_iter()
                .filter_map(|row| match row.form {
                    Form::Read(place) => Some(Need::Has(place)),
                    _ => None,
                })
                .collect(),
        )
    }

    /// Resolves the condition of a step, and the parts that it reads.
    fn guard(&mut self, spec: &StepSpec) -> Option<Guard> {
        self.around.parts_read.clear();
        let read_before = self.reads_so_far();
        let when = row::flip(spec.when.as_ref().map(|when| self.condition(when)));
        let unless = row::flip(spec.unless.as_ref().map(|unless| self.condition(unless)));
        self.note_asked(read_before);
        let reads = sorted(std::mem::take(&mut self.around.parts_read));
        Some(Guard { when: when?, unless: unless?, reads })
    }

    fn steps(&mut self, steps: &Named<StepSpec>, program: &mut Program) {
        // the start of each step of this group; it is known only at the end, so jumps are filled in afterwards
        let mut starts: Vec<(String, usize)> = Vec::new();
        let mut jumps: Vec<(usize, usize, At<String>)> = Vec::new();
        for (name, spec) in steps {
            starts.push((name.value.clone(), program.instructions.len()));
            let reads_before = self.around.captures_read.len();
            match (&spec.operation, spec.steps.is_empty()) {
                (Some(_), false) => {
                    conflicting_keys::report_at(
                        self.reports,
                        spec.span,
                        "`operation` and `steps` are mutually exclusive",
                    );
                }
                (Some(operation), true) => self.call(name, spec, operation, program, &mut jumps),
                (None, false) => self.group(spec, program),
                (None, true) if spec.shared.is_some() || spec.flawed => {}
                (None, true) => {
                    let message = "a step needs one of the keys `operation`, `steps` and `use`";
                    missing_key::report_at(self.reports, spec.span, message);
                }
            }
            let at = program.instructions.len().saturating_sub(1);
            let reads = self.around.captures_read.split_off(reads_before);
            program.marks.push(Mark {
                at,
                name: name.value.clone(),
                reads,
                sets: sets_of(spec, &self.around.captures),
            });
        }
        for (at, rule, target) in jumps {
            match starts.iter().find(|(name, _)| *name == target.value) {
                Some((_, start)) => set_jump(program.instructions.get_mut(at), rule, *start),
                None => {
                    let known = starts.iter().map(|(name, _)| name.as_str());
                    unknown_step::report(self.reports, target.span, &target.value, known);
                }
            }
        }
    }

    fn group(&mut self, spec: &StepSpec, program: &mut Program) {
        let (guard, list, item) = self.enter(spec);
        let start = program.instructions.len();
        let Some(guard) = guard else { return };
        program.instructions.push(Instruction::Enter { guard: Box::new(guard), list, end: start });
        let inside = item.or(self.around.item);
        let outer = std::mem::replace(&mut self.around.item, inside);
        self.steps(&spec.steps, program);
        self.around.item = outer;
        close(program, start);
    }

    /// Resolves the guard and the loop of a step, and returns the item in the loop.
    fn enter(&mut self, spec: &StepSpec) -> (Option<Guard>, Option<Box<Repeat>>, Option<Item<'c>>) {
        let mut guard = self.guard(spec);
        let Some(each) = &spec.for_each else { return (guard, None, None) };
        let read_before = self.reads_so_far();
        let list = self.row(each, Want::Many);
        let item = self.item_of(each);
        let outer = self.around.item.replace(item);
        let filter = row::flip(spec.filter.as_ref().map(|filter| self.condition(filter)));
        self.around.item = outer;
        self.note_asked(read_before);
        // the list is evaluated together with the guard, so its parts must be built before
        let read = sorted(std::mem::take(&mut self.around.parts_read));
        if let Some(guard) = &mut guard {
            guard.reads.extend(read);
        }
        (guard, list.zip(filter).map(|(list, filter)| Box::new(Repeat { list, filter })), Some(item))
    }

    fn call(
        &mut self,
        name: &At<String>,
        spec: &StepSpec,
        operation: &At<String>,
        program: &mut Program,
        jumps: &mut Vec<(usize, usize, At<String>)>,
    ) {
        let looped = spec.for_each.is_some();
        let start = program.instructions.len();
        let (mut guard, mut item) = (None, None);
        if looped {
            let (outer_guard, list, inside) = self.enter(spec);
            let Some(outer_guard) = outer_guard else { return };
            item = inside;
            program.instructions.push(Instruction::Enter { guard: Box::new(outer_guard), list, end: start });
        } else {
            guard = self.guard(spec);
        }
        let inside = item.or(self.around.item);
        let outer = std::mem::replace(&mut self.around.item, inside);
        let at = program.instructions.len();
        if let Some(call) = self.build_call(name, spec, operation, guard.unwrap_or_default()) {
            for (rule, rule_spec) in spec.on.iter().enumerate() {
                jumps.extend(rule_spec.then.iter().map(|then| (at, rule, then.clone())));
            }
            program.instructions.push(Instruction::Call(Box::new(call)));
        }
        self.around.item = outer;
        if looped {
            close(program, start);
        }
    }

    fn build_call(
        &mut self,
        name: &At<String>,
        spec: &StepSpec,
        operation: &At<String>,
        guard: Guard,
    ) -> Option<Call> {
        let operations = &self.version.spec.operations;
        let position = operations.iter().position(|(key, _)| key.value == operation.value);
        let Some((position, (_, operation_spec))) = position.zip(position.and_then(|at| operations.get(at)))
        else {
            let known = operations.iter().map(|(key, _)| key.value.as_str());
            unknown_operation::report(self.reports, operation.span, &operation.value, known);
            return None;
        };
        self.around.parts_read.clear();
        let params = self.params(spec, &operation_spec.path, operation.span);
        let query = self.fields(&spec.query);
        let headers = self.headers(&spec.headers);
        let body = match &spec.body {
            None => None,
            Some(BodySpec::Part(part)) => Some(Body::Part(self.part(&part.value, part.span)?)),
            Some(BodySpec::Fields(fields)) => Some(Body::Fields(self.build_part("body", fields))),
        };
        let whole = match (&body, &spec.body) {
            (Some(Body::Part(part)), _) => self.around.parts.get(*part).map(|(_, fields)| *fields),
            (_, Some(BodySpec::Fields(fields))) => Some(fields),
            _ => None,
        };
        if spec.body.is_none() && !spec.flawed && operation_spec.schema.is_some() {
            missing_body::report(self.reports, operation.span, &operation.value);
        }
        if let Some(fields) = whole {
            self.note_body(fields, &operation.value, operation_spec);
        }
        let read_before = self.reads_so_far();
        let rules = spec.on.iter().map(|rule| self.rule(rule, true)).collect::<Vec<_>>();
        self.note_asked(read_before);
        let outer = std::mem::replace(&mut self.around.response, true);
        let capture = self.captured(&spec.capture);
        let warn = self.warnings(&spec.warn);
        self.around.response = outer;
        let reads = sorted(std::mem::take(&mut self.around.parts_read));
        Some(Call {
            name: name.value.clone(),
            guard,
            operation: position,
            params: params?,
            query,
            headers,
            body,
            reads,
            capture,
            rules: rules.into_iter().collect::<Option<_>>()?,
            warn,
            span: name.span,
        })
    }

    fn warnings<'s>(&mut self, specs: impl IntoIterator<Item = &'s WarnSpec>) -> Vec<Warn> {
        let warnings = specs.into_iter().filter_map(|warn| {
            let read_before = self.around.parts_read.len();
            let when = row::flip(warn.when.as_ref().map(|when| self.condition(when)))?;
            let reads = sorted(self.around.parts_read.get(read_before..).unwrap_or_default().to_vec());
            Some(Warn { when, reads, code: warn.code.clone(), message: warn.message.clone() })
        });
        warnings.collect()
    }

    /// Resolves the rows of a `capture`, by index of the capture.
    pub fn captured(&mut self, capture: &Named<RowSpec>) -> Vec<(usize, crate::plan::Row)> {
        capture
            .iter()
            .filter_map(|(name, row)| {
                let at = self.around.captures.iter().position(|set| set.name == name.value)?;
                Some((at, self.row(row, Want::One)?))
            })
            .collect()
    }

    /// Resolves one row per parameter of the path: the stated row, or else the capture, or else the item's field.
    fn params(&mut self, spec: &StepSpec, path: &At<String>, span: Span) -> Option<Vec<crate::plan::Row>> {
        let (_, names) = super::operation::split_path(&path.value).ok()?;
        let rows = names.iter().map(|name| {
            if let Some(row) = by_name(&spec.params, name) {
                return self.row(row, Want::One);
            }
            let capture = self.around.captures.iter().position(|set| set.name == *name);
            let slot = match capture {
                Some(capture) => {
                    self.around.captures_read.push((capture, span));
                    Slot::Capture { capture, steps: Vec::new() }
                }
                None if self.around.item.is_some() => {
                    Slot::Item(vec![crate::spec::PathStep::Key(name.clone())])
                }
                None => {
                    missing_parameter::report(self.reports, span, name, &path.value);
                    return None;
                }
            };
            Some(row::plain(Form::Read(Place { text: name.clone(), slot, query: None }), span))
        });
        let rows: Vec<_> = rows.collect();
        for (key, _) in &spec.params {
            if !names.contains(&key.value) {
                let known = names.iter().map(String::as_str);
                crate::check::rules::unknown_key::report_parameter(self.reports, key, &path.value, known);
            }
        }
        rows.into_iter().collect()
    }

    /// Reports captures that are read before any step can set them.
    fn check_order(&mut self, program: &Program) {
        for (position, mark) in program.marks.iter().enumerate() {
            let mut seen = BTreeSet::new();
            for (capture, span) in &mark.reads {
                // report a capture once per step
                if !seen.insert(capture) {
                    continue;
                }
                let earlier = program.marks.iter().take(position).any(|m| m.sets.contains(capture));
                let back = program.marks.iter().skip(position).any(|later| {
                    later.sets.contains(capture) && jumps_back(program.instructions.get(later.at), mark.at)
                });
                // a later step may set it before another later step jumps back
                let through = program.marks.iter().enumerate().skip(position).any(|(at, later)| {
                    jumps_back(program.instructions.get(later.at), mark.at)
                        && program.marks.iter().take(at + 1).any(|m| m.sets.contains(capture))
                });
                if !earlier && !back && !through {
                    let Some(set) = self.around.captures.get(*capture).cloned() else { continue };
                    capture_before_set::report(self.reports, *span, &set.name, &mark.name, set.span);
                }
            }
        }
    }
}

/// The program of a flow, with what each step reads and sets.
struct Program {
    instructions: Vec<Instruction>,
    marks: Vec<Mark>,
}

struct Mark {
    at: usize,
    name: String,
    reads: Vec<(usize, Span)>,
    sets: Vec<usize>,
}

fn close(program: &mut Program, start: usize) {
    program.instructions.push(Instruction::Leave { start });
    let after = program.instructions.len();
    if let Some(Instruction::Enter { end, .. }) = program.instructions.get_mut(start) {
        *end = after;
    }
}

fn set_jump(instruction: Option<&mut Instruction>, rule: usize, target: usize) {
    if let Some(Instruction::Call(call)) = instruction
        && let Some(rule) = call.rules.get_mut(rule)
    {
        rule.end = RuleEnd::Then(target);
    }
}

fn jumps_back(instruction: Option<&Instruction>, to: usize) -> bool {
    match instruction {
        Some(Instruction::Call(call)) => {
            call.rules.iter().any(|rule| matches!(rule.end, RuleEnd::Then(target) if target <= to))
        }
        _ => false,
    }
}

/// Returns the lists of parts that an instruction reads.
fn reads_of(instruction: &mut Instruction) -> Vec<&mut Vec<usize>> {
    match instruction {
        Instruction::Call(call) => vec![&mut call.guard.reads, &mut call.reads],
        Instruction::Enter { guard, .. } => vec![&mut guard.reads],
        Instruction::Leave { .. } => Vec::new(),
    }
}

/// Returns these parts and all parts that they read, in dependency order.
fn in_order(parts: &[Part], wanted: &[usize]) -> Vec<usize> {
    fn visit(parts: &[Part], part: usize, open: &mut Vec<usize>, order: &mut Vec<usize>) {
        if order.contains(&part) || open.contains(&part) {
            return;
        }
        open.push(part);
        for read in parts.get(part).map(|part| part.reads.as_slice()).unwrap_or_default() {
            visit(parts, *read, open, order);
        }
        open.pop();
        order.push(part);
    }
    let mut order = Vec::new();
    for part in wanted {
        visit(parts, *part, &mut Vec::new(), &mut order);
    }
    order
}

/// Defers parts without a row that can reject the event until a step needs them, unless a part that is not deferred reads them.
fn defer(parts: &mut [Part], eager: &[usize], required: &[usize]) {
    let may_reject = |part: &&usize| parts.get(**part).is_some_and(Part::may_reject);
    let now: Vec<usize> = eager.iter().filter(may_reject).chain(required).copied().collect();
    let now = in_order(parts, &now);
    for part in eager.iter().filter(|part| !now.contains(part)) {
        if let Some(part) = parts.get_mut(*part) {
            part.deferred = true;
        }
    }
}

fn sorted(mut list: Vec<usize>) -> Vec<usize> {
    list.sort_unstable();
    list.dedup();
    list
}

fn sets_of(spec: &StepSpec, captures: &[CaptureSet]) -> Vec<usize> {
    let mut found = Vec::new();
    collect_step(spec, &mut found);
    found.iter().filter_map(|set| captures.iter().position(|known| known.name == set.name)).collect()
}

fn collect_captures(steps: &Named<StepSpec>, found: &mut Vec<CaptureSet>) {
    for (_, step) in steps {
        collect_step(step, found);
    }
}

fn collect_step(step: &StepSpec, found: &mut Vec<CaptureSet>) {
    let rules = step.on.iter().flat_map(|rule: &ResponseRuleSpec| &rule.capture);
    for (name, _) in step.capture.iter().chain(rules) {
        if !found.iter().any(|set| set.name == name.value) {
            found.push(CaptureSet { name: name.value.clone(), span: name.span });
        }
    }
    collect_captures(&step.steps, found);
}
