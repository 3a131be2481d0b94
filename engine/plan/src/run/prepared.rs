//! What of a request is not the same for every event.

use crate::request::Body;

/// The parts of a request that are not the same for every event.
#[derive(Default)]
pub(crate) struct Prepared {
    /// The URL, unless it is that of the operation itself.
    pub url: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Option<PreparedBody>,
    /// Whether it was made with settings that hold no longer.
    pub outdated: bool,
    /// How often it was retried by rules with `times`, by their place among all rules.
    pub retried: Vec<(usize, u64)>,
}

/// The body of such a request.
pub(crate) enum PreparedBody {
    /// A payload part, as it is built.
    Part(usize),
    /// A part in another encoding than JSON.
    Encoded {
        body: Body<'static>,
        /// The object that it was made from.
        json: Vec<u8>,
    },
}
