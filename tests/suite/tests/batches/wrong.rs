//! Mistakes in what operations say of batches.

use mapwright::Sources;
use mapwright_tests::{DESTINATION, VERSION, findings, list, sources};
use mapwright_validate::{Options, validate};

const IDENTIFY: &str = r#"
message: identify
payload: { thing: { id: userId, kind: { value: k } } }
steps: { put: { operation: put_many, body: thing } }
"#;

/// What is found where `put_many` has this batch and these responses.
fn found(batch: &str, responses: &str) -> String {
    found_with(
        &format!("  put_many: {{ method: POST, path: /things, batch: {batch}, responses: {responses} }}"),
        IDENTIFY,
    )
}

fn found_with(operations: &str, identify: &str) -> String {
    findings(&files(operations, identify))
}

fn files(operations: &str, identify: &str) -> Sources {
    let version = format!("{VERSION}{operations}\n");
    [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", version.as_str()),
        ("mappings/acme/1.0/identify.yaml", identify),
    ]
    .into_iter()
    .collect()
}

/// The same, also by the rules that look at mappings without errors; of these, what is about this version.
fn validated(operations: &str, identify: &str) -> String {
    let mut found = validate(&files(operations, identify), &Options::default()).findings;
    found.retain(|finding| {
        !["untested-mapping", "unused-definition", "idempotence"].contains(&finding.rule.id)
    });
    list(&found)
}

#[test]
fn a_batch_has_a_number_and_a_body_with_its_items() {
    let all = [
        "{}",
        "{ most: 1, body: items }",
        "{ most: 20000, body: items }",
        "{ most: 5, lists: { by: item.kind, most: 0 }, body: items }",
        "{ most: 5, lists: { by: item.kind, most: 5 }, body: items }",
        "{ most: 5, lists: { by: item.kind }, body: items }",
        "{ most: x, body: items }",
        "{ most: 5, body: { list: items } }",
        "{ most: 5, bodies: items }",
        "{ most: 5, body: items, bytes: 1kB, item_bytes: 1KiB }",
        "{ most: 5, body: items, bytes: 5MB, item_bytes: 4MiB }",
        "{ most: 5, body: items, item_bytes: 4194305 }",
        "{ most: 5, body: items, bytes: 1 gigabyte, wait: 5 }",
        "{ most: 5, body: items, merge: true }",
        r#"{ most: 5, body: { one: "items[0].id", now: now } }"#,
        r#"{ most: 5, body: { all: items, kind: "items[0].kind" } }"#,
        r#"{ most: 5, by: item.kind, body: { all: items, kind: "items[0].kind", more: "items[0].kind.name" } }"#,
        "{ most: 5, body: items, schema: thing.json }",
        "{ most: 5, by: [item.kind, { value: x }], lists: { by: { value: x }, most: 2 }, body: items }",
        "{ most: 5, body: { one: { from: items, as: first } } }",
        "{ most: 5, body: { few: { from: items, as: [unique, { limit_items: 2 }] } } }",
        "{ most: 5, body: { few: { from: items, as: { limit_items: 5 } } } }",
        "{ most: 5, body: { all: items, count: { from: items, as: count } } }",
        "{ most: 5, body: { switch: settings.region, cases: { eu: { few: { from: items, as: last } } }, else: items } }",
        r#"{ most: 5, by: item.kind, body: { all: items, kind: "items[4].kind", more: "items[5].kind" } }"#,
        "{ most: 5, bytes: 24B, body: { all: items, note: { value: fourteen bytes } } }",
        "{ most: 5, bytes: 36B, body: { all: items, note: { value: fourteen bytes } } }",
    ];
    let found: Vec<String> = all.iter().map(|batch| format!("{batch}\n{}", found(batch, "[]"))).collect();
    insta::assert_snapshot!(found.join("\n\n"));
}

