//! Companies and their members.

use serde_json::{Value, json};

use crate::client::{Fixture, start};

fn attachments(api: &Fixture) -> Vec<(String, String)> {
    api.sandbox.state().attachments.into_iter().map(|pair| (pair.contact, pair.company)).collect()
}

/// Intercom API reference 1.4 and 2.10, `POST /companies`: an upsert by `company_id`, in every version.
#[tokio::test]
async fn a_company_is_created_once_and_updated() {
    for version in ["1.4", "2.10"] {
        let api = start(version).await;
        let first = api.post("/companies", json!({ "company_id": "c", "name": "One", "plan": "pro" })).await;
        let second = api.post("/companies", json!({ "company_id": "c", "name": "Two" })).await;
        assert_eq!(first.id(), second.id());
        assert_eq!((&second.body["name"], &second.body["plan"]["name"]), (&json!("Two"), &json!("pro")));
        assert_eq!(api.sandbox.state().companies.len(), 1);
    }
}

/// Intercom API reference 2.10, `POST /companies`: an unknown parameter is a bad request.
#[tokio::test]
async fn an_unknown_parameter_of_a_company_is_a_bad_request() {
    let api = start("2.10").await;
    let answer = api.post("/companies", json!({ "company_id": "c", "test": 1 })).await;
    assert_eq!(answer.error(), (400, "bad_request", "bad 'test' parameter"));
    assert!(api.sandbox.state().companies.is_empty());
    // Since 2.16 there is one more.
    let body = json!({ "company_id": "c", "update_last_request_at": true });
    assert_eq!(api.send_as("2.14", "POST", "/companies", body.clone()).await.status, 400);
    assert_eq!(api.send_as("2.16", "POST", "/companies", body).await.status, 200);
}

/// Intercom API reference 2.10, `POST /companies`: monthly spend is truncated to a whole number, at most 2147483647.
#[tokio::test]
async fn monthly_spend_is_cut_and_bounded() {
    let api = start("2.10").await;
    api.post("/companies", json!({ "company_id": "c", "monthly_spend": 155.98 })).await.id();
    assert_eq!(api.sandbox.state().companies[0].monthly_spend, Some(155));
    let over = api.post("/companies", json!({ "company_id": "c", "monthly_spend": 2_147_483_648_u64 })).await;
    assert_eq!(over.error().1, "parameter_invalid");
}

/// Intercom API reference 2.10, `POST /companies`: size is an integer (1.4 page: a number).
#[tokio::test]
async fn size_is_an_integer_in_2x_and_a_number_in_1x() {
    let api = start("2.10").await;
    for (version, size, status) in
        [("2.10", json!(3), 200), ("2.10", json!(3.5), 400), ("1.4", json!(3.5), 200)]
    {
        let answer =
            api.send_as(version, "POST", "/companies", json!({ "company_id": "c", "size": size })).await;
        assert_eq!(answer.status, status, "{version} {size}");
    }
    let text = api.post("/companies", json!({ "company_id": "c", "size": "3" })).await;
    assert_eq!(text.error().1, "type_mismatch");
}

/// Intercom API reference 1.4 and 2.10, `GET /companies`: found by `company_id` or `name`, else 404 `company_not_found`.
#[tokio::test]
async fn a_company_is_found_by_its_id_or_name() {
    let api = start("2.10").await;
    let body = json!({ "company_id": "a/b c", "name": "Blue & Sun" });
    let id = api.post("/companies", body).await.id();
    assert_eq!(api.get("/companies?company_id=a%2Fb+c").await.id(), id);
    assert_eq!(api.get("/companies?name=Blue%20%26%20Sun").await.id(), id);
    assert_eq!(api.get(&format!("/companies/{id}")).await.id(), id);
    let missing = api.get("/companies?name=Other").await;
    assert_eq!(missing.error(), (404, "company_not_found", "Company Not Found"));
}

