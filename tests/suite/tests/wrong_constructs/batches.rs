//! Batches, and the items in them.

use crate::{Right, all_found};

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
