//! Comparable outcomes of events.

use mapwright::{
    Ended, Event, Mapper, Outcome, Progress, Rejection, Request, Response, Run, Scratch, Warning,
};
use serde_json::Value;

use crate::plans::{Shape, schemas};
use crate::request::{Known, check};

/// The fixed time.
pub(crate) const NOW: i64 = 1_714_564_800_000;

/// The outcome of an event, with all requests checked and schema violations as rejections.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Became {
    Mapped { message: String, sent: Vec<Sent>, warnings: Vec<Warning> },
    Skipped { message: String, rule: &'static str, reason: String },
    Rejected { message: String, rejection: Rejection },
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub(crate) step: String,
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
    pub(crate) when: Option<String>,
}

impl Sent {
    fn new(request: &Request<'_>) -> Self {
        Self {
            step: request.step.to_string(),
            line: format!("{} {}", request.method, request.url),
            headers: request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: request.body.as_ref().map(|body| String::from_utf8(body.bytes().to_vec()).expect("UTF-8")),
            when: request.when.clone(),
        }
    }

    fn json(&self) -> Option<Value> {
        serde_json::from_str(self.body.as_deref()?).ok()
    }
}

impl Became {
    pub(crate) fn rejection(&self) -> Option<&Rejection> {
        match self {
            Became::Rejected { rejection, .. } => Some(rejection),
            _ => None,
        }
    }

    /// Panics unless both are equal, apart from the spelling of the event's strings and numbers.
    pub(crate) fn assert_like(&self, other: &Became, about: &str) {
        match (self, other) {
            (Became::Mapped { sent: a, warnings: c, .. }, Became::Mapped { sent: b, warnings: d, .. }) => {
                assert_eq!(a.len(), b.len(), "{about}\n{self:#?}\n{other:#?}");
                for (a, b) in a.iter().zip(b) {
                    assert_eq!((&a.step, &a.line, &a.headers), (&b.step, &b.line, &b.headers), "{about}");
                    match (a.json(), b.json()) {
                        (Some(a), Some(b)) => assert_eq!(a, b, "{about}"),
                        _ => assert_eq!(a.body, b.body, "{about}"),
                    }
                }
                // messages quote values as written
                let codes = |list: &[Warning]| {
                    list.iter().map(|w| (w.code.clone(), w.field.clone())).collect::<Vec<_>>()
                };
                assert_eq!(codes(c), codes(d), "{about}");
            }
            (Became::Rejected { rejection: a, .. }, Became::Rejected { rejection: b, .. }) => {
                assert_eq!((&a.code, &a.field), (&b.code, &b.field), "{about}\n{a:#?}\n{b:#?}");
            }
            _ => assert_eq!(self, other, "{about}"),
        }
    }
}

/// Returns the outcome of an event without any response.
pub(crate) fn preview<'e>(
    mapper: &'e Mapper,
    shape: &Shape,
    event: impl Into<Event<'e>>,
    scratch: &'e mut Scratch,
) -> Became {
    let mut run = match mapper.map(event, NOW, scratch) {
        Outcome::Mapped(run) => run,
        Outcome::Calls(calls) => {
            let rejection = calls.refusal();
            return Became::Rejected { message: calls.message, rejection };
        }
        Outcome::Skipped { message, skip, .. } => {
            return Became::Skipped { message, rule: skip.rule, reason: skip.reason };
        }
        Outcome::Rejected { message, rejection, .. } => {
            return Became::Rejected { message, rejection: *rejection };
        }
    };
    let message = run.message().to_owned();
    let requests = match run.preview() {
        Ok(requests) => requests,
        Err(rejection) => return Became::Rejected { message, rejection: *rejection },
    };
    let mut sent = Vec::new();
    for request in &requests {
        check(request, shape, Known::Preview);
        if let Err(rejection) = verified(&run, request) {
            return Became::Rejected { message, rejection: *rejection };
        }
        sent.push(Sent::new(request));
    }
    Became::Mapped { message, sent, warnings: run.warnings().to_vec() }
}

fn verified(run: &Run<'_>, request: &Request<'_>) -> Result<(), Box<Rejection>> {
    schemas().verify(run, request).inspect_err(|rejection| {
        assert_eq!(rejection.code, "schema_violation");
        assert_eq!(rejection.field.is_some(), rejection.mapping.is_some(), "{rejection:?}");
    })
}

/// Drives an event's run with scripted responses, checks all requests, and returns how it ended.
pub(crate) fn drive(mapper: &Mapper, shape: &Shape, event: &[u8], script: &[Response]) -> String {
    /// Longer runs only repeat themselves.
    const MOST: usize = 60;
    let mut scratch = Scratch::new();
    let mut run = match mapper.map(event, NOW, &mut scratch) {
        Outcome::Mapped(run) => run,
        other => return format!("{other:?}"),
    };
    let fallback = Response::new(200, [], b"{}".to_vec());
    let mut script = script.iter();
    for round in 0..MOST {
        let sent = match run.request() {
            Ok(Some(request)) => {
                check(&request, shape, Known::All);
                Sent::new(&request)
            }
            Ok(None) => return "done".to_owned(),
            Err(rejection) => return format!("rejected: {rejection:?}"),
        };
        match run.request() {
            Ok(Some(request)) => {
                assert_eq!(Sent::new(&request), sent, "asked again, the request is another");
                let owned = request.into_owned();
                if let Err(rejection) = verified(&run, &owned) {
                    return format!("rejected: {rejection:?}");
                }
            }
            other => panic!("asked again, there is no request: {other:?}"),
        }
        match run.respond(script.next().unwrap_or(&fallback), NOW + round as i64) {
            Ok(Progress::Next) => {}
            Ok(Progress::Retry { after, .. }) => {
                assert!(after.is_none_or(|after| after.as_secs() <= 24 * 60 * 60), "{after:?}");
                match run.request() {
                    Ok(Some(request)) => assert_eq!(Sent::new(&request), sent, "a retry is another request"),
                    other => panic!("nothing to retry: {other:?}"),
                }
            }
            Ok(Progress::Renew { setting }) => return format!("a new value of {setting} is needed"),
            Err(Ended::Failed(failure)) => return format!("failed: {failure:?}"),
            Err(Ended::Rejected(rejection)) => return format!("rejected: {rejection:?}"),
            Err(other) => panic!("{other}"),
        }
    }
    "not ended".to_owned()
}
