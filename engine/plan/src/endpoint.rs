//! What an API looks like from outside, as far as a version says: for doubles of it.

use std::borrow::Cow;

use mapwright_convert::PathStep;
use mapwright_json::{Doc, Scratch as JsonScratch, Step, TrieBuilder, walk};
use mapwright_language::spec::{Compression, Encoding, FIELD_SPREAD};
use serde_json::{Map, Value};

use crate::answer::{Shape, Taken, taken};
use crate::bound::BoundPlan;
use crate::eval::lazy::{lazy_values, value_of};
use crate::eval::scope::Scope;
use crate::limits::Limits;
use crate::mapper::Mapper;
use crate::plan::{
    Auth, BatchPlan, Call, Condition, EndpointPath, Field, Form, Instruction, Operation, Place, Row, Slot,
};
use crate::response::Response;
use crate::run::Run;
use crate::run::buffers::Buffers;
use crate::version::VersionPlan;

/// An operation as an API sees it: what its requests look like, and what is read of its responses.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The name of the operation.
    pub operation: String,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with that of the server before it, and parameters as in `/people/{id}`.
    pub path: String,
    /// The query parameters that requests can have.
    pub query: Vec<Carried>,
    /// The headers that requests can have, without those that say what the body is.
    pub headers: Vec<Carried>,
    /// How the body is written.
    pub encoding: Encoding,
    /// How the body is compressed.
    pub compression: Option<Compression>,
    /// Whether requests have a body; `None` if some have one.
    pub has_body: Option<bool>,
    /// The file of the JSON Schema of the body, by its name in the mappings.
    pub schema: Option<String>,
    /// The rate group.
    pub rate: Option<String>,
    /// What is read of the body of a response that is accepted.
    pub answer: Shape,
    /// The file of the JSON Schema of such a body, by its name in the mappings.
    pub answer_schema: Option<String>,
    /// The headers that are read of such a response.
    pub answer_headers: Vec<String>,
    /// Values of such a body that later requests send.
    pub sent_on: Vec<SentOn>,
    /// Where a body has the items of several events; nothing if it is about one event, or if the batch does not say it plainly.
    pub items: Vec<ItemsAt>,
}

/// A place in a body that has a member or an item for each of the events that share it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ItemsAt {
    /// The place, as a JSON pointer.
    pub place: String,
    /// Whether all items of the body are there, and not only some.
    pub all: bool,
}

/// A value of a response that a later request has in its body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentOn {
    /// The value, as a JSON pointer into the response.
    pub value: String,
    /// The file of the JSON Schema of that request's body.
    pub schema: Option<String>,
    /// The place in that body, as a JSON pointer.
    pub place: String,
}

/// A header or a query parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carried {
    /// Its name.
    pub name: String,
    /// Its values, if the settings alone decide; none: they depend on the event, and it may not be there. A query parameter can have several.
    pub values: Vec<String>,
    /// Whether it is a part of a signature: it is there, with another value in each request.
    pub signs: bool,
}

/// Where the error of an API stands in its responses, as JSON pointers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorPlaces {
    /// The pointer to the API's code.
    pub code: Option<String>,
    /// The pointer to the API's message.
    pub message: Option<String>,
}

