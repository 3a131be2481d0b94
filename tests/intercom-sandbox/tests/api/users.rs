//! Users and leads of 1.4.

use serde_json::{Value, json};

use crate::client::{EPOCH_MS, start};

/// Intercom API reference 1.4, `POST /users`: an upsert; a match by `user_id` updates the email, one by `id` both.
#[tokio::test]
async fn a_user_is_found_by_id_then_user_id() {
    let api = start("1.4").await;
    let made = api.post("/users", json!({ "user_id": "u", "email": "A@example.com", "name": "Ada" })).await;
    assert_eq!((&made.body["type"], &made.body["email"]), (&json!("user"), &json!("a@example.com")));
    let id = made.id();
    assert_eq!(api.post("/users", json!({ "user_id": "u", "email": "b@example.com" })).await.id(), id);
    assert_eq!(
        api.post("/users", json!({ "id": id, "user_id": "v", "email": "c@example.com" })).await.id(),
        id
    );
    let state = api.sandbox.state();
    assert_eq!(state.contacts.len(), 1);
    let user = &state.contacts[0];
    assert_eq!((user.external_id.as_deref(), user.email.as_deref()), (Some("v"), Some("c@example.com")));
    assert_eq!(user.name.as_deref(), Some("Ada"));
    assert_eq!(
        api.post("/users", json!({ "id": "none" })).await.error(),
        (404, "not_found", "User Not Found")
    );
}

/// Intercom API reference 1.4, `POST /users`: a match by email without a `user_id` gets the `user_id` of the request.
#[tokio::test]
async fn a_user_known_by_email_gets_a_user_id() {
    let api = start("1.4").await;
    let id = api.post("/users", json!({ "email": "a@example.com" })).await.id();
    assert_eq!(api.post("/users", json!({ "user_id": "u", "email": "A@example.com" })).await.id(), id);
    assert_eq!(api.sandbox.state().contacts[0].external_id.as_deref(), Some("u"));
}

/// Intercom API reference 1.4, `POST /users`: an email of a user with another `user_id` creates a second user.
#[tokio::test]
async fn another_user_id_makes_a_second_user_of_the_same_email() {
    let api = start("1.4").await;
    let first = api.post("/users", json!({ "user_id": "u", "email": "a@example.com" })).await.id();
    let second = api.post("/users", json!({ "user_id": "v", "email": "a@example.com" })).await.id();
    assert_ne!(first, second);
    let by_email = api.post("/users", json!({ "email": "a@example.com" })).await;
    let message = "Multiple existing users match this email address - must be more specific using user_id";
    assert_eq!(by_email.error(), (409, "conflict", message));
}

/// Intercom API reference 1.4, `POST /users`: either `user_id` or `email` is required.
#[tokio::test]
async fn a_user_needs_an_identifier() {
    let api = start("1.4").await;
    assert_eq!(api.post("/users", json!({ "name": "Ada" })).await.status, 400);
    assert_eq!(api.post("/users", json!({ "user_id": 5 })).await.error().1, "type_mismatch");
}

/// Intercom API reference 1.4, `POST /users`: companies are in the body, new ones are created, and `remove` leaves them.
#[tokio::test]
async fn companies_come_with_the_user() {
    let api = start("1.4").await;
    let company = json!({ "company_id": "c", "name": "Tea", "custom_attributes": { "floor": 3 } });
    let answer =
        api.post("/users", json!({ "user_id": "u", "companies": [company, { "company_id": "d" }] })).await;
    assert_eq!(answer.body["companies"]["companies"].as_array().unwrap().len(), 2);
    let remove = json!([{ "company_id": "c", "remove": true }, { "company_id": "none", "remove": true }]);
    api.post("/users", json!({ "user_id": "u", "companies": remove })).await.id();
    let state = api.sandbox.state();
    let pairs: Vec<_> = state.attachments.iter().map(|pair| pair.company.as_str()).collect();
    assert_eq!((pairs, state.companies.len()), (vec!["d"], 2));
    assert_eq!(state.companies[0].custom_attributes["floor"], 3);
}

/// Intercom changelog of 2.0 and RudderStack's migration guide: 1.x creates unknown custom attributes.
#[tokio::test]
async fn unknown_attributes_are_made() {
    let api = start("1.4").await;
    let attributes = json!({ "colour": "red", "visits": 3, "member": true, "joined_at": 1_700_000_000 });
    api.post("/users", json!({ "user_id": "u", "custom_attributes": attributes })).await.id();
    let defined = api.sandbox.state().attributes;
    let types: Vec<_> = defined.iter().map(|a| (a.model, a.name.as_str(), a.data_type)).collect();
    let made = [("colour", "string"), ("joined_at", "date"), ("member", "boolean"), ("visits", "float")];
    for (name, data_type) in made {
        assert!(types.contains(&("contact", name, data_type)), "{name}: {types:?}");
    }
}

