//! Contacts of 2.x.

use serde_json::{Value, json};

use crate::client::{start, start_with};

/// Intercom API reference 2.10, `POST /contacts`: an email, an external id or a role makes a contact.
#[tokio::test]
async fn a_contact_is_created_and_read() {
    let api = start("2.10").await;
    let made = api
        .post("/contacts", json!({ "external_id": "u-1", "email": "Ada@Example.com", "owner_id": 5 }))
        .await;
    let id = made.id();
    let read = api.get(&format!("/contacts/{id}")).await;
    assert_eq!((read.status, &read.body["type"]), (200, &json!("contact")));
    assert_eq!((&read.body["external_id"], &read.body["email"]), (&json!("u-1"), &json!("ada@example.com")));
    assert_eq!((&read.body["role"], &read.body["owner_id"]), (&json!("user"), &json!(5)));
    assert_eq!(read.body["companies"]["data"], json!([]));
    assert_eq!(api.get("/contacts/unknown").await.error(), (404, "not_found", "User Not Found"));
}

/// Intercom-OpenAPI pull request 543: a create never updates; the 409 contains the id of the existing contact.
#[tokio::test]
async fn a_duplicate_is_a_conflict_that_tells_the_id() {
    let api = start("2.10").await;
    let id = api
        .post("/contacts", json!({ "external_id": "u", "email": "a@example.com", "name": "Ada" }))
        .await
        .id();
    let message = format!("A contact matching those details already exists with id={id}");
    for body in [json!({ "external_id": "u" }), json!({ "external_id": "v", "email": "A@example.com" })] {
        let conflict = api.post("/contacts", body).await;
        assert_eq!(conflict.error(), (409, "conflict", message.as_str()));
        assert_eq!(conflict.body["type"], "error.list");
    }
    assert_eq!(api.sandbox.state().contacts.len(), 1);
    let other = api.contact("w").await;
    let update = api.send("PUT", &format!("/contacts/{other}"), json!({ "external_id": "u" })).await;
    assert_eq!(update.error().0, 409);
    // a contact's own values are not a conflict
    api.send("PUT", &format!("/contacts/{id}"), json!({ "external_id": "u", "email": "a@example.com" }))
        .await
        .id();
}

/// Intercom-OpenAPI pull request 543, intercom-ruby issues 561 and 599: an archived contact blocks a new one and is not
/// found by search; unarchived it can be updated.
#[tokio::test]
async fn an_archived_contact_blocks_a_new_one() {
    let api = start("2.10").await;
    let id = api.contact("u").await;
    let archived = api.post(&format!("/contacts/{id}/archive"), Value::Null).await;
    assert_eq!(archived.body, json!({ "id": id, "external_id": "u", "type": "contact", "archived": true }));
    let message = format!("An archived contact matching those details already exists with id={id}");
    let conflict = api.post("/contacts", json!({ "external_id": "u" })).await;
    assert_eq!(conflict.error(), (409, "conflict", message.as_str()));
    let query = json!({ "query": { "field": "external_id", "operator": "=", "value": "u" } });
    assert_eq!(api.post("/contacts/search", query.clone()).await.body["total_count"], 0);
    assert_eq!(api.send("PUT", &format!("/contacts/{id}"), json!({ "name": "Ada" })).await.status, 404);

    assert_eq!(api.post(&format!("/contacts/{id}/unarchive"), Value::Null).await.body["archived"], false);
    api.send("PUT", &format!("/contacts/{id}"), json!({ "name": "Ada" })).await.id();
    assert_eq!(api.post("/contacts/search", query).await.body["total_count"], 1);
}

/// Intercom API reference 2.10 and changelog of 2.6, `DELETE /contacts/{id}`: permanently, archived or not.
#[tokio::test]
async fn a_contact_is_deleted_for_good() {
    let api = start("2.10").await;
    for archive in [false, true] {
        let id = api.contact("u").await;
        if archive {
            api.post(&format!("/contacts/{id}/archive"), Value::Null).await;
        }
        let path = format!("/contacts/{id}");
        let deleted = api.send("DELETE", &path, Value::Null).await;
        assert_eq!(deleted.body, json!({ "id": id, "external_id": "u", "type": "contact", "deleted": true }));
        assert_eq!(api.send("DELETE", &path, Value::Null).await.error().0, 404);
        assert_ne!(api.contact("u").await, id);
        let id = api.sandbox.state_with_ids().contacts[0].id.clone().unwrap();
        api.send("DELETE", &format!("/contacts/{id}"), Value::Null).await;
    }
}

