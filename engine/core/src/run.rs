//! One event going through a plan: what to build, which request comes next, what a response means.

pub(crate) mod condition;
pub(crate) mod emit;
pub(crate) mod explain;
pub(crate) mod made;
pub(crate) mod part;
mod preview;
pub(crate) mod reach;
pub(crate) mod request;
mod respond;
pub(crate) mod response;
pub(crate) mod rest;
pub(crate) mod row;
pub(crate) mod scope;
pub(crate) mod stream;
pub(crate) mod verify;

use std::borrow::Cow;

use mapwright_json::{Doc, Kind};
use serde_json::Value;

use crate::mapper::{Buffers, FaultOf, MapperInner, Rejection, unmet};
use crate::plan::{Body as BodyPlan, Call, Condition, Flow, Instruction, Operation, Repeat, Row};
use crate::run::condition::{Truth, holds, truth};
use crate::run::explain::{Heard, Silent, Trace};
use crate::run::part::{BuiltPart, build};
use crate::run::request::{Body, Request, add_segment, content_type, form_body, header_rows, query_rows};
use crate::run::response::ResponseView;
use crate::run::row::{Evaluated, RowError, Sink, eval};
use crate::run::scope::{Scope, Unknown};
use crate::source::Span;
use crate::spec::Encoding;
use crate::value::Val;
use crate::warning::Warning;

pub use respond::{ApiError, Ended, Failure, Progress};

/// One event on its way through the requests that it needs.
///
/// A run does no I/O: [`Run::request`] says what to send, [`Run::respond`] takes the answer, until there is no request any
/// more. [`Run::preview`] shows what could be sent without any answer.
#[derive(Debug)]
pub struct Run<'e> {
    mapper: &'e MapperInner,
    doc: Doc<'e>,
    flow: &'e Flow,
    message: &'e str,
    now: i64,
    buffers: &'e mut Buffers,
    loops: Vec<Loop>,
    at: usize,
    /// The request at `at`, when it has been made.
    prepared: Option<Prepared>,
    requests: usize,
    items: usize,
    warnings: Vec<Warning>,
}

/// A loop that is under way.
#[derive(Debug)]
struct Loop {
    start: usize,
    items: Vec<Value>,
    index: usize,
}

/// The parts of a request that are not the same for every event.
#[derive(Debug, Default)]
struct Prepared {
    /// The URL, unless it is that of the operation itself.
    url: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<PreparedBody>,
}

#[derive(Debug)]
enum PreparedBody {
    Part(usize),
    Fields(BuiltPart),
    Form {
        text: String,
        /// The object that it was made from.
        json: Vec<u8>,
    },
}

impl PreparedBody {
    fn form(built: Option<&BuiltPart>) -> Self {
        let json = built.map_or_else(|| b"{}".to_vec(), |built| built.bytes().to_vec());
        Self::Form { text: built.and_then(BuiltPart::json).map(form_body).unwrap_or_default(), json }
    }
}

impl<'e> Run<'e> {
    pub(crate) fn new(
        mapper: &'e MapperInner,
        doc: Doc<'e>,
        flow: &'e Flow,
        message: &'e str,
        now: i64,
        buffers: &'e mut Buffers,
    ) -> Self {
        Self {
            mapper,
            doc,
            flow,
            message,
            now,
            buffers,
            loops: Vec::new(),
            at: 0,
            prepared: None,
            requests: 0,
            items: 0,
            warnings: Vec::new(),
        }
    }

    /// The message type.
    pub fn message(&self) -> &str {
        self.message
    }

    /// What had to be dropped or cut so far.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How many requests have been made so far; the same request sent again counts once.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Builds the payload parts that the flow can use without a response, unless they can wait, checks what is required, and warns.
    pub(crate) fn prepare<T: Trace>(&mut self, trace: &mut T) -> Result<(), Box<Rejection>> {
        let flow = self.flow;
        for part in &flow.eager {
            // a trace shows everything
            if T::ON || !self.waits(*part) {
                self.build_part(*part, None, trace)?;
            }
        }
        let missing = unmet(&self.scope(None, None), flow);
        match missing {
            None => self.warn_of_event(),
            Some(require) => Err(Box::new(Rejection {
                fault: FaultOf::from(require.fault),
                mapping: Some(self.place(require.span)),
                ..Rejection::new(&require.code, require.message.clone())
            })),
        }
    }

