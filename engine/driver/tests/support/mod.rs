//! A server on a loopback socket, and a destination for it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream;
use mapwright::{Mapper, Plans, Sources, Spec};
use mapwright_driver::{Client, ClientConfig, Config, Delivery, Driver, Ending, Incoming, Outcome};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request that the server has received.
#[derive(Debug, Clone)]
pub struct Received {
    /// Such as `PUT /people/u1`.
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A reaction of the server.
pub enum Reply {
    /// Status, further headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// These bytes, and the connection is closed.
    Raw(Vec<u8>),
    /// These bytes repeatedly, until nobody reads them.
    Endless { head: Vec<u8>, again: Vec<u8>, pause: Duration },
    /// No response, ever.
    Silence,
    /// The connection is closed.
    Close,
    /// Another reply, after a while.
    After(Duration, Box<Reply>),
}

pub fn ok(body: Value) -> Reply {
    Reply::Answer(200, vec![("Content-Type", "application/json".to_owned())], body.to_string())
}

pub fn status(status: u16) -> Reply {
    Reply::Answer(status, Vec::new(), String::new())
}

/// Requests without a response.
#[derive(Default)]
pub struct Open {
    lines: Vec<String>,
    /// The most at any time.
    pub most: usize,
    /// The most with the same line at any time.
    pub most_alike: usize,
}

impl Open {
    fn enter(&mut self, line: &str) {
        self.lines.push(line.to_owned());
        self.most = self.most.max(self.lines.len());
        self.most_alike = self.most_alike.max(self.lines.iter().filter(|open| *open == line).count());
    }

    fn leave(&mut self, line: &str) {
        let at = self.lines.iter().position(|open| open == line).unwrap();
        self.lines.remove(at);
    }
}

pub struct Server {
    pub url: String,
    pub received: Arc<Mutex<Vec<Received>>>,
    pub open: Arc<Mutex<Open>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts a server that reacts to each request as `reply` says for its number (from 0) and itself.
    pub async fn start(reply: impl FnMut(usize, &Received) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let reply = Arc::new(Mutex::new(reply));
        let all = received.clone();
        let open: Arc<Mutex<Open>> = Arc::default();
        let opened = open.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (all, reply, open) = (all.clone(), reply.clone(), opened.clone());
                connections.spawn(async move {
                    let _ = serve(socket, &open, |received| {
                        let mut all = all.lock().unwrap();
                        let answer = (reply.lock().unwrap())(all.len(), &received);
                        all.push(received);
                        answer
                    })
                    .await;
                });
            }
        });
        Self { url, received, open, task }
    }

    pub fn lines(&self) -> Vec<String> {
        self.received.lock().unwrap().iter().map(|received| received.line.clone()).collect()
    }

    pub fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

async fn serve(
    mut socket: TcpStream,
    open: &Mutex<Open>,
    mut reply: impl FnMut(Received) -> Reply,
) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let head = loop {
            if let Some(at) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
                break at + 4;
            }
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let text = String::from_utf8_lossy(&buffer[..head]).into_owned();
        let mut lines = text.lines();
        let line = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
        while buffer.len() < head + length {
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        let mut body = String::from_utf8_lossy(&buffer[head..head + length]).into_owned();
        if headers.iter().any(|(name, value)| name == "content-encoding" && value == "gzip") {
            body.clear();
            let packed = &buffer[head..head + length];
            flate2::read::GzDecoder::new(packed).read_to_string(&mut body)?;
        }
        buffer.drain(..head + length);
        open.lock().unwrap().enter(&line);
        let mut answer = reply(Received { line: line.clone(), headers, body });
        while let Reply::After(time, then) = answer {
            tokio::time::sleep(time).await;
            answer = *then;
        }
        open.lock().unwrap().leave(&line);
        match answer {
            Reply::Answer(status, headers, body) => {
                let mut text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in headers {
                    text += &format!("{name}: {value}\r\n");
                }
                socket.write_all(format!("{text}\r\n{body}").as_bytes()).await?;
            }
            Reply::Raw(bytes) => {
                socket.write_all(&bytes).await?;
                return socket.shutdown().await;
            }
            Reply::Endless { head, again, pause } => {
                socket.write_all(&head).await?;
                loop {
                    socket.write_all(&again).await?;
                    tokio::time::sleep(pause).await;
                }
            }
            Reply::Silence => std::future::pending().await,
            Reply::Close | Reply::After(..) => return Ok(()),
        }
    }
}