/// Intercom API reference 1.4, `POST /users`: `update_last_request_at` sets last seen to now, `new_session` counts one.
#[tokio::test]
async fn last_seen_and_sessions() {
    let api = start("1.4").await;
    let body = json!({ "user_id": "u", "update_last_request_at": true, "new_session": true });
    let answer = api.post("/users", body).await;
    assert_eq!(answer.body["last_request_at"], json!(EPOCH_MS / 1000));
    assert_eq!(answer.body["session_count"], 1);
    let state = api.sandbox.state();
    assert_eq!((state.contacts[0].last_seen_at, state.contacts[0].last_seen_now), (None, true));
    api.post("/users", json!({ "user_id": "u", "last_request_at": 7 })).await.id();
    assert_eq!(api.sandbox.state().contacts[0].last_seen_at, Some(7));
}

/// Intercom API reference 1.4, `GET` and `DELETE /users`: by id in the path, by `user_id` or `email` in the query;
/// deleting archives.
#[tokio::test]
async fn users_are_found_and_archived() {
    let api = start("1.4").await;
    let id = api.post("/users", json!({ "user_id": "u", "email": "a@example.com" })).await.id();
    for path in [format!("/users/{id}"), "/users?user_id=u".into(), "/users?email=A%40example.com".into()] {
        assert_eq!(api.get(&path).await.id(), id);
    }
    api.send("DELETE", "/users?user_id=u", Value::Null).await.id();
    assert_eq!(api.get("/users?user_id=u").await.error(), (404, "not_found", "User Not Found"));
    assert!(api.sandbox.state().contacts[0].archived);
    let conflict = api.send_as("2.10", "POST", "/contacts", json!({ "external_id": "u" })).await;
    assert!(conflict.error().2.starts_with("An archived contact"), "{}", conflict.text);
}

/// Intercom API reference 1.4, `POST /user_delete_requests`: Intercom's id of the user; 200 with an id.
#[tokio::test]
async fn a_user_is_erased_by_intercoms_id() {
    let api = start("1.4").await;
    let id = api.post("/users", json!({ "user_id": "u" })).await.id();
    let wrong = api.post("/user_delete_requests", json!({ "intercom_user_id": "u" })).await;
    assert_eq!(wrong.error(), (404, "not_found", "User Not Found"));
    let answer = api.post("/user_delete_requests", json!({ "intercom_user_id": id })).await;
    assert_eq!((answer.status, &answer.body), (200, &json!({ "id": 1 })));
    let state = api.sandbox.state();
    assert!(state.contacts.is_empty());
    assert_eq!(state.user_delete_requests, 1);
}

/// Intercom API reference 1.4, leads: `POST /contacts` creates a lead, needs no identifier, and assigns a `user_id`.
#[tokio::test]
async fn contacts_of_1_4_are_leads() {
    let api = start("1.4").await;
    let lead = api.post("/contacts", json!({})).await;
    assert_eq!((&lead.body["type"], &lead.body["anonymous"]), (&json!("contact"), &json!(true)));
    let user_id = lead.body["user_id"].as_str().unwrap();
    let again = api.post("/contacts", json!({ "user_id": user_id, "email": "l@example.com" })).await;
    assert_eq!(again.id(), lead.id());
    // the same email again creates another lead
    assert_ne!(api.post("/contacts", json!({ "email": "l@example.com" })).await.id(), lead.id());
    assert!(api.sandbox.state().contacts.iter().all(|contact| contact.role == "lead"));
}

/// Intercom API reference 1.4, `POST /contacts/convert`: a lead becomes a new user, or is merged into an existing one.
#[tokio::test]
async fn a_lead_is_converted_or_merged() {
    let api = start("1.4").await;
    let lead = api.post("/contacts", json!({ "email": "l@example.com" })).await.id();
    let convert = |lead: &str, user: Value| json!({ "contact": { "id": lead }, "user": user });
    let user = api.post("/contacts/convert", convert(&lead, json!({ "user_id": "u" }))).await;
    assert_eq!((&user.body["type"], &user.body["user_id"]), (&json!("user"), &json!("u")));

    let other =
        api.post("/contacts", json!({ "name": "Lea", "companies": [{ "company_id": "c" }] })).await.id();
    api.post("/events", json!({ "id": other, "event_name": "x", "created_at": 1 })).await;
    let merged = api.post("/contacts/convert", convert(&other, json!({ "user_id": "u" }))).await;
    assert_eq!((merged.id(), &merged.body["name"]), (user.id(), &json!("Lea")));
    let state = api.sandbox.state();
    assert_eq!(
        (state.contacts.len(), state.attachments.len(), state.events[0].contact.as_str()),
        (1, 1, "u")
    );
    let gone = api.post("/contacts/convert", convert(&other, json!({ "user_id": "u" }))).await;
    assert_eq!(gone.status, 404);
}

/// intercom-node issue 215: custom attributes of 1.x leads must not be null; those of users may, which clears them.
#[tokio::test]
async fn null_clears_an_attribute_of_a_user() {
    let api = start("1.4").await;
    api.post("/users", json!({ "user_id": "u", "custom_attributes": { "a": 1, "b": 2 } })).await.id();
    api.post("/users", json!({ "user_id": "u", "custom_attributes": { "a": null } })).await.id();
    let attributes = &api.sandbox.state().contacts[0].custom_attributes;
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(api.post("/contacts", json!({ "custom_attributes": { "a": null } })).await.status, 400);
}
