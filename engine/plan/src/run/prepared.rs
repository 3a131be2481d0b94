//! What of a request is not the same for every event.

use crate::eval::built::BuiltPart;
use crate::request::form_body;

/// The parts of a request that are not the same for every event.
#[derive(Default)]
pub(crate) struct Prepared {
    /// The URL, unless it is that of the operation itself.
    pub url: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Option<PreparedBody>,
    /// How often it was retried by rules with `times`, by their place among all rules.
    pub retried: Vec<(usize, u64)>,
}

/// The body of such a request.
pub(crate) enum PreparedBody {
    Part(usize),
    Form {
        text: String,
        /// The object that it was made from.
        json: Vec<u8>,
    },
}

impl PreparedBody {
    pub(crate) fn form(built: Option<&BuiltPart>) -> Self {
        let json = built.map_or_else(|| b"{}".to_vec(), |built| built.bytes().to_vec());
        Self::Form { text: built.and_then(BuiltPart::json).map(form_body).unwrap_or_default(), json }
    }
}
