//! Many events in one request: which items stand together, what is sent, and what responses mean for each event.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod model;
mod order;
mod support;
mod wrong;

use mapwright::{AgainReason, Ended, FaultOf, ItemAnswer, Outcome, Progress, Response, Scratch, Sources};
use mapwright_tests::{NOW, bind, compile};
use serde_json::{Value, json};

use crate::support::{Depot, become_of, bodies, group, identify, page, prepared, track};

#[test]
fn items_stand_together_by_what_the_operation_says() {
    let depot = Depot::new();
    let mut batcher = depot.mapper.batcher();
    let lists = ["a", "b", "a", "a", "b", "a", "a"];
    let mut complete = Vec::new();
    for (tag, list) in lists.into_iter().enumerate() {
        let joined = batcher.add(depot.item(&track(list, tag)), tag);
        complete.extend(joined.complete);
    }
    let first: Vec<usize> = complete[0].tags().copied().collect();
    assert_eq!((complete.len(), first), (1, vec![0, 2, 3, 5]));
    let open: Vec<(u64, usize, u64)> =
        batcher.open().map(|open| (open.id, open.items, open.wait.as_secs())).collect();
    assert_eq!(open, [(1, 2, 5), (2, 1, 5)]);
    let left: Vec<Vec<usize>> = batcher.take_all().into_iter().map(|batch| batch.into_tags()).collect();
    assert_eq!(left, [vec![1, 4], vec![6]]);
    assert!(batcher.is_empty());
}

#[test]
fn a_body_has_the_items_and_what_they_have_in_common() {
    let depot = Depot::new();
    let ready = prepared(&depot, &[track("a", 1), track("a", 2)]);
    let request = ready[0].request();
    assert_eq!(
        (request.method, request.url.as_ref()),
        ("POST", "https://api.depot.example.com/events/import")
    );
    assert_eq!(request.rate.as_deref(), Some("default"));
    assert_eq!(
        bodies(&ready),
        [json!({ "api_key": "key", "list_id": "a", "events": [
            { "name": "e1", "user": "u1" }, { "name": "e2", "user": "u2" },
        ]})]
    );
}

#[test]
fn an_item_that_stands_alone_is_sent_after_those_before_it() {
    let depot = Depot::new();
    let mut batcher = depot.mapper.batcher();
    let test = json!({ "type": "track", "event": "t", "properties": { "list": "a", "test": true } });
    let first = batcher.add(depot.item(&track("a", 0)), 0);
    let alone = batcher.add(depot.item(&test), 1);
    let after = batcher.add(depot.item(&track("a", 2)), 2);
    assert_eq!((first.complete.len(), after.complete.len()), (0, 0));
    let complete: Vec<Vec<usize>> = alone.complete.into_iter().map(|batch| batch.into_tags()).collect();
    assert_eq!(complete, [vec![0], vec![1]]);
    assert_eq!((first.batch, alone.batch, after.batch), (0, 1, 2));
}

#[test]
fn a_batch_is_complete_by_its_bytes_too() {
    let depot = Depot::new();
    let mut batcher = depot.mapper.batcher();
    let large = |tag: usize| {
        let mut event = track("a", tag);
        event["properties"]["data"] = json!("x".repeat(110));
        event
    };
    assert!(batcher.add(depot.item(&large(0)), 0).complete.is_empty());
    assert!(batcher.add(depot.item(&large(1)), 1).complete.is_empty());
    let third = batcher.add(depot.item(&large(2)), 2);
    let tags: Vec<Vec<usize>> = third.complete.into_iter().map(|batch| batch.into_tags()).collect();
    assert_eq!(tags, [vec![0, 1]]);
    // an item that is too large is no request
    let mut event = track("a", 0);
    event["properties"]["data"] = json!("x".repeat(250));
    let text = event.to_string();
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = depot.mapper.map(text.as_str(), NOW, &mut scratch) else { panic!() };
    let rejection = run.request().unwrap_err();
    assert_eq!(rejection.code, "limit_exceeded");
    insta::assert_snapshot!(rejection.message, @"the item of `import` has 299 bytes, and 250 are allowed (limit `item_bytes`)");
}

