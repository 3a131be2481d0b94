//! Responses, as rows read them.

use std::fmt;

use mapwright_json::{Doc, Limits, Scratch, Trie, scan};

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

/// A response in whose body the wanted paths have been found.
pub struct ResponseView<'r> {
    pub status: u16,
    headers: &'r [(String, String)],
    /// The body, if it is JSON within the limits; anything else (HTML, nothing, half a document) has no members.
    pub body: Option<Doc<'r>>,
}

impl<'r> ResponseView<'r> {
    pub fn new(
        response: &'r Response,
        wanted: &'r Trie,
        longest_body: usize,
        scratch: &'r mut Scratch,
    ) -> Self {
        let limits = Limits { bytes: longest_body, ..Limits::default() };
        let body = scan(wanted, &response.body, scratch, &limits).ok();
        Self { status: response.status, headers: &response.headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
