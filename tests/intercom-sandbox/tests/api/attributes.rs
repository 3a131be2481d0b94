//! Data attributes.

use serde_json::{Value, json};

use crate::client::{Fixture, start};

async fn names(api: &Fixture, version: &str, query: &str, list: &str) -> Vec<String> {
    let answer = api.send_as(version, "GET", &format!("/data_attributes{query}"), Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let data = answer.body[list].as_array().unwrap();
    data.iter().map(|attribute| attribute["name"].as_str().unwrap().to_owned()).collect()
}

/// Intercom API reference 2.10, `POST /data_attributes`: defines an attribute, which contacts then accept.
#[tokio::test]
async fn an_attribute_is_defined() {
    let api = start("2.10").await;
    let made = api
        .post("/data_attributes", json!({ "name": "colour", "model": "contact", "data_type": "string" }))
        .await;
    assert_eq!(
        (&made.body["full_name"], &made.body["custom"]),
        (&json!("custom_attributes.colour"), &json!(true))
    );
    let contact = json!({ "external_id": "u", "custom_attributes": { "colour": "red" } });
    api.post("/contacts", contact).await.id();
}

/// Intercom API reference 1.4 and 2.10, `GET /data_attributes`: by model, which is `customer` in 1.4 and `contact` in 2.x.
#[tokio::test]
async fn attributes_are_listed_by_model() {
    let api = start("2.10").await;
    assert_eq!(names(&api, "2.10", "", "data").await, ["plan", "seats"]);
    assert_eq!(names(&api, "2.10", "?model=contact", "data").await, ["plan"]);
    assert_eq!(names(&api, "2.10", "?model=company", "data").await, ["seats"]);
    assert_eq!(names(&api, "1.4", "?model=customer", "data_attributes").await, ["plan"]);
    assert_eq!(api.get("/data_attributes?model=customer").await.status, 400);
}

/// Intercom API reference 2.10, `POST /data_attributes`: people and companies share a namespace; name, model and type are
/// required.
#[tokio::test]
async fn a_name_is_taken_once() {
    let api = start("2.10").await;
    let body = |name: &str, model: &str| json!({ "name": name, "model": model, "data_type": "string" });
    let taken = api.post("/data_attributes", body("seats", "contact")).await;
    assert_eq!(taken.error(), (400, "parameter_invalid", "You already have 'seats' in your company data"));
    assert_eq!(api.post("/data_attributes", body("plan", "contact")).await.status, 400);
    assert_eq!(api.post("/data_attributes", json!({ "name": "x", "model": "contact" })).await.status, 400);
    assert_eq!(api.post("/data_attributes", body("x", "conversation")).await.status, 400);
    let kind = json!({ "name": "x", "model": "contact", "data_type": "text" });
    assert_eq!(api.post("/data_attributes", kind).await.status, 400);
}

/// Intercom changelog of 2.11: `messenger_writable` is false for new attributes.
#[tokio::test]
async fn new_attributes_are_not_written_by_the_messenger_since_2_11() {
    let api = start("2.10").await;
    for (version, writable) in [("2.10", true), ("2.11", false)] {
        let body = json!({ "name": format!("v{writable}"), "model": "contact", "data_type": "string" });
        let made = api.send_as(version, "POST", "/data_attributes", body).await;
        assert_eq!(made.body["messenger_writable"], writable, "{version}");
    }
}

/// Intercom-OpenAPI 2.14, `POST /data_attributes`: options are objects with a value, of the type `options`, two at least.
#[tokio::test]
async fn options_are_objects_since_2_14() {
    let api = start("2.14").await;
    let body = |kind: &str, options: Value| json!({ "name": "size", "model": "contact", "data_type": kind, "options": options });
    let two = json!([{ "value": "s" }, { "value": "m" }]);
    assert_eq!(api.post("/data_attributes", body("string", two.clone())).await.status, 400);
    assert_eq!(api.post("/data_attributes", body("options", json!([{ "value": "s" }]))).await.status, 400);
    assert_eq!(api.post("/data_attributes", body("options", json!(["s", "m"]))).await.status, 400);
    assert_eq!(api.post("/data_attributes", body("options", two)).await.status, 200);
}

/// Intercom-OpenAPI 2.16, `GET /data_attributes?model=conversation`: 422.
#[tokio::test]
async fn conversations_have_no_attributes_since_2_16() {
    let api = start("2.16").await;
    assert_eq!(api.get("/data_attributes?model=conversation").await.status, 422);
}

/// Help center 179: an archived attribute accepts no more values, and is listed only on request.
#[tokio::test]
async fn an_archived_attribute_takes_no_values() {
    let api = start("2.10").await;
    let listed = api.get("/data_attributes?model=contact").await;
    let path = format!("/data_attributes/{}", listed.body["data"][0]["id"]);
    assert_eq!(api.send("PUT", &path, json!({ "archived": true })).await.body["archived"], true);
    let contact = json!({ "external_id": "u", "custom_attributes": { "plan": "pro" } });
    assert_eq!(api.post("/contacts", contact).await.error().2, "Custom attribute 'plan' does not exist");
    assert!(names(&api, "2.10", "?model=contact", "data").await.is_empty());
    assert_eq!(names(&api, "2.10", "?model=contact&include_archived=true", "data").await, ["plan"]);
}

/// Intercom-OpenAPI, change 457: a value that is not among the options of an attribute is refused.
#[tokio::test]
async fn a_value_is_one_of_the_options() {
    let api = start("2.14").await;
    let options = json!([{ "value": "s" }, { "value": "m" }]);
    let size = json!({ "name": "size", "model": "contact", "data_type": "options", "options": options });
    assert_eq!(api.post("/data_attributes", size).await.status, 200);
    let contact = |size: &str| json!({ "external_id": size, "custom_attributes": { "size": size } });
    assert_eq!(api.post("/contacts", contact("m")).await.status, 200);
    let refused = api.post("/contacts", contact("xl")).await;
    assert_eq!(
        refused.error(),
        (400, "parameter_invalid", "Custom attribute 'size' must be one of its options")
    );
}
