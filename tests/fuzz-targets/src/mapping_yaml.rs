//! Any text as a mapping file.

use mapwright::{Response, Scratch, Sources, Spec};
use serde_json::{Value, json};

use crate::outcome::{drive, preview};
use crate::plans::{Shape, events};

const DESTINATION: &str = r#"
title: Acme
names: [ACME, Acme]
versions: { default: "1.0" }
settings:
  apiKey: { type: string, secret: true, required: true }
  flag: { type: boolean, default: false }
  table: { type: list, items: { from: { type: string }, to: { type: string } } }
hosts: [api.acme.example.com]
"#;

const VERSION: &str = r#"
version: "1.0"
server: { value: https://api.acme.example.com/v1 }
headers: { Authorization: { template: "Bearer {{ settings.apiKey }}" } }
values: { email: [traits.email, context.traits.email] }
sets: { reserved: [email, name] }
tables: { gender: { f: female } }
operations:
  send: { method: POST, path: /send, schema: thing.json }
  form: { method: POST, path: /form, encoding: form }
  find: { method: GET, path: /things }
  get: { method: GET, path: "/things/{id}" }
  put: { method: PUT, path: "/things/{id}/parts/{part}" }
"#;

const SCHEMA: &str = r#"{ "type": "object", "properties": { "id": { "type": ["string", "number"] } } }"#;

/// Returns the files of a made-up destination with this mapping.
pub(crate) fn around(mapping: &str) -> Sources {
    [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", VERSION),
        ("mappings/acme/1.0/identify.yaml", mapping),
        ("schemas/acme/1.0/thing.json", SCHEMA),
    ]
    .into_iter()
    .collect()
}

fn shape() -> Shape {
    let operations = [
        ("send", "/send"),
        ("form", "/form"),
        ("find", "/things"),
        ("get", "/things/{id}"),
        ("put", "/things/{id}/parts/{part}"),
    ];
    Shape {
        servers: vec!["https://api.acme.example.com/v1".to_owned()],
        operations: operations.map(|(name, path)| (name.to_owned(), path.to_owned())).into_iter().collect(),
    }
}

/// Loads and checks any text as the mapping of identify events and, without findings, maps events.
pub fn mapping_yaml(data: &[u8]) {
    if let Ok(mapping) = std::str::from_utf8(data) {
        load_and_map(mapping);
    }
}

/// Loads a mapping and, without findings, maps events with it. Returns whether it did.
pub(crate) fn load_and_map(mapping: &str) -> bool {
    let sources = around(mapping);
    let valid = match Spec::load(&sources).check() {
        Ok(valid) => valid,
        Err(found) => {
            assert!(!found.findings.is_empty());
            for finding in &found.findings {
                let place = &finding.place;
                let text = sources.get(&place.path).unwrap_or_else(|| panic!("{finding:?}"));
                assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{finding:?}");
                assert!(place.line >= 1 && place.column >= 1 && place.bytes.1 <= text.len(), "{finding:?}");
                assert!(!finding.to_string().is_empty());
            }
            return false;
        }
    };
    let plans = valid.compile();
    let settings = json!({ "apiKey": "key", "flag": true, "table": [{ "from": "a", "to": "b" }] });
    let mapper = plans.plan("acme", None, &settings).expect("a version").bind(&settings).expect("a mapper");
    let shape = shape();
    for event in events() {
        let text = event.to_string();
        let of_tree = preview(&mapper, &shape, event, &mut Scratch::new());
        let of_text = preview(&mapper, &shape, text.as_str(), &mut Scratch::new());
        assert_eq!(of_tree, of_text, "a tree and its text differ");
        for script in scripts() {
            drive(&mapper, &shape, text.as_bytes(), &script);
        }
    }
    true
}

fn scripts() -> [Vec<Response>; 2] {
    let answer = |status: u16, body: Value| Response::new(status, [("Retry-After", "5")], body.to_string());
    let found =
        json!({ "id": "../x", "found": 7, "data": [{ "id": "y?z" }], "errors": [{ "message": "id=1" }] });
    [
        vec![answer(200, found.clone()); 6],
        vec![answer(404, json!([])), answer(409, found), answer(503, json!(null))],
    ]
}
