//! Common slips have one finding each, which says what to write.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use mapwright::Sources;
use mapwright_tests::{findings, sources};

const IDENTIFY: &str = "\
message: identify
payload:
  person:
    name: traits.name
    flag: settings.flag
    region: settings.region
steps:
  find: { operation: find, capture: { id: response.body.id } }
  send: { operation: send, when: not captures.id, body: person }
  put: { operation: put, when: captures.id, body: person, params: { id: captures.id } }
";

/// The files of the made-up destination with a body schema, and the findings after one change of them.
fn slip(file: &str, right: &str, wrong: &str) -> String {
    let mut files: Sources = sources(IDENTIFY);
    let version = mapwright_tests::VERSION.replace("path: /send", "path: /send, schema: person.json");
    files.insert("mappings/acme/1.0/version.yaml", version);
    files.insert(
        "schemas/acme/1.0/person.json",
        r#"{ "type": "object", "additionalProperties": false, "properties": { "name": {}, "flag": {}, "region": {} } }"#,
    );
    files.insert(
        "mappings/acme/2.0/version.yaml",
        "version: '2.0'\nextends: '1.0'\nheaders: { X-New: { value: a } }\n",
    );
    files.insert(
        "mappings/acme/2.0/identify.yaml",
        "message: identify\nremove: [steps.find]\npayload: { person: { name: { as: trim } } }\nsteps: { send: { remove: [when] }, put: { when: traits.id, params: { id: traits.id } } }\n",
    );
    assert_eq!(findings(&files), "");
    let path = format!("mappings/acme/{file}");
    let text = files.get(&path).unwrap();
    assert!(text.contains(right), "{right}");
    files.insert(path.clone(), text.replacen(right, wrong, 1));
    format!("# {file}: {wrong}\n{}", findings(&files))
}

#[test]
fn one_cause_is_one_finding() {
    let version = "1.0/version.yaml";
    let mapping = "1.0/identify.yaml";
    let all = [
        slip("destination.yaml", "settings:", "setings:"),
        slip("destination.yaml", "hosts:", "hots:"),
        slip(version, "operations:", "operatons:"),
        slip(
            version,
            "server:\n  switch: settings.region\n  cases: { us: { value: https://api.acme.example.com }, eu: { value: https://eu.acme.example.com } }",
            "server: https://api.acme.example.com",
        ),
        slip(version, "\"/things/{id}\" }\n  put", "\"/things/{{ settings.flag }}\" }\n  put"),
        slip("2.0/identify.yaml", "name: { as: trim }", "name: { from: { frist: [traits.name] } }"),
        slip(version, "operations:", "operations: ["),
        slip(
            version,
            "{ template: \"Bearer {{ settings.apiKey }}\" }",
            "{ template: \"Bearer {{ settings.apiKey }}\\n\" }",
        ),
        slip(version, "{ template: \"Bearer {{ settings.apiKey }}\" }", "{ value: \"a\\r\\nb\" }"),
        slip(mapping, "body: person }", "bdoy: person }"),
        slip(mapping, "payload:", "payloda:"),
        slip(mapping, "steps:", "stesp:"),
        slip(mapping, "capture:", "captures:"),
        slip(mapping, "name: traits.name", "name: [traits.name"),
        slip("2.0/version.yaml", "extends: '1.0'", "extends: '1.00'"),
        slip("2.0/identify.yaml", "payload: {", "payload: ["),
        slip(mapping, "payload:\n  person:", "payload: [\n  person:"),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_syntax_error_hides_no_other_faults_of_its_file() {
    let wrong = "payload:\n  person: [\n    name: traits.name";
    let mut text = IDENTIFY.replacen("payload:\n  person:\n    name: traits.name", wrong, 1);
    text =
        text.replace("operation: find", "opration: find").replace("not captures.id", "not captures.id and");
    insta::assert_snapshot!(findings(&sources(&text)));
}
