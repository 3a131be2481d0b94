//! An in-memory double of the part of Intercom's REST API that the mappings use, on a real loopback socket.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), intercom_sandbox::StartError> {
//! use intercom_sandbox::{Attribute, DataType, Model, Sandbox};
//!
//! let sandbox = Sandbox::builder()
//!     .attribute(Attribute::new(Model::Contact, "plan", DataType::String))
//!     .no_rate_limit()
//!     .start()
//!     .await?;
//! // ... deliver to sandbox.base_url() ...
//! assert!(sandbox.state().contacts.is_empty());
//! assert_eq!(sandbox.stats().total, 0);
//! sandbox.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! The socket, faults and the log of requests are those of `mapwright-loopback`. A request passes `core` (token, rate limit, version), `route`
//! (the choice of the handler) and `api` (the handlers), which work on `state`. `docs/sandbox.md` lists what is supported of the real API.

mod api;
mod builder;
mod call;
mod core;
mod error;
mod fields;
mod ids;
mod inspect;
mod route;
mod state;
mod version;

pub use builder::{Builder, RATE_LIMIT, Sandbox};
pub use inspect::stats::Stats;
pub use inspect::view::{Attachment, Company, Contact, DefinedAttribute, Event, State};
pub use mapwright_loopback::{BadFault, Chaos, Class, Clock, Fault, RateLimit, Request, StartError};
pub use state::attributes::{Attribute, BadAttribute, DataType, Model};
pub use version::{UnknownVersion, Version};
