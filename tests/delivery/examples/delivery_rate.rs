//! Measures requests per second to a sandbox without a rate limit in a separate process, and the sender's memory.
//!
//! `cargo run --profile long -p mapwright-delivery-tests --example delivery_rate [EVENTS] [VERSION] [CHECKPOINT]`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

use std::time::Instant;

use intercom_sandbox::Sandbox;
use mapwright_delivery_tests::rate::{Server, Usage, deliver};
use mapwright_delivery_tests::{Limit, mapper};
use serde_json::json;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if first.as_deref() == Some("sandbox") {
        return runtime.block_on(serve());
    }
    let count = first.map_or(50_000, |count| count.parse().unwrap());
    let version = arguments.next().unwrap_or_else(|| "2.10".into());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let sandbox = Server::start("sandbox");
    let started = Instant::now();
    let checkpoint = arguments.next();
    let delivery = deliver(mapper(&version, Limit::NONE), &sandbox.url, checkpoint.as_deref(), events(count));
    let requests = runtime.block_on(delivery).requests;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{count} events, {version}: {requests} requests in {seconds:.1} s, {:.0} a second",
        requests as f64 / seconds
    );
    println!("sender:  {}", Usage::own());
    println!("sandbox: {}", sandbox.usage());
    println!("load before: {}", load.trim());
}

/// The sandbox, until it is killed.
async fn serve() {
    let sandbox = Sandbox::builder().no_rate_limit().create_attributes().log_length(0).start().await.unwrap();
    println!("{}", sandbox.base_url());
    std::future::pending::<()>().await;
}

/// An identify and a track for each of many users.
fn events(count: u64) -> impl Iterator<Item = bytes::Bytes> + Send {
    (0..count).map(|n| {
        let user = format!("user{}", n / 2);
        let event = if n % 2 == 0 {
            json!({ "type": "identify", "userId": user, "traits": {
                "email": format!("{user}@example.com"), "name": "A Name", "plan": "pro", "seats": n,
                "createdAt": "2024-05-01T12:00:00Z",
            } })
        } else {
            json!({ "type": "track", "userId": user, "event": "Order Completed", "timestamp": "2024-05-01T12:00:00Z",
                "properties": { "order_id": n, "total": 145.99, "currency": "USD" } })
        };
        event.to_string().into()
    })
}