/// Intercom-OpenAPI 2.9 and 2.10: the response of a deletion.
#[tokio::test]
async fn the_receipt_of_a_deletion_changed_with_2_10() {
    let api = start("2.9").await;
    let id = api.contact("u").await;
    let deleted = api.send("DELETE", &format!("/contacts/{id}"), Value::Null).await;
    assert_eq!(deleted.body, json!({ "id": id, "object": "contact", "deleted": true }));
}

/// Intercom API reference 2.3 and 2.4, `POST /contacts`: a user needs an email or an external id, a lead has no external id.
#[tokio::test]
async fn roles_say_which_identifiers_there_are() {
    let api = start("2.10").await;
    for (body, status) in [
        (json!({ "role": "user" }), 400),
        (json!({ "name": "Ada" }), 400),
        (json!({ "role": "lead", "external_id": "u" }), 400),
        (json!({ "role": "boss", "email": "a@example.com" }), 400),
        (json!({ "role": "lead" }), 200),
        (json!({ "role": "lead", "email": "a@example.com" }), 200),
    ] {
        let answer = api.post("/contacts", body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
    }
}

/// Intercom-OpenAPI 2.7 to 2.16: an owner is an integer before 2.16 and a string from 2.16 on, when written and when read.
#[tokio::test]
async fn an_owner_is_a_text_since_2_16() {
    let api = start("2.10").await;
    for (version, good, bad) in
        [("2.7", json!(5), json!("5")), ("2.15", json!(5), json!("5")), ("2.16", json!("5"), json!(5))]
    {
        let body = |owner: &Value| json!({ "external_id": version, "owner_id": owner });
        let refused = api.send_as(version, "POST", "/contacts", body(&bad)).await;
        assert_eq!((refused.status, refused.error().1), (400, "type_mismatch"), "{version}");
        let made = api.send_as(version, "POST", "/contacts", body(&good)).await;
        assert_eq!(made.body["owner_id"], good, "{version}");
    }
}

/// Intercom API reference 2.10, `POST /contacts`: every field has its type; null clears what may be null.
#[tokio::test]
async fn fields_have_types() {
    let api = start("2.10").await;
    for (field, value) in [
        ("external_id", json!(5)),
        ("external_id", Value::Null),
        ("email", json!(["a@example.com"])),
        ("phone", json!(123)),
        ("name", json!({})),
        ("avatar", json!({ "image_url": "https://example.com/a.png" })),
        ("signed_up_at", json!("2024-01-01")),
        ("last_seen_at", json!(1.5)),
        ("unsubscribed_from_emails", json!("true")),
        ("custom_attributes", json!([])),
    ] {
        let mut body = json!({ "external_id": "u", "email": "a@example.com" });
        body[field] = value;
        let answer = api.post("/contacts", body.clone()).await;
        assert_eq!((answer.status, answer.error().1), (400, "type_mismatch"), "{body}");
        assert_eq!(answer.body["errors"][0]["field"], json!(field));
    }
    let body = json!({ "external_id": "u", "name": "Ada", "signed_up_at": 5, "owner_id": 1 });
    let id = api.post("/contacts", body).await.id();
    let cleared = json!({ "name": null, "signed_up_at": null, "owner_id": null });
    api.send("PUT", &format!("/contacts/{id}"), cleared).await.id();
    let contact = &api.sandbox.state().contacts[0];
    assert_eq!((&contact.name, contact.signed_up_at, contact.owner_id), (&None, None, None));
}

/// RudderStack's fixtures and Intercom's migration to 2.x: an attribute that the workspace lacks fails the whole request.
#[tokio::test]
async fn an_unknown_attribute_is_refused() {
    let api = start("2.10").await;
    let body = json!({ "external_id": "u", "custom_attributes": { "plan": "pro", "colour": "red" } });
    let answer = api.post("/contacts", body.clone()).await;
    assert_eq!(answer.error(), (400, "parameter_invalid", "Custom attribute 'colour' does not exist"));
    assert!(api.sandbox.state().contacts.is_empty());

    let lenient = start_with("2.10", |b| b.create_attributes()).await;
    lenient.post("/contacts", body).await.id();
    assert_eq!(lenient.sandbox.state().contacts[0].custom_attributes["colour"], "red");
}

/// Intercom API reference 1.4, custom attributes: scalars, strings up to 255 characters, names up to 190 without `.` and
/// `$`. Inferred: a value has the type that the attribute was created with.
#[tokio::test]
async fn attributes_are_bounded() {
    let api = start_with("2.10", |b| b.create_attributes()).await;
    let long = "n".repeat(191);
    for attributes in [
        json!({ "plan": "é".repeat(256) }),
        json!({ "plan": ["pro"] }),
        json!({ "plan": { "name": "pro" } }),
        json!({ "plan": 5 }),
        json!({ long: 1 }),
        json!({ "a.b": 1 }),
        json!({ "a$b": 1 }),
    ] {
        let body = json!({ "external_id": "u", "custom_attributes": attributes });
        let answer = api.post("/contacts", body.clone()).await;
        assert_eq!((answer.status, answer.error().1), (400, "parameter_invalid"), "{body}");
    }
    let attributes = json!({ "plan": "é".repeat(255), "n".repeat(190): 1 });
    api.post("/contacts", json!({ "external_id": "u", "custom_attributes": attributes })).await.id();
}

/// Intercom API reference 1.4: 250 attributes for a user, 100 for a company in 1.x.
#[tokio::test]
async fn attributes_are_counted() {
    let api = start_with("2.10", |b| b.create_attributes()).await;
    let some = |count: usize| -> Value {
        (0..count).map(|n| (format!("a{n}"), json!(n))).collect::<serde_json::Map<_, _>>().into()
    };
    for (version, path, key, most) in [
        ("1.4", "/users", "user_id", 250),
        ("1.4", "/companies", "company_id", 100),
        ("2.10", "/contacts", "external_id", 250),
    ] {
        let body = |count| json!({ key: "x", "custom_attributes": some(count) });
        let over = api.send_as(version, "POST", path, body(most + 1)).await;
        assert_eq!((over.status, over.error().1), (400, "parameter_invalid"), "{version} {path}");
        api.reset().await;
        api.send_as(version, "POST", path, body(most)).await.id();
    }
}

/// Intercom changelog of 2.13, `GET /contacts/find_by_external_id/{external_id}`: users only, immediately.
#[tokio::test]
async fn a_user_is_found_by_external_id_since_2_13() {
    let api = start_with("2.13", |b| b.search_lag(std::time::Duration::from_secs(60))).await;
    let id = api.contact("a/b ü").await;
    let path = "/contacts/find_by_external_id/a%2Fb%20%C3%BC";
    assert_eq!(api.get(path).await.id(), id);
    assert_eq!(api.get("/contacts/find_by_external_id/none").await.error().0, 404);
    assert_eq!(api.send_as("2.12", "GET", path, Value::Null).await.status, 404);
}

/// Intercom-OpenAPI 2.16, `POST /contacts`: `email_verified` only with an email in the same request.
#[tokio::test]
async fn a_verified_email_comes_with_the_email_since_2_16() {
    let api = start("2.16").await;
    let alone = api.post("/contacts", json!({ "external_id": "u", "email_verified": true })).await;
    assert_eq!(alone.error().1, "parameter_invalid");
    let both = json!({ "external_id": "u", "email": "a@example.com", "email_verified": true });
    assert_eq!(api.post("/contacts", both).await.body["email_verified"], true);
}

/// intercom-ruby issue 571: `companies` of a created contact is not stored. Inferred: other unknown keys are ignored, too.
#[tokio::test]
async fn companies_of_a_new_contact_are_ignored() {
    let api = start("2.10").await;
    let body = json!({ "external_id": "u", "companies": [{ "company_id": "c" }], "tags": ["x"], "test": 1 });
    api.post("/contacts", body).await.id();
    let state = api.sandbox.state();
    assert!(state.companies.is_empty() && state.attachments.is_empty() && state.tags.is_empty());
}

/// An option: error messages may change, and a client that reads the id from one needs an alternative.
#[tokio::test]
async fn a_conflict_may_leave_the_id_out() {
    let api = start_with("2.10", |b| b.unnamed_conflicts()).await;
    api.contact("u").await;
    let conflict = api.post("/contacts", json!({ "external_id": "u" })).await;
    assert_eq!(conflict.error(), (409, "conflict", "A contact matching those details already exists"));
}
