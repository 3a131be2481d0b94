//! Measures how many requests per second the driver makes to a server in the same process that responds immediately.
//!
//! `cargo run --profile long -p mapwright-delivery-tests --example throughput [EVENTS] [CHECKPOINT]`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

use std::time::Instant;

use mapwright_delivery_tests::rate::{Usage, answer, deliver};
use mapwright_delivery_tests::{Limit, mapper};
use serde_json::json;
use tokio::net::TcpListener;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-RateLimit-Limit: 100000000\r\n\
    X-RateLimit-Remaining: 99999999\r\nContent-Length: 41\r\n\r\n{\"type\":\"contact\",\"id\":\"66c5d0f1\",\"n\":1}\n";

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(100_000, |count| count.parse().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(answer(listener, ANSWER));
    let events = (0..count).map(|n| {
        let traits =
            json!({ "email": format!("user{n}@example.com"), "name": "A Name", "plan": "pro", "seats": n });
        let event = json!({ "type": "identify", "userId": format!("user{n}"), "traits": traits });
        event.to_string().into()
    });
    let started = Instant::now();
    let counts = deliver(mapper("2.10", Limit::NONE), &url, arguments.next().as_deref(), events).await;
    let seconds = started.elapsed().as_secs_f64();
    println!("{counts:?}");
    println!("{:.0} requests/s, {seconds:.1} s, {}", counts.requests as f64 / seconds, Usage::own());
}
