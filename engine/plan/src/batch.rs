//! Requests that stand for the items of several events, without I/O or a clock: which items they are made of, and what their responses mean
//! for each.

mod answer;
mod batcher;
pub(crate) mod body;
mod merge;
mod ready;
mod way;

pub use answer::{Again, AgainReason, BatchAnswer};
pub use batcher::{Batcher, Joined, OpenBatch};
pub use ready::{Batch, Prepared, ReadyBatch};
