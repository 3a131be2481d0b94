//! One cause is one finding, and it points at the place where it stands.

use mapwright_report::{Format, Look, render};
use mapwright_tests::sources;
use mapwright_tests::tested::{IDENTIFY, check, with_tests};
use mapwright_validate::Report;

/// The findings of the made-up destination with these tests and this change, a line each.
fn causes(tests: &str, (right, wrong): (&str, &str)) -> (String, Report) {
    let mut sources = with_tests(IDENTIFY, tests);
    for path in ["mappings/acme/1.0/identify.yaml", "mappings/acme/1.0/identify.test.yaml"] {
        let text = sources.get(path).unwrap().replace(right, wrong);
        sources.insert(path, text);
    }
    let (mut report, _) = check(&sources);
    report.one_per_cause();
    (render(&report, &sources, Format::Concise(Look::PLAIN)), report)
}

/// Three tests of one row.
const SAME: &str = r#"  - { name: a, event: { type: identify, userId: u1, traits: { name: Al } }, expect: { requests: [{ step: find }, { step: update }, { step: create, body_includes: { id: u1, name: Al } }] } }
  - { name: b, event: { type: identify, userId: u2, traits: { name: Bo } }, expect: { requests: [{ step: find }, { step: update }, { step: create, body_includes: { id: u2, name: Bo } }] } }
  - { name: c, event: { type: identify, userId: u3, traits: { name: Cy } }, expect: { requests: [{ step: find }, { step: update }, { step: create, body_includes: { id: u3, name: Cy } }] } }
properties:
  - { name: it is sent, must: outcome }
"#;

#[test]
fn tests_that_fail_for_one_reason_are_one_finding() {
    let (text, _) = causes(SAME, ("", ""));
    assert!(text.starts_with("no findings"), "{text}");
    let failing = |report: &Report| report.tests.iter().filter(|test| !test.failures.is_empty()).count();
    // a row
    let (text, report) = causes(
        SAME,
        (
            "name: { from: traits.name, as: { truncate: 5 } }",
            "name: { from: traits.name, as: { truncate: 1 } }",
        ),
    );
    assert_eq!((report.findings.len(), failing(&report)), (1, 3), "{text}");
    let tests = report.findings[0].related.iter().filter(|(_, label)| label == "this test shows it");
    assert_eq!(tests.count(), 2);
    // a requirement
    let (text, report) = causes(SAME, ("any: [userId], otherwise", "any: [traits.odd], otherwise"));
    assert_eq!((report.findings.len(), failing(&report)), (1, 3), "{text}");
    // a misspelt setting, which is a finding of its own
    let (text, report) = causes(SAME, ("{ apiKey: key }", "{ apiKye: key }"));
    assert_eq!(
        report.findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>(),
        ["unknown-setting"],
        "{text}"
    );
    assert_eq!(failing(&report), 4);
    // a value of the wrong type
    let (text, report) = causes(SAME, ("{ apiKey: key }", "{ apiKey: key, flag: maybe }"));
    assert_eq!(
        report.findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>(),
        ["invalid-value"],
        "{text}"
    );
    assert!(
        text.contains("identify.test.yaml:1:26: error: the tests cannot run with these settings"),
        "{text}"
    );
    // settings of which a test expects that they are refused
    let refused = "  - { name: a, event: { type: identify, userId: u1 }, settings: { flag: 1 }, expect: { rejected: { code: invalid_settings, message: odd } } }\n";
    let (text, report) = causes(refused, ("", ""));
    assert_eq!(
        report.findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>(),
        ["failing-test"],
        "{text}"
    );
}

#[test]
fn a_body_that_its_schema_refuses_is_one_finding_with_the_test_that_fails() {
    let mut sources = sources(
        "message: identify\npayload:\n  person:\n    id: userId\n    age: traits.age\nsteps:\n  send: { operation: send, body: person }\n",
    );
    let version = sources.get("mappings/acme/1.0/version.yaml").unwrap();
    let version = version.replace("path: /send", "path: /send, schema: person.json");
    sources.insert("mappings/acme/1.0/version.yaml", version);
    sources.insert("schemas/acme/1.0/person.json", r#"{ "properties": { "age": { "type": "integer" } } }"#);
    let test = "settings: { apiKey: key }\ntests:\n  - name: a\n    event: { type: identify, userId: u1, traits: { age: x } }\n    expect: { requests: [{ body: { id: u1, age: 7 } }] }\n";
    sources.insert("mappings/acme/1.0/identify.test.yaml", test);
    let report = mapwright_validate::run_tests(&sources, &mapwright::TestOptions::default());
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, ["schema-violation"]);
    assert_eq!(report.findings[0].related.len(), 1);
}

