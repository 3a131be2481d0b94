//! Settings that a response says are no longer valid: what a run does with new ones, and which rules ask for them.

use mapwright::{Ended, Mapper, Outcome, OwnedOutcome, Progress, Response, Scratch, Sources};
use mapwright_tests::{NOW, compile, findings, sources};
use serde_json::json;

const MAPPING: &str = "message: identify
payload: { thing: { token: settings.apiKey, found: captures.id, name: { from: traits.name, as: { truncate: 3 } } } }
steps:
  find: { operation: find, query: { key: settings.apiKey }, capture: { id: response.body.id } }
  send: { operation: send, body: thing }
  again: { operation: send, body: thing }
";

fn files(responses: &str) -> Sources {
    let mut files = sources(MAPPING);
    let version = files.get("mappings/acme/1.0/version.yaml").unwrap();
    files.insert("mappings/acme/1.0/version.yaml", format!("{version}responses: {responses}\n"));
    files
}

fn bound(responses: &str) -> Mapper {
    let settings = json!({ "apiKey": "old" });
    compile(&files(responses)).plan("acme", None, &settings).unwrap().bind(&settings).unwrap()
}

fn answer(status: u16, body: &str) -> Response {
    Response::new(status, [], body.to_owned())
}

const RENEW: &str = "[{ status: 401, renew: settings.apiKey }]";

#[test]
fn the_request_is_made_anew_and_what_was_captured_stays() {
    let old = bound(RENEW);
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "name": "Alexandra" } }).to_string();
    let OwnedOutcome::Mapped(mut run) = old.start(event, NOW, Scratch::new()) else { panic!() };
    let asks = Ok(Progress::Renew { setting: "apiKey".to_owned() });
    let key = |mapper: &Mapper, key: &str| mapper.with_setting("apiKey", key.into()).unwrap();

    assert!(run.request().unwrap().unwrap().url.ends_with("?key=old"));
    assert_eq!(run.respond(&answer(401, ""), NOW), asks);
    let second = key(&old, "second");
    assert!(run.with(|run| second.renew(run)));
    assert!(run.request().unwrap().unwrap().url.ends_with("?key=second"));
    assert_eq!(run.respond(&answer(200, r#"{"id":"c1"}"#), NOW), Ok(Progress::Next));

    let text = |body: Option<mapwright::Body<'_>>| String::from_utf8(body.unwrap().into_bytes()).unwrap();
    let sent = text(run.request().unwrap().unwrap().body);
    assert_eq!(sent, r#"{"token":"second","found":"c1","name":"Ale"}"#);
    assert_eq!(run.warnings().len(), 1);
    assert_eq!(run.respond(&answer(401, ""), NOW), asks);
    let third = key(&second, "third");
    assert!(run.with(|run| third.renew(run)));
    let request = run.request().unwrap().unwrap().into_owned();
    assert!(request.headers().any(|(_, value)| value == "Bearer third"));
    // secrets of now are known
    assert!(!format!("{request:?}").contains("third"));
    assert_eq!(text(request.body), r#"{"token":"third","found":"c1","name":"Ale"}"#);
    assert_eq!((run.warnings().len(), run.requests()), (1, 2));
    assert_eq!(run.respond(&answer(200, "{}"), NOW), Ok(Progress::Next));
    // the warnings of the part are reported once, however often it was made
    assert_eq!(text(run.request().unwrap().unwrap().body), r#"{"token":"third","found":"c1","name":"Ale"}"#);
    assert_eq!((run.warnings().len(), run.requests()), (1, 3));
    assert_eq!(run.respond(&answer(200, "{}"), NOW), Ok(Progress::Next));
    assert!(run.request().unwrap().is_none());
}

#[test]
fn a_request_asks_only_so_often() {
    for (rule, asks) in [(RENEW, 2), ("[{ status: 401, renew: settings.apiKey, times: 1 }]", 1)] {
        let mapper = bound(rule);
        let mut scratch = Scratch::new();
        let event = json!({ "type": "identify", "userId": "u1" });
        let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!() };
        for _ in 0..asks {
            run.request().unwrap().unwrap();
            assert!(matches!(run.respond(&answer(401, ""), NOW), Ok(Progress::Renew { .. })));
            assert!(mapper.renew(&mut run));
        }
        run.request().unwrap().unwrap();
        let Err(Ended::Failed(failure)) = run.respond(&answer(401, ""), NOW) else { panic!() };
        assert_eq!((failure.code.as_str(), failure.fault), ("http_401", mapwright::FaultOf::Settings));
    }
}

#[test]
fn settings_of_another_plan_are_refused() {
    let (mapper, other) = (bound(RENEW), bound(RENEW));
    let mut scratch = Scratch::new();
    let event = json!({ "type": "identify", "userId": "u1" });
    let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!() };
    assert!(!other.renew(&mut run));
    assert!(mapper.with_setting("apiKey", json!(7)).is_err());
    assert!(mapper.with_setting("apiKey", json!(null)).is_err());
}

#[test]
fn rules_that_ask_for_nothing_are_found() {
    let mut text = String::new();
    for rule in [
        "{ status: 401, renew: settings.apiKy }",
        "{ status: 401, renew: apiKey }",
        "{ status: 401, renew: settings.apiKey.x }",
        "{ status: 401, renew: settings.apiKey, class: retry }",
        "{ status: 401, renew: settings.apiKey, times: 0 }",
        "{ status: 401, renew: settings.apiKey, after: { value: 1 } }",
        "{ status: 401, renew: [settings.apiKey] }",
        "{ status: 401 }",
    ] {
        text += &format!("{rule}\n    {}\n", findings(&files(&format!("[{rule}]"))));
    }
    insta::assert_snapshot!(text);
}
