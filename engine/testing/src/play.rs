//! Plays scripts through the engine.

use std::time::Duration;

use serde_json::Value;

use crate::schemas::Schemas;
use crate::script::Script;
use crate::violation::{Violation, violations};
use mapwright_convert::Warning;
use mapwright_findings::Span;
use mapwright_findings::rules::schema_violation::Refusal;
use mapwright_language::yaml::{Node, innermost};
use mapwright_plan::admission::Skip;
use mapwright_plan::mapper::{Mapper, Outcome, Scratch};
use mapwright_plan::plan::Call;
use mapwright_plan::rejection::{FaultOf, Rejection};
use mapwright_plan::request::Request;
use mapwright_plan::response::Response;
use mapwright_plan::run::provenance::Provenance;
use mapwright_plan::run::{Ended, Failure, Progress, Run};
use mapwright_plan::settings::SettingsError;
use mapwright_plan::signing::SigningContext;

/// The result of an event.
#[derive(Debug)]
pub(crate) struct Played<'p> {
    /// The requests that were provenance, in order; the same one sent again counts again.
    pub requests: Vec<Request<'static>>,
    /// The rows that produced them.
    pub provenance: Option<Provenance<'p>>,
    pub warnings: Vec<Warning>,
    /// The value of the mapping's `result`, if the run is done.
    pub result: Option<Value>,
    pub end: End,
    /// The number of responses in the script.
    pub responses: usize,
    pub used: usize,
}

/// When a request is sent again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Again {
    /// The time to wait, if the response or the mapping states one.
    pub after: Option<Duration>,
    /// Whether all requests of the rate group wait.
    pub throttle: bool,
}

/// The end of a played event.
#[derive(Debug)]
pub(crate) enum End {
    /// The script has no responses: the requests are the preview.
    Preview,
    Done,
    /// The script ended with a retry of the last request.
    Retry(Again),
    /// The script ended without a response for the last request.
    Unanswered,
    Failed(Failure),
    Rejected(Box<Rejection>),
    Skipped(Skip),
}

/// Maps an event and drives its run as a caller would do.
pub(crate) fn play<'p>(
    mapper: &'p Mapper,
    script: &Script<'_>,
    event: &'p [u8],
    scratch: &'p mut Scratch,
) -> Played<'p> {
    let responses = script.responses.as_ref().map_or(0, Vec::len);
    let mut played = Played {
        requests: Vec::new(),
        provenance: None,
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
            played.provenance = Some(run.provenance());
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
    let mut again = None;
    loop {
        let request = match run.request() {
            Ok(Some(mut request)) => {
                request.sign(&SigningContext::stated(now));
                request.into_owned()
            }
            Ok(None) => return End::Done,
            Err(rejection) => return End::Rejected(rejection),
        };
        let Some(response) = responses.get(played.used) else {
            if let Some(again) = again {
                return End::Retry(again);
            }
            played.requests.push(request);
            return End::Unanswered;
        };
        played.requests.push(request);
        played.used += 1;
        again = match run.respond(response, now) {
            Ok(Progress::Next) => None,
            Ok(Progress::Retry { after, throttle }) => Some(Again { after, throttle }),
            Err(Ended::Failed(failure)) => {
                // as a caller does to tell of it
                run.api_error(response);
                return End::Failed(failure);
            }
            Err(Ended::Rejected(rejection)) => return End::Rejected(rejection),
            // there is a request, and no other variant
            Err(other) => return End::Rejected(Box::new(Rejection::new("no_request", other.to_string()))),
        };
    }
}

impl Played<'_> {
    /// Returns the result of an event with invalid settings, which reject every event.
    pub(crate) fn unusable_settings(error: &SettingsError, script: &Script<'_>) -> Self {
        let mut rejection = Rejection::new("invalid_settings", error.to_string());
        rejection.fault = FaultOf::Settings;
        Self {
            requests: Vec::new(),
            provenance: None,
            warnings: Vec::new(),
            result: None,
            end: End::Rejected(Box::new(rejection)),
            responses: script.responses.as_ref().map_or(0, Vec::len),
            used: 0,
        }
    }

    /// What the schema refuses in a body that was provenance, with the lines of the mapping that made it.
    pub(crate) fn refusals(&self, request: &Request<'_>, schemas: &Schemas) -> Vec<Refusal> {
        let Some(body) = request.json().and_then(|bytes| serde_json::from_slice(bytes).ok()) else {
            return Vec::new();
        };
        self.refused(request, &body, schemas, |provenance, call, path| {
            provenance.body(call, path).unwrap_or(call.span)
        })
    }

    /// What the schema refuses in a body that is expected in place of the one that was provenance.
    pub(crate) fn refusals_of(&self, request: &Request<'_>, body: &Node, schemas: &Schemas) -> Vec<Refusal> {
        self.refused(request, &body.to_json(), schemas, |_, _, path| innermost(body, path).span)
    }

    /// Returns the violations of a body. `locate` returns the origin of the value at a path.
    fn refused(
        &self,
        request: &Request<'_>,
        body: &Value,
        schemas: &Schemas,
        locate: impl Fn(Provenance<'_>, &Call, &[String]) -> Span,
    ) -> Vec<Refusal> {
        let Some((provenance, call)) =
            self.provenance.and_then(|provenance| Some((provenance, provenance.call(request)?)))
        else {
            return Vec::new();
        };
        let name = provenance.operation(call).and_then(|operation| operation.schema.as_ref());
        let Some(schema) = name.and_then(|name| schemas.of(provenance, name)) else { return Vec::new() };
        let refusal = |found: Violation| Refusal {
            span: locate(provenance, call, &found.path),
            operation: request.operation.to_string(),
            file: schema.path.clone(),
            text: located(provenance.part(call), &found.path, &found.message),
            pointer: found.schema,
        };
        let waiting = provenance.waiting(request);
        violations(&schema.validator, schema.recursions, body, waiting).into_iter().map(refusal).collect()
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
