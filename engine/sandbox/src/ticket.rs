//! A request that fits an operation.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::body::Body;

/// The operation that a request was matched to.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    /// The operation.
    pub(crate) operation: String,
    /// Its place among the operations.
    pub(crate) at: usize,
    /// The parameters of the path.
    pub(crate) params: Vec<(String, String)>,
    /// The query parameters.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Body>,
}

/// Faults depend on the operation; the rest of the ticket follows from the request.
impl Hash for Ticket {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operation.hash(state);
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.operation)
    }
}
