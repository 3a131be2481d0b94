//! What the public interface promises beyond its behavior: errors, threads, misuse, and the types of the crate `http`.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use mapwright::{
    Ended, Event, Failure, Mapper, NotFound, Outcome, OwnedOutcome, OwnedRun, Plans, Progress, Rejection,
    Response, Run, Scratch, SettingProblem, SettingsError, WithFindings,
};
use mapwright_tests::{NOW, mapper};
use serde_json::json;

const IDENTIFY: &str = r#"message: identify
payload: { thing: { email: traits.email, id: captures.id } }
steps:
  find: { operation: send, body: { email: traits.email }, capture: { id: response.headers.x-id } }
  send: { operation: send, body: thing }
"#;
const EVENT: &str = r#"{"type":"identify","traits":{"email":"ada@example.com"}}"#;

fn acme() -> Mapper {
    mapper(IDENTIFY, json!({}))
}

fn started(mapper: &Mapper) -> OwnedRun {
    match mapper.start(EVENT, NOW, Scratch::new()) {
        OwnedOutcome::Mapped(run) => run,
        other => panic!("{other:?}"),
    }
}

/// Drives a run that answers every request with the id 7, and returns the bodies.
fn bodies(run: &mut Run<'_>) -> Vec<String> {
    let mut bodies = Vec::new();
    while let Some(request) = run.request().unwrap() {
        bodies.push(String::from_utf8(request.body.unwrap().into_bytes()).unwrap());
        run.respond(&Response::new(200, [("X-Id", "7")], "{}"), NOW).unwrap();
    }
    bodies
}

#[test]
fn errors_are_errors_that_cross_threads() {
    fn is<E: Error + Send + Sync + 'static>() {}
    is::<WithFindings>();
    is::<NotFound>();
    is::<SettingsError>();
    is::<SettingProblem>();
    is::<Rejection>();
    is::<Failure>();
    is::<Ended>();
}

#[test]
fn runs_and_mappers_cross_threads() {
    fn sent<T: Send + 'static>() {}
    fn shared<T: Send + Sync + 'static>() {}
    sent::<OwnedRun>();
    sent::<OwnedOutcome>();
    sent::<Scratch>();
    shared::<Mapper>();
    shared::<Plans>();
    shared::<Response>();
    fn borrowed<'e>() -> impl Fn(Run<'e>) {
        fn sent<T: Send>(_: T) {}
        |run| sent(run)
    }
    let _ = borrowed();
}

#[test]
fn a_response_without_a_request_is_an_error() {
    let (mapper, mut scratch) = (acme(), Scratch::new());
    let Outcome::Mapped(mut run) = mapper.map(EVENT, NOW, &mut scratch) else { panic!() };
    let found = Response::new(200, [("X-Id", "7")], "{}");
    // not asked for yet
    assert_eq!(run.respond(&found, NOW), Err(Ended::NoRequest));
    // withdrawn by a preview
    assert!(run.request().unwrap().is_some());
    assert_eq!(run.preview().unwrap().len(), 2);
    assert_eq!(run.respond(&found, NOW), Err(Ended::NoRequest));
    // answered already
    assert!(run.request().unwrap().is_some());
    assert_eq!(run.respond(&found, NOW), Ok(Progress::Next));
    assert_eq!(run.respond(&found, NOW), Err(Ended::NoRequest));
    // a retry is the same request, and may be answered without asking again
    assert!(run.request().unwrap().is_some());
    let retry = Progress::Retry { after: None, throttle: false };
    assert_eq!(run.respond(&Response::new(503, [], ""), NOW), Ok(retry));
    assert_eq!(run.respond(&found, NOW), Ok(Progress::Next));
    // at its end
    assert!(run.request().unwrap().is_none());
    assert_eq!(run.respond(&found, NOW), Err(Ended::NoRequest));
    assert_eq!(run.requests(), 2);

    let mut run = started(&mapper);
    assert_eq!(run.respond(&found, NOW), Err(Ended::NoRequest));
    assert_eq!(Ended::NoRequest.to_string(), "`respond` was called without a request: call `request` first");
}

