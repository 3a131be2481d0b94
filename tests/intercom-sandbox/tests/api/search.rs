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

/// Intercom API reference 2.10, `POST /contacts/search`: two levels of groups, fifteen filters in a group, known fields.
#[tokio::test]
async fn queries_are_bounded_and_checked() {
    let api = start("2.10").await;
    let filter = is("email", "=", "a@example.com");
    let group = |filters: Vec<Value>| json!({ "operator": "AND", "value": filters });
    let deep = group(vec![group(vec![group(vec![filter.clone()])])]);
    for (query, status) in [
        (group(vec![group(vec![filter.clone()])]), 200),
        (deep, 400),
        (group(vec![filter.clone(); 15]), 200),
        (group(vec![filter; 16]), 400),
        (is("nickname", "=", "a"), 400),
        (is("custom_attributes.colour", "=", "red"), 400),
        (is("email", "like", "a"), 400),
        (is("email", "=", 5), 400),
        (is("tag_id", "~", "5"), 400),
        (json!({ "field": "email", "operator": "=" }), 400),
        (json!("email"), 400),
        (Value::Null, 400),
    ] {
        let answer = api.post("/contacts/search", json!({ "query": query })).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text);
    }
    assert_eq!(api.post("/contacts/search", json!({})).await.error().1, "parameter_not_found");
}

/// Intercom API reference 2.10, `POST /contacts/search`: owners are integers; strings since 2.16.
#[tokio::test]
async fn owners_are_searched_by_their_type() {
    let api = start("2.10").await;
    api.post("/contacts", json!({ "external_id": "u", "owner_id": 5 })).await.id();
    let query = |owner: Value| json!({ "query": is("owner_id", "=", owner) });
    for (version, owner, status) in [
        ("2.15", json!(5), 200),
        ("2.15", json!("5"), 400),
        ("2.16", json!("5"), 200),
        ("2.16", json!(5), 400),
    ] {
        let answer = api.send_as(version, "POST", "/contacts/search", query(owner)).await;
        assert_eq!(answer.status, status, "{version}");
        if status == 200 {
            assert_eq!(answer.body["total_count"], 1, "{version}");
        }
    }
}

/// Intercom API reference 2.10, `POST /contacts/search`: dates are compared by the calendar day.
#[tokio::test]
async fn dates_are_compared_by_the_day() {
    let api = start("2.10").await;
    api.post("/contacts", json!({ "external_id": "u", "signed_up_at": 86_400 + 5 })).await.id();
    for (operator, value, count) in
        [("=", 86_400, 1), ("=", 2 * 86_400 - 1, 1), (">", 86_400, 0), (">", 86_399, 1), ("<", 2 * 86_400, 1)]
    {
        assert_eq!(found(&api, is("signed_up_at", operator, value)).await.len(), count, "{operator} {value}");
    }
}

/// Intercom API reference 2.10, pagination: fifty per page by default; the next page starts after a cursor.
#[tokio::test]
async fn results_come_in_pages() {
    let api = start("2.10").await;
    for n in 0..60 {
        api.contact(&format!("u-{n}")).await;
    }
    let query = is("external_id", "^", "u-");
    let first = api.post("/contacts/search", json!({ "query": query })).await;
    assert_eq!((first.body["data"].as_array().unwrap().len(), &first.body["total_count"]), (50, &json!(60)));
    let next = &first.body["pages"]["next"];
    let second = api.post("/contacts/search", json!({ "query": query, "pagination": next })).await;
    assert_eq!(second.body["data"].as_array().unwrap().len(), 10);
    assert_eq!(second.body["pages"].get("next"), None);
    let over = json!({ "query": query, "pagination": { "per_page": 151 } });
    assert_eq!(api.post("/contacts/search", over).await.status, 400);
}

/// Intercom API reference 2.10, `POST /contacts/search`: contacts are found by `tag_id`.
#[tokio::test]
async fn contacts_are_found_by_tag() {
    let api = start("2.10").await;
    let (tagged, _) = (api.contact("u").await, api.contact("v").await);
    let tag = api.post("/tags", json!({ "name": "vip", "users": [{ "id": tagged }] })).await.id();
    assert_eq!(found(&api, is("tag_id", "=", tag.clone())).await, ["u"]);
    assert_eq!(found(&api, is("tag_id", "!=", tag)).await, ["v"]);
}
