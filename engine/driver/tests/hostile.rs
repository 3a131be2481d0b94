//! Hostile servers: a clear failure, in bounded time and memory, without leaking the token.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::io::Write as _;
use std::time::{Duration, Instant};

use mapwright_driver::{ClientConfig, DeliveryFailure, Driver, FailureClass, Outcome};
use serde_json::json;
use support::{Reply, Server, client_with, config, incoming, mapper, outcomes, page, status};

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// Returns the outcome of an event that is sent once.
async fn deliver(server: &Server) -> Outcome {
    let mut bounds = ClientConfig::default();
    bounds.read_timeout = Duration::from_millis(300);
    bounds.total_timeout = Duration::from_millis(900);
    bounds.response_bytes = 100_000;
    let mut config = config();
    config.retry.attempts = 1;
    let driver = Driver::builder(mapper(), client_with(&server.url, bounds)).config(config).build();
    let started = Instant::now();
    let (mut outcomes, _) = outcomes(driver.deliver(incoming(vec![page("u1", 1)]))).await;
    assert!(started.elapsed() < Duration::from_secs(5), "it takes too long");
    outcomes.remove(0)
}

async fn failure(mut reply: impl FnMut() -> Reply + Send + 'static) -> DeliveryFailure {
    let server = Server::start(move |_, _| reply()).await;
    match deliver(&server).await {
        Outcome::Failed(failure) => {
            assert!(!failure.message.contains("127.0.0.1") && !failure.message.contains("u1"), "{failure}");
            *failure
        }
        other => panic!("{other:?}"),
    }
}

fn raw(head: &str, body: &[u8]) -> Reply {
    Reply::Raw([head.as_bytes(), b"\r\n", body].concat())
}

fn endless(head: &str, again: &str, pause: u64) -> Reply {
    let pause = Duration::from_millis(pause);
    Reply::Endless { head: head.as_bytes().to_vec(), again: again.as_bytes().to_vec(), pause }
}

#[tokio::test]
async fn endless_headers() {
    let failure =
        failure(|| endless("HTTP/1.1 200 OK\r\n", &format!("X-More: {}\r\n", "a".repeat(2_000)), 0)).await;
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");
}

#[tokio::test]
async fn an_endless_header() {
    let failure = failure(|| endless("HTTP/1.1 200 OK\r\nX-Long: ", &"a".repeat(2_000), 0)).await;
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");
}

#[tokio::test]
async fn an_endless_body() {
    let failure = failure(|| endless(&format!("{JSON}\r\n"), &" ".repeat(5_000), 0)).await;
    assert_eq!(failure.class, FailureClass::Unreadable);
    assert_eq!(
        failure.message,
        "`update` failed: the response has more than 100000 bytes (limit `response_bytes`)"
    );
}

#[tokio::test]
async fn an_endless_body_of_an_error_is_cut_off() {
    let failure = failure(|| endless("HTTP/1.1 400 No\r\n\r\n", &"a".repeat(5_000), 0)).await;
    assert_eq!((failure.class, failure.status), (FailureClass::GaveUp, Some(400)));
}

#[tokio::test]
async fn a_slow_loris() {
    let failure = failure(|| endless(&format!("{JSON}\r\n"), " ", 20)).await;
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");
    assert!(failure.message.contains("timed out"), "{failure}");
}

#[tokio::test]
async fn silence() {
    let failure = failure(|| Reply::Silence).await;
    assert_eq!(failure.class, FailureClass::Unreachable);
    assert!(failure.message.contains("timed out"), "{failure}");
}

#[tokio::test]
async fn a_redirect_to_another_host() {
    let other = Server::start(|_, _| status(200)).await;
    for code in [301, 302, 303, 307, 308] {
        let location = other.url.clone();
        let failure =
            failure(move || Reply::Answer(code, vec![("Location", location.clone())], String::new())).await;
        assert_eq!((failure.class, failure.status), (FailureClass::Retries, Some(code)));
    }
    assert_eq!(other.count(), 0, "nothing is sent there, least of all the token");
}

#[tokio::test]
async fn a_gzip_bomb() {
    let failure = failure(|| raw(&format!("{JSON}Content-Encoding: gzip\r\n"), &[0x1f, 0x8b, 8, 0, 0])).await;
    assert_eq!(failure.message, "`update` failed: the compressed response is damaged or truncated (gzip)");
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b' '; 10 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let failure = self::failure(move || raw(&format!("{JSON}Content-Encoding: gzip\r\n"), &bomb)).await;
    assert_eq!(
        failure.message,
        "`update` failed: the response has more than 100000 bytes when it is unpacked (limit `response_bytes`)"
    );
}

