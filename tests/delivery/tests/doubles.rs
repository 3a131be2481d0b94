//! Doubles that are made of mappings: what mappers send is never refused, and what no mapper would send is.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use futures_util::{StreamExt as _, stream};
use mapwright::{Mapper, Outcome, Scratch};
use mapwright_delivery_tests::doubles::{self, Known, Told};
use mapwright_delivery_tests::raw::Raw;
use mapwright_delivery_tests::{deliver_to, patient};
use mapwright_sandbox::Sandbox;
use serde_json::{Value, json};

/// 2024-05-01T12:00:00Z
const NOW: i64 = 1_714_564_800_000;

/// Delivers events, each with its settings, and returns how many requests there were.
async fn delivered(known: &Known, told: &[Told], stated: bool) -> u64 {
    let mut groups: BTreeMap<(&(String, String), String), Vec<Value>> = BTreeMap::new();
    for told in told {
        groups.entry((&told.version, told.settings.to_string())).or_default().push(told.event.clone());
    }
    let deliveries = groups.into_iter().map(|(((destination, number), settings), events)| async move {
        let settings: Value = serde_json::from_str(&settings).unwrap();
        let plan = known.plans.plan(destination, Some(number), &settings).unwrap();
        // a test may be of settings that are not complete
        let Ok(mapper) = plan.bind(&settings) else { return 0 };
        let given = if stated { settings.clone() } else { json!({}) };
        let builder = Sandbox::builder(&known.plans, plan).settings(given).no_rate_limit().log_bodies();
        let sandbox = builder.start().await.unwrap();
        deliver_to(&sandbox.base_url(), mapper.for_commands(), patient(1), &events).await;
        let problems: Vec<_> =
            sandbox.requests().into_iter().filter(|request| request.problem.is_some()).collect();
        assert!(problems.is_empty(), "{destination}/{number} with {settings}: {problems:#?}");
        let stats = sandbox.stats();
        assert_eq!(stats.by_operation.values().sum::<u64>(), stats.total);
        sandbox.shutdown().await;
        stats.total
    });
    stream::iter(deliveries).buffer_unordered(8).fold(0, async |sum, more| sum + more).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_mappers_send_is_not_refused() {
    // they wait for rates and for the time that batches have to fill
    let all = doubles::all().into_iter().map(|known| async move {
        let told = known.told();
        let has_tests = !told.is_empty();
        let mut requests = delivered(&known, &told, true).await;
        // rates make whoever sends wait, so that only some are sent twice
        let some: Vec<Told> = told.into_iter().step_by(5).collect();
        requests += delivered(&known, &some, false).await;
        let destinations: Vec<_> = known.plans.destinations().collect();
        // calls of an SDK are no requests
        let sends = has_tests && destinations != ["parley"];
        assert_eq!(requests > 0, sends, "{destinations:?}");
    });
    stream::iter(all).buffer_unordered(8).collect::<()>().await;
}

/// The requests of an event that are possible, one for each operation that is not known yet.
fn requests(mapper: &Mapper, event: &Value, into: &mut BTreeMap<String, Raw>) {
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(event, NOW, &mut scratch) else { return };
    for request in run.preview().into_iter().flatten() {
        let path = request.url.splitn(4, '/').nth(3).unwrap().replace(['{', '}'], "_");
        let raw = Raw {
            method: request.method.to_owned(),
            path: format!("/{path}"),
            headers: request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: request.sent_body().map(|body| body.into_owned()).unwrap_or_default(),
        };
        into.entry(request.operation.to_string()).or_insert(raw);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// Requests that differ from one that fits by one thing, which is not as it should be.
fn wrong(right: &Raw, seed: u64) -> Vec<(String, Raw)> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut all = vec![("another method".to_owned(), Raw { method: "OPTIONS".to_owned(), ..right.clone() })];
    let (path, query) = right.path.split_once('?').unwrap_or((&right.path, ""));
    let at = |path: &str, query: &str| Raw { path: format!("{path}?{query}"), ..right.clone() };
    all.push(("a slip in the path".to_owned(), at(&format!("{path}/x"), query)));
    all.push(("an unknown parameter".to_owned(), at(path, &format!("{query}&limitt=1"))));
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let others: Vec<&str> =
            query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
        all.push((format!("without the parameter {name}"), at(path, &others.join("&"))));
        all.push((
            format!("another {name}"),
            at(path, &query.replace(&format!("{name}={value}"), &format!("{name}=other"))),
        ));
    }
    for (place, (name, value)) in right.headers.iter().enumerate() {
        let mut without = right.clone();
        without.headers.remove(place);
        all.push((format!("without the header {name}"), without));
        all.push((format!("another {name}"), right.clone().header(name, &format!("{value}x"))));
    }
    if right.body.is_empty() {
        all.push(("with a body".to_owned(), right.clone().json(&json!({}))));
        return all;
    }
    all.push(("without a body".to_owned(), Raw { body: Vec::new(), ..right.clone() }));
    let cut = random.usize(1..right.body.len());
    all.push(("half a body".to_owned(), Raw { body: right.body[..cut].to_vec(), ..right.clone() }));
    let kind = right.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    match kind.map(|(_, kind)| kind.as_str()) {
        Some("application/xml") => {
            all.push((
                "an element that does not end".to_owned(),
                Raw { body: gzip(b"<a><b></a>"), ..right.clone() },
            ));
        }
        Some("application/x-www-form-urlencoded") => {
            let form = |form: &str| Raw { body: form.as_bytes().to_vec(), ..right.clone() };
            all.push(("an unknown field".to_owned(), form("surprise=1&email=a%40example.com")));
            all.push(("a word for a boolean".to_owned(), form("email=a%40example.com&confirmed=maybe")));
        }
        _ => {}
    }
    if let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(&right.body) {
        let surprise = |name: &str, value: Value| {
            let mut body = body.clone();
            body.insert(name.to_owned(), value);
            Raw { body: Value::Object(body).to_string().into_bytes(), ..right.clone() }
        };
        all.push(("an unknown member".to_owned(), surprise("surprise", json!(1))));
        let names: Vec<&String> = body.keys().collect();
        for _ in 0..3 {
            let name = random.choice(&names).unwrap();
            let value = random.choice([json!({ "a": 1 }), json!([[1]]), json!(true), json!(-0.5)]).unwrap();
            all.push((format!("`{name}` is {value}"), surprise(name, value)));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_mapper_sends_is_refused_in_words() {
    let mut said = String::new();
    let mut seed = 0;
    for name in ["catalog", "formpost", "herald", "ledger"] {
        let known = doubles::made_up(name);
        // the first request of each operation, with the settings that it was made with
        let mut found: BTreeMap<String, (Value, Raw)> = BTreeMap::new();
        let of_default = |told: &&Told| {
            let plan = known.plans.plan(&told.version.0, Some(&told.version.1), &told.settings);
            plan.unwrap().is_default() || told.version.1 == "1"
        };
        for told in known.told().iter().filter(of_default) {
            let plan = known.plans.plan(name, None, &told.settings).unwrap();
            let Ok(mapper) = plan.bind(&told.settings) else { continue };
            let mut all = BTreeMap::new();
            requests(&mapper.for_commands(), &told.event, &mut all);
            for (operation, raw) in all {
                found.entry(operation).or_insert_with(|| (told.settings.clone(), raw));
            }
        }
        let _ = writeln!(said, "\n# {name}");
        for (operation, (settings, right)) in found {
            let plan = known.plans.plan(name, None, &settings).unwrap();
            let sandbox = Sandbox::builder(&known.plans, plan).settings(settings).no_rate_limit();
            let sandbox = sandbox.start().await.unwrap();
            let answered = right.send(sandbox.addr()).await;
            assert_eq!(answered.status / 100, 2, "{operation}: {}", answered.text);
            let _ = writeln!(said, "\n## {operation}");
            seed += 1;
            for (what, wrong) in wrong(&right, seed) {
                let answered = wrong.send(sandbox.addr()).await;
                let problem = match answered.status {
                    200..300 => "accepted".to_owned(),
                    status => format!("{status} {}", answered.problem()),
                };
                let _ = writeln!(said, "{what}: {problem}");
            }
            sandbox.shutdown().await;
        }
    }
    insta::assert_snapshot!(said);
}
