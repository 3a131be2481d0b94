//! Mappings for commands, their results, and names that must be defined at an API.

use mapwright::{Outcome, Request, Response, Scratch, Skip, Sources};
use mapwright_tests::{DESTINATION, NOW, VERSION, bind, compile, findings};
use serde_json::{Value, json};

const CHECK: &str = r#"
message: check
command: true
payload: { asked: { by: userId } }
steps:
  account: { operation: find, capture: { name: response.body.name, things: response.body.things } }
result:
  about: { name: captures.name, by: payload.asked.by }
  things: { each: captures.things, where: item.own, to: item.name }
"#;

const IDENTIFY: &str = r#"
message: identify
payload: { person: { id: userId, extra: { rest_of: [traits] }, fixed: { value: { x: 1 } } } }
steps: { send: { operation: send, body: person } }
"#;

fn files(check: &str, declared: &str) -> Sources {
    let version =
        VERSION.replace("path: /send }", &format!("path: /send, schema: send.json, declared: {declared} }}"));
    let version = format!("{version}\ntables: {{ types: {{ a: text }} }}\n");
    let schema = r#"{
        "additionalProperties": false,
        "properties": { "id": {}, "extra": {}, "fixed": { "additionalProperties": false, "properties": { "x": {} } } }
    }"#;
    [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/check.yaml", check),
        ("mappings/acme/1.0/identify.yaml", IDENTIFY),
        ("schemas/acme/1.0/send.json", schema),
    ]
    .into_iter()
    .collect()
}

