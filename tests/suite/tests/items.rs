//! Steps with `on_failure: continue`: an item that fails does not keep the others, and is reported.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use mapwright::FaultOf;
use mapwright::{Ended, Failure, Mapper, Outcome, Problem, Progress, Response, Scratch};
use mapwright_tests::{NOW, findings, mapper, preview, sources};
use serde_json::{Value, json};

const EACH: &str = r#"
message: identify
steps:
  first: { operation: find }
  person:
    for_each: users
    on_failure: continue
    steps:
      look: { operation: get, params: { id: item.id }, capture: { found: response.body.id } }
      write: { operation: put, params: { id: captures.found }, body: { n: item.n } }
  last: { operation: send, body: { done: { value: true }, by: userId } }
"#;

fn users(ids: &[&str]) -> Value {
    let users: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    json!({ "type": "identify", "users": users })
}

/// What was requested, and how the run has ended. `reply` says what a request is answered with.
fn run(
    mapper: &Mapper,
    event: &Value,
    done: &[String],
    reply: impl Fn(&str) -> (u16, Value),
) -> (Vec<String>, Result<(), Ended>) {
    let (lines, ended, _) = run_again(mapper, event, done, reply);
    (lines, ended)
}

/// The same, and what is done in the end.
fn run_again(
    mapper: &Mapper,
    event: &Value,
    done: &[String],
    reply: impl Fn(&str) -> (u16, Value),
) -> (Vec<String>, Result<(), Ended>, Vec<String>) {
    let (bytes, mut scratch, mut lines) = (event.to_string(), Scratch::new(), Vec::new());
    let Outcome::Mapped(mut run) = mapper.map(bytes.as_str(), NOW, &mut scratch) else { panic!("{event}") };
    run.without(done);
    loop {
        let line = match run.request() {
            Ok(Some(request)) => format!("{} {}", request.step, request.url.rsplit('/').next().unwrap()),
            Ok(None) => return (lines, Ok(()), run.done()),
            Err(rejection) => return (lines, Err(Ended::Rejected(rejection)), run.done()),
        };
        let (status, body) = reply(&line);
        lines.push(line);
        let progress = match status {
            0 => run.fail_item(Problem::new("gone", "no response", FaultOf::Destination)).expect("an item"),
            _ => run.respond(&Response::new(status, [], body.to_string()), NOW),
        };
        match progress {
            Ok(progress) => assert_eq!(progress, Progress::Next),
            Err(ended) => return (lines, Err(ended), run.done()),
        }
    }
}

fn found(line: &str) -> (u16, Value) {
    (200, json!({ "id": line.rsplit(' ').next() }))
}