impl Mapper {
    /// Returns the operations of the version, as the API sees their requests with these settings. Values can contain secrets.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let bound = self.inner.as_ref();
        let empty = TrieBuilder::new().build();
        let mut scratch = JsonScratch::new();
        let doc = walk(&empty, &Value::Null, &mut scratch);
        let mut answers = taken(&bound.plan).into_iter();
        let operations = bound.plan.operations.iter().enumerate();
        operations
            .filter_map(|(at, operation)| {
                let answer = answers.next().unwrap_or_default();
                Some(bound.endpoint(at, (operation, operation.endpoint()?), answer, &doc))
            })
            .collect()
    }

    /// Returns whether every step that calls the operation accepts a response and can make its captures of it, as far as that is the same for
    /// all events.
    pub fn accepts(&self, operation: &str, response: &Response) -> bool {
        let bound = self.inner.as_ref();
        let plan = bound.plan.as_ref();
        let mut buffers = Buffers::default();
        plan.flows().all(|flow| {
            let called = flow.program.iter().enumerate().filter(|(_, instruction)| {
                let called = call(instruction).and_then(|call| plan.operations.get(call.operation));
                called.is_some_and(|called| called.name == operation)
            });
            called.map(|(at, _)| at).collect::<Vec<_>>().into_iter().all(|at| {
                buffers.reset(flow);
                let nothing = Value::Object(Map::new());
                let mut scratch = JsonScratch::new();
                let doc = walk(&plan.trie, &nothing, &mut scratch);
                Run::new(bound, doc, flow, "", 0, &mut buffers).accepts(at, response)
            })
        })
    }

    /// Returns where the destination reads the API's own error.
    pub fn error_places(&self) -> ErrorPlaces {
        let plan = self.inner.plan.as_ref();
        let pointer = |row: &Option<Row>| row.as_ref().and_then(|row| pointer(plan, row));
        ErrorPlaces { code: pointer(&plan.error.code), message: pointer(&plan.error.message) }
    }
}

impl BoundPlan {
    fn endpoint(
        &self,
        at: usize,
        (operation, endpoint): (&Operation, &EndpointPath),
        taken: Taken,
        doc: &Doc<'_>,
    ) -> Endpoint {
        let plan = self.plan.as_ref();
        let calls: Vec<&Call> = plan
            .flows()
            .flat_map(|flow| flow.program.iter().filter_map(call))
            .filter(|call| call.operation == at)
            .collect();
        let server = url::Url::parse(self.fixed.server()).ok();
        let mut path = server.map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default();
        let mut params = endpoint.params.iter();
        for text in &endpoint.path {
            path.push_str(text);
            params.next().into_iter().for_each(|name| path.extend(["{", name, "}"]));
        }
        let scope = Scope::of_settings(&self.settings, doc, 0, lazy_values(&plan.lazy));
        let own =
            |fields: &[Field]| fields.iter().map(|field| self.carried(&scope, field)).collect::<Vec<_>>();
        let loose = |fields: &[Field]| {
            fields.iter().map(|field| Carried::new(&field.name, Vec::new())).collect::<Vec<_>>()
        };

        let common = url::form_urlencoded::parse(self.fixed.query().as_bytes());
        let mut query = Vec::new();
        for (name, value) in common {
            add(&mut query, Carried::new(&name, vec![value.into_owned()]), false);
        }
        own(&operation.query).into_iter().for_each(|more| add(&mut query, more, false));
        let of_steps = calls.iter().flat_map(|call| loose(&call.query));
        of_steps.for_each(|more| add(&mut query, more, false));

        let common = self.fixed.headers(at).iter();
        let common = common.map(|(name, value)| Carried::new(name, vec![value.clone()]));
        let mut headers = Vec::new();
        common.for_each(|header| add(&mut headers, header, true));
        own(&operation.headers).into_iter().for_each(|header| add(&mut headers, header, true));
        let of_steps = calls.iter().flat_map(|call| loose(&call.headers));
        of_steps.for_each(|header| add(&mut headers, header, true));
        let of_all = plan.server.as_ref().and_then(|server| server.auth.as_ref());
        let (signed_headers, signed_query) = signature(operation.auth.as_ref().or(of_all));
        let part = |name: &str| Carried { signs: true, ..Carried::new(name, Vec::new()) };
        signed_headers.into_iter().for_each(|name| add(&mut headers, part(name), true));
        signed_query.into_iter().for_each(|name| add(&mut query, part(name), true));
        let of_body = ["content-type", "content-encoding"];
        headers.retain(|header| !of_body.iter().any(|name| header.name.eq_ignore_ascii_case(name)));

        let with_body = calls.iter().filter(|call| call.body.is_some()).count();
        let has_body = match with_body {
            0 if !calls.is_empty() => Some(false),
            all if all == calls.len() && all > 0 => Some(true),
            _ => None,
        };
        Endpoint {
            operation: operation.name.clone(),
            method: endpoint.method.word(),
            path,
            query,
            headers,
            encoding: operation.encoding,
            compression: operation.compress,
            has_body,
            schema: operation.schema.clone(),
            rate: operation.rate.clone(),
            answer: taken.body,
            answer_schema: operation.answer_schema.clone(),
            answer_headers: taken.headers,
            sent_on: taken
                .uses
                .iter()
                .map(|(value, operation, place)| {
                    let schema =
                        plan.operations.get(*operation).and_then(|operation| operation.schema.clone());
                    SentOn { value: written(value), schema, place: written(place) }
                })
                .collect(),
            items: batch_sent_with(plan, at).map(|batch| items_at(plan, &batch.body)).unwrap_or_default(),
        }
    }

