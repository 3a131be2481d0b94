//! Plays scripts through the engine.

use std::time::Duration;

use serde_json::Value;

use crate::schemas::{CompiledSchema, Schemas};
use crate::script::{Script, UNUSABLE};
use crate::sent::Sent;
use crate::violation::{Violation, located, violations};
use mapwright_convert::Warning;
use mapwright_findings::rules::schema_violation::Refusal;
use mapwright_findings::{FileId, Span};
use mapwright_language::yaml::{Node, innermost};
use mapwright_plan::admission::Skip;
use mapwright_plan::mapper::{Mapper, Outcome, Scratch};
use mapwright_plan::plan::{BatchPlan, Call, Operation};
use mapwright_plan::redact::Redactor;
use mapwright_plan::rejection::{FaultOf, Rejection};
use mapwright_plan::request::Request;
use mapwright_plan::response::Response;
use mapwright_plan::run::provenance::Provenance;
use mapwright_plan::run::{Ended, Failure, Progress, Run};
use mapwright_plan::sdk::SdkCall;
use mapwright_plan::settings::SettingsError;
use mapwright_plan::signing::SigningContext;
use mapwright_plan::version::VersionPlan;

/// The result of an event.
#[derive(Debug)]
pub(crate) struct Played<'p> {
    /// The requests that were provenance, in order; the same one sent again counts again.
    pub requests: Vec<Request<'static>>,
    /// The calls, where there are no requests.
    pub calls: Vec<SdkCall>,
    /// The version, if the event, or one of them, could be mapped at all.
    pub plan: Option<&'p VersionPlan>,
    /// The rows that produced them, if they are those of a single event.
    pub provenance: Option<Provenance<'p>>,
    pub warnings: Vec<Warning>,
    /// The value of the mapping's `result`, if the run is done.
    pub result: Option<Value>,
    pub end: End,
    /// What became of each of several events, which `end` says nothing of.
    pub events: Vec<Became>,
    /// The positions of the responses in the script.
    pub responses: Vec<Span>,
    pub used: usize,
    /// The responses that name what is no item of their request.
    pub unmatched: Vec<Unmatched>,
    /// Redacts the secrets of its settings in what is said of it.
    pub redactor: Redactor,
}

/// What became of one of several events.
#[derive(Debug)]
pub(crate) struct Became {
    pub end: End,
    pub warnings: Vec<Warning>,
}

/// A response that names what is no item of its request.
#[derive(Debug)]
pub(crate) struct Unmatched {
    /// The position of the response.
    pub span: Option<Span>,
    /// The number of the request, from 1.
    pub request: usize,
    /// What is named, and which items there are.
    pub text: String,
}

/// When a request is sent again.
#[derive(Debug, Clone)]
pub(crate) struct Again {
    /// The time to wait, if the response or the mapping states one.
    pub after: Option<Duration>,
    /// Whether all requests of the rate group wait.
    pub throttle: bool,
    /// The setting of which a new value is needed before.
    pub renew: Option<String>,
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
    let mut played = Played::with(mapper, script);
    match mapper.map(event, script.now, scratch) {
        Outcome::Skipped { skip, .. } => played.end = End::Skipped(skip),
        Outcome::Rejected { rejection, .. } => played.end = End::Rejected(rejection),
        Outcome::Calls(calls) => {
            played.provenance = Provenance::of_calls(mapper.as_ref(), &calls);
            (played.calls, played.warnings) = (calls.calls, calls.warnings);
            if script.responses.is_some() {
                played.end = End::Done;
            }
        }
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
        let progress = run.respond(response, now);
        played.names(run.unmatched());
        again = match progress {
            Ok(Progress::Next) => None,
            Ok(Progress::Retry { after, throttle }) => Some(Again { after, throttle, renew: None }),
            // a test has one value of each setting
            Ok(Progress::Renew { setting }) => {
                Some(Again { after: None, throttle: false, renew: Some(setting) })
            }
            Err(Ended::Failed(failure)) => return End::Failed(failure),
            Err(Ended::Rejected(rejection)) => return End::Rejected(rejection),
            // there is a request, and no other variant
            Err(other) => return End::Rejected(Box::new(Rejection::new("no_request", other.to_string()))),
        };
    }
}

impl<'p> Played<'p> {
    /// Returns the result of an event with invalid settings, which reject every event.
    pub(crate) fn unusable_settings(error: &SettingsError, script: &Script<'_>) -> Self {
        let mut rejection = Rejection::new(UNUSABLE, error.to_string());
        rejection.fault = FaultOf::Settings;
        Self { end: End::Rejected(Box::new(rejection)), ..Self::new(script) }
    }

    /// That of a script of which nothing has been played.
    pub(crate) fn new(script: &Script<'_>) -> Self {
        Self {
            requests: Vec::new(),
            calls: Vec::new(),
            plan: None,
            provenance: None,
            warnings: Vec::new(),
            result: None,
            end: End::Preview,
            events: Vec::new(),
            responses: match &script.responses {
                Some(_) => script.answers.iter().map(|response| response.span).collect(),
                None => Vec::new(),
            },
            used: 0,
            unmatched: Vec::new(),
            redactor: Redactor::default(),
        }
    }

    /// The same, with these settings.
    pub(crate) fn with(mapper: &'p Mapper, script: &Script<'_>) -> Self {
        let redactor = mapper.redactor().clone();
        Self { plan: Some(mapper.as_ref()), redactor, ..Self::new(script) }
    }

