//! Inputs that would take more time or memory than any machine has: each ends at a limit, which a finding or a rejection names.

use std::time::Duration;

use cpu_time::ThreadTime;
use insta::assert_snapshot;
use mapwright::{Mapper, Schemas, Scratch, Spec, TestRun};
use mapwright_tests::{Became, NOW, mapper, preview, preview_bytes};
use serde_json::json;

use crate::events::event;
use crate::mappings::{
    Files, STEP, fields, identify, inline, lines, next_version, sources, tests_of, version, with_schema,
    with_version,
};
use crate::measure::show;

/// Returns the first findings of files, after asserting that they took little time.
fn found(files: &Files) -> String {
    let sources = sources(files);
    let start = ThreadTime::now();
    let found = match Spec::load(&sources).check() {
        Ok(valid) => mapwright_tests::list(Schemas::new(&valid.compile()).findings()),
        Err(found) => mapwright_tests::list(&found.findings),
    };
    let time = start.elapsed();
    assert!(time < Duration::from_secs(20), "{time:?}");
    let short = |line: &str| line.replace("mappings/acme/", "").chars().take(300).collect::<String>();
    let first = found.lines().take(2).map(short).collect::<Vec<_>>();
    if first.is_empty() { "nothing".to_owned() } else { first.join("\n") }
}

fn chain_of_versions(n: usize) -> Files {
    let mut files = fields("    x: userId\n".to_owned());
    files.extend((1..n).map(|i| {
        let text = format!("version: \"1.{i}\"\nextends: \"1.{}\"\n", i - 1);
        (format!("../1.{i}/version.yaml"), text)
    }));
    files
}

fn schema(levels: usize, apply: fn(String) -> serde_json::Value) -> Files {
    let mut schemas: serde_json::Map<String, serde_json::Value> =
        (0..levels).map(|i| (format!("d{i}"), apply(format!("#/$defs/d{}", i + 1)))).collect();
    schemas.insert(format!("d{levels}"), json!({ "type": "object" }));
    with_schema(
        json!({ "$ref": "#/$defs/d0", "$defs": schemas }).to_string(),
        fields("    x: userId\n".to_owned()),
    )
}