#[tokio::test]
async fn bodies_that_say_that_they_are_json_and_are_none() {
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (b"{\"id\": \"\xff\"}".to_vec(), "invalid unicode code point"),
        ([b"[".repeat(49_000), b"]".repeat(49_000)].concat(), "recursion limit exceeded"),
        (b"{\"id\": 1".to_vec(), "EOF while parsing"),
        (Vec::new(), "EOF while parsing"),
    ];
    for (body, expected) in bodies {
        let failure = failure(move || raw(JSON, &body)).await;
        assert_eq!(failure.class, FailureClass::Unreadable);
        assert!(
            failure.message.contains("the response is declared as JSON but is not valid JSON"),
            "{failure}"
        );
        assert!(failure.message.contains(expected), "{failure}");
    }
}

#[tokio::test]
async fn a_page_in_place_of_an_answer() {
    let failure =
        failure(|| raw("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n", b"<html>")).await;
    assert_eq!(
        failure.message,
        "`update` failed: the response is a page instead of JSON, probably from an intermediary"
    );
}

#[tokio::test]
async fn half_an_answer() {
    let failure = failure(|| raw(&format!("{JSON}Content-Length: 100\r\n"), b"{\"id\":")).await;
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");
    let failure = self::failure(|| Reply::Raw(b"HTTP/1.1 200 O".to_vec())).await;
    assert_eq!(failure.class, FailureClass::Unreachable);
    let failure = self::failure(|| Reply::Raw(b"SSH-2.0-server\r\n".to_vec())).await;
    assert_eq!(failure.class, FailureClass::Unreachable);
}

#[tokio::test]
async fn nothing_is_an_answer_where_nothing_is_said() {
    for reply in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = Server::start(move |_, _| Reply::Raw(reply.as_bytes().to_vec())).await;
        let outcome = deliver(&server).await;
        assert!(matches!(outcome, Outcome::Delivered(_)), "{reply}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_response_that_fits_no_limit_header_does_no_harm() {
    for (limit, reset) in
        [("-1", "-5"), ("NaN", "inf"), ("1e300", "1e300"), ("0", "99999999999"), ("", "tomorrow")]
    {
        let headers = vec![
            ("Content-Type", "application/json".to_owned()),
            ("X-Limit", limit.to_owned()),
            ("X-Remaining", limit.to_owned()),
            ("X-Reset", reset.to_owned()),
        ];
        let server =
            Server::start(move |_, _| Reply::Answer(200, headers.clone(), json!({}).to_string())).await;
        let driver = Driver::builder(mapper(), support::client(&server.url)).config(config()).build();
        let events = (0..20).map(|n| page(&format!("u{n}"), n)).collect();
        let (outcomes, _) = outcomes(driver.deliver(incoming(events))).await;
        assert!(
            outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered(_))),
            "{limit} {outcomes:?}"
        );
    }
}

#[tokio::test]
async fn compressed_answers_are_read() {
    let text = br#"{"id":"u1"}"#;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(text).unwrap();
    let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(text).unwrap();
    let zstd = zstd::encode_all(&text[..], 1).unwrap();
    let br = [&[0x0b, 0x05, 0x80][..], text, &[0x03]].concat();
    let bodies = [
        ("gzip", gzip.finish().unwrap()),
        ("deflate", deflate.finish().unwrap()),
        ("br", br),
        ("zstd", zstd),
    ];
    for (encoding, body) in bodies {
        let head = format!("{JSON}Content-Encoding: {encoding}\r\n");
        let server =
            Server::start(
                move |_, received| {
                    if received.line.starts_with("GET") { raw(&head, &body) } else { status(200) }
                },
            )
            .await;
        let driver = Driver::builder(mapper(), support::client(&server.url)).config(config()).build();
        let (outcomes, _) = outcomes(driver.deliver(incoming(vec![support::identify("u1", 1)]))).await;
        assert!(matches!(outcomes[0], Outcome::Delivered(_)), "{encoding}: {outcomes:?}");
        // the id was in the compressed response
        assert_eq!(server.lines()[1], "PUT /people/u1", "{encoding}");
    }
}
