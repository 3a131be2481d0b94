//! The tests beside mappings: what they can express, and their messages when they fail.

use mapwright::Sources;
use mapwright_report::{Format, render};
use mapwright_tests::sources;
use mapwright_tests::tested::{self, IDENTIFY, OTHERS, check};
use mapwright_validate::{Options, validate};

/// The made-up destination with these tests, and with events in files.
fn with_tests(tests: &str) -> Sources {
    let mut sources = tested::with_tests(IDENTIFY, tests);
    sources.insert(
        "mappings/acme/1.0/fixtures/alex.json",
        r#"{ "type": "identify", "userId": "u1", "traits": { "name": "Alexandra" } }"#,
    );
    sources.insert("mappings/acme/1.0/fixtures/broken.json", "{ \"type\": ");
    sources
}

#[test]
fn tests_that_hold() {
    let sources = with_tests(
        r#"
  - name: the preview says what waits for a response
    event: { type: identify, userId: u1 }
    expect:
      requests:
        - { step: find, method: GET, url: "https://api.acme.example.com/things?id=u1" }
        - { step: update, when: captures.id, url: "https://api.acme.example.com/things/{id}" }
        - { step: create, when: not captures.id, body: { id: u1, seen: 1714564800000 } }
  - name: scripted responses
    event_file: fixtures/alex.json
    responses: [{ status: 200, body: { data: [{ id: c/1 }] } }, { status: 200 }]
    expect:
      requests:
        - { headers: { authorization: Bearer key, content-type: null } }
        - url: https://api.acme.example.com/things/c%2F1
          body_includes: { name: Alexa }
          body_lacks: [age, tags.0]
      warnings: [text_cut]
      outcome: done
  - name: the same request is sent again
    event: { type: identify, userId: u1 }
    responses: [{ status: 503 }, { status: 200, body: { data: [] } }, { status: 201, text: created }]
    expect:
      requests: [{ step: find }, { step: find }, { step: create }]
  - name: the script ends at a retry
    event: { type: identify, userId: u1 }
    responses: [{ status: 200 }, { status: 429, headers: { Retry-After: "5" } }]
    expect:
      requests: [{ step: find }, { step: create }]
      outcome: retry
  - name: what a delivery goes by
    event: { type: identify, userId: u1 }
    responses: [{ status: 200 }, { status: 429, headers: { Retry-After: "5" } }]
    expect:
      requests:
        - { step: find, rate: null, idempotent: false }
        - { step: create, declared: [] }
      retry: { after: 5, throttle: true }
      order:
        - { key: user, value: u1 }
        - { key: person, value: u1, steps: [create] }
      secrets: [apiKey]
  - name: a failure says so
    event: { type: identify, userId: u1 }
    responses: [{ status: 200 }, { status: 409 }]
    expect:
      requests: [{ step: find }, { step: create }]
      failure: { code: exists, status: 409, fault: settings, advice: remove the other one }
  - name: cases change the event
    event: { type: identify, userId: u1, traits: { tags: [a] } }
    cases:
      - { set: { "traits.tags[1]": b, traits.age: 7.0 } }
      - { set: { $.traits: { tags: [a, b], age: "7" } } }
      - name: nothing but an id
        unset: [traits]
        expect: { requests: [{}, {}, { body: { id: u1, seen: 1714564800000 } }] }
    expect:
      requests:
        - {}
        - {}
        - body: { id: u1, age: 7, tags: [{ name: a }, { name: b }], seen: 1714564800000.0 }
  - name: its own settings and time
    event: { type: identify, userId: u1 }
    settings: { region: eu }
    now: 2024-05-01T14:00:01.5+02:00
    expect:
      requests: [{ url: "https://eu.acme.example.com/things?id=u1" }, {}, { body_includes: { seen: 1714564801500 } }]
  - name: a skip by the mapping
    event: { type: identify, traits: { internal: true } }
    expect: { skipped: internal users are not sent }
  - name: a skip by the engine
    event: { type: identify, userId: u1, integrations: { All: false } }
    expect: { skipped: integrations }
  - name: a rejection
    event: { type: identify, userId: u1 }
    cases:
      - { set: { traits.born: soon }, expect: { rejected: { field: person.born, code: invalid_value } } }
      - { unset: [userId] }
    expect: { rejected: { code: no_user, message: a user id is required, fault: event } }
  - name: settings that do not fit
    event: { type: identify, userId: u1 }
    settings: { region: mars }
    expect: { rejected: { code: invalid_settings } }
"#,
    );
    let (report, text) = check(&sources);
    assert!(report.findings.is_empty(), "{text}");
    assert_eq!((report.checked.tests, report.checked.cases), (12, 15));
}

