//! Responses that are kept: what a run says of its requests, and when it asks again.

use mapwright::{Outcome, Response, Scratch, Stale};
use mapwright_tests::{NOW, findings, mapper, sources};
use serde_json::{Value, json};

const STEPS: &str = "message: identify
values:
  id: { from: captures.ids, key: traits.name }
steps:
  token: { operation: find, query: { grant: { value: x } }, capture: { token: response.body.token }, cache: 10m }
  ids:
    operation: find
    capture: { ids: response.body.ids }
    cache: { for: 1h, renew: not $id }
  send:
    operation: send
    headers: { X-Token: captures.token }
    body: { id: $id }
    on: [{ status: 401, then: token }]
";

/// The requests with what they say of being kept, and how the run ends.
fn run(answers: &[(u16, Value)]) -> Vec<String> {
    let mapper = mapper(STEPS, json!({ "apiKey": "k" }));
    let (mut scratch, mut said) = (Scratch::new(), Vec::new());
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "name": "a" } }).to_string();
    let Outcome::Mapped(mut run) = mapper.map(event.as_str(), NOW, &mut scratch) else { panic!() };
    let mut answers = answers.iter();
    while let Some(request) = run.request().unwrap() {
        let kept = match request.cache {
            None => "not kept".to_owned(),
            Some(cache) => match cache.stale {
                None => format!("{} s", cache.time.as_secs()),
                Some(Stale::Refused) => "refused".to_owned(),
                Some(Stale::Lacking) => "lacking".to_owned(),
                Some(other) => panic!("{other:?}"),
            },
        };
        said.push(format!("{}: {kept}", request.step));
        let (status, body) = answers.next().cloned().unwrap();
        if let Err(ended) = run.respond(&Response::new(status, [], body.to_string()), NOW) {
            said.push(ended.to_string());
            break;
        }
    }
    said
}

#[test]
fn a_run_says_why_it_asks_anew_and_does_so_once() {
    let (token, ids) = ((200, json!({ "token": "t" })), (200, json!({ "ids": { "a": 1 } })));
    let (none, sent, refused) = ((200, json!({ "ids": {} })), (200, json!({})), (401, json!({})));
    assert_eq!(
        run(&[token.clone(), ids.clone(), sent.clone()]),
        ["token: 600 s", "ids: 3600 s", "send: not kept"]
    );
    assert_eq!(
        run(&[token.clone(), none.clone(), ids.clone(), sent.clone()]),
        ["token: 600 s", "ids: 3600 s", "ids: lacking", "send: not kept"]
    );
    assert_eq!(
        run(&[token.clone(), none.clone(), none, sent.clone()]),
        ["token: 600 s", "ids: 3600 s", "ids: lacking", "send: not kept"]
    );
    assert_eq!(
        run(&[token.clone(), ids.clone(), refused.clone(), token.clone(), ids.clone(), sent]),
        ["token: 600 s", "ids: 3600 s", "send: not kept", "token: refused", "ids: 3600 s", "send: not kept"]
    );
    let twice = run(&[token.clone(), ids.clone(), refused.clone(), token, ids, refused]);
    assert_eq!((twice.len(), twice[5].as_str()), (7, "send: not kept"));
    assert!(twice[6].contains("401"), "{twice:?}");
}

#[test]
fn what_cannot_be_kept_is_found() {
    let cases = [
        ("cache: 10m }", "cache: soon }"),
        ("cache: 10m }", "cache: 5 }"),
        ("cache: 10m }", "cache: { renew: captures.token } }"),
        ("capture: { token: response.body.token }, cache: 10m", "cache: 10m"),
        ("renew: not $id", "renew: not captures.idz"),
        ("renew: not $id", "when: not $id"),
    ];
    let found = cases.map(|(from, to)| format!("# {to}\n{}", findings(&sources(&STEPS.replace(from, to)))));
    insta::assert_snapshot!(found.join("\n"));
}