/// Intercom API reference 2.10, `POST /contacts/{id}/companies`: takes Intercom's id of the company, not your `company_id`.
#[tokio::test]
async fn a_company_is_attached_by_intercoms_id() {
    let api = start("2.10").await;
    let (contact, company) = (api.contact("u").await, api.company("c").await);
    let path = format!("/contacts/{contact}/companies");
    assert_eq!(
        api.post(&path, json!({ "id": "c" })).await.error(),
        (404, "company_not_found", "Company Not Found")
    );
    assert_eq!(api.post(&path, json!({ "id": company })).await.id(), company);
    assert_eq!(attachments(&api), [("u".to_owned(), "c".to_owned())]);
    assert_eq!(api.get(&path).await.body["data"][0]["company_id"], "c");
    let contact = api.get(&format!("/contacts/{contact}")).await;
    assert_eq!(contact.body["companies"]["data"][0]["id"], json!(company));
    assert_eq!(contact.body["companies"]["total_count"], 1);
}

/// Intercom API reference 2.10, `POST /contacts/{id}/companies`: no id is `parameter_not_found`, no contact 404.
#[tokio::test]
async fn attaching_needs_a_company_and_a_contact() {
    let api = start("2.10").await;
    let (contact, company) = (api.contact("u").await, api.company("c").await);
    let nothing = api.post(&format!("/contacts/{contact}/companies"), json!({})).await;
    assert_eq!(nothing.error(), (400, "parameter_not_found", "company not specified"));
    let nobody = api.post("/contacts/none/companies", json!({ "id": company })).await;
    assert_eq!(nobody.error(), (404, "not_found", "User Not Found"));
}

/// Intercom API changelog, February 2026, all versions: a contact has 1000 companies at most.
#[tokio::test]
async fn a_contact_has_a_thousand_companies_at_most() {
    let api = start("1.4").await;
    let companies: Vec<Value> = (0..1000).map(|n| json!({ "company_id": n.to_string() })).collect();
    let id = api.post("/users", json!({ "user_id": "u", "companies": companies })).await.id();
    let company = api.company("one more").await;
    let path = format!("/contacts/{id}/companies");
    let answer = api.send_as("2.10", "POST", &path, json!({ "id": company })).await;
    assert_eq!(answer.error().1, "contact_company_limit_exceeded");
}

/// Intercom API reference 2.10, `DELETE /contacts/{id}/companies/{id}`: 404 if the company does not exist.
#[tokio::test]
async fn a_company_is_detached() {
    let api = start("2.10").await;
    let (contact, company) = (api.contact("u").await, api.company("c").await);
    let path = format!("/contacts/{contact}/companies");
    api.post(&path, json!({ "id": company })).await.id();
    let detached = api.send("DELETE", &format!("{path}/{company}"), Value::Null).await;
    assert_eq!(detached.id(), company);
    assert!(attachments(&api).is_empty());
    let missing = api.send("DELETE", &format!("{path}/none"), Value::Null).await;
    assert_eq!(missing.error(), (404, "company_not_found", "Company Not Found"));
}

/// Intercom API reference 2.14, `PUT /companies/{id}`: updates, and `company_id` cannot change.
#[tokio::test]
async fn the_company_id_cannot_change() {
    let api = start("2.14").await;
    let id = api.company("c").await;
    let body = json!({ "company_id": "other", "industry": "Tea" });
    let answer = api.send("PUT", &format!("/companies/{id}"), body).await;
    assert_eq!((&answer.body["company_id"], &answer.body["industry"]), (&json!("c"), &json!("Tea")));
}

/// Intercom API reference 2.10, `DELETE /companies/{id}`: detaches everybody.
#[tokio::test]
async fn a_deleted_company_is_detached() {
    let api = start("2.10").await;
    let (contact, company) = (api.contact("u").await, api.company("c").await);
    api.post(&format!("/contacts/{contact}/companies"), json!({ "id": company })).await.id();
    let answer = api.send("DELETE", &format!("/companies/{company}"), Value::Null).await;
    assert_eq!(answer.body["deleted"], true);
    assert!(attachments(&api).is_empty() && api.sandbox.state().companies.is_empty());
}
