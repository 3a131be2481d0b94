//! What tests of mappings reach: every kind of point, what counts as reached, and that counting changes nothing.

use std::fmt::Write as _;

use mapwright::{Coverage, PointKind, Schemas, Sources, Spec, TestRun};
use mapwright_report::{CoverageFormat, coverage_misses, coverage_schema, render_coverage};
use mapwright_tests::tested::with_tests;
use mapwright_tests::{files, list, workspace};

const ROWS: &str = r#"
message: identify
values:
  email: [traits.email, context.traits.email]
payload:
  person:
    email: $email
    first: [traits.first, { from: traits.given, when: settings.flag }, { value: nobody }]
    last: [traits.last, traits.family]
    plan: { from: traits.plan, default: 1 }
    code: { from: traits.code, as: integer, default: userId }
    age: { from: traits.age, as: integer, on_error: omit }
    born: { from: [traits.born, traits.birthday], as: unix_seconds, on_error: next }
    score: { from: traits.score, as: [number, { round: 1 }] }
    id: { from: userId, on_missing: reject }
    nick: { from: traits.nick, unless: traits.email }
    label: { join: [traits.first, traits.last], with: " " }
    kind: { switch: traits.kind, cases: { lead: { value: L }, user: { value: U } }, else: { value: X } }
    tags: { each: traits.tags, where: item.on, to: { name: item.name } }
    all: { merge: [context.traits, { from: traits, as: { pick: [first] } }] }
    address: { city: traits.city, zip: traits.zip }
steps:
  send: { operation: send, body: person }
"#;

const FLOW: &str = r#"
message: identify
skip:
  - { when: traits.internal, reason: internal users are not sent }
payload:
  person: { id: userId, name: traits.name }
  retry: { id: userId }
require:
  - { any: [userId], otherwise: a user id is required }
  - { that: 'traits.name != "x"', when: traits.strict, otherwise: no such name }
warn:
  - { when: traits.old, code: old, message: this is old }
order: { user: userId }
steps:
  find: { operation: find, query: { id: userId }, capture: { id: "response.body.data[0].id" } }
  update: { operation: put, when: captures.id, body: person }
  create:
    operation: send
    unless: captures.id
    body: person
    on:
      - { status: 409, then: again }
      - { status: 429, when: 'response.body.wait', class: throttle, after: response.headers.retry-after }
    warn: [{ when: response.body.note, code: noted, message: it says so }]
  again: { operation: send, when: traits.again, body: retry }
  each: { for_each: { each: traits.list, where: item.id, to: { id: item.id } }, operation: find, query: { id: item.id } }
variants:
  lead:
    when: traits.lead
    payload: { person: { name: { value: lead } } }
"#;

/// Runs the tests, which have to pass but for rules that do not matter here.
fn counted(sources: &Sources) -> Coverage {
    let plans = Spec::load(sources).check().unwrap_or_else(|found| panic!("{found}")).compile();
    let schemas = Schemas::new(&plans);
    let (counted, plain) =
        (TestRun::counted(&plans, &schemas, sources), TestRun::new(&plans, &schemas, sources));
    assert_eq!(list(&counted.findings), "");
    assert_eq!((&counted.results, &plain.coverage), (&plain.results, &None));
    counted.coverage.unwrap()
}

/// All points: where, how often reached, what.
fn points(coverage: &Coverage) -> String {
    coverage.points.iter().fold(String::new(), |mut text, point| {
        let (file, line, column) = (point.file(), point.place.line, point.place.column);
        writeln!(text, "{file}:{line}:{column} {} {}x {}", point.kind.name(), point.times, point.text)
            .unwrap();
        text
    })
}

/// The points of one kind that are reached, in words.
fn reached(identify: &str, tests: &str, kind: PointKind) -> Vec<String> {
    let coverage = counted(&with_tests(identify, tests));
    let points = coverage.points.into_iter().filter(|point| point.kind == kind && point.times > 0);
    points.filter(|point| point.file() == "identify").map(|point| point.text).collect()
}

