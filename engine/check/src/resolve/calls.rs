//! Calls of an SDK: operations without requests, and the steps that make them.

use mapwright_findings::rules::{conflicting_keys, invalid_value, misplaced_name};
use mapwright_findings::{At, Span};
use mapwright_language::decode::Named;
use mapwright_language::spec::{BodySpec, MappingSpec, OperationSpec, StepSpec};
use mapwright_language::yaml::Node;
use mapwright_plan::plan::{Call, Guard, Instruction, PartRead, Reads};

use crate::resolve::Resolver;

/// The keys of an operation that are about requests and their responses.
const OF_REQUESTS: [&str; 14] = [
    "method",
    "path",
    "params",
    "query",
    "headers",
    "auth",
    "answer_schema",
    "encoding",
    "compress",
    "rate",
    "idempotent",
    "declared",
    "batch",
    "responses",
];

impl<'c> Resolver<'c, '_> {
    /// The function that an operation calls. `node`: what the version says of the operation.
    pub(crate) fn function(&mut self, spec: &'c OperationSpec, node: Option<&'c Node>) -> Option<String> {
        let call = spec.call.as_ref()?;
        for key in OF_REQUESTS {
            let Some(node) = node.filter(|node| node.get(key).is_some()) else { continue };
            conflicting_keys::report::<()>(self.reports, ("call", call.span), (key, node.key_span(key)));
        }
        if !is_function(&call.value) {
            let message = format!("`{}` is not the name of a function", call.value);
            let advice = "write names of letters, digits, `_` and `$`, with dots between them: `Chat.update`";
            invalid_value::report(self.reports, call.span, message, advice);
            return None;
        }
        Some(call.value.clone())
    }

    /// The call of a step, which is made where its guard lets it.
    pub(crate) fn sdk_call(
        &mut self,
        (name, guard): (&At<String>, Guard),
        spec: &'c StepSpec,
        called: &At<String>,
        (operation, position): (&'c OperationSpec, usize),
    ) -> Call {
        self.of_requests(spec, called);
        let arguments = operation.arguments_for(spec).filter(|arguments| !arguments.fields.is_empty());
        let part = arguments.map(|arguments| {
            let mut part = self.build_part("arguments", &arguments.fields, None);
            part.fields.iter_mut().for_each(|field| field.row.keep_places());
            self.add_inline(part)
        });
        self.context.parts_read.extend(part);
        let reads = Reads::from(std::mem::take(&mut self.context.parts_read));
        let needs = reads.places.clone();
        Call {
            name: name.value.as_str().into(),
            guard,
            operation: position,
            params: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: part.map(|PartRead { part, .. }| part),
            reads,
            needs,
            may_reject_early: false,
            capture: Vec::new(),
            rules: Vec::new(),
            page: None,
            cache: None,
            warn: Vec::new(),
            span: name.span,
        }
    }

    /// Reports what a step says of a request or of a response, if it makes a call.
    fn of_requests(&mut self, spec: &StepSpec, called: &At<String>) {
        let first = |named: Option<Span>, key| named.map(|span| (key, span));
        let body = spec.body.as_ref().map(|body| match body {
            BodySpec::Part(part) => part.span,
            BodySpec::Fields(fields) => start_of(fields).unwrap_or(spec.span),
        });
        let sent = [
            first(start_of(&spec.params), "params"),
            first(start_of(&spec.query), "query"),
            first(start_of(&spec.headers), "headers"),
            first(body, "body"),
        ];
        let answered = [
            first(start_of(&spec.capture), "capture"),
            first(spec.page.as_ref().map(|page| page.span), "page"),
            first(spec.cache.as_ref().map(|cache| cache.span), "cache"),
            first(spec.on.first().map(|rule| rule.span), "on"),
            first(spec.warn.first().map(|warn| warn.span), "warn"),
        ];
        for (key, span) in sent.into_iter().flatten() {
            let advice = format!("`{}` calls a function: what it is given are `arguments`", called.value);
            misplaced_name::report(self.reports, span, key, &advice);
        }
        for (key, span) in answered.into_iter().flatten() {
            let advice = format!("`{}` calls a function, which gives no response", called.value);
            misplaced_name::report(self.reports, span, key, &advice);
        }
    }

    /// Reports the arguments of a step that makes a request.
    pub(crate) fn no_arguments(&mut self, spec: &StepSpec, called: &At<String>) {
        if let Some(arguments) = &spec.arguments {
            let advice =
                format!("`{}` makes a request, which has a `body`; only a call has arguments", called.value);
            misplaced_name::report(self.reports, arguments.span, "arguments", &advice);
        }
    }

    /// Whether the steps of a mapping make calls. A mapping with both calls and requests is reported, and what calls cannot have.
    pub(crate) fn calls_only(&mut self, spec: &'c MappingSpec, program: &[Instruction]) -> bool {
        let operations = &self.version.spec.operations;
        let kind =
            |call: &Call| operations.get(call.operation).is_some_and(|(_, called)| called.call.is_some());
        let mut steps = program.iter().filter_map(|instruction| match instruction {
            Instruction::Call(call) => Some((call.as_ref(), kind(call))),
            Instruction::Enter { .. } | Instruction::Leave { .. } => None,
        });
        let Some((first, calls)) = steps.next() else { return false };
        if let Some((other, _)) = steps.find(|(_, other)| *other != calls) {
            let (call, request) = if calls { (first, other) } else { (other, first) };
            let message = format!(
                "`{}` calls a function and `{}` makes a request, and an event becomes one or the other",
                call.name, request.name
            );
            let advice = "write calls into a mapping or a variant of their own";
            invalid_value::report(self.reports, other.span, message, advice);
        }
        if calls {
            self.no_failures(&spec.steps);
            if let Some((name, _)) = spec.result.first() {
                let advice = "`result` is what requests have given, and the steps of this mapping are calls";
                misplaced_name::report(self.reports, name.span, "result", advice);
            }
        }
        calls
    }

    /// Reports what becomes of calls that fail: the mapping does not learn of it.
    fn no_failures(&mut self, steps: &Named<StepSpec>) {
        for (_, step) in steps {
            if let Some(on_failure) = &step.on_failure {
                let advice = "the steps of this mapping are calls, of which none is known to fail";
                misplaced_name::report(self.reports, on_failure.span, "on_failure", advice);
            }
            if let Some(span) = start_of(&step.order) {
                let advice = "the steps of this mapping are calls, which are made at once; state `order` of the mapping";
                misplaced_name::report(self.reports, span, "order", advice);
            }
            self.no_failures(&step.steps);
        }
    }
}

/// Where the first of some entries stands.
fn start_of<T>(entries: &Named<T>) -> Option<Span> {
    entries.first().map(|(name, _)| name.span)
}

/// Whether a string is names with dots between them.
fn is_function(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let is_name = |name: &str| {
        name.chars().next().is_some_and(|first| is_letter(first) && !first.is_numeric())
            && name.chars().all(is_letter)
    };
    text.split('.').all(is_name)
}
