//! Tags.

use serde_json::{Value, json};

use crate::client::start;

/// Intercom API reference 1.4 and 2.10, `POST /tags`: companies are named by `id` or `company_id`, `untag` removes the tag.
#[tokio::test]
async fn companies_are_tagged_and_untagged() {
    for version in ["1.4", "2.10"] {
        let api = start(version).await;
        let id = api.company("c").await;
        let tag = api.post("/tags", json!({ "name": "vip", "companies": [{ "id": id }] })).await;
        assert_eq!((tag.status, &tag.body["type"], &tag.body["name"]), (200, &json!("tag"), &json!("vip")));
        api.post("/tags", json!({ "name": "new", "companies": [{ "company_id": "c" }] })).await.id();
        assert_eq!(api.sandbox.state().companies[0].tags, ["new", "vip"]);
        api.post("/tags", json!({ "name": "VIP", "companies": [{ "company_id": "c", "untag": true }] }))
            .await
            .id();
        assert_eq!(api.sandbox.state().companies[0].tags, ["new"]);
        assert_eq!(api.sandbox.state().tags, ["new", "vip"]);
    }
}

/// Intercom API reference 1.4, tags: users by `id`, `user_id` or `email`; 2.10: by Intercom's id only.
#[tokio::test]
async fn people_are_tagged() {
    let api = start("2.10").await;
    let id = api.post("/contacts", json!({ "external_id": "u", "email": "u@example.com" })).await.id();
    for (version, user, status) in [
        ("1.4", json!({ "user_id": "u" }), 200),
        ("1.4", json!({ "email": "u@example.com" }), 200),
        ("1.4", json!({ "id": id }), 200),
        ("2.10", json!({ "id": id }), 200),
        ("2.10", json!({ "user_id": "u" }), 400),
    ] {
        let name = format!("{version} {user}");
        let answer = api.send_as(version, "POST", "/tags", json!({ "name": name, "users": [user] })).await;
        assert_eq!(answer.status, status, "{name}");
    }
    assert_eq!(api.sandbox.state().contacts[0].tags.len(), 4);
}

/// Intercom API reference 1.4, tags: users and companies cannot be in one request.
#[tokio::test]
async fn users_and_companies_are_not_mixed() {
    let api = start("1.4").await;
    api.company("c").await;
    let body = json!({ "name": "x", "users": [], "companies": [{ "company_id": "c" }] });
    assert_eq!(api.post("/tags", body).await.error().1, "parameter_invalid");
}

/// Intercom API reference 2.14 and 2.16, `POST /tags`: an unknown target is 404; since 2.16 it is reported as not tagged.
#[tokio::test]
async fn an_unknown_company_is_404_before_2_16() {
    let api = start("2.14").await;
    let id = api.company("c").await;
    let body = json!({ "name": "vip", "companies": [{ "id": id }, { "id": "none" }] });
    assert_eq!(
        api.post("/tags", body.clone()).await.error(),
        (404, "company_not_found", "Company Not Found")
    );
    assert!(api.sandbox.state().companies[0].tags.is_empty());
    let user = api.post("/tags", json!({ "name": "vip", "users": [{ "id": "none" }] })).await;
    assert_eq!(user.error(), (404, "not_found", "User Not Found"));
    let tolerant = api.send_as("2.16", "POST", "/tags", body).await;
    let tagged: Vec<&Value> = (0..2).map(|n| &tolerant.body["companies"][n]["tagged"]).collect();
    assert_eq!(tagged, [true, false]);
}

/// Intercom API reference 2.10, `POST /contacts/{id}/tags` and `DELETE /contacts/{id}/tags/{id}`: by the id of the tag.
#[tokio::test]
async fn a_contact_is_tagged_by_the_id_of_the_tag() {
    let api = start("2.10").await;
    let contact = api.contact("u").await;
    let path = format!("/contacts/{contact}/tags");
    let tag = api.post("/tags", json!({ "name": "vip" })).await.id();
    let by_name = api.post(&path, json!({ "id": "vip" })).await;
    assert_eq!(by_name.error(), (404, "not_found", "Resource Not Found"));
    api.post(&path, json!({ "id": tag })).await.id();
    assert_eq!(api.get(&path).await.body["data"][0]["name"], "vip");
    assert_eq!(api.sandbox.state().contacts[0].tags, ["vip"]);
    api.send("DELETE", &format!("{path}/{tag}"), Value::Null).await.id();
    assert!(api.sandbox.state().contacts[0].tags.is_empty());
}
