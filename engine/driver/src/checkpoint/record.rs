//! Records of the log: one per line, a checksum followed by JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::counts::{FinishedCounts, Mark};
use super::{Confirmed, Ended, Identity};
use crate::outcome::FinishedAs;

/// The format's version.
pub(super) const FORMAT: u32 = 2;
/// The start of the first record, after its checksum.
pub(super) const START: &[u8] = b" {\"is\":\"log\"";

/// A record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Record {
    /// The first record: the identity of the log, the events that were finished when it was written and what became of them, and the marks.
    Log {
        format: u32,
        identity: Identity,
        finished: Vec<(u64, u64)>,
        counts: FinishedCounts,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<Mark>,
    },
    /// A response.
    Answer { event: u64, answer: ConfirmedRecord },
    /// The end of an event.
    Ended { event: u64, ended: Ended },
    /// Records an acknowledged outcome.
    Finished {
        event: u64,
        #[serde(rename = "as")]
        outcome: FinishedAs,
    },
    /// A mark.
    Mark(Mark),
}

/// The serialized form of [`Confirmed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ConfirmedRecord {
    mapped_at: i64,
    at: i64,
    request: u64,
    status: u16,
    headers: Vec<(String, String)>,
    #[serde(flatten)]
    body: Body,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    /// UTF-8 text.
    Body(String),
    /// Bytes that are not UTF-8.
    BodyBase64(String),
}

impl From<&Confirmed> for ConfirmedRecord {
    fn from(confirmed: &Confirmed) -> Self {
        let Confirmed { mapped_at, at, request, status, headers, body } = confirmed;
        let body = match std::str::from_utf8(body) {
            Ok(text) => Body::Body(text.to_owned()),
            Err(_) => Body::BodyBase64(BASE64.encode(body)),
        };
        Self {
            mapped_at: *mapped_at,
            at: *at,
            request: *request,
            status: *status,
            headers: headers.clone(),
            body,
        }
    }
}

impl From<ConfirmedRecord> for Confirmed {
    fn from(answer: ConfirmedRecord) -> Self {
        let ConfirmedRecord { mapped_at, at, request, status, headers, body } = answer;
        let body = match body {
            Body::Body(text) => text.into_bytes(),
            Body::BodyBase64(text) => BASE64.decode(text).unwrap_or_default(),
        };
        Self { mapped_at, at, request, status, headers, body }
    }
}

impl Record {
    /// Returns the line of a record: eight hexadecimal digits of CRC-32, a space, JSON.
    pub(super) fn line(&self) -> Result<String, serde_json::Error> {
        let json = serde_json::to_string(self)?;
        Ok(format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())))
    }

    /// Parses a line without its line break. `None` if it is incomplete.
    pub(super) fn of_line(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(verified(line)?).ok()
    }
}

/// Returns the JSON of a line whose checksum is right.
fn verified(line: &[u8]) -> Option<&[u8]> {
    let (sum, json) = (line.get(..8)?, line.strip_prefix(line.get(..9)?)?);
    let sum = u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    (line.get(8) == Some(&b' ') && crc32fast::hash(json) == sum).then_some(json)
}

/// Returns the format of a log from its first line, whatever else that says.
pub(super) fn format_of(line: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct First {
        is: String,
        format: u32,
    }
    let First { is, format } = serde_json::from_slice(verified(line)?).ok()?;
    (is == "log").then_some(format)
}
