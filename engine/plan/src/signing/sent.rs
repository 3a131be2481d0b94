//! What is signed, and what a signature adds to it.

use jiff::Timestamp;
use mapwright_language::spec::TimeFormat;

/// The nonce of previews and of mapping tests.
pub const STATED_NONCE: &str = "00000000000000000000000000000000";

/// What a signature needs of its caller: the time, and a string that no other request has. See [`Request::sign`](crate::request::Request::sign).
///
/// ```
/// use mapwright_plan::signing::SigningContext;
///
/// let context = SigningContext::new(1_714_564_800_000, "9f86d081884c7d65");
/// assert_eq!((context.now, context.nonce), (1_714_564_800_000, "9f86d081884c7d65"));
/// // the same for everyone
/// assert_eq!(SigningContext::stated(0), SigningContext::stated(0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningContext<'c> {
    /// The time in epoch milliseconds.
    pub now: i64,
    /// Letters and digits that no other request has: 16 random bytes as hexadecimal digits, for example.
    pub nonce: &'c str,
}

impl<'c> SigningContext<'c> {
    /// Creates the context of a request that is sent at a time, in epoch milliseconds, with a nonce.
    pub fn new(now: i64, nonce: &'c str) -> Self {
        Self { now, nonce }
    }

    /// Creates the context of a preview or a test, whose nonce is always [`STATED_NONCE`].
    pub fn stated(now: i64) -> SigningContext<'static> {
        SigningContext { now, nonce: STATED_NONCE }
    }
}

/// What is sent, before the signature.
#[derive(Clone, Copy)]
pub(crate) struct Unsigned<'u> {
    pub method: &'u str,
    pub url: &'u str,
    /// The bytes as they are sent.
    pub body: &'u [u8],
    pub headers: &'u [(&'u str, &'u str)],
}

/// What a signature adds.
#[derive(Default)]
pub(crate) struct Added {
    pub headers: Vec<(String, String)>,
    /// Query parameters, encoded.
    pub query: String,
}

/// The parts of an absolute URL.
pub(super) struct Parts<'u> {
    pub(super) scheme: &'u str,
    /// With the port, if it is not that of the scheme; in lower case.
    pub(super) host: String,
    pub(super) path: &'u str,
    pub(super) query: &'u str,
}

impl<'u> Parts<'u> {
    pub(super) fn of(url: &'u str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let port = if scheme.eq_ignore_ascii_case("http") { ":80" } else { ":443" };
        let host = host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
        Self { scheme, host, path, query }
    }
}

/// A time as an API wants it.
pub(super) fn written(now: i64, format: TimeFormat) -> String {
    let pattern = match format {
        TimeFormat::Seconds => return now.div_euclid(1_000).to_string(),
        TimeFormat::Millis => return now.to_string(),
        TimeFormat::Iso8601 => "%Y-%m-%dT%H:%M:%SZ",
        TimeFormat::Http => "%a, %d %b %Y %H:%M:%S GMT",
    };
    Timestamp::from_millisecond(now).unwrap_or_default().strftime(pattern).to_string()
}