    /// Takes what the last response names that is no item of the last request.
    pub(crate) fn names(&mut self, unmatched: Option<&str>) {
        let span = self.used.checked_sub(1).and_then(|at| self.responses.get(at)).copied();
        let request = self.requests.len();
        self.unmatched.extend(unmatched.map(|text| Unmatched { span, request, text: text.to_owned() }));
    }

    /// Everything that was made, requests or calls.
    pub(crate) fn sent(&self) -> impl Iterator<Item = Sent<'_>> {
        self.requests.iter().map(Sent::from).chain(self.calls.iter().map(Sent::from))
    }

    /// What schemas refuse in what was made, with the lines of the mapping that made it.
    pub(crate) fn refusals(&self, sent: Sent<'_>, schemas: &Schemas) -> Vec<Refusal> {
        let Some(plan) = self.plan else { return Vec::new() };
        let item: Option<Value> = sent.item.and_then(|json| serde_json::from_slice(json).ok());
        let mut all: Vec<Refusal> = Vec::new();
        for (schema, checked) in schemas.of(plan, sent) {
            let Ok(body) = serde_json::from_slice::<Value>(checked.json) else { continue };
            let call = self.step(sent);
            let refused = self.refused(sent, (schema, &body), |path| {
                let Some((provenance, call)) = call else { return ("body", vec![of_batch(plan, sent)]) };
                let (part, within) = match checked.of_part {
                    true => (provenance.part(call), Some(path)),
                    // what is wrong with the item is wrong at its row
                    false => ("body", item.as_ref().and_then(|item| within(&body, item, path))),
                };
                let rows = within.map(|path| provenance.body_rows(call, path)).unwrap_or_default();
                (part, if rows.is_empty() { vec![call.span] } else { rows })
            });
            // a body has the item in it: what the item's own schema refuses is reported once
            let is_known = |refusal: &Refusal| {
                let same =
                    |known: &Refusal| known.span == refusal.span && refusal.pointer.ends_with(&known.pointer);
                all.iter().any(same)
            };
            let new: Vec<Refusal> = refused.into_iter().filter(|refusal| !is_known(refusal)).collect();
            all.extend(new);
        }
        all
    }

    /// What the schema refuses in a body that is expected in place of the one that was made.
    pub(crate) fn refusals_of(&self, sent: Sent<'_>, body: &Node, schemas: &Schemas) -> Vec<Refusal> {
        let expected = body.to_json();
        // an item is not a part of what is expected
        let schema = self.plan.and_then(|plan| schemas.of(plan, sent).last());
        let Some((schema, _)) = schema.filter(|(_, checked)| sent.json == Some(checked.json)) else {
            return Vec::new();
        };
        let part = self.step(sent).map_or("body", |(provenance, call)| provenance.part(call));
        self.refused(sent, (schema, &expected), |path| (part, vec![innermost(body, path).span]))
    }

    /// The body that was made of a payload part as it is.
    pub(crate) fn body_of(&self, part: &str) -> Option<Value> {
        let made_of = |sent: &Sent<'_>| {
            self.step(*sent).is_some_and(|(provenance, call)| provenance.part(call) == part)
        };
        let sent = self.sent().find(|sent| sent.item.is_none() && made_of(sent))?;
        serde_json::from_slice(sent.json?).ok()
    }

    /// The step that made something, if it is that of a single event.
    fn step(&self, sent: Sent<'_>) -> Option<(Provenance<'p>, &'p Call)> {
        self.provenance.and_then(|provenance| Some((provenance, provenance.call(sent.instruction)?)))
    }

    /// Returns the violations of a body. `locate` returns the name of the body, and the rows behind the value at a path in it.
    fn refused<'n>(
        &self,
        sent: Sent<'_>,
        (schema, body): (&CompiledSchema, &Value),
        locate: impl Fn(&[String]) -> (&'n str, Vec<Span>),
    ) -> Vec<Refusal> {
        let waiting = self.provenance.map_or(&[][..], |provenance| provenance.waiting(sent.is_preview));
        let refusal = |found: Violation| {
            let (part, made_by) = locate(&found.path);
            Refusal {
                span: made_by.first().copied().unwrap_or(NOWHERE),
                made_by,
                operations: vec![sent.operation.to_owned()],
                file: schema.path.clone(),
                text: self.redactor.redact(&located(part, &found.path, &found.message)).into_owned(),
                pointer: found.schema,
            }
        };
        let found = violations(&schema.validator, schema.recursions, body, waiting, &self.redactor);
        found.into_iter().map(refusal).collect()
    }
}

/// The rest of a path that leads into an item of a body.
fn within<'p>(body: &Value, item: &Value, path: &'p [String]) -> Option<&'p [String]> {
    let mut at = body;
    let mut rest = path;
    while at != item {
        let (name, further) = rest.split_first()?;
        at = match at {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            other => other.get(name)?,
        };
        rest = further;
    }
    Some(rest)
}

const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

/// The batch that a request with the items of several events is of.
fn of_batch(plan: &VersionPlan, sent: Sent<'_>) -> Span {
    let of = |operation: &&Operation| operation.name == sent.operation;
    let at = plan.operations.iter().position(|operation| of(&operation));
    let batches = plan.operations.iter().filter_map(|operation| Some((operation, operation.batch.as_ref()?)));
    let own = |(operation, batch): &(&Operation, &BatchPlan)| of(operation) || batch.many == at;
    batches.into_iter().find(own).map_or(NOWHERE, |(_, batch)| batch.span)
}
