//! Requests that no mapper makes: sent as they are, on a connection of their own.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    /// The method.
    pub method: String,
    /// The path and query.
    pub path: String,
    /// The headers, without those of the connection and the length of the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The headers, as they came.
    pub head: String,
    /// The body.
    pub text: String,
}

impl Raw {
    /// A request without headers and a body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Raw {
        Raw { method: method.to_owned(), path: path.to_owned(), ..Raw::default() }
    }

    /// The same with a header, instead of one of that name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Raw {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a body of JSON.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Raw {
        self.body = body.to_string().into_bytes();
        self.header("Content-Type", "application/json")
    }

    /// Sends it, and waits for the response and the end of the connection.
    ///
    /// # Panics
    /// If there is none.
    pub async fn send(&self, to: SocketAddr) -> Answered {
        let mut stream = TcpStream::connect(to).await.unwrap();
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        stream.write_all(head.as_bytes()).await.unwrap();
        // a refused body may not be read to its end
        let _ = stream.write_all(&self.body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, text) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response to {self:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        Answered { status, head: head.to_ascii_lowercase(), text: text.to_owned() }
    }
}

impl Answered {
    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    /// Why a sandbox refuses the request.
    #[must_use]
    pub fn problem(&self) -> String {
        self.json()["problem"].as_str().unwrap_or_default().to_owned()
    }
}
