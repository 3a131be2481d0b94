//! Faults: whether requests take effect, and that faults follow from the seed.

use std::time::Duration;

use intercom_sandbox::{Chaos, Class, Fault};
use serde_json::{Value, json};

use crate::client::{Fixture, start_with};

async fn with(chaos: Chaos) -> Fixture {
    start_with("2.10", |b| b.chaos(chaos)).await
}

/// Returns a client's complete response to a create under this fault, if any, and whether the contact then exists.
async fn create_under(fault: Fault) -> (Option<(u16, String)>, bool) {
    let api = with(Chaos::seeded(1).fault(fault, 1.0).slow_pause(Duration::from_millis(1))).await;
    let headers = [("authorization", "Bearer t")];
    let body = json!({ "external_id": "u" }).to_string();
    let answer = api.send_raw("POST", "/contacts", &headers, body).await.ok();
    let kind = |answer: &crate::client::Answer| {
        answer.headers.get("content-type").map_or("none", |kind| kind.to_str().unwrap()).to_owned()
    };
    let seen = answer.map(|answer| (answer.status, kind(&answer)));
    let applied = !api.sandbox.state().contacts.is_empty();
    assert_eq!(applied, fault.applies(), "{fault:?}");
    assert_eq!(api.sandbox.requests()[0].fault, Some(fault.name()));
    assert_eq!(api.sandbox.requests()[0].applied, applied);
    assert_eq!(api.sandbox.stats().faults[fault.name()], 1);
    (seen, applied)
}

/// Errors are HTML pages; after a 504 the request has taken effect.
#[tokio::test]
async fn errors_are_html() {
    for (fault, status) in
        [(Fault::Error500, 500), (Fault::Error502, 502), (Fault::Error503, 503), (Fault::Error504, 504)]
    {
        let expected = (Some((status, "text/html; charset=utf-8".to_owned())), status == 504);
        assert_eq!(create_under(fault).await, expected);
    }
}

/// A connection is closed before or after the request takes effect, or in the middle of the response.
#[tokio::test]
async fn connections_break() {
    assert_eq!(create_under(Fault::DropBefore).await, (None, false));
    assert_eq!(create_under(Fault::DropAfter).await, (None, true));
    assert_eq!(create_under(Fault::HalfSent).await, (None, true));
}

/// A response without a body is truncated too.
#[tokio::test]
async fn an_empty_answer_breaks_off() {
    let api = with(Chaos::seeded(1).fault(Fault::HalfSent, 1.0).at_most(1)).await;
    let headers = [("authorization", "Bearer t")];
    let contact = json!({ "external_id": "u" }).to_string();
    assert!(api.send_raw("POST", "/contacts", &headers, contact).await.is_err());
    let event = json!({ "event_name": "x", "created_at": 1, "user_id": "u" }).to_string();
    assert!(api.send_raw("POST", "/events", &headers, event.clone()).await.is_err());
    assert_eq!(api.send_raw("POST", "/events", &headers, event).await.unwrap().status, 202);
    assert_eq!(api.sandbox.state().events.len(), 1);
}

/// Correct statuses with unexpected bodies.
#[tokio::test]
async fn bodies_are_of_another_kind() {
    assert_eq!(create_under(Fault::WrongType).await.0, Some((200, "text/plain".to_owned())));
    assert_eq!(create_under(Fault::HtmlOk).await.0, Some((200, "text/html; charset=utf-8".to_owned())));
    assert_eq!(create_under(Fault::EmptyOk).await.0, Some((200, "none".to_owned())));
    assert_eq!(
        create_under(Fault::SlowBody).await.0,
        Some((200, "application/json; charset=utf-8".to_owned()))
    );
}

/// A request without a response ends when the client gives up. The fault determines whether it took effect.
#[tokio::test]
async fn answers_never_come() {
    for fault in [Fault::HangBefore, Fault::HangAfter] {
        let api = with(Chaos::seeded(1).fault(fault, 1.0)).await;
        let create = api.post("/contacts", json!({ "external_id": "u" }));
        tokio::select! {
            biased;
            _ = create => unreachable!("{fault:?} is never answered"),
            () = logged(&api, 1) => {}
        }
        assert_eq!(!api.sandbox.state().contacts.is_empty(), fault.applies());
        assert_eq!(
            (api.sandbox.requests()[0].status, api.sandbox.requests()[0].class),
            (None, Class::Broken)
        );
        // the sandbox keeps serving other requests
        assert_eq!(api.get_inspect("stats").await["unanswered"], 1);
    }
}

async fn logged(api: &Fixture, count: usize) {
    while api.sandbox.requests().len() < count {
        tokio::task::yield_now().await;
    }
}

/// A storm of 429 lasts until the rate window ends, for all clients, and is not counted as the client's fault.
#[tokio::test]
async fn a_storm_lasts_until_the_window_ends() {
    let api = with(Chaos::seeded(1).fault(Fault::RateStorm, 1.0).at_most(1)).await;
    let first = api.post("/contacts", json!({ "external_id": "u" })).await;
    assert_eq!((first.status, first.headers["x-ratelimit-remaining"].to_str().unwrap()), (429, "0"));
    assert_eq!(api.get("/me").await.status, 429);
    assert_eq!(api.sandbox.stats().rejected_by_rate_limit, 0);
    api.clock.advance(10_000);
    api.contact("u").await;
}

