//! Responses, as rows read them.

use std::fmt;

use serde_json::Value;

/// What a server answered. It may repeat secrets, so `{:?}` prints only the status and the names of headers.
#[derive(Clone, Default, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.headers.iter().map(|(name, _)| name).collect();
        let body = format_args!("{} bytes", self.body.len());
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &names)
            .field("body", &body)
            .finish()
    }
}

/// A response whose body has been read.
pub struct ResponseView {
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, if it is JSON within the limits; anything else (HTML, nothing, half a document) has no members.
    pub body: Option<Value>,
}

impl ResponseView {
    pub fn new(response: &Response, longest_body: usize) -> Self {
        let body = (response.body.len() <= longest_body)
            .then(|| serde_json::from_slice(&response.body).ok())
            .flatten();
        Self { status: response.status, headers: response.headers.clone(), body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
