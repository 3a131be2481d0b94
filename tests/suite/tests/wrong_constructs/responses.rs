//! What is read of responses, and what follows from them.

use crate::{Right, all_found};

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
            mapping: "steps:\n  list: { operation: list, capture: { t: response.status, x: { each: response.body.l, to: item.a }, w: response.headers.w } }\n  send: { operation: send, when: captures.t == 200, body: { x: captures.x, w: captures.w } }",
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
