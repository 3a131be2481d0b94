//! Runs that own their event: the same requests as borrowed ones, from any thread, and once more from recorded responses.

use mapwright::{Mapper, OwnedOutcome, OwnedRun, Progress, Response, Scratch};
use mapwright_tests::{NOW, mapper};
use serde_json::json;

const IDENTIFY: &str = r#"message: identify
payload: { thing: { email: traits.email, id: captures.id } }
skip: [{ when: traits.skip, reason: not wanted }]
require: [{ any: [traits.email], otherwise: an email is required }]
steps:
  find: { operation: send, body: { email: traits.email }, capture: { id: response.body.id } }
  send: { operation: send, body: thing }
"#;

fn started(mapper: &Mapper) -> OwnedRun {
    let event = r#"{"type":"identify","traits":{"email":"ada@example.com"}}"#;
    match mapper.start(event, NOW, Scratch::new()) {
        OwnedOutcome::Mapped(run) => run,
        other => panic!("{other:?}"),
    }
}

fn found() -> Response {
    Response::new(200, [], br#"{"id":"7"}"#)
}

fn body(run: &mut OwnedRun) -> String {
    let request = run.request().unwrap().unwrap();
    String::from_utf8(request.body.unwrap().bytes().to_vec()).unwrap()
}

#[test]
fn a_run_is_kept_across_threads() {
    let mut run = started(&mapper(IDENTIFY, json!({})));
    assert_eq!(body(&mut run), r#"{"email":"ada@example.com"}"#);
    let mut run = std::thread::spawn(move || {
        assert_eq!(run.respond(&found(), NOW).unwrap(), Progress::Next);
        run
    })
    .join()
    .unwrap();
    assert_eq!(body(&mut run), r#"{"email":"ada@example.com","id":"7"}"#);
    assert_eq!((run.message(), run.requests(), run.warnings().len()), ("identify", 2, 0));
}

#[test]
fn a_run_continues_from_recorded_responses() {
    let mapper = mapper(IDENTIFY, json!({}));
    let (response, mut run) = (found(), started(&mapper));
    run.replay([(&response, NOW)]).unwrap();
    assert_eq!(body(&mut run), r#"{"email":"ada@example.com","id":"7"}"#);
    run.respond(&response, NOW).unwrap();
    assert!(run.request().unwrap().is_none());
    // more responses than requests: nothing is left to answer
    run.replay([(&response, NOW)]).unwrap();
    let OwnedOutcome::Mapped(mut again) =
        mapper.start(r#"{"type":"identify","traits":{"email":"b@example.com"}}"#, NOW, run.into_scratch())
    else {
        panic!()
    };
    assert_eq!(body(&mut again), r#"{"email":"b@example.com"}"#);
}

#[test]
fn buffers_come_back_from_events_without_a_run() {
    let mapper = mapper(IDENTIFY, json!({}));
    let skipped = mapper.start(r#"{"type":"identify","traits":{"skip":true}}"#, NOW, Scratch::new());
    let OwnedOutcome::Skipped { skip, scratch, .. } = skipped else { panic!("{skipped:?}") };
    assert_eq!(skip.reason, "not wanted");
    let rejected = mapper.start(r#"{"type":"identify"}"#, NOW, scratch);
    let OwnedOutcome::Rejected { rejection, .. } = rejected else { panic!("{rejected:?}") };
    assert_eq!(rejection.message, "an email is required");
}
