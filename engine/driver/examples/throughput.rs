//! Measures how many requests per second the driver makes to a server in the same process that responds immediately.
//!
//! `cargo run --release -p mapwright-driver --example throughput [EVENTS] [CHECKPOINT]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement for developers"
)]

use std::path::Path;
use std::time::Instant;

use futures_util::stream;
use mapwright::{Sources, Spec};
use mapwright_driver::checkpoint::{Identity, LogCheckpoint};
use mapwright_driver::{Client, ClientConfig, Driver, Incoming};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-RateLimit-Limit: 100000000\r\n\
    X-RateLimit-Remaining: 99999999\r\nContent-Length: 41\r\n\r\n{\"type\":\"contact\",\"id\":\"66c5d0f1\",\"n\":1}\n";

async fn serve(mut socket: TcpStream) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut buffer = Vec::with_capacity(8 << 10);
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

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmHWM")).collect()
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(100_000, |count| count.parse().unwrap());
    let path = arguments.next();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket));
        }
    });
    let sources: Sources = mapwright_builtin::sources();
    let plans = Spec::load(&sources).check().map_err(|findings| findings.to_string()).unwrap().compile();
    let settings = json!({ "apiKey": "key" });
    let mapper = plans.plan("intercom", Some("2.10"), &settings).unwrap().bind(&settings).unwrap();
    let mut bounds = ClientConfig::default();
    (bounds.base_url, bounds.proxies) = (Some(url.parse().unwrap()), false);
    let client = Client::new(&bounds).unwrap();
    let mut builder = Driver::builder(mapper, client);
    if let Some(path) = path {
        let identity = Identity::new("made", "intercom", "2.10");
        builder = builder.checkpoint(LogCheckpoint::create(Path::new(&path), identity).unwrap());
    }
    let events = stream::iter((0..count).map(|n| {
        let traits =
            json!({ "email": format!("user{n}@example.com"), "name": "A Name", "plan": "pro", "seats": n });
        let event = json!({ "type": "identify", "userId": format!("user{n}"), "traits": traits });
        Incoming::new(event.to_string(), ())
    }));
    let started = Instant::now();
    let mut delivery = builder.build().deliver(events);
    while let Some(finished) = delivery.next().await {
        finished.acknowledge();
    }
    let numbers = delivery.metrics().snapshot();
    let seconds = started.elapsed().as_secs_f64();
    println!("{numbers:?}");
    println!("{:.0} requests/s, {seconds:.1} s, {}", numbers.requests as f64 / seconds, resident());
}
