//! The sandbox accepts the requests of the shipped mappings, step by step, without a driver.

use intercom_sandbox::{Attribute, DataType, Model};
use mapwright::{Mapper, Outcome, Progress, Response, Scratch, Spec};
use serde_json::{Value, json};

use crate::client::{EPOCH_MS, Fixture, start_with};

fn mapper(version: &str) -> Mapper {
    let plans = Spec::load(&mapwright_builtin::sources()).check().unwrap().compile();
    let settings = json!({ "apiKey": "token" });
    plans.plan("intercom", Some(version), &settings).unwrap().bind(&settings).unwrap()
}

/// Sends every request of an event. Returns the steps with their statuses, and how it ended.
async fn deliver(api: &Fixture, mapper: &Mapper, event: &Value) -> (Vec<(String, u16)>, Result<(), String>) {
    let (event, mut scratch) = (event.to_string(), Scratch::new());
    let now = i64::try_from(EPOCH_MS).unwrap();
    let Outcome::Mapped(mut run) = mapper.map(event.as_str(), now, &mut scratch) else {
        panic!("expected requests for {event}")
    };
    let mut steps = Vec::new();
    while let Some(request) = run.request().unwrap() {
        let path = request.url.strip_prefix("https://api.intercom.io").unwrap().to_owned();
        let headers: Vec<(&str, &str)> =
            request.headers().filter(|(name, _)| *name != "Content-Type").collect();
        let body = request.body.as_ref().map(|body| String::from_utf8(body.bytes().to_vec()).unwrap());
        let (method, step) = (request.method, request.step.to_string());
        let answer = api.send_raw(method, &path, &headers, body.unwrap_or_default()).await.unwrap();
        steps.push((step, answer.status));
        let response = Response::new(answer.status, [], answer.text.into_bytes());
        match run.respond(&response, now) {
            Ok(Progress::Next) => {}
            Ok(retry) => return (steps, Err(format!("{retry:?}"))),
            Err(ended) => return (steps, Err(ended.to_string())),
        }
    }
    (steps, Ok(()))
}

fn identify(user: &str, traits: Value) -> Value {
    json!({ "type": "identify", "userId": user, "traits": traits })
}

/// Every sample event is accepted in 1.4 and, if its attributes are defined, in 2.10.
#[tokio::test]
async fn the_samples_are_delivered() {
    let samples =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/samples/events.ndjson"))
            .unwrap();
    for version in ["1.4", "2.10"] {
        let api = start_with("2.10", |b| b.create_attributes()).await;
        let mapper = mapper(version);
        for line in samples.lines() {
            let event = serde_json::from_str(line).unwrap();
            let (steps, ended) = deliver(&api, &mapper, &event).await;
            assert_eq!(ended, Ok(()), "{version} {steps:?}");
        }
        let state = api.sandbox.state();
        assert!(
            !state.contacts.is_empty() && !state.companies.is_empty() && !state.events.is_empty(),
            "{version}"
        );
    }
}

/// The search does not find a user yet: the create conflicts, and the existing contact is updated.
#[tokio::test]
async fn a_conflict_is_recovered_from() {
    let api = start_with("2.10", |b| b.search_lag(std::time::Duration::from_secs(60))).await;
    let mapper = mapper("2.10");
    let event = |name: &str| identify("u", json!({ "email": "Ada@Example.com", "name": name }));
    let names = |steps: Vec<(String, u16)>| {
        steps.into_iter().map(|(step, status)| format!("{step} {status}")).collect::<Vec<_>>()
    };
    let (steps, ended) = deliver(&api, &mapper, &event("Ada")).await;
    assert_eq!((names(steps), ended), (vec!["find_contact 200".into(), "create_contact 200".into()], Ok(())));

    let (steps, ended) = deliver(&api, &mapper, &event("Ada L.")).await;
    let recovered =
        ["find_contact 200", "create_contact 409", "update_contact 200"].map(str::to_owned).to_vec();
    assert_eq!((names(steps), ended), (recovered, Ok(())));

    let id = api.sandbox.state_with_ids().contacts[0].id.clone().unwrap();
    api.post(&format!("/contacts/{id}/archive"), Value::Null).await;
    api.clock.advance(60_000);
    let (steps, ended) = deliver(&api, &mapper, &event("Ada Lovelace")).await;
    let revived = ["find_contact 200", "create_contact 409", "unarchive_contact 200", "update_contact 200"]
        .map(str::to_owned);
    assert_eq!((names(steps), ended), (revived.to_vec(), Ok(())));
    let contact = &api.sandbox.state().contacts[0];
    assert_eq!((contact.name.as_deref(), contact.archived), (Some("Ada Lovelace"), false));
}