#[test]
fn every_form_and_modifier_of_a_row_has_points() {
    let test = r#"
  - name: a person
    event:
      type: identify
      userId: u1
      traits: { email: a@example.com, given: Alex, family: Doe, age: x, birthday: "2000-01-01", score: 1.25, kind: user, tags: [{ name: a, on: true }], city: Bonn }
    expect: { requests: [{ step: send }], warnings: [value_dropped] }
"#;
    insta::assert_snapshot!(points(&counted(&with_tests(ROWS, test))));
}

#[test]
fn what_gives_a_value_counts_once() {
    let rows = "\
message: identify
payload:
  person:
    a: [traits.first, { from: traits.given, when: traits.on }]
    b: [traits.first, { from: traits.given, as: trim }]
    c: { from: [{ from: traits.given, default: 1 }], as: string }
    d: [traits.first, { from: traits.given, default: 1 }]
    e: [traits.first, [traits.second, traits.given]]
    f: { from: traits.given, default: 1 }
steps:
  send: { operation: send, body: person }
";
    let given = |traits: &str| {
        let test = format!(
            "  - {{ name: a, event: {{ type: identify, userId: u, traits: {traits} }}, expect: {{ requests: [{{ step: send }}] }} }}\n"
        );
        let points = counted(&with_tests(rows, &test)).points;
        let given = points.iter().filter(|point| point.kind == PointKind::Fallbacks && point.times > 0);
        given.map(|point| format!("{}x {}", point.times, point.text)).collect::<Vec<_>>()
    };
    let by = |name| format!("1x `traits.given` gives the value of `person.{name}`");
    assert_eq!(given("{ given: Alex, on: true }"), ["a", "b", "d", "e", "f"].map(by));
    let default = |name| format!("1x `person.{name}` has its default");
    let nothing = |name| format!("1x nothing gives `person.{name}` a value");
    assert_eq!(
        given("{ on: true }"),
        [nothing("a"), nothing("b"), default("c"), default("d"), nothing("e"), default("f")]
    );
}

#[test]
fn what_types_rule_out_is_no_point() {
    let rows = "\
message: identify
payload:
  person:
    a: { from: traits.a, as: [string, lowercase], on_error: omit, when: traits.a is string }
    b: [{ join: [traits.first, { value: x }] }, traits.b]
    c: { each: settings.rows, to: { from: item.name, as: lowercase } }
    d: { from: traits.d, as: lowercase }
    e: { each: settings.rows, to: { from: item.any, as: lowercase } }
    f: [traits.first, traits.f]
steps:
  send: { operation: send, body: person }
";
    let test =
        "  - { name: a, event: { type: identify, userId: u }, expect: { requests: [{ step: send }] } }\n";
    let mut files = with_tests(rows, test);
    let columns = "  rows: { type: list, items: { name: { type: string }, any: {} } }\nhosts:";
    let destination = mapwright_tests::DESTINATION.replace("hosts:", columns);
    files.insert("mappings/acme/destination.yaml", destination);
    let texts = counted(&files).points.into_iter().map(|point| point.text);
    let ends: Vec<String> =
        texts.filter(|text| text.contains("refuses") || text.contains("nothing")).collect();
    assert_eq!(
        ends,
        [
            "a conversion refuses the value of `person.d`",
            "a conversion refuses the value of `person.e[]`",
            "nothing gives `person.f` a value",
        ]
    );
}

#[test]
fn every_part_of_a_flow_has_points() {
    let test = r#"
  - name: found
    event: { type: identify, userId: u1, traits: { name: Alex, list: [{ id: 1 }] } }
    responses: [{ status: 200, body: { data: [{ id: 7 }] } }, { status: 200 }, { status: 200 }]
    expect: { requests: [{ step: find }, { step: update }, { step: each }] }
  - name: taken
    event: { type: identify, userId: u1, traits: { lead: true, again: true } }
    responses: [{ status: 200 }, { status: 409 }, { status: 200 }]
    expect: { requests: [{ step: find }, { step: create }, { step: again }] }
  - name: without an id
    event: { type: identify, traits: { strict: true } }
    expect: { rejected: { message: a user id is required } }
"#;
    insta::assert_snapshot!(points(&counted(&with_tests(FLOW, test))));
}

