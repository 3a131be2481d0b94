//! Constructs that cannot do what they are for are found, each once, and what is like them and right is not.

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
fn pages() {
    let wrong = all_found(&[Right {
        version: "query: { v: { value: 1 } }\noperations: { list: { method: GET, path: '/l/{id}', idempotent: true, query: { o: { value: 1 } } }, send: { method: POST, path: /s } }",
        mapping: "steps:\n  list: { operation: list, when: userId, params: { id: userId }, query: { s: userId }, capture: { t: response.body.l }, page: { next: response.body.n, query: { a: captures.next }, most: 5 } }\n  send: { operation: send, body: { t: captures.t } }",
        files: &[],
        wrong: &[
            ("when: userId", &["when: captures.next", "unless: captures.next", "when: captures.t or userId"]),
            ("query: { a:", &["query: { s:", "query: { o:", "query: { v:"]),
            ("response.body.n,", &["response.status,"]),
            ("id: userId", &["id: captures.next", "id: captures.t"]),
        ],
    }]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn answers() {
    let files = [
        (
            "schemas/acme/1/answer.json",
            r#"{ "type": "object", "properties": { "people": { "type": "array", "items": { "type": "object", "properties": { "id": { "type": "string" }, "n": { "type": "integer" } }, "additionalProperties": false } }, "cursor": { "type": "string" }, "more": { "type": "boolean" }, "info": { "type": "object", "properties": { "a": { "type": "string" } }, "additionalProperties": false } }, "additionalProperties": false }"#,
        ),
        (
            "schemas/acme/1/sent.json",
            r#"{ "type": "object", "properties": { "id": { "type": "string" }, "f": { "type": "string" }, "g": {}, "h": {} }, "additionalProperties": false }"#,
        ),
    ];
    let wrong = all_found(&[
        Right {
            version: "operations: { list: { method: GET, path: /l, idempotent: true, answer_schema: answer.json }, send: { method: POST, path: /s, schema: sent.json } }",
            mapping: "values: { info: captures.info, a: $info.a }\npayload: { t: { id: userId, f: { from: captures.names, key: userId }, g: $a, h: captures.info.a } }\nsteps:\n  list: { operation: list, capture: { names: { each: response.body.people, key: item.id, to: item.id }, info: response.body.info, c: response.body.cursor }, cache: { for: 5m, renew: captures.c == userId }, page: { next: response.body.cursor, query: { a: captures.next }, most: 5 } }\n  each: { operation: send, for_each: settings.list, body: { id: item } }\n  send: { operation: send, body: t }",
            files: &files,
            wrong: &[
                (
                    "next: response.body.cursor",
                    &["next: response.body.info", "next: response.body.more", "next: response.body.people"],
                ),
                ("to: item.id", &["to: item.n", "to: { object: { a: item.id } }"]),
                ("$info.a", &["$info.b"]),
                ("h: captures.info.a", &["h: captures.info.b"]),
                ("captures.c == userId", &["captures.c == 3", "captures.info == 3", "captures.c is number"]),
                ("settings.list", &["{ from: properties.list, as: string }", "{ value: 3 }"]),
            ],
        },
        Right {
            version: "operations: { list: { method: GET, path: /l, idempotent: true, answer_schema: answer.json }, send: { method: POST, path: '/s/{c}', schema: sent.json } }",
            mapping: "steps:\n  list: { operation: list, capture: { people: response.body.people, c: response.body.cursor, info: response.body.info } }\n  each: { for_each: captures.people, where: item.n == 3, operation: send, body: { id: item.id, g: { each: settings.rows, to: item.a } } }",
            files: &files,
            wrong: &[
                ("item.n == 3", &["item.n == '3'", "item.m == 3"]),
                ("id: item.id", &["id: item.n", "id: item.idd"]),
                ("c: response.body.cursor", &["c: response.body.people", "c: response.body.info"]),
            ],
        },
    ]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn what_is_sent_again_or_kept() {
    let wrong = all_found(&[
        Right {
            version: "responses: [{ status: 429, class: throttle }]\noperations: { list: { method: GET, path: /l, idempotent: true, responses: [{ status: 200, when: response.body.more, class: retry }] }, send: { method: POST, path: /s } }",
            mapping: "steps:\n  list: { operation: list, capture: { t: response.body.t }, cache: 5m, on: [{ status: 404, class: done }, { status: 202, class: retry }, { status: 200, class: retry, times: 3 }] }\n  send: { operation: send, body: { t: captures.t } }",
            files: &[],
            wrong: &[
                (", times: 3", &[""]),
                (
                    "{ status: 202, class: retry }, { status: 200, class: retry, times: 3 }",
                    &[
                        "{ status: 2xx, class: throttle }",
                        "{ status: 2xx, class: give_up }",
                        "{ class: retry }",
                    ],
                ),
                ("cache: 5m", &["cache: 8761h"]),
            ],
        },
        Right {
            version: "responses: [{ status: 200, when: response.body.expired, renew: settings.key }, { status: 401, renew: settings.key }]\noperations: { send: { method: POST, path: /s } }",
            mapping: "steps: { send: { operation: send, body: { t: userId } } }",
            files: &[],
            wrong: &[("when: response.body.expired, ", &[""]), ("status: 401", &["status: 2xx"])],
        },
        Right {
            version: "operations: { login: { method: POST, path: /login, idempotent: true }, list: { method: GET, path: /l, idempotent: true }, send: { method: POST, path: /s } }",
            mapping: "steps:\n  token: { operation: login, body: { a: userId }, capture: { t: response.body.t }, cache: 5m }\n  list: { operation: list, query: { t: captures.t }, capture: { l: response.body.l } }\n  send: { operation: send, headers: { X-T: captures.t }, body: { id: captures.l }, on: [{ status: 401, then: token }] }",
            files: &[],
            wrong: &[("headers: { X-T: captures.t }, body: { id: captures.l }", &["body: { id: userId }"])],
        },
    ]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn batches() {
    let wrong = all_found(&[
        Right {
            version: "operations:\n  send:\n    method: POST\n    path: /s\n    idempotent: true\n    batch: { most: 5, item_bytes: 100B, by: item.event, lists: { by: item.event, most: 2 }, id: item.id, operation: many, body: { e: { each: items, to: item.id }, l: { from: [items], as: { limit_items: 5 } } } }\n    responses: [{ status: 207, class: done, failed: { each: response.body.e, index: item } }]\n  many: { method: POST, path: /m, idempotent: true, query: { q: settings.name }, responses: [{ status: 207, class: done, failed: { each: response.text, index: { from: item, as: { extract: '[0-9]+' } } } }] }",
            mapping: "payload: { thing: { id: messageId, event: event, kind: { value: a }, data: { object: { x: userId } } } }\nsteps: { send: { operation: send, body: thing } }",
            files: &[],
            wrong: &[
                (
                    "by: item.event,",
                    &["by: item.id,", "by: item.kind,", "by: settings.name,", "by: [item.event, item.kind],"],
                ),
                ("lists: { by: item.event", &["lists: { by: item.kind", "lists: { by: settings.name"]),
                ("id: item.id,", &["id: item.data,", "id: item.kind,"]),
                ("query: { q: settings.name }", &["query: { q: messageId }", "headers: { q: messageId }"]),
                ("item_bytes: 100B", &["item_bytes: 2B", "item_bytes: 11B"]),
                ("to: item.id }", &["to: item }, j: { from: items, as: { join: ',' } }"]),
                ("response.body.e", &["response.status", "response.text"]),
                ("{ from: item, as: { extract: '[0-9]+' } }", &["item"]),
            ],
        },
        // the body has a value of one item
        Right {
            version: "operations:\n  send: { method: POST, path: /s, idempotent: true, batch: { most: 5, by: item.kind, body: { k: 'items[0].kind', e: items } } }",
            mapping: "payload: { thing: { id: userId, kind: { value: a } } }\nsteps: { send: { operation: send, body: thing } }",
            files: &[],
            wrong: &[
                ("by: item.kind, ", &[""]),
                ("k: 'items[0].kind', e: items", &["'...': items", "e: { each: items, to: { value: 1 } }"]),
            ],
        },
        // any event becomes an item
        Right {
            version: "operations:\n  send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { a: { each: items, where: item.ev == 'a', to: item.id }, b: { each: items, where: item.ev != 'a', to: item } } } }",
            mapping: "payload: { thing: { id: { from: userId, on_missing: reject }, ev: event } }\nsteps: { send: { operation: send, body: thing } }",
            files: &[],
            wrong: &[("item.ev != 'a'", &["item.ev == 'b'", "item.ev == 'b' or item.ev == 'c'"])],
        },
        Right {
            version: "operations:\n  send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { a: { each: items, where: item.ev == 'a', to: item } } } }",
            mapping: "payload: { thing: { id: userId, ev: event } }\nskip: [{ when: event != 'a', reason: no item }]\nsteps: { send: { operation: send, body: thing } }",
            files: &[],
            wrong: &[("skip: [{ when: event != 'a', reason: no item }]\n", &[""])],
        },
    ]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn what_responses_and_requests_cannot_have() {
    let files = [(
        "schemas/acme/1/answer.json",
        r#"{ "type": "object", "properties": { "id": { "type": "string" }, "info": { "type": "object" } }, "additionalProperties": false }"#,
    )];
    let wrong = all_found(&[Right {
        version: "operations: { list: { method: GET, path: /l, idempotent: true, answer_schema: answer.json }, send: { method: POST, path: '/s/{p}' } }",
        mapping: "payload: { t: { id: userId, f: { template: '{{ settings.name }}' }, '...': properties } }\nsteps:\n  list: { operation: list, capture: { id: response.body.id, info: response.body.info }, on: [{ status: [404, 4xx], when: response.text == 'none', class: done }, { status: 204, when: response.headers.next == 'x', class: done }, { status: 2xx, when: response.status == 202, class: retry }, { status: 200, when: response.body.id == 'x', class: give_up }] }\n  send: { operation: send, params: { p: captures.id }, headers: { X-P: captures.id }, body: t }",
        files: &files,
        wrong: &[
            ("'{{ settings.name }}'", &["settings.name", "captures.id"]),
            (
                "'...': properties",
                &["'...': { list: [userId] }", "'...': { from: properties, as: json_text }"],
            ),
            ("response.text == 'none'", &["response.text == 3", "response.status == 500"]),
            ("response.headers.next == 'x'", &["response.body.next == 'x'", "response.headers.next == 3"]),
            ("response.status == 202", &["response.status == 404"]),
            ("when: response.body.id == 'x', class: give_up", &["class: give_up"]),
            ("p: captures.id }", &["p: captures.info }"]),
            ("X-P: captures.id", &["X-P: captures.info"]),
        ],
    }]);
    insta::assert_snapshot!(wrong);
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
fn tokens_of_batches() {
    let wrong = all_found(&[Right {
        version: "operations:\n  login: { method: POST, path: /login, idempotent: true }\n  send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { e: items } }, responses: [{ status: 401, class: give_up }, { status: 413, class: split }] }",
        mapping: "payload: { t: { id: userId, k: captures.k } }\nsteps:\n  token: { operation: login, body: { a: userId }, capture: { t: response.body.t }, cache: 5m }\n  own: { operation: login, body: { a: event }, capture: { k: response.body.k } }\n  send: { operation: send, headers: { X-T: captures.t }, body: t }",
        files: &[],
        wrong: &[
            ("401, class: give_up", &["401, class: split", "401, class: retry, times: 3"]),
            ("body: t }", &["body: t, on: [{ status: 401, then: token }] }"]),
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
fn items_that_nothing_arrives_of() {
    let thing = "payload: { thing: { id: { from: userId, on_missing: reject }, n: properties.n, m: properties.m, ok: { from: properties.ok, as: boolean }, kind: event, data: { object: { x: properties.x, y: userId } }, list: { switch: event, cases: { a: { value: event } }, else: { value: attributes } } } }\nsteps: { send: { operation: send, body: thing } }";
    let wrong = all_found(&[
        // every item is there with something
        Right {
            version: "values: { n: { from: item.n }, id: { from: item.id } }\noperations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { e: { each: items, to: item.id } } } } }",
            mapping: thing,
            files: &[],
            wrong: &[(
                "to: item.id",
                &[
                    "to: { n: item.n }",
                    "to: { n: item.n, m: item.m }",
                    "to: { rest_of: [item], omit: [id, ok, kind, data, list, m] }",
                    "to: { from: item, as: { pick: [n, m] } }",
                    "to: { from: item, as: [{ omit: [id, list] }, { pick: [n, id] }] }",
                    "to: { template: '{{ item.n }}' }",
                    "to: { template: '{% if item.id %}x{% endif %}' }",
                    "to: { switch: item.kind, cases: { a: item } }",
                    "to: { join: [item.n, item.m] }",
                    "to: { list: [item.n] }",
                    "to: { merge: [{ a: item.n }, { b: item.m }] }",
                    "to: [item.n, item.m]",
                    "to: $n",
                    "to: item.data",
                    "to: item.data.x",
                    "name: one, to: { n: one.n }",
                    "where: item.list == 'event', to: item.n }, f: { each: items, where: item.list != 'event', to: item.id",
                    "where: item.list == 'event', to: { d: item.data } }, f: { each: items, where: item.list != 'event', to: item.id",
                ],
            )],
        },
        // its neighbours
        Right {
            version: "values: { id: { from: item.id } }\noperations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { a: { each: items, to: { n: item.n, id: item.id } }, b: { each: items, to: { rest_of: [item], omit: [n] } } } } } }",
            mapping: thing,
            files: &[],
            wrong: &[],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { a: { each: items, to: { from: item, as: { omit: n } } } } } } }",
            mapping: thing,
            files: &[],
            wrong: &[],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { a: { each: items, to: { switch: item.kind, cases: { a: item.n }, else: item } }, b: { template: '{{ items|length }}' } } } } }",
            mapping: thing,
            files: &[],
            wrong: &[(
                "{ a: { each: items, to: { switch: item.kind, cases: { a: item.n }, else: item } }, ",
                &[
                    "{ ",
                    "{ a: { template: '{% for i in items %}x{% endfor %}' }, ",
                    "{ a: { from: items, as: count }, ",
                ],
            )],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { a: { template: '{% for i in items %}{{ i.id }},{% endfor %}' } } } } }",
            mapping: thing,
            files: &[],
            wrong: &[],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { a: { each: items, where: item.n, to: item.n }, b: { each: items, where: not item.n, to: item.id } } } } }",
            mapping: thing,
            files: &[],
            wrong: &[],
        },
        // a step asks for what is sent
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: { a: { each: items, to: { n: item.n } } } } } }",
            mapping: "payload: { thing: { n: properties.n } }\nsteps: { send: { operation: send, when: properties.n, body: thing } }",
            files: &[],
            wrong: &[("when: properties.n, ", &[""])],
        },
    ]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn items_that_become_one_or_are_named_wrongly() {
    let thing = "payload: { thing: { id: { from: userId, on_missing: reject }, n: properties.n, ok: { from: properties.ok, as: boolean }, list: { switch: event, cases: { a: { value: event } }, else: { value: attributes } } } }\nsteps: { send: { operation: send, body: thing } }";
    let wrong = all_found(&[
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, id: item.id, merge: true, body: { e: { each: items, key: item.id, to: item } } }, responses: [{ status: 207, class: done, failed: { each: response.body.e, id: item.id } }] } }",
            mapping: thing,
            files: &[],
            wrong: &[
                (
                    "key: item.id",
                    &["key: { from: item.id, as: { truncate: 1 } }", "key: { from: item.id, as: lowercase }"],
                ),
                (
                    "id: item.id, merge: true",
                    &[
                        "id: { template: x }, merge: true",
                        "id: item.ok, merge: true",
                        "id: item.list, merge: true",
                    ],
                ),
                ("id: item.id } }", &["index: item.i } }"]),
                ("key: item.id, to: item", &["to: { n: item.n, ok: item.ok, l: item.list }"]),
            ],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, id: item.n, merge: true, body: { e: items } } } }",
            mapping: "payload: { thing: { id: { from: userId, on_missing: reject }, n: { from: properties.n, on_missing: reject } } }\nsteps: { send: { operation: send, body: thing } }",
            files: &[],
            wrong: &[(
                "{ e: items }",
                &[
                    "{ e: { each: items, key: item.id, to: item } }",
                    "{ e: { each: items, key: item.n, to: item } }",
                    "{ e: { each: items, to: item.id } }",
                ],
            )],
        },
        // lists of some of the items
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, lists: { by: item.list, most: 2 }, body: { a: { each: items, where: item.list == 'event', to: item.id }, b: { each: items, where: item.list != 'event', to: item.id } } }, responses: [{ status: 207, class: done, failed: { each: response.body.e, index: item.i, among: item.list == 'event' } }] } }",
            mapping: thing,
            files: &[],
            wrong: &[
                (", among: item.list == 'event'", &[""]),
                (
                    "where: item.list != 'event', ",
                    &["", "where: item.list == 'event' or item.list != 'event', "],
                ),
                (
                    "{ a: { each: items, where: item.list == 'event', to: item.id }, b: { each: items, where: item.list != 'event', to: item.id } }",
                    &["{ a: items }", "{ a: { each: items, to: item.id } }"],
                ),
            ],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, by: item.list, unless: item.n, body: { a: { each: items, where: item.list == 'event', to: item.id }, b: items } }, responses: [{ status: 413, class: split }, { status: 207, class: done, failed: { each: response.body.e, index: item.i } }] } }",
            mapping: thing,
            files: &[],
            wrong: &[
                ("by: item.list", &["by: item", "by: [item.list, item]"]),
                (
                    "unless: item.n",
                    &[
                        "unless: item",
                        "unless: item and settings.name",
                        "unless: version == '1'",
                        "unless: version == '2'",
                    ],
                ),
            ],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, body: items, operation: many }, responses: [{ status: 413, class: give_up }] }, many: { method: POST, path: /m, idempotent: true, responses: [{ status: 413, class: split }] } }",
            mapping: thing,
            files: &[],
            wrong: &[("class: give_up", &["class: split"])],
        },
    ]);
    insta::assert_snapshot!(wrong);
}

