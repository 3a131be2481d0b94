//! What of a request is not the same for every event.

use std::sync::Arc;

use crate::encoding::MadeBody;
use crate::item::{BatchItem, Head};
use crate::rejection::Rejection;

/// The parts of a request that are not the same for every event.
#[derive(Default)]
pub(crate) struct PreparedRequest {
    pub head: Arc<Head>,
    pub body: Option<PreparedBody>,
    /// Whether it was made with settings that hold no longer.
    pub outdated: bool,
    /// How often it was retried by rules with `times`, by their place among all rules.
    pub retried: Vec<(usize, u64)>,
    /// While nothing is known of responses: the rejection that only some of them lead to.
    pub perhaps: Option<Box<Rejection>>,
    /// What it adds to a request that it may share.
    pub item: Option<Box<BatchItem>>,
}

/// The body of such a request.
pub(crate) enum PreparedBody {
    /// A payload part, as it is built.
    Part(usize),
    /// What was made of a part: in another encoding than JSON, or with the part as the item of a batch.
    Made(MadeBody),
}
