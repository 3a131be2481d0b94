//! Flows: what is skipped, required and sent.

use std::collections::HashMap;
use std::rc::Rc;

use crate::resolve::answers::RuleOf;
use crate::resolve::captures::{Reading, captures_of};
use crate::resolve::named::Parts;
use crate::resolve::order::KeyOfSteps;
use crate::resolve::part::{self, in_order, settle, spread_captures};
use crate::resolve::response::capturing;
use crate::resolve::size::within_limits;
use crate::resolve::{CaptureRead, Context, Resolver, Stage, Want, row};
use mapwright_findings::At;
use mapwright_findings::rules::{
    conflicting_keys, invalid_value, missing_body, missing_key, missing_parameter,
};
use mapwright_findings::rules::{unknown_operation, unknown_step};
use mapwright_findings::{KnownNames, Span, Unread};
use mapwright_language::catalog::Mapping;
use mapwright_language::decode::Named;
use mapwright_language::spec::{BodySpec, MappingSpec, OperationSpec, RowSpec, StepSpec, WarnSpec};
use mapwright_plan::plan::reach::{Reach, Ways};
use mapwright_plan::plan::{
    Call, Flow, Form, Guard, Instruction, MessagePlan, Part, PartRead, Place, Reads, Row, RuleEnd, Slot, Warn,
};

