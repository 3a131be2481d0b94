//! One event going through a plan: what to build, which request comes next, what a response means.

pub(crate) mod buffers;
mod call;
pub mod explain;
mod feasible;
mod prepared;
mod preview;
pub mod provenance;
mod requirement;
mod respond;
mod state;
mod steps;

pub use respond::{ApiError, Ended, Failure, Progress};
pub use state::Run;