#[test]
fn an_event_cannot_ask_for_what_commands_ask_for() {
    let plans = compile(&files(CHECK, "{ person: extra }"));
    let mapper = bind(&plans, "acme", json!({}));
    let plan = mapper.plan();
    assert_eq!(plan.messages().collect::<Vec<_>>(), ["identify"]);
    assert_eq!(plan.commands().collect::<Vec<_>>(), ["check"]);
    let mut scratch = Scratch::new();
    let Outcome::Skipped { skip, .. } = mapper.map(r#"{"type":"check"}"#, NOW, &mut scratch) else {
        panic!("not skipped")
    };
    let reason = "message type `check` is not supported: Acme 1.0 maps identify".to_owned();
    assert_eq!(skip, Skip::new("unsupported_message", reason));
    let outcome = mapper.for_commands();
    assert!(matches!(outcome.map(r#"{"type":"check"}"#, NOW, &mut Scratch::new()), Outcome::Mapped(_)));
    // events are not affected
    assert!(matches!(outcome.map(r#"{"type":"identify"}"#, NOW, &mut Scratch::new()), Outcome::Mapped(_)));
}

fn result(body: Value) -> Option<Value> {
    let mapper = bind(&compile(&files(CHECK, "{}")), "acme", json!({})).for_commands();
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(r#"{"type":"check","userId":"u1"}"#, NOW, &mut scratch) else {
        panic!("not mapped")
    };
    assert_eq!(run.request().unwrap().unwrap().method, "GET");
    let response = Response::new(200, [], body.to_string().into_bytes());
    run.respond(&response, NOW).unwrap();
    assert!(run.request().unwrap().is_none());
    run.result().unwrap()
}

#[test]
fn a_result_is_made_of_what_was_answered() {
    let body = json!({ "name": "Example", "things": [{ "name": "a", "own": true }, { "name": "b" }, { "name": "c", "own": true }] });
    assert_eq!(
        result(body),
        Some(json!({ "about": { "name": "Example", "by": "u1" }, "things": ["a", "c"] }))
    );
    assert_eq!(result(json!({})), Some(json!({ "about": { "by": "u1" } })));
}

#[test]
fn a_mapping_without_a_result_has_none() {
    let mapper = bind(&compile(&files(CHECK, "{}")), "acme", json!({}));
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(r#"{"type":"identify"}"#, NOW, &mut scratch) else {
        panic!("not mapped")
    };
    assert_eq!(run.result().unwrap(), None);
}

#[test]
fn names_that_the_api_has_to_know_are_found_in_bodies_of_every_encoding() {
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "a": "x", "b": 1, "c": 1.5, "d": true, "e": [], "f": {} } });
    for encoding in ["json", "form"] {
        let declared = format!("{{ person: extra, other: fixed }}, encoding: {encoding}");
        let mapper = bind(&compile(&files(CHECK, &declared)), "acme", json!({}));
        assert!(mapper.plan().declares());
        let mut scratch = Scratch::new();
        let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!("not mapped") };
        let of = |request: &Request<'_>| -> Vec<String> {
            let declared = mapper.declared(request).into_iter();
            declared.map(|found| format!("{} {} {}", found.kind, found.name, found.type_name())).collect()
        };
        let expected = [
            "person a string",
            "person b integer",
            "person c number",
            "person d boolean",
            "person e array",
            "person f object",
            "other x integer",
        ];
        let found: Vec<String> = run.preview().unwrap().iter().flat_map(of).collect();
        assert_eq!(found, expected, "{encoding}");
        // whoever keeps requests asks later
        let kept = run.request().unwrap().unwrap().into_owned();
        assert_eq!(of(&kept), expected, "{encoding}");
    }
}

#[test]
fn mistakes_are_found_before_any_command() {
    let of = |check: &str, declared: &str| findings(&files(check, declared));
    for (declared, finding) in [
        ("{ person: extras }", "the body has no `extras`"),
        ("{ person: fixed.y }", "the body has no `fixed.y`"),
        ("{ person: extra. }", "`extra.` is not a path into a body"),
    ] {
        assert!(of(CHECK, declared).contains(finding), "{}", of(CHECK, declared));
    }
    // an open schema allows any name
    assert!(!of(CHECK, "{ person: extra.any }").contains("extra.any"));
    let unknown = of(&CHECK.replace("captures.things,", "captures.thing,"), "{}");
    assert!(unknown.contains("unknown-capture"), "{unknown}");
    let unknown = of(&CHECK.replace("payload.asked.by }", "payload.asked.who }"), "{}");
    assert!(unknown.contains("who"), "{unknown}");
    let unknown = of(&CHECK.replace("operation: find", "operation: search"), "{}");
    assert!(unknown.contains("unknown-operation"), "{unknown}");
}

#[test]
fn definitions_are_checked_before_any_command() {
    let of = |kind: &str, to: &str| {
        let declared =
            format!("  declared: {{ {kind}: {{ each: captures.things, where: item.own, to: {to} }} }}\n");
        findings(&files(&format!("{CHECK}{declared}"), "{ person: extra }"))
    };
    let whole = "{ name: item.name, type: item.type, takes: { value: [integer, number] }, options: item.list, archived: item.old }";
    assert_eq!(of("person", whole), of("person", "{ name: item.name }"));
    assert!(!of("person", whole).contains("declared"), "{}", of("person", whole));
    for (kind, to, finding) in [
        ("persons", "{ name: item.name }", "no operation has the kind `persons` in its `declared`"),
        ("person", "{ name: item.name, option: item.list }", "a definition has no member `option`"),
        ("person", "{ type: item.type }", "a definition requires the key `name`"),
        ("person", "item.name", "a definition requires the key `name`"),
        ("person", "{ name: item.name, takes: { value: float } }", "`float` is not a type of values"),
        (
            "person",
            "{ name: item.name, takes: { switch: item.type, cases: { a: { value: string }, b: { value: int } } } }",
            "`int` is not a type of values",
        ),
        (
            "person",
            "{ name: item.name, takes: { from: item.type, as: { lookup: types } } }",
            "`text` is not a type of values",
        ),
    ] {
        assert!(of(kind, to).contains(finding), "{to}: {}", of(kind, to));
    }
}

#[test]
fn tests_beside_a_mapping_compare_results() {
    let of = |result: &str| {
        let mut files = files(CHECK, "{}");
        let tests = format!(
            "settings: {{ apiKey: key }}\ntests:\n  - name: who is asked\n    event: {{ type: check, userId: u1 }}\n    \
             responses: [{{ status: 200, body: {{ name: Example }} }}]\n    \
             expect: {{ requests: [{{ step: account }}], result: {result} }}\n"
        );
        files.insert("mappings/acme/1.0/check.test.yaml", tests);
        mapwright_validate::validate(&files, &mapwright_validate::Options::default())
            .findings
            .iter()
            .filter(|finding| finding.rule.id == "failing-test")
            .map(ToString::to_string)
            .collect::<String>()
    };
    assert_eq!(of("{ about: { name: Example, by: u1 } }"), "");
    assert!(of("{ about: { name: Example } }").contains("the result differs"));
    assert!(of("null").contains("the result differs"));
}
