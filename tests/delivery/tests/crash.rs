//! `mapwright send` is killed repeatedly and resumed: nothing is lost, and only events in flight are sent twice.
//!
//! `MAPWRIGHT_CRASH_EVENTS`, `MAPWRIGHT_CRASH_KILLS` and `MAPWRIGHT_CRASH_SEED` make it longer; see docs/delivery-tests.md.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of tests fails as a test does"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use intercom_sandbox::{Builder, Chaos, Request, Sandbox};
use mapwright_delivery_tests::killed::Send;
use mapwright_delivery_tests::{Limit, deliver, mapper, patient, size};
use serde_json::{Value, json};

const CONCURRENCY: usize = 8;
const VERSION: &str = "2.10";

/// Returns one event per user: a search, a create, a save of the user's own company and an attachment.
fn events(count: u64) -> Vec<Value> {
    let event = |n: u64| {
        let company = json!({ "id": format!("company-{n:06}"), "name": "Tea" });
        json!({ "type": "identify", "userId": format!("user-{n:06}"), "traits": { "company": company } })
    };
    (0..count).map(event).collect()
}

fn workspace() -> Builder {
    Sandbox::builder().create_attributes().no_rate_limit().log_length(usize::MAX).log_bodies()
}

fn send(sandbox: &Sandbox, folder: &Path) -> Send {
    let concurrency = CONCURRENCY.to_string();
    let arguments = [
        ["--destination", "intercom"],
        ["--api-version", VERSION],
        ["--secret", "apiKey=@token"],
        ["--concurrency", &concurrency],
        ["--summary", "summary.json"],
    ];
    let arguments = [arguments.as_flattened(), &["--allow-delete"]].concat();
    Send::start(env!("CARGO_BIN_EXE_mapwright-delivery-tests"), &sandbox.base_url(), folder, &arguments)
}

/// Returns the requests of each user, in order, with their position among all requests.
fn by_user(sandbox: &Sandbox) -> BTreeMap<String, Vec<(usize, String)>> {
    let state = sandbox.state_with_ids();
    let mut named: HashMap<String, String> = HashMap::new();
    named.extend(state.contacts.into_iter().filter_map(|contact| Some((contact.id?, contact.external_id?))));
    let user_of = |request: &Request| {
        let body: Value = serde_json::from_str(request.body.as_deref().unwrap_or_default()).unwrap();
        let terms = ["/query/value/0/value", "/external_id", "/company_id"];
        let said = terms.iter().find_map(|place| body.pointer(place)?.as_str()).map(str::to_owned);
        let said = said.map(|id| id.replace("company-", "user-"));
        said.or_else(|| named.get(request.path.split('/').nth(2)?).cloned()).unwrap()
    };
    let mut all: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (place, request) in sandbox.requests().iter().enumerate() {
        let line =
            format!("{} {} {}", request.method, request.path, request.body.as_deref().unwrap_or_default());
        all.entry(user_of(request)).or_default().push((place, line));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_nothing_is_lost_and_no_confirmed_step_is_repeated() {
    let (count, kills) = (size("MAPWRIGHT_CRASH_EVENTS", 300), size("MAPWRIGHT_CRASH_KILLS", 6));
    let mut random = fastrand::Rng::with_seed(size("MAPWRIGHT_CRASH_SEED", 1));
    let events = events(count);

    let undisturbed = workspace().start().await.unwrap();
    assert_eq!(deliver(&undisturbed, mapper(VERSION, Limit::NONE), patient(1), &events).await.lost(), []);
    let whole = undisturbed.stats().total;
    assert_eq!(whole, 4 * count);

    let folder = tempfile::tempdir().unwrap();
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    std::fs::write(folder.path().join("events.ndjson"), lines).unwrap();
    std::fs::write(folder.path().join("token"), "token").unwrap();
    let latency = Chaos::seeded(1).latency(1.0, Duration::from_millis(1), Duration::from_millis(4));
    let sandbox = workspace().chaos(latency).start().await.unwrap();

    let mut points: Vec<u64> = (0..kills).map(|_| random.u64(1..whole)).collect();
    points.sort_unstable();
    // positions in the log at which the process was dead
    let mut deaths = Vec::new();
    for point in points {
        let mut send = send(&sandbox, folder.path());
        assert!(
            send.kill_at(point, || sandbox.stats().total),
            "over before it was to be killed at {point} of {whole}"
        );
        // delayed requests were aborted with their connection
        tokio::time::sleep(Duration::from_millis(10)).await;
        deaths.push(sandbox.requests().len());
    }
    let ended = send(&sandbox, folder.path()).wait();
    assert_eq!(ended.code(), Some(0));

    assert_eq!(std::fs::read_to_string(folder.path().join("dead.ndjson")).unwrap(), "");
    assert_eq!(sandbox.state(), undisturbed.state(), "something is lost");
    let mut twice_after: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (user, requests) in by_user(&sandbox) {
        let mut seen: Vec<&str> = Vec::new();
        for pair in requests.windows(2) {
            let ((before, last), (place, line)) = (&pair[0], &pair[1]);
            seen.push(last);
            let death = deaths.iter().find(|death| (before + 1..=*place).contains(*death));
            if line == last {
                let death = death.unwrap_or_else(|| panic!("{user} twice without a death between: {line}"));
                twice_after.entry(*death).or_default().insert(user.clone());
            } else {
                assert!(
                    !seen.contains(&line.as_str()),
                    "{user}: a confirmed step is repeated: {requests:#?}"
                );
            }
        }
    }
    for (death, users) in &twice_after {
        assert!(users.len() <= CONCURRENCY, "{} requests are repeated after {death}", users.len());
    }
    // a create that took effect before the kill is a conflict when it is repeated, and an update follows
    let (total, most) = (sandbox.stats().total, whole + kills * CONCURRENCY as u64 * 2);
    assert!(total <= most, "{total} requests, expected {most} at most");
    println!("{count} events, {kills} kills: {total} requests in place of {whole}");
}
