//! Measures a running sandbox without a rate limit: identifies users as the mappings do (search, create or update, event) over
//! persistent connections.
//!
//! `cargo run --release -p intercom-sandbox --example load -- 127.0.0.1:PORT [users] [connections]`
#![allow(clippy::print_stdout, reason = "prints what it measures")]

use std::error::Error;
use std::time::Instant;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

type Failure = Box<dyn Error + Send + Sync>;

struct Client {
    sender: http1::SendRequest<Full<Bytes>>,
    sent: u64,
}

impl Client {
    async fn send(&mut self, method: &str, path: &str, body: Value) -> Result<Value, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1")
            .header("authorization", "Bearer token")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        self.sent += 1;
        let response = self.sender.send_request(request).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? })
    }

    async fn identify(&mut self, user: u64) -> Result<(), Failure> {
        let id = format!("user-{user}");
        let email = format!("{id}@example.com");
        let filter = |field: &str, value: &str| json!({ "field": field, "operator": "=", "value": value });
        let filters = json!([filter("email", &email), filter("external_id", &id)]);
        let found = self
            .send("POST", "/contacts/search", json!({ "query": { "operator": "OR", "value": filters } }))
            .await?;
        let contact =
            json!({ "external_id": id, "email": email, "name": "Ada", "signed_up_at": 1_700_000_000 });
        match found.pointer("/data/0/id").and_then(Value::as_str) {
            Some(id) => self.send("PUT", &format!("/contacts/{id}"), contact).await?,
            None => self.send("POST", "/contacts", contact).await?,
        };
        let metadata = json!({ "total": 12.5, "currency": "eur" });
        let event =
            json!({ "event_name": "ordered", "created_at": user, "user_id": id, "metadata": metadata });
        self.send("POST", "/events", event).await?;
        Ok(())
    }
}

async fn connect(addr: &str) -> Result<Client, Failure> {
    let stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(Client { sender, sent: 0 })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let addr = args.next().ok_or("the address of a sandbox is missing")?;
    let users: u64 = args.next().map_or(Ok(100_000), |users| users.parse())?;
    let connections: u64 = args.next().map_or(Ok(32), |connections| connections.parse())?;
    for round in ["create", "update"] {
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for connection in 0..connections {
            let addr = addr.clone();
            tasks.spawn(async move {
                let mut client = connect(&addr).await?;
                for user in (connection..users).step_by(usize::try_from(connections)?) {
                    client.identify(user).await?;
                }
                Ok::<u64, Failure>(client.sent)
            });
        }
        let mut sent = 0;
        while let Some(done) = tasks.join_next().await {
            sent += done??;
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{round}: {sent} requests in {seconds:.2} s, {:.0} a second",
            f64::from(u32::try_from(sent)?) / seconds
        );
    }
    Ok(())
}
