//! Headers, path parameters and credentials are texts: lists and objects do not vanish there, and a header has one value.

use mapwright::{Outcome, Scratch};
use mapwright_tests::{DESTINATION, NOW, VERSION, bind, compile, findings, mapper, preview, sources};
use serde_json::json;

fn with_version(version: &str, identify: &str) -> mapwright::Sources {
    let destination = DESTINATION
        .replace("  flag:", "  many: { type: list }\n  any: {}\n  table: { type: object }\n  flag:");
    [
        ("mappings/acme/destination.yaml", destination.as_str()),
        ("mappings/acme/1.0/version.yaml", version),
        ("mappings/acme/1.0/identify.yaml", identify),
    ]
    .into_iter()
    .collect()
}

const SEND: &str = "message: identify\nsteps: { send: { operation: send } }\n";

#[test]
fn what_is_known_to_be_no_text_is_found() {
    let version = VERSION.replace(
        "headers: {",
        "auth: { basic: { username: settings.many } }\nheaders: { authorization: { value: x }, X-Many: settings.many, X-Table: [settings.flag, settings.table],",
    ) + "  more: { method: POST, path: /more, headers: { X-List: { list: [userId] }, x-list: userId } }\n";
    let identify = "message: identify
payload: { thing: { a: userId } }
steps:
  more:
    operation: more
    headers:
      A: { from: traits.a, default: { value: [1] } }
      B: { switch: event, cases: { x: { b: userId } }, else: { from: traits.b, as: list } }
      C: { join: traits.c, with: ',' }
      D: { from: traits, as: json_text }
      E: payload.thing
  put: { operation: put, params: { id: traits } }
";
    insta::assert_snapshot!(findings(&with_version(&version, identify)));
}

#[test]
fn what_turns_out_to_be_no_text_rejects_the_event() {
    let header = "message: identify\nsteps: { send: { operation: send, headers: { X-A: traits.a } } }\n";
    let mapper = mapper(header, json!({}));
    for (value, kind) in [(json!([1]), "a list"), (json!({ "b": 1 }), "an object")] {
        let event = json!({ "type": "identify", "traits": { "a": value } });
        let rejection = preview(&mapper, &event).rejection();
        assert_eq!(rejection.code, "invalid_header");
        assert_eq!(rejection.message, format!("the header `X-A` cannot be sent: it is {kind}"));
        assert_eq!(rejection.field.as_deref(), Some("X-A"));
    }
    for value in [json!(null), json!(""), json!(1)] {
        preview(&mapper, &json!({ "type": "identify", "traits": { "a": value } })).sent();
    }
}

#[test]
fn what_settings_say_is_checked_when_they_are_bound() {
    let version = VERSION.replace("headers: {", "headers: { X-A: settings.any,");
    let plans = compile(&with_version(&version, SEND));
    let settings = json!({ "apiKey": "key", "any": ["a"] });
    let error = plans.plan("acme", None, &settings).unwrap().bind(&settings).unwrap_err();
    assert!(error.to_string().contains("`X-A`") && error.to_string().contains("it is a list"), "{error}");
    let basic = VERSION.replace(
        "headers: { Authorization: { template: \"Bearer {{ settings.apiKey }}\" } }",
        "auth: { basic: { username: settings.any, password: { value: x } } }",
    );
    let plans = compile(&with_version(&basic, SEND));
    let error = plans.plan("acme", None, &settings).unwrap().bind(&settings).unwrap_err();
    assert!(error.to_string().contains("it is a list"), "{error}");
}

#[test]
fn a_header_is_sent_once_and_the_innermost_counts() {
    let version = VERSION.replace("headers: {", "headers: { X-A: { value: version },")
        + "  more: { method: POST, path: /more, headers: { x-a: { value: operation }, X-B: { value: operation } } }\n";
    let step = |headers: &str| {
        let step =
            format!("message: identify\nsteps: {{ more: {{ operation: more, headers: {headers} }} }}\n");
        let plans = compile(&with_version(&version, &step));
        let mapper = bind(&plans, "acme", json!({}));
        let (event, mut scratch) = (json!({ "type": "identify", "userId": "u" }), Scratch::new());
        let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!() };
        let requests = run.preview().unwrap();
        let headers = requests[0].headers().filter(|(name, _)| name.to_lowercase().starts_with("x-"));
        headers.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
    };
    assert_eq!(step("{ X-a: { value: step } }"), ["X-a: step", "X-B: operation"]);
    assert_eq!(step("{ X-b: traits.none }"), ["x-a: operation", "X-B: operation"]);
}

#[test]
fn one_header_in_two_cases_is_found() {
    let header =
        "message: identify\nsteps: { send: { operation: send, headers: { X-A: userId, x-a: userId } } }\n";
    insta::assert_snapshot!(findings(&sources(header)));
}
