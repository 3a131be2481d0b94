//! Runs: steps, captures, loops, recovery, previews, and URLs.

use mapwright::{Outcome, Response, Scratch};
use mapwright_tests::{
    Became, DESTINATION, NOW, VERSION, bind, compile, drive, findings, mapper, preview, preview_bytes,
    sources,
};
use serde_json::{Value, json};

const UPSERT: &str = r#"
message: identify
payload:
  thing: { id: userId, name: traits.name }
steps:
  find:
    operation: find
    when: traits.name
    query: { name: traits.name }
    capture: { id: "response.body.data[0].id" }
  revive: { operation: get, when: captures.archived }
  update: { operation: put, when: captures.id, body: thing }
  create:
    operation: send
    unless: captures.id
    body: thing
    on:
      - status: 409
        capture:
          id: { from: response.body.id }
          archived: { value: true, when: response.body.archived }
        then: revive
"#;

fn event(traits: Value) -> Value {
    json!({ "type": "identify", "userId": "u1", "traits": traits })
}

fn lines(sent: &[mapwright_tests::Sent]) -> Vec<&str> {
    sent.iter().map(|sent| sent.line.as_str()).collect()
}

#[test]
fn a_part_that_is_sent_again_has_what_has_been_captured_since() {
    let mapper = mapper(
        r#"
message: identify
payload:
  thing:
    age: { from: traits.age, as: integer, on_error: next }
    id: captures.id
    name: { from: traits.name, as: uppercase }
    kind: { template: "{{ captures.id }} of {{ payload.other.tags }}", when: captures.id }
    also: payload.other.id
  other: { id: captures.id, tags: traits.tags }
require: [{ any: [payload.thing.name], otherwise: a name is needed }]
steps:
  first: { operation: send, body: thing, capture: { id: response.body.id } }
  second: { operation: send, body: thing, capture: { id: response.body.id } }
  third: { operation: send, body: thing }
"#,
        json!({}),
    );
    let event = event(json!({ "name": "n", "age": "old", "tags": "x" }));
    let answers = [(200, json!({ "id": 1 })), (200, json!({ "id": "2" })), (200, json!({}))];
    let (sent, end) = drive(&mapper, &event, &answers);
    assert_eq!(end, "done");
    let bodies: Vec<&Value> = sent.iter().map(|sent| &sent.body).collect();
    assert_eq!(
        bodies,
        [
            &json!({ "name": "N" }),
            &json!({ "id": 1, "name": "N", "kind": "1 of x", "also": 1 }),
            &json!({ "id": "2", "name": "N", "kind": "2 of x", "also": "2" }),
        ]
    );
}

