//! A small HTTP client for the tests.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::HeaderMap;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use intercom_sandbox::{Attribute, Builder, Clock, DataType, Model, Sandbox};
use serde_json::Value;
use tokio::net::TcpStream;

/// The start of the tests' clocks, which is the start of a day and of every rate window.
pub(crate) const EPOCH_MS: u64 = 1_699_920_000_000;

/// A sandbox with a manual clock, and a client of one version.
pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Clock,
    version: &'static str,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    /// Returns the status, code and message of an error.
    pub(crate) fn error(&self) -> (u16, &str, &str) {
        let error = &self.body["errors"][0];
        (
            self.status,
            error["code"].as_str().unwrap_or_default(),
            error["message"].as_str().unwrap_or_default(),
        )
    }

    /// Returns the id of the created or found item.
    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text);
        self.body["id"].as_str().unwrap().to_owned()
    }
}

/// Starts a sandbox for most tests: without a rate limit, with the attribute `plan`.
pub(crate) async fn start(version: &'static str) -> Fixture {
    start_with(version, |builder| builder).await
}

pub(crate) async fn start_with(version: &'static str, change: impl FnOnce(Builder) -> Builder) -> Fixture {
    let clock = Clock::manual(EPOCH_MS);
    let builder = Sandbox::builder()
        .clock(clock.clone())
        .no_rate_limit()
        .attribute(Attribute::new(Model::Contact, "plan", DataType::String))
        .attribute(Attribute::new(Model::Company, "seats", DataType::Integer));
    let sandbox = change(builder).start().await.unwrap();
    Fixture { sandbox, clock, version }
}

impl Fixture {
    /// Sends a request with the token and the version of the fixture.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send_as(self.version, method, path, body).await
    }

    pub(crate) async fn send_as(&self, version: &str, method: &str, path: &str, body: Value) -> Answer {
        let headers = [("authorization", "Bearer token"), ("intercom-version", version)];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send_raw(method, path, &headers, body).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Value::Null).await
    }

    /// Requests an inspection endpoint.
    pub(crate) async fn get_inspect(&self, what: &str) -> Value {
        self.send_raw("GET", &format!("/_sandbox/{what}"), &[], String::new()).await.unwrap().body
    }

    /// Resets the sandbox over HTTP.
    pub(crate) async fn reset(&self) {
        let answer = self.send_raw("POST", "/_sandbox/reset", &[], String::new()).await.unwrap();
        assert_eq!(answer.status, 200);
    }

    /// Creates a contact of 2.x with this external id, and returns its id.
    pub(crate) async fn contact(&self, external_id: &str) -> String {
        self.post("/contacts", serde_json::json!({ "external_id": external_id })).await.id()
    }

    /// Creates a company with this `company_id`, and returns its id.
    pub(crate) async fn company(&self, company_id: &str) -> String {
        self.post("/companies", serde_json::json!({ "company_id": company_id, "name": company_id }))
            .await
            .id()
    }

    /// Sends a raw request on a separate connection. Returns an error without a complete response.
    pub(crate) async fn send_raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer, Box<dyn std::error::Error>> {
        let stream = TcpStream::connect(self.sandbox.addr()).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes())?).uri(path);
        request = request.header("host", "127.0.0.1").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let exchange = async {
            let response = sender.send_request(request).await?;
            let (parts, body) = response.into_parts();
            let text = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
            let body = serde_json::from_str(&text).unwrap_or_default();
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, text, body })
        };
        let answer = tokio::time::timeout(Duration::from_secs(20), exchange).await?;
        connection.abort();
        answer
    }
}
