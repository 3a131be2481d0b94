//! One event going through a plan: what to build, which request comes next, what a response means.

mod again;
mod ahead;
pub(crate) mod buffers;
mod call;
mod calls;
mod capture;
mod done;
pub mod explain;
mod failure;
mod feasible;
mod item;
mod last;
mod prepared;
mod preview;
pub mod provenance;
mod renew;
mod requirement;
mod respond;
mod rounds;
mod state;
mod steps;

pub use failure::{FailedItem, Failure};
pub use last::LastItem;
pub(crate) use preview::Preview;
pub use requirement::Judged;
pub use respond::{Ended, Progress};
pub use state::Run;
