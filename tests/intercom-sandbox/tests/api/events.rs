//! `POST /events`.

use serde_json::{Value, json};

use crate::client::{start, start_with};

fn event(name: &str, at: i64) -> Value {
    json!({ "event_name": name, "created_at": at, "user_id": "u" })
}

/// Intercom API reference 1.4 and 2.10, `POST /events`: 202 with an empty body.
#[tokio::test]
async fn an_event_is_accepted_without_a_body() {
    for version in ["1.4", "2.10"] {
        let api = start(version).await;
        api.send_as("2.10", "POST", "/contacts", json!({ "external_id": "u", "email": "u@example.com" }))
            .await
            .id();
        let answer = api.post("/events", event("ordered", 5)).await;
        assert_eq!((answer.status, answer.text.as_str()), (202, ""));
        let by_email = json!({ "event_name": "paid", "created_at": 6, "email": "U@example.com" });
        assert_eq!(api.post("/events", by_email).await.status, 202);
        let events = api.sandbox.state().events;
        let names: Vec<_> =
            events.iter().map(|event| (event.contact.as_str(), event.name.as_str())).collect();
        assert_eq!(names, [("u", "ordered"), ("u", "paid")]);
    }
}

/// Intercom API reference 2.10, `POST /events`: 404 if the contact does not exist.
#[tokio::test]
async fn an_event_before_its_contact_is_not_found() {
    let api = start("2.10").await;
    assert_eq!(api.post("/events", event("ordered", 5)).await.error(), (404, "not_found", "User Not Found"));
    assert!(api.sandbox.state().events.is_empty());
}

/// Intercom API reference 2.10, `POST /events`: a name and a time in whole seconds are required.
#[tokio::test]
async fn an_event_needs_a_name_and_a_time() {
    let api = start("2.10").await;
    api.contact("u").await;
    let cases = [
        (json!({ "created_at": 1, "user_id": "u" }), "parameter_not_found"),
        (json!({ "event_name": "x", "user_id": "u" }), "parameter_not_found"),
        (json!({ "event_name": "x", "created_at": 1 }), "parameter_not_found"),
        (json!({ "event_name": "x", "created_at": 1.5, "user_id": "u" }), "type_mismatch"),
        (json!({ "event_name": "x", "created_at": "2024-01-01", "user_id": "u" }), "type_mismatch"),
    ];
    for (body, code) in cases {
        let answer = api.post("/events", body.clone()).await;
        assert_eq!((answer.status, answer.error().1), (400, code), "{body}");
    }
}

/// Intercom API reference, events: a duplicate is one of the same contact, name and second; it is accepted and not stored.
#[tokio::test]
async fn a_duplicate_is_accepted_and_stored_once() {
    let api = start("2.10").await;
    api.contact("u").await;
    for (name, at) in [("ordered", 5), ("Ordered", 5), ("ordered", 6)] {
        assert_eq!(api.post("/events", event(name, at)).await.status, 202);
    }
    assert_eq!(api.sandbox.state().events.len(), 2);
    assert_eq!(api.sandbox.stats().duplicate_events, 1);
}

/// Intercom help center 5245634: 120 active event names, which are case-insensitive; further names fail.
#[tokio::test]
async fn a_workspace_has_120_event_names() {
    let api = start("2.10").await;
    api.contact("u").await;
    for n in 0..120 {
        assert_eq!(api.post("/events", event(&format!("event {n}"), 1)).await.status, 202);
    }
    let over = api.post("/events", event("one more", 1)).await;
    assert_eq!((over.status, over.error().2), (422, "Cannot have more than 120 active event names"));
    assert_eq!(api.post("/events", event("EVENT 7", 2)).await.status, 202);
    assert_eq!(api.sandbox.state().events.len(), 121);
}

/// Intercom API reference 1.4, events: `.` and `$` in a name become `-`.
#[tokio::test]
async fn dots_and_dollars_in_names_become_hyphens() {
    let api = start("2.10").await;
    api.contact("u").await;
    api.post("/events", event("a.b$c", 1)).await;
    assert_eq!(api.sandbox.state().events[0].name, "a-b-c");
}

/// Intercom API reference 2.10, `POST /events`: the first ten keys of metadata are kept, the rest is ignored.
#[tokio::test]
async fn metadata_keeps_its_first_keys() {
    let api = start("2.10").await;
    api.contact("u").await;
    let metadata: Value =
        (0..12).rev().map(|n| (format!("k{n}"), json!(n))).collect::<serde_json::Map<_, _>>().into();
    let mut body = event("x", 1);
    body["metadata"] = metadata.clone();
    assert_eq!(api.post("/events", body.clone()).await.status, 202);
    let kept = &api.sandbox.state().events[0].metadata;
    assert_eq!((kept.len(), kept.contains_key("k11"), kept.contains_key("k1")), (10, true, false));

    // the help center says twenty
    let api = start_with("2.10", |b| b.metadata_keys(20)).await;
    api.contact("u").await;
    api.post("/events", body).await;
    assert_eq!(api.sandbox.state().events[0].metadata.len(), 12);
}

/// Intercom help center 175: strings of metadata have at most 255 characters, keys no `.`, `$` or other special characters.
#[tokio::test]
async fn metadata_has_bounded_texts_and_plain_keys() {
    let api = start("2.10").await;
    api.contact("u").await;
    let with =
        |metadata: Value| json!({ "event_name": "x", "created_at": 1, "user_id": "u", "metadata": metadata });
    let long = api.post("/events", with(json!({ "text": "é".repeat(256) }))).await;
    assert_eq!((long.status, long.error().1), (400, "parameter_invalid"));
    let price = json!({ "amount": 999, "currency": "eur" });
    let sent = json!({ "text": "é".repeat(255), "a.b": 1, "$c": 2, "price": price });
    assert_eq!(api.post("/events", with(sent)).await.status, 202);
    let kept: Vec<_> = api.sandbox.state().events[0].metadata.keys().cloned().collect();
    assert_eq!(kept, ["text", "price"]);
}

/// Intercom API reference 1.4, events: a lead is named by `id` only.
#[tokio::test]
async fn a_lead_is_named_by_its_id_only() {
    let api = start("1.4").await;
    let lead = api.post("/contacts", json!({ "email": "l@example.com" })).await;
    let by = |key: &str, value: &Value| json!({ "event_name": "x", "created_at": 1, key: value });
    assert_eq!(api.post("/events", by("email", &json!("l@example.com"))).await.status, 404);
    assert_eq!(api.post("/events", by("user_id", &lead.body["user_id"])).await.status, 404);
    assert_eq!(api.post("/events", by("id", &lead.body["id"])).await.status, 202);
}