#[test]
fn mappings_end_at_limits() {
    let list = |text: String| with_version(format!("values:\n{text}"), fields("    x: $l0\n".to_owned()));
    let uses = |levels: usize, wide: usize| {
        let steps = lines(levels, |i| {
            format!("  s{i}: {{ steps: {{ {} }} }}", inline(wide, |u| format!("u{u}: {{ use: s{} }}", i + 1)))
        });
        let last = format!("  s{levels}: {{ operation: send, body: {{ x: userId }} }}\n");
        with_version(format!("steps:\n{steps}{last}"), identify("steps: { a: { use: s0 } }\n".to_owned()))
    };
    let cases: Vec<(&str, Files)> = vec![
        (
            "lists that name each other twice, 12 levels",
            list(lines(12, |i| format!("  l{i}: [$l{0}, $l{0}]", i + 1)) + "  l12: [userId]\n"),
        ),
        (
            "lists that name each other twice, 24 levels",
            list(lines(24, |i| format!("  l{i}: [$l{0}, $l{0}]", i + 1)) + "  l24: [userId]\n"),
        ),
        (
            "lists that name each other twice, 60 levels",
            list(lines(60, |i| format!("  l{i}: [$l{0}, $l{0}]", i + 1)) + "  l60: [userId]\n"),
        ),
        ("named values of many mappings", {
            let mut files = with_version(
                format!("values:\n{}", lines(8_000, |i| format!("  v{i}: traits.f{i}"))),
                fields("    x: $v0\n".to_owned()),
            );
            files.extend((0..400).map(|i| {
                (format!("m{i}.yaml"), format!("message: m{i}\npayload: {{ thing: {{ x: $v1 }} }}\n{STEP}"))
            }));
            files
        }),
        (
            "a chain of 50 lists",
            list(lines(50, |i| format!("  l{i}: [$l{}, traits.a]", i + 1)) + "  l50: [userId]\n"),
        ),
        (
            "a chain of 2,000 lists",
            list(lines(2_000, |i| format!("  l{i}: [$l{}, traits.a]", i + 1)) + "  l2000: [userId]\n"),
        ),
        (
            "a circle of 2,000 lists",
            list(lines(2_000, |i| format!("  l{i}: [$l{}, traits.a]", (i + 1) % 2_000))),
        ),
        ("a circle of two lists", list("  l0: [$l1]\n  l1: [$l0]\n".to_owned())),
        (
            "lists in rows, 20 levels",
            list(lines(20, |i| format!("  l{i}: [{{ a: $l{0}, b: $l{0} }}]", i + 1)) + "  l20: [userId]\n"),
        ),
        (
            "a large list, used often",
            with_version(
                format!("values:\n  l: [{}]\n", inline(9_000, |i| format!("traits.a{i}"))),
                fields(lines(100, |i| format!("    f{i}: $l"))),
            ),
        ),
        ("a chain of 101 versions", chain_of_versions(101)),
        ("a chain of 102 versions", chain_of_versions(102)),
        ("a chain of 2,000 versions", chain_of_versions(2_000)),
        ("a chain of versions with a large mapping", {
            let mut files = chain_of_versions(90);
            files[0].1 = format!(
                "message: identify\npayload:\n  thing:\n{}steps:\n  send: {{ operation: send, body: thing }}\n",
                lines(10_000, |i| format!("    f{i}: {{ value: [{i}, 1, 2] }}"))
            );
            files
        }),
        (
            "variants of a large mapping",
            identify(format!(
                "payload:\n  thing:\n{}steps:\n  send: {{ operation: send, body: thing }}\nvariants:\n{}",
                lines(10_000, |i| format!("    f{i}: traits.f{i}")),
                lines(2_000, |i| format!("  v{i}: {{ when: 'traits.v == {i}' }}"))
            )),
        ),
        ("steps that use steps, 3 levels", uses(3, 3)),
        ("steps that use steps, 8 levels of 20", uses(8, 20)),
        ("rests", fields(lines(2_000, |i| format!("    r{i}: {{ rest_of: [traits.r{i}] }}")))),
        (
            "omitted names",
            with_version(
                format!("sets:\n  s: [{}]\n", inline(10_000, |i| format!("a{i}"))),
                fields(lines(100, |i| format!("    f{i}: {{ rest_of: [settings.region], omit: [$s] }}"))),
            ),
        ),
        (
            "steps",
            identify(format!("steps:\n{}", lines(2_000, |i| format!("  s{i}: {{ operation: find }}")))),
        ),
        (
            "parts that read each other",
            identify(format!(
                "payload:\n{}  p5000: {{ a: userId }}\nsteps:\n  send: {{ operation: send, body: p0 }}\n",
                lines(5_000, |i| format!("  p{i}: {{ a: payload.p{}.a }}", i + 1))
            )),
        ),
        (
            "parts taken away",
            next_version(
                format!("remove: [{}]\n", inline(2_000, |i| format!("payload.thing.f{i}"))),
                fields(lines(2_000, |i| format!("    f{i}: traits.f{i}")) + "    x: userId\n"),
            ),
        ),
        ("paths", {
            let mut files = fields(lines(40_000, |i| format!("    f{i}: traits.f{i}")));
            files.push((
                "group.yaml".to_owned(),
                files[0].1.replace("message: identify", "message: group").replace("traits.f", "traits.g"),
            ));
            files
        }),
        ("a long path", fields(format!("    f: '$.traits{}'\n", "[0]".repeat(400)))),
        (
            "a filter of parentheses",
            fields(format!(
                "    f: {{ concat: ['$.traits[?{}@.a{}]'] }}\n",
                "(".repeat(450),
                ")".repeat(450)
            )),
        ),
        (
            "a filter of filters",
            fields(format!("    f: {{ concat: ['$.traits{}{}'] }}\n", "[?@".repeat(240), "]".repeat(240))),
        ),
        (
            "a filter that is not closed",
            fields(format!("    f: {{ concat: ['$.traits[?{}'] }}\n", "(".repeat(900))),
        ),
        (
            "a large pattern",
            fields("    f: { from: traits.f, as: { extract: '((a{100}){100}){100}' } }\n".to_owned()),
        ),
        (
            "a pattern of parentheses",
            fields(format!(
                "    f: {{ from: traits.f, as: {{ extract: '{}a{}' }} }}\n",
                "(".repeat(5_000),
                ")".repeat(5_000)
            )),
        ),
        (
            "a condition of parentheses",
            fields(format!(
                "    f: {{ value: 1, when: '{}userId{}' }}\n",
                "(".repeat(5_000),
                ")".repeat(5_000)
            )),
        ),
        (
            "conversions inside of conversions",
            fields(format!(
                "    f: {{ from: traits.f, as: {}trim{} }}\n",
                "{ map_values: ".repeat(30),
                " }".repeat(30)
            )),
        ),
        ("a deep file", fields(format!("    f: {}traits.f{}\n", "{ a: ".repeat(200), " }".repeat(200)))),
        (
            "aliases of aliases",
            identify(format!(
                "x: {{ a0: &a0 [x, x, x, x, x, x, x, x]{} }}\n",
                (1..12)
                    .map(|i| format!(", a{i}: &a{i} [{}]", inline(8, |_| format!("*a{}", i - 1))))
                    .collect::<String>()
            )),
        ),
        (
            "schemas that apply each other twice",
            schema(24, |next| json!({ "allOf": [{ "$ref": next }, { "$ref": next }] })),
        ),
        ("a chain of 2,000 schemas", schema(2_000, |next| json!({ "$ref": next }))),
        ("a deep chain of schemas", schema(80, |next| json!({ "properties": { "a": { "$ref": next } } }))),
        (
            "too many operations to suggest",
            with_version(
                lines(10_000, |i| format!("  operation_{i}: {{ method: POST, path: /o }}")),
                identify(format!(
                    "steps:\n{}",
                    lines(900, |i| format!("  s{i}: {{ operation: operatoin_x{i} }}"))
                )),
            ),
        ),
        (
            "a version that is large",
            vec![version(format!("sets:\n{}", lines(20_000, |i| format!("  s{i}: [a, b]"))))],
        ),
    ];
    let said = cases.iter().map(|(name, files)| {
        show(name);
        format!("# {name}\n{}", found(files))
    });
    let said: Vec<String> = said.collect();
    assert_snapshot!(said.join("\n"));
}