    /// A header or parameter of an operation, with its value if no event decides it.
    fn carried(&self, scope: &Scope<'_>, field: &Field) -> Carried {
        let fixed = is_fixed(&self.plan, &field.row).then(|| value_of(scope, &field.row, &Limits::default()));
        let value = fixed.and_then(Result::ok).flatten();
        let texts = value.into_iter().flat_map(|value| value.into_list());
        let texts = texts.map(|item| item.to_text().map_or_else(|| item.json_text(), Cow::into_owned));
        Carried::new(&field.name, texts.collect())
    }
}

/// The batch whose items an operation sends: its own, unless another operation takes several, or that of another one.
fn batch_sent_with(plan: &VersionPlan, at: usize) -> Option<&BatchPlan> {
    let own = plan.operations.get(at)?.batch.as_ref().filter(|batch| batch.many.is_none());
    own.or_else(|| {
        plan.operations
            .iter()
            .filter_map(|operation| operation.batch.as_ref())
            .find(|batch| batch.many == Some(at))
    })
}

/// Where the body of a batch has its items.
fn items_at(plan: &VersionPlan, body: &Row) -> Vec<ItemsAt> {
    let (mut found, mut open) = (Vec::new(), vec![(String::new(), body)]);
    while let Some((place, row)) = open.pop() {
        if !row.conversions.is_empty() {
            continue;
        }
        match &row.form {
            Form::Places(_) if is_all_items(plan, row) => found.push(ItemsAt { place, all: true }),
            Form::Each { list, filter, .. } if is_all_items(plan, list) => {
                found.push(ItemsAt { place, all: filter.is_none() });
            }
            Form::Object(fields) => open.extend(fields.iter().map(|field| {
                let step = PathStep::Key(field.name.clone());
                let inner = if field.name == FIELD_SPREAD { String::new() } else { written(&[step]) };
                (format!("{place}{inner}"), &field.row)
            })),
            Form::First(rows) | Form::Merge(rows) => {
                open.extend(rows.iter().map(|row| (place.clone(), row)));
            }
            Form::Switch { cases, otherwise, .. } => {
                let rows = cases.iter().map(|(_, row)| row).chain(otherwise.as_deref());
                open.extend(rows.map(|row| (place.clone(), row)));
            }
            Form::Places(_)
            | Form::Member { .. }
            | Form::Value(_)
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::RestOf(_)
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Each { .. }
            | Form::Combined { .. } => {}
        }
    }
    found.sort_by(|a, b| a.place.cmp(&b.place));
    found
}

/// Whether a row gives the list of all items.
fn is_all_items(plan: &VersionPlan, row: &Row) -> bool {
    let Form::Places(places) = &row.form else { return false };
    let is_all = |place: &Place| match (&place.slot, &place.query) {
        (Slot::Event(node), None) => plan.batch_trie.path(*node).len() == 1,
        _ => false,
    };
    row.conversions.is_empty() && places.list().iter().all(is_all)
}

