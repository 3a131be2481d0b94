//! Parts of the payload that read the item of the step that sends them.

use mapwright_tests::{drive, findings, mapper, preview, sources};
use serde_json::{Value, json};

const OF_ITEMS: &str = r#"
message: identify
values:
  label: { template: "{{ payload.order.sku }} of {{ userId }}" }
payload:
  order:
    sku: [item.sku, item.id]
    price: { from: item.price, as: number }
    user: userId
    double: { from: payload.order.price, as: { multiply: 2 } }
  line:
    order: payload.order
    label: $label
steps:
  first: { operation: send, body: { user: userId } }
  orders:
    for_each: traits.orders
    steps:
      order: { operation: send, body: order, when: payload.order.price > 1 }
      line: { operation: send, body: line, unless: payload.order.price > 1 }
"#;

#[test]
fn a_payload_part_reads_the_item_of_the_step_that_sends_it() {
    let mapper = mapper(OF_ITEMS, json!({}));
    let orders = json!([{ "sku": "a", "price": "2" }, { "id": "b", "price": 1 }, { "sku": "c" }]);
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "orders": orders } });
    let line = |order: Value, label: &str| json!({ "order": order, "label": label });
    let expected = [
        json!({ "user": "u1" }),
        json!({ "sku": "a", "price": 2, "user": "u1", "double": 4 }),
        line(json!({ "sku": "b", "price": 1, "user": "u1", "double": 2 }), "b of u1"),
        line(json!({ "sku": "c", "user": "u1" }), "c of u1"),
    ];
    let shown: Vec<Value> = preview(&mapper, &event).sent().into_iter().map(|sent| sent.body).collect();
    assert_eq!(shown, expected);
    let responses = vec![(200, json!({})); 4];
    let (sent, end) = drive(&mapper, &event, &responses);
    assert_eq!(sent.into_iter().map(|sent| sent.body).collect::<Vec<_>>(), expected, "{end}");
    // an item that cannot be mapped rejects the event before its first request
    let orders = json!([{ "sku": "a" }, { "sku": "b", "price": "x" }]);
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "orders": orders } });
    let rejection = preview(&mapper, &event).rejection();
    assert_eq!(rejection.field.as_deref(), Some("order.price"));
    assert_eq!(drive(&mapper, &event, &[]).0.len(), 0);
}

#[test]
fn a_part_that_reads_an_item_is_used_only_where_there_is_one() {
    let wrong = format!(
        "{OF_ITEMS}  order: {{ operation: send, body: order }}\n  line: {{ operation: send, body: {{ a: payload.line.label, b: payload.order.user, c: $label }} }}\nrequire: [{{ any: [payload.order.sku], otherwise: none }}]\nskip: [{{ when: $label, reason: none }}]\n"
    );
    insta::assert_snapshot!(findings(&sources(&wrong)));
}