#[test]
fn what_the_encoding_of_a_batch_cannot_write_is_found() {
    let all = [
        "{ method: GET, path: /a, idempotent: true, batch: { most: 5, body: items } }",
        "{ method: PUT, path: /a, batch: { most: 5, body: items, operation: many } }\n  many: { method: GET, path: /b, idempotent: true }",
        "{ method: PUT, path: /a, encoding: form, batch: { most: 5, body: items } }",
        "{ method: PUT, path: /a, encoding: form, batch: { most: 5, body: { all: { from: items, as: json_text } } } }",
        "{ method: PUT, path: /a, encoding: xml, batch: { most: 5, body: items } }",
        "{ method: PUT, path: /a, encoding: xml, batch: { most: 5, body: { all: items } } }",
        "{ method: PUT, path: /a, encoding: xml, batch: { most: 5, body: { all: items, b: now } } }",
        "{ method: PUT, path: /a, encoding: xml, batch: { most: 5, body: { all: { object: { \"@l:at\": now, \"l:thing\": items } } } } }",
        "{ method: PUT, path: /a, encoding: xml, batch: { most: 5, body: { all: { object: { \"@xmlns:l\": { value: urn }, \"@at\": items, \"l:thing\": items } } } } }",
        "{ method: PUT, path: /a, batch: { most: 5, body: items, operation: many } }\n  many: { method: PUT, path: /b, encoding: xml }",
    ];
    let found: Vec<String> = all
        .iter()
        .map(|operation| format!("{operation}\n{}", validated(&format!("  put_many: {operation}"), IDENTIFY)))
        .collect();
    insta::assert_snapshot!(found.join("\n\n"));
}

#[test]
fn conditions_over_items_know_the_bodies_that_become_items() {
    let identify = r#"
message: identify
payload:
  thing: { id: userId, kind: { value: k }, n: { from: traits.n, as: number } }
  other: { id: userId, kind: { value: o } }
steps: { put: { operation: put_many, body: thing }, more: { operation: put_many, body: other } }
"#;
    let all = [
        r#"unless: item.kind == "k", body: items"#,
        r#"unless: item.kind == "x", body: items"#,
        r#"unless: item.n == "x", body: items"#,
        r#"unless: item.n > 5, body: items"#,
        r#"by: { from: item.id, when: item.kind is number }, body: items"#,
        r#"body: { each: items, where: item.kind == "x", to: item }"#,
        r#"body: { each: items, name: one, where: 'one.kind in ["x", "y"]', to: { id: one.id, n: { from: one.n, when: one.n == "x" } } }"#,
        r#"body: { each: items, to: { id: item.id, tags: { each: item.tags, where: item.kind == "x", to: item.name } } }"#,
    ];
    let found: Vec<String> = all
        .iter()
        .map(|batch| {
            let operation = format!("  put_many: {{ method: PUT, path: /a, batch: {{ most: 5, {batch} }} }}");
            format!("{batch}\n{}", validated(&operation, identify))
        })
        .collect();
    insta::assert_snapshot!(found.join("\n\n"));
}

#[test]
fn rows_of_a_batch_read_the_items_and_the_settings() {
    let all = [
        "{ most: 5, body: items, by: userId }",
        r#"{ most: 5, body: items, by: [item.id, "items[0].id"] }"#,
        "{ most: 5, body: items, unless: payload.thing.id }",
        "{ most: 5, lists: { by: userId, most: 2 }, body: items }",
        "{ most: 5, body: items, id: [item.id, captures.id] }",
        "{ most: 5, body: { all: items, of: event, user: $.userId, region: settings.region, at: now } }",
        "{ most: 5, body: { each: items, to: { id: item.id, of: response.status } } }",
        "{ most: 5, body: { all: items, lists: options.list } }",
        "{ most: 5, body: { all: items, first: item.id } }",
    ];
    let found: Vec<String> = all.iter().map(|batch| format!("{batch}\n{}", found(batch, "[]"))).collect();
    insta::assert_snapshot!(found.join("\n\n"));
}

#[test]
fn an_operation_for_many_takes_items_and_has_none_of_its_own() {
    let many = |name: &str| {
        let operations = format!(
            "  put_many: {{ method: PUT, path: /one, batch: {{ most: 5, body: items, operation: {name} }} }}\n  \
             other: {{ method: POST, path: /other, batch: {{ most: 5, body: items }} }}\n  \
             bulk: {{ method: POST, path: /bulk }}"
        );
        format!("{name}\n{}", found_with(&operations, IDENTIFY))
    };
    insta::assert_snapshot!(["bulk", "bulks", "put_many", "other", "put"].map(many).join("\n\n"));
}