#[test]
fn tests_that_fail() {
    let sources = with_tests(
        r#"
  - name: too few responses
    event: { type: identify, userId: u1 }
    responses: [{ status: 200 }]
    expect: { requests: [{ step: find }, { step: create }] }
  - name: too many responses
    event: { type: identify, userId: u1 }
    responses: [{ status: 200 }, { status: 200 }, { status: 200 }]
    expect: { requests: [{ step: find }, { step: create }] }
  - name: too many requests
    event: { type: identify, userId: u1 }
    expect:
      requests:
        - { step: find, url: "https://api.acme.example.com/things?id=u2" }
  - name: another outcome
    event: { type: identify, userId: u1 }
    responses: [{ status: 401, body: {} }]
    expect: { requests: [{ step: find }] }
  - name: a rejection that does not come
    event: { type: identify, userId: u1 }
    expect: { rejected: { code: no_user } }
  - name: another rejection
    event: { type: identify }
    expect: { rejected: { code: missing_required, field: userId } }
  - name: a rejection that comes
    event: { type: identify, traits: { name: Alex } }
    expect: { requests: [] }
  - name: a skip that comes
    event: { type: identify, userId: u1, traits: { internal: true } }
    expect: { requests: [] }
  - name: lists and nested values
    event: { type: identify, userId: u1, traits: { tags: [a, b, c], age: old } }
    responses: [{ status: 200 }, { status: 201 }]
    expect:
      requests:
        - { step: find, headers: { Authorization: Bearer other, X-Trace: "1" } }
        - step: create
          method: PUT
          body: { id: u1, tags: [{ name: a }, { name: B }, { name: c }], plan: pro, seen: 1714564800000 }
      warnings: []
  - name: a part of the body
    event: { type: identify, userId: u1, traits: { tags: [a] } }
    cases:
      - { name: with a name, set: { traits.name: Kim } }
    expect:
      requests:
        - {}
        - {}
        - body_includes: { id: u2, tags: [] }
          body_lacks: [name, "tags[0].name"]
  - name: what a delivery goes by
    event: { type: identify, userId: u1 }
    responses: [{ status: 200 }, { status: 429, headers: { Retry-After: "5" } }]
    expect:
      requests:
        - { step: find, rate: private, idempotent: false }
        - { step: create, declared: [seen, id] }
      retry: { after: null, throttle: false }
      order: [{ key: user, value: u2 }, { key: person, value: u1 }]
      secrets: [apiKey, region]
  - name: another failure
    event: { type: identify, userId: u1 }
    responses: [{ status: 200 }, { status: 409 }]
    expect:
      requests: [{ step: find }, { step: create }]
      failure: { status: null, fault: event, advice: null, api: { code: null } }
"#,
    );
    insta::assert_snapshot!(check(&sources).1);
}