/// Two saves of a company at the same moment (intercom-node issue 461).
#[tokio::test]
async fn a_company_race_is_a_400_on_companies_only() {
    let api = with(Chaos::seeded(1).fault(Fault::Race, 1.0).at_most(1)).await;
    api.contact("u").await;
    let race = api.post("/companies", json!({ "company_id": "c" })).await;
    assert_eq!(race.error(), (400, "unique_company_constraint", "Company already exists."));
    assert!(api.sandbox.state().companies.is_empty());
    api.post("/companies", json!({ "company_id": "c" })).await.id();
}

/// Latency is drawn between its bounds, and the request takes effect after it.
#[tokio::test]
async fn answers_are_held_back() {
    let (from, to) = (Duration::from_millis(1), Duration::from_millis(3));
    let api = with(Chaos::seeded(1).latency(1.0, from, to)).await;
    for n in 0..5 {
        api.contact(&n.to_string()).await;
    }
    assert!(api.sandbox.requests().iter().all(|request| (1..=3).contains(&request.delay_ms)));
}

/// The faults of a request depend on the seed, its content and the number of earlier attempts, and not on other requests.
#[tokio::test]
async fn faults_do_not_depend_on_the_order_of_requests() {
    async fn faults(seed: u64, users: impl Iterator<Item = u32>) -> Vec<Value> {
        let chaos = Chaos::seeded(seed).fault(Fault::Error503, 0.3).fault(Fault::Error504, 0.3);
        let api = with(chaos).await;
        for user in users {
            for _ in 0..3 {
                api.post("/contacts", json!({ "external_id": user.to_string() })).await;
            }
        }
        let mut log: Vec<Value> = Vec::new();
        let requests = api.sandbox.requests();
        for triple in requests.chunks(3) {
            log.push(triple.iter().map(|request| json!(request.fault)).collect());
        }
        log
    }
    let forwards = faults(7, 0..20).await;
    let mut backwards = faults(7, (0..20).rev()).await;
    backwards.reverse();
    assert_eq!(forwards, backwards);
    assert_ne!(forwards, faults(8, 0..20).await);
    let hit = forwards
        .iter()
        .flat_map(|triple| triple.as_array().unwrap())
        .filter(|fault| !fault.is_null())
        .count();
    assert!((20..=52).contains(&hit), "{hit} of 60 at 60 %");
}

/// A client that keeps retrying succeeds.
#[tokio::test]
async fn the_same_request_goes_wrong_so_often_at_most() {
    let api = with(Chaos::seeded(1).fault(Fault::Error500, 1.0).at_most(2)).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(api.post("/contacts", json!({ "external_id": "u" })).await.status);
    }
    assert_eq!(statuses, [500, 500, 200]);
}

/// An outage affects all clients until it ends, by the library or over HTTP.
#[tokio::test]
async fn an_outage_lasts_until_it_is_ended() {
    let api = start_with("2.10", |b| b).await;
    api.sandbox.set_outage(Some(Fault::Error503));
    assert_eq!([api.get("/me").await.status, api.get("/me").await.status], [503, 503]);
    api.sandbox.set_outage(None);
    assert_eq!(api.get("/me").await.status, 200);
    for (query, outage, status) in [("?fault=error-500", 200, 500), ("?fault=none", 400, 500), ("", 200, 200)]
    {
        let path = format!("/_sandbox/outage{query}");
        let answer = api.send_raw("POST", &path, &[], String::new()).await.unwrap();
        assert_eq!((answer.status, api.get("/me").await.status), (outage, status), "{query}");
    }
}

/// A revoked token is refused.
#[tokio::test]
async fn a_token_is_revoked() {
    let api = start_with("2.10", |b| b.token("token")).await;
    assert_eq!(api.get("/me").await.status, 200);
    api.sandbox.set_token(Some("other".into()));
    assert_eq!(api.get("/me").await.status, 401);
    api.sandbox.reset();
    assert_eq!(api.get("/me").await.status, 200);
}

/// Racing clients have the same faults and leave the same state in every run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_clients_leave_the_same_state() {
    async fn user(api: &Fixture, user: u32) {
        let headers = [("authorization", "Bearer t")];
        let contact = json!({ "external_id": user.to_string() }).to_string();
        let event = json!({ "event_name": "x", "created_at": 1, "user_id": user.to_string() }).to_string();
        for (path, body) in [("/contacts", contact), ("/events", event)] {
            loop {
                match api.send_raw("POST", path, &headers, body.clone()).await {
                    // a conflict: the earlier create took effect
                    Ok(answer)
                        if answer
                            .headers
                            .get("content-type")
                            .is_none_or(|kind| kind != "text/html; charset=utf-8") =>
                    {
                        break;
                    }
                    _ => {}
                }
            }
        }
    }
    let mut runs = Vec::new();
    for reversed in [false, true] {
        // faults that wait for a client's timeout or for the clock would not end here
        let endless = [Fault::HangBefore, Fault::HangAfter, Fault::RateStorm];
        let faults = Fault::ALL.into_iter().filter(|fault| !endless.contains(fault));
        let chaos = faults.fold(Chaos::seeded(3), |chaos, fault| chaos.fault(fault, 0.04));
        let chaos = chaos.slow_pause(Duration::from_millis(1));
        let api = std::sync::Arc::new(with(chaos).await);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..60 {
            let (api, n) = (api.clone(), if reversed { 59 - n } else { n });
            tasks.spawn(async move { user(&api, n).await });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        runs.push((
            api.sandbox.state(),
            api.sandbox.stats().counts.faults,
            api.sandbox.stats().counts.by_status,
        ));
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!((runs[0].0.contacts.len(), runs[0].0.events.len()), (60, 60));
    assert!(runs[0].1.len() > 5, "{:?}", runs[0].1);
}