#[test]
fn items_with_the_same_id_become_one() {
    let depot = Depot::new();
    let events = [
        identify("u1", json!({ "email": "a@example.com", "plan": "free", "age": 3 })),
        identify("u2", json!({})),
        identify("u1", json!({ "email": "b@example.com", "plan": "pro" })),
    ];
    let mut ready = prepared(&depot, &events);
    assert_eq!(
        bodies(&ready),
        [json!([
            { "id": "u1", "email": "b@example.com", "traits": { "plan": "pro", "age": 3 } },
            { "id": "u2" },
        ])]
    );
    // what is answered for the one is answered for all that it was made of
    let refused = Response::new(200, [], r#"{"rejected": [{"id": "u1", "code": "blocked"}, {"id": "u9"}]}"#);
    let answer = ready.remove(0).answer(&refused, NOW);
    assert_eq!((answer.unmatched, answer.again.len()), (1, 0));
    assert_eq!(
        become_of(&answer.settled),
        ["0: item_failed blocked", "2: item_failed blocked", "1: accepted"]
    );
    let ItemAnswer::Failed(problem) = &answer.settled[0].1 else { panic!() };
    assert_eq!((problem.fault, problem.status), (FaultOf::Settings, Some(200)));
    assert_eq!(problem.message, "`save` was answered with 200, which names this item as failed");
}

#[test]
fn a_body_may_be_a_map_by_id_and_have_several_lists() {
    let depot = Depot::new();
    let mut ready = prepared(&depot, &[group("g1"), group("g2"), group("g3"), group("g4")]);
    assert_eq!(
        bodies(&ready),
        [
            json!({ "groups": { "g1": { "name": "n" }, "g2": { "name": "n" }, "g3": { "name": "n" } }, "ids": ["g1", "g2", "g3"] }),
            json!({ "groups": { "g4": { "name": "n" } }, "ids": ["g4"] }),
        ]
    );
    // the others of the batch are sent again, without those that have failed
    let answer = ready.remove(0).answer(&Response::new(409, [], r#"{"failed": {"g2": "gone"}}"#), NOW);
    assert_eq!(become_of(&answer.settled), ["1: item_failed gone"]);
    let [again] = answer.again.try_into().unwrap();
    assert_eq!((again.reason, again.batch.attempts()), (AgainReason::Retry, 1));
    assert_eq!(again.batch.tags().collect::<Vec<_>>(), [&0, &2]);
    let ready = again.batch.prepare(NOW).ready;
    assert_eq!(bodies(&ready)[0]["ids"], json!(["g1", "g3"]));
}

#[test]
fn two_items_are_sent_with_another_operation_than_one() {
    let depot = Depot::new();
    let one = prepared(&depot, &[page("a")]);
    let request = one[0].request();
    assert_eq!((request.method, request.url.as_ref()), ("PUT", "https://api.depot.example.com/pages/a"));
    assert_eq!((bodies(&one), request.idempotent), (vec![json!({ "name": "a" })], true));
    let mut many = prepared(&depot, &[page("a"), page("b")]);
    let request = many[0].request();
    assert_eq!((request.method, request.url.as_ref()), ("POST", "https://api.depot.example.com/pages"));
    assert_eq!(bodies(&many), [json!({ "pages": [{ "name": "a" }, { "name": "b" }] })]);
    assert_eq!((request.operation.as_ref(), request.idempotent), ("save_pages", false));
    // its own rules judge the response
    let answer = many.remove(0).answer(&Response::new(207, [], r#"{"failed": [1, 7]}"#), NOW);
    assert_eq!(
        (become_of(&answer.settled), answer.unmatched),
        (vec!["0: accepted".into(), "1: item_failed".into()], 1)
    );
}

#[test]
fn failures_are_named_by_place_and_mean_what_the_rule_says() {
    let depot = Depot::new();
    let events: Vec<Value> = (0..4).map(|tag| track("a", tag)).collect();
    let mut ready = prepared(&depot, &events);
    let body = json!({ "errors": [
        { "index": 1, "kind": "schema", "reason": "no name key" },
        { "index": "2", "kind": "quota" },
        { "index": 3, "kind": "note", "reason": "late" },
        { "index": 4, "kind": "schema" },
        { "kind": "schema" },
        { "index": 1.5, "kind": "schema" },
    ]});
    let answer = ready.remove(0).answer(&Response::new(207, [], body.to_string()), NOW);
    assert_eq!(
        become_of(&answer.settled),
        ["0: accepted", "1: item_failed schema no name [redacted]", "3: accepted, late"]
    );
    let again: Vec<usize> = answer.again.into_iter().flat_map(|again| again.batch.into_tags()).collect();
    // every entry counts for each `failed` whose `where` holds: three for the second, and three for the third
    assert_eq!((again, answer.unmatched), (vec![2], 6));
}

#[test]
fn a_place_counts_the_items_of_its_own_list() {
    let message = |kind: &str| {
        format!(
            "message: {kind}\npayload: {{ change: {{ kind: {{ value: {kind} }}, data: {{ object: {{ id: userId }} }} }} }}\nsteps: {{ send: {{ operation: send, body: change }} }}\n"
        )
    };
    let version = "
version: '1.0'
server: { value: https://api.acme.example.com }
operations:
  send:
    method: POST
    path: /changes
    batch:
      most: 75
      body:
        people: { each: items, name: person, where: person.kind == 'identify', to: person.data }
        events: { each: items, where: item.kind == 'track', to: item.data }
    responses:
      - status: 207
        class: done
        failed:
          - { each: response.body.errors, where: item.list == 'people', among: item.kind == 'identify', index: item.index, message: item.text }
          - { each: response.body.errors, where: item.list == 'events', among: item.kind == 'track', index: item.index, message: item.text }
";
    let destination =
        "title: Acme\nnames: [Acme]\nversions: { default: \"1.0\" }\nhosts: [api.acme.example.com]\n";
    let sources: Sources = [
        ("mappings/acme/destination.yaml", destination.to_owned()),
        ("mappings/acme/1.0/version.yaml", version.to_owned()),
        ("mappings/acme/1.0/identify.yaml", message("identify")),
        ("mappings/acme/1.0/track.yaml", message("track")),
    ]
    .into_iter()
    .collect();
    let depot = Depot { mapper: bind(&compile(&sources), "acme", json!({})) };
    let events = [track("a", 0), identify("u1", json!({})), track("a", 2), track("a", 3)];
    let mut ready = prepared(&depot, &events);
    assert_eq!(bodies(&ready)[0]["people"], json!([{ "id": "u1" }]));
    let errors = json!({ "errors": [
        { "list": "events", "index": 1, "text": "no name" },
        { "list": "people", "index": 0, "text": "no email" },
        { "list": "people", "index": 1, "text": "nobody" },
    ]});
    let answer = ready.remove(0).answer(&Response::new(207, [], errors.to_string()), NOW);
    let told = become_of(&answer.settled);
    assert_eq!(
        (told.iter().map(String::as_str).collect::<Vec<_>>(), answer.unmatched),
        (vec!["0: accepted", "1: item_failed no email", "2: item_failed no name", "3: accepted"], 1)
    );
}

#[test]
fn a_batch_is_split_until_it_is_accepted_or_one_item_is_left() {
    let depot = Depot::new();
    let events: Vec<Value> = (0..4).map(|tag| track("a", tag)).collect();
    let (mut open, mut settled, mut sizes) = (prepared(&depot, &events), Vec::new(), Vec::new());
    while let Some(batch) = open.pop() {
        sizes.push(batch.batch().items());
        let has_2 = batch.batch().tags().any(|tag| *tag == 2);
        let response = Response::new(if has_2 { 413 } else { 200 }, [], r#"{"error": {"text": "too much"}}"#);
        let answer = batch.answer(&response, NOW);
        settled.extend(answer.settled);
        for again in answer.again.into_iter().rev() {
            assert_eq!((again.reason, again.after, again.throttle), (AgainReason::Split, None, false));
            open.extend(again.batch.prepare(NOW).ready);
        }
    }
    assert_eq!(sizes, [4, 2, 2, 1, 1]);
    assert_eq!(become_of(&settled), ["0: accepted", "1: accepted", "2: too_large too much", "3: accepted"]);
    let ItemAnswer::Failed(problem) = &settled[2].1 else { panic!() };
    assert_eq!(problem.message, "`import` was answered with 413: send less with an event");
    // one by one
    let mut ready = prepared(&depot, &events);
    let answer = ready.remove(0).answer(&Response::new(400, [], ""), NOW);
    let parts: Vec<Vec<usize>> = answer.again.into_iter().map(|again| again.batch.into_tags()).collect();
    assert_eq!(parts, [vec![0], vec![1], vec![2], vec![3]]);
}

#[test]
fn what_no_rule_knows_means_the_same_for_a_batch_as_for_a_request() {
    let depot = Depot::new();
    let events = [track("a", 0), track("a", 1)];
    let again = |status: u16| {
        let answer = prepared(&depot, &events).remove(0).answer(&Response::new(status, [], ""), NOW);
        assert!(answer.settled.is_empty());
        let [again] = answer.again.try_into().unwrap();
        // the same request
        let ready = again.batch.prepare(NOW + 1).ready;
        assert_eq!(*ready[0].request(), *prepared(&depot, &events)[0].request());
        (again.reason, again.throttle)
    };
    assert_eq!(again(503), (AgainReason::Retry, false));
    assert_eq!(again(429), (AgainReason::Retry, true));
    let answer = prepared(&depot, &events)
        .remove(0)
        .answer(&Response::new(401, [], r#"{"error": {"code": "denied", "text": "wrong key"}}"#), NOW);
    assert_eq!(
        become_of(&answer.settled),
        ["0: http_401 denied wrong [redacted]", "1: http_401 denied wrong [redacted]"]
    );
}

#[test]
fn a_run_sends_a_batch_of_one_and_judges_it_by_the_same_rules() {
    let depot = Depot::new();
    let (text, mut scratch) = (track("a", 1).to_string(), Scratch::new());
    let Outcome::Mapped(mut run) = depot.mapper.map(text.as_str(), NOW, &mut scratch) else { panic!() };
    let request = run.request().unwrap().unwrap();
    let body: Value = serde_json::from_slice(request.body.as_ref().unwrap().bytes()).unwrap();
    assert_eq!(body, json!({ "api_key": "key", "list_id": "a", "events": [{ "name": "e1", "user": "u1" }] }));
    let item = request.batch().unwrap();
    assert_eq!(item.by().collect::<Vec<_>>(), [Some("\"a\"")]);
    let quota = Response::new(207, [], r#"{"errors": [{"index": 0, "kind": "quota"}]}"#);
    assert_eq!(run.respond(&quota, NOW).unwrap(), Progress::Retry { after: None, throttle: false });
    let refused = Response::new(207, [], r#"{"errors": [{"index": 0, "kind": "schema", "reason": "no"}]}"#);
    let Ended::Failed(failure) = run.respond(&refused, NOW).unwrap_err() else { panic!() };
    assert_eq!((failure.code.as_str(), failure.api.code.as_deref()), ("item_failed", Some("schema")));
    let Ended::Failed(failure) = run.respond(&Response::new(413, [], ""), NOW).unwrap_err() else { panic!() };
    assert_eq!(failure.code, "too_large");
    let note = Response::new(207, [], r#"{"errors": [{"index": 0, "kind": "note", "reason": "late"}]}"#);
    assert_eq!(run.respond(&note, NOW).unwrap(), Progress::Next);
    assert_eq!(
        (run.warnings()[0].code.as_str(), run.warnings()[0].message.as_str()),
        ("item_failed", "late")
    );
    assert!(run.request().unwrap().is_none());
}

#[test]
fn a_run_goes_on_with_what_its_batch_was_answered() {
    let depot = Depot::new();
    let (text, mut scratch) = (track("a", 1).to_string(), Scratch::new());
    let Outcome::Mapped(mut run) = depot.mapper.map(text.as_str(), NOW, &mut scratch) else { panic!() };
    assert_eq!(run.settle(ItemAnswer::accepted()).unwrap_err(), Ended::NoRequest);
    run.request().unwrap().unwrap();
    let failed = {
        let answer = prepared(&depot, &[track("a", 1), track("a", 2)]).remove(0);
        let body = r#"{"errors": [{"index": 0, "kind": "schema"}]}"#;
        answer.answer(&Response::new(207, [], body), NOW).settled.remove(0).1
    };
    let Ended::Failed(failure) = run.settle(failed).unwrap_err() else { panic!() };
    assert_eq!(
        (failure.step.as_str(), failure.status, failure.code.as_str()),
        ("import", Some(207), "item_failed")
    );
    assert_eq!(run.settle(ItemAnswer::accepted()).unwrap(), Progress::Next);
    assert!(run.request().unwrap().is_none());
}

#[test]
fn a_run_that_ends_with_its_item_need_not_be_kept_for_the_answer() {
    let depot = Depot::new();
    let late = Response::new(207, [], r#"{"errors": [{"index": 0, "kind": "note", "reason": "late"}]}"#);
    let refused = Response::new(207, [], r#"{"errors": [{"index": 0, "kind": "schema", "reason": "no"}]}"#);
    let quota = Response::new(207, [], r#"{"errors": [{"index": 0, "kind": "quota"}]}"#);
    let event = track("a", 1);
    for (answer, ends) in [(late, true), (refused, true), (quota, false)] {
        let ready = prepared(&depot, std::slice::from_ref(&event)).remove(0);
        let settled = ready.answer(&answer, NOW).settled;
        assert_eq!(settled.is_empty(), !ends);
        let Some((_, answer)) = settled.into_iter().next() else { continue };
        let (text, mut scratch) = (event.to_string(), Scratch::new());
        let Outcome::Mapped(mut run) = depot.mapper.map(text.as_str(), NOW, &mut scratch) else { panic!() };
        assert!(run.last_item().is_none(), "there is no item yet");
        run.request().unwrap().unwrap();
        let mut last = run.last_item().unwrap();
        match (run.settle(answer.clone()), last.settle(answer)) {
            (Ok(progress), Ok(())) => assert_eq!((progress, run.request().unwrap()), (Progress::Next, None)),
            (Err(of_run), Err(of_item)) => assert_eq!(of_run, Ended::Failed(of_item)),
            (of_run, of_item) => panic!("{of_run:?} {of_item:?}"),
        }
        assert_eq!((last.warnings(), last.done()), (run.warnings(), run.done()));
    }
}

#[test]
fn a_run_goes_on_after_an_item_that_something_follows() {
    let files = |track: &str| -> Sources {
        [
            (
                "mappings/acme/destination.yaml",
                "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.example.com] }",
            ),
            (
                "mappings/acme/1/version.yaml",
                "
version: '1'
server: { value: https://api.example.com }
operations:
  import: { method: POST, path: /import, batch: { most: 10, body: items } }
  say: { method: POST, path: /say }",
            ),
            ("mappings/acme/1/track.yaml", track),
        ]
        .into_iter()
        .collect()
    };
    let is_last = |rest: &str| {
        let mapper = bind(&compile(&files(&format!("message: track\n{rest}"))), "acme", json!({}));
        let event = r#"{"type": "track", "event": "e", "properties": {"products": [{"id": 1}, {"id": 2}]}}"#;
        let mut scratch = Scratch::new();
        let Outcome::Mapped(mut run) = mapper.map(event, NOW, &mut scratch) else { panic!() };
        assert!(run.request().unwrap().unwrap().batch().is_some());
        run.last_item().is_some()
    };
    assert!(is_last("steps: { import: { operation: import, body: { name: event } } }"));
    for goes_on in [
        "steps: { import: { operation: import, body: { name: event } }, say: { operation: say, body: { name: event } } }",
        "steps: { each: { for_each: properties.products, steps: { import: { operation: import, body: { id: item.id } } } } }",
        "steps: { import: { operation: import, body: { name: event } } }\nresult: { said: event }",
    ] {
        assert!(!is_last(goes_on), "{goes_on}");
    }
}

#[test]
fn an_event_whose_later_round_rejects_goes_on_after_its_items() {
    let version = "
version: '1'
server: { value: https://api.acme.example.com }
operations:
  import: { method: POST, path: /import, batch: { most: 10, item_bytes: 30B, body: { items: items } } }
  find: { method: GET, path: /find, idempotent: true }";
    let sources: Sources = [
        (
            "mappings/acme/destination.yaml",
            "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }",
        ),
        ("mappings/acme/1/version.yaml", version),
        (
            "mappings/acme/1/track.yaml",
            "message: track
steps:
  find: { operation: find, capture: { id: response.body.id } }
  import: { for_each: properties.rows, operation: import, body: { n: item, id: captures.id } }",
        ),
    ]
    .into_iter()
    .collect();
    let mapper = bind(&compile(&sources), "acme", json!({}));
    let large = "x".repeat(10);
    // the response decides how large an item is, so that the event is not rejected before its first request
    for (rows, ahead, goes_on) in
        [(["a", "b", "c"], 2, false), (["a", "b", &large], 1, true), (["a", &large, "c"], 0, true)]
    {
        let event = json!({ "type": "track", "event": "e", "properties": { "rows": rows } }).to_string();
        let mut scratch = Scratch::new();
        let Outcome::Mapped(mut run) = mapper.map(event.as_str(), NOW, &mut scratch) else { panic!() };
        run.request().unwrap().unwrap();
        run.respond(&Response::new(200, [], r#"{"id": "12345678"}"#), NOW).unwrap();
        assert!(run.request().unwrap().unwrap().batch().is_some());
        let found = run.items_ahead();
        assert_eq!((found.items.len(), found.goes_on), (ahead, goes_on), "{rows:?}");
    }
}