/// Intercom API reference 2.10, `POST /contacts/search`: fields by their names, custom attributes as `custom_attributes.<name>`.
#[tokio::test]
async fn contacts_are_looked_up_by_fields_and_by_custom_attributes() {
    let api = start_with("2.10", |b| b.create_attributes()).await;
    let mapper = mapper("2.10");
    let (_, ended) = deliver(&api, &mapper, &identify("u1", json!({ "crm": "x", "phone": "123" }))).await;
    assert_eq!(ended, Ok(()));
    let steps = async |lookup: &str, name: &str, value: Value| {
        let event = json!({ "type": "identify", "traits": { "email": "u1@example.com", name: value },
            "integrations": { "Intercom": { "lookup": lookup } } });
        let (steps, _) = deliver(&api, &mapper, &event).await;
        steps.into_iter().map(|(step, status)| format!("{step} {status}")).collect::<Vec<_>>()
    };
    for lookup in ["crm", "custom_attributes.crm"] {
        let found = steps(lookup, "crm", json!("x")).await;
        assert_eq!(found, ["find_contact 200", "update_contact 200"], "{lookup}");
    }
    assert_eq!(
        steps("unknown", "unknown", json!("x")).await,
        ["find_contact 400"],
        "no attribute has the name"
    );
    let texts =
        ["role", "name", "avatar", "phone", "email_domain", "language_override", "segment_id", "tag_id"];
    let dates =
        ["created_at", "updated_at", "signed_up_at", "last_seen_at", "last_contacted_at", "last_replied_at"];
    let fields =
        texts.map(|field| (field, json!("x"))).into_iter().chain(dates.map(|field| (field, json!(5))));
    for (field, value) in fields.chain([("owner_id", json!(7)), ("unsubscribed_from_emails", json!(true))]) {
        let sent = steps(field, field, value).await;
        assert_eq!(sent.first().map(String::as_str), Some("find_contact 200"), "{field}");
    }
}

/// A user joins a company and leaves it, in both versions.
#[tokio::test]
async fn a_company_is_joined_and_left() {
    for version in ["1.4", "2.10"] {
        let api = start_with("2.10", |b| b.create_attributes()).await;
        let mapper = mapper(version);
        for (company, attached) in
            [(json!({ "id": "c", "name": "Tea" }), 1), (json!({ "id": "c", "remove": true }), 0)]
        {
            let event = identify("u", json!({ "email": "u@example.com", "company": company }));
            let (steps, ended) = deliver(&api, &mapper, &event).await;
            assert_eq!(ended, Ok(()), "{version} {steps:?}");
            assert_eq!(api.sandbox.state().attachments.len(), attached, "{version} {steps:?}");
        }
    }
}

/// A user is deleted, in 2.10.
#[tokio::test]
async fn a_user_is_deleted() {
    let api = start_with("2.10", |b| b).await;
    let mapper = mapper("2.10");
    api.contact("u").await;
    let event = json!({ "type": "delete", "users": [{ "userId": "u" }, { "userId": "nobody" }] });
    let (steps, ended) = deliver(&api, &mapper, &event).await;
    assert_eq!((ended, api.sandbox.state().contacts.len()), (Ok(()), 0), "{steps:?}");
}

/// A lead with the user's email gets the user id, and so becomes a user.
#[tokio::test]
async fn a_lead_becomes_a_user() {
    let api = start_with("2.10", |b| b).await;
    let lead = json!({ "role": "lead", "email": "ada@example.com" });
    assert_eq!(api.post("/contacts", lead).await.status, 200);
    api.clock.advance(600_000);
    let event = identify("u", json!({ "email": "ada@example.com" }));
    let (steps, ended) = deliver(&api, &mapper("2.10"), &event).await;
    assert_eq!(ended, Ok(()), "{steps:?}");
    let found = api.send_as("2.13", "GET", "/contacts/find_by_external_id/u", Value::Null).await;
    assert_eq!(found.body["role"].as_str(), Some("user"), "{steps:?}");
    assert_eq!(api.sandbox.state().contacts.len(), 1);
}

/// Of the contacts that share an email, the one with the user's id is updated.
#[tokio::test]
async fn the_users_own_contact_comes_first() {
    let api = start_with("2.10", |b| b).await;
    let lead = json!({ "role": "lead", "email": "ada@example.com" });
    let own = json!({ "external_id": "own", "email": "ada@example.com" });
    assert_eq!(api.post("/contacts", lead).await.status, 200);
    assert_eq!(api.post("/contacts", own).await.status, 200);
    api.clock.advance(600_000);
    let event = identify("own", json!({ "email": "ada@example.com", "name": "Ada" }));
    let (steps, ended) = deliver(&api, &mapper("2.10"), &event).await;
    assert_eq!(ended, Ok(()), "{steps:?}");
    let named: Vec<_> = api.sandbox.state().contacts.into_iter().filter(|c| c.name.is_some()).collect();
    assert_eq!(named.iter().map(|c| c.external_id.as_deref()).collect::<Vec<_>>(), [Some("own")]);
}

/// What is refused about a custom attribute has advice of its own.
#[tokio::test]
async fn refused_attributes_have_advice_of_their_own() {
    let options = Attribute {
        options: vec!["s".into(), "m".into()],
        ..Attribute::new(Model::Contact, "size", DataType::Options)
    };
    let api = start_with("2.10", |b| b.attribute(options)).await;
    for (traits, advice) in [
        (json!({ "unknown": 1 }), "create the attribute in Intercom first"),
        (json!({ "plan": 1 }), "send values of the type that the attribute has"),
        (json!({ "size": "xl" }), "add the value to the options of the attribute"),
    ] {
        let (steps, ended) = deliver(&api, &mapper("2.10"), &identify("u", traits.clone())).await;
        let ended = ended.unwrap_err();
        assert!(ended.contains(advice), "{traits}: {ended} {steps:?}");
    }
}
