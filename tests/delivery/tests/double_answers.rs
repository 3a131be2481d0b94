//! What a double answers, keeps, limits and breaks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use mapwright_delivery_tests::doubles::{self, Known};
use mapwright_delivery_tests::raw::{Answered, Raw};
use mapwright_delivery_tests::{deliver_to, patient};
use mapwright_driver::Outcome;
use mapwright_sandbox::{Answers, Builder, Chaos, Clock, Fault, Options, Sandbox, SandboxError};
use serde_json::{Value, json};

/// The start of a rate window.
const EPOCH_MS: u64 = 1_699_920_000_000;

fn settings() -> Value {
    json!({ "accountToken": "key-of-account", "listId": "l1" })
}

fn builder(known: &Known, version: &str) -> Builder {
    let plan = known.plans.plan("herald", Some(version), &json!({})).unwrap();
    Sandbox::builder(&known.plans, plan).settings(settings())
}

async fn herald(change: impl FnOnce(Builder) -> Builder) -> Sandbox {
    change(builder(&doubles::made_up("herald"), "1")).start().await.unwrap()
}

fn request(method: &str, path: &str) -> Raw {
    Raw::new(method, path).header("Authorization", "Bearer key-of-account").header("X-Version", "1")
}

fn person(email: &str) -> Raw {
    request("POST", "/v1/people").json(&json!({ "email": email, "consent": true, "locale": "en" }))
}

async fn send(sandbox: &Sandbox, raw: &Raw) -> Answered {
    raw.send(sandbox.addr()).await
}

#[tokio::test]
async fn made_up_answers_have_what_the_mapping_reads() {
    let sandbox = herald(|builder| builder).await;
    let found = send(&sandbox, &request("GET", "/v1/people?id=u1")).await.json();
    let id = found["person"]["id"].as_str().unwrap();
    assert!(id.starts_with("id-") && found["person"]["score"].is_string(), "{found}");
    // the same request finds the same person, and another one another
    assert_eq!(send(&sandbox, &request("GET", "/v1/people?id=u1")).await.json(), found);
    assert_ne!(send(&sandbox, &request("GET", "/v1/people?id=u2")).await.json(), found);
    // a list of items, through a capture and the result that reads it
    let listed = send(&sandbox, &request("GET", "/v1/attributes")).await.json();
    assert!(listed["items"][0]["name"].is_string() && listed["items"][0]["type"].is_string(), "{listed}");
    assert!(listed["account"].is_string());
    sandbox.shutdown().await;
}

