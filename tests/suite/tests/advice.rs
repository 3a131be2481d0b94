//! The advice of a response rule is a template over the response and what the run knows.

use mapwright::{Ended, Failure, Mapper, Outcome, Response, Scratch};
use mapwright_tests::{NOW, compile, findings, mapper, sources};
use mapwright_validate::{Options, validate};
use serde_json::{Value, json};

fn identify(advice: &str) -> String {
    format!(
        "message: identify
payload: {{ thing: {{ a: userId }} }}
steps:
  send:
    operation: send
    body: thing
    on: [{{ status: 4xx, class: give_up, code: refused, advice: \"{advice}\" }}]
"
    )
}

fn failure(mapper: &Mapper, status: u16, body: &Value) -> Failure {
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(r#"{"type":"identify","userId":"u7"}"#, NOW, &mut scratch)
    else {
        panic!("not mapped")
    };
    run.request().unwrap().unwrap();
    match run.respond(&Response::new(status, [], body.to_string().into_bytes()), NOW) {
        Err(Ended::Failed(failure)) => failure,
        other => panic!("not failed: {other:?}"),
    }
}

#[test]
fn it_prints_values() {
    let advice = "`{{ userId }}` needs {{ response.body.need | upper }}, see {{ response.status }}";
    let mapper = mapper(&identify(advice), json!({}));
    let failed = failure(&mapper, 409, &json!({ "need": "a plan" }));
    assert_eq!(failed.advice.as_deref(), Some("`u7` needs A PLAN, see 409"));
    assert_eq!(failed.to_string(), "`send` was answered with 409: `u7` needs A PLAN, see 409");
    // as with other messages, a value that is missing leaves the text of the mapping
    assert_eq!(failure(&mapper, 409, &json!({})).advice.as_deref(), Some(advice));
}

#[test]
fn its_names_are_checked() {
    for (advice, found) in [
        ("{{ settings.key }}", "unknown-setting: unknown setting `key`"),
        ("{{ captures.x }}", "unknown-capture: no step captures `x`"),
        ("{{ response.body.x", "template"),
    ] {
        let found_in = findings(&sources(&identify(advice)));
        assert!(found_in.contains(found), "{advice}: {found_in}");
    }
    compile(&sources(&identify("ask the owner of {{ userId }}")));
}

#[test]
fn one_that_prints_a_secret_is_found() {
    let report = validate(&sources(&identify("is {{ settings.apiKey }} right?")), &Options::default());
    let found: Vec<_> = report.findings.iter().filter(|finding| finding.rule.id == "secret-leak").collect();
    assert_eq!(found.len(), 1, "{:?}", report.findings);
}
