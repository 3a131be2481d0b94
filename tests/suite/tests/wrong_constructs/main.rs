//! Constructs that cannot do what they are for are found, each once, and what is like them and right is not.

mod batches;
mod responses;

use mapwright::Sources;
use mapwright_convert::{ExampleResult, definitions};
use mapwright_tests::{list, preview, rows};
use mapwright_validate::{Options, validate};
use serde_json::{Value, json};

const DESTINATION: &str = "title: Acme\nnames: [Acme]\nversions: { default: '1' }\nhosts: [api.example.com]\nsettings: { key: { type: string, secret: true, required: true }, name: { type: string }, list: { type: list }, rows: { type: list, items: { a: { type: string, required: true }, n: { type: integer }, k: { type: string, one_of: [x, y] }, of: { type: list, items: { b: { type: boolean } } } } }, words: { type: template }, secret: { type: string, secret: true, required: true }, is: { type: boolean, required: true } }\n";
const HEAD: &str =
    "version: '1'\nserver: { value: https://api.example.com }\nheaders: { X-Key: settings.key }\n";

/// The findings of a destination with these files, but for that it has no tests.
fn found(version: &str, mapping: &str, others: &[(&str, &str)]) -> String {
    let version = format!("{HEAD}{version}\n");
    let mapping = format!("message: track\n{mapping}\n");
    let own = [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1/version.yaml", &version),
        ("mappings/acme/1/track.yaml", &mapping),
    ];
    let sources: Sources = own.iter().chain(others).copied().collect();
    let mut found = validate(&sources, &Options::default()).findings;
    found.retain(|finding| !["untested-mapping", "unused-definition"].contains(&finding.rule.id));
    list(&found)
}

/// A version, what it does, and what of both is replaced to make it wrong: the first text by each of the others.
struct Right<'t> {
    version: &'t str,
    mapping: &'t str,
    files: &'t [(&'t str, &'t str)],
    wrong: &'t [(&'t str, &'t [&'t str])],
}