    /// Warns of the event, before what its rows have warned of. Parts that have waited are built only if a warning depends on them.
    fn warn_of_event(&mut self) -> Result<(), Box<Rejection>> {
        let mut given = Vec::new();
        for warn in &self.flow.warn {
            let says = |scope: &Scope<'_>| warn.when.as_ref().map_or(Truth::Yes, |when| truth(scope, when));
            let mut truth = says(&Scope { waiting: true, ..self.scope(None, None) });
            if truth == Truth::Unknown {
                self.build_for(&warn.reads)?;
                truth = says(&self.scope(None, None));
            }
            if truth == Truth::Yes {
                given.push(Warning::new(&warn.code, warn.message.clone()));
            }
        }
        drop(self.warnings.splice(..0, given));
        Ok(())
    }

    fn build_part<T: Trace>(
        &mut self,
        part: usize,
        unknown: Option<&Unknown<'_>>,
        trace: &mut T,
    ) -> Result<(), Box<Rejection>> {
        let Some(plan) = self.flow.parts.get(part) else { return Ok(()) };
        let mut built = self.buffers.parts.get_mut(part).map(std::mem::take).unwrap_or_default();
        let mut sink = self.sink(trace);
        let scope = self.scope(None, unknown);
        let result = build(&scope, plan, &mut sink, &mut built);
        drop(scope);
        let Sink { warnings, items, .. } = sink;
        self.items = items;
        for mut warning in warnings {
            warning.field = Some(match warning.field {
                Some(field) => format!("{}.{field}", plan.name),
                None => plan.name.clone(),
            });
            self.warnings.push(warning);
        }
        result.map_err(|error| self.rejection(error))?;
        if let Some(slot) = self.buffers.parts.get_mut(part) {
            *slot = built;
        }
        Ok(())
    }

    fn sink<T: Trace>(&self, trace: T) -> Sink<T> {
        Sink { warnings: Vec::new(), trace, items: self.items, limits: self.mapper.limits }
    }