#[test]
fn tests_end_at_limits() {
    let large = json!((0..4_000).collect::<Vec<_>>()).to_string();
    let cases = lines(900, |i| format!("      - {{ set: {{ traits.x: {i} }} }}"));
    let test = |i: usize| {
        format!(
            "  - name: t{i}\n    event: {{ type: identify, userId: u, traits: {{ l: {large} }} }}\n    expect: {{ requests: [{{ step: send }}] }}\n    cases:\n{cases}"
        )
    };
    let many = lines(2_000, |i| format!("      - {{ set: {{ traits.x: {i} }} }}"));
    let many = format!(
        "  - name: many\n    event: {{ type: identify, userId: u }}\n    expect: {{ requests: [{{ step: send }}] }}\n    cases:\n{many}"
    );
    let sources = sources(&tests_of((0..5).map(test).chain([many]).collect()));
    let plans = Spec::load(&sources).check().unwrap().compile();
    let run = TestRun::new(&plans, &Schemas::new(&plans), &sources);
    assert_snapshot!(mapwright_tests::list(&run.findings), @"
    mappings/acme/1.0/identify.test.yaml:2715:11 invalid-value: the events of the test file have more than 67108864 bytes; an event counts for each test and case (limit `test_bytes`) (use smaller events, or fewer cases)
    mappings/acme/1.0/identify.test.yaml:3619:11 invalid-value: the events of the test file have more than 67108864 bytes; an event counts for each test and case (limit `test_bytes`) (use smaller events, or fewer cases)
    mappings/acme/1.0/identify.test.yaml:4523:11 invalid-value: the test has more than 1000 cases (limit `test_cases`) (divide it into several tests)
    ");
}

fn row(row: &str) -> Mapper {
    let text = format!(
        "message: identify\npayload:\n  thing:\n    x: {row}\nsteps:\n  send: {{ operation: send, body: thing }}\n"
    );
    mapper(&text, json!({}))
}

/// Returns the rejections of events with the given traits.
fn rejected(cases: &[(&str, Mapper, String)]) -> String {
    let said = cases.iter().map(|(name, mapper, traits)| {
        show(name);
        let start = ThreadTime::now();
        let tree: serde_json::Value = serde_json::from_str(&event(traits)).unwrap();
        let rejection = preview(mapper, &tree).rejection();
        if cfg!(not(debug_assertions)) {
            let _ = mapper.explain(event(traits).as_str(), NOW, &mut Scratch::new());
        }
        let time = start.elapsed();
        assert!(time < Duration::from_secs(30), "{name}: {time:?}");
        format!("{name}: {} {}", rejection.code, rejection.message)
    });
    said.collect::<Vec<_>>().join("\n")
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes without optimization")]
fn patterns_end_at_limits() {
    assert_snapshot!(rejected(&[
        ("a pattern that looks far for every match", row("{ from: traits.v, as: { replace: { pattern: 'a.*b|a', with: x } } }"), format!(r#"{{"v":"{}"}}"#, "a".repeat(3 << 20))),
        ("the same in an object", row("{ from: traits.v, as: { map_values: { replace: { pattern: 'a.*b|a', with: x } } } }"), format!(r#"{{"v":{{{}}}}}"#, (0..200).map(|i| format!("\"k{i}\":\"{}\"", "a".repeat(20_000))).collect::<Vec<_>>().join(","))),
    ]), @"
    a pattern that looks far for every match: invalid_value `traits.v`: replace exceeds the limit `pattern_steps` of 268435456: the text is too long for the pattern
    the same in an object: invalid_value `traits.v`: map_values in `k5`: exceeds the limit `pattern_steps` of 1073741824 for all strings: they are too long for the pattern
    ");
}

#[test]
fn events_end_at_limits() {
    let deep = format!("{}1{}", r#"{"b":1,"a":"#.repeat(100), "}".repeat(100));
    let list = |n: usize| format!("[{}]", vec!["1"; n].join(","));
    let long = "x".repeat(1 << 20);
    let cases = [
        (
            "paths that go through all levels",
            row("{ from: '$.traits..*..*..*..*..*..*', as: count }"),
            format!(r#"{{"v":{deep}}}"#),
        ),
        (
            "the same in a list of rows",
            row("{ from: [traits.none, { from: '$.traits..*..*..*..*..*..*', as: count }] }"),
            format!(r#"{{"v":{deep}}}"#),
        ),
        (
            "the same as an alternative",
            row("{ from: ['$.traits..*..*..*..*..*..*', traits.v], as: count }"),
            format!(r#"{{"v":{deep}}}"#),
        ),
        ("the same written", row("{ concat: ['$.traits..*..*..*..*..*..*'] }"), format!(r#"{{"v":{deep}}}"#)),
        (
            "values of paths, copied",
            row(
                "{ each: { from: traits.t, as: parse_json }, to: { concat: ['item[*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*][*,*]'] } }",
            ),
            format!(r#"{{"t":{}}}"#, json!(format!("[{deep}]"))),
        ),
        (
            "filters that look through lists",
            row("{ from: '$.traits.v[?in(@, $.traits.w)]', as: count }"),
            format!(
                r#"{{"v":{},"w":{}}}"#,
                list(3_000),
                list(0).replace("[]", &format!("[{}]", vec!["2"; 3_000].join(",")))
            ),
        ),
        (
            "items that each hold a long text",
            row("{ each: traits.v, to: traits.t }"),
            format!(r#"{{"v":{},"t":"{long}"}}"#, list(100)),
        ),
        (
            "items that each make a long text",
            row("{ each: traits.v, to: { template: '{{ traits.t }}' } }"),
            format!(r#"{{"v":{},"t":"{long}"}}"#, list(100)),
        ),
        (
            "the same, counted",
            row("{ concat: [{ each: traits.v, to: { template: '{{ traits.t }}' } }], as: count }"),
            format!(r#"{{"v":{},"t":"{long}"}}"#, list(100)),
        ),
        (
            "items that each read a long text",
            row("{ each: traits.v, to: { from: traits.t, as: [{ truncate: 3 }] } }"),
            format!(r#"{{"v":{},"t":"{long}"}}"#, list(5_000)),
        ),
        (
            "items that are each looked for in a long list",
            row("{ each: traits.v, where: 'item in traits.t', to: item }"),
            format!(
                r#"{{"v":{},"t":{}}}"#,
                list(5_000),
                list(0).replace("[]", &format!("[{}]", vec!["2"; 100_000].join(",")))
            ),
        ),
        (
            "lists of few items in each other",
            row(
                "{ each: traits.v, to: { each: traits.v, to: { each: traits.v, to: { from: traits.t, as: count } } } }",
            ),
            format!(r#"{{"v":{},"t":{}}}"#, list(16), list(200_000)),
        ),
        (
            "steps of a loop that each compare long lists",
            mapper(
                "message: identify\nsteps:\n  g:\n    for_each: traits.v\n    steps:\n      s: { operation: send, when: traits.t == traits.u and item == 5, body: { a: item } }\n",
                json!({}),
            ),
            format!(r#"{{"v":{},"t":{},"u":{}}}"#, list(5_000), list(50_000), list(50_000)),
        ),
        (
            "too many items",
            row("{ each: traits.v, to: { each: traits.v, to: item } }"),
            format!(r#"{{"v":{}}}"#, list(500)),
        ),
        (
            "names that repeat their parents",
            row("{ from: traits.v, as: { flatten: _ } }"),
            format!(
                r#"{{"v":{{"{long}":{{"a":{{{}}}}}}}}}"#,
                (0..50).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",")
            ),
        ),
    ];
    assert_snapshot!(rejected(&cases));
}

/// Writes an item of a list.
type Item = fn(usize) -> String;

/// Just below the limit `loop_bytes`, in lists of the shapes of which a byte costs most.
#[test]
fn loops_below_their_limit_are_fast() {
    let group = |when: &str| {
        format!(
            "message: identify\nsteps:\n  g:\n    for_each: traits.v\n    steps:\n      s: {{ operation: send, when: '{when}', body: {{ a: item }} }}\n"
        )
    };
    let where_of = |filter: &str| {
        format!(
            "message: identify\npayload:\n  thing:\n    x: {{ each: traits.v, where: '{filter}', to: item }}\n{STEP}"
        )
    };
    let same = "traits.t == traits.u and item == 5";
    let texts = [
        ("group", group(same)),
        ("each", where_of(same)),
        ("member", where_of("traits.t[0] in traits.u or item == 5")),
        ("order", group("traits.t == traits.u < item and item == 5")),
    ];
    let shapes: [(&str, Item); 5] = [
        ("numbers", |i| i.to_string()),
        ("objects", |i| format!(r#"{{"a":{i}}}"#)),
        ("empty lists", |_| "[[]]".to_owned()),
        ("texts", |i| format!(r#""{i}""#)),
        ("members in another order", |i| format!(r#"{{"a":1,"b":{i}}}"#)),
    ];
    let numbers = (0..9_990).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    for (name, text) in &texts {
        let mapper = mapper(text, json!({}));
        for (shape, item) in shapes {
            let list = |n: usize, turned: bool| {
                let items = (0..n).map(item).collect::<Vec<_>>().join(if turned { " ," } else { "," });
                let items = if turned { items.replace(r#""a":1,"b":"#, r#""b":1,"a":"#) } else { items };
                format!("[{items}]")
            };
            let end = |n: usize| {
                let traits = format!(r#"{{"v":[{numbers}],"t":{},"u":{}}}"#, list(n, false), list(n, true));
                let start = ThreadTime::now();
                let is_rejected =
                    matches!(preview_bytes(&mapper, event(&traits).as_bytes()), Became::Rejected(_));
                (is_rejected, start.elapsed())
            };
            // what is rejected is rejected at once
            let (mut most, mut slowest) = (8_000, Duration::ZERO);
            while most > 8 && slowest.is_zero() {
                most = most * 5 / 6;
                if let (false, time) = end(most) {
                    slowest = time;
                }
            }
            show(&format!("{name}, {shape}: {most}, {slowest:?}"));
            assert!(most > 8, "{name}, {shape}: rejected for another reason");
            let limit = if cfg!(debug_assertions) { 12 } else { 3 };
            assert!(slowest < Duration::from_secs(limit), "{name}, {shape}: {slowest:?}");
        }
    }
}

#[test]
fn previews_end_at_a_limit() {
    let text = "message: identify\npayload: { thing: { all: traits.t } }\nsteps:\n  send: { for_each: traits.v, operation: send, body: { all: traits.t, x: item } }\n";
    let mapper = mapper(text, json!({}));
    let traits = format!(r#"{{"v":[{}],"t":"{}"}}"#, vec!["1"; 900].join(","), "x".repeat(1 << 20));
    let rejection = preview_bytes(&mapper, event(&traits).as_bytes()).rejection();
    assert_snapshot!(
        rejection.message,
        @"the requests of the preview have more than 67108864 bytes together (limit `preview_bytes`)"
    );
}
