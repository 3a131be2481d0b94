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
//! A request passes `http` (the socket), `core` (token, rate limit, version, chaos), `route` (the choice of the handler) and `api`
//! (the handlers), which work on `state`. `docs/sandbox.md` lists what is supported of the real API.

mod api;
mod body;
mod builder;
mod call;
mod chaos;
mod clock;
mod core;
mod error;
mod fields;
mod http;
mod ids;
mod inspect;
mod rate;
mod route;
mod state;
mod version;

pub use builder::{Builder, Sandbox, StartError};
pub use chaos::{BadFault, Chaos, Fault};
pub use clock::Clock;
pub use inspect::log::{Class, Request, Stats};
pub use inspect::view::{Attachment, Company, Contact, DefinedAttribute, Event, State};
pub use rate::RateLimit;
pub use state::attributes::{Attribute, BadAttribute, DataType, Model};
pub use version::{UnknownVersion, Version};