fn failure(ended: Result<(), Ended>) -> Failure {
    match ended {
        Err(Ended::Failed(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_others_are_done_and_those_that_failed_are_told_one_by_one() {
    let mapper = mapper(EACH, json!({}));
    let reply = |line: &str| match line {
        "look b" => (400, json!({})),
        "write d" => (422, json!({})),
        _ => found(line),
    };
    let (lines, ended, done) = run_again(&mapper, &users(&["a", "b", "c", "d"]), &[], reply);
    let all = [
        "first things",
        "look a",
        "write a",
        "look b",
        "look c",
        "write c",
        "look d",
        "write d",
        "last send",
    ];
    assert_eq!(lines, all);
    let failure = failure(ended);
    assert_eq!(failure.to_string(), "`look` was answered with 400; 2 of 4 items of `person` failed");
    insta::assert_json_snapshot!("failed_items", failure.items);

    // sent again, only those are made
    let (lines, ended) = run(&mapper, &users(&["a", "b", "c", "d"]), &done, found);
    assert_eq!(lines, ["look b", "write b", "look d", "write d"]);
    assert!(ended.is_ok(), "{ended:?}");
}

/// Items are known by what they contain: those that are new, corrected, moved or gone.
#[test]
fn an_event_that_was_edited_is_made_for_what_is_not_done() {
    let mapper = mapper(EACH, json!({}));
    let refused = |line: &str| if line == "look b" { (400, json!({})) } else { found(line) };
    let (_, ended, done) = run_again(&mapper, &users(&["a", "b", "c"]), &[], refused);
    assert_eq!(failure(ended).items.len(), 1);
    for (edited, made) in [
        (&["a", "b", "c", "d"][..], &["look b", "write b", "look d", "write d"][..]),
        (&["a", "x", "c"], &["look x", "write x"]),
        (&["c", "b", "a"], &["look b", "write b"]),
        (&["a", "c"], &[]),
        (&["a", "a", "b", "c"], &["look a", "write a", "look b", "write b"]),
    ] {
        let (lines, ended) = run(&mapper, &users(edited), &done, found);
        assert_eq!(lines, made, "{edited:?}");
        assert!(ended.is_ok(), "{ended:?}");
    }
    // a request that is another one than before is sent
    let mut event = users(&["a", "b", "c"]);
    event["userId"] = json!("u");
    assert_eq!(run(&mapper, &event, &done, found).0, ["look b", "write b", "last send"]);
    // what fails again is left to do, and nothing else
    let (lines, ended, done) = run_again(&mapper, &users(&["a", "b", "c", "d"]), &done, refused);
    assert_eq!(lines, ["look b", "look d", "write d"]);
    assert_eq!(failure(ended).items.len(), 1);
    assert_eq!(run(&mapper, &users(&["a", "b", "c", "d"]), &done, found).0, ["look b", "write b"]);
}

/// What is captured is needed by later steps: such a request is sent again.
#[test]
fn a_request_that_captures_is_sent_again() {
    let text = EACH.replace(
        "first: { operation: find }",
        "first: { operation: find, capture: { all: response.body.id } }",
    );
    let mapper = mapper(&text, json!({}));
    let refused = |line: &str| if line == "look a" { (400, json!({})) } else { found(line) };
    let (_, _, done) = run_again(&mapper, &users(&["a", "b"]), &[], refused);
    let (lines, _) = run(&mapper, &users(&["a", "b"]), &done, found);
    assert_eq!(lines, ["first things", "look a", "write a"]);
}

#[test]
fn a_preview_shows_what_is_left() {
    let mapper = mapper(EACH, json!({}));
    let refused = |line: &str| if line == "look b" { (400, json!({})) } else { found(line) };
    let (event, mut scratch) = (users(&["a", "b"]), Scratch::new());
    let (_, _, done) = run_again(&mapper, &event, &[], refused);
    let text = event.to_string();
    let Outcome::Mapped(mut run) = mapper.map(text.as_str(), NOW, &mut scratch) else { panic!("{event}") };
    run.without(&done);
    let steps: Vec<_> = run.preview().unwrap().iter().map(|request| request.step.to_string()).collect();
    assert_eq!(steps, ["look", "write"]);
}

#[test]
fn an_event_whose_last_step_is_of_an_item_fails_as_well() {
    let mapper = mapper(&EACH[..EACH.find("  last").unwrap()], json!({}));
    for ids in [&["a"][..], &["a", "b", "c"]] {
        let last = *ids.last().unwrap();
        let reply = |line: &str| if line.ends_with(last) { (404, json!({})) } else { found(line) };
        let (_, ended) = run(&mapper, &users(ids), &[], reply);
        let failure = failure(ended);
        assert_eq!((failure.code.as_str(), failure.status, failure.items.len()), ("http_404", Some(404), 1));
        assert_eq!(failure.items[0].item, json!({ "id": last }));
    }
}

#[test]
fn what_refuses_everything_ends_the_event_and_leaves_the_rest_to_be_done() {
    let mapper = mapper(EACH, json!({}));
    let reply = |line: &str| match line {
        "look a" => (400, json!({})),
        "write b" => (401, json!({})),
        _ => found(line),
    };
    let (lines, ended, done) = run_again(&mapper, &users(&["a", "b", "c"]), &[], reply);
    assert_eq!(lines, ["first things", "look a", "look b", "write b"]);
    let failure = failure(ended);
    assert_eq!((failure.code.as_str(), failure.fault), ("http_401", FaultOf::Settings));
    let codes: Vec<_> = failure.items.iter().map(|item| item.problem.code.as_str()).collect();
    assert_eq!(codes, ["http_400", "http_401", "not_tried"]);
    let (lines, _) = run(&mapper, &users(&["a", "b", "c"]), &done, found);
    assert_eq!(lines.len(), 7, "{lines:?}");
}

#[test]
fn a_request_without_an_answer_and_one_that_cannot_be_made_fail_their_item() {
    let mapper = mapper(EACH, json!({}));
    let reply = |line: &str| match line {
        "look a" => (0, json!({})),
        // an object cannot stand in a path
        "look b" => (200, json!({ "id": { "x": 1 } })),
        _ => found(line),
    };
    let (lines, ended) = run(&mapper, &users(&["a", "b", "c"]), &[], reply);
    assert_eq!(lines, ["first things", "look a", "look b", "look c", "write c", "last send"]);
    let failure = failure(ended);
    let told: Vec<_> = failure.items.iter().map(|item| (item.index, item.problem.code.as_str())).collect();
    assert_eq!(told, [(0, "gone"), (1, "invalid_parameter")]);
}

#[test]
fn a_failure_of_another_step_tells_of_the_items_too() {
    let mapper = mapper(EACH, json!({}));
    let reply = |line: &str| match line {
        "look b" => (400, json!({})),
        "last send" => (410, json!({})),
        _ => found(line),
    };
    let (_, ended) = run(&mapper, &users(&["a", "b"]), &[], reply);
    let failure = failure(ended);
    assert_eq!((failure.step.as_str(), failure.code.as_str(), failure.items.len()), ("last", "http_410", 1));
    let outside = run(&mapper, &users(&["a"]), &[], |line| match line {
        "first things" => (400, json!({})),
        _ => found(line),
    });
    assert_eq!(outside.0, ["first things"]);
}

#[test]
fn an_event_that_cannot_be_mapped_for_an_item_is_rejected_before_its_first_request() {
    let mapper = mapper(EACH, json!({}));
    let (lines, ended) = {
        let (bytes, mut scratch) = (users(&["a", ".."]).to_string(), Scratch::new());
        match mapper.map(bytes.as_str(), NOW, &mut scratch) {
            Outcome::Rejected { rejection, .. } => (0, rejection.code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((lines, ended.as_str()), (0, "invalid_parameter"));
}

#[test]
fn what_only_a_repeated_step_has_needs_for_each() {
    let text = EACH
        .replace("    for_each: users\n", "    where: item.id\n")
        .replace("item.id", "userId")
        .replace("item.n", "n");
    insta::assert_snapshot!(findings(&sources(&text)));
    let text = EACH.replace("      look: { ", "      look: { for_each: item.ids, on_failure: continue, ");
    insta::assert_snapshot!(findings(&sources(&text)));
}

/// An id that 64 bits cannot hold keeps its digits, in the items of a loop and in captures.
#[test]
fn ids_of_any_length_keep_their_digits() {
    let long = "123456789012345678901234567890";
    let event: Value = json!({ "type": "identify", "users": [0, 18446744073709551615_u64] });
    let text = event
        .to_string()
        .replace("[0,", &format!("[{{\"id\":{long}}},"))
        .replace("18446744073709551615]", "{\"id\":18446744073709551616}]");
    let (mapper, mut scratch) = (mapper(EACH, json!({})), Scratch::new());
    let Outcome::Mapped(mut run) = mapper.map(text.as_str(), NOW, &mut scratch) else { panic!("{text}") };
    let mut paths = Vec::new();
    while let Some(request) = run.request().unwrap() {
        paths.push(request.url.rsplit('/').next().unwrap().to_owned());
        let answer = Response::new(200, [], format!("{{\"id\":{long}1}}"));
        run.respond(&answer, NOW).unwrap();
    }
    assert!(paths.contains(&long.to_owned()), "{paths:?}");
    assert!(paths.contains(&format!("{long}1")), "{paths:?}");
    assert!(paths.contains(&"18446744073709551616".to_owned()), "{paths:?}");
}

/// What a condition of items says is not known before the response that the items come from.
#[test]
fn a_preview_shows_steps_for_items_of_a_capture() {
    let of = |filter: &str| {
        let text = format!(
            "message: identify\npayload: {{ thing: {{ item: item, id: item.id }} }}\nsteps:\n  \
             find: {{ operation: find, capture: {{ found: response.body.list }} }}\n  \
             save: {{ for_each: captures.found, {filter} operation: send, body: thing }}\n"
        );
        preview(&mapper(&text, json!({})), &json!({ "type": "identify" })).sent()
    };
    let all = of("");
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[1].body, json!({ "item": "{found}", "id": "{found}" }));
    assert_eq!(of("where: item.active,"), all);
    assert_eq!(of("where: not item.active and item.kind == 'x',"), all);
    assert_eq!(of("when: not traits.off, where: item.id != 5,"), all);
    // what is known of the event is known here as well
    assert_eq!(of("where: item.active and traits.on,").len(), 1);
}
