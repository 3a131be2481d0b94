//! Measures requests per second to a sandbox without a rate limit in a separate process, and the sender's memory.
//!
//! `cargo run --release -p mapwright-delivery-tests --example delivery_rate [EVENTS] [VERSION] [CHECKPOINT]`

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a measurement for developers")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use futures_util::stream;
use intercom_sandbox::Sandbox;
use mapwright_delivery_tests::{Limit, mapper};
use mapwright_driver::checkpoint::{Identity, LogCheckpoint};
use mapwright_driver::{Client, ClientConfig, Driver, Incoming};
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
    let mut sandbox = Process::start();
    let started = Instant::now();
    let requests = runtime.block_on(send(&sandbox.url, count, &version, arguments.next()));
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{count} events, {version}: {requests} requests in {seconds:.1} s, {:.0} a second",
        requests as f64 / seconds
    );
    println!("sender:  {}", usage("self"));
    println!("sandbox: {}", usage(&sandbox.child.id().to_string()));
    println!("load before: {}", load.trim());
    sandbox.child.kill().unwrap();
}

/// The sandbox, until it is killed.
async fn serve() {
    let sandbox = Sandbox::builder().no_rate_limit().create_attributes().log_length(0).start().await.unwrap();
    println!("{}", sandbox.base_url());
    std::future::pending::<()>().await;
}

struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start() -> Process {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg("sandbox").stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Process { child, url: url.trim().to_owned() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // it has probably ended
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends an identify and a track for each of many users. Returns the number of requests.
async fn send(url: &str, count: u64, version: &str, checkpoint: Option<String>) -> u64 {
    let mut config = ClientConfig::default();
    (config.base_url, config.proxies) = (Some(url.parse().unwrap()), false);
    let mut builder = Driver::builder(mapper(version, Limit::NONE), Client::new(&config).unwrap());
    if let Some(path) = checkpoint {
        let identity = Identity::new("made", "intercom", version);
        builder = builder.checkpoint(LogCheckpoint::create(Path::new(&path), identity).unwrap());
    }
    let events = stream::iter((0..count).map(|n| {
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
        Incoming::new(event.to_string(), ())
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

/// Returns peak memory and CPU time of a process on Linux.
fn usage(process: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // fields 14 and 15, in hundredths of a second; the second field may contain spaces and ends with a parenthesis, the third is a letter
    let fields: Vec<i64> = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest.split(' ').filter_map(|field| field.parse().ok()).collect())
        .unwrap_or_default();
    let cpu = fields.get(10).zip(fields.get(11)).map_or(0, |(user, system)| user + system);
    format!("peak {} MB, {:.1} s of CPU", peak.unwrap_or(0) / 1024, cpu as f64 / 100.0)
}
