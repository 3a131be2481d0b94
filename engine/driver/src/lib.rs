//! Delivers events: drives runs of the engine over HTTP, in order and within rate limits, despite faults and crashes.
//!
//! A [`Driver`] has a mapper (a plan with its settings) and a [`Client`]. It takes a stream of events and returns a [`Delivery`], which
//! returns every event once with its [`Outcome`]. An event is finished when its outcome is acknowledged, so store what you need of it,
//! such as a line in a dead-letter file, before. With a [`checkpoint`], a delivery that was killed continues where
//! it was. `docs/delivery.md` states what is guaranteed and what is not, and lists all limits.
//!
//! ```
//! use bytes::Bytes;
//! use futures_util::stream;
//! use mapwright::{Sources, Spec};
//! use mapwright_driver::checkpoint::{Identity, LogCheckpoint};
//! use mapwright_driver::{Client, ClientConfig, Config, Driver, Ending, Incoming, Outcome};
//! # use std::io::{Read as _, Write as _};
//!
//! # fn server() -> Result<String, Box<dyn std::error::Error>> {
//! #     let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! #     let url = format!("http://{}", listener.local_addr()?);
//! #     std::thread::spawn(move || {
//! #         for socket in listener.incoming() {
//! #             let mut socket = socket?;
//! #             socket.read(&mut [0; 4096])?;
//! #             let status = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n";
//! #             write!(socket, "{status}Content-Type: application/json\r\n\r\n{{}}")?;
//! #         }
//! #         Ok::<(), std::io::Error>(())
//! #     });
//! #     Ok(url)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let files: Sources = [
//! #     ("mappings/acme/destination.yaml", "
//! # title: Acme
//! # names: [Acme]
//! # versions: { default: '1.0' }
//! # settings: { apiKey: { type: string, secret: true, required: true } }
//! # hosts: [api.acme.example.com]"),
//! #     ("mappings/acme/1.0/version.yaml", "
//! # version: '1.0'
//! # server: { value: https://api.acme.example.com }
//! # order: { user: userId }
//! # operations: { save: { method: PUT, path: '/people/{id}', idempotent: true } }"),
//! #     ("mappings/acme/1.0/identify.yaml", "
//! # message: identify
//! # payload: { person: { email: traits.email } }
//! # steps: { save: { operation: save, params: { id: userId }, body: person } }"),
//! # ].into_iter().collect();
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("progress");
//! # let server = server()?;
//! let plans = Spec::load(&files).check()?.compile();
//! let settings = serde_json::json!({ "apiKey": "secret" });
//! let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
//!
//! // without a base URL, requests go where the mapping says
//! let mut bounds = ClientConfig::default();
//! bounds.base_url = Some(server.parse()?);
//! let client = Client::new(&bounds)?;
//! let mut config = Config::default();
//! config.concurrency = 10;
//! let identity = Identity::new("events.ndjson", "acme", "1.0");
//! let driver = Driver::builder(mapper, client)
//!     .config(config)
//!     .checkpoint(LogCheckpoint::resume(&path, identity)?)
//!     .build();
//!
//! let lines = [r#"{"type":"identify","userId":"u1","traits":{"email":"ada@example.com"}}"#, "{}"];
//! let events = lines.into_iter().enumerate().map(|(line, json)| Incoming::new(json, line + 1));
//! let mut delivery = driver.deliver(stream::iter(events));
//! let mut letters = Vec::new();
//! while let Some(finished) = delivery.next().await {
//!     match &finished.outcome {
//!         Outcome::Rejected(error) => letters.push(format!("line {}: {error}", finished.tag)),
//!         Outcome::Failed(error) => letters.push(format!("line {}: {error}", finished.tag)),
//!         Outcome::Delivered(_) | Outcome::Skipped(_) | Outcome::Unfinished(_) => {}
//!     }
//!     finished.acknowledge();
//! }
//! assert_eq!(delivery.metrics().snapshot().delivered, 1);
//! assert_eq!(delivery.end().await?.ending, Ending::Complete);
//! assert_eq!(letters, ["line 2: message Type is not present"]);
//! # Ok(())
//! # }
//! ```

mod batch;
mod batches;
pub mod checkpoint;
mod circuit;
mod client;
mod config;
mod delivery;
mod exchange;
mod kept;
mod latency;
mod metrics;
mod notice;
mod order;
mod outcome;
mod rate;
mod renew;
mod retry;
mod send_error;
mod server_time;
mod shared;
mod stop;
mod tls;
mod unpack;
mod waits;
mod work;
mod worker;

pub use client::{Client, ClientConfig, ClientError, ExchangeError};
pub use config::{CircuitConfig, Config, LimitNames, Quota, Retry};
pub use delivery::{Delivery, DeliveryError, DeliveryReport, Driver, DriverBuilder, Ending};
pub use latency::Quantiles;
pub use metrics::{Metrics, Snapshot};
pub use outcome::{
    Delivered, DeliveryFailure, FailedAttempt, FailureClass, Finished, FinishedAs, Incoming, Outcome,
    Unfinished,
};
pub use renew::Renewing;
pub use stop::Stopper;
pub use tls::{Authorities, ClientIdentity, PemError};
pub use waits::Waiting;
