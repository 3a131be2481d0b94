//! Every flow of the mappings, end to end: requests, outcomes, and the resulting workspace.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use std::time::Duration;

use intercom_sandbox::{Builder, Chaos, Clock, Sandbox};
use mapwright_delivery_tests::{Delivered, Limit, deliver, mapper, patient};
use mapwright_driver::Outcome;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One flow.
struct Flow {
    name: &'static str,
    versions: &'static [&'static str],
    /// Events that are delivered first.
    given: Vec<Value>,
    /// Whether the existing contacts are then archived.
    archived: bool,
    /// Whether the search does not see any of that.
    lag: bool,
    /// The events under test.
    events: Vec<Value>,
    /// Their requests; ids are written as `{id}`.
    requests: &'static [&'static str],
    /// Their outcomes: `delivered`, the code of a failure, or that of a warning.
    outcomes: &'static [&'static str],
    /// The relevant content of the resulting workspace; lists have the same length.
    holds: Value,
}

impl Default for Flow {
    fn default() -> Flow {
        Flow {
            name: "",
            versions: &["1.4", "2.10"],
            given: Vec::new(),
            archived: false,
            lag: false,
            events: Vec::new(),
            requests: &[],
            outcomes: &["delivered"],
            holds: Value::Null,
        }
    }
}

fn workspace() -> Builder {
    Sandbox::builder().create_attributes().no_rate_limit()
}

async fn send(sandbox: &Sandbox, version: &str, events: &[Value]) -> Delivered {
    deliver(sandbox, mapper(version, Limit::NONE), patient(1), events).await
}

fn outcomes(delivered: &Delivered) -> Vec<String> {
    let name = |outcome: &Outcome| match outcome {
        Outcome::Failed(failure) => failure.code.clone(),
        Outcome::Delivered(delivered) => {
            delivered.warnings.first().map_or("delivered".to_owned(), |warning| warning.code.to_string())
        }
        other => panic!("{other:?}"),
    };
    delivered.outcomes.iter().map(name).collect()
}

/// Returns the requests after the first `before`, with their statuses.
fn requests(sandbox: &Sandbox, before: usize) -> Vec<String> {
    let state = sandbox.state_with_ids();
    let ids: Vec<String> = state
        .contacts
        .into_iter()
        .filter_map(|contact| contact.id)
        .chain(state.companies.into_iter().filter_map(|company| company.id))
        .collect();
    let line = |request: intercom_sandbox::Request| {
        let path = ids.iter().fold(request.path, |path, id| path.replace(id, "{id}"));
        format!("{} {path} {}", request.method, request.status.unwrap_or(0))
    };
    sandbox.requests().into_iter().skip(before).map(line).collect()
}

/// Returns whether a value contains an expected value.
fn has(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Object(value), Value::Object(expected)) => {
            expected.iter().all(|(name, expected)| has(value.get(name).unwrap_or(&Value::Null), expected))
        }
        (Value::Array(value), Value::Array(expected)) => {
            value.len() == expected.len()
                && value.iter().zip(expected).all(|(value, expected)| has(value, expected))
        }
        (value, expected) => value == expected,
    }
}

fn assert_holds(sandbox: &Sandbox, expected: &Value, what: &str) {
    let state = serde_json::to_value(sandbox.state()).unwrap();
    assert!(has(&state, expected), "{what}: expected {expected:#}\nheld {state:#}");
}

