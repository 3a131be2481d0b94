//! Serves a double of an API on a loopback socket. What the API does is an [`Api`]; what all doubles have in common is here: HTTP/1.1,
//! faults and latency that follow from a seed, rate windows, a log of what arrived, and the endpoints to inspect it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), mapwright_loopback::StartError> {
//! use mapwright_loopback::{Admitted, Api, Class, Counts, Fault, Options, Received, Reply, Server, StartError};
//!
//! /// Accepts everything.
//! struct Yes;
//!
//! impl Api for Yes {
//!     type Ticket = &'static str;
//!
//!     fn admit(&self, _: &Received) -> Result<Admitted<&'static str>, Reply> {
//!         Ok(Admitted::new("anything"))
//!     }
//!     fn apply(&self, received: &Received, _: &&'static str) -> Reply {
//!         Reply::json(200, &received.path())
//!     }
//!     fn refuse(&self, status: u16, message: String) -> Reply {
//!         Reply::json(status, &message)
//!     }
//!     fn reset(&self) {}
//! }
//!
//! let server = Server::start(Options::default(), |_clock| Yes).await?;
//! // ... send requests to server.base_url() ...
//! assert_eq!(server.base_url(), format!("http://{}", server.addr()));
//! let counts: Counts = server.counts();
//! assert_eq!(counts.total, 0);
//! assert!(server.requests().iter().all(|request| request.class == Class::Ok));
//! let _: &Yes = server.api();
//!
//! // a port that is taken
//! let mut taken = Options::default();
//! taken.port = server.addr().port();
//! let error: StartError = Server::start(taken, |_clock| Yes).await.unwrap_err();
//! assert!(error.to_string().starts_with("cannot listen on"));
//!
//! // an outage, and a new start
//! server.set_outage(Some(Fault::Error503));
//! server.set_outage(None);
//! server.reset();
//! server.shutdown().await;
//! # Ok(()) }
//! ```

mod api;
mod args;
mod body;
mod chaos;
mod clock;
mod core;
mod http;
mod log;
mod options;
mod rate;
mod server;

pub use api::{Admitted, Api, Received, Reply};
pub use args::{ChaosArgs, ServerArgs};
pub use chaos::{BadFault, Chaos, Fault};
pub use clock::Clock;
pub use log::{Class, Counts, Request};
pub use options::Options;
pub use rate::{Allowance, Limiter, RateLimit};
pub use server::{Server, StartError};