#[test]
fn answers_that_never_match() {
    let wrong = all_found(&[
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, id: item.id, body: items }, responses: [{ status: 207, class: done, failed: { each: response.body.e, where: item.bad, index: item.i } }] } }",
            mapping: "steps: { send: { operation: send, body: { id: userId } } }",
            files: &[],
            wrong: &[
                ("each: response.body.e", &["each: response.headers.x-failed", "each: response.text"]),
                (
                    "where: item.bad",
                    &["where: response.status == 500", "where: item.bad and response.status == 500"],
                ),
                ("index: item.i", &["index: { template: 'n{{ item.i }}' }"]),
            ],
        },
        Right {
            version: "operations: { send: { method: POST, path: /s, idempotent: true, batch: { most: 5, id: item.id, body: items }, responses: [{ status: [207, 400], class: done, failed: [{ each: response.headers.x-failed, id: item }, { each: response.headers.x-at, index: { template: '{{ item }}' } }, { each: response.body.e, where: response.status == 400, index: item.i }] }] } }",
            mapping: "steps: { send: { operation: send, body: { id: userId } } }",
            files: &[],
            wrong: &[],
        },
        Right {
            version: "operations: { list: { method: GET, path: /l, idempotent: true }, send: { method: POST, path: /s } }",
            mapping: "steps:\n  list: { operation: list, capture: { t: response.status, x: { each: response.body.l, to: item.a }, w: { each: response.headers.w, to: item } } }\n  send: { operation: send, when: captures.t == 200, body: { x: captures.x, w: captures.w } }",
            files: &[],
            wrong: &[
                ("captures.t == 200", &["captures.t == '200'"]),
                ("each: response.body.l", &["each: response.headers.x", "each: response.text"]),
                ("t: response.status", &["t: { value: 200 }", "t: event"]),
            ],
        },
        // a capture says that the step was made
        Right {
            version: "operations: { list: { method: GET, path: /l, idempotent: true }, send: { method: POST, path: /s } }",
            mapping: "steps:\n  list: { operation: list, when: userId, capture: { t: { value: true } } }\n  send: { operation: send, body: { t: captures.t } }",
            files: &[],
            wrong: &[("when: userId, ", &[""])],
        },
        Right {
            version: "operations: { list: { method: GET, path: /l, idempotent: true }, send: { method: POST, path: /s } }",
            mapping: "payload: { thing: { t: captures.t } }\nsteps:\n  list: { operation: list, capture: { t: response.body.t }, page: { next: response.body.n, query: { a: captures.next }, most: 5 } }\n  send: { operation: send, body: thing }",
            files: &[],
            wrong: &[
                ("thing: { t: captures.t }", &["thing: { t: captures.t, n: captures.next }"]),
                ("body: thing", &["when: captures.next, body: thing"]),
            ],
        },
        // two steps with pages
        Right {
            version: "operations: { list: { method: GET, path: /l, idempotent: true }, send: { method: POST, path: /s } }",
            mapping: "steps:\n  a: { operation: list, capture: { t: response.body.t }, page: { next: response.body.n, query: { a: captures.next }, most: 5 } }\n  b: { operation: list, capture: { u: response.body.t }, page: { next: response.body.n, query: { a: captures.next }, most: 5 } }\n  send: { operation: send, body: { t: captures.t, u: captures.u } }",
            files: &[],
            wrong: &[],
        },
    ]);
    insta::assert_snapshot!(wrong);
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
