//! Contacts of 2.x.

use serde_json::{Value, json};

use crate::client::start;

/// Intercom API reference 2.10, `POST /contacts`: an email, an external id or a role makes a contact.
#[tokio::test]
async fn a_contact_is_created_and_read() {
    let api = start("2.10").await;
    let made = api
        .post("/contacts", json!({ "external_id": "u-1", "email": "Ada@Example.com", "owner_id": 5 }))
        .await;
    let id = made.id();
    let read = api.get(&format!("/contacts/{id}")).await;
    assert_eq!(read.status, 200);
    assert_eq!((&read.body["external_id"], &read.body["email"]), (&json!("u-1"), &json!("ada@example.com")));
    assert_eq!((&read.body["role"], &read.body["owner_id"]), (&json!("user"), &json!(5)));
    assert_eq!(read.body["companies"]["data"], json!([]));
    assert_eq!(api.get("/contacts/unknown").await.error(), (404, "not_found", "User Not Found"));
    assert_eq!(made.body["type"], "contact");
    assert_ne!(made.body["id"], Value::Null);
}
