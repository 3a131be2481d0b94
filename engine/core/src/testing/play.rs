//! Plays scripts through the engine.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::admission::Skip;
use crate::check::rules::schema_violation::Refusal;
use crate::load::catalog::SchemaFile;
use crate::load::yaml::{Node, innermost};
use crate::mapper::{FaultOf, Mapper, Outcome, Rejection, Scratch};
use crate::plan::Call;
use crate::run::made::Made;
use crate::run::request::Request;
use crate::run::response::Response;
use crate::run::verify::{Violation, violations};
use crate::run::{Ended, Failure, Progress, Run};
use crate::settings::SettingsError;
use crate::source::{Span, Texts};
use crate::testing::script::Script;
use crate::warning::Warning;

/// The result of an event.
#[derive(Debug)]
pub struct Played<'p> {
    /// The requests, in order; each retry is included.
    pub requests: Vec<Request<'static>>,
    /// The rows that produced them.
    pub made: Option<Made<'p>>,
    pub warnings: Vec<Warning>,
    /// The value of the mapping's `result`, if the run is done.
    pub result: Option<Value>,
    pub end: End,
    /// The number of responses in the script.
    pub responses: usize,
    pub used: usize,
}

/// The end of a played event.
#[derive(Debug)]
pub enum End {
    /// The script has no responses: the requests are the preview.
    Preview,
    Done,
    /// The script ended with a retry of the last request.
    Retry,
    /// The script ended without a response for the last request.
    Unanswered,
    Failed(Failure),
    Rejected(Box<Rejection>),
    Skipped(Skip),
}

/// The schemas of a version, and the names of their files.
#[derive(Clone, Copy)]
pub struct Schemas<'c> {
    pub files: &'c BTreeMap<String, SchemaFile>,
    pub texts: &'c Texts,
}

/// Maps an event and drives its run as a caller would do.
pub fn play<'p>(
    mapper: &'p Mapper,
    script: &Script<'_>,
    event: &'p [u8],
    scratch: &'p mut Scratch,
) -> Played<'p> {
    let responses = script.responses.as_ref().map_or(0, Vec::len);
    let mut played = Played {
        requests: Vec::new(),
        made: None,
        warnings: Vec::new(),
        result: None,
        end: End::Preview,
        responses,
        used: 0,
    };
    match mapper.map(event, script.now, scratch) {
        Outcome::Skipped { skip, .. } => played.end = End::Skipped(skip),
        Outcome::Rejected { rejection, .. } => played.end = End::Rejected(rejection),
        Outcome::Mapped(mut run) => {
            played.made = Some(run.made());
            match &script.responses {
                Some(responses) => played.end = drive(&mut run, responses, script.now, &mut played),
                None => match run.preview() {
                    Ok(requests) => played.requests = requests.into_iter().map(Request::into_owned).collect(),
                    Err(rejection) => played.end = End::Rejected(rejection),
                },
            }
            if matches!(played.end, End::Done) {
                match run.result() {
                    Ok(result) => played.result = result,
                    Err(rejection) => played.end = End::Rejected(rejection),
                }
            }
            played.warnings = run.warnings().to_vec();
        }
    }
    played
}

fn drive(run: &mut Run<'_>, responses: &[Response], now: i64, played: &mut Played<'_>) -> End {
    let mut again = false;
    loop {
        let request = match run.request() {
            Ok(Some(request)) => request.into_owned(),
            Ok(None) => return End::Done,
            Err(rejection) => return End::Rejected(rejection),
        };
        let Some(response) = responses.get(played.used) else {
            if again {
                return End::Retry;
            }
            played.requests.push(request);
            return End::Unanswered;
        };
        played.requests.push(request);
        played.used += 1;
        again = match run.respond(response, now) {
            Ok(Progress::Next) => false,
            Ok(Progress::Retry { .. }) => true,
            Err(Ended::Failed(failure)) => return End::Failed(failure),
            Err(Ended::Rejected(rejection)) => return End::Rejected(rejection),
        };
    }
}

impl Played<'_> {
    /// Returns the result of an event with invalid settings, which reject every event.
    pub fn unusable_settings(error: &SettingsError, script: &Script<'_>) -> Self {
        let rejection =
            Rejection { fault: FaultOf::Settings, ..Rejection::new("invalid_settings", error.to_string()) };
        Self {
            requests: Vec::new(),
            made: None,
            warnings: Vec::new(),
            result: None,
            end: End::Rejected(Box::new(rejection)),
            responses: script.responses.as_ref().map_or(0, Vec::len),
            used: 0,
        }
    }

    /// Returns the violations of an actual body, with the mapping lines that produced it.
    pub fn refusals(&self, request: &Request<'_>, schemas: &Schemas<'_>) -> Vec<Refusal> {
        let Some(body) = request.json().and_then(|bytes| serde_json::from_slice(bytes).ok()) else {
            return Vec::new();
        };
        self.refused(request, &body, schemas, |made, call, path| made.body(call, path).unwrap_or(call.span))
    }

    /// Returns the violations of an expected body that differs from the actual one.
    pub fn refusals_of(&self, request: &Request<'_>, body: &Node, schemas: &Schemas<'_>) -> Vec<Refusal> {
        self.refused(request, &body.to_json(), schemas, |_, _, path| innermost(body, path).span)
    }

    /// Returns the violations of a body. `locate` returns the origin of the value at a path.
    fn refused(
        &self,
        request: &Request<'_>,
        body: &Value,
        schemas: &Schemas<'_>,
        locate: impl Fn(Made<'_>, &Call, &[String]) -> Span,
    ) -> Vec<Refusal> {
        let Some((made, call)) = self.made.and_then(|made| Some((made, made.call(request)?))) else {
            return Vec::new();
        };
        let Some(validator) = made.validator(call) else { return Vec::new() };
        let name = made.operation(call).and_then(|operation| operation.schema.as_ref());
        let Some(schema) = name.and_then(|name| schemas.files.get(name)).map(|schema| schema.file) else {
            return Vec::new();
        };
        let file = schemas.texts.place(Span { file: schema, start: 0, end: 0 }).path;
        let refusal = |found: Violation| Refusal {
            span: locate(made, call, &found.path),
            operation: request.operation.to_string(),
            file: file.clone(),
            text: located(made.part(call), &found.path, &found.message),
            pointer: found.schema,
        };
        let waiting = made.waiting(request);
        violations(validator, body, waiting).into_iter().map(refusal).collect()
    }
}

fn located(part: &str, path: &[String], message: &str) -> String {
    let Some(last) = path.last() else { return message.to_owned() };
    let field: Vec<&str> = std::iter::once(part).chain(path.iter().map(String::as_str)).collect();
    let field = field.join(".");
    match message.strip_prefix(&format!("`{last}` ")) {
        Some(rest) => format!("`{field}` {rest}"),
        None => format!("`{field}`: {message}"),
    }
}