/// A destination that finds, then updates or creates; and an operation that is not idempotent.
pub const DESTINATION: &[(&str, &str)] = &[
    (
        "mappings/acme/destination.yaml",
        r#"
title: Acme
names: [Acme]
versions: { default: "1" }
settings: { apiKey: { type: string, secret: true, required: true } }
hosts: [api.acme.example.com]
rates:
  default:
    requests: 100000
    per: 1s
    headers: { limit: X-Limit, remaining: X-Remaining, reset: X-Reset }
error: { code: response.body.code, message: response.body.message }
responses:
  - { status: 429, class: throttle, after: response.headers.retry-after }
  - { status: 401, class: give_up, fault: settings, code: unauthorized, advice: check the key }
"#,
    ),
    (
        "mappings/acme/1/version.yaml",
        r#"
version: "1"
server: { value: https://api.acme.example.com }
headers: { Authorization: { template: "Bearer {{ settings.apiKey }}" } }
order: { user: { from: [userId, anonymousId], as: string } }
operations:
  find: { method: GET, path: /people, rate: default, idempotent: true }
  update: { method: PUT, path: "/people/{id}", rate: default, idempotent: true }
  create: { method: POST, path: /people, rate: default, idempotent: true }
  note: { method: POST, path: /notes, rate: default }
"#,
    ),
    (
        "mappings/acme/1/identify.yaml",
        r#"
message: identify
payload: { person: { id: { from: userId, as: string }, n: traits.n } }
require: [{ any: [payload.person.id], otherwise: userId is required }]
steps:
  find: { operation: find, query: { q: userId }, capture: { id: response.body.id } }
  update: { operation: update, when: captures.id, body: person }
  create: { operation: create, unless: captures.id, body: person }
"#,
    ),
    (
        "mappings/acme/1/track.yaml",
        r#"
message: track
payload: { note: { user: userId, n: properties.n } }
steps: { note: { operation: note, body: note } }
"#,
    ),
    (
        "mappings/acme/1/page.yaml",
        r#"
message: page
payload: { person: { n: properties.n } }
steps: { update: { operation: update, params: { id: userId }, body: person } }
"#,
    ),
];

pub fn mapper() -> Mapper {
    mapper_with("100000", "1s")
}

/// Returns a mapper whose API has this rate limit.
pub fn mapper_with(requests: &str, per: &str) -> Mapper {
    let rate = format!("requests: {requests}\n    per: {per}");
    compiled(
        DESTINATION.iter().map(|(path, text)| (*path, text.replace("requests: 100000\n    per: 1s", &rate))),
    )
}

/// Returns a mapper of the destination with further files, which replace those of the same name.
pub fn mapper_of<const N: usize>(files: [(&'static str, &'static str); N]) -> Mapper {
    compiled(DESTINATION.iter().copied().chain(files).map(|(path, text)| (path, text.to_owned())))
}

fn compiled(files: impl Iterator<Item = (&'static str, String)>) -> Mapper {
    let plans: Plans = match Spec::load(&files.collect::<Sources>()).check() {
        Ok(valid) => valid.compile(),
        Err(findings) => panic!("{findings}"),
    };
    let settings = json!({ "apiKey": "the-token" });
    plans.plan("acme", None, &settings).unwrap().bind(&settings).unwrap()
}

pub fn client(url: &str) -> Client {
    client_with(url, ClientConfig::default())
}

pub fn client_with(url: &str, mut config: ClientConfig) -> Client {
    (config.base_url, config.proxies) = (Some(url.parse().unwrap()), false);
    Client::new(&config).unwrap()
}

/// Returns a configuration with quick retries, so that tests are fast.
pub fn config() -> Config {
    let mut config = Config::default();
    config.seed = Some(1);
    config.retry.first = Duration::from_millis(5);
    config.retry.longest = Duration::from_millis(20);
    config.retry.attempts = 4;
    config.circuit.first = Duration::from_millis(20);
    config.circuit.longest = Duration::from_millis(40);
    config
}

pub fn page(user: &str, n: u64) -> Value {
    json!({ "type": "page", "userId": user, "properties": { "n": n } })
}

pub fn identify(user: &str, n: u64) -> Value {
    json!({ "type": "identify", "userId": user, "traits": { "n": n } })
}

pub fn track(user: &str, n: u64) -> Value {
    json!({ "type": "track", "userId": user, "event": "e", "properties": { "n": n } })
}

pub fn incoming(events: Vec<Value>) -> impl futures_util::Stream<Item = Incoming<usize>> + Send + 'static {
    let each = events.into_iter().enumerate();
    stream::iter(each.map(|(tag, event)| Incoming::new(event.to_string(), tag)))
}

/// Takes and acknowledges all outcomes, and returns them by tag.
pub async fn outcomes(mut delivery: Delivery<usize>) -> (Vec<Outcome>, Ending) {
    let mut all = Vec::new();
    while let Some(finished) = delivery.next().await {
        all.push((finished.tag, finished.outcome.clone()));
        finished.acknowledge();
    }
    all.sort_by_key(|(tag, _)| *tag);
    let report = delivery.end().await.unwrap();
    (all.into_iter().map(|(_, outcome)| outcome).collect(), report.ending)
}

pub async fn deliver(server: &Server, config: Config, events: Vec<Value>) -> (Vec<Outcome>, Ending) {
    let driver = Driver::builder(mapper(), client(&server.url)).config(config).build();
    outcomes(driver.deliver(incoming(events))).await
}
