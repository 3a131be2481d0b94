//! A double of any destination's API on a loopback socket, made from its mappings and schemas.
//!
//! It checks the method, the path, the query, the headers, the authorization and the body of every request, answers as a script says or with
//! what the mapping wants to read, and keeps what arrived.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use mapwright::Spec;
//! use mapwright_sandbox::{Answers, Sandbox};
//!
//! let plans = Spec::load(&mapwright_builtin::sources()).check()?.compile();
//! let settings = serde_json::json!({ "apiKey": "key" });
//! let plan = plans.plan("intercom", Some("2.10"), &settings)?;
//! let answers = Answers::parse("track_event: [{ status: 503 }, { status: 202 }]")?;
//!
//! let sandbox = Sandbox::builder(&plans, plan).settings(settings).answers(answers).no_rate_limit().start().await?;
//! // ... deliver to sandbox.base_url() ...
//! assert_eq!(sandbox.stats().counts.total, 0);
//! assert!(sandbox.requests().is_empty() && !sandbox.endpoints().is_empty());
//! sandbox.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! A request passes `double` (which puts the others together), `contract` (what an operation wants of a request), `limits` (rate groups) and
//! `answers` or `made_up` (what it is answered).

mod answers;
mod body;
mod builder;
mod contract;
mod double;
mod exchange;
mod items;
mod limits;
mod made_up;
mod model;
mod pattern;
mod refusal;
mod route;
mod settings;
mod ticket;
mod xml;

pub use answers::{Answers, AnswersError};
pub use builder::{Builder, Sandbox, SandboxError};
pub use double::Stats;
pub use exchange::Exchange;
pub use mapwright_loopback::{Chaos, Class, Clock, Fault, Options, Request, ServerArgs, StartError};