#[test]
fn failed_items_are_named_in_one_way() {
    let batch = "{ most: 5, body: items }";
    let all = [
        "[{ status: 207, class: done, failed: { each: response.body.errors, index: item.i, id: item.id } }]",
        "[{ status: 207, class: done, failed: { each: response.body.errors } }]",
        "[{ status: 207, class: done, failed: { index: item.i } }]",
        "[{ status: 207, class: done, failed: { each: response.body.errors, id: item.id } }]",
        "[{ status: 207, class: done, failed: { each: response.body.errors, idx: item.id } }]",
        "[{ status: 207, class: done, failed: { each: response.body.errors, index: item.i, class: throttle } }]",
        "[{ status: 207, class: done, failed: { each: properties.errors, index: item.i, message: userId } }]",
        "[{ status: 413, class: split, into: pieces }, { status: 400, class: retry, into: items }]",
        "[{ status: 200, when: event == 'x', class: done }]",
        "[{ status: 200, class: done, capture: { id: response.body.id } }]",
        "[{ status: 207, class: done, failed: { each: response.body.errors, index: { value: -1 } } }]",
        "[{ status: 207, class: done, failed: { each: response.body.errors, index: settings.region } }]",
        "[{ status: 207, class: done, failed: { each: response.body, index: response.body.row } }]",
        "[{ status: 207, class: done, failed: { each: settings.region, index: item } }]",
        "[{ status: [204, 1xx], class: done, failed: { each: response.body.errors, index: item.i } }]",
        "[{ status: [204, 207], class: done, failed: { each: response.body.errors, index: item.i } }]",
    ];
    let found: Vec<String> = all.iter().map(|rules| format!("{rules}\n{}", found(batch, rules))).collect();
    insta::assert_snapshot!(found.join("\n\n"));
}

#[test]
fn items_are_named_and_split_only_where_there_are_some() {
    let operations = "  put_many: { method: POST, path: /things, responses: [\n    \
        { status: 413, class: split },\n    \
        { status: 207, class: done, failed: { each: response.body.errors, index: item.i } } ] }\n\
        responses: [{ status: 400, class: split, into: items }]";
    insta::assert_snapshot!(found_with(operations, IDENTIFY));
}

#[test]
fn a_step_of_a_batch_has_only_its_item() {
    let operations = "  put_many: { method: POST, path: /things, batch: { most: 5, body: items } }\n\
        responses: [{ status: 400, when: userId, class: done }]";
    let identify = r#"
message: identify
payload: { thing: { id: userId } }
steps:
  bare: { operation: put_many }
  put:
    operation: put_many
    body: thing
    capture: { id: response.body.id }
    on: [{ status: 404, class: done }]
    warn: [{ when: response.body.note, code: note, message: noted }]
  pages: { operation: put_many, body: thing, page: { next: response.body.next, query: { from: captures.next }, most: 5 } }
"#;
    insta::assert_snapshot!(found_with(operations, identify));
}

const IMPORT: &str = r#"{
  "type": "object", "required": ["events", "source"], "additionalProperties": false,
  "properties": {
    "events": { "type": "array", "items": { "type": "object", "properties": { "name": { "type": "string" }, "at": { "type": "integer" }, "v": { "type": "string", "enum": ["1", "2"] } }, "additionalProperties": false } },
    "source": { "type": "string" },
    "mode": { "enum": ["fast", "slow"] },
    "sent_at": { "type": "string", "format": "date-time" }
  }
}"#;

