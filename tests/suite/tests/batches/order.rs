//! Tests with several events: each event sends what its order keys let it, as in a delivery.

use mapwright::Sources;
use mapwright_report::{Format, Look, render};
use mapwright_validate::{Options, validate};

/// A destination with a batch, whose events are in order where `order` and the steps say so.
fn destination(order: &str, steps: &str, tests: &str) -> Sources {
    let version = format!(
        "
version: '1'
server: {{ value: https://api.acme.example.com }}
order: {order}
operations:
  find: {{ method: GET, path: '/find/{{id}}', idempotent: true }}
  import: {{ method: POST, path: /import, idempotent: true, batch: {{ most: 10, body: {{ items: items }} }} }}
  merge: {{ method: POST, path: /merge, idempotent: true, batch: {{ most: 10, id: item.id, merge: true, body: {{ items: items }} }} }}
  save: {{ method: PUT, path: '/save/{{id}}', idempotent: true }}"
    );
    [
        (
            "mappings/acme/destination.yaml",
            "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }",
        ),
        ("mappings/acme/1/version.yaml", version.as_str()),
        ("mappings/acme/1/track.yaml", &format!("message: track\nsteps:\n{steps}")),
        ("mappings/acme/1/track.test.yaml", &format!("tests:\n{tests}")),
    ]
    .into_iter()
    .collect()
}

/// What tests find.
fn failures(sources: &Sources) -> String {
    let mut report = validate(sources, &Options::default());
    assert!(report.checked.tests > 0);
    report.findings.retain(|finding| ["failing-test", "invalid-value"].contains(&finding.rule.id));
    match report.findings.as_slice() {
        [] => String::new(),
        _ => render(&report, sources, Format::Text(Look::PLAIN)),
    }
}

#[test]
fn a_step_with_keys_waits_for_those_steps_of_earlier_events_alone() {
    let steps = "
  find: { operation: find, params: { id: event } }
  import: { operation: import, when: properties.import, body: { name: event } }
  save: { operation: save, when: properties.save, params: { id: event }, order: { user: userId } }
  after: { operation: import, when: properties.after, body: { name: event } }";
    let tests = r#"
  - name: what is not ordered goes on
    events:
      - { type: track, userId: u, event: a, properties: { import: true, save: true } }
      - { type: track, userId: u, event: b, properties: { save: true } }
      - { type: track, userId: v, event: c, properties: { save: true } }
    expect: &waits
      requests:
        - { url: "https://api.acme.example.com/find/a" }
        - { url: "https://api.acme.example.com/find/b" }
        - { url: "https://api.acme.example.com/find/c" }
        - { url: "https://api.acme.example.com/save/c" }
        - { step: import, body: { items: [{ name: a }] } }
        - { url: "https://api.acme.example.com/save/a" }
        - { url: "https://api.acme.example.com/save/b" }
  - name: it is the same with responses
    events:
      - { type: track, userId: u, event: a, properties: { import: true, save: true } }
      - { type: track, userId: u, event: b, properties: { save: true } }
      - { type: track, userId: v, event: c, properties: { save: true } }
    responses: [{ status: 200 }, { status: 200 }, { status: 200 }, { status: 200 }, { status: 200 }, { status: 200 }, { status: 200 }]
    expect: *waits
  - name: an event that is past the step lets others go
    events:
      - { type: track, userId: u, event: a, properties: { after: true } }
      - { type: track, userId: u, event: b, properties: { save: true } }
    responses: [{ status: 200 }, { status: 200 }, { status: 200 }, { status: 200 }]
    expect:
      requests:
        - { url: "https://api.acme.example.com/find/a" }
        - { url: "https://api.acme.example.com/find/b" }
        - { url: "https://api.acme.example.com/save/b" }
        - { step: after, body: { items: [{ name: a }] } }
"#;
    assert_eq!(failures(&destination("{}", steps, tests)), "");
}

#[test]
fn an_event_that_is_over_lets_those_behind_it_go() {
    let steps = "
  import: { operation: import, body: { name: event } }
  save: { operation: save, params: { id: { from: event, on_missing: reject } } }";
    let tests = r#"
  - name: failed
    events:
      - { type: track, userId: u, event: a }
      - { type: track, userId: u, event: b }
    responses: [{ status: 200 }, { status: 400 }, { status: 200 }, { status: 200 }]
    expect:
      requests:
        - { step: import, body: { items: [{ name: a }] } }
        - { url: "https://api.acme.example.com/save/a" }
        - { step: import, body: { items: [{ name: b }] } }
        - { url: "https://api.acme.example.com/save/b" }
      events: [failed, done]
  - name: rejected and skipped
    events:
      - { type: page, userId: u }
      - { type: track, userId: u }
      - { type: track, userId: u, event: a }
    responses: [{ status: 200 }, { status: 200 }]
    expect:
      requests:
        - { step: import, body: { items: [{ name: a }] } }
        - { url: "https://api.acme.example.com/save/a" }
      events: [skipped, rejected, done]
"#;
    assert_eq!(failures(&destination("{ user: userId }", steps, tests)), "");
}

#[test]
fn nothing_of_an_event_comes_before_the_rest_of_an_earlier_one_of_its_keys() {
    let one = "{ type: track, userId: u, event: e, properties: { rows: [{ n: 1 }], m: 2 } }";
    let two = "{ type: track, userId: u, event: e, properties: { rows: [{ n: 1 }, { n: 2 }] } }";
    let last = "{ type: track, userId: u, event: e, properties: { rows: [{ n: 3 }] } }";
    let together = "[{ step: a, body: { items: [{ n: 1 }, { n: 2 }, { n: 3 }] } }]";
    let apart = "[{ step: a, body: { items: [{ n: 1 }] } }, { body: { items: [{ n: 2 }, { n: 3 }] } }]";
    let rows = "for_each: properties.rows, operation: import, body: { n: item.n }";
    let other = "operation: import, when: properties.m, body: { n: properties.m }";
    for (steps, events, requests) in [
        // a step that is repeated on its own adds all its items, or as many as fit
        (format!("a: {{ {rows} }}"), [two, last], together),
        // loops of several steps, and steps after the one that has an item in a batch
        (
            "g: { for_each: properties.rows, steps: { a: { operation: import, body: { n: item.n } }, \
             b: { operation: import, when: item.m, body: { n: item.m } } } }"
                .to_owned(),
            [two, last],
            apart,
        ),
        (format!("a: {{ {rows} }}\n  b: {{ {other} }}"), [one, last], apart),
        // the event decides that nothing follows
        (format!("a: {{ {rows} }}\n  b: {{ {other} }}"), [two, last], together),
    ] {
        for responses in ["", "responses: [{ status: 200 }, { status: 200 }], "] {
            let count = if requests == together {
                responses.replace(", { status: 200 }", "")
            } else {
                responses.to_owned()
            };
            let tests = format!(
                "  - {{ name: in order, events: [{}], {count}expect: {{ requests: {requests} }} }}",
                events.join(", ")
            );
            assert_eq!(failures(&destination("{ user: userId }", &format!("\n  {steps}"), &tests)), "");
        }
    }
}

#[test]
fn an_event_that_would_be_sent_again_stays_before_the_next_one() {
    let tests = r#"
  - name: the second one waits
    events:
      - { type: track, userId: u, event: a }
      - { type: track, userId: u, event: b }
    responses: [{ status: 503 }]
    expect: { requests: [{ step: save }], events: [retry, done] }
"#;
    let steps = "\n  save: { operation: save, params: { id: event } }";
    let found = failures(&destination("{ user: userId }", steps, tests));
    assert!(found.contains("fails: the script has no response for request 1 (`save`)"), "{found}");
    // nobody waits for another user
    let of_two = tests.replace("userId: u, event: b", "userId: v, event: b");
    let found = failures(&destination("{ user: userId }", steps, &of_two));
    assert!(found.contains("one request is expected, 2 are made"), "{found}");
}

#[test]
fn items_are_merged_where_no_event_comes_before_an_earlier_one_of_its_keys() {
    let steps = "\n  merge: { operation: merge, body: { id: event, n: properties.n } }";
    let tests = r#"
  - name: another item of the user stands between
    events:
      - { type: track, userId: u, event: x, properties: { n: 1 } }
      - { type: track, userId: u, event: y, properties: { n: 2 } }
      - { type: track, userId: u, event: y, properties: { n: 3 } }
      - { type: track, userId: u, event: x, properties: { n: 4 } }
      - { type: track, userId: u, event: y, properties: { n: 5 } }
      - { type: track, userId: v, event: z, properties: { n: 6 } }
    expect: &ordered
      requests:
        - { step: merge, body: { items: [{ id: x, n: 1 }, { id: y, n: 3 }, { id: z, n: 6 }] } }
        - { step: merge, body: { items: [{ id: x, n: 4 }, { id: y, n: 5 }] } }
  - name: it is the same with responses
    events:
      - { type: track, userId: u, event: x, properties: { n: 1 } }
      - { type: track, userId: u, event: y, properties: { n: 2 } }
      - { type: track, userId: u, event: y, properties: { n: 3 } }
      - { type: track, userId: u, event: x, properties: { n: 4 } }
      - { type: track, userId: u, event: y, properties: { n: 5 } }
      - { type: track, userId: v, event: z, properties: { n: 6 } }
    responses: [{ status: 200 }, { status: 200 }]
    expect: *ordered
  - name: an item of another user may stand between
    events:
      - { type: track, userId: u, event: x, properties: { n: 1 } }
      - { type: track, userId: v, event: y, properties: { n: 2 } }
      - { type: track, userId: u, event: x, properties: { n: 3 } }
      - { type: track, userId: v, event: x, properties: { n: 4 } }
    expect:
      requests:
        - { step: merge, body: { items: [{ id: x, n: 3 }, { id: y, n: 2 }] } }
        - { step: merge, body: { items: [{ id: x, n: 4 }] } }
"#;
    assert_eq!(failures(&destination("{ user: userId }", steps, tests)), "");
}
