//! What runs: plans, and one event on its way through a plan.
//!
//! No YAML and no JSON Schema in it: a checked mapping comes in as [`version::VersionPlan`], an event becomes a [`Run`], and a run gives requests.

pub mod admission;
pub mod answer;
mod authorized;
pub mod batch;
mod bind;
mod bound;
pub mod declared;
pub mod encoding;
pub mod endpoint;
pub mod eval;
pub mod event_source;
pub mod headers;
pub mod item;
mod judge;
pub mod lanes;
pub mod limits;
pub mod mapper;
pub mod order;
pub mod owned;
pub mod plan;
pub mod points;
pub mod problem;
pub mod redact;
pub mod rehearsal;
pub mod rejection;
mod renewed;
pub mod request;
pub mod response;
pub mod run;
pub mod sdk;
pub mod server;
pub mod settings;
pub mod signing;
pub mod tally;
pub mod turns;
pub mod version;
pub mod written;

pub use run::Run;
