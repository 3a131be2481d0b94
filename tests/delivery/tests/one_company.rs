//! Many group events of one company: saving it is in order, and whatever concerns one user goes side by side.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a helper of tests fails as a test does"
)]

use std::time::{Duration, Instant};

use intercom_sandbox::{Chaos, Sandbox};
use mapwright_delivery_tests::{Limit, deliver, mapper, patient, size};
use serde_json::{Value, json};

const USERS: u64 = 60;

fn user(n: u64) -> String {
    format!("u{n}")
}

/// Delivers the group events of one company to an API with a latency. Returns how long it took.
async fn deliver_groups(
    version: &str,
    latency: Duration,
    group: impl Fn(u64) -> Value,
) -> (Sandbox, Duration) {
    let chaos = Chaos::seeded(1).latency(1.0, latency, latency);
    let sandbox = Sandbox::builder().create_attributes().no_rate_limit().log_bodies().log_length(usize::MAX);
    let sandbox = sandbox.chaos(chaos).start().await.unwrap();
    let identifies: Vec<Value> =
        (0..USERS).map(|n| json!({ "type": "identify", "userId": user(n) })).collect();
    let identified = deliver(&sandbox, mapper(version, Limit::NONE), patient(1), &identifies).await;
    assert_eq!(identified.lost(), []);
    let groups: Vec<Value> = (0..USERS).map(group).collect();
    let started = Instant::now();
    let delivered = deliver(&sandbox, mapper(version, Limit::NONE), patient(1), &groups).await;
    let took = started.elapsed();
    assert_eq!(delivered.lost(), []);
    let requests = delivered.counts.requests;
    println!("{version}: {USERS} events, {requests} requests in {:.1} s", took.as_secs_f64());
    (sandbox, took)
}

fn group(n: u64) -> Value {
    json!({ "type": "group", "userId": user(n), "groupId": "c1", "traits": { "revision": n, "tags": [format!("t{n}")] } })
}

/// The revisions of the company, in the order in which they took effect.
fn revisions(sandbox: &Sandbox) -> Vec<u64> {
    let saves = sandbox.requests().into_iter().filter(|request| request.path == "/companies");
    saves
        .map(|save| serde_json::from_str::<Value>(&save.body.unwrap()).unwrap())
        .filter_map(|body| body["custom_attributes"]["revision"].as_u64())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saving_is_in_order_and_the_rest_side_by_side() {
    let latency = Duration::from_millis(size("MAPWRIGHT_LATENCY", 40));
    for version in ["2.10", "1.4"] {
        let (sandbox, took) = deliver_groups(version, latency, group).await;
        assert_eq!(revisions(&sandbox), (0..USERS).collect::<Vec<_>>(), "{version}");
        let state = serde_json::to_value(sandbox.state()).unwrap();
        assert_eq!(state["attachments"].as_array().unwrap().len(), USERS as usize, "{version}");
        // one save after the other, and little more; whole events one after the other take three or four times as long
        assert!(took < latency * (USERS as u32) * 2, "{version}: {took:?}");
    }
}
