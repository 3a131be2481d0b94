//! Responses, as rows read them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use mapwright_convert::Val;
use mapwright_json::{Doc, Json, Limits, Piece, Scratch, Text, Trie, scan};

use crate::headers::Headers;

/// What an API sent back.
///
/// A response may repeat secrets, so `{:?}` prints only the status, the names of the headers and the length of the body.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    headers: Headers,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format_args!("{} bytes", self.body.len());
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &body)
            .finish()
    }
}

impl Response {
    /// Creates a response. Headers and body are moved: a list of pairs, an `http::HeaderMap` (with the feature `http`), a `Vec` and an
    /// unshared `Bytes` are not copied.
    pub fn new(status: u16, headers: impl Into<Headers>, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: headers.into(), body: body.into() }
    }

    /// Returns the first header of that name, in any case. Bytes that are not UTF-8 are replaced.
    ///
    /// ```
    /// let response = mapwright::Response::new(429, [("Retry-After", "5")], "");
    /// assert_eq!(response.header("retry-after").as_deref(), Some("5"));
    /// ```
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.get(name)
    }

    /// Returns the headers: names in the case that they were received in, and values as in [`Response::header`].
    pub fn headers(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.headers.iter()
    }
}

/// Moves the headers and the body; the version and the extensions are dropped.
#[cfg(feature = "http")]
impl<B: Into<Vec<u8>>> From<http::Response<B>> for Response {
    fn from(response: http::Response<B>) -> Self {
        let (parts, body) = response.into_parts();
        Self::new(parts.status.as_u16(), parts.headers, body)
    }
}

/// A response in whose body the wanted paths have been found.
pub struct ResponseView<'r> {
    /// The status code.
    pub status: u16,
    headers: &'r Headers,
    /// The body, if it is JSON within the limits. Any other body (HTML, empty, half a document) has no members.
    pub body: Option<Doc<'r>>,
    /// The bytes of the body, if they are within the limits.
    bytes: &'r [u8],
    /// The named values that have been made of it, by the position of their rows.
    made: OnceCell<Vec<OnceCell<Option<Kept>>>>,
}

/// A named value that is kept for as long as its response is.
#[derive(Clone)]
enum Kept {
    /// A piece of the body, which is not copied: what is read of it is where the scan has found it.
    Piece(Piece),
    /// JSON text of its own.
    Text(String),
}

impl<'r> ResponseView<'r> {
    /// Finds the wanted paths in the body, unless it has more than `longest_body` bytes.
    pub fn new(
        response: &'r Response,
        wanted: &'r Trie,
        longest_body: usize,
        scratch: &'r mut Scratch,
    ) -> Self {
        let limits = Limits { bytes: longest_body, ..Limits::default() };
        let body = scan(wanted, &response.body, scratch, &limits).ok();
        let bytes =
            Some(response.body.as_slice()).filter(|bytes| bytes.len() <= longest_body).unwrap_or_default();
        Self { status: response.status, headers: &response.headers, body, bytes, made: OnceCell::new() }
    }

    /// Returns the first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.get(name)
    }

    /// Returns the body as text, whatever it is. Bytes that are not UTF-8 are replaced. No body has none.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        (!self.bytes.is_empty()).then(|| String::from_utf8_lossy(self.bytes))
    }

    /// A named value of this response, which is made when it is first read. `rows` is how many such values there may be.
    pub(crate) fn made<'v>(
        &self,
        row: usize,
        rows: usize,
        make: impl FnOnce() -> Option<Val<'v>>,
    ) -> Option<Json<'_>> {
        let all = self.made.get_or_init(|| vec![OnceCell::new(); rows]);
        match all.get(row)?.get_or_init(|| make().map(|value| self.kept(&value))).as_ref()? {
            Kept::Piece(piece) => self.body.as_ref()?.at(*piece),
            Kept::Text(text) => Some(Json::Text(Text::written(text))),
        }
    }

    fn kept(&self, value: &Val<'_>) -> Kept {
        let piece = match (&self.body, value) {
            (Some(body), Val::Json(json)) => body.piece(*json),
            _ => None,
        };
        piece.map_or_else(|| Kept::Text(value.to_string()), Kept::Piece)
    }
}