#[test]
fn a_part_that_is_sent_again_warns_once() {
    let mapper = mapper(
        r#"
message: identify
payload:
  thing: { age: { from: traits.age, as: integer, on_error: next }, id: captures.id, name: traits.name }
steps:
  first: { operation: send, body: thing, capture: { id: response.body.id } }
  second: { operation: send, body: thing }
"#,
        json!({}),
    );
    let text = event(json!({ "name": "n", "age": "old" })).to_string();
    let (mut scratch, answer) = (Scratch::new(), Response::new(200, [], *br#"{"id": 1}"#));
    let Outcome::Mapped(mut run) = mapper.map(text.as_bytes(), NOW, &mut scratch) else { panic!() };
    while run.request().unwrap().is_some() {
        run.respond(&answer, NOW).unwrap();
    }
    assert_eq!(run.requests(), 2);
    assert_eq!(run.warnings().len(), 1, "{:?}", run.warnings());
}

#[test]
fn a_capture_decides_between_update_and_create() {
    let mapper = mapper(UPSERT, json!({}));
    let (sent, end) = drive(
        &mapper,
        &event(json!({ "name": "a b&c" })),
        &[(200, json!({ "data": [{ "id": "x/1" }] })), (200, json!({}))],
    );
    assert_eq!(end, "done");
    assert_eq!(
        lines(&sent),
        [
            "GET https://api.acme.example.com/things?name=a%20b%26c",
            "PUT https://api.acme.example.com/things/x%2F1",
        ]
    );
    let (sent, end) =
        drive(&mapper, &event(json!({ "name": "n" })), &[(200, json!({ "data": [] })), (201, json!({}))]);
    assert_eq!((sent.len(), end.as_str()), (2, "done"));
    assert_eq!(sent[1].line, "POST https://api.acme.example.com/send");
}

#[test]
fn a_conflict_is_recovered_by_another_step() {
    let mapper = mapper(UPSERT, json!({}));
    let (sent, end) = drive(
        &mapper,
        &event(json!({})),
        &[(409, json!({ "id": 7, "archived": true })), (200, json!({})), (200, json!({}))],
    );
    assert_eq!(end, "done");
    assert_eq!(
        lines(&sent),
        [
            "POST https://api.acme.example.com/send",
            "GET https://api.acme.example.com/things/7",
            "PUT https://api.acme.example.com/things/7",
        ]
    );
    let (sent, end) = drive(&mapper, &event(json!({})), &[(409, json!({ "id": 7 })), (200, json!({}))]);
    assert_eq!((lines(&sent)[1], end.as_str()), ("PUT https://api.acme.example.com/things/7", "done"));
}

#[test]
fn responses_are_judged_by_class() {
    let mapper = mapper(UPSERT, json!({}));
    let end = |status: u16| drive(&mapper, &event(json!({})), &[(status, json!({}))]).1;
    assert_eq!(end(503), "Retry { after: None, throttle: false }");
    assert_eq!(end(408), "Retry { after: None, throttle: false }");
    assert_eq!(end(429), "Retry { after: None, throttle: true }");
    assert_eq!(end(400), "ended: `create` was answered with 400");
    assert_eq!(end(204), "done");
}

#[test]
fn a_conflict_that_tells_nothing_does_not_go_round_for_ever() {
    let identify = UPSERT.replace("then: revive", "then: find");
    let mapper = mapper(&identify, json!({}));
    let (sent, end) = drive(&mapper, &event(json!({})), &vec![(409, json!({})); 2_000]);
    assert_eq!(end, "rejected: the event needs more than 1000 requests (limit `requests`)");
    assert_eq!(sent.len(), 1_000);
}

#[test]
fn a_preview_shows_what_could_be_sent_and_what_it_waits_for() {
    let mapper = mapper(UPSERT, json!({}));
    let sent = preview(&mapper, &event(json!({ "name": "n" }))).sent();
    let shown: Vec<(&str, Option<&str>)> =
        sent.iter().map(|s| (s.line.as_str(), s.when.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("GET https://api.acme.example.com/things?name=n", None),
            ("GET https://api.acme.example.com/things/{id}", Some("captures.archived")),
            ("PUT https://api.acme.example.com/things/{id}", Some("captures.id")),
            ("POST https://api.acme.example.com/send", Some("not captures.id")),
        ]
    );
}

#[test]
fn a_way_that_an_item_of_a_captured_list_may_open_is_gone() {
    let mapper = mapper(
        r#"
message: identify
payload:
  fine: { id: userId }
  dated: { at: { from: traits.at, as: integer } }
steps:
  find: { operation: find, capture: { list: response.body.data } }
  each:
    for_each: captures.list
    steps:
      ask: { operation: send, when: item.on, body: fine, on: [{ status: 409, then: last }] }
  send: { operation: send, body: dated }
  last: { operation: send, body: fine }
"#,
        json!({}),
    );
    let answers = |on: bool| [(200, json!({ "data": [{ "on": on }] })), (409, json!({})), (200, json!({}))];
    let event = event(json!({ "at": "never" }));
    let (sent, end) = drive(&mapper, &event, &answers(true));
    assert_eq!((sent.len(), end.as_str()), (3, "done"));
    let (sent, end) = drive(&mapper, &event, &answers(false));
    assert_eq!(sent.len(), 1, "{end}");
    assert!(end.starts_with("rejected"), "{end}");
}

#[test]
fn a_preview_knows_that_a_step_that_is_not_made_captures_nothing() {
    let mapper = mapper(UPSERT, json!({}));
    let sent = preview(&mapper, &event(json!({}))).sent();
    let shown: Vec<(&str, Option<&str>)> =
        sent.iter().map(|s| (s.line.as_str(), s.when.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("GET https://api.acme.example.com/things/{id}", Some("captures.archived")),
            ("PUT https://api.acme.example.com/things/{id}", Some("captures.id")),
            ("POST https://api.acme.example.com/send", None),
        ]
    );
}

const LOOP: &str = r#"
message: identify
steps:
  each:
    for_each: traits.ids
    where: item.id is defined
    steps:
      look: { operation: get, capture: { found: response.body.found } }
      put: { operation: put, when: captures.found, params: { id: captures.found }, body: { of: item.id, found: captures.found } }
  last: { operation: send, body: { done: { value: true } } }
"#;

#[test]
fn a_group_is_repeated_and_forgets_its_captures() {
    let mapper = mapper(LOOP, json!({}));
    let ids = json!({ "ids": [{ "id": "a" }, { "x": 1 }, { "id": "b" }] });
    let (sent, end) = drive(
        &mapper,
        &event(ids.clone()),
        &[(200, json!({ "found": "f" })), (200, json!({})), (200, json!({})), (200, json!({}))],
    );
    assert_eq!(end, "done");
    assert_eq!(
        lines(&sent),
        [
            "GET https://api.acme.example.com/things/a",
            "PUT https://api.acme.example.com/things/f",
            "GET https://api.acme.example.com/things/b",
            "POST https://api.acme.example.com/send",
        ]
    );
    assert_eq!(sent[1].body, json!({ "of": "a", "found": "f" }));
    let sent = preview(&mapper, &event(ids)).sent();
    let shown: Vec<(&str, Option<&str>)> =
        sent.iter().map(|s| (s.line.as_str(), s.when.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("GET https://api.acme.example.com/things/a", None),
            ("PUT https://api.acme.example.com/things/{found}", Some("captures.found")),
            ("GET https://api.acme.example.com/things/b", None),
            ("PUT https://api.acme.example.com/things/{found}", Some("captures.found")),
            ("POST https://api.acme.example.com/send", None),
        ]
    );
}

#[test]
fn loops_are_bounded() {
    let mapper = mapper(LOOP, json!({}));
    let ids: Vec<Value> = (0..20_000).map(|i| json!({ "id": i })).collect();
    let rejection = preview(&mapper, &event(json!({ "ids": ids }))).rejection();
    assert_eq!(rejection.code, "limit_exceeded");
    assert_eq!(rejection.message, "a step is repeated for more than 10000 items (limit `items`)");
}

const ID: &str = r#"
message: identify
steps:
  put:
    operation: put
    params: { id: userId }
    query: { q: traits.q }
    headers: { X-Thing: traits.header }
    body: { a: { value: 1 } }
"#;

#[test]
fn an_id_stays_one_segment_of_the_path() {
    let mapper = mapper(ID, json!({}));
    let line = |id: Value| match preview(&mapper, &json!({ "type": "identify", "userId": id })) {
        Became::Mapped(sent) => sent[0].line.clone(),
        other => format!("{}: {}", "rejected", other.rejection().message),
    };
    let put = |id: &str| format!("PUT https://api.acme.example.com/things/{id}");
    let cases = [
        ("plain-1_2.3~", "plain-1_2.3~"),
        ("a/b", "a%2Fb"),
        ("../../admin", "..%2F..%2Fadmin"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("a\r\nX: y", "a%0D%0AX%3A%20y"),
        ("a\u{0}b", "a%00b"),
        ("ü😀", "%C3%BC%F0%9F%98%80"),
        ("%2e%2e", "%252e%252e"),
        ("a;b@c:d", "a%3Bb%40c%3Ad"),
        ("\\", "%5C"),
    ];
    for (id, encoded) in cases {
        assert_eq!(line(json!(id)), put(encoded), "{id:?}");
    }
    assert_eq!(line(json!(12)), put("12"));
    for id in [".", ".."] {
        let expected = format!(
            "rejected: `{id}` cannot be `id` in the path of `put`: HTTP clients remove the path segments `.` and `..` from a URL"
        );
        assert_eq!(line(json!(id)), expected);
    }
    assert_eq!(line(json!("")), "rejected: `` cannot be `id` in the path of `put`: it is empty");
    for (id, shown, kind) in
        [(json!({ "a": 1 }), r#"{"a":1}"#, "an object"), (json!(["a"]), r#"["a"]"#, "a list")]
    {
        let expected = format!("rejected: `{shown}` cannot be `id` in the path of `put`: it is {kind}");
        assert_eq!(line(id), expected);
    }
}

#[test]
fn whatever_an_id_is_the_url_parses_to_the_same_host_and_segment() {
    let mapper = mapper(ID, json!({}));
    proptest::proptest!(|(id in ".{1,12}", q in ".{0,12}")| {
        let event = json!({ "type": "identify", "userId": id, "traits": { "q": q } });
        if let Became::Mapped(sent) = preview(&mapper, &event) {
            let url = url::Url::parse(sent[0].line.strip_prefix("PUT ").unwrap()).unwrap();
            assert_eq!(url.host_str(), Some("api.acme.example.com"));
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 2, "{url}");
            let decoded = percent_encoding::percent_decode_str(segments[1]).decode_utf8().unwrap();
            assert_eq!(decoded, id.as_str());
            assert!(url.fragment().is_none());
        }
    });
}

#[test]
fn a_preview_takes_no_text_of_an_event_for_a_placeholder() {
    let mapper = mapper(ID, json!({}));
    let event = json!({ "type": "identify", "userId": "{/../../admin?x}" });
    let sent = preview(&mapper, &event).sent();
    assert_eq!(sent[0].line, "PUT https://api.acme.example.com/things/%7B%2F..%2F..%2Fadmin%3Fx%7D");
}

#[test]
fn a_header_takes_no_line_breaks() {
    let mapper = mapper(ID, json!({}));
    let rejection = preview(
        &mapper,
        &json!({ "type": "identify", "userId": "u", "traits": { "header": "a\r\nX-Evil: 1" } }),
    )
    .rejection();
    assert_eq!(rejection.code, "invalid_header");
    assert_eq!(
        rejection.message,
        "the header `X-Thing` cannot be sent: a header's value has visible ASCII characters and spaces only"
    );
}

#[test]
fn a_lone_surrogate_is_no_json() {
    let mapper = mapper(ID, json!({}));
    let became = mapwright_tests::preview_bytes(&mapper, br#"{"type":"identify","userId":"\ud800"}"#);
    let rejection = became.rejection();
    assert_eq!(rejection.code, "invalid_json");
    assert!(rejection.offset.is_some());
}

#[test]
fn a_step_is_repeated_for_the_items_of_a_payload_part() {
    let mapper = mapper(
        r#"
message: identify
payload:
  ids: { all: traits.ids, least: traits.least }
steps:
  each:
    for_each: payload.ids.all
    where: item > payload.ids.least
    operation: get
    params: { id: item }
"#,
        json!({}),
    );
    let ids = event(json!({ "ids": [1, 2, 3], "least": 1 }));
    let expected = ["GET https://api.acme.example.com/things/2", "GET https://api.acme.example.com/things/3"];
    let (sent, end) = drive(&mapper, &ids, &[(200, json!({})), (200, json!({}))]);
    assert_eq!((lines(&sent).as_slice(), end.as_str()), (expected.as_slice(), "done"));
    assert_eq!(lines(&preview(&mapper, &ids).sent()), expected);
}

const REFUSED: &str = "
message: identify
steps:
  each:
    for_each: traits.ids
    steps:
      one:
        for_each: item.parts
        steps:
          find:
            operation: get
            params: { id: item }
            on: [{ status: 400, capture: { refused: { value: true } }, then: last }]
      never: { operation: send, body: { id: item.name } }
  skipped: { operation: find }
  last: { operation: send, body: { refused: captures.refused } }
";

#[test]
fn a_rule_goes_on_outside_of_its_group() {
    let mapper = mapper(REFUSED, json!({}));
    let ids = json!([{ "name": "a", "parts": [1, 2] }, { "name": "b", "parts": [3] }]);
    let event = json!({ "type": "identify", "traits": { "ids": ids } });
    let (sent, ended) = drive(&mapper, &event, &[(200, json!({})), (400, json!({})), (200, json!({}))]);
    let lines: Vec<_> = sent.iter().map(|sent| sent.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET https://api.acme.example.com/things/1",
            "GET https://api.acme.example.com/things/2",
            "POST https://api.acme.example.com/send",
        ]
    );
    assert_eq!((sent[2].body.clone(), ended.as_str()), (json!({ "refused": true }), "done"));
}

#[test]
fn a_step_inside_of_another_group_is_none_to_go_on_with() {
    let found = findings(&sources(&REFUSED.replace("then: last", "then: lost")));
    assert!(found.contains("unknown step `lost`"), "{found}");
    let inward = REFUSED.replace(
        "skipped: { operation: find }",
        "skipped: { operation: find, on: [{ status: 400, then: never }] }",
    );
    let found = findings(&sources(&inward));
    assert!(found.contains("unknown step `never`"), "{found}");
}

#[test]
fn objects_in_queries_and_forms_do_not_depend_on_the_spelling_of_an_event() {
    let version = VERSION.replace(
        "operations:\n",
        "operations:\n  form: { method: POST, path: /form, encoding: form, query: { o: traits.o } }\n",
    );
    let files = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        (
            "mappings/acme/1.0/identify.yaml",
            "message: identify\nsteps: { form: { operation: form, body: { o: traits.o } } }\n",
        ),
    ];
    let mapper = bind(&compile(&files.into_iter().collect()), "acme", json!({}));
    let text = "o=%7B%22n%22%3A%5B1.5%2C%22a%22%5D%7D";
    for event in [
        r#"{"type":"identify","traits":{"o":{"n":[1.5,"a"]}}}"#,
        r#"{"type":"identify","traits":{"o":{"n":0,"\u006e": [ 1.50, "\u0061"] }}}"#,
    ] {
        let sent = preview_bytes(&mapper, event.as_bytes()).sent();
        assert_eq!(sent[0].line, format!("POST https://api.acme.example.com/form?{text}"), "{event}");
        assert_eq!(sent[0].body, Value::from(text), "{event}");
    }
}

#[test]
fn a_rule_with_times_gives_way_to_the_rules_after_it() {
    const TIMES: &str = r#"
message: identify
steps:
  find:
    operation: find
    for_each: users
    on:
      - { status: 200, when: not response.body.id, class: retry, times: 2 }
      - { status: 200, when: not response.body.id, class: give_up, code: nobody }
"#;
    let mapper = mapper(TIMES, json!({}));
    let mut scratch = mapwright::Scratch::new();
    let event = r#"{"type":"identify","users":[1,2]}"#;
    let mapwright::Outcome::Mapped(mut run) = mapper.map(event, 0, &mut scratch) else { panic!() };
    let (nobody, found) = (json!({ "x": 1 }), json!({ "id": 1 }));
    let mut answer = |body: &Value| {
        assert!(run.request().unwrap().is_some());
        run.respond(&mapwright::Response::new(200, [], body.to_string()), 0)
    };
    let again = Ok(mapwright::Progress::Retry { after: None, throttle: false });
    assert_eq!(answer(&nobody), again);
    assert_eq!(answer(&nobody), again);
    assert_eq!(answer(&found), Ok(mapwright::Progress::Next));
    // the next request is counted separately
    assert_eq!(answer(&nobody), again);
    assert_eq!(answer(&nobody), again);
    let Err(mapwright::Ended::Failed(failure)) = answer(&nobody) else { panic!() };
    assert_eq!(failure.code, "nobody");
    let text = TIMES.replace("class: retry", "class: done");
    insta::assert_snapshot!(findings(&sources(&text)), @"mappings/acme/1.0/identify.yaml:8:72 missing-key: `times` requires `class: retry`, `class: throttle` or `renew`");
}

#[test]
fn responses_of_an_operation_capture() {
    let version = VERSION.replace(
        "  find: { method: GET, path: /things }",
        "  find:\n    method: GET\n    path: /things\n    responses:\n      - { status: 404, class: done, capture: { missing: { value: true } } }\n      - { status: 409, class: done, capture: { id: response.body.other } }\n      - { status: 418, class: give_up, code: teapot }",
    );
    let identify = "message: identify\nsteps:\n  find: { operation: find, on: [{ status: 410, class: done, capture: { id: { value: gone } } }] }\n  put: { operation: put, when: captures.id }\n  send: { operation: send, when: captures.missing }";
    let files = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/identify.yaml", identify),
    ];
    let mapper = bind(&compile(&files.into_iter().collect()), "acme", json!({}));
    let end = |status: u16, body: Value| {
        let (sent, end) = drive(&mapper, &event(json!({})), &[(status, body), (200, json!({ "x": 1 }))]);
        (sent.get(1).map(|sent| sent.line.rsplit('/').next().unwrap().to_owned()), end)
    };
    assert_eq!(end(404, json!({})), (Some("send".to_owned()), "done".to_owned()));
    assert_eq!(end(409, json!({ "other": "o1" })), (Some("o1".to_owned()), "done".to_owned()));
    assert_eq!(end(410, json!({})), (Some("gone".to_owned()), "done".to_owned()));
    assert_eq!(end(418, json!({})).1, "ended: `find` was answered with 418");
}
