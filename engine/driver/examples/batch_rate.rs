//! Measures how many events per second the driver delivers to a server that takes up to 500 of them in one request, and with a request for each. The
//! server is a process of its own, and answers immediately; or it is a sandbox: `mapwright sandbox acme/many --set token=token --mappings
//! engine/driver/examples/batch_rate --no-rate-limit`, and the same with `acme/one`.
//!
//! `cargo run --profile long -p mapwright-driver --example batch_rate [EVENTS] [CHECKPOINT or -] [URL of `many`] [URL of `one`]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement for developers"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream;
use mapwright::{Mapper, Sources, Spec};
use mapwright_driver::checkpoint::{Identity, LogCheckpoint};
use mapwright_driver::{Client, ClientConfig, Driver, Incoming};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const FILES: [(&str, &str); 4] = [
    ("mappings/acme/destination.yaml", include_str!("batch_rate/mappings/acme/destination.yaml")),
    ("mappings/acme/many/version.yaml", include_str!("batch_rate/mappings/acme/many/version.yaml")),
    ("mappings/acme/many/track.yaml", include_str!("batch_rate/mappings/acme/many/track.yaml")),
    ("mappings/acme/one/version.yaml", include_str!("batch_rate/mappings/acme/one/version.yaml")),
];

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"failed\":[]}";

async fn serve(mut socket: TcpStream) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut buffer = Vec::with_capacity(1 << 18);
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
                break at + 4;
            }
            if socket.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        let head = std::str::from_utf8(&buffer[..end]).ok()?.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length.map_or(Some(0), |text| text.parse().ok())?;
        while buffer.len() < end + length {
            socket.read_buf(&mut buffer).await.ok()?;
        }
        buffer.drain(..end + length);
        socket.write_all(ANSWER).await.ok()?;
    }
}

/// The server, until it is killed.
async fn server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(serve(socket));
    }
}

struct Server {
    url: String,
    child: Option<Child>,
}

impl Server {
    fn start() -> Server {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg("serve").stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Server { url: url.trim().to_owned(), child: Some(child) }
    }

    fn known(url: String) -> Server {
        Server { url, child: None }
    }

    /// The seconds of processor that it has used so far, if it is known which process it is.
    fn used(&self) -> f64 {
        self.child.as_ref().map_or(f64::NAN, |child| used(&child.id().to_string()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // it has probably ended
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn mapper(version: &str) -> Mapper {
    let sources: Sources = FILES.into_iter().collect();
    let plans = Spec::load(&sources).check().map_err(|findings| findings.to_string()).unwrap().compile();
    let settings = json!({ "token": "token" });
    plans.plan("acme", Some(version), &settings).unwrap().bind(&settings).unwrap()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if first.as_deref() == Some("serve") {
        return runtime.block_on(server());
    }
    let count = first.map_or(200_000, |count| count.parse().unwrap());
    let path = arguments.next().filter(|path| path != "-");
    let servers = [arguments.next(), arguments.next()];
    let [many, one] = servers.map(|url| url.map_or_else(Server::start, Server::known));
    let mut rates = Vec::new();
    for (version, server) in [("one", one), ("many", many)] {
        // connections are open, and pages are in memory
        runtime.block_on(send(&server.url, version, count / 20, None));
        let before = (used("self"), server.used(), Instant::now());
        let requests = runtime.block_on(send(&server.url, version, count, path.as_deref()));
        let seconds = before.2.elapsed().as_secs_f64();
        let each = |seconds: f64| seconds * 1e6 / count as f64;
        let (own, of_server) = (each(used("self") - before.0), each(server.used() - before.1));
        let rate = count as f64 / seconds;
        println!(
            "{version}: {count} events in {requests} requests, {rate:.0} events/s; processor per event: {own:.1} µs, the server {of_server:.1} µs; {}",
            resident()
        );
        rates.push((rate, own));
    }
    if let [(one, own_one), (many, own_many)] = rates.as_slice() {
        println!(
            "in batches {:.1} times as many events/s, with {:.1} times less processor",
            many / one,
            own_one / own_many
        );
    }
}

/// Sends events of many users. Returns the number of requests.
async fn send(url: &str, version: &str, count: u64, checkpoint: Option<&str>) -> u64 {
    let mut bounds = ClientConfig::default();
    (bounds.base_url, bounds.proxies) = (Some(url.parse().unwrap()), false);
    let mut builder = Driver::builder(mapper(version), Client::new(&bounds).unwrap());
    if let Some(path) = checkpoint {
        // that of the version before
        let _ = std::fs::remove_file(path);
        let identity = Identity::new("made", "acme", version);
        builder = builder.checkpoint(LogCheckpoint::create(Path::new(path), identity).unwrap());
    }
    let events = stream::iter((0..count).map(|n| {
        let user = n % 10_000;
        let event = format!(
            r#"{{"type":"track","messageId":"m{n}","userId":"u{user}","event":"Noted","properties":{{"n":{n},"text":"a note of some words, as long as they are"}}}}"#
        );
        Incoming::new(Bytes::from(event), ())
    }));
    let mut delivery = builder.build().deliver(events);
    let metrics = delivery.metrics().clone();
    while let Some(finished) = delivery.next().await {
        finished.acknowledge();
    }
    delivery.end().await.unwrap();
    let counts = metrics.snapshot();
    assert_eq!(counts.delivered, count, "{counts:?}");
    counts.requests
}

/// The seconds of processor that a process has used so far, on Linux.
fn used(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // fields 14 and 15, in hundredths of a second; the second field may contain spaces and ends with a parenthesis, the third is a letter
    let fields: Vec<i64> = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest.split(' ').filter_map(|field| field.parse().ok()).collect())
        .unwrap_or_default();
    fields.get(10).zip(fields.get(11)).map_or(0.0, |(user, system)| (user + system) as f64 / 100.0)
}

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmHWM")).collect()
}
