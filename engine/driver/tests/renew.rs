//! Access tokens that expire while events are delivered.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mapwright_driver::{Driver, Ending, Outcome};
use serde_json::{Value, json};
use support::{
    Received, Reply, Server, client, config, identify, incoming, mapper_of, ok, outcomes, status, track,
};

/// As that of the other tests, but for a rule that asks for a new token, which stands in the body as well.
const VERSION: &str = r#"
version: "1"
server: { value: https://api.acme.example.com }
headers: { Authorization: { template: "Bearer {{ settings.apiKey }}" } }
responses: [{ status: 401, renew: settings.apiKey }]
operations:
  find: { method: GET, path: /people, idempotent: true }
  update: { method: PUT, path: "/people/{id}", idempotent: true }
  create: { method: POST, path: /people, idempotent: true }
  note: { method: POST, path: /notes }
"#;

const IDENTIFY: &str = r#"
message: identify
payload: { person: { id: userId, n: traits.n, token: settings.apiKey } }
steps:
  find: { operation: find, query: { q: userId }, capture: { id: response.body.id } }
  update: { operation: update, when: captures.id, body: person }
  create: { operation: create, unless: captures.id, body: person }
"#;

/// An API whose token expires after so many good requests.
#[derive(Default)]
struct Api {
    every: usize,
    tokens: usize,
    good: usize,
    /// The good requests by user.
    done: BTreeMap<String, usize>,
    refused: usize,
}

impl Api {
    fn answer(&mut self, received: &Received) -> Reply {
        let token = format!("Bearer {}", token(self.tokens));
        if received.header("authorization") != Some(&token) {
            self.refused += 1;
            return status(401);
        }
        if let Ok(body) = serde_json::from_str::<Value>(&received.body) {
            // what was built before is built again
            assert_eq!(body["token"], token.trim_start_matches("Bearer "), "{body}");
            *self.done.entry(body["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        self.good += 1;
        if self.good.is_multiple_of(self.every) {
            self.tokens += 1;
        }
        ok(json!({}))
    }
}

fn token(count: usize) -> String {
    if count == 0 { "the-token".to_owned() } else { format!("token-{count}") }
}

async fn delivered(
    every: usize,
    renew: impl Fn(&Mutex<Api>) -> Result<Value, String> + Send + Sync + 'static,
) -> (Vec<Outcome>, Ending, Arc<Mutex<Api>>, usize) {
    let api = Arc::new(Mutex::new(Api { every, ..Api::default() }));
    let (asked, received, known) = (Arc::new(Mutex::new(0)), api.clone(), api.clone());
    let server = Server::start(move |_, request| received.lock().unwrap().answer(request)).await;
    let mapper =
        mapper_of([("mappings/acme/1/version.yaml", VERSION), ("mappings/acme/1/identify.yaml", IDENTIFY)]);
    let count = asked.clone();
    let driver = Driver::builder(mapper, client(&server.url)).config(config()).renewing(move |setting| {
        assert_eq!(setting, "apiKey");
        *count.lock().unwrap() += 1;
        let value = renew(&known);
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            value
        })
    });
    let events = (0..100).map(|n| identify(&format!("u{n}"), n)).collect();
    let (ended, ending) = outcomes(driver.build().deliver(incoming(events))).await;
    let asked = *asked.lock().unwrap();
    (ended, ending, api, asked)
}

#[tokio::test]
async fn a_token_that_expires_is_renewed_once_for_all_events() {
    let (ended, ending, api, asked) = delivered(70, |api| Ok(token(api.lock().unwrap().tokens).into())).await;
    assert_eq!(ending, Ending::Complete);
    assert!(ended.iter().all(|ended| matches!(ended, Outcome::Delivered(_))), "{ended:?}");
    let api = api.lock().unwrap();
    // two requests for each event; 70 with each token
    assert_eq!((api.good, api.done.len(), asked), (200, 100, 2));
    assert!(api.done.values().all(|times| *times == 1));
    assert!(api.refused >= 2);
}

#[tokio::test]
async fn without_a_new_token_the_delivery_pauses_and_nothing_is_lost() {
    for (renew, problem) in [
        (Err("the vault is closed"), "the vault is closed"),
        // it is no better than the old one
        (Ok("another"), "401"),
        // the setting has to be text
        (Ok(""), "its new value cannot be used"),
    ] {
        let (ended, ending, api, asked) = delivered(70, move |_| match renew {
            Ok("") => Ok(json!(7)),
            Ok(text) => Ok(text.into()),
            Err(problem) => Err(problem.to_owned()),
        })
        .await;
        let Ending::Paused(failure) = ending else { panic!("{ending:?}") };
        assert!(failure.to_string().contains(problem), "{failure}");
        assert_eq!((failure.status, failure.fault), (Some(401), mapwright::FaultOf::Settings));
        assert!(!failure.to_string().contains("the-token"), "{failure}");
        let (done, left): (Vec<_>, Vec<_>) =
            ended.iter().partition(|ended| matches!(ended, Outcome::Delivered(_)));
        assert!(left.iter().all(|ended| matches!(ended, Outcome::Unfinished(_))), "{left:?}");
        let api = api.lock().unwrap();
        assert_eq!((api.good, done.len()), (70, api.done.len()), "{asked}");
    }
}

/// Notes of several events go together.
const TOGETHER: &str = r#"
version: "1"
server: { value: https://api.acme.example.com }
headers: { Authorization: { template: "Bearer {{ settings.apiKey }}" } }
responses: [{ status: 401, renew: settings.apiKey }]
operations:
  note: { method: POST, path: /notes, idempotent: true, batch: { most: 5, wait: 60s, body: { notes: items } } }
"#;

const TRACK: &str = r#"
message: track
payload: { note: { n: properties.n, user: userId } }
steps: { note: { operation: note, body: note } }
"#;

/// Delivers 20 notes in four requests to an API that takes so many with each token. Returns the bodies of all requests with their statuses,
/// and how often a new token was asked for.
async fn delivered_together(
    every: usize,
    renew: fn(usize) -> Value,
) -> (Vec<Outcome>, Ending, Vec<(u16, String)>, usize) {
    let received = Arc::new(Mutex::new((Vec::<(u16, String)>::new(), 0_usize)));
    let state = received.clone();
    let server = Server::start(move |_, request| {
        let mut state = state.lock().unwrap();
        let good = state.1;
        let known =
            request.header("authorization") == Some(format!("Bearer {}", token(good / every)).as_str());
        let code = if known { 200 } else { 401 };
        state.0.push((code, request.body.clone()));
        state.1 += usize::from(known);
        if known { ok(json!({})) } else { status(401) }
    })
    .await;
    let mapper = mapper_of([
        ("mappings/acme/1/version.yaml", TOGETHER),
        ("mappings/acme/1/track.yaml", TRACK),
        ("mappings/acme/1/page.yaml", "message: page\nsteps: {}"),
        ("mappings/acme/1/identify.yaml", "message: identify\nsteps: {}"),
    ]);
    let (asked, state) = (Arc::new(Mutex::new(0)), received.clone());
    let count = asked.clone();
    let driver = Driver::builder(mapper, client(&server.url)).config(config()).renewing(move |_| {
        *count.lock().unwrap() += 1;
        let value = renew(state.lock().unwrap().1 / every);
        Box::pin(async move { Ok(value) })
    });
    let events = (0..20).map(|n| track(&format!("u{n}"), n)).collect();
    let (ended, ending) = outcomes(driver.build().deliver(incoming(events))).await;
    let (asked, received) = (*asked.lock().unwrap(), received.lock().unwrap().0.clone());
    (ended, ending, received, asked)
}

#[tokio::test]
async fn a_batch_is_sent_once_more_with_the_new_token() {
    let (ended, ending, received, asked) = delivered_together(2, |tokens| token(tokens).into()).await;
    assert_eq!(ending, Ending::Complete);
    assert!(ended.iter().all(|ended| matches!(ended, Outcome::Delivered(_))), "{ended:?}");
    assert_eq!(asked, 1);
    let mut times = BTreeMap::<&str, Vec<u16>>::new();
    received.iter().for_each(|(status, body)| times.entry(body).or_default().push(*status));
    assert_eq!(times.len(), 4);
    assert!(times.values().all(|statuses| matches!(statuses[..], [200] | [401, 200])), "{times:?}");
    assert!(times.values().any(|statuses| statuses.len() == 2), "{times:?}");
}

#[tokio::test]
async fn a_batch_without_a_new_token_pauses_the_delivery() {
    let (ended, ending, received, asked) = delivered_together(2, |_| "no better".into()).await;
    let Ending::Paused(failure) = ending else { panic!("{ending:?}") };
    assert_eq!((failure.status, failure.fault), (Some(401), mapwright::FaultOf::Settings));
    let delivered = ended.iter().filter(|ended| matches!(ended, Outcome::Delivered(_))).count();
    let unfinished = ended.iter().filter(|ended| matches!(ended, Outcome::Unfinished(_))).count();
    assert_eq!((delivered, unfinished), (10, 10), "{ended:?}");
    assert!((1..=4).contains(&asked), "{asked}");
    assert!(received.len() <= 2 + 2 * 3, "{received:?}");
}