    fn scope<'a>(
        &'a self,
        response: Option<&'a ResponseView>,
        unknown: Option<&'a Unknown<'a>>,
    ) -> Scope<'a> {
        let item = self.loops.last().and_then(|round| round.items.get(round.index));
        Scope {
            doc: &self.doc,
            settings: &self.mapper.settings,
            parts: &self.buffers.parts,
            waiting: false,
            captures: &self.buffers.captures,
            unknown,
            response,
            item: item.map(|item| Val::Json(mapwright_json::Json::Tree(item))),
            now: self.now,
        }
    }

    fn place(&self, span: Span) -> String {
        let place = self.mapper.plan.place(span);
        format!("{}:{}", place.path, place.line)
    }

    #[allow(clippy::boxed_local, reason = "it is handed in as it comes out of the rows")]
    fn rejection(&self, mut error: RowError) -> Box<Rejection> {
        error.field.reverse();
        Box::new(Rejection {
            field: (!error.field.is_empty()).then(|| error.field.join(".")),
            mapping: Some(self.place(error.span)),
            ..Rejection::new(error.code, error.message)
        })
    }

    /// The next request, or nothing when the run is done. Asked again before [`Run::respond`], it is the same request.
    ///
    /// # Errors
    /// When the event, or what earlier responses gave, cannot make a request.
    pub fn request(&mut self) -> Result<Option<Request<'_>>, Box<Rejection>> {
        if self.prepared.is_none() && !self.advance()? {
            return Ok(None);
        }
        let Some(Instruction::Call(call)) = self.flow.program.get(self.at) else { return Ok(None) };
        let Some(prepared) = &self.prepared else { return Ok(None) };
        Ok(self.assemble(call, prepared))
    }

    /// What the mapping's `result` makes of the event and of what the calls have given, for a run that has no request any more.
    ///
    /// # Errors
    /// When a row of it cannot be made.
    pub fn result(&mut self) -> Result<Option<Value>, Box<Rejection>> {
        let Some(part) = &self.flow.result else { return Ok(None) };
        self.build_for(&part.reads)?;
        let mut built = BuiltPart::default();
        let mut sink = self.sink(Silent);
        build(&self.scope(None, None), part, &mut sink, &mut built).map_err(|error| self.rejection(error))?;
        self.warnings.extend(sink.warnings);
        Ok(built.json().map(|json| Val::Json(json).to_json()))
    }

    /// Goes on to the next step that is to be made, and prepares its request. `false`: there is none.
    fn advance(&mut self) -> Result<bool, Box<Rejection>> {
        let flow = self.flow;
        loop {
            match flow.program.get(self.at) {
                None => return Ok(false),
                Some(Instruction::Call(call)) => {
                    self.build_for(&call.guard.reads)?;
                    if self.passes(&call.guard.when, &call.guard.unless) {
                        self.requests += 1;
                        if self.requests > self.mapper.limits.requests {
                            let most = self.mapper.limits.requests;
                            let message =
                                format!("the event needs more than {most} requests (limit `requests`)");
                            return Err(Box::new(Rejection::new("limit_exceeded", message)));
                        }
                        self.build_for(&call.reads)?;
                        self.prepared = Some(self.prepare_call(call)?);
                        return Ok(true);
                    }
                    self.at += 1;
                }
                Some(Instruction::Enter { guard, list, end }) => {
                    self.build_for(&guard.reads)?;
                    let enters = self.passes(&guard.when, &guard.unless)
                        && match list {
                            None => true,
                            Some(repeat) => self.enter_loop(repeat)?,
                        };
                    self.at = if enters { self.at + 1 } else { *end };
                }
                Some(Instruction::Leave { start }) => self.leave(*start),
            }
        }
    }

    fn waits(&self, part: usize) -> bool {
        self.flow.parts.get(part).is_some_and(|part| part.deferred)
    }

    /// Builds parts before they are read: those that may have changed, and those that have waited for it.
    fn build_for(&mut self, parts: &[usize]) -> Result<(), Box<Rejection>> {
        for part in parts {
            let built = self.built(*part).is_some();
            let changes = self.flow.parts.get(*part).is_some_and(|part| part.volatile);
            if changes || !built {
                self.build_part(*part, None, &mut Silent)?;
            }
        }
        Ok(())
    }

    fn passes(&self, when: &Option<Condition>, unless: &Option<Condition>) -> bool {
        let scope = self.scope(None, None);
        when.as_ref().is_none_or(|when| holds(&scope, when))
            && !unless.as_ref().is_some_and(|unless| holds(&scope, unless))
    }

    /// The items of a loop that count.
    fn loop_items<T: Trace>(
        &self,
        repeat: &Repeat,
        unknown: Option<&Unknown<'_>>,
        trace: &mut T,
    ) -> Result<Vec<Value>, Box<Rejection>> {
        let scope = self.scope(None, unknown);
        let mut sink = self.sink(trace);
        let value = eval_named(&scope, "for_each", &repeat.list, &mut sink);
        let value = value.map_err(|error| self.rejection(error))?;
        let Some(value) = value else { return Ok(Vec::new()) };
        let items = if value.kind() == Kind::Array { value.into_items() } else { vec![value] };
        if items.len() > self.mapper.limits.items {
            let most = self.mapper.limits.items;
            let message = format!("a step is repeated for more than {most} items (limit `items`)");
            return Err(Box::new(Rejection::new("limit_exceeded", message)));
        }
        let counts = |item: &Val<'_>| {
            let inner = scope.with_item(item.clone());
            repeat.filter.as_ref().is_none_or(|filter| truth(&inner, filter) != Truth::No)
        };
        Ok(items.into_iter().filter(counts).map(|item| item.to_json()).collect())
    }

    fn enter_loop(&mut self, repeat: &Repeat) -> Result<bool, Box<Rejection>> {
        let items = self.loop_items(repeat, None, &mut Silent)?;
        if items.is_empty() {
            return Ok(false);
        }
        self.loops.push(Loop { start: self.at, items, index: 0 });
        self.forget_round(self.at);
        Ok(true)
    }

    /// Ends a round: the next one starts, or the loop is left.
    fn leave(&mut self, start: usize) {
        if let Some(round) = self.loops.last_mut().filter(|round| round.start == start) {
            round.index += 1;
            if round.index < round.items.len() {
                self.at = start + 1;
                self.forget_round(start);
                return;
            }
            self.loops.pop();
        }
        self.at += 1;
    }

    /// Captures of the group that starts here last for one round.
    fn forget_round(&mut self, start: usize) {
        let end = match self.flow.program.get(start) {
            Some(Instruction::Enter { end, .. }) => *end,
            _ => return,
        };
        for instruction in self.flow.program.get(start..end).unwrap_or_default() {
            let Instruction::Call(call) = instruction else { continue };
            let of_rules = call.rules.iter().flat_map(|rule| &rule.capture);
            for (capture, _) in call.capture.iter().chain(of_rules) {
                if let Some(value) = self.buffers.captures.get_mut(*capture) {
                    *value = None;
                }
            }
        }
    }

    fn built(&self, part: usize) -> Option<&BuiltPart> {
        self.buffers.parts.get(part)?.if_built()
    }

    fn operation(&self, call: &Call) -> Option<&'e Operation> {
        self.mapper.plan.operations.get(call.operation)
    }

    fn prepare_call(&mut self, call: &Call) -> Result<Prepared, Box<Rejection>> {
        let (prepared, warnings) = self.prepared_for(call, None, &mut Silent)?;
        self.warnings.extend(warnings);
        Ok(prepared)
    }

    fn prepared_for<T: Trace>(
        &self,
        call: &Call,
        unknown: Option<&Unknown<'_>>,
        trace: &mut T,
    ) -> Result<(Prepared, Vec<Warning>), Box<Rejection>> {
        let Some(operation) = self.operation(call) else { return Ok(Default::default()) };
        let scope = self.scope(None, unknown);
        let mut sink = self.sink(trace);
        let url = self.url(&scope, call, operation, &mut sink)?;
        let mut headers = Vec::new();
        for rows in [&operation.headers, &call.headers] {
            in_group("headers", &mut sink, |sink| header_rows(&scope, rows, sink, &mut headers))
                .map_err(|error| self.rejection(error))?;
        }
        let mut headers: Vec<(String, String)> =
            headers.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let body = match &call.body {
            None => None,
            Some(BodyPlan::Part(part)) => match operation.encoding {
                Encoding::Json => Some(PreparedBody::Part(*part)),
                Encoding::Form => Some(PreparedBody::form(self.built(*part))),
            },
            Some(BodyPlan::Fields(part)) => {
                let mut built = BuiltPart::default();
                build(&scope, part, &mut sink, &mut built).map_err(|error| self.rejection(error))?;
                match operation.encoding {
                    Encoding::Json => Some(PreparedBody::Fields(built)),
                    Encoding::Form => Some(PreparedBody::form(Some(&built))),
                }
            }
        };
        let typed = self.mapper.fixed.typed()
            || headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if body.is_some() && (!typed || operation.encoding == Encoding::Form) {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            headers.push(("Content-Type".to_owned(), content_type(operation.encoding).to_owned()));
        }
        let prepared = Prepared { url, headers, body };
        self.check_size(call, &prepared)?;
        Ok((prepared, sink.warnings))
    }

    fn check_size(&self, call: &Call, prepared: &Prepared) -> Result<(), Box<Rejection>> {
        let limits = self.mapper.limits;
        let body = match &prepared.body {
            Some(PreparedBody::Part(part)) => self.built(*part).map_or(0, |part| part.bytes().len()),
            Some(PreparedBody::Fields(part)) => part.bytes().len(),
            Some(PreparedBody::Form { text, .. }) => text.len(),
            None => 0,
        };
        let url = prepared.url.as_ref().map_or(0, String::len);
        let (what, size, limit, name) = if body > limits.request_bytes {
            ("body", body, limits.request_bytes, "request_bytes")
        } else if url > limits.url_bytes {
            ("URL", url, limits.url_bytes, "url_bytes")
        } else {
            return Ok(());
        };
        let message = format!(
            "the {what} of `{}` has {size} bytes, and {limit} are allowed (limit `{name}`)",
            call.name
        );
        let mapping = Some(self.place(call.span));
        Err(Box::new(Rejection { mapping, ..Rejection::new("limit_exceeded", message) }))
    }

    /// The URL, unless the operation's own does.
    fn url<'a, T: Trace>(
        &self,
        scope: &Scope<'a>,
        call: &'a Call,
        operation: &'a Operation,
        sink: &mut Sink<T>,
    ) -> Result<Option<String>, Box<Rejection>> {
        if operation.params.is_empty() && operation.query.is_empty() && call.query.is_empty() {
            return Ok(None);
        }
        let mut url = self.mapper.fixed.server().to_owned();
        let mut params = operation.params.iter().zip(&call.params);
        for text in &operation.path {
            url.push_str(text);
            let Some((name, row)) = params.next() else { continue };
            let value = in_group("params", sink, |sink| eval_named(scope, name, row, sink));
            let value = value.map_err(|error| self.rejection(error))?;
            let text = value.and_then(|value| value.to_text()).unwrap_or_default();
            if scope.unknown.is_some_and(|unknown| unknown.is_placeholder(&text)) {
                url.push_str(&text);
                continue;
            }
            add_segment(&mut url, &text).map_err(|problem| {
                let message =
                    format!("`{text}` cannot stand for `{name}` in the path of `{}`: {problem}", call.name);
                Box::new(Rejection {
                    field: Some(name.clone()),
                    mapping: Some(self.place(call.span)),
                    ..Rejection::new("invalid_parameter", message)
                })
            })?;
        }
        let mut query = self.mapper.fixed.query().to_owned();
        for rows in [&operation.query, &call.query] {
            in_group("query", sink, |sink| query_rows(scope, rows, sink, &mut query))
                .map_err(|error| self.rejection(error))?;
        }
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        Ok(Some(url))
    }

    fn assemble<'a>(&'a self, call: &'e Call, prepared: &'a Prepared) -> Option<Request<'a>> {
        let json = |built: Option<&'a BuiltPart>| {
            Body::Json(Cow::Borrowed(built.map_or(b"{}".as_slice(), |built| built.bytes())))
        };
        let body = prepared.body.as_ref().map(|body| match body {
            PreparedBody::Part(part) => json(self.built(*part)),
            PreparedBody::Fields(built) => json(Some(built)),
            PreparedBody::Form { text, .. } => Body::Form(text.clone()),
        });
        let form_of = match &prepared.body {
            Some(PreparedBody::Form { json, .. }) => Some(Cow::Borrowed(json.as_slice())),
            _ => None,
        };
        let own = prepared.headers.iter().map(|(name, value)| (Cow::from(name), Cow::from(value))).collect();
        let url = prepared.url.as_deref().map(Cow::Borrowed);
        Some(Request { own, body, form_of, ..self.without_body(call, url)? })
    }

    /// The same for a request that lasts longer than the parts that it was made from.
    fn assemble_owned(&self, call: &'e Call, prepared: Prepared) -> Option<Request<'e>> {
        let (mut json, mut form) = (None, None);
        match prepared.body {
            None => {}
            Some(PreparedBody::Part(part)) => {
                let built = self.built(part);
                json = Some(built.map_or_else(|| b"{}".to_vec(), |built| built.bytes().to_vec()));
            }
            Some(PreparedBody::Fields(built)) => json = Some(built.into_bytes()),
            Some(PreparedBody::Form { text, json: made_from }) => {
                json = Some(made_from);
                form = Some(text);
            }
        }
        let (body, form_of) = match form {
            Some(text) => (Some(Body::Form(text)), json.map(Cow::Owned)),
            None => (json.map(|json| Body::Json(Cow::Owned(json))), None),
        };
        let own = prepared.headers.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value)));
        let url = prepared.url.map(Cow::Owned);
        Some(Request { own: own.collect(), body, form_of, ..self.without_body(call, url)? })
    }

    /// A request of a step, without what makes it this one. `url`: unless it is that of the operation itself.
    fn without_body<'a>(&self, call: &'e Call, url: Option<Cow<'a, str>>) -> Option<Request<'a>>
    where
        'e: 'a,
    {
        let (mapper, operation) = (self.mapper, self.operation(call)?);
        Some(Request {
            step: Cow::Borrowed(&call.name),
            operation: Cow::Borrowed(&operation.name),
            method: operation.method.as_str(),
            url: url.unwrap_or_else(|| mapper.fixed.url(call.operation)),
            common: mapper.fixed.headers(),
            own: Vec::new(),
            body: None,
            form_of: None,
            rate: operation.rate.as_deref().map(Cow::Borrowed),
            idempotent: operation.idempotent,
            when: None,
            preview: false,
        })
    }
}

/// The value of a row that is no field; in a trace it goes by a name.
fn eval_named<'a, T: Trace>(
    scope: &Scope<'a>,
    name: &str,
    row: &'a Row,
    sink: &mut Sink<T>,
) -> Evaluated<'a> {
    if T::ON {
        sink.trace.hear(Heard::Enter(name, row.span));
    }
    let value = eval(scope, row, sink);
    if T::ON {
        sink.trace.hear(Heard::Leave(value.as_ref().ok().and_then(Option::as_ref)));
    }
    value
}

/// Lets a trace know that what happens in `inside` belongs together.
fn in_group<T: Trace, R>(name: &str, sink: &mut Sink<T>, inside: impl FnOnce(&mut Sink<T>) -> R) -> R {
    if T::ON {
        sink.trace.hear(Heard::Open(name));
    }
    let result = inside(sink);
    if T::ON {
        sink.trace.hear(Heard::Close);
    }
    result
}
