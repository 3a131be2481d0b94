//! What rows read of responses: what a parse of the whole body would give them, whatever the body is.

use mapwright::{Mapper, Outcome, Progress, Response, Scratch};
use mapwright_tests::{NOW, mapper};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const CAPTURES: &str = r#"
message: identify
steps:
  find:
    operation: find
    capture:
      whole: response.body
      inner: response.body.a.b
      item: "response.body.list[1]"
      deep: "response.body.list[0].b"
      all: { concat: ["response.body.list[*]"] }
      is_object: { value: true, when: response.body is mapping }
  send:
    operation: send
    body:
      whole: captures.whole
      inner: captures.inner
      item: captures.item
      deep: captures.deep
      all: captures.all
      is_object: captures.is_object
"#;

/// What the second request says of the response to the first.
fn read(mapper: &Mapper, body: &[u8]) -> Value {
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(r#"{"type":"identify","userId":"u"}"#, NOW, &mut scratch)
    else {
        panic!("not mapped")
    };
    run.request().unwrap().unwrap();
    let response = Response::new(200, [], body.to_vec());
    assert_eq!(run.respond(&response, NOW).unwrap(), Progress::Next);
    let request = run.request().unwrap().unwrap();
    serde_json::from_slice(request.body.unwrap().bytes()).unwrap()
}

/// The same by a parse of everything.
fn parsed(body: &[u8]) -> Value {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return json!({}) };
    let at = |path: &str| body.pointer(path).filter(|found| !found.is_null() && **found != "").cloned();
    let items = match body.get("list") {
        Some(Value::Array(items)) => items.clone(),
        Some(Value::Object(members)) => members.values().cloned().collect(),
        _ => Vec::new(),
    };
    let found = [
        ("whole", at("")),
        ("inner", at("/a/b")),
        ("item", body.get("list").filter(|list| list.is_array()).and_then(|_| at("/list/1"))),
        ("deep", body.get("list").filter(|list| list.is_array()).and_then(|_| at("/list/0/b"))),
        ("all", (!items.is_empty()).then_some(Value::Array(items))),
        ("is_object", body.is_object().then_some(Value::Bool(true))),
    ];
    Value::Object(
        found.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<_, _>>(),
    )
}

#[test]
fn bodies_of_every_kind_are_read_as_a_parse_reads_them() {
    let mapper = mapper(CAPTURES, json!({}));
    for body in [
        r#"{"a":{"b":1},"list":[{"b":"x"},2,3]}"#,
        r#"{"a":{"b":1.0},"list":[{"b":-0},1e2,18446744073709551615]}"#,
        r#"{"a":{"b":1.5e300}}"#,
        r#" { "a" : { "b" : "a\u0062\"\ud83d\ude00" } , "list" : [ [ ] , { } ] } "#,
        r#"{"a":{"b":1},"a":{"c":2}}"#,
        r#"{"a":{"c":2},"\u0061":{"b":[1,{"x":null}]}}"#,
        r#"{"list":{"0":{"b":1},"1":2}}"#,
        r#"{"a":null,"list":null}"#,
        "[1,2]",
        "\"text\"",
        "7",
        "null",
        "",
        "<html>",
        r#"{"a":{"b":1}"#,
        r#"{"a":{"b":1}} x"#,
        "{\"a\":{\"b\":\"\u{1}\"}}",
    ] {
        assert_eq!(read(&mapper, body.as_bytes()), parsed(body.as_bytes()), "{body}");
    }
    assert_eq!(read(&mapper, b"{\"a\":{\"b\":\"\xff\"}}"), json!({}));
    // but for digits that 64 bits cannot hold, which a parse loses
    let long = "123456789012345678901234567890";
    let body = format!(r#"{{"a":{{"b":{long}}}}}"#);
    assert_eq!(read(&mapper, body.as_bytes())["inner"], json!(long));
}

#[test]
fn bodies_are_read_as_deep_as_a_parse_goes() {
    // without the whole body, which would be one level deeper in a request
    let mapper = mapper(&CAPTURES.replace("whole: captures.whole", "whole: captures.deep"), json!({}));
    for levels in [125, 126, 127, 128, 200] {
        let body = format!(r#"{{"a":{{"b":1}},"c":{}1{}}}"#, "[".repeat(levels), "]".repeat(levels));
        assert_eq!(read(&mapper, body.as_bytes())["inner"], parsed(body.as_bytes())["inner"], "{levels}");
    }
}

#[test]
fn one_response_leaves_nothing_to_the_next() {
    let mapper = mapper(CAPTURES, json!({}));
    let mut scratch = Scratch::new();
    for (body, inner) in
        [(r#"{"a":{"b":1}}"#, json!(1)), ("half {", Value::Null), (r#"{"a":{}}"#, Value::Null)]
    {
        let Outcome::Mapped(mut run) = mapper.map(r#"{"type":"identify"}"#, NOW, &mut scratch) else {
            panic!()
        };
        run.request().unwrap().unwrap();
        let response = Response::new(200, [], body.as_bytes().to_vec());
        run.respond(&response, NOW).unwrap();
        let request = run.request().unwrap().unwrap();
        let sent: Value = serde_json::from_slice(request.body.unwrap().bytes()).unwrap();
        assert_eq!(sent["inner"], inner, "{body}");
    }
}

fn any_body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_map(|n| json!(n)),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop_oneof!["a", "b", "list", "[a-c]{2}"], inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn random_bodies_are_read_as_a_parse_reads_them(body in any_body(), cut in 0_usize..400) {
        let mapper = mapper(CAPTURES, json!({}));
        let text = body.to_string();
        prop_assert_eq!(read(&mapper, text.as_bytes()), parsed(text.as_bytes()));
        let half = text.as_bytes().get(..cut).unwrap_or(text.as_bytes());
        prop_assert_eq!(read(&mapper, half), parsed(half));
    }
}