/// What is found of each wrong one; nothing is found of the right ones.
fn all_found(all: &[Right<'_>]) -> String {
    let mut text = String::new();
    for Right { version, mapping, files, wrong } in all {
        assert_eq!(found(version, mapping, files), "", "{version}\n{mapping}");
        for (right, wrongs) in *wrong {
            assert!(version.contains(right) || mapping.contains(right), "{right}");
            for wrong in *wrongs {
                let in_mapping = mapping.replacen(right, wrong, 1);
                let in_version = match in_mapping == **mapping {
                    true => version.replacen(right, wrong, 1),
                    false => (*version).to_owned(),
                };
                text += &format!("# {right} -> {wrong}\n{}\n", found(&in_version, &in_mapping, files));
            }
        }
    }
    text
}

#[test]
fn settings_and_tables() {
    let wrong = all_found(&[Right {
        version: "operations: { send: { method: POST, path: '/s/{p}' } }",
        mapping: "payload:\n  t:\n    id: userId\n    a: { each: settings.rows, where: item.a == 'x', to: item.n }\n    b: { each: settings.rows, where: item.n == 5, to: item.a, as: { join: ',' } }\n    c: { each: settings.rows, name: row, to: { each: row.of, name: col, where: not col.b, to: { x: row.a, y: col.b, z: { switch: row.k, cases: { x: row.n }, else: { value: z } } } } }\n    d: { template: '{{ settings.name }}', when: settings.name != 'x' }\n    e: { template: { from: settings.words, with: { a: userId } } }\nsteps: { send: { operation: send, for_each: settings.rows, where: item.a != 'y', params: { p: item.n }, body: t } }",
        files: &[],
        wrong: &[
            ("item.a == 'x'", &["item.a == 5", "item.a > 5", "item.of == 'x'"]),
            ("item.n == 5", &["item.n == '5'", "item.k == 'z'"]),
            ("to: item.a,", &["to: item,"]),
            ("to: item.n }", &["to: item.n.deep }"]),
            ("each: row.of,", &["each: row.a,", "each: settings.name,", "each: row.of.b,"]),
            ("where: not col.b", &["where: col.b == 'x'", "where: row.a == 5"]),
            ("cases: { x: row.n", &["cases: { z: row.n"]),
            ("'{{ settings.name }}'", &["'{{ settings.name.first }}'", "'{{ settings.name[0] }}'"]),
            ("settings.name != 'x'", &["settings.name.first"]),
            ("item.a != 'y'", &["item.a != 5"]),
            ("p: item.n", &["p: item.of", "p: item.n.deep"]),
        ],
    }]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn keys_of_loops() {
    let wrong = all_found(&[Right {
        version: "operations: { list: { method: GET, path: /l, idempotent: true }, send: { method: POST, path: /s } }",
        mapping: "values: { k: item.b }\npayload: { t: { a: { from: captures.t, key: userId }, b: { each: settings.rows, key: item.a, to: item.n }, c: { each: settings.rows, name: row, key: row.a, to: { each: row.of, key: { join: [row.a, item.b] }, to: item.b } }, d: { each: settings.rows, where: item.a == 'x', key: { value: x }, to: item.n } } }\nsteps:\n  list: { operation: list, capture: { t: { each: response.body.l, key: item.k, to: item.id } }, cache: 5m }\n  send: { operation: send, body: t }",
        files: &[],
        wrong: &[
            ("key: item.k", &["key: { value: a }", "key: response.body.k"]),
            ("key: item.a", &["key: { value: a }", "key: event", "key: settings.name"]),
            ("{ join: [row.a, item.b] }", &["row.a"]),
            ("key: row.a", &["key: { template: '{{ userId }}' }"]),
            ("where: item.a == 'x', ", &[""]),
        ],
    }]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn xml() {
    let wrong = all_found(&[
        Right {
            version: "operations: { send: { method: POST, path: /s, encoding: xml, compress: gzip } }",
            mapping: "payload: { t: { 'a:root': { object: { '@xmlns:a': { value: 'urn:1' }, '@xmlns:b': { value: 'urn:2' }, '@xmlns': { value: 'urn:1' }, '@a:x': userId, '@b:x': event, '@x': event, '@xml:lang': { value: en }, in: { object: { '@xmlns:c': { value: 'urn:3' }, '@a:y': event, '@c:y': event } } } } } }\nsteps: { send: { operation: send, body: t } }",
            files: &[],
            wrong: &[
                (
                    "'urn:2'",
                    &["'urn:1'", "'http://www.w3.org/XML/1998/namespace'", "'http://www.w3.org/2000/xmlns/'"],
                ),
                ("'urn:3'", &["'urn:1'"]),
                (
                    "'@xmlns': { value: 'urn:1' }",
                    &[
                        "'@xmlns': { value: 'http://www.w3.org/XML/1998/namespace' }",
                        "'@xmlns:xmlns': { value: 'urn:4' }",
                        "'@xmlns:xml': { value: 'urn:4' }",
                    ],
                ),
                ("in: { object:", &["'xmlns:in': { object:"]),
                (
                    "compress: gzip",
                    &[
                        "headers: { Content-Encoding: { value: gzip } }",
                        "compress: gzip, headers: { Content-Encoding: { value: gzip } }",
                    ],
                ),
            ],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, headers: { Content-Encoding: { value: identity } } } }",
            mapping: "steps: { send: { operation: send, body: { t: userId } } }",
            files: &[],
            wrong: &[
                ("{ value: identity }", &["settings.name"]),
                (
                    "send: { operation: send,",
                    &["send: { operation: send, headers: { content-encoding: { value: br } },"],
                ),
            ],
        },
    ]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn signatures() {
    let wrong = all_found(&[Right {
        version: "auth: { hmac: { key: settings.secret, sign: [body], headers: { X-S: signature, X-N: settings.key, X-H: { from: settings.secret, as: sha256 } }, query: { s: [settings.name, signature] } } }\noperations: { send: { method: POST, path: /s } }",
        mapping: "steps: { send: { operation: send, body: { t: userId } } }",
        files: &[],
        wrong: &[
            (
                "X-N: settings.key",
                &["X-N: settings.secret", "X-N: { join: [settings.name, settings.secret], with: '-' }"],
            ),
            ("[settings.name, signature]", &["[settings.secret, signature]"]),
            ("key: settings.secret", &["key: settings.is", "key: settings.list", "key: settings.key"]),
        ],
    }]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn templates_that_operators_need_not_write() {
    let with = |words: &str, column: &str| {
        let settings = format!(
            "words: {{ type: template{words} }}, rows: {{ type: list, items: {{ t: {{ type: template{column} }} }} }}"
        );
        let destination = format!(
            "title: Acme\nnames: [Acme]\nversions: {{ default: '1' }}\nhosts: [api.example.com]\nsettings: {{ key: {{ type: string, secret: true, required: true }}, {settings} }}\n"
        );
        found(
            "operations: { send: { method: POST, path: /s } }",
            "payload: { t: { x: { template: { from: settings.words, with: { a: userId } } }, y: { each: settings.rows, to: { template: { from: item.t, with: { b: userId } } } } } }\nsteps: { send: { operation: send, body: t } }",
            &[("mappings/acme/destination.yaml", &destination)],
        )
    };
    assert_eq!(with(", default: 'Hi {{ a }}'", ", default: '{{ b }}'"), "");
    let wrong = [
        with(", default: '{{ nope }}'", ""),
        with(", one_of: ['{{ a }}', '{{ b }}']", ""),
        with("", ", default: '{{ a }}'"),
        with("", ", default: '{{ a'"),
    ];
    insta::assert_snapshot!(wrong.join("\n"));
}

#[test]
fn sources_of_events() {
    let with = |sources: &str, version: &str| {
        let destination = format!("{DESTINATION}sources: {sources}\n");
        found(version, "steps: { a: { operation: a } }", &[("mappings/acme/destination.yaml", &destination)])
    };
    let call = "operations: { a: { call: A.b, arguments: [event] } }";
    let request = "operations: { a: { method: POST, path: /a } }";
    let web = "{ web: { when: channel == 'web', cloud: [track] } }";
    assert_eq!(with(web, request), "");
    assert_eq!(with(&web.replace("cloud", "device"), call), "");
    insta::assert_snapshot!(format!("{}\n{}", with(web, call), with("{}", request)));
}

#[test]
fn headers_of_limits() {
    let text = |headers: &str| {
        let destination =
            format!("{DESTINATION}rates: {{ default: {{ requests: 5, per: 1s, headers: {headers} }} }}\n");
        let version = format!("{HEAD}operations: {{ send: {{ method: POST, path: /s, rate: default }} }}\n");
        let own = [
            ("mappings/acme/destination.yaml", destination.as_str()),
            ("mappings/acme/1/version.yaml", &version),
            (
                "mappings/acme/1/track.yaml",
                "message: track\nsteps: { send: { operation: send, body: { id: userId } } }\n",
            ),
        ];
        let mut found = validate(&own.into_iter().collect(), &Options::default()).findings;
        found.retain(|finding| !["untested-mapping", "unused-definition"].contains(&finding.rule.id));
        list(&found)
    };
    assert_eq!(text("{ limit: X-Limit, remaining: X-Left, reset: X-Reset }"), "");
    insta::assert_snapshot!(text("{ limit: X-Rate, remaining: X-Left, reset: x-rate }"));
}

/// The conversions of a row are found to have one that has no effect: without it, every value becomes the same.
#[test]
fn conversions_that_are_found_change_nothing() {
    let examples = || definitions().flat_map(|definition| definition.examples);
    let plain = |call: &&str| !["$", "settings", "lookup", "hmac"].iter().any(|word| call.contains(word));
    let calls: Vec<&str> = examples().map(|example| example.call).filter(plain).collect();
    let mut pairs: Vec<(&str, &str)> = calls.iter().map(|call| (*call, *call)).collect();
    for call in &calls {
        let bare = ["list", "number", "integer", "boolean", "string"];
        pairs.extend(bare.iter().flat_map(|other| [(*call, *other), (*other, *call)]));
    }
    pairs.sort_unstable();
    pairs.dedup();
    let row = |calls: &str| format!("{{ from: userId, on_error: omit, as: [{calls}] }}");
    let braced = |call: &str| if call.contains(':') { format!("{{ {call} }}") } else { call.to_owned() };
    let mut fields: Vec<(String, Value)> = Vec::new();
    for pairs in pairs.chunks(200) {
        let lines: Vec<String> = pairs.iter().map(|(a, b)| format!("{}, {}", braced(a), braced(b))).collect();
        let thing: String =
            lines.iter().enumerate().map(|(at, calls)| format!("\n    f{at}: {}", row(calls))).collect();
        let mapping =
            format!("payload:\n  thing:{thing}\nsteps: {{ send: {{ operation: send, body: thing }} }}");
        let of_line = found("operations: { send: { method: POST, path: /s } }", &mapping, &[]);
        for line in of_line
            .lines()
            .filter(|line| line.contains(" useless-modifier") || line.contains(" listed-twice"))
        {
            let at: usize = line.split(':').nth(1).unwrap().parse::<usize>().unwrap() - 4;
            let (first, second) = pairs[at];
            let left = if line.contains("has no effect before") { second } else { first };
            let value = |calls: &str| -> Value {
                serde_saphyr::from_str(&row(calls).replace("userId", "traits.v")).unwrap()
            };
            fields.push((format!("{first} | {second}"), value(&lines[at])));
            fields.push((format!("{first} | {second} once"), value(&braced(left))));
        }
    }
    assert!(fields.len() > 100, "{}", fields.len());
    let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    let numbered = fields.into_iter().enumerate().map(|(at, (_, row))| (format!("f{at}"), row));
    let mapper = rows(numbered);
    let values: Vec<Value> = examples()
        .flat_map(|example| {
            let result = match example.outcome {
                ExampleResult::Gives(text) => serde_json::from_str(text).ok(),
                _ => None,
            };
            [serde_json::from_str(example.value).ok(), result]
        })
        .flatten()
        .collect();
    for value in values {
        let body =
            preview(&mapper, &json!({ "type": "identify", "userId": "u", "traits": { "v": value } })).body();
        for (at, name) in names.iter().enumerate().step_by(2) {
            let of = |at: usize| body.get(format!("f{at}"));
            assert_eq!(of(at), of(at + 1), "{name}: {value}");
        }
    }
}
