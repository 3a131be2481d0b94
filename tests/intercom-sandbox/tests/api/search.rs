//! `POST /contacts/search`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Fixture, start, start_with};

async fn found(api: &Fixture, query: Value) -> Vec<String> {
    let answer = api.post("/contacts/search", json!({ "query": query })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let data = answer.body["data"].as_array().unwrap();
    data.iter().map(|contact| contact["external_id"].as_str().unwrap_or("-").to_owned()).collect()
}

fn is(field: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({ "field": field, "operator": operator, "value": value.into() })
}

/// Intercom API reference 2.10, `POST /contacts/search`: newly created contacts can take a while to be found.
#[tokio::test]
async fn a_search_lags_behind_writes() {
    let api = start_with("2.10", |b| b.search_lag(Duration::from_secs(60))).await;
    let id = api.contact("u-1").await;
    assert!(found(&api, is("external_id", "=", "u-1")).await.is_empty());
    api.clock.advance(59_999);
    assert!(found(&api, is("external_id", "=", "u-1")).await.is_empty());
    api.clock.advance(1);
    assert_eq!(found(&api, is("external_id", "=", "u-1")).await, ["u-1"]);

    api.send("PUT", &format!("/contacts/{id}"), json!({ "external_id": "u-2" })).await.id();
    assert_eq!(found(&api, is("external_id", "=", "u-1")).await, ["u-1"]);
    api.clock.advance(60_000);
    assert!(found(&api, is("external_id", "=", "u-1")).await.is_empty());
    assert_eq!(found(&api, is("external_id", "=", "u-2")).await, ["u-2"]);
}

/// Intercom API reference 2.10, `POST /contacts/search`: the operators, alone and in groups.
#[tokio::test]
async fn filters_compare_and_combine() {
    let api = start("2.10").await;
    for (id, plan, owner) in [("a", "pro", 1), ("b", "free", 2), ("c", "pro", 3)] {
        let attributes = json!({ "plan": plan });
        let email = format!("{id}@example.com");
        let body =
            json!({ "external_id": id, "email": email, "owner_id": owner, "custom_attributes": attributes });
        api.post("/contacts", body).await.id();
        api.clock.advance(1000);
    }
    let all = |operator: &str, filters: Vec<Value>| json!({ "operator": operator, "value": filters });
    assert_eq!(found(&api, is("email", "=", "b@example.com")).await, ["b"]);
    assert_eq!(found(&api, is("custom_attributes.plan", "=", "pro")).await, ["a", "c"]);
    assert_eq!(found(&api, is("custom_attributes.plan", "!=", "pro")).await, ["b"]);
    assert_eq!(found(&api, is("owner_id", ">", 1)).await, ["b", "c"]);
    assert_eq!(found(&api, is("owner_id", "<=", 2)).await, ["a", "b"]);
    assert_eq!(found(&api, is("external_id", "IN", json!(["a", "c"]))).await, ["a", "c"]);
    assert_eq!(found(&api, is("external_id", "NIN", json!(["a", "c"]))).await, ["b"]);
    assert_eq!(found(&api, is("email", "~", "@example")).await, ["a", "b", "c"]);
    assert_eq!(found(&api, is("email", "!~", "b@")).await, ["a", "c"]);
    assert_eq!(found(&api, is("email", "^", "c@")).await, ["c"]);
    assert_eq!(found(&api, is("email", "$", ".com")).await, ["a", "b", "c"]);
    assert_eq!(found(&api, is("phone", "=", Value::Null)).await, ["a", "b", "c"]);
    let either = all("OR", vec![is("email", "=", "a@example.com"), is("external_id", "=", "b")]);
    assert_eq!(found(&api, either.clone()).await, ["a", "b"]);
    assert_eq!(found(&api, all("AND", vec![either, is("custom_attributes.plan", "=", "free")])).await, ["b"]);
}
