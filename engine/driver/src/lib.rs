//! Delivers events: drives runs of the engine over HTTP, in order, within rate limits, through faults and crashes.

pub mod checkpoint;
mod circuit;
mod client;
mod config;
mod delivery;
mod metrics;
mod order;
mod outcome;
mod rate;
mod retry;
mod stop;
mod worker;

pub use client::{Client, ClientConfig, ClientError};
pub use config::{CircuitConfig, Config, Quota, Retry};
pub use delivery::{Delivery, DeliveryError, Driver, DriverBuilder, Ending, Report};
pub use metrics::{Metrics, Snapshot};
pub use outcome::{Delivered, DeliveryFailure, FailureClass, Finished, Incoming, Outcome, Unfinished};
pub use stop::Stopper;