impl<'c> Resolver<'c, '_> {
    pub(crate) fn message(&mut self, mapping: &'c Mapping) -> Option<MessagePlan> {
        let variants = mapping.variants.iter().map(|variant| {
            self.enter_values(&mapping.spec.values);
            self.context = Context { event_only: true, ..Context::default() };
            let read_before = self.reads_so_far();
            let when = self.condition(&variant.when);
            self.note_asked(read_before);
            self.make_values();
            let flow = self.flow(&variant.spec, mapping, true);
            Some((variant.name.value.clone(), when?, flow?))
        });
        let variants: Vec<_> = variants.collect();
        let flow = self.flow(&mapping.spec, mapping, false);
        self.settle_misfits();
        self.destructive(mapping);
        self.definitions_shown(mapping);
        Some(MessagePlan {
            messages: match mapping.spec.message.names.as_slice() {
                [] => vec![mapping.message.to_lowercase()],
                names => names.iter().map(|name| name.value.to_lowercase()).collect(),
            },
            command: mapping.spec.command,
            destructive: mapping.spec.destructive,
            variants: variants.into_iter().collect::<Option<_>>()?,
            flow: flow?,
        })
    }

    /// The mapping that the command `delete` uses has to say that it is destructive, so that no ordinary event can use it unnoticed.
    fn destructive(&mut self, mapping: &'c Mapping) {
        let (node, spec) = (&mapping.node, &mapping.spec);
        if spec.destructive && spec.command {
            let at = |key| (key, node.key_span(key));
            conflicting_keys::report::<()>(self.reports, at("command"), at("destructive"));
        }
        let deletes = spec.message.names.iter().any(|name| name.value.eq_ignore_ascii_case("delete"));
        if (deletes || mapping.message.eq_ignore_ascii_case("delete")) && !spec.destructive && !spec.command {
            let doc = "deleting is for good, so events need the command `delete` or the option `--allow-delete`; write `destructive: true`";
            missing_key::report::<()>(self.reports, node.span, "destructive", "the mapping `delete`", doc);
        }
    }

    fn flow(&mut self, spec: &'c MappingSpec, mapping: &'c Mapping, in_variant: bool) -> Option<Flow> {
        within_limits(spec, self.version.spec.payload.len(), self.reports)?;
        self.size.rows(self.rows_of_version, spec.span, self.reports).then_some(())?;
        let version = self.version;
        self.enter_values(&spec.values);
        self.context = Context { event_only: true, ..Context::default() };
        let order = self.order(&spec.order);
        let mut keys = Vec::new();
        self.order_of_steps(&spec.steps, &mut keys);
        self.make_values();
        let (parts, captures) =
            (Parts::new(&version.spec, &spec.payload), captures_of(&spec.steps, &version.spec.operations));
        self.context = Context { parts, captures, in_flow: true, ..Context::default() };
        self.parts();
        self.context.items_missing = true;
        self.context.before_requests = true;
        let mut skip: Vec<_> = spec.skip.iter().filter_map(|skip| self.skip_rule(skip)).collect();
        let mut require: Vec<_> = spec.require.iter().filter_map(|entry| self.require_entry(entry)).collect();
        let mut warn = self.warnings(version.spec.warn.iter().chain(&spec.warn));
        let mut properties = self.properties(mapping, in_variant);
        self.context.before_requests = false;
        // what the rows of parts read is read wherever the parts are used
        let read = std::mem::take(&mut self.context.captures_read);
        self.context.captures_inside.extend(read);
        let of_payload = self.context.parts.len();
        let mut program = Program { keys, ..Program::default() };
        for jump in self.steps(&spec.steps, &mut program) {
            program.incomplete = true;
            let none = KnownNames::new([], Unread::default());
            let known = jump.known.iter().fold(none, |all, known| all.and(KnownNames::clone(known)));
            unknown_step::report(self.reports, jump.target.span, &jump.target.value, &known);
        }
        self.make_values();
        let ways = Ways::new(&program.instructions, self.context.captures.len());
        let reach = Reach::new(&ways, |_, _| true);
        // the omitted step may set captures
        if !program.incomplete {
            self.check_readings(&program.instructions, &program.readings, &reach);
            self.check_pages(&program.instructions, &program.readings);
        }
        self.spread_asked();
        let calls = self.calls_only(spec, &program.instructions);
        let mut result = self.result(&spec.result);
        self.missing_parameters();
        let mut parts = std::mem::take(&mut self.context.made);
        let Program { instructions: mut program, order: step_order, readings, incomplete, .. } = program;
        let step_order = step_order.into_iter().map(|key| key.settled(&program)).collect();
        spread_captures(&mut parts);
        // the steps of another variant may set what those of this one do not
        if !incomplete && !in_variant {
            let read = program.iter_mut().map(|instruction| {
                let places = reads_of(instruction).into_iter().flat_map(|reads| &reads.places);
                part::captures_of(&parts, places, &[])
            });
            let read: Vec<Vec<usize>> = read.collect();
            self.check_inner_readings(&program, &read, &readings, &reach);
        }
        for (captures, places) in program.iter_mut().flat_map(captures_read) {
            *captures = part::captures_of(&parts, &places, captures);
        }
        let of_steps = program.iter_mut().flat_map(reads_of);
        self.check_skips(&skip, &parts);
        let of_event = skip.iter_mut().flat_map(|rule| [&mut rule.reads, &mut rule.said]);
        let of_event =
            of_event.chain(require.iter_mut().flat_map(|require| [&mut require.reads, &mut require.said]));
        let of_event = of_event.chain(warn.iter_mut().map(|warn| &mut warn.reads));
        let (mut used, mut sent) = (Vec::new(), Vec::new());
        for reads in of_event.chain(&mut result) {
            settle(reads, &parts);
            used.extend(&reads.parts);
        }
        for reads in of_steps {
            settle(reads, &parts);
            sent.extend(&reads.parts);
        }
        // tests read what mappings do not make for themselves
        properties.iter_mut().for_each(|property| settle(&mut property.reads, &parts));
        used.extend(&sent);
        self.report_kept(&used, &parts);
        let is = |part: &usize, test: fn(&Part) -> bool| parts.get(*part).is_some_and(test);
        let mut eager = in_order(&parts, &used);
        eager.retain(|part| {
            (*part < of_payload || is(part, |part| part.apart)) && !is(part, Part::is_volatile)
        });
        // a field that reads no capture may stand beside one that does
        let eager = in_order(&parts, &eager);
        let mut early = in_order(&parts, &sent);
        early.retain(|part| !is(part, |part| part.per_item) && is(part, Part::may_reject_early));
        let early = in_order(&parts, &early);
        let captures: Vec<String> = self.context.captures.iter().map(|set| set.name.clone()).collect();
        // settled when the operations are known
        let rehearsed = false;
        Some(Flow {
            order,
            step_order,
            skip,
            parts,
            eager,
            early,
            rehearsed,
            require,
            warn,
            properties,
            captures,
            program,
            calls,
            ways,
            reach,
            result,
        })
    }

    /// Reports path parameters without a value, unless it is a capture that is unknown where it is read as well, or that a step which is not there may have made.
    fn missing_parameters(&mut self) {
        for (span, name, path) in std::mem::take(&mut self.context.missing) {
            let known = self.context.captures.known().clone();
            let is_told = self.context.captures.uses_unknown || self.context.unknown_captures.contains(&name);
            if !is_told {
                missing_parameter::report(self.reports, span, &name, &path, &known);
            }
        }
    }

    /// Resolves the rows of a `result`, which can read the captures of all steps.
    fn result(&mut self, fields: &'c Named<RowSpec>) -> Option<Reads> {
        if fields.is_empty() {
            return None;
        }
        Some(Reads::from(vec![self.inline_part("result", fields)]))
    }

    /// Makes a part of the fields that a step states.
    fn inline_part(&mut self, name: &str, fields: &'c Named<RowSpec>) -> PartRead {
        let part = self.build_part(name, fields, None);
        self.add_inline(part)
    }

    /// Lays out the steps of a group. Returns the jumps to steps that it does not have, which may be in a group around it.
    pub(crate) fn steps(&mut self, steps: &'c Named<StepSpec>, program: &mut Program) -> Vec<Jump> {
        // the start of each step of this group; it is known only at the end, so jumps are filled in afterwards
        let mut starts: HashMap<&str, usize> = HashMap::new();
        let mut jumps: Vec<Jump> = Vec::new();
        for (name, spec) in steps {
            starts.entry(&name.value).or_insert(program.instructions.len());
            self.needs_for_each(spec);
            self.check_page(spec);
            match (&spec.operation, spec.steps.is_empty()) {
                (Some(_), false) => {
                    program.incomplete = true;
                    conflicting_keys::report_at(
                        self.reports,
                        spec.span,
                        "`operation` and `steps` are mutually exclusive",
                    );
                }
                (Some(operation), true) => self.call(name, spec, operation, program, &mut jumps),
                (None, false) => jumps.extend(self.group(name, spec, program)),
                (None, true) if spec.shared.is_some() || spec.flawed => program.incomplete = true,
                (None, true) => {
                    program.incomplete = true;
                    let message = "a step needs one of the keys `operation`, `steps` and `use`";
                    missing_key::report_at(self.reports, spec.span, message);
                }
            }
            let start = starts.get(name.value.as_str()).copied().unwrap_or_default();
            let range = start..program.instructions.len();
            program.order.extend(KeyOfSteps::of_step(&mut program.keys, name.span, range));
        }
        let mut outside = Vec::new();
        for jump in jumps {
            match starts.get(jump.target.value.as_str()) {
                Some(start) => set_jump(program.instructions.get_mut(jump.at), jump.rule, *start),
                None => outside.push(jump),
            }
        }
        if !outside.is_empty() {
            let known = Rc::new(steps.known());
            outside.iter_mut().for_each(|jump| jump.known.push(Rc::clone(&known)));
        }
        outside
    }

    fn group(&mut self, name: &At<String>, spec: &'c StepSpec, program: &mut Program) -> Vec<Jump> {
        let start = program.instructions.len();
        let (guard, list, item) = self.enter(name, spec);
        program.note(start, name, &mut self.context.captures_read);
        let Some(guard) = guard else {
            program.incomplete = true;
            return Vec::new();
        };
        program.instructions.push(Instruction::Enter { guard: Box::new(guard), list, end: start });
        let inside = item.or(self.context.item);
        let outer = std::mem::replace(&mut self.context.item, inside);
        let missing = std::mem::replace(&mut self.context.items_missing, inside.is_none());
        self.context.groups.push(name.value.clone());
        let jumps = self.steps(&spec.steps, program);
        self.context.groups.pop();
        (self.context.item, self.context.items_missing) = (outer, missing);
        close(program, start);
        jumps
    }

    fn call(
        &mut self,
        name: &At<String>,
        spec: &'c StepSpec,
        operation: &At<String>,
        program: &mut Program,
        jumps: &mut Vec<Jump>,
    ) {
        let looped = spec.for_each.is_some();
        let start = program.instructions.len();
        let (mut guard, mut item) = (None, None);
        if looped {
            let (outer_guard, list, inside) = self.enter(name, spec);
            program.note(start, name, &mut self.context.captures_read);
            let Some(outer_guard) = outer_guard else {
                program.incomplete = true;
                return;
            };
            item = inside;
            program.instructions.push(Instruction::Enter { guard: Box::new(outer_guard), list, end: start });
        } else {
            guard = self.guard(spec);
        }
        let inside = item.or(self.context.item);
        let outer = std::mem::replace(&mut self.context.item, inside);
        let missing = std::mem::replace(&mut self.context.items_missing, inside.is_none());
        let at = program.instructions.len();
        if let Some(call) = self.build_call(name, spec, operation, guard.unwrap_or_default()) {
            for (rule, rule_spec) in spec.on.iter().enumerate() {
                let jump = |target: &At<String>| Jump { at, rule, target: target.clone(), known: Vec::new() };
                jumps.extend(rule_spec.then.iter().map(jump));
                // with a capture, it may be another request, as for the next page
                let again = |target: &&At<String>| target.value == name.value && rule_spec.capture.is_empty();
                if let Some(target) = rule_spec.then.as_ref().filter(again) {
                    let message =
                        format!("`{}` continues with itself, and sends the same request", name.value);
                    let advice = "write `class: retry`, with `times` and `after` where needed, or capture what the next request reads";
                    invalid_value::report(self.reports, target.span, message, advice);
                }
            }
            program.instructions.push(Instruction::Call(Box::new(call)));
        } else {
            program.incomplete = true;
        }
        program.note(at, name, &mut self.context.captures_read);
        (self.context.item, self.context.items_missing) = (outer, missing);
        if looped {
            close(program, start);
        }
    }

    fn build_call(
        &mut self,
        name: &At<String>,
        spec: &'c StepSpec,
        operation: &At<String>,
        guard: Guard,
    ) -> Option<Call> {
        let operations = &self.version.spec.operations;
        let position = operations.place(&operation.value);
        let Some((position, (_, operation_spec))) = position.zip(position.and_then(|at| operations.get(at)))
        else {
            unknown_operation::report(self.reports, operation.span, &operation.value, &operations.known());
            return None;
        };
        self.context.parts_read.clear();
        if operation_spec.call.is_some() {
            return Some(self.sdk_call((name, guard), spec, operation, (operation_spec, position)));
        }
        self.no_arguments(spec, operation);
        let path = operation_spec.path.as_ref();
        let params = path.and_then(|path| self.params((spec, operation_spec), path, operation.span));
        let auth = operation_spec.auth.as_deref().or(self.version.spec.auth.as_deref());
        let mut query = self.query(&spec.query);
        self.query_once(&spec.query, &[], auth);
        if let Some(page) = &spec.page {
            query.extend(self.query(&page.query));
            let others = [&self.version.spec.query, &operation_spec.query, &spec.query];
            self.query_once(&page.query, &others, auth);
        }
        let headers = self.headers(&spec.headers);
        if operation_spec.compress.is_none() {
            self.uncompressed(&spec.headers);
        }
        self.not_of_auth(auth, &spec.headers);
        let read_by_head = self.context.parts_read.len();
        let mut is_complete = true;
        let (body, whole) = match &spec.body {
            None => (None, None),
            Some(BodySpec::Part(part)) => {
                let (written, span) = (part.value.as_str(), part.span);
                let part = self.part(written, span);
                is_complete &= part.is_some();
                part.into_iter().for_each(|part| self.needs_item(part, None, span, written));
                let whole = part.and_then(|part| self.context.parts.get(part)).map(|(_, fields)| *fields);
                (part.map(|part| PartRead { part, field: None }), whole)
            }
            Some(BodySpec::Fields(fields)) => (Some(self.inline_part("body", fields)), Some(fields)),
        };
        self.context.parts_read.extend(body);
        self.batched_step(spec, operation, operation_spec);
        let has_schema = operation_spec.schema.is_some() && operation_spec.batch.is_none();
        if spec.body.is_none() && !spec.flawed && has_schema {
            missing_body::report(self.reports, operation.span, &operation.value);
        }
        if let Some(fields) = whole {
            let at = match &spec.body {
                Some(BodySpec::Part(part)) => part.span,
                _ => name.span,
            };
            self.fits_encoding(fields, operation_spec, at);
            self.item_fits_bytes(fields, operation_spec, at);
        }
        if let Some(fields) = whole.filter(|_| !self.context.on_its_own) {
            self.note_body(fields, &operation.value, operation_spec);
        }
        let read_before = self.reads_so_far();
        let mut rules: Vec<_> = spec.on.iter().map(|rule| self.rule(rule, RuleOf::Step)).collect();
        rules.extend(capturing(operation_spec).iter().map(|rule| self.rule(rule, RuleOf::Operation)));
        self.note_asked(read_before);
        let outer = std::mem::replace(&mut self.context.response, true);
        self.context.stage = Stage::AfterRules;
        let capture = self.captured(&spec.capture);
        let page = row::flip(spec.page.as_ref().map(|page| self.page(page)));
        self.context.stage = Stage::AfterCaptures;
        let warn = self.warnings(&spec.warn);
        self.context.stage = Stage::Before;
        self.context.response = outer;
        let needs = self.context.parts_read.get(read_by_head..).unwrap_or_default().to_vec();
        let needs = Reads::from(needs).places;
        let reads = Reads::from(std::mem::take(&mut self.context.parts_read));
        self.context.stage = Stage::AfterCaptures;
        let cache = self.cache(spec);
        self.context.stage = Stage::Before;
        is_complete.then_some(())?;
        Some(Call {
            name: name.value.as_str().into(),
            guard,
            operation: position,
            params: params?,
            query,
            headers,
            body: body.map(|body| body.part),
            reads,
            needs,
            // settled when the operations are known
            may_reject_early: false,
            capture,
            rules: rules.into_iter().collect::<Option<_>>()?,
            page: page?,
            cache: cache?,
            warn,
            span: name.span,
        })
    }

    pub(crate) fn warnings<'s>(&mut self, specs: impl IntoIterator<Item = &'s WarnSpec>) -> Vec<Warn> {
        let warnings = specs.into_iter().filter_map(|warn| {
            let read_before = self.context.parts_read.len();
            let when = row::flip(warn.when.as_ref().map(|when| self.condition(when)))?;
            let message = self.said(&warn.message)?;
            let reads = self.context.parts_read.get(read_before..).unwrap_or_default().to_vec().into();
            Some(Warn { when, reads, code: warn.code.clone(), message, span: warn.span })
        });
        warnings.collect()
    }

    /// Resolves one row per parameter of the path: that of the step or of the operation, or else the capture, or else the item's field.
    fn params(
        &mut self,
        (spec, operation): (&'c StepSpec, &'c OperationSpec),
        path: &At<String>,
        span: Span,
    ) -> Option<Vec<mapwright_plan::plan::Row>> {
        let (_, names) = super::operation::split_path(&path.value).ok()?;
        let rows = names.iter().map(|name| {
            if let Some(row) = operation.param_for(spec, name) {
                let row = self.row_alone(row, Want::One)?;
                self.one_text(&row, &format!("the path parameter `{name}`"));
                return Some(row);
            }
            if spec.params.unread().may_hold(name) || operation.params.unread().may_hold(name) {
                return None;
            }
            let capture = self.context.captures.place(name);
            let slot = match capture {
                Some(capture) => {
                    self.context.note_capture(capture, span);
                    Slot::Capture { capture, steps: Vec::new() }
                }
                None if self.context.item.is_some() => {
                    Slot::Item(vec![mapwright_convert::PathStep::Key(name.clone())])
                }
                None => {
                    if !self.context.on_its_own {
                        self.context.missing.push((span, name.clone(), path.value.clone()));
                    }
                    return None;
                }
            };
            Some(self.plain(Form::place(Place { text: name.clone(), span, slot, query: None }), span))
        });
        let rows: Vec<_> = rows.collect();
        self.of_path(&spec.params, &names, path);
        rows.into_iter().collect()
    }
}