#[test]
fn tests_that_cannot_be_run() {
    let sources = with_tests(
        r#"
  - { name: no event, expect: { requests: [] } }
  - { name: two events, event: {}, event_file: fixtures/alex.json, expect: { requests: [] } }
  - { name: a missing file, event_file: fixtures/kim.json, expect: { requests: [] } }
  - { name: a file outside, event_file: ../2.0/fixtures/alex.json, expect: { requests: [] } }
  - { name: a path from the root, event_file: /etc/passwd, expect: { requests: [] } }
  - { name: no JSON, event_file: fixtures/broken.json, expect: { requests: [] } }
  - { name: nothing expected, event: {}, expect: { warnings: [] } }
  - { name: none of several, events: [], expect: { requests: [] } }
  - { name: two expectations, event: {}, expect: { requests: [], skipped: consent } }
  - { name: an outcome of nothing, event: {}, expect: { requests: [], outcome: done } }
  - { name: no outcome, event: {}, responses: [], expect: { requests: [], outcome: okay } }
  - { name: no status, event: {}, responses: [{ status: 99 }], expect: { requests: [] } }
  - { name: two bodies, event: {}, responses: [{ status: 200, body: {}, text: x }], expect: { requests: [] } }
  - { name: no time, event: {}, now: 2024-05-01, expect: { requests: [] } }
  - { name: no settings, event: {}, settings: [], expect: { requests: [] } }
  - { name: an unknown setting, event: {}, settings: { regoin: eu }, expect: { rejected: {} } }
  - { name: nothing to unset, event: {}, cases: [{ unset: [traits.name] }], expect: { requests: [] } }
  - { name: not settable, event: { traits: 1 }, cases: [{ set: { traits.name: x } }], expect: { requests: [] } }
  - { name: many places, event: {}, cases: [{ set: { "traits[*]": x } }], expect: { requests: [] } }
  - { name: not of the event, event: {}, cases: [{ set: { settings.region: eu } }], expect: { requests: [] } }
  - { name: no path, event: {}, cases: [{ set: { traits..name: x } }], expect: { requests: [] } }
"#,
    );
    let (report, text) = check(&sources);
    assert_eq!((report.checked.tests, report.checked.cases), (21, 1), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_test_file_that_cannot_be_read_is_not_run() {
    let mut sources = with_tests("  - { nmae: x, event: {}, expect: { requests: [] } }\n");
    let (report, text) = check(&sources);
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, ["unknown-key"], "{text}");
    assert_eq!(report.checked.tests, 0);
    sources.insert("mappings/acme/1.0/identify.test.yaml", "tests: [");
    let rules: Vec<&str> = check(&sources).0.findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, ["yaml-syntax"]);
}

#[test]
fn without_tests_nothing_is_run_or_asked_for() {
    let sources = sources(IDENTIFY);
    let report = validate(&sources, &Options::default().with_tests(false));
    assert!(report.findings.iter().all(|finding| OTHERS.contains(&finding.rule.id)));
    assert_eq!(check(&sources).0.findings[0].rule.id, "untested-mapping");
}

#[test]
fn forms_are_compared_and_checked_as_what_they_are_made_from() {
    let mut sources = with_tests(
        r#"
  - name: a form
    event: { type: identify, userId: u1, traits: { name: A & B } }
    expect:
      requests: [{ headers: { Content-Type: application/x-www-form-urlencoded }, body: { name: A & B, nick: null } }]
"#,
    );
    sources.insert(
        "mappings/acme/1.0/identify.yaml",
        "message: identify\npayload: { person: { name: traits.name } }\nsteps: { send: { operation: post, body: person } }\n",
    );
    let version = mapwright_tests::VERSION.to_owned()
        + "  post: { method: POST, path: /post, encoding: form, schema: person.json }\n";
    sources.insert("mappings/acme/1.0/version.yaml", version);
    sources.insert("schemas/acme/1.0/person.json", r#"{ "properties": { "name": { "maxLength": 3 } } }"#);
    insta::assert_snapshot!(check(&sources).1);
}

#[test]
fn tests_are_run_for_the_versions_that_have_no_errors() {
    let mut sources =
        with_tests("  - { name: a, event: { type: identify, userId: u1 }, expect: { requests: [] } }\n");
    sources.insert(
        "mappings/acme/2.0/version.yaml",
        "version: \"2.0\"\nextends: \"1.0\"\noperations: { get: { rate: none } }\n",
    );
    let (report, text) = check(&sources);
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, ["failing-test", "unknown-rate"], "{text}");
    assert_eq!(report.checked.tests, 1);
}

