//! Spec → valid spec → plans: every name resolved, every mistake reported, every row lowered to the form in which it runs.

mod compile;
mod conversion;
mod duration;
mod example;
mod messages;
mod resolve;
mod valid;

/// The meaning of the names of a valid spec, for other analyses.
pub mod names {
    pub use crate::conversion::each_call;
    pub use crate::resolve::captures::captures_of;
    pub use crate::resolve::named::{CaptureSet, Captures, Parts, Values};
    pub use crate::resolve::reads::{
        Read, What, condition_reads, each_read, name_read, need_reads, own_reads, source_read, template_reads,
    };
}

pub use compile::Plans;
pub use duration::seconds;
pub use valid::{Checked, Spec, Valid, WithFindings};
