//! HTTP/1.1: reads a request, applies it, and sends the response, with an injected fault if there is one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::api::{Api, Received, Reply};
use crate::body::{Cut, ReplyBody};
use crate::chaos::{BadFault, Chaos, Draw, Fault};
use crate::core::{Core, Outcome, Passed, Stopped};

const HTML: &str = "text/html; charset=utf-8";
const PAGE: &str = "<!DOCTYPE html><html><head><title>Something went wrong</title></head>\
    <body><h1>Something went wrong</h1><p>Please try again later.</p></body></html>";

type Sent = Result<Response<ReplyBody>, Cut>;

/// Serves one request.
pub(crate) async fn serve<A: Api>(core: Arc<Core<A>>, request: Request<Incoming>) -> Sent {
    let (parts, body) = request.into_parts();
    if let Some(what) = parts.uri.path().strip_prefix("/_sandbox/") {
        return Ok(whole(inspect(&core, &parts.method, what, parts.uri.query())));
    }
    let limit = core.options.body_limit;
    let received = match Limited::new(body, limit).collect().await {
        Ok(body) => Received::new(parts, body.to_bytes(), core.now_ms()),
        Err(error) if error.is::<LengthLimitError>() => {
            core.count_arrival();
            let received = Received::new(parts, Bytes::new(), core.now_ms());
            let reply = core.api.refuse(413, format!("Request body is larger than {limit} bytes"));
            let mut response = stop(&core, &received, Stopped { reply, fault: None });
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            return Ok(response);
        }
        Err(_) => return Err(Cut),
    };
    match core.admit(&received) {
        Ok(passed) => carry_out(&core, &received, passed).await,
        Err(stopped) => Ok(stop(&core, &received, stopped)),
    }
}

fn stop<A: Api>(core: &Core<A>, request: &Received, stopped: Stopped) -> Response<ReplyBody> {
    let Stopped { reply, fault } = stopped;
    let draw = Draw { fault, delay_ms: 0 };
    let problem = reply.problem.as_deref();
    core.note(request, Outcome { status: Some(reply.status), draw, problem, ..Outcome::default() });
    whole(reply)
}

async fn carry_out<A: Api>(core: &Core<A>, request: &Received, passed: Passed<A::Ticket>) -> Sent {
    let Passed { admitted, draw, race } = passed;
    if draw.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(draw.delay_ms)).await;
    }
    let applied = draw.fault.is_none_or(Fault::applies);
    let reply = match applied {
        true => core.api.apply(request, &admitted.ticket),
        false => Reply::empty(200),
    };
    let reply = reply.with_headers(admitted.headers.iter().cloned());
    let (status, problem) = (reply.status, reply.problem.clone());
    let (status, broken, sent) = match draw.fault {
        None => (Some(status), false, Ok(whole(reply))),
        Some(Fault::Error500) => (Some(500), false, page(500)),
        Some(Fault::Error502) => (Some(502), false, page(502)),
        Some(Fault::Error503) => (Some(503), false, page(503)),
        Some(Fault::Error504) => (Some(504), false, page(504)),
        Some(Fault::HangBefore | Fault::HangAfter | Fault::DropBefore | Fault::DropAfter) => {
            (None, true, Err(Cut))
        }
        Some(Fault::HalfSent) => (Some(status), true, Ok(half(reply))),
        Some(Fault::WrongType) => {
            (Some(status), true, Ok(whole(Reply { kind: "text/plain".to_owned(), ..reply })))
        }
        Some(Fault::HtmlOk) => (Some(200), true, page(200)),
        Some(Fault::EmptyOk) => {
            (Some(200), true, Ok(whole(Reply { status: 200, body: Bytes::new(), ..reply })))
        }
        Some(Fault::SlowBody) => {
            let pause = core.options.chaos.as_ref().map_or(Duration::ZERO, Chaos::pause);
            (Some(status), false, Ok(whole(reply).map(|body| slow(body, pause))))
        }
        // the storm was answered before
        Some(Fault::RateStorm | Fault::Race) => {
            let reply = race.unwrap_or_else(|| Reply::empty(409)).with_headers(admitted.headers);
            (Some(reply.status), false, Ok(whole(reply)))
        }
    };
    let taken_as = Some(admitted.ticket.to_string());
    core.note(request, Outcome { status, draw, applied, broken, taken_as, problem: problem.as_deref() });
    if matches!(draw.fault, Some(Fault::HangBefore | Fault::HangAfter)) {
        std::future::pending::<()>().await;
    }
    sent
}

fn page(status: u16) -> Sent {
    Ok(whole(Reply::new(status, HTML, PAGE)))
}

fn whole(reply: Reply) -> Response<ReplyBody> {
    let Reply { status, kind, headers, body, problem: _ } = reply;
    let empty = body.is_empty();
    let mut response = Response::new(ReplyBody::Whole(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !empty && let Ok(kind) = HeaderValue::try_from(kind) {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Announces the whole body and sends half of it. For an empty body, announces a byte.
fn half(mut reply: Reply) -> Response<ReplyBody> {
    let body = std::mem::replace(&mut reply.body, Bytes::from_static(b" "));
    let mut response = whole(reply).map(|_| ReplyBody::half(&body));
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

/// Serves the inspection endpoints: requests, counts, outage, reset, and those of the API.
fn inspect<A: Api>(core: &Core<A>, method: &Method, what: &str, query: Option<&str>) -> Reply {
    let done = || Reply::new(200, "application/json; charset=utf-8", Bytes::from_static(b"{}"));
    match (method, what) {
        (&Method::GET, "requests") => Reply::json(200, &core.requests()),
        (&Method::GET, "stats") => Reply::json(200, &core.api.stats(core.counts())),
        (&Method::POST, "outage") => match outage(query) {
            Ok(fault) => {
                core.set_outage(fault);
                done()
            }
            Err(error) => core.api.refuse(400, error.to_string()),
        },
        (&Method::POST, "reset") => {
            core.reset();
            done()
        }
        _ => {
            let own = core.api.inspect(method, what, query);
            own.unwrap_or_else(|| core.api.refuse(404, "Resource Not Found".to_owned()))
        }
    }
}
