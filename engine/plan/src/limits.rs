//! The limits of everything that can grow.

/// The limits of the engine. An error about a limit uses the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest event in bytes. The default is 4 MiB.
    pub event_bytes: usize,
    /// The deepest nesting of an event. The default is 127, as in `serde_json`.
    pub event_depth: usize,
    /// The most list items that are mapped for one event, in all of its payload. The default is 10,000.
    pub items: usize,
    /// The most requests of one run, not counting retries. The default is 1,000.
    pub requests: usize,
    /// The largest request body in bytes. The default is 4 MiB.
    pub request_bytes: usize,
    /// The most bytes of the URLs and bodies of all requests of a preview. The default is 64 MiB.
    pub preview_bytes: usize,
    /// The largest response body that is read, in bytes. The default is 4 MiB.
    pub response_bytes: usize,
    /// The longest URL in bytes. The default is 8,192.
    pub url_bytes: usize,
    /// The most bytes of values that an explanation records. The default is 8 MiB.
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
            preview_bytes: 64 << 20,
            response_bytes: 4 << 20,
            url_bytes: 8_192,
            explain_bytes: 8 << 20,
        }
    }
}

/// The most values that a path with several matches visits, each visit counted: the limit `path_steps`. A path with one `..` visits each value
/// of an event of 4 MiB at most twice.
pub const PATH_STEPS: usize = 1 << 22;

/// The most bytes that the items of lists read outside of their lists, in a payload part: the limit `loop_bytes`.
pub const LOOP_BYTES: usize = 1 << 28;

/// The work of one condition or template: the limit `template_fuel`. A unit pays for an item of a list, for 64 bytes that an operator or a
/// filter makes, or for 64 bytes that a loop reads or prints.
pub const TEMPLATE_FUEL: usize = 20_000;
