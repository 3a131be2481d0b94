//! The bounds of everything that could grow.

/// Bounds; an error that says a bound was met names it as here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one event. Default: 4 MiB.
    pub event_bytes: usize,
    /// Nesting of an event. Default: 127, as `serde_json`.
    pub event_depth: usize,
    /// List items that one event may have mapped, over all of its payload. Default: 10,000.
    pub items: usize,
    /// Requests that one run may make, retries not counted. Default: 1,000.
    pub requests: usize,
    /// Bytes of one request's body. Default: 4 MiB.
    pub request_bytes: usize,
    /// Bytes of a response's body that are read. Default: 4 MiB.
    pub response_bytes: usize,
    /// Bytes of a request's URL. Default: 8,192.
    pub url_bytes: usize,
    /// Bytes of values and texts that an explanation keeps. Default: 8 MiB.
    pub explain_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_bytes: 4 << 20,
            event_depth: mapwright_json::Limits::MAX_DEPTH,
            items: 10_000,
            requests: 1_000,
            request_bytes: 4 << 20,
            response_bytes: 4 << 20,
            url_bytes: 8_192,
            explain_bytes: 8 << 20,
        }
    }
}

/// The work of one condition or template: the limit `template_fuel`. A unit pays for an item of a list, for 64 bytes that an operator or a
/// filter makes, or for 64 bytes that a loop reads or prints.
pub const TEMPLATE_FUEL: usize = 20_000;
