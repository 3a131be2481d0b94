//! Bodies that are lists: what is sent, what reads them, and what is found in them.

use mapwright::{Body, Outcome, Scratch, Sources, Spec};
use mapwright_tests::{NOW, list, mapper, sources};
use mapwright_validate::{Options, validate};
use serde_json::{Value, json};

/// The bodies for an event with these traits, of a mapping with this payload.
fn sent(payload: &str, traits: &Value) -> Vec<String> {
    let steps = "steps: { send: { operation: send, body: thing } }";
    let mapper = mapper(&format!("message: identify\npayload: {payload}\n{steps}\n"), json!({}));
    let event = json!({ "type": "identify", "userId": "u1", "traits": traits });
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!() };
    let mut bodies = vec![run.preview().unwrap()[0].clone().into_owned()];
    let request = run.request().unwrap().unwrap();
    assert_eq!(request.json(), request.body.as_ref().map(Body::bytes));
    bodies.push(request.into_owned());
    let text = |body: Option<Body<'_>>| String::from_utf8(body.unwrap().into_bytes()).unwrap();
    bodies.into_iter().map(|request| text(request.body)).collect()
}

#[test]
fn the_row_is_the_whole_body() {
    let traits = json!({ "a": [1, "x", { "b": null }], "one": { "k": 1.50 }, "text": "t" });
    for (row, expected) in [
        ("traits.a", r#"[1,"x",{"b":null}]"#),
        (
            "{ each: traits.a, to: { v: item, user: userId } }",
            r#"[{"v":1,"user":"u1"},{"v":"x","user":"u1"},{"v":{"b":null},"user":"u1"}]"#,
        ),
        ("{ list: [traits.text, traits.none, { value: 7 }] }", r#"["t",7]"#),
        // a single value is a list of one, and no value an empty list
        ("traits.one", r#"[{"k":1.5}]"#),
        ("traits.text", r#"["t"]"#),
        ("traits.none", "[]"),
        ("{ from: traits.none, keep: null }", "[]"),
    ] {
        assert_eq!(sent(&format!("{{ thing: {{ \"[]\": {row} }} }}"), &traits), [expected; 2], "{row}");
    }
}

#[test]
fn what_reads_the_part_reads_the_list() {
    let payload = "{ tags: { \"[]\": traits.tags }, thing: { all: payload.tags, second: \"payload.tags[1]\", count: { from: payload.tags, as: count }, \
                   has: { value: true, when: '\"b\" in payload.tags' } } }";
    let expected = r#"{"all":["a","b"],"second":"b","count":2,"has":true}"#;
    assert_eq!(sent(payload, &json!({ "tags": ["a", "b"] })), [expected; 2]);
}

const LINES: &str = r#"{ "type": "array", "items": { "type": "object", "required": ["sku", "order"], "additionalProperties": false,
  "properties": { "sku": { "type": "string" }, "order": { "type": "string" } } } }"#;

fn found(operation: &str, mapping: &str) -> String {
    let mut files: Sources = sources(&format!("message: identify\n{mapping}\n"));
    let version = files.get("mappings/acme/1.0/version.yaml").unwrap();
    let with = format!("operations:\n  ship: {{ method: POST, path: /lines, {operation} }}\n");
    files.insert("mappings/acme/1.0/version.yaml", version.replacen("operations:\n", &with, 1));
    files.insert("schemas/acme/1.0/lines.json", LINES);
    match Spec::load(&files).check() {
        Err(found) => list(&found.findings),
        Ok(_) => {
            let mut findings = validate(&files, &Options::default()).findings;
            findings.retain(|finding| !["untested-mapping", "unused-definition"].contains(&finding.rule.id));
            list(&findings)
        }
    }
}

#[test]
fn what_is_wrong_with_a_list_is_found() {
    let schema = "schema: lines.json";
    let of = |row: &str| {
        format!(
            "payload: {{ lines: {{ \"[]\": {row} }} }}\nsteps: {{ ship: {{ operation: ship, body: lines }} }}"
        )
    };
    let mut text = String::new();
    for (operation, mapping) in [
        ("", of("{ template: '{{ userId }}' }")),
        ("", of("{ value: x }")),
        ("", of("{ from: traits.a, as: string }")),
        ("", of("{ value: [x] }, more: userId")),
        ("encoding: form", of("traits.a")),
        ("encoding: xml", of("traits.a")),
        (schema, of("{ each: traits.lines, to: { sku: item.sku, ordr: userId } }")),
        (
            schema,
            of(
                "{ each: traits.lines, to: { sku: { from: item.sku, as: integer }, order: { from: userId, as: string } } }",
            ),
        ),
        (schema, of("{ list: [{ object: { sku: { from: userId, as: string } } }] }")),
        (
            schema,
            "steps: { ship: { operation: ship, body: { \"[]\": { list: [{ value: x }] } } } }".to_owned(),
        ),
    ] {
        let found = found(operation, &mapping).replace('\n', "\n    ");
        text += &format!("{operation} / {mapping}\n    {found}\n");
    }
    insta::assert_snapshot!(text);
}
