//! `mapwright lsp`, driven as editors do: a process, and messages over its standard input and output.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]
#![cfg(unix)]

#[path = "common/editor.rs"]
mod editor;
#[path = "lsp/findings.rs"]
mod findings;
#[path = "lsp/names.rs"]
mod names;
#[path = "lsp/neovim.rs"]
mod neovim;
#[path = "lsp/shown.rs"]
mod shown;
#[path = "lsp/writing.rs"]
mod writing;

/// A destination with two versions, of which one extends the other.
const DESTINATION: (&str, &str) = (
    "mappings/acme/destination.yaml",
    "title: Acme\nnames: [Acme]\nversions: { default: \"2\" }\nsettings:\n  apiKey: { type: string, secret: true, required: true }\nhosts: [api.acme.test]\n",
);

const FIRST: &str = "\
version: \"1\"
server: { value: https://api.acme.test }
headers: { Authorization: { template: \"Bearer {{ settings.apiKey }}\" } }
values:
  email: [traits.email, context.traits.email]
tables:
  plans: { p: pro, f: free }
operations:
  create:
    method: POST
    path: /people
    schema: person.json
  update: { method: PUT, path: \"/people/{person}\", schema: person.json }
responses:
  - { status: 2xx, class: done }
  - { status: [429, 5xx], class: retry }
  - { class: give_up }
";

const IDENTIFY: &str = "\
message: identify
description: Größe 😀
payload:
  person:
    email: { from: $email, as: [string, { truncate: 100 }] }
    plan: { from: traits.plan, as: { lookup: plans }, on_error: omit }
    note: { value: \"ü😀\", when: traits.plan == \"p\" and not traits.email }
steps:
  create:
    operation: create
    body: person
    unless: traits.known
    capture: { person: response.body.id }
  update:
    when: captures.person
    operation: update
    body: person
";

const TESTS: &str = "\
settings: { apiKey: k }
tests:
  - name: a person
    event: { type: identify, userId: u, traits: { email: a@b.c, known: true } }
    expect: { requests: [] }
  - name: another
    event: { type: identify, userId: u, traits: { plan: p } }
    responses: [{ status: 200, body: { id: \"7\" } }, { status: 200 }]
    expect:
      requests:
        - { step: create, body: { plan: pro, note: \"ü😀\" } }
        - { step: update }
";

const SECOND: &str = "\
version: \"2\"
extends: \"1\"
";

const SECOND_IDENTIFY: &str = "\
message: identify
payload:
  person:
    email: { as: string }
";

const SECOND_TESTS: &str = "\
settings: { apiKey: k }
tests:
  - name: an email
    event: { type: identify, userId: u, traits: { email: a@b.c, known: false } }
    responses: [{ status: 200, body: { id: \"7\" } }, { status: 200 }]
    expect: { requests: [{ step: create, body: { email: a@b.c } }, { step: update }] }
";

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "email": { "type": "string", "format": "email", "maxLength": 100, "description": "Where mail goes." },
    "plan": { "type": "string", "enum": ["pro", "free"] },
    "note": { "type": "string" },
    "size": { "type": "integer" }
  },
  "additionalProperties": false
}
"#;

/// Their paths.
const VERSION: &str = "mappings/acme/1/version.yaml";
const MAPPING: &str = "mappings/acme/1/identify.yaml";
const TEST: &str = "mappings/acme/1/identify.test.yaml";

fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        DESTINATION,
        (VERSION, FIRST),
        (MAPPING, IDENTIFY),
        (TEST, TESTS),
        ("mappings/acme/2/version.yaml", SECOND),
        ("mappings/acme/2/identify.yaml", SECOND_IDENTIFY),
        ("mappings/acme/2/identify.test.yaml", SECOND_TESTS),
        ("schemas/acme/1/person.json", SCHEMA),
    ]
}