impl Carried {
    fn new(name: &str, values: Vec<String>) -> Self {
        Self { name: name.to_owned(), values, signs: false }
    }
}

/// The headers and the query parameters that a signature adds.
fn signature(auth: Option<&Auth>) -> (Vec<&str>, Vec<&str>) {
    match auth {
        None | Some(Auth::Basic { .. }) => (Vec::new(), Vec::new()),
        Some(auth @ Auth::Hmac(hmac)) => {
            (auth.headers(), hmac.query.iter().map(|(name, _)| name.as_str()).collect())
        }
        Some(auth @ (Auth::OAuth1(_) | Auth::Wsse(_))) => (auth.headers(), Vec::new()),
    }
}

/// Adds one that may stand there already: a header is replaced, and a query parameter has one value more.
fn add(known: &mut Vec<Carried>, more: Carried, replace: bool) {
    match known.iter_mut().find(|known| match replace {
        true => known.name.eq_ignore_ascii_case(&more.name),
        false => known.name == more.name,
    }) {
        Some(known) if replace || more.values.is_empty() => *known = more,
        Some(known) => known.values.extend(more.values),
        None => known.push(more),
    }
}

fn call(instruction: &Instruction) -> Option<&Call> {
    match instruction {
        Instruction::Call(call) => Some(call),
        Instruction::Enter { .. } | Instruction::Leave { .. } => None,
    }
}

/// Whether settings alone decide the value of a row.
fn is_fixed(plan: &VersionPlan, row: &Row) -> bool {
    let of_settings = |place: &Place| is_slot_fixed(plan, &place.slot);
    let holds = |condition: &Condition| condition.places.iter().all(of_settings);
    let own = match &row.form {
        Form::Places(places) => places.list().iter().all(of_settings),
        Form::Template(template) => template.places().iter().all(of_settings),
        Form::Each { .. } | Form::RestOf(_) => false,
        Form::First(_)
        | Form::Member { .. }
        | Form::Value(_)
        | Form::Written { .. }
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::Object(_)
        | Form::Computed { .. }
        | Form::List(_)
        | Form::Switch { .. }
        | Form::Combined { .. } => true,
    };
    own && [&row.when, &row.unless].into_iter().flatten().all(|condition| holds(condition))
        && row.form.children().into_iter().all(|row| is_fixed(plan, row))
}

fn is_slot_fixed(plan: &VersionPlan, slot: &Slot) -> bool {
    match slot {
        Slot::Setting(_) | Slot::Set(_) | Slot::Version(_) => true,
        Slot::Lazy { row, .. } => plan.lazy.get(*row).is_some_and(|row| is_fixed(plan, row)),
        Slot::Either { first, then, .. } => is_slot_fixed(plan, first) && is_slot_fixed(plan, then),
        _ => false,
    }
}

/// A path as a JSON pointer.
fn written(steps: &[PathStep]) -> String {
    let steps = steps.iter().map(|step| match step {
        PathStep::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        PathStep::Index(index) => format!("/{index}"),
    });
    steps.collect()
}

/// The first place of the body that a row reads, as a JSON pointer.
fn pointer(plan: &VersionPlan, row: &Row) -> Option<String> {
    if let Form::Places(places) = &row.form {
        let node = places.list().iter().find_map(|place| match (&place.slot, &place.query) {
            (Slot::Body(node), None) => Some(*node),
            _ => None,
        })?;
        let steps = plan.response_trie.path(node);
        let steps: Vec<PathStep> = steps
            .into_iter()
            .map(|step| match step {
                Step::Key(key) => PathStep::Key(key.to_owned()),
                Step::Index(index) => PathStep::Index(index),
            })
            .collect();
        return Some(written(&steps));
    }
    row.form.children().into_iter().find_map(|row| pointer(plan, row))
}
