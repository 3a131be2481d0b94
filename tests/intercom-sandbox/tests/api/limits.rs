//! Rate limits, tokens, sizes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{EPOCH_MS, start, start_with};

/// Intercom, rate limiting: windows are fixed, and headers state limit, remaining and reset.
#[tokio::test]
async fn a_window_takes_its_limit_and_the_next_one_is_fresh() {
    let api = start_with("2.10", |b| b.rate_limit(2, Duration::from_secs(10))).await;
    let header =
        |answer: &crate::client::Answer, name: &str| answer.headers[name].to_str().unwrap().to_owned();
    api.clock.advance(2_500);
    for rest in ["1", "0"] {
        let answer = api.get("/me").await;
        assert_eq!((answer.status, header(&answer, "x-ratelimit-remaining").as_str()), (200, rest));
        assert_eq!(header(&answer, "x-ratelimit-limit"), "2");
        assert_eq!(header(&answer, "x-ratelimit-reset"), (EPOCH_MS / 1000 + 10).to_string());
    }
    let over = api.get("/me").await;
    assert_eq!(over.error(), (429, "rate_limit_exceeded", "Exceeded rate limit of 2 in 10_seconds"));
    assert_eq!(header(&over, "x-ratelimit-remaining"), "0");
    api.clock.advance(7_500);
    assert_eq!(api.get("/me").await.status, 200);

    let stats = api.sandbox.stats();
    assert_eq!((stats.total, stats.busiest_window, stats.rejected_by_rate_limit), (4, 2, 1));
    assert_eq!((stats.by_status[&200], stats.by_status[&429]), (3, 1));
}

/// Intercom, rate limiting: a private app has 10,000 requests a minute, 1,666 in each window of ten seconds.
#[tokio::test]
async fn the_default_limit_is_that_of_a_private_app() {
    let sandbox = intercom_sandbox::Sandbox::builder().start().await.unwrap();
    let api = start("2.10").await;
    let limit = intercom_sandbox::RATE_LIMIT;
    assert_eq!((limit.requests, limit.window), (Some(1666), Duration::from_secs(10)));
    sandbox.shutdown().await;
    assert!(api.get("/me").await.headers.get("x-ratelimit-limit").is_none());
}

/// Intercom, HTTP responses and rate limiting: a wrong token is a 401, without the headers of the rate limit.
#[tokio::test]
async fn a_wrong_token_is_refused_and_not_counted() {
    let api = start_with("2.10", |b| b.token("right").rate_limit(9, Duration::from_secs(10))).await;
    for headers in [vec![], vec![("authorization", "Bearer wrong")], vec![("authorization", "Bearer ")]] {
        let answer = api.send_raw("GET", "/me", &headers, String::new()).await.unwrap();
        assert_eq!((answer.status, &answer.body["type"]), (401, &json!("error.list")));
        assert_eq!(answer.body["errors"][0]["message"], "Access Token Invalid");
        assert_ne!(answer.body["request_id"], Value::Null);
        assert!(answer.headers.get("x-ratelimit-limit").is_none());
    }
    let right =
        api.send_raw("GET", "/me", &[("authorization", "Bearer right")], String::new()).await.unwrap();
    assert_eq!((right.status, api.sandbox.stats().busiest_window), (200, 1));
}