/// Returns a version `2.0` whose schema allows only shorter names than the inherited one, with its own tests `own`.
fn with_shorter_names(own: &str) -> Sources {
    let tests = r#"
  - name: a name
    event: { type: identify, userId: u1, traits: { name: Alexandra } }
    cases: [{ set: { traits.age: 1 } }, { set: { traits.age: 2 } }]
    expect: { requests: [{ step: find }, { step: update }, { step: create }] }
  - name: another name
    event: { type: identify, userId: u1, traits: { name: Roberta } }
    expect: { requests: [{ step: find }, { step: update }, { step: create }] }
"#;
    let mut sources = with_tests(tests);
    let version = "operations: { send: { schema: person.json }, put: { schema: person.json } }";
    sources.insert("mappings/acme/2.0/version.yaml", format!("version: '2.0'\nextends: '1.0'\n{version}\n"));
    sources.insert("schemas/acme/2.0/person.json", r#"{ "properties": { "name": { "maxLength": 3 } } }"#);
    if !own.is_empty() {
        let tests = format!("settings: {{ apiKey: key }}\ntests:\n{own}");
        sources.insert("mappings/acme/2.0/identify.test.yaml", tests);
    }
    sources
}

#[test]
fn a_test_that_fails_shows_no_secret_of_its_settings() {
    let mut sources = with_tests("");
    let test = r#"
tests:
  - name: another token
    settings: { apiKey: s3cret/key }
    event: { type: identify, userId: s3cret/key }
    expect:
      requests:
        - { step: find, headers: { Authorization: Bearer another }, url: "https://api.acme.example.com/things" }
        - {}
        - {}
"#;
    sources.insert("mappings/acme/1.0/identify.test.yaml", test);
    let report = validate(&sources, &Options::default());
    let shown = format!("{:?}{}", report.findings, render(&report, &Sources::new(), Format::Json));
    assert!(shown.contains("Bearer [redacted]") && shown.contains("things?id=[redacted]"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn lines_that_differ_only_in_a_secret_are_explained() {
    let shown = |authorization: &str| {
        let mut sources = with_tests("");
        let test = format!(
            r#"
tests:
  - name: the token
    settings: {{ apiKey: key }}
    event: {{ type: identify, userId: u1 }}
    expect: {{ requests: [{{ headers: {{ Authorization: {authorization} }} }}, {{}}, {{}}] }}
"#
        );
        sources.insert("mappings/acme/1.0/identify.test.yaml", test);
        check(&sources).1
    };
    let alike = shown("'Bearer [redacted]'");
    assert!(alike.contains("- Bearer [redacted]") && alike.contains("+ Bearer [redacted]"), "{alike}");
    assert!(alike.contains("lines that look alike differ where they are `[redacted]`"), "{alike}");
    let other = shown("Bearer another");
    assert!(other.contains("- Bearer another") && !other.contains("look alike"), "{other}");
}

#[test]
fn what_a_version_breaks_with_a_schema_of_its_own_is_found_once() {
    let (report, text) = check(&with_shorter_names(""));
    insta::assert_snapshot!(text);
    // inherited tests are counted for the version that defines them
    assert_eq!((report.checked.tests, report.checked.cases), (2, 3));
}

#[test]
fn a_test_of_the_same_name_takes_the_place_of_the_inherited_one() {
    let own = |name: &str| {
        format!(
            "  - name: {name}\n    event: {{ type: identify, userId: u1 }}\n    expect: {{ requests: [{{}}, {{}}, {{ step: create }}] }}\n"
        )
    };
    let (report, text) = check(&with_shorter_names(&own("a name")));
    assert!(text.contains("`\"Rober\"` is longer"), "{text}");
    assert_eq!(report.findings.len(), 1, "{text}");
    let (_, text) = check(&with_shorter_names(&(own("a name") + &own("another name"))));
    assert!(text.starts_with("no "), "{text}");
}

#[test]
fn mistakes_of_the_destination_come_alone() {
    let test = r#"
  - name: a name
    event: { type: identify, userId: u1 }
    expect: { requests: [{ step: find }, { step: update }, { step: create }] }
"#;
    for (right, wrong, finding) in [
        ("apiKey: {", "apiKey: { typo: 1,", "unknown-key: unknown key `typo` in a setting"),
        ("one_of: [us, eu], default: us", "default: 5", "invalid-value: the default `5` of `region`"),
        (
            "hosts: [",
            "rates: { default: { requests: 5 } }\nhosts: [",
            "missing-key: a rate requires the key `per`",
        ),
        ("hosts: [", "responses: [{ status: 404 }]\nhosts: [", "missing-key: a response rule needs"),
        ("default: \"1.0\"", "default: \"3.0\"", "unknown-version: "),
        ("title: Acme", "title: [", "yaml-syntax: "),
    ] {
        let mut sources = with_tests(test);
        let destination = mapwright_tests::DESTINATION.replace(right, wrong);
        assert_ne!(destination, mapwright_tests::DESTINATION);
        sources.insert("mappings/acme/destination.yaml", destination);
        let report = validate(&sources, &Options::default());
        let text = mapwright_tests::list(&report.findings);
        assert!(text.contains(finding), "{text}");
        let elsewhere =
            report.findings.iter().filter(|found| !found.place.path.ends_with("destination.yaml"));
        assert_eq!(elsewhere.count(), 0, "{text}");
        assert_eq!(report.checked.tests, 0, "{text}");
    }
}

#[test]
fn so_do_those_of_a_file_that_cannot_be_read() {
    let own = "  - name: shorter\n    event: { type: identify, userId: u1, traits: { name: Al } }\n    expect: { requests: [] }\n";
    for (file, text) in [
        ("2.0/identify.yaml", "message: [\n"),
        ("2.0/identify.yaml", "message: 5\npayload: { person: { nmae: [ } }\n"),
        ("2.0/version.yaml", "version: '2.0'\nextends: '1.0'\noperations: [\n"),
        ("1.0/version.yaml", "version: [\n"),
        ("1.0/identify.yaml", "message: [\n"),
        ("1.0/identify.yaml", "- message\n"),
        ("2.0/identify.yaml", "- message\n"),
    ] {
        let mut sources = with_shorter_names(own);
        sources.insert(format!("mappings/acme/{file}"), text);
        let report = validate(&sources, &Options::default());
        let found: Vec<&str> = report.findings.iter().map(|found| found.rule.id).collect();
        assert!(!found.contains(&"failing-test"), "{}", mapwright_tests::list(&report.findings));
    }
}

#[test]
fn a_mapping_has_several_files_of_tests() {
    let test = |name: &str, id: &str| {
        let event = format!("{{ type: identify, userId: {id} }}");
        format!(
            "settings: {{ apiKey: key }}\ntests: [{{ name: {name}, event: {event}, expect: {{ requests: [{{}}, {{}}, {{ body_includes: {{ id: u1 }} }}] }} }}]\n"
        )
    };
    let mut sources = sources(IDENTIFY);
    sources.insert("mappings/acme/1.0/identify.ids.test.yaml", test("an id", "u1"));
    sources.insert("mappings/acme/1.0/identify.more.test.yaml", test("one more", "u1"));
    let version = "version: \"2.0\"\nextends: \"1.0\"\n";
    sources.insert("mappings/acme/2.0/version.yaml", version);
    let (report, text) = check(&sources);
    assert_eq!((report.checked.tests, report.checked.inherited_tests), (2, 2), "{text}");
    assert!(report.findings.is_empty(), "{text}");
    // one name is one test, in whichever file
    sources.insert("mappings/acme/1.0/identify.more.test.yaml", test("an id", "u1"));
    let (report, text) = check(&sources);
    assert!(report.findings.iter().all(|finding| finding.rule.id == "duplicate-key"), "{text}");
    assert!(text.contains("identify.more.test.yaml:2:17"), "{text}");
    sources.insert("mappings/acme/1.0/identify.more.test.yaml", test("other", "u2"));
    let (_, text) = check(&sources);
    assert!(text.contains("identify.more.test.yaml") && text.contains("failing-test"), "{text}");
    // what replaces the inherited ones has another file beside it
    sources.insert(
        "mappings/acme/2.0/identify.more.test.yaml",
        "replace: true\n".to_owned() + &test("mine", "u1"),
    );
    sources.insert("mappings/acme/2.0/identify.ids.test.yaml", test("my id", "u1"));
    let (report, text) = check(&sources);
    assert_eq!((report.checked.tests, report.checked.inherited_tests), (4, 0), "{text}");
    sources.insert("mappings/acme/1.0/other.ids.test.yaml", test("other", "u1"));
    let (report, text) = check(&sources);
    assert!(report.findings.iter().any(|finding| finding.rule.id == "unknown-mapping"), "{text}");
}

#[test]
fn a_test_states_where_its_event_comes_from_and_what_is_redacted() {
    let test = |source: &str, redacted: &str, expect: &str| {
        let mut sources = sources(IDENTIFY);
        let destination = sources.get("mappings/acme/destination.yaml").unwrap().to_owned();
        let of_sources = "sources: { web: { cloud: [], device: [identify] }, app: { cloud: [identify] } }\n";
        sources.insert("mappings/acme/destination.yaml", destination + of_sources);
        let text = format!(
            "settings: {{ apiKey: s3cretkey }}\ntests:\n  - name: of a source\n    event: {{ type: identify, userId: u1, traits: {{ name: s3cretkey }} }}\n    source: {source}\n    responses: [{{ status: 200, body: {{}} }}, {{ status: 200 }}]\n    expect: {expect}\n"
        );
        sources.insert("mappings/acme/1.0/identify.test.yaml", text.replace("REDACTED", redacted));
        check(&sources).1
    };
    let sent = "{ requests: [{ step: find, redacted: [headers.authorization] }, { redacted: REDACTED }], warnings: [text_cut] }";
    assert!(
        test("app", "[headers.authorization]", sent).starts_with("no findings"),
        "{}",
        test("app", "[headers.authorization]", sent)
    );
    let wrong = test("app", "[]", sent);
    assert!(wrong.contains("what is redacted of request 2 (`create`) differ"), "{wrong}");
    let skipped = test("web", "", "{ skipped: source }");
    assert!(skipped.contains("1 of its 2 responses") || skipped.contains("responses"), "{skipped}");
    let unknown = test("wbe", "[]", sent);
    assert!(
        unknown.contains("the destination has no source `wbe`") && unknown.contains("did you mean `web`?"),
        "{unknown}"
    );
}

#[test]
fn a_file_has_a_bounded_number_of_properties() {
    let properties: String =
        (0..101).map(|at| format!("  - {{ name: p{at}, cases: 1, must: true }}\n")).collect();
    let mut sources = sources(IDENTIFY);
    let text = format!(
        "settings: {{ apiKey: key }}\ntests: [{{ name: a, event: {{ type: identify }}, expect: {{ rejected: {{}} }} }}]\nproperties:\n{properties}"
    );
    sources.insert("mappings/acme/1.0/identify.test.yaml", text);
    let (report, text) = check(&sources);
    assert!(text.contains("the file has more than 100 properties (limit `test_properties`)"), "{text}");
    assert_eq!(report.checked.tests, 101, "{text}");
}

#[test]
fn one_cause_is_one_finding_with_the_tests_that_show_it() {
    let mut sources = sources(
        "message: identify\npayload:\n  person:\n    id: userId\n    kind: { value: c }\n    age: { from: traits.age, as: string }\nsteps:\n  send: { operation: send, body: person }\n  put: { operation: put, params: { id: userId }, body: person }\n",
    );
    let version = sources.get("mappings/acme/1.0/version.yaml").unwrap().to_owned();
    let version = version.replace("path: /send", "path: /send, schema: person.json").replace(
        "{ method: PUT, path: \"/things/{id}\"",
        "{ method: PUT, path: \"/things/{id}\", schema: person.json",
    );
    sources.insert("mappings/acme/1.0/version.yaml", version);
    sources.insert(
        "schemas/acme/1.0/person.json",
        r#"{ "properties": { "kind": { "enum": ["a", "b"] }, "age": { "type": "integer" } } }"#,
    );
    let test = |kind: &str, id: &str| {
        format!(
            "settings: {{ apiKey: key }}\ntests:\n  - name: a\n    event: {{ type: identify, userId: u1, traits: {{ age: 7 }} }}\n    expect: {{ requests: [{{ body: {{ id: {id}, kind: {kind}, age: 7 }} }}, {{}}] }}\n"
        )
    };
    sources.insert("mappings/acme/1.0/identify.test.yaml", test("a", "u1"));
    let rules = |sources: &Sources| {
        let (mut report, _) = check(sources);
        report.one_per_cause();
        let rules = report.findings.iter().map(|finding| finding.rule.id);
        (rules.collect::<Vec<_>>().join(" "), report)
    };
    let (found, report) = rules(&sources);
    assert_eq!(found, "value-mismatch type-mismatch");
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.related.iter().any(|(_, label)| label == "this test shows it"))
    );
    assert_eq!(report.tests.iter().filter(|test| !test.failures.is_empty()).count(), 1);
    // a test that fails for another reason too is reported
    sources.insert("mappings/acme/1.0/identify.test.yaml", test("a", "u2"));
    assert_eq!(rules(&sources).0, "failing-test value-mismatch type-mismatch");
}