#[test]
fn an_owned_run_makes_the_requests_of_a_borrowed_one() {
    let (mapper, mut scratch) = (acme(), Scratch::new());
    let Outcome::Mapped(mut run) = mapper.map(EVENT, NOW, &mut scratch) else { panic!() };
    let expected = [r#"{"email":"ada@example.com"}"#, r#"{"email":"ada@example.com","id":"7"}"#];
    assert_eq!(bodies(&mut run), expected);
    let mut run = started(&mapper);
    drop(mapper);
    assert_eq!(run.with(|run| run.preview().unwrap().len()), 2);
    assert_eq!(run.with(bodies), expected);
}

#[test]
fn an_event_is_anything_that_is_bytes() {
    let mapper = acme();
    let mut scratch = Scratch::new();
    let mut count = 0;
    let mut maps = |event: Event<'_>| {
        assert!(matches!(mapper.map(event, NOW, &mut scratch), Outcome::Mapped(_)));
        count += 1;
    };
    let bytes = EVENT.as_bytes();
    maps(EVENT.into());
    maps((&EVENT.to_owned()).into());
    maps(bytes.into());
    maps((&bytes.to_vec()).into());
    maps((&Box::<[u8]>::from(bytes)).into());
    maps((&Arc::<[u8]>::from(bytes)).into());
    maps((&Cow::Borrowed(bytes)).into());
    maps(br#"{"type":"identify"}"#.into());
    maps((&serde_json::from_str::<serde_json::Value>(EVENT).unwrap()).into());
    maps(Event::bytes(&std::rc::Rc::<[u8]>::from(bytes)));
    assert_eq!(count, 10);
    for owned in [bytes.to_vec(), EVENT.to_owned().into_bytes()] {
        assert!(matches!(mapper.start(owned, NOW, Scratch::new()), OwnedOutcome::Mapped(_)));
    }
}

#[test]
fn a_request_is_a_request_of_the_crate_http() {
    let mut run = started(&acme());
    let request = run.request().unwrap().unwrap();
    let converted: http::Request<Vec<u8>> = (&request).try_into().unwrap();
    assert_eq!(
        (converted.method().as_str(), converted.uri().to_string()),
        (request.method, request.url.to_string())
    );
    let headers: Vec<_> =
        converted.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let expected: Vec<_> =
        request.headers().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    assert!(!expected.is_empty());
    assert_eq!(headers.len(), expected.len());
    assert!(expected.iter().all(|(name, value)| headers.contains(&(name, value))), "{headers:?}");
    assert_eq!(converted.body(), request.body.as_ref().unwrap().bytes());
    let moved: http::Request<Vec<u8>> = request.try_into().unwrap();
    assert_eq!(moved.body(), converted.body());
    assert_eq!(moved.headers(), converted.headers());
}

#[test]
fn a_response_of_the_crate_http_is_moved() {
    let body = b"{}".to_vec();
    let at = body.as_ptr();
    let answer =
        http::Response::builder().status(429).header("Retry-After", "5").header("x-name", &b"\xff"[..]);
    let answer = answer.body(body).unwrap();
    let text = answer.headers()["retry-after"].as_bytes().as_ptr();
    let response = Response::from(answer);
    assert_eq!((response.status, response.body.as_ptr()), (429, at));
    match response.header("RETRY-AFTER").unwrap() {
        Cow::Borrowed(value) => assert_eq!((value, value.as_ptr()), ("5", text)),
        Cow::Owned(_) => panic!("copied"),
    }
    assert_eq!(response.header("X-Name").unwrap(), "\u{fffd}");
    assert_eq!(response.header("not a name"), None);
    assert_eq!(response, Response::new(429, [("retry-after", "5"), ("x-name", "\u{fffd}")], "{}"));
    assert_eq!(
        format!("{response:?}"),
        r#"Response { status: 429, headers: ["retry-after", "x-name"], body: 2 bytes }"#
    );
    // conditions, captures and waits read the headers of either form
    let mut run = started(&acme());
    run.request().unwrap().unwrap();
    let found = http::Response::builder().header("x-id", "7").body("{}").unwrap();
    run.respond(&found.into(), NOW).unwrap();
    let request = run.request().unwrap().unwrap();
    assert_eq!(request.body.unwrap().bytes(), br#"{"email":"ada@example.com","id":"7"}"#);
}