#[test]
fn an_alternative_counts_if_it_gives_the_value() {
    let of = |event: &str| {
        let test = format!(
            "\n  - {{ name: x, event: {{ type: identify, userId: u, traits: {event} }}, expect: {{ requests: [{{ step: send }}] }} }}\n"
        );
        let texts = reached(ROWS, &test, PointKind::Fallbacks);
        texts
            .into_iter()
            .filter(|text| {
                text.contains("person.last") || text.contains("person.plan") || text.contains("person.born")
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("{ last: a, family: b, plan: pro, born: 2000-01-01 }"),
        [
            "`traits.last` gives the value of `person.last`",
            "`traits.plan` gives the value of `person.plan`",
            "`traits.born` gives the value of `person.born`",
        ]
    );
    // an empty text gives way, and so does a value that the conversion of `on_error: next` cannot take
    assert_eq!(
        of("{ last: '', family: b, born: soon, birthday: 2000-01-01 }"),
        [
            "`traits.family` gives the value of `person.last`",
            "`person.plan` has its default",
            "`traits.birthday` gives the value of `person.born`",
        ]
    );
    assert_eq!(
        of("{}"),
        [
            "nothing gives `person.last` a value",
            "`person.plan` has its default",
            "nothing gives `person.born` a value",
        ]
    );
}

#[test]
fn what_is_only_thought_through_is_not_reached() {
    // whether a way leads to the end is looked at before the first request: nothing of that has happened
    let identify = r#"
message: identify
payload:
  found: { id: captures.id, name: { from: traits.name, on_missing: reject } }
  new: { name: { from: traits.name, on_missing: reject } }
steps:
  find: { operation: find, query: { id: userId }, capture: { id: response.body.id } }
  update: { operation: send, when: captures.id, body: found }
  create: { operation: send, unless: captures.id, body: new }
"#;
    let test = r#"
  - name: found
    event: { type: identify, userId: u1, traits: { name: Alex } }
    responses: [{ status: 200, body: { id: 7 } }, { status: 200 }]
    expect: { requests: [{ step: find }, { step: update }] }
"#;
    // that of `update`, and that of `create`
    assert_eq!(reached(identify, test, PointKind::Conditions), ["`captures.id` holds"; 2]);
    assert_eq!(
        reached(identify, test, PointKind::Steps),
        ["the step `find` is made", "the step `update` is made"]
    );
    // of a preview it is not known what a response decides
    let test = r#"
  - { name: all, event: { type: identify, userId: u1, traits: { name: Alex } }, expect: { requests: [{ step: find }, { step: update }, { step: create }] } }
"#;
    assert_eq!(reached(identify, test, PointKind::Conditions), [""; 0]);
    assert_eq!(reached(identify, test, PointKind::Steps).len(), 3);
}

#[test]
fn a_rejection_that_is_foreseen_is_reached() {
    let identify = r#"
message: identify
payload:
  person: { id: userId, code: { from: traits.code, as: integer } }
steps:
  find: { operation: find, query: { id: userId } }
  each: { for_each: { from: traits.list, on_missing: reject }, operation: find, query: { id: item } }
  send: { operation: send, body: person }
"#;
    let test = r#"
  - { name: no list, event: { type: identify, userId: u1 }, expect: { rejected: { code: missing_required } } }
  - { name: no number, event: { type: identify, userId: u1, traits: { list: [a], code: b } }, expect: { rejected: { code: invalid_value } } }
"#;
    assert_eq!(
        reached(identify, test, PointKind::Rejections),
        ["a conversion refuses the value of `person.code`", "`for_each` is missing, though it is required"]
    );
}

#[test]
fn settings_count_by_their_values_and_defaults() {
    let tests = r#"
  - { name: us, event: { type: identify, userId: u, traits: {} }, expect: { requests: [{ step: send }] } }
  - { name: eu, settings: { region: eu, flag: true }, event: { type: identify, userId: u, traits: {} }, expect: { requests: [{ step: send }] } }
"#;
    let coverage = counted(&with_tests(ROWS, tests));
    let less_than = |coverage: &Coverage, percent: f64| {
        !coverage_misses(coverage, &[(Some(PointKind::Choices), percent)]).is_empty()
    };
    assert!(!less_than(&coverage, 100.0));
    let coverage = counted(&with_tests(ROWS, tests.lines().take(2).collect::<Vec<_>>().join("\n").as_str()));
    assert!(!less_than(&coverage, 50.0) && less_than(&coverage, 50.1));
}

#[test]
fn what_a_version_inherits_counts_for_it_too_and_in_a_file_once() {
    let test = r#"
  - { name: a, event: { type: identify, userId: u, traits: { last: a } }, expect: { requests: [{ step: send }] } }
"#;
    let mut sources = with_tests(ROWS, test);
    sources.insert("mappings/acme/2.0/version.yaml", "version: \"2.0\"\nextends: \"1.0\"\n");
    let own = "tests:\n  - { name: a, event: { type: identify, userId: u, traits: { family: b } }, expect: { requests: [{ step: send }] } }\n";
    sources.insert("mappings/acme/2.0/identify.test.yaml", format!("settings: {{ apiKey: key }}\n{own}"));
    sources.insert("mappings/acme/2.0/identify.yaml", "message: identify\ndescription: the same\n");
    let coverage = counted(&sources);
    let of = |version: &str| {
        let points = coverage.points.iter().filter(|point| point.version == version && point.times > 0);
        points
            .map(|point| point.text.clone())
            .filter(|text| text.ends_with("gives the value of `person.last`"))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("acme/1.0"), ["`traits.last` gives the value of `person.last`"]);
    assert_eq!(of("acme/2.0"), ["`traits.family` gives the value of `person.last`"]);
    let lines = render_coverage(&coverage, &sources, CoverageFormat::Lines);
    assert!(lines.contains("not reached by the tests of acme/2.0: `traits.last` gives"), "{lines}");
    assert!(!lines.contains("not reached: `traits.last` gives"), "{lines}");
    // a file counts a line once
    let info = render_coverage(&coverage, &sources, CoverageFormat::Lcov);
    let lines: Vec<&str> = info.lines().filter(|line| line.starts_with("DA:")).collect();
    let files = info.lines().filter(|line| line.starts_with("SF:")).count();
    assert_eq!(files, 3, "{info}");
    let mut known = lines.clone();
    known.dedup();
    assert_eq!(known, lines);
}

#[test]
fn the_tests_of_the_shipped_mappings_reach_every_row_fallback_condition_and_rule() {
    let sources = files(workspace());
    let coverage = counted(&sources);
    // what is left is refused by conversions in ways that other rows rule out, and a setting that not all versions read
    let open = [PointKind::Rejections, PointKind::Warnings, PointKind::Choices];
    for kind in PointKind::ALL.into_iter().filter(|kind| !open.contains(kind)) {
        let missed = coverage.points.iter().filter(|point| point.kind == kind && point.times == 0);
        let missed: Vec<String> = missed
            .map(|point| {
                format!("{}: {}:{}: {}", point.version, point.place.path, point.place.line, point.text)
            })
            .collect();
        assert!(missed.is_empty(), "not reached:\n{}", missed.join("\n"));
    }
}

#[test]
fn coverage_for_programs_is_as_its_schema_says() {
    let schema = jsonschema::validator_for(&coverage_schema()).unwrap();
    let test = "\n  - { name: x, event: { type: identify, userId: u, traits: {} }, expect: { requests: [{ step: send }] } }\n";
    for coverage in [Coverage::default(), counted(&with_tests(ROWS, test))] {
        let text = render_coverage(&coverage, &Sources::new(), CoverageFormat::Json);
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let problems: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{problems:?}");
    }
}
