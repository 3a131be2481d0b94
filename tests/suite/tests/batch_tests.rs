//! Tests beside mappings that are about batches, lists of requests and warnings: what they say when they fail, and what an update writes.

use mapwright::{Sources, TestOptions};
use mapwright_report::{Format, Look, render};
use mapwright_validate::{Options, mend, run_tests, validate};

const DESTINATION: &str =
    "title: Acme\nnames: [Acme]\nversions: { default: \"1\" }\nhosts: [api.acme.example.com]\n";

const VERSION: &str = r#"
version: "1"
server: { value: https://api.acme.example.com }
operations:
  find: { method: GET, path: /find, idempotent: true }
  send:
    method: POST
    path: /send
    idempotent: true
    batch: { most: 5, id: item.id, body: { things: items } }
    responses:
      - { status: 207, class: done, failed: { each: response.body.failed, index: item.at } }
      - { status: 2xx, class: done, failed: { each: response.body.failed, id: item.id } }
"#;

const TRACK: &str = r#"
message: track
payload:
  thing:
    id: userId
    name: { from: properties.name, as: { truncate: 3 } }
steps:
  find: { operation: find, when: properties.find }
  send: { operation: send, body: thing }
"#;

fn files(version: &str, tests: &str) -> Sources {
    let files = [
        ("destination.yaml", DESTINATION),
        ("1/version.yaml", version),
        ("1/track.yaml", TRACK),
        ("1/track.test.yaml", tests),
    ];
    files.into_iter().map(|(path, text)| (format!("mappings/acme/{path}"), text)).collect()
}

/// The findings of these tests as text.
fn found(tests: &str) -> String {
    let sources = files(VERSION, tests);
    let report = validate(&sources, &Options::default());
    render(&report, &sources, Format::Text(Look::PLAIN))
}

/// The tests after an update, and what is found of them then.
fn updated(tests: &str) -> (String, String) {
    let check = |sources: &Sources| {
        let mut options = TestOptions::default();
        options.updates = true;
        run_tests(sources, &options)
    };
    let mended = mend(&files(VERSION, tests), &check, &|_, _| true);
    let report = render(&mended.report, &mended.sources, Format::Text(Look::PLAIN));
    (mended.sources.get("mappings/acme/1/track.test.yaml").unwrap_or_default().to_owned(), report)
}

#[test]
fn an_answer_that_names_no_item_fails_the_test() {
    let two = "events: [{ type: track, userId: u1 }, { type: track, userId: u2 }]";
    let one = "event: { type: track, userId: u1 }";
    let test = |events: &str, response: &str| {
        found(&format!(
            "tests:\n  - name: a\n    {events}\n    responses: [{response}]\n    expect: {{ requests: [{{ step: send }}] }}\n"
        ))
    };
    let named = |text: &str| format!("the test `a` fails: the response to request 1 (`send`) names {text}\n");
    for (events, response, text) in [
        (
            two,
            "{ status: 200, body: { failed: [{ id: zz }] } }",
            "the id `zz`, but the ids of the items are `u1`, `u2`",
        ),
        (
            two,
            "{ status: 200, body: { failed: [{ row: u1 }] } }",
            "no id, but the ids of the items are `u1`, `u2`",
        ),
        (
            two,
            "{ status: 207, body: { failed: [{ at: 2 }] } }",
            "the index `2`, but the indexes of the items are 0 to 1",
        ),
        (
            one,
            "{ status: 200, body: { failed: [{ id: zz }] } }",
            "the id `zz`, but the id of the item is `u1`",
        ),
        (
            one,
            "{ status: 207, body: { failed: [{ at: 1 }] } }",
            "the index `1`, but the index of the item is 0",
        ),
    ] {
        let report = test(events, response);
        assert!(report.contains(&named(text)) && report.contains("this response"), "{report}");
    }
    // an update leaves such a test as it is
    let text = "tests:\n  - name: a\n    event: { type: track, userId: u1 }\n    responses: [{ status: 200, body: { failed: [{ id: zz }] } }]\n    expect: { requests: [{ step: find }] }\n";
    let (after, report) = updated(text);
    assert_eq!(after, text);
    let reason = "leaves the test as it is, since the response to request 1 names the id `zz`";
    assert!(report.contains(reason), "{report}");
}

#[test]
fn another_number_of_requests_shows_what_is_stated_of_each() {
    let report = found(
        "tests:\n  - name: a\n    event: { type: track, userId: u1, properties: { find: true } }\n    expect: { requests: [{ step: find }, { step: find, method: GET }, { step: send }] }\n",
    );
    let shown: Vec<&str> =
        report.lines().skip_while(|line| !line.contains("the requests")).skip(1).take(3).collect();
    assert_eq!(shown, ["      find: GET", "    - find: GET", "      send"], "{report}");
    // of a step that is not expected, everything is
    let report = found(
        "tests:\n  - name: a\n    event: { type: track, userId: u1, properties: { find: true } }\n    expect: { requests: [{ step: find }] }\n",
    );
    assert!(
        report.contains("\n      find\n    + send: POST https://api.acme.example.com/send\n"),
        "{report}"
    );
}

#[test]
fn warnings_are_stated_by_their_codes_or_more() {
    let test = |warnings: &str| {
        format!(
            "tests:\n  - name: a\n    event: {{ type: track, userId: u1, properties: {{ name: Alexa }} }}\n    expect:\n      requests: [{{ step: send }}]\n      warnings: {warnings}\n"
        )
    };
    let message = "the string was truncated to 3 characters";
    let all = found(&test("[]"));
    assert!(all.contains("the warnings differ (`text_cut`: "), "{all}");
    let message = match all.split_once("(`text_cut`: ").and_then(|(_, rest)| rest.split_once(')')) {
        Some((text, _)) => text,
        None => message,
    };
    for right in [
        "[text_cut]".to_owned(),
        "[{ code: text_cut }]".to_owned(),
        format!("[{{ code: text_cut, message: {message:?}, field: thing.name }}]"),
        "{ field: thing.name }".to_owned(),
    ] {
        let report = found(&test(&right));
        assert!(report.starts_with("no findings"), "{right}: {report}");
    }
    let wrong = found(&test("[{ code: text_cut, message: another }]"));
    let diff = format!("    - text_cut: another\n    + text_cut: {message}\n");
    assert!(wrong.contains(&diff), "{wrong}");
    let wrong = found(&test("[{ field: thing.id }]"));
    assert!(wrong.contains("    - … (thing.id)\n    + text_cut (thing.name)\n"), "{wrong}");
    let unknown = found(&test("[{ cod: text_cut }]"));
    assert!(unknown.contains("unknown key `cod`") && unknown.contains("did you mean `code`?"), "{unknown}");

    // an update writes as much as is stated
    let (after, _) = updated(&test("[{ message: another, code: text_cut }]"));
    assert!(after.contains("message: ") && after.contains(message) && !after.contains("another"), "{after}");
    let (after, _) = updated(&test("[other]"));
    assert!(after.contains("warnings: [text_cut]"), "{after}");
    // what is not stated is not added to a test that expects something else
    let none = test("[]").replace("      warnings: []\n", "");
    assert!(found(&none).starts_with("no findings"));
    assert_eq!(updated(&none).0, none);
    let (after, _) = updated(&none.replace("step: send", "step: find"));
    assert!(after.contains("step: send") && !after.contains("warnings"), "{after}");
    let (after, _) = updated(&none.replace("    expect:\n      requests: [{ step: send }]\n", ""));
    assert!(after.contains("warnings: [text_cut]"), "{after}");
}

#[test]
fn warnings_of_several_events_are_stated_in_the_same_way() {
    let test = |warnings: &str| {
        found(&format!(
            "tests:\n  - name: a\n    events: [{{ type: track, userId: u1, properties: {{ name: Alexa }} }}]\n    responses: [{{ status: 200, body: {{}} }}]\n    expect: {{ requests: [{{ step: send }}], events: [{{ outcome: done, warnings: {warnings} }}] }}\n"
        ))
    };
    assert!(test("[{ code: text_cut, field: thing.name }]").starts_with("no findings"));
    let wrong = test("[{ code: text_cut, field: thing.id }]");
    assert!(wrong.contains("the warnings of event 1 differ"), "{wrong}");
}

#[test]
fn a_value_that_is_wrong_in_a_batch_is_one_finding() {
    let version = VERSION.replace("path: /send\n", "path: /send\n    schema: things.json\n");
    let with = |batch: &str, schema: &str| {
        let version = version.replace("batch: { most: 5,", &format!("batch: {{ most: 5, {batch}"));
        let mut sources = files(
            &version,
            "tests:\n  - name: a\n    event: { type: track, userId: u1, properties: { name: Ab } }\n    expect: { requests: [{ step: send }] }\n",
        );
        sources.insert(
            "schemas/acme/1/thing.json",
            r#"{ "properties": { "name": { "type": "string", "pattern": "^[a-z]+$" } } }"#,
        );
        sources.insert("schemas/acme/1/things.json", schema);
        let mut report = validate(&sources, &Options::default());
        report.one_per_cause();
        let at = |finding: &mapwright::Finding| format!("{} {}", finding.rule.id, finding.place.line);
        (
            report.findings.iter().map(at).collect::<Vec<_>>(),
            render(&report, &sources, Format::Text(Look::PLAIN)),
        )
    };
    let by_reference = r#"{ "properties": { "things": { "items": { "$ref": "thing.json" } } } }"#;
    let (found, text) = with("schema: thing.json,", by_reference);
    assert_eq!(found, ["schema-violation 6"], "{text}");
    assert_eq!(text.matches("does not match").count(), 1, "{text}");
    // it stands at its row where only the body has a schema, too
    let (found, text) = with("", by_reference);
    assert_eq!(found, ["schema-violation 6"], "{text}");
    assert!(text.contains("`body.things.0.name`"), "{text}");
}
