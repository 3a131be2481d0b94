//! A row gives the same value wherever it stands: in a payload part, a step, an operation, a rule, an error, an order key.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use mapwright::{Mapper, Outcome, Progress, Response, Run, Scratch, Sources};
use mapwright_tests::{DESTINATION, NOW, VERSION, bind, compile};
use serde_json::{Value, json};

/// What is left of the traits when `email` is left out, as text.
const ROW: &str = "{ rest_of: [traits], omit: [email], as: json_text }";

/// How many members are left.
const COUNTED: &str = "{ rest_of: [traits], omit: [email], as: [entries, count] }";

fn event() -> Value {
    json!({ "type": "identify", "userId": "u1", "traits": { "email": "ada@example.com", "plan": "pro", "seats": 3 } })
}

const LEFT: &str = r#"{"plan":"pro","seats":3}"#;

fn mapper(destination: &str, version: &str, identify: &str) -> Mapper {
    let files: Sources = [
        ("mappings/acme/destination.yaml", format!("{DESTINATION}{destination}")),
        (
            "mappings/acme/1.0/version.yaml",
            VERSION.replace("operations:\n", &format!("{version}\noperations:\n")),
        ),
        ("mappings/acme/1.0/identify.yaml", format!("message: identify\n{identify}")),
    ]
    .iter()
    .map(|(name, text)| (*name, text.as_str()))
    .collect();
    bind(&compile(&files), "acme", json!({}))
}

/// The same with an operation `save` of these keys, and a step that calls it.
fn with_operation(keys: &str, step: &str) -> Mapper {
    let version = VERSION
        .replace("operations:\n", &format!("operations:\n  save: {{ method: POST, path: /save, {keys} }}\n"));
    let identify = format!("message: identify\nsteps: {{ save: {{ operation: save, {step} }} }}\n");
    let files: Sources = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/identify.yaml", identify.as_str()),
    ]
    .into_iter()
    .collect();
    bind(&compile(&files), "acme", json!({}))
}

fn on_run<R>(mapper: &Mapper, then: impl FnOnce(&mut Run<'_>) -> R) -> R {
    let (event, mut scratch) = (event(), Scratch::new());
    let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!("not mapped") };
    then(&mut run)
}

/// URL, headers and body of the first request.
fn first(mapper: &Mapper) -> (String, Vec<(String, String)>, Value) {
    on_run(mapper, |run| {
        let request = run.request().unwrap().unwrap();
        let headers = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body =
            request.body.as_ref().map_or(Value::Null, |body| serde_json::from_slice(body.bytes()).unwrap());
        (request.url.to_string(), headers, body)
    })
}

fn query(mapper: &Mapper) -> String {
    let url = url::Url::parse(&first(mapper).0).unwrap();
    url.query_pairs().find(|(name, _)| name == "x").unwrap().1.into_owned()
}

fn header(mapper: &Mapper) -> String {
    first(mapper).1.into_iter().find(|(name, _)| name == "X-Rest").unwrap().1
}