#[test]
fn columns_count_characters_and_offsets_bytes() {
    let mut sources = sources(
        "message: identify\nsteps: { send: { operation: send, body: { \"é😀\": userId, b: bogus.x } } }\n",
    );
    sources.insert("mappings/acme/1.0/track.yaml", "message: track\nsteps: { \"é😀\": { a: b: c } }\n");
    let (report, _) = check(&sources);
    let text = render(&report, &sources, Format::Concise(Look::PLAIN));
    assert!(text.contains("identify.yaml:2:60: error: `bogus`"), "{text}");
    assert!(text.contains("track.yaml:2:22: error: expected `,` or `}`"), "{text}");
    let sarif: serde_json::Value = serde_json::from_str(&render(&report, &sources, Format::Sarif)).unwrap();
    assert_eq!(sarif["runs"][0]["columnKind"], "unicodeCodePoints");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let region = |text: &str| {
        let of = |result: &&serde_json::Value| result["message"]["text"].as_str().unwrap().contains(text);
        results.iter().find(of).unwrap()["locations"][0]["physicalLocation"]["region"].clone()
    };
    let found = region("bogus");
    assert_eq!((&found["startColumn"], &found["endColumn"]), (&60.into(), &67.into()));
    let start = found["byteOffset"].as_u64().unwrap() as usize;
    let file = sources.get("mappings/acme/1.0/identify.yaml").unwrap();
    assert_eq!(&file[start..start + 7], "bogus.x");
    let github = render(&report, &sources, Format::Github);
    assert!(github.contains("col=60,endColumn=66"), "{github}");
}

#[test]
fn schemas_that_lead_back_to_themselves_end() {
    let mut sources = sources(
        "message: identify\npayload: { person: { a: { from: traits.a, as: string }, b: { x: { from: userId, as: id } } } }\nsteps: { send: { operation: send, body: person } }\n",
    );
    let version = sources.get("mappings/acme/1.0/version.yaml").unwrap();
    let version = version.replace("path: /send", "path: /send, schema: person.json");
    sources.insert("mappings/acme/1.0/version.yaml", version);
    sources.insert(
        "schemas/acme/1.0/person.json",
        r##"{ "type": "object", "properties": { "a": { "type": "string" }, "b": { "$ref": "#/$defs/n" } },
            "dependentSchemas": { "a": { "$ref": "#" }, "b": { "dependentSchemas": { "a": { "$ref": "#/$defs/n" } } } },
            "$defs": { "n": { "type": "object", "properties": { "x": { "type": "integer" } }, "dependentSchemas": { "x": { "$ref": "#/$defs/n" } } } } }"##,
    );
    let test = "settings: { apiKey: key }\ntests: [{ name: a, event: { type: identify, userId: u1, traits: { a: b } }, expect: { requests: [{ step: send }] } }]\n";
    sources.insert("mappings/acme/1.0/identify.test.yaml", test);
    let (mut report, text) = check(&sources);
    report.one_per_cause();
    assert_eq!(
        report.findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>(),
        ["type-mismatch"],
        "{text}"
    );
}

/// A schema that allows only some members.
const CLOSED: &str = r#"{ "type": "object", "additionalProperties": false, "properties": { "id": { "type": "string" }, "title": { "type": "string" } } }"#;

/// A mapping whose values pass through a named value, with a test of the body.
const PASSED_ON: &str = r#"
message: identify
values:
  title: { from: traits.title, as: string }
  profile: { id: userId, title: $title }
payload:
  person:
    "...": { merge: [$profile, { id: userId }] }
steps:
  send: { operation: send, body: person }
"#;

fn passed_on((right, wrong): (&str, &str)) -> String {
    let mapping = PASSED_ON.replacen(right, wrong, 1);
    let mut sources = sources(&mapping);
    let version = mapwright_tests::VERSION.replace("path: /send", "path: /send, schema: person.json");
    sources.insert("mappings/acme/1.0/version.yaml", version);
    sources.insert("schemas/acme/1.0/person.json", CLOSED);
    let test = "settings: { apiKey: key }\ntests:\n  - name: a title\n    event: { type: identify, userId: u1, traits: { title: '7' } }\n    expect: { requests: [{ body: { id: u1, title: '7' } }] }\n";
    sources.insert("mappings/acme/1.0/identify.test.yaml", test);
    let (mut report, _) = check(&sources);
    report.one_per_cause();
    render(&report, &sources, Format::Concise(Look::PLAIN))
}

#[test]
fn a_value_that_passes_through_others_is_one_finding() {
    assert!(passed_on(("", "")).starts_with("no findings"), "{}", passed_on(("", "")));
    // made in a named value, sent by another one
    let text = passed_on(("as: string", "as: number"));
    assert!(text.contains("\n1 error in") && text.contains("type-mismatch"), "{text}");
    // a member that the schema does not allow
    let text = passed_on(("{ merge: [$profile, { id: userId }] }", "$profile\n    titel: $title"));
    assert!(text.contains("\n1 error in") && text.contains("unknown-property"), "{text}");
}
