//! HTTP/1.1: reads a request, applies it, and sends the response, with an injected fault if there is one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming as HyperBody;
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde::Serialize;

use crate::body::{Cut, ReplyBody};
use crate::chaos::{BadFault, Draw, Fault};
use crate::core::{Admitted, Core, Incoming, Outcome, Rejected};
use crate::error::Refusal;
use crate::rate::Allowance;

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const PAGE: &str = "<!DOCTYPE html><html><head><title>Something went wrong</title></head>\
    <body><h1>Something went wrong</h1><p>Please try again later.</p></body></html>";

type Sent = Result<Response<ReplyBody>, Cut>;

/// Serves one request.
pub(crate) async fn serve(core: Arc<Core>, request: Request<HyperBody>) -> Sent {
    let (parts, body) = request.into_parts();
    if let Some(what) = parts.uri.path().strip_prefix("/_sandbox/") {
        return Ok(inspect(&core, &parts.method, what, parts.uri.query()));
    }
    let limit = core.settings.body_bytes;
    let incoming = match Limited::new(body, limit).collect().await {
        Ok(body) => core.incoming(parts, body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            core.count_arrival();
            return Ok(too_large(&core, &core.incoming(parts, Bytes::new()), limit));
        }
        Err(_) => return Err(Cut),
    };
    match core.admit(&incoming) {
        Ok(admitted) => carry_out(&core, &incoming, &admitted).await,
        Err(rejected) => Ok(reject(&core, &incoming, &rejected)),
    }
}

fn too_large(core: &Core, incoming: &Incoming, limit: usize) -> Response<ReplyBody> {
    let rejected = Rejected { refusal: Refusal::TooLarge(limit), allowance: None, fault: None };
    let mut response = reject(core, incoming, &rejected);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn reject(core: &Core, incoming: &Incoming, rejected: &Rejected) -> Response<ReplyBody> {
    let (status, body) = refused(&rejected.refusal);
    let draw = Draw { fault: rejected.fault, delay_ms: 0 };
    core.note(incoming, &Outcome { status: Some(status), draw, ..Outcome::default() });
    whole(status, JSON, body, rejected.allowance)
}

async fn carry_out(core: &Core, incoming: &Incoming, admitted: &Admitted) -> Sent {
    let draw = admitted.draw;
    if draw.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(draw.delay_ms)).await;
    }
    let applied = draw.fault.is_none_or(Fault::applies);
    let (status, body) = if applied { apply(core, incoming, admitted) } else { (200, Bytes::new()) };
    let allowance = admitted.allowance;
    let page = |status| Ok(whole(status, HTML, Bytes::from_static(PAGE.as_bytes()), None));
    let (status, broken, sent) = match draw.fault {
        None => (Some(status), false, Ok(whole(status, JSON, body, allowance))),
        Some(Fault::Error500) => (Some(500), false, page(500)),
        Some(Fault::Error502) => (Some(502), false, page(502)),
        Some(Fault::Error503) => (Some(503), false, page(503)),
        Some(Fault::Error504) => (Some(504), false, page(504)),
        Some(Fault::HangBefore | Fault::HangAfter | Fault::DropBefore | Fault::DropAfter) => {
            (None, true, Err(Cut))
        }
        Some(Fault::HalfSent) => (Some(status), true, Ok(half(status, &body, allowance))),
        Some(Fault::WrongType) => (Some(status), true, Ok(whole(status, "text/plain", body, allowance))),
        Some(Fault::HtmlOk) => (Some(200), true, page(200)),
        Some(Fault::EmptyOk) => (Some(200), true, Ok(whole(200, JSON, Bytes::new(), allowance))),
        Some(Fault::SlowBody) => {
            let pause = core.settings.chaos.as_ref().map_or(Duration::ZERO, crate::Chaos::pause);
            let head = whole(status, JSON, body, allowance);
            (Some(status), false, Ok(head.map(|body| slow(body, pause))))
        }
        Some(Fault::RateStorm | Fault::CompanyRace) => {
            let (status, body) = refused(&Refusal::CompanyRace);
            (Some(status), false, Ok(whole(status, JSON, body, allowance)))
        }
    };
    core.note(incoming, &Outcome { status, draw, applied, broken, version: Some(admitted.version()) });
    if matches!(draw.fault, Some(Fault::HangBefore | Fault::HangAfter)) {
        std::future::pending::<()>().await;
    }
    sent
}

fn apply(core: &Core, incoming: &Incoming, admitted: &Admitted) -> (u16, Bytes) {
    match core.apply(incoming, admitted.version()) {
        Ok(reply) => (reply.status, reply.body.map(|body| json(&body)).unwrap_or_default()),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> (u16, Bytes) {
    let (status, code) = refusal.status_and_code();
    (status, json(&refusal.body(&format!("sandbox-{code}"))))
}

fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}

fn whole(status: u16, kind: &'static str, body: Bytes, allowance: Option<Allowance>) -> Response<ReplyBody> {
    let empty = body.is_empty();
    let mut response = Response::new(ReplyBody::Whole(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !empty {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in allowance.iter().flat_map(|allowance| {
        [
            ("x-ratelimit-limit", allowance.limit),
            ("x-ratelimit-remaining", allowance.remaining),
            ("x-ratelimit-reset", allowance.reset),
        ]
    }) {
        response.headers_mut().insert(name, value.into());
    }
    response
}

/// Announces the whole body and sends half of it. For an empty body, announces a byte.
fn half(status: u16, body: &Bytes, allowance: Option<Allowance>) -> Response<ReplyBody> {
    let mut response =
        whole(status, JSON, Bytes::from_static(b" "), allowance).map(|_| ReplyBody::half(body));
    response.headers_mut().insert(CONTENT_LENGTH, (body.len().max(1) as u64).into());
    response
}

fn slow(body: ReplyBody, pause: Duration) -> ReplyBody {
    match body {
        ReplyBody::Whole(body) => ReplyBody::slow(body, pause),
        other => other,
    }
}

fn outage(query: Option<&str>) -> Result<Option<Fault>, BadFault> {
    query.and_then(|query| query.strip_prefix("fault=")).map(str::parse).transpose()
}

/// Serves the inspection endpoints: state, requests, counts, outage, reset.
fn inspect(core: &Core, method: &Method, what: &str, query: Option<&str>) -> Response<ReplyBody> {
    let ids = query.is_some_and(|query| query == "ids=internal");
    let body = match (method, what) {
        (&Method::GET, "state") => json(&core.state(ids)),
        (&Method::GET, "requests") => json(&core.requests()),
        (&Method::GET, "stats") => json(&core.stats()),
        (&Method::POST, "outage") => match outage(query) {
            Ok(fault) => {
                core.set_outage(fault);
                Bytes::from_static(b"{}")
            }
            Err(error) => {
                let (status, body) = refused(&Refusal::invalid("fault", error.to_string()));
                return whole(status, JSON, body, None);
            }
        },
        (&Method::POST, "reset") => {
            core.reset();
            Bytes::from_static(b"{}")
        }
        _ => {
            let (status, body) = refused(&Refusal::ResourceNotFound);
            return whole(status, JSON, body, None);
        }
    };
    whole(200, JSON, body, None)
}
