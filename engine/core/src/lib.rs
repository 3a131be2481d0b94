//! Turns customer-data events into API calls, from YAML alone.
//!
//! Files are loaded as a [`Spec`], a checked spec is [`Valid`], a valid spec compiles to [`Plans`], a [`Plan`] with settings is a
//! [`Mapper`], and a mapper turns an event into a [`Run`]. Only checking creates a valid spec, and only a plan maps events, so mapping an event
//! cannot fail because of an error in a mapping. The engine does no I/O, and reads neither a clock nor random numbers.
//!
//! ```
//! use mapwright::{Outcome, Scratch, Sources, Spec};
//!
//! let files: Sources = [
//!     ("mappings/acme/destination.yaml", "
//! title: Acme
//! names: [Acme]
//! versions: { default: '1.0' }
//! settings: { apiKey: { type: string, secret: true, required: true } }
//! hosts: [api.acme.example.com]"),
//!     ("mappings/acme/1.0/version.yaml", "
//! version: '1.0'
//! server: { value: https://api.acme.example.com }
//! headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
//! operations: { save: { method: PUT, path: '/people/{id}' } }"),
//!     ("mappings/acme/1.0/identify.yaml", "
//! message: identify
//! payload: { person: { email: [traits.email, context.traits.email] } }
//! steps: { save: { operation: save, params: { id: userId }, body: person } }"),
//! ].into_iter().collect();
//!
//! let plans = Spec::load(&files).check()?.compile();
//! let settings = serde_json::json!({ "apiKey": "secret" });
//! let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
//!
//! let mut scratch = Scratch::new();
//! let event = r#"{"type": "identify", "userId": "u1", "traits": {"email": "ada@example.com"}}"#;
//! let Outcome::Mapped(mut run) = mapper.map(event, 1_714_564_800_000, &mut scratch) else { panic!() };
//! let request = run.request()?.expect("one request");
//! assert_eq!((request.method, request.url.as_ref()), ("PUT", "https://api.acme.example.com/people/u1"));
//! assert_eq!(request.body.as_ref().unwrap().bytes(), br#"{"email":"ada@example.com"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Plans`], [`Plan`] and [`Mapper`] are `Send + Sync` and cheap to clone. Use one [`Scratch`] per thread. See `docs/embedding.md` for driving runs
//! over HTTP and for reloading mappings.

#![allow(missing_docs, unreachable_pub, reason = "the modules are about to be crates of their own")]

mod admission;
mod check;
mod compile;
pub mod convert;
mod declared;
mod finding;
mod limits;
mod load;
mod lookup;
mod mapper;
mod order;
mod plan;
mod run;
mod settings;
mod show;
mod source;
mod spec;
mod testing;
mod tree;
mod value;
mod warning;

pub use admission::Skip;
pub use check::rules::all as rules;
pub use check::{Checked, Spec, Valid, WithFindings};
pub use compile::{Plan, Plans};
pub use declared::Declared;
pub use finding::{Finding, Rule, Severity, suggest};
pub use limits::Limits;
pub use lookup::NotFound;
pub use mapper::{Event, FaultOf, Mapper, Outcome, Rejection, Scratch};
pub use order::OrderKey;
pub use plan::{Rate, RateHeaders};
pub use run::explain::{Became, Explanation, FieldTrace, StepTrace, StepVerdict, TraceEvent};
pub use run::request::{Body, Request};
pub use run::response::Response;
pub use run::{ApiError, Ended, Failure, Progress, Run};
pub use settings::{REDACTED, Setting, SettingProblem, SettingsError};
pub use source::{Place, Sources};
pub use spec::language_schemas;
pub use testing::TestRun;
pub use warning::Warning;