/// Archives every contact, as people do in Intercom.
async fn archive_all(sandbox: &Sandbox) {
    for contact in sandbox.state_with_ids().contacts {
        let mut socket = TcpStream::connect(sandbox.addr()).await.unwrap();
        let request = format!(
            "POST /contacts/{}/archive HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\nConnection: close\r\n\r\n",
            contact.id.unwrap()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

async fn run(flow: Flow) {
    for version in flow.versions {
        let what = format!("{}, {version}", flow.name);
        // with a manual clock, writes never reach the index
        let builder = if flow.lag {
            workspace().clock(Clock::manual(1_714_564_800_000)).search_lag(Duration::from_secs(60))
        } else {
            workspace()
        };
        let sandbox = builder.start().await.unwrap();
        assert_eq!(send(&sandbox, version, &flow.given).await.lost(), [], "{what}");
        if flow.archived {
            archive_all(&sandbox).await;
        }
        let before = sandbox.requests().len();
        let delivered = send(&sandbox, version, &flow.events).await;
        assert_eq!(outcomes(&delivered), flow.outcomes, "{what}");
        if !flow.requests.is_empty() {
            assert_eq!(requests(&sandbox, before), flow.requests, "{what}");
        }
        assert_holds(&sandbox, &flow.holds, &what);
    }
}

fn identify(traits: Value) -> Value {
    json!({ "type": "identify", "userId": "u1", "traits": traits })
}

fn track(name: &str) -> Value {
    json!({ "type": "track", "userId": "u1", "event": name, "timestamp": "2024-05-01T12:00:00Z", "properties": { "price": 5 } })
}

const OLD: &[&str] = &["1.4"];
const NEW: &[&str] = &["2.10"];
const SEARCH: &str = "POST /contacts/search 200";

#[tokio::test]
async fn users() {
    let ada = || vec![identify(json!({ "email": "Ada@Example.com", "name": "Ada", "plan": "free" }))];
    let known = || json!({ "contacts": [{ "external_id": "u1", "email": "ada@example.com", "name": "Ada L.", "archived": false, "custom_attributes": { "plan": "free" } }] });
    let change = || vec![identify(json!({ "email": "ada@example.com", "name": "Ada L." }))];
    let flows = [
        Flow {
            name: "create",
            versions: OLD,
            events: ada(),
            requests: &["POST /users 200"],
            holds: json!({ "contacts": [{ "external_id": "u1", "email": "ada@example.com", "name": "Ada" }] }),
            ..Flow::default()
        },
        Flow {
            name: "create",
            versions: NEW,
            events: ada(),
            requests: &[SEARCH, "POST /contacts 200"],
            holds: json!({ "contacts": [{ "external_id": "u1", "email": "ada@example.com", "role": "user" }] }),
            ..Flow::default()
        },
        Flow {
            name: "update",
            versions: OLD,
            given: ada(),
            events: change(),
            requests: &["POST /users 200"],
            holds: known(),
            ..Flow::default()
        },
        Flow {
            name: "update",
            versions: NEW,
            given: ada(),
            events: change(),
            requests: &[SEARCH, "PUT /contacts/{id} 200"],
            holds: known(),
            ..Flow::default()
        },
        Flow {
            name: "a contact that the search does not show yet",
            versions: NEW,
            given: ada(),
            lag: true,
            events: change(),
            requests: &[SEARCH, "POST /contacts 409", "PUT /contacts/{id} 200"],
            holds: known(),
            ..Flow::default()
        },
        Flow {
            name: "an archived user",
            versions: OLD,
            given: ada(),
            archived: true,
            events: change(),
            requests: &["POST /users 200"],
            holds: known(),
            ..Flow::default()
        },
        Flow {
            name: "an archived contact",
            versions: NEW,
            given: ada(),
            archived: true,
            events: change(),
            requests: &[
                SEARCH,
                "POST /contacts 409",
                "POST /contacts/{id}/unarchive 200",
                "PUT /contacts/{id} 200",
            ],
            holds: known(),
            ..Flow::default()
        },
        Flow {
            name: "one user by the user id, by the email and by both",
            given: ada(),
            events: vec![
                identify(json!({ "phone": "1", "email": "ada@example.com" })),
                json!({ "type": "identify", "traits": { "email": "ADA@example.com", "score": 3 } }),
                identify(json!({ "unsubscribedFromEmails": true, "email": "ada@example.com" })),
            ],
            outcomes: &["delivered", "delivered", "delivered"],
            holds: json!({ "contacts": [{ "external_id": "u1", "phone": "1", "unsubscribed_from_emails": true, "custom_attributes": { "score": 3, "plan": "free" } }] }),
            ..Flow::default()
        },
    ];
    for flow in flows {
        run(flow).await;
    }
}

/// The 409 does not contain the id, so the contact is searched again. By then, the index is up to date.
#[tokio::test]
async fn a_conflict_without_an_id_is_searched_for() {
    let clock = Clock::manual(1_714_564_800_000);
    let held_back = Chaos::seeded(1).latency(1.0, Duration::from_millis(50), Duration::from_millis(50));
    let builder = workspace().clock(clock.clone()).search_lag(Duration::from_secs(60)).chaos(held_back);
    let sandbox = builder.unnamed_conflicts().start().await.unwrap();
    send(&sandbox, "2.10", &[identify(json!({ "name": "Ada" }))]).await;
    let before = sandbox.requests().len();
    let events = [identify(json!({ "name": "Ada L." }))];
    let caught_up = async {
        while !sandbox.requests().iter().any(|request| request.status == Some(409)) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        clock.advance(60_000);
    };
    let (delivered, ()) = tokio::join!(send(&sandbox, "2.10", &events), caught_up);
    assert_eq!(delivered.lost(), []);
    let expected = [SEARCH, "POST /contacts 409", SEARCH, "PUT /contacts/{id} 200"];
    assert_eq!(requests(&sandbox, before), expected);
    assert_holds(
        &sandbox,
        &json!({ "contacts": [{ "external_id": "u1", "name": "Ada L." }] }),
        "searched again",
    );
}

#[tokio::test]
async fn companies() {
    let joins = || identify(json!({ "email": "ada@example.com", "company": { "id": "c1", "name": "Tea" } }));
    let leaves =
        || identify(json!({ "email": "ada@example.com", "company": { "id": "c1", "remove": true } }));
    let member = || json!({ "companies": [{ "company_id": "c1", "name": "Tea" }], "attachments": [{ "contact": "u1", "company": "c1" }] });
    let nobody = || json!({ "companies": [{ "company_id": "c1" }], "attachments": [] });
    let group = |traits: Value| json!({ "type": "group", "userId": "u1", "groupId": "c1", "traits": traits });
    let flows = [
        Flow {
            name: "a new user joins a company that is not there",
            versions: NEW,
            events: vec![joins()],
            requests: &[
                SEARCH,
                "POST /contacts 200",
                "POST /companies 200",
                "POST /contacts/{id}/companies 200",
            ],
            holds: member(),
            ..Flow::default()
        },
        Flow {
            name: "a new user joins a company that is not there",
            versions: OLD,
            events: vec![joins()],
            requests: &["POST /users 200"],
            holds: member(),
            ..Flow::default()
        },
        Flow {
            name: "a user whom the search does not show joins",
            versions: NEW,
            given: vec![identify(json!({ "email": "ada@example.com" }))],
            lag: true,
            events: vec![joins()],
            holds: member(),
            ..Flow::default()
        },
        Flow {
            name: "a member leaves",
            given: vec![joins()],
            events: vec![leaves()],
            holds: nobody(),
            ..Flow::default()
        },
        Flow {
            name: "a member leaves by the name of the company",
            versions: NEW,
            given: vec![identify(json!({ "company": { "name": "Tea & Co" } }))],
            events: vec![identify(json!({ "company": { "name": "Tea & Co", "remove": true } }))],
            requests: &[
                SEARCH,
                "PUT /contacts/{id} 200",
                "GET /companies?name=Tea%20%26%20Co 200",
                "DELETE /contacts/{id}/companies/{id} 200",
            ],
            holds: json!({ "companies": [{ "name": "Tea & Co" }], "attachments": [] }),
            ..Flow::default()
        },
        Flow {
            name: "who is not a member leaves",
            given: vec![
                identify(json!({ "email": "ada@example.com" })),
                json!({ "type": "group", "groupId": "c1", "traits": { "name": "Tea" } }),
            ],
            events: vec![leaves()],
            holds: nobody(),
            ..Flow::default()
        },
        Flow {
            name: "a user leaves a company that is not there",
            versions: NEW,
            given: vec![identify(json!({ "email": "ada@example.com" }))],
            events: vec![leaves()],
            requests: &[SEARCH, "PUT /contacts/{id} 200", "GET /companies?company_id=c1 404"],
            holds: json!({ "companies": [], "attachments": [], "contacts": [{ "external_id": "u1" }] }),
            ..Flow::default()
        },
        Flow {
            name: "a user leaves a company that is not there",
            versions: OLD,
            events: vec![leaves()],
            requests: &["POST /users 200"],
            holds: json!({ "companies": [], "attachments": [], "contacts": [{ "external_id": "u1" }] }),
            ..Flow::default()
        },
        Flow {
            name: "a group with a member and tags",
            given: vec![identify(json!({ "email": "ada@example.com" }))],
            events: vec![group(
                json!({ "name": "Tea", "size": 7, "city": "Bath", "tags": ["new", "big", "new"] }),
            )],
            holds: json!({
                "companies": [{ "company_id": "c1", "name": "Tea", "size": 7, "custom_attributes": { "city": "Bath" }, "tags": ["big", "new"] }],
                "attachments": [{ "contact": "u1", "company": "c1" }], "tags": ["big", "new"],
            }),
            ..Flow::default()
        },
        Flow {
            name: "a group changes",
            given: vec![identify(json!({})), group(json!({ "name": "Tea", "tags": ["new"] }))],
            events: vec![group(json!({ "industry": "food", "tags": ["old"] }))],
            holds: json!({ "companies": [{ "company_id": "c1", "name": "Tea", "industry": "food", "tags": ["new", "old"] }] }),
            ..Flow::default()
        },
        Flow {
            name: "a group whose member is not there",
            versions: NEW,
            events: vec![group(json!({ "name": "Tea" }))],
            requests: &[SEARCH, "POST /companies 200", SEARCH, SEARCH, SEARCH],
            outcomes: &["contact_not_found"],
            holds: json!({ "companies": [{ "company_id": "c1" }], "attachments": [], "contacts": [] }),
            ..Flow::default()
        },
    ];
    for flow in flows {
        run(flow).await;
    }
}

#[tokio::test]
async fn events_of_users() {
    let stored = || json!({ "events": [{ "contact": "u1", "name": "Viewed", "created_at": 1_714_564_800, "metadata": { "price": 5 } }] });
    let flows = [
        Flow {
            name: "a track after its identify",
            given: vec![identify(json!({}))],
            events: vec![track("Viewed")],
            requests: &["POST /events 202"],
            holds: stored(),
            ..Flow::default()
        },
        Flow {
            name: "identify and track in one stream: the order is kept, so that the user is there",
            events: vec![identify(json!({})), track("Viewed")],
            outcomes: &["delivered", "delivered"],
            holds: stored(),
            ..Flow::default()
        },
        Flow {
            name: "one event twice",
            events: vec![identify(json!({})), track("Viewed"), track("Viewed")],
            outcomes: &["delivered", "delivered", "delivered"],
            holds: stored(),
            ..Flow::default()
        },
        Flow {
            name: "a track before its identify fails, and the identify does not",
            versions: OLD,
            events: vec![track("Viewed"), identify(json!({}))],
            requests: &["POST /events 404", "POST /users 200"],
            outcomes: &["user_not_found", "delivered"],
            holds: json!({ "events": [], "contacts": [{ "external_id": "u1" }] }),
            ..Flow::default()
        },
        Flow {
            name: "a track before its identify fails, and the identify does not",
            versions: NEW,
            events: vec![track("Viewed"), identify(json!({}))],
            requests: &["POST /events 404", SEARCH, "POST /contacts 200"],
            outcomes: &["contact_not_found", "delivered"],
            holds: json!({ "events": [], "contacts": [{ "external_id": "u1" }] }),
            ..Flow::default()
        },
    ];
    for flow in flows {
        run(flow).await;
    }
}

#[tokio::test]
async fn deletions() {
    let deletion =
        || vec![json!({ "type": "delete", "users": [{ "userId": "nobody" }, { "userId": "u1" }] })];
    let other = json!({ "type": "identify", "userId": "u2", "traits": { "email": "b@example.com" } });
    let given = || {
        vec![identify(json!({ "company": { "id": "c1", "name": "Tea" } })), track("Viewed"), other.clone()]
    };
    let holds = || json!({ "contacts": [{ "external_id": "u2" }], "events": [], "attachments": [], "companies": [{ "company_id": "c1" }] });
    let flows = [
        Flow {
            name: "a user is deleted with all that hangs on it",
            versions: OLD,
            given: given(),
            events: deletion(),
            outcomes: &["user_not_found"],
            requests: &[
                "GET /users?user_id=nobody 404",
                "GET /users?user_id=u1 200",
                "POST /user_delete_requests 200",
            ],
            holds: holds(),
            ..Flow::default()
        },
        Flow {
            name: "a user is deleted with all that hangs on it",
            versions: NEW,
            given: given(),
            events: deletion(),
            outcomes: &["user_not_found"],
            holds: holds(),
            ..Flow::default()
        },
        Flow {
            name: "a deletion between what came before and what comes after",
            events: vec![
                identify(json!({ "plan": "old" })),
                deletion()[0].clone(),
                identify(json!({ "name": "New" })),
                track("Viewed"),
            ],
            outcomes: &["delivered", "user_not_found", "delivered", "delivered"],
            holds: json!({ "contacts": [{ "external_id": "u1", "name": "New", "custom_attributes": {} }], "events": [{ "contact": "u1" }] }),
            ..Flow::default()
        },
    ];
    for flow in flows {
        run(flow).await;
    }
}

/// A contact without the event's user id is found by each look-up field.
#[tokio::test]
async fn look_ups() {
    let known = json!({ "email": "ada@example.com", "phone": "+44 1", "name": "Ada L.", "avatar": "https://example.com/a.png", "ownerId": 7 });
    let fields = [
        ("email", json!({ "email": "Ada@example.com" })),
        ("phone", json!({ "phone": "+44 1" })),
        ("name", json!({ "firstName": "Ada", "lastName": "L." })),
        ("avatar", json!({ "avatar": "https://example.com/a.png" })),
        ("owner_id", json!({ "owner_id": 7 })),
    ];
    for (field, traits) in fields {
        let lookup = json!({ "INTERCOM": { "lookup": field } });
        let event = json!({ "type": "identify", "userId": "u9", "traits": traits, "integrations": lookup });
        run(Flow {
            name: field,
            versions: NEW,
            given: vec![json!({ "type": "identify", "traits": known })],
            events: vec![event],
            requests: &[SEARCH, "PUT /contacts/{id} 200"],
            holds: json!({ "contacts": [{ "external_id": "u9", "email": "ada@example.com", "custom_attributes": {} }] }),
            ..Flow::default()
        })
        .await;
    }
    run(Flow {
        name: "external_id",
        versions: NEW,
        given: vec![identify(json!({ "email": "ada@example.com" }))],
        events: vec![json!({
            "type": "identify", "userId": "u1", "traits": { "email": "new@example.com" },
            "integrations": { "INTERCOM": { "lookup": "external_id" } },
        })],
        requests: &[SEARCH, "PUT /contacts/{id} 200"],
        holds: json!({ "contacts": [{ "external_id": "u1", "email": "new@example.com" }] }),
        ..Flow::default()
    })
    .await;
}

/// Reverse ETL: traits under Intercom's own names.
#[tokio::test]
async fn reverse_etl() {
    let context = |kind: &str, id: &str| json!({ "mappedToDestination": true, "externalId": [{ "id": id, "identifierType": kind, "type": "INTERCOM-x" }] });
    let traits =
        || json!({ "name": "Ada", "signed_up_at": 1_714_564_800, "custom_attributes": { "plan": "pro" } });
    let held = || json!({ "contacts": [{ "external_id": "u1", "name": "Ada", "signed_up_at": 1_714_564_800, "custom_attributes": { "plan": "pro" } }] });
    let flows = [
        Flow {
            name: "identify",
            versions: OLD,
            events: vec![
                json!({ "type": "identify", "context": context("user_id", "u1"), "traits": traits() }),
            ],
            holds: held(),
            ..Flow::default()
        },
        Flow {
            name: "identify, then what changes",
            versions: NEW,
            events: vec![
                json!({ "type": "identify", "context": context("external_id", "u1"), "traits": { "name": "A." } }),
                json!({ "type": "identify", "context": context("external_id", "u1"), "traits": traits() }),
            ],
            outcomes: &["delivered", "delivered"],
            holds: held(),
            ..Flow::default()
        },
        Flow {
            name: "group",
            events: vec![json!({
                "type": "group", "context": context("company_id", "c1"),
                "traits": { "name": "Tea", "monthly_spend": 5, "custom_attributes": { "city": "Bath" } },
            })],
            holds: json!({ "companies": [{ "company_id": "c1", "name": "Tea", "monthly_spend": 5, "custom_attributes": { "city": "Bath" } }] }),
            ..Flow::default()
        },
        Flow {
            name: "track",
            given: vec![identify(json!({}))],
            events: vec![json!({
                "type": "track", "userId": "u1", "event": "Viewed", "timestamp": 1_714_564_800, "context": { "mappedToDestination": true },
            })],
            holds: json!({ "events": [{ "contact": "u1", "name": "Viewed", "created_at": 1_714_564_800 }] }),
            ..Flow::default()
        },
    ];
    for flow in flows {
        run(flow).await;
    }
}