/// What the first request is answered with.
fn answered<R>(mapper: &Mapper, status: u16, then: impl FnOnce(&mut Run<'_>, &Response) -> R) -> R {
    on_run(mapper, |run| {
        run.request().unwrap().unwrap();
        then(run, &Response::new(status, [], b"{}".to_vec()))
    })
}

#[test]
fn in_the_query_of_an_operation_and_of_a_step() {
    let keys = format!("query: {{ x: {ROW} }}");
    assert_eq!(query(&with_operation(&keys, "")), LEFT);
    assert_eq!(query(&with_operation("", &keys)), LEFT);
}

#[test]
fn in_the_headers_of_an_operation_and_of_a_step() {
    let keys = format!("headers: {{ X-Rest: {ROW} }}");
    assert_eq!(header(&with_operation(&keys, "")), LEFT);
    assert_eq!(header(&with_operation("", &keys)), LEFT);
}

#[test]
fn in_parts_bodies_and_parameters() {
    let of_part = mapper(
        "",
        "",
        &format!("payload: {{ p: {{ x: {ROW} }} }}\nsteps: {{ s: {{ operation: send, body: p }} }}\n"),
    );
    assert_eq!(first(&of_part).2, json!({ "x": LEFT }));
    let of_version = mapper(
        "",
        &format!("payload: {{ p: {{ x: {ROW} }} }}"),
        "steps: { s: { operation: send, body: p } }\n",
    );
    assert_eq!(first(&of_version).2, json!({ "x": LEFT }));
    assert_eq!(first(&with_operation("", &format!("body: {{ x: {ROW} }}"))).2, json!({ "x": LEFT }));
    let of_path = mapper("", "", &format!("steps: {{ s: {{ operation: get, params: {{ id: {ROW} }} }} }}\n"));
    assert!(first(&of_path).0.ends_with("/things/%7B%22plan%22%3A%22pro%22%2C%22seats%22%3A3%7D"));
    let nested = mapper(
        "",
        "",
        &format!(
            "payload: {{ p: {{ x: {{ switch: userId, cases: {{ u1: {{ list: [[traits.no, {ROW}]] }} }} }} }} }}\nsteps: {{ s: {{ operation: send, body: p }} }}\n"
        ),
    );
    assert_eq!(first(&nested).2, json!({ "x": [LEFT] }));
}

#[test]
fn in_the_list_of_a_loop() {
    let looped = mapper(
        "",
        "",
        &format!("steps: {{ s: {{ for_each: {ROW}, operation: get, params: {{ id: item }} }} }}\n"),
    );
    assert!(first(&looped).0.ends_with("/things/%7B%22plan%22%3A%22pro%22%2C%22seats%22%3A3%7D"));
}

#[test]
fn in_order_keys() {
    for (version, identify) in [
        (format!("order: {{ x: {ROW} }}"), String::new()),
        (String::new(), format!("order: {{ x: {ROW} }}\n")),
    ] {
        let mapper = mapper("", &version, &format!("{identify}steps: {{ s: {{ operation: send }} }}\n"));
        let mut scratch = Scratch::new();
        let keys = mapper.order_keys(&event(), NOW, &mut scratch);
        assert_eq!(keys.iter().map(|key| key.value.as_str()).collect::<Vec<_>>(), [LEFT]);
    }
}

#[test]
fn in_captures_and_results() {
    for captured in ["capture: { c: ROW }", "on: [{ status: 200, class: done, capture: { c: ROW } }]"] {
        let step = captured.replace("ROW", ROW);
        let mapper = mapper(
            "",
            "",
            &format!(
                "steps:\n  a: {{ operation: send, {step} }}\n  b: {{ operation: send, body: {{ x: captures.c }} }}\n"
            ),
        );
        answered(&mapper, 200, |run, response| {
            run.respond(response, NOW).unwrap();
            let request = run.request().unwrap().unwrap();
            assert_eq!(request.json().unwrap(), json!({ "x": LEFT }).to_string().as_bytes());
        });
    }
    let result = mapper("", "", &format!("steps: {{ s: {{ operation: send }} }}\nresult: {{ x: {ROW} }}\n"));
    assert_eq!(on_run(&result, |run| run.result().unwrap()), Some(json!({ "x": LEFT })));
}

#[test]
fn in_the_rules_of_steps_operations_versions_and_destinations() {
    let rule = format!("{{ status: 503, class: retry, after: {COUNTED} }}");
    let steps = "steps: { s: { operation: send } }\n";
    for mapper in [
        with_operation("", &format!("on: [{rule}]")),
        with_operation(&format!("responses: [{rule}]"), ""),
        mapper("", &format!("responses: [{rule}]"), steps),
        mapper(&format!("responses: [{rule}]\n"), "", steps),
    ] {
        answered(&mapper, 503, |run, response| {
            let retry = Progress::Retry { after: Some(Duration::from_secs(2)), throttle: false };
            assert_eq!(run.respond(response, NOW).unwrap(), retry);
        });
    }
}

#[test]
fn in_what_an_api_says_of_errors() {
    let rows = format!("error: {{ code: {COUNTED}, message: {ROW} }}\n");
    let mapper = mapper(&rows, "", "steps: { s: { operation: send } }\n");
    answered(&mapper, 400, |run, response| {
        let error = run.api_error(response);
        assert_eq!((error.code.as_deref(), error.message.as_deref()), (Some("2"), Some(LEFT)));
    });
}

#[test]
fn a_rest_leaves_out_what_rows_beside_it_read_everywhere() {
    let pair = |named: &str, x: &str| {
        format!(
            "{{ {x}: {{ rest_of: [traits], as: json_text }}, {named}: {{ from: traits.email, as: sha256 }} }}"
        )
    };
    let keys = format!("query: {}", pair("h", "x"));
    assert_eq!(query(&with_operation(&keys, "")), LEFT);
    assert_eq!(query(&with_operation("", &keys)), LEFT);
    let keys = format!("headers: {}", pair("X-Hash", "X-Rest"));
    assert_eq!(header(&with_operation(&keys, "")), LEFT);
    assert_eq!(header(&with_operation("", &keys)), LEFT);
    // inside of one row
    let object = "{ from: [{ a: { rest_of: [traits] }, h: traits.email }], as: json_text }";
    let inside = r#"{"a":{"plan":"pro","seats":3},"h":"ada@example.com"}"#;
    assert_eq!(query(&with_operation(&format!("query: {{ x: {object} }}"), "")), inside);
    assert_eq!(query(&with_operation("", &format!("query: {{ x: {object} }}"))), inside);
    let keys = "query: { x: { rest_of: [traits], as: json_text }, o: { from: [{ in: traits.email }], as: json_text } }";
    assert_eq!(query(&with_operation(keys, "")), LEFT);
    // what a named value reads, its row reads
    for values in [
        "email: { from: traits.email, as: sha256 }",
        "of: { from: traits.email, as: sha256 }\n  email: [$of]",
    ] {
        let of_version = |keys: &str, step: &str| {
            let version = VERSION.replace(
                "operations:\n",
                &format!(
                    "values:\n  {values}\noperations:\n  save: {{ method: POST, path: /save, {keys} }}\n"
                ),
            );
            let identify = format!("message: identify\nsteps: {{ save: {{ operation: save, {step} }} }}\n");
            let files: Sources = [
                ("mappings/acme/destination.yaml", DESTINATION),
                ("mappings/acme/1.0/version.yaml", version.as_str()),
                ("mappings/acme/1.0/identify.yaml", identify.as_str()),
            ]
            .into_iter()
            .collect();
            bind(&compile(&files), "acme", json!({}))
        };
        let keys = "query: { x: { rest_of: [traits], as: json_text }, h: $email }";
        assert_eq!(query(&of_version(keys, "")), LEFT);
        assert_eq!(query(&of_version("", keys)), LEFT);
    }
}