/// A response rule that continues with another step.
pub(crate) struct Jump {
    /// The instruction and its rule.
    at: usize,
    rule: usize,
    target: At<String>,
    /// The steps that it could name: those of its group, and of each group around it.
    known: Vec<Rc<KnownNames>>,
}

/// The program as it is laid out.
#[derive(Default)]
pub(crate) struct Program {
    instructions: Vec<Instruction>,
    /// What its instructions read of captures.
    readings: Vec<Reading>,
    /// The order keys of steps that are not laid out yet, each with the place of its step.
    keys: Vec<(Span, String, Row)>,
    /// The order keys of its steps.
    order: Vec<KeyOfSteps>,
    /// Whether something of it could not be laid out, of which there is a report.
    incomplete: bool,
}

impl Program {
    /// Takes over what the instruction at a place reads.
    fn note(&mut self, at: usize, step: &At<String>, reads: &mut Vec<CaptureRead>) {
        let readings = reads.drain(..).map(|read| Reading { at, step: step.value.clone(), read });
        self.readings.extend(readings);
    }
}

/// What an instruction reads of parts.
fn reads_of(instruction: &mut Instruction) -> Vec<&mut Reads> {
    match instruction {
        Instruction::Call(call) => {
            let renew = call.cache.as_mut().map(|cache| &mut cache.renew.reads);
            [&mut call.guard.reads, &mut call.reads].into_iter().chain(renew).collect()
        }
        Instruction::Enter { guard, list: None, .. } => vec![&mut guard.reads],
        Instruction::Enter { guard, list: Some(repeat), .. } => vec![&mut guard.reads, &mut repeat.reads],
        Instruction::Leave { .. } => Vec::new(),
    }
}

/// The captures that decide about an instruction, and the places through which it reads more of them.
fn captures_read(instruction: &mut Instruction) -> Vec<(&mut Vec<usize>, Vec<PartRead>)> {
    let (guard, list) = match instruction {
        Instruction::Call(call) => (&mut call.guard, None),
        Instruction::Enter { guard, list, .. } => (guard.as_mut(), list.as_mut()),
        Instruction::Leave { .. } => return Vec::new(),
    };
    let of_guard = (&mut guard.captures, guard.reads.places.clone());
    let of_list = list.map(|repeat| (&mut repeat.captures, repeat.reads.places.clone()));
    std::iter::once(of_guard).chain(of_list).collect()
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