#[tokio::test]
async fn answers_are_given_in_turn_or_by_the_request() {
    let answers = Answers::parse(
        "
create_person:
  - { when: { body: { email: taken@example.com } }, status: 409, body: { error: { code: taken, message: taken } } }
  - { status: 503, headers: { Retry-After: 7 } }
  - { status: 201, body: { id: p1 } }
find_person:
  - { when: { query: { id: 7 } }, status: 404 }
subscribe: [{ when: { params: { person_id: a/b } }, text: <ok/>, headers: { Content-Type: application/xml } }]
",
    )
    .unwrap();
    let sandbox = herald(|builder| builder.answers(answers)).await;
    for _ in 0..2 {
        let first = send(&sandbox, &person("a@example.com")).await;
        assert!(first.status == 503 && first.head.contains("retry-after: 7"), "{first:?}");
        for _ in 0..2 {
            let later = send(&sandbox, &person("a@example.com")).await;
            assert_eq!((later.status, later.json()), (201, json!({ "id": "p1" })));
        }
        let taken = send(&sandbox, &person("taken@example.com")).await;
        assert_eq!((taken.status, &taken.json()["error"]["code"]), (409, &json!("taken")));
        sandbox.reset();
    }
    assert_eq!(send(&sandbox, &request("GET", "/v1/people?id=7")).await.status, 404);
    assert_eq!(send(&sandbox, &request("GET", "/v1/people?id=8")).await.status, 200);
    let xml = send(&sandbox, &request("PUT", "/v1/lists/l1/people/a%2Fb")).await;
    assert!(xml.text == "<ok/>" && xml.head.contains("content-type: application/xml"), "{xml:?}");
    assert_eq!(send(&sandbox, &request("PUT", "/v1/lists/l1/people/c")).await.status, 200);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn answers_that_do_not_fit_are_errors() {
    let known = doubles::made_up("herald");
    let error = |text: &str| Answers::parse(text).unwrap_err().to_string();
    assert_eq!(error("create_person: 1"), "line 1, column 16: expected a list");
    assert_eq!(
        error("create_person: [{ status: 99 }]"),
        "line 1, column 27: expected a number from 200 to 599 as `status`, found `99`"
    );
    let unknown = Answers::parse("creat_person: [{}]").unwrap();
    let started = builder(&known, "1").answers(unknown).start().await;
    let problem = "the version has no operation `creat_person`: did you mean `create_person`?";
    assert!(
        matches!(&started, Err(SandboxError::Answers(error)) if error.to_string() == problem),
        "{started:?}"
    );
}

#[tokio::test]
async fn a_refusal_says_what_there_is_where_the_destination_reads_errors() {
    let sandbox = herald(|builder| builder).await;
    let refused = send(&sandbox, &request("GET", "/v1/peple")).await;
    let body = refused.json();
    assert_eq!((refused.status, body["code"].as_str()), (404, Some("unknown_path")));
    assert_eq!(body["error"]["message"], body["problem"]);
    let operations = body["operations"].as_array().unwrap();
    assert!(
        operations.contains(&json!({ "operation": "create_person", "method": "POST", "path": "/v1/people" }))
    );
    let refused = send(
        &sandbox,
        &request("POST", "/v1/people").json(&json!({ "email": 1, "consent": 2, "locale": "en" })),
    )
    .await;
    let violations = refused.json()["violations"].clone();
    assert_eq!(
        violations[0],
        json!({ "path": "email", "problem": "expected string, found `1`" }),
        "{violations}"
    );
    assert_eq!(violations[1]["path"], "consent");
    assert_eq!(sandbox.stats().refused.values().sum::<u64>(), 2);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn rates_are_those_of_the_destination() {
    let clock = Clock::manual(EPOCH_MS);
    let sandbox = herald(|builder| builder.clock(clock.clone())).await;
    let subscribe = request("PUT", "/v1/lists/l1/people/p1");
    for _ in 0..10 {
        assert_eq!(send(&sandbox, &subscribe).await.status, 200);
    }
    let over = send(&sandbox, &subscribe).await;
    assert!(over.status == 429 && over.head.contains("retry-after: 1"), "{over:?}");
    assert_eq!(over.problem(), "more requests than the rate `bulk` allows: 10 in 1 s");
    // another group, with the headers that it states
    let found = send(&sandbox, &request("GET", "/v1/people?id=u1")).await;
    assert!(
        found.head.contains("x-remaining: 99") && found.head.contains("x-reset: 1699920010"),
        "{found:?}"
    );
    clock.advance(1_000);
    assert_eq!(send(&sandbox, &subscribe).await.status, 200);
    let stats = sandbox.stats();
    assert_eq!((stats.rejected_by_rate_limit, stats.busiest_window["bulk"]), (1, 10));
    sandbox.shutdown().await;

    let free = herald(Builder::no_rate_limit).await;
    for _ in 0..12 {
        let answered = send(&free, &subscribe).await;
        assert!(answered.status == 200 && !answered.head.contains("x-remaining"));
    }
    free.shutdown().await;
}

#[tokio::test]
async fn what_arrived_is_kept_without_secrets_and_within_bounds() {
    let known = doubles::made_up("formpost");
    let plan = known.plans.plan("formpost", None, &json!({})).unwrap();
    let mut options = Options::default();
    (options.log_length, options.log_bodies) = (2, true);
    let sandbox = Sandbox::builder(&known.plans, plan).options(options).start().await.unwrap();
    let find = |key: &str| {
        let path = format!("/api/lists/main/members?key={key}&email=a%40example.com");
        Raw::new("GET", &path).header("Authorization", "Basic YWxleDpzZWNyZXQ=")
    };
    for key in ["first-key", "second-key", "third-key"] {
        // any key is accepted, since no setting states one
        assert_eq!(send(&sandbox, &find(key)).await.status, 200);
    }
    assert_eq!(send(&sandbox, &find("k").header("Authorization", "Bearer x")).await.status, 401);
    let requests = sandbox.requests();
    assert_eq!((requests.len(), sandbox.stats().forgotten), (2, 2));
    assert_eq!(requests[0].path, "/api/lists/main/members?key=[redacted]&email=a%40example.com");
    assert_eq!(requests[0].taken_as.as_deref(), Some("find_member"));
    assert!(requests[1].problem.as_deref().unwrap().contains("`Authorization`"));

    let inspect = |path: &str| Raw::new("GET", path);
    let stats = send(&sandbox, &inspect("/_sandbox/stats")).await.json();
    assert_eq!(
        (&stats["total"], &stats["by_operation"]["find_member"], &stats["refused"]["unauthorized"]),
        (&json!(4), &json!(3), &json!(1))
    );
    assert_eq!(send(&sandbox, &inspect("/_sandbox/requests")).await.json().as_array().unwrap().len(), 2);
    assert_eq!(send(&sandbox, &Raw::new("POST", "/_sandbox/reset")).await.status, 200);
    assert_eq!((sandbox.requests().len(), sandbox.stats().total), (0, 0));
    assert_eq!(send(&sandbox, &inspect("/_sandbox/nothing")).await.status, 404);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn stated_settings_are_what_counts() {
    let known = doubles::made_up("formpost");
    let plan = known.plans.plan("formpost", None, &json!({})).unwrap();
    let stated = json!({ "user": "alex", "password": "secret", "key": "k&1" });
    let sandbox = Sandbox::builder(&known.plans, plan).settings(stated).start().await.unwrap();
    assert!(sandbox.made_up().is_empty());
    let find = |key: &str, pair: &str| {
        Raw::new("GET", &format!("/api/lists/main/members?key={key}"))
            .header("Authorization", &format!("Basic {pair}"))
    };
    let status = async |raw: Raw| send(&sandbox, &raw).await.status;
    assert_eq!(status(find("k%261", "YWxleDpzZWNyZXQ=")).await, 200);
    assert_eq!(status(find("k", "YWxleDpzZWNyZXQ=")).await, 401);
    assert_eq!(status(find("k%261", "YWxleDpvdGhlcg==")).await, 401);
    let problem = send(&sandbox, &find("other", "YWxleDpzZWNyZXQ=")).await;
    assert!(!problem.text.contains("k&1") && !problem.text.contains("other"), "{}", problem.text);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn forms_have_what_the_schema_wants() {
    let known = doubles::made_up("formpost");
    let plan = known.plans.plan("formpost", None, &json!({})).unwrap();
    let sandbox = Sandbox::builder(&known.plans, plan).start().await.unwrap();
    let form = |body: &str| Raw {
        body: body.as_bytes().to_vec(),
        ..Raw::new("POST", "/api/lists/main/members?key=k")
            .header("Authorization", "Basic YWxleDpzZWNyZXQ=")
            .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    };
    assert_eq!(send(&sandbox, &form("email=a%40example.com&confirmed=true")).await.status, 200);
    let refused = send(&sandbox, &form("email=a%40example.com&confirmed=maybe")).await;
    assert!(
        refused.status == 422 && refused.problem().contains("`confirmed`: expected boolean"),
        "{refused:?}"
    );
    sandbox.shutdown().await;
}

#[tokio::test]
async fn hostile_bodies_are_refused() {
    let sandbox = herald(|builder| builder).await;
    let raw = |body: Vec<u8>| Raw { body, ..person("a") };
    for body in [b"[".repeat(500_000), vec![0xff; 10], b"{\"a\":".repeat(1_000)] {
        assert_eq!(send(&sandbox, &raw(body)).await.status, 400);
    }
    assert_eq!(send(&sandbox, &raw(vec![b' '; 9 << 20])).await.status, 413);
    assert_eq!(send(&sandbox, &person("a@example.com")).await.status, 200);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_gets_over_faults_that_follow_from_a_seed() {
    let known = doubles::made_up("herald");
    let events: Vec<Value> = (0..40)
        .map(|n| json!({ "type": "identify", "userId": format!("u{n}"), "traits": { "email": format!("u{n}@example.com") } }))
        .collect();
    let faults = async || {
        let quick = [
            Fault::Error500,
            Fault::Error503,
            Fault::DropAfter,
            Fault::HalfSent,
            Fault::HtmlOk,
            Fault::SlowBody,
        ];
        let chaos =
            quick.into_iter().fold(Chaos::seeded(7), |chaos, fault| chaos.fault(fault, 0.05)).at_most(3);
        let sandbox = builder(&known, "2").chaos(chaos).no_rate_limit().start().await.unwrap();
        let mapper = known.plans.plan("herald", Some("2"), &json!({})).unwrap().bind(&settings()).unwrap();
        let delivered = deliver_to(&sandbox.base_url(), mapper, patient(1), &events).await;
        assert!(
            delivered.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered(_))),
            "{:?}",
            delivered.lost()
        );
        let stats = sandbox.stats();
        assert!(stats.refused.is_empty() && stats.counts.faults.len() > 3, "{stats:?}");
        sandbox.shutdown().await;
        stats.counts.faults
    };
    let (first, second) = tokio::join!(faults(), faults());
    assert_eq!(first, second);
}

#[tokio::test]
async fn an_outage_lasts_until_it_is_ended() {
    let sandbox = herald(|builder| builder).await;
    sandbox.set_outage(Some(Fault::Error503));
    assert_eq!(send(&sandbox, &person("a@example.com")).await.status, 503);
    let ended = send(&sandbox, &Raw::new("POST", "/_sandbox/outage")).await;
    assert_eq!((ended.status, send(&sandbox, &person("a@example.com")).await.status), (200, 200));
    sandbox.shutdown().await;
}

#[tokio::test]
async fn of_operations_with_one_path_the_one_that_fits_counts() {
    let destination =
        "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }";
    let version = "
version: '1'
server: { value: https://api.acme.example.com/v1 }
operations:
  show: { method: GET, path: '/people/{id}' }
  find: { method: GET, path: /people/find, query: { by: { value: email } } }
  list: { method: GET, path: /people/find, query: { page: { value: 1 } } }
";
    let identify = "
message: identify
steps:
  find: { operation: find, query: { email: traits.email }, capture: { id: { from: response.headers.x-id, as: integer } } }
  list: { operation: list }
  show: { operation: show, params: { id: captures.id } }
";
    let known = doubles::of_text(destination, version, &[("identify", identify)]);
    let plan = known.plans.plan("acme", None, &json!({})).unwrap();
    let sandbox = Sandbox::builder(&known.plans, plan).start().await.unwrap();
    let taken = async |path: &str| {
        let answered = send(&sandbox, &Raw::new("GET", path)).await;
        (answered.status, sandbox.requests().pop().unwrap().taken_as, answered)
    };
    let (status, operation, answered) = taken("/v1/people/find?by=email&email=a").await;
    assert_eq!((status, operation.as_deref()), (200, Some("find")));
    // a header that is read as a number is one
    let header = answered.head.lines().find_map(|line| line.strip_prefix("x-id: ")).unwrap();
    assert!(header.trim().parse::<u64>().is_ok(), "{header}");
    assert_eq!(taken("/v1/people/find?page=1").await.1.as_deref(), Some("list"));
    assert_eq!(taken("/v1/people/7").await.1.as_deref(), Some("show"));
    let (status, _, refused) = taken("/v1/people/find?by=phone").await;
    assert_eq!(
        (status, refused.problem().as_str()),
        (400, "the query parameter `by` is `phone`: expected `email`")
    );
    sandbox.shutdown().await;
}
