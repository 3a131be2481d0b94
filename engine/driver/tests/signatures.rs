//! Signed requests over real sockets, whose server computes every signature itself.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use mapwright_driver::{Driver, Outcome};
use serde_json::json;
use support::{Received, Reply, Server, client, config, incoming, mapper_of, ok, outcomes, status};

/// The setting `apiKey` of the tests.
const KEY: &str = "the-token";

const HMAC: &str = r#"
version: "1"
server: { value: https://api.acme.example.com }
auth:
  hmac:
    key: settings.apiKey
    time: millis
    sign: [method, path, query, timestamp, nonce, { header: Content-Type }, body]
    with: "\n"
    headers: { X-Time: timestamp, X-Nonce: nonce, X-Signature: [{ value: "v1=" }, signature] }
    query: { account: { value: a b } }
operations:
  save: { method: PUT, path: "/people/{id}", idempotent: true, compress: gzip, query: { q: userId } }
  update: { method: PUT, path: "/people/{id}" }
  find: { method: GET, path: /people }
  create: { method: POST, path: /people }
  note: { method: POST, path: /notes }
"#;

const OAUTH: &str = r#"
version: "1"
server: { value: https://api.acme.example.com }
auth: { oauth1: { consumer_key: { value: ck }, consumer_secret: settings.apiKey, token: { value: at }, token_secret: { value: ats } } }
operations:
  save: { method: PUT, path: "/people/{id}", idempotent: true, encoding: form, query: { q: { value: "a b" } } }
  update: { method: PUT, path: "/people/{id}" }
  find: { method: GET, path: /people }
  create: { method: POST, path: /people }
  note: { method: POST, path: /notes }
"#;

const PAGE: &str = r#"
message: page
payload: { person: { name: properties.name } }
steps: { save: { operation: save, params: { id: userId }, body: person } }
"#;

/// What a server has seen: nonces, and requests.
type Seen = Arc<Mutex<(BTreeSet<String>, BTreeSet<String>)>>;

/// Answers as an API that verifies: 401 for a wrong signature or a nonce that it knows. Every request fails once.
fn judged(seen: &Seen, line: &str, nonce: &str, signature: &str, expected: &str) -> Reply {
    let (nonces, lines) = &mut *seen.lock().unwrap();
    if signature != expected || !nonces.insert(nonce.to_owned()) {
        return status(401);
    }
    if lines.insert(line.to_owned()) { status(503) } else { ok(json!({})) }
}

async fn delivers_all(version: &'static str, verify: impl Fn(&Seen, &Received) -> Reply + Send + 'static) {
    let seen = Seen::default();
    let known = seen.clone();
    let server = Server::start(move |_, received| verify(&known, received)).await;
    let mapper = mapper_of([("mappings/acme/1/version.yaml", version), ("mappings/acme/1/page.yaml", PAGE)]);
    let event = |n: usize| json!({ "type": "page", "userId": format!("u&{n}"), "properties": { "name": "Ada + Bob" } });
    let driver = Driver::builder(mapper, client(&server.url)).config(config()).build();
    let (ended, _) = outcomes(driver.deliver(incoming((0..20).map(event).collect()))).await;
    assert_eq!(ended.len(), 20);
    assert!(ended.iter().all(|ended| matches!(ended, Outcome::Delivered { .. })), "{ended:?}");
    // half of the requests in vain
    assert_eq!(seen.lock().unwrap().0.len(), 40);
}

#[tokio::test]
async fn an_hmac_is_right_on_every_attempt_and_no_nonce_comes_twice() {
    delivers_all(HMAC, |seen, received| {
        let (method, target) = received.line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap();
        let [time, nonce] = ["x-time", "x-nonce"].map(|name| received.header(name).unwrap().to_owned());
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
        mac.update([method, path, query, &time, &nonce, "application/json", ""].join("\n").as_bytes());
        mac.update(&gzip(received.body.as_bytes()));
        let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        judged(seen, path, &nonce, received.header("x-signature").unwrap(), &format!("v1={digits}"))
    })
    .await;
}

#[tokio::test]
async fn an_oauth_signature_is_right_on_every_attempt_and_no_nonce_comes_twice() {
    delivers_all(OAUTH, |seen, received| {
        let header = received.header("authorization").unwrap().strip_prefix("OAuth ").unwrap();
        let pairs = header.split(", ").map(|pair| pair.split_once('=').unwrap());
        let mut pairs: Vec<(String, String)> =
            pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect();
        let at = pairs.iter().position(|(name, _)| name == "oauth_signature").unwrap();
        let signature = pairs.remove(at).1.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        let nonce = pairs.iter().find(|(name, _)| name == "oauth_nonce").unwrap().1.clone();
        let (method, target) = received.line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap();
        // what the client sends is encoded as the base string wants it
        for pair in query.split('&').chain(received.body.split('&')) {
            let (name, value) = pair.split_once('=').unwrap();
            pairs.push((name.to_owned(), value.replace('+', "%20")));
        }
        pairs.sort();
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let again = |text: &str| text.replace('%', "%25").replace('=', "%3D").replace('&', "%26");
        let address = format!("https%3A%2F%2Fapi.acme.example.com{}", again(path).replace('/', "%2F"));
        let text = [method, &address, &again(&pairs.join("&"))].join("&");
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(format!("{KEY}&ats").as_bytes()).unwrap();
        mac.update(text.as_bytes());
        judged(seen, path, &nonce, &signature, &BASE64.encode(mac.finalize().into_bytes()))
    })
    .await;
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;

    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}
