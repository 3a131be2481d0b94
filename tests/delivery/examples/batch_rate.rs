//! Measures how many events per second the driver delivers to a server that takes up to 500 of them in one request, and with a request for each. The
//! server is a process of its own, and answers immediately; or it is a sandbox: `mapwright sandbox acme/many --set token=token --mappings
//! tests/delivery/examples/batch_rate/mappings --no-rate-limit --log-length 0`, and the same with `acme/one`.
//!
//! `cargo run --profile long -p mapwright-delivery-tests --example batch_rate [EVENTS] [CHECKPOINT or -] [URL of `many`] [URL of `one`]`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

use std::time::Instant;

use bytes::Bytes;
use mapwright::{Mapper, Sources, Spec};
use mapwright_delivery_tests::rate::{Server, Usage, answer, deliver};
use serde_json::json;
use tokio::net::TcpListener;

const FILES: [(&str, &str); 4] = [
    ("mappings/acme/destination.yaml", include_str!("batch_rate/mappings/acme/destination.yaml")),
    ("mappings/acme/many/version.yaml", include_str!("batch_rate/mappings/acme/many/version.yaml")),
    ("mappings/acme/many/track.yaml", include_str!("batch_rate/mappings/acme/many/track.yaml")),
    ("mappings/acme/one/version.yaml", include_str!("batch_rate/mappings/acme/one/version.yaml")),
];

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"failed\":[]}";

/// The server, until it is killed.
async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    answer(listener, ANSWER).await;
}

fn mapper(version: &str) -> Mapper {
    let sources: Sources = FILES.into_iter().collect();
    let plans = Spec::load(&sources).check().map_err(|findings| findings.to_string()).unwrap().compile();
    let settings = json!({ "token": "token" });
    plans.plan("acme", Some(version), &settings).unwrap().bind(&settings).unwrap()
}

/// Events of many users.
fn events(count: u64) -> impl Iterator<Item = Bytes> + Send {
    (0..count).map(|n| {
        let user = n % 10_000;
        let event = format!(
            r#"{{"type":"track","messageId":"m{n}","userId":"u{user}","event":"Noted","properties":{{"n":{n},"text":"a note of some words, as long as they are"}}}}"#
        );
        event.into()
    })
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if first.as_deref() == Some("serve") {
        return runtime.block_on(serve());
    }
    let count = first.map_or(200_000, |count| count.parse().unwrap());
    let path = arguments.next().filter(|path| path != "-");
    let servers = [arguments.next(), arguments.next()];
    let [many, one] = servers.map(|url| url.map_or_else(|| Server::start("serve"), Server::known));
    let mut rates = Vec::new();
    for (version, server) in [("one", one), ("many", many)] {
        let send = |count, checkpoint| {
            runtime.block_on(deliver(mapper(version), &server.url, checkpoint, events(count))).requests
        };
        // connections are open, and pages are in memory
        send(count / 20, None);
        let (before, of_server, started) = (Usage::own(), server.usage(), Instant::now());
        let requests = send(count, path.as_deref());
        let seconds = started.elapsed().as_secs_f64();
        let each = |before: Usage, after: Usage| (after.seconds - before.seconds) * 1e6 / count as f64;
        let (own, of_server) = (each(before, Usage::own()), each(of_server, server.usage()));
        let rate = count as f64 / seconds;
        println!(
            "{version}: {count} events in {requests} requests, {rate:.0} events/s; processor per event: {own:.1} µs, the server {of_server:.1} µs; {}",
            Usage::own()
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
