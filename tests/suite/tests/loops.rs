//! Items of loops: with a name they can be read inside of inner loops.

use mapwright_tests::{findings, mapper, preview, sources};
use serde_json::{Value, json};

const BEFORE: &str = "
title: Acme
names: [Acme]
versions: { default: '1.0' }
hosts: [api.acme.example.com, eu.acme.example.com]";

/// A table with a table in it, which is added to the settings of the destination.
const SETTINGS: &str = "
settings:
  apiKey: { type: string, secret: true, required: true }
  region: { type: string, one_of: [us, eu], default: us }
  events:
    type: list
    items:
      from: { type: string }
      to: { type: string }
      properties: { type: list, items: { source: { type: string }, target: { type: string } } }
";

fn mapping(row: &str) -> String {
    format!(
        "message: identify\npayload:\n  thing:\n    field: {row}\n    other: userId\nsteps:\n  send: {{ operation: send, body: thing }}\n"
    )
}

fn of(row: &str, traits: Value) -> Value {
    let event = json!({ "type": "identify", "userId": "u1", "event": "Signed Up", "traits": traits });
    preview(&mapper(&mapping(row), json!({})), &event).body()["field"].take()
}

fn found(row: &str) -> String {
    let mut sources = sources(&mapping(row));
    sources.insert("mappings/acme/destination.yaml", format!("{BEFORE}{SETTINGS}"));
    findings(&sources)
}

#[test]
fn an_inner_loop_reads_the_item_of_an_outer_one() {
    let orders = json!({ "orders": [
        { "id": 1, "lines": [{ "sku": "a", "n": 2 }, { "sku": "b", "n": 1 }] },
        { "id": 2, "lines": [{ "sku": "c", "n": 3 }], "off": true },
        { "id": 3, "lines": [{ "sku": "d", "n": 4 }] },
    ] });
    let row = "{ each: traits.orders, name: order, where: not order.off, to: \
        { each: order.lines, where: item.n > order.id, to: { ref: { template: '{{ order.id }}-{{ item.sku }}' }, order: order.id } } }";
    assert_eq!(
        of(row, orders.clone()),
        json!([[{ "ref": "1-a", "order": 1 }], [{ "ref": "3-d", "order": 3 }]])
    );
    // both have a name, and the loop makes an object
    let row = "{ each: traits.orders, name: order, key: order.id, to: \
        { each: order.lines, name: line, key: line.sku, to: { multiply: [order.id, line.n] } } }"
        .replace("{ multiply: [order.id, line.n] }", "{ from: line.n, as: { multiply: order.id } }");
    assert_eq!(
        of(&row, orders.clone()),
        json!({ "1": { "a": 2, "b": 1 }, "2": { "c": 6 }, "3": { "d": 12 } })
    );
    // a third loop, and a loop without a name between two with one
    let row = "{ each: traits.orders, name: order, to: { each: order.lines, to: \
        { each: [traits.tags], name: tag, to: { join: [order.id, item.sku, tag], with: '/' } } } }";
    let mut tagged = orders;
    tagged["tags"] = json!(["x", "y"]);
    assert_eq!(
        of(row, tagged),
        json!([[["1/a/x", "1/a/y"], ["1/b/x", "1/b/y"]], [["2/c/x", "2/c/y"]], [["3/d/x", "3/d/y"]]])
    );
}

#[test]
fn an_item_with_a_name_leaves_item_what_it_is_around_it() {
    let row = "{ each: traits.a, to: { each: item.b, name: inner, to: { x: inner, y: item.k } } }";
    let traits = json!({ "a": [{ "k": 1, "b": ["p", "q"] }, { "k": 2, "b": "r" }] });
    assert_eq!(
        of(row, traits),
        json!([[{ "x": "p", "y": 1 }, { "x": "q", "y": 1 }], [{ "x": "r", "y": 2 }]])
    );
}

#[test]
fn a_field_is_called_name_all_the_same() {
    assert_eq!(of("{ name: traits.a }", json!({ "a": 1 })), json!({ "name": 1 }));
    insta::assert_snapshot!(found("{ name: traits.a, to: { b: traits.b } }"));
}

#[test]
fn the_columns_of_a_nested_table_are_known() {
    let nested = "{ each: settings.events, name: row, where: row.from == event, to: { each: row.properties, key: item.target, to: { from: properties, key: item.source } } }";
    assert_eq!(found(nested), "");
    let wrong = nested.replace("item.source", "item.sorce").replace("row.from", "row.form");
    insta::assert_snapshot!(found(&wrong));
}

#[test]
fn names_that_shadow_others_and_names_that_nothing_reads_are_found() {
    let rows = [
        "{ each: traits.a, name: properties, to: properties.x }",
        "{ each: traits.a, name: item, to: item.x }",
        "{ each: traits.a, name: a-b, to: item.x }",
        "{ each: traits.a, name: one, to: { each: one.b, name: one, to: one.c } }",
        "{ each: traits.a, name: one, to: traits.b }",
        "{ each: traits.a, name: one, to: item.b }",
        "{ each: traits.a, name: one, to: ones.b }",
        "[{ each: traits.a, name: one, to: one.b }, one.c]",
        "{ from: traits.a, name: one }",
    ];
    let all: Vec<String> = rows.iter().map(|row| format!("# {row}\n{}", found(row))).collect();
    insta::assert_snapshot!(all.join("\n"));
}
