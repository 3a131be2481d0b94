//! Hostile requests.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Fixture, start, start_with};

const TOKEN: (&str, &str) = ("authorization", "Bearer t");

/// Returns the response to these bytes, until the sandbox closes the connection.
async fn raw(api: &Fixture, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(api.sandbox.addr()).await.unwrap();
    // the sandbox may stop reading before everything is written
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// The sandbox's own limit: a longer body is 413, is not stored, and ends the connection.
#[tokio::test]
async fn a_long_body_is_413() {
    let api = start_with("2.10", |b| b.body_limit(100)).await;
    let answer = api.send_raw("POST", "/contacts", &[TOKEN], "x".repeat(101)).await.unwrap();
    assert_eq!((answer.status, &answer.body["type"]), (413, &json!("error.list")));
    let endless =
        "POST /contacts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer t\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("40\r\n{}\r\n", "y".repeat(64));
    let answer = raw(&api, format!("{endless}{}", chunk.repeat(4)).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(api.sandbox.stats().by_status[&413], 2);
}

/// The sandbox's own limits: a hundred header lines, and about 64 KiB of them.
#[tokio::test]
async fn endless_headers_are_431() {
    let api = start("2.10").await;
    let request = |lines: String| format!("GET /me HTTP/1.1\r\nhost: x\r\n{lines}\r\n");
    let answer = raw(&api, request("x: 1\r\n".repeat(101)).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    // unread bytes may reset the connection before the response is read
    let answer = raw(&api, request(format!("x: {}\r\n", "v".repeat(1_000_000))).as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(raw(&api, b"\0\x01 not HTTP at all\r\n\r\n").await.starts_with("HTTP/1.1 400"));
}

/// Intercom API reference 2.17, error codes: a body that is not JSON is `parameter_invalid`.
#[tokio::test]
async fn bodies_that_are_no_json_are_refused() {
    let api = start("2.10").await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["{", "{\"email\":}", "nonsense", deep.as_str(), "{} {}"] {
        let answer = api.send_raw("POST", "/contacts", &[TOKEN], body.to_owned()).await.unwrap();
        assert_eq!((answer.status, answer.error().1), (400, "parameter_invalid"));
    }
    let list = api.send_raw("POST", "/contacts", &[TOKEN], "[]".to_owned()).await.unwrap();
    assert_eq!(list.error().1, "type_mismatch");
}

/// Intercom, HTTP responses: unknown paths are 404, other methods 405.
#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let api = start("2.10").await;
    for path in ["/", "/contacts/a/b/c", "/users", "/contact", "/contacts/%ff", "/companies//x"] {
        let answer = api.send("DELETE", path, json!({})).await;
        assert_eq!((answer.status, &answer.body["type"]), (404, &json!("error.list")), "{path}");
    }
    assert_eq!(api.send("PATCH", "/contacts", json!({})).await.status, 405);
    assert_eq!(api.get_inspect("other").await["errors"][0]["code"], "not_found");
}

/// RudderStack's fixtures: 406 `media_type_not_acceptable`. Inferred: a body of another media type is 415.
#[tokio::test]
async fn media_types_are_json() {
    let api = start("2.10").await;
    let accept = |kind| [TOKEN, ("accept", kind)];
    let refused = api.send_raw("GET", "/me", &accept("text/html"), String::new()).await.unwrap();
    assert_eq!((refused.status, refused.error().1), (406, "media_type_not_acceptable"));
    for kind in ["application/json", "*/*", "text/html, application/json;q=0.9"] {
        assert_eq!(api.send_raw("GET", "/me", &accept(kind), String::new()).await.unwrap().status, 200);
    }
    let form = "POST /contacts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer t\r\nconnection: close\r\n\
        content-type: application/x-www-form-urlencoded\r\ncontent-length: 3\r\n\r\na=b";
    assert!(raw(&api, form.as_bytes()).await.starts_with("HTTP/1.1 415"));
}

/// Intercom API reference, versioning: the header selects the version, or the app's setting if it is missing.
#[tokio::test]
async fn the_header_picks_the_version() {
    let api = start_with("2.10", |b| b.default_version(intercom_sandbox::Version::V1_4)).await;
    let create = || json!({ "email": "a@example.com" }).to_string();
    let lead = api.send_raw("POST", "/contacts", &[TOKEN], create()).await.unwrap();
    assert_eq!(lead.body["anonymous"], true);
    let contact = api.send("POST", "/contacts", json!({ "email": "a@example.com" })).await;
    assert_eq!((&contact.body["type"], &contact.body["role"]), (&json!("contact"), &json!("user")));
    for version in ["2.6", "2.17", "3", "latest"] {
        let unknown = api.send_as(version, "GET", "/me", json!({})).await;
        assert_eq!((unknown.status, unknown.error().1), (400, "intercom_version_invalid"), "{version}");
    }
    let versions: Vec<_> = api.sandbox.requests().into_iter().take(2).map(|r| r.taken_as.unwrap()).collect();
    assert_eq!(versions, ["1.4", "2.10"]);
}