#[test]
fn what_the_schema_of_a_batch_refuses_is_found() {
    let mut text = String::new();
    for body in [
        "{ events: items, source: { value: web }, sent_at: { from: now, as: iso8601 } }",
        "items",
        "{ events: items, source: { value: 7 } }",
        "{ events: items, source: settings.flag }",
        "{ events: items, source: settings.region, mode: { value: fats } }",
        "{ events: items, source: settings.region, mode: { switch: settings.region, cases: { us: { value: fast }, eu: { value: sloww } } } }",
        "{ evnts: items, source: settings.region }",
        "{ events: items }",
        "{ events: { each: items, to: { name: item.name } } }",
        "{ events: items, source: \"items[0].source\" }",
        "{ events: items, source: settings.region, sent_at: now }",
        "{ events: { each: items, key: item.name, to: item }, source: settings.region }",
        "{ events: { each: items, to: { name: { from: item.name, as: integer }, v: { value: 1 }, ad: item.at } }, source: settings.region }",
        "{ events: { each: items, to: { name: item.name, v: { value: \"3\" } } }, source: { from: items, as: count } }",
    ] {
        let mut files = sources(
            "message: identify\npayload: { event: { name: userId } }\nsteps: { send: { operation: import, body: event } }\n",
        );
        let version = format!(
            "version: \"1.0\"\nserver: {{ value: https://api.acme.example.com }}\noperations:\n  import:\n    method: POST\n    path: /import\n    schema: import.json\n    batch: {{ most: 10, body: {body} }}\n"
        );
        files.insert("mappings/acme/1.0/version.yaml", version);
        files.insert("schemas/acme/1.0/import.json", IMPORT);
        let mut findings = validate(&files, &Options::default()).findings;
        findings.retain(|finding| {
            !["untested-mapping", "unused-definition", "idempotence"].contains(&finding.rule.id)
        });
        text += &format!("{body}\n    {}\n", list(&findings).replace('\n', "\n    "));
    }
    insta::assert_snapshot!(text);
}

/// What is found of a batch whose items have no schema of their own.
fn of_items(body: &str, schema: &str, event: &str) -> String {
    let mut files = sources(&format!(
        "message: identify\npayload: {{ event: {event} }}\nsteps: {{ send: {{ operation: import, body: event }} }}\n"
    ));
    let version = format!(
        "version: \"1.0\"\nserver: {{ value: https://api.acme.example.com }}\noperations:\n  import:\n    method: POST\n    path: /import\n    schema: import.json\n    batch: {{ most: 10, by: [item.list], body: {body} }}\n"
    );
    files.insert("mappings/acme/1.0/version.yaml", version);
    files.insert("schemas/acme/1.0/import.json", schema);
    let mut findings = validate(&files, &Options::default()).findings;
    findings.retain(|finding| {
        !["untested-mapping", "unused-definition", "idempotence"].contains(&finding.rule.id)
    });
    list(&findings)
}

#[test]
fn items_are_held_against_the_schema_of_the_body_that_they_share() {
    let item = r#"{ "type": "object", "required": ["name"], "additionalProperties": false, "properties": { "name": { "type": "string" }, "list": { "type": "string" }, "age": { "type": "integer" } } }"#;
    let list = format!(r#"{{ "type": "array", "items": {item} }}"#);
    let inner = format!(
        r#"{{ "type": "object", "required": ["events", "list_id"], "properties": {{ "events": {list}, "list_id": {{ "type": "string" }} }} }}"#
    );
    let by_id = format!(
        r#"{{ "type": "object", "additionalProperties": {{ "type": "object", "properties": {{ "data": {item} }} }} }}"#
    );
    let mut text = String::new();
    for (body, schema) in [
        ("items", &list),
        ("{ events: items, list_id: \"items[0].list\" }", &inner),
        (
            "{ events: { each: items, name: one, to: one }, list_id: { from: \"items[0].list\", default: { value: none } } }",
            &inner,
        ),
        ("{ each: items, key: item.name, to: { data: item } }", &by_id),
    ] {
        for event in [
            "{ name: { from: userId, on_missing: reject }, list: { from: traits.list, as: string, on_missing: reject } }",
            "{ name: userId, list: { from: traits.list, as: string } }",
            "{ list: traits.list, age: { from: traits.age, as: string }, nme: userId }",
        ] {
            let found = of_items(body, schema, event);
            text += &format!("{body} of {event}\n    {}\n", found.replace('\n', "\n    "));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn members_that_count_items_are_members_of_items() {
    let mut files = sources(
        "message: identify\npayload: { event: { kind: { value: a } } }\nsteps: { send: { operation: import, body: event } }\n",
    );
    files.insert(
        "mappings/acme/1.0/version.yaml",
        "version: \"1.0\"\nserver: { value: https://api.acme.example.com }\noperations:\n  import:\n    method: POST\n    path: /import\n    batch: { most: 10, body: items }\n    responses: [{ status: 207, class: done, failed: { each: response.body.e, index: item.i, among: item.knd == \"a\" } }]\n",
    );
    let found = list(&validate(&files, &Options::default()).findings);
    assert!(found.contains("no item of the batch of `import` has `item.knd`"), "{found}");
}
