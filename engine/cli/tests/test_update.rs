//! `mapwright test --update`: what is stated of a warning or a request stays with it, and what is missing is `null`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::run_in;

const FILES: [(&str, &str); 3] = [
    (
        "destination.yaml",
        "title: Acme\nnames: [Acme]\nversions: { default: '1' }\nhosts: [api.acme.example.com]\n",
    ),
    (
        "1/version.yaml",
        "version: '1'\nserver: { value: https://api.acme.example.com }\noperations:\n  find: { method: GET, path: /people, idempotent: true }\n  send: { method: POST, path: /send, idempotent: true }\n",
    ),
    (
        "1/identify.yaml",
        "message: identify
payload:
  user:
    id: { from: userId, as: id }
    email: { from: traits.email, as: { truncate: 3 } }
require: [{ any: [userId], otherwise: no id }]
warn: [{ when: not traits.x, code: no_x, message: there is no x }]
steps:
  find: { operation: find, when: traits.find }
  send:
    operation: send
    body: user
    on: [{ status: 503, class: retry, after: response.headers.retry-after }, { status: 4xx, class: give_up, fault: event }]
",
    ),
];

/// Runs an update of one test, after which it passes, and returns what it expects then.
fn updated(test: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join("mappings/acme").join(name);
    fs::create_dir_all(path("1")).unwrap();
    for (name, text) in FILES {
        fs::write(path(name), text).unwrap();
    }
    let tests = path("1/identify.test.yaml");
    fs::write(&tests, format!("tests:\n  - name: a\n{test}\n")).unwrap();
    let ran = run_in(folder.path(), ["test", "--update"]);
    let text = fs::read_to_string(&tests).unwrap();
    assert_eq!(ran.code, Some(0), "{ran}\n{text}");
    assert_eq!(run_in(folder.path(), ["test"]).code, Some(0), "{text}");
    text.split_once("    expect: ").unwrap().1.trim_end().to_owned()
}

#[test]
fn what_is_stated_of_a_warning_stays_with_it() {
    let event = "    event: { type: identify, userId: u1, traits: { email: abcdef } }\n";
    let said = "a string of 6 characters was truncated to 3";
    for (stated, after) in [
        ("[{ code: text_cut, message: old }]", format!("[no_x, {{ code: text_cut, message: {said} }}]")),
        (
            "[{ code: gone, message: old }, { code: text_cut, message: old }]",
            format!("[{{ code: no_x, message: there is no x }}, {{ code: text_cut, message: {said} }}]"),
        ),
        (
            "[{ code: text_cut, message: old }, no_x]",
            format!("[no_x, {{ code: text_cut, message: {said} }}]"),
        ),
        ("[{ message: there is no x }]", "[{ message: there is no x }, text_cut]".to_owned()),
        ("[{ code: no_x, field: x }, text_cut]", "[{ code: no_x, field: null }, text_cut]".to_owned()),
    ] {
        let test = format!("{event}    expect: {{ requests: [{{ step: send }}], warnings: {stated} }}");
        assert_eq!(updated(&test), format!("{{ requests: [{{ step: send }}], warnings: {after} }}"));
    }
}

#[test]
fn what_is_stated_of_a_request_stays_with_its_step() {
    let test = "    event: { type: identify, userId: u1, traits: { x: 1, find: true } }\n    expect: { requests: [{ step: send, url: old }, { step: more }] }";
    let after = "{ requests: [{ step: find }, { step: send, url: https://api.acme.example.com/send }] }";
    assert_eq!(updated(test), after);
}

#[test]
fn what_is_missing_is_null() {
    let test = "    event: { type: identify, userId: u1, traits: { x: 1 } }\n    responses: [{ status: 400 }]\n    expect: { requests: [{ step: send }], failure: { status: 404, advice: none, api: { code: old, message: null } } }";
    let after = "{ requests: [{ step: send }], failure: { status: 400, advice: null, api: { code: null, message: null } } }";
    assert_eq!(updated(test), after);
    let test =
        "    event: { type: identify }\n    expect: { rejected: { code: missing_required, field: nothing } }";
    assert_eq!(updated(test), "{ rejected: { code: missing_required, field: null } }");
}

#[test]
fn a_header_of_a_response_may_be_a_number() {
    let test = "    event: { type: identify, userId: u1, traits: { x: 1 } }\n    responses: [{ status: 503, headers: { Retry-After: 3, X-Last: true } }]\n    expect: { requests: [{ step: send }], retry: { after: 9 } }";
    assert_eq!(updated(test), "{ requests: [{ step: send }], retry: { after: 3 } }");
}
