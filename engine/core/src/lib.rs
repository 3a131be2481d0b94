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
//!
//! // an API may repeat the secrets that it was sent
//! assert_eq!(mapper.redactor().redact("no app for `secret`"), "no app for `[redacted]`");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Plans`], [`Plan`] and [`Mapper`] are `Send + Sync` and cheap to clone. Use one [`Scratch`] per thread. See `docs/embedding.md` for driving runs
//! over HTTP and for reloading mappings.

pub use mapwright_check::{Checked, Plans, Spec, Valid, WithFindings};
pub use mapwright_convert::Warning;
pub use mapwright_findings::rules::all as rules;
pub use mapwright_findings::{Finding, Place, Rule, Severity, Sources, suggest};
pub use mapwright_language::{NotFound, language_schemas};
pub use mapwright_plan::admission::Skip;
pub use mapwright_plan::declared::Declared;
pub use mapwright_plan::eval::listener::{StepTrace, StepVerdict};
pub use mapwright_plan::headers::Headers;
pub use mapwright_plan::limits::Limits;
pub use mapwright_plan::mapper::{Event, Mapper, Outcome, Plan, Scratch};
pub use mapwright_plan::order::OrderKey;
pub use mapwright_plan::owned::{OwnedOutcome, OwnedRun};
pub use mapwright_plan::plan::{Rate, RateHeaders};
pub use mapwright_plan::redact::{REDACTED, Redactor};
pub use mapwright_plan::rejection::{FaultOf, Rejection};
pub use mapwright_plan::request::{Body, Request};
pub use mapwright_plan::response::Response;
pub use mapwright_plan::run::explain::{Became, Explanation, FieldTrace, TraceEvent};
pub use mapwright_plan::run::{ApiError, Ended, Failure, Progress, Run};
pub use mapwright_plan::settings::{Setting, SettingProblem, SettingsError};

/// Conversions: the table that mappings choose from.
pub mod convert {
    pub use mapwright_convert::{
        Definition, Example, ExampleResult, Group, Param, ParamType, Type, definitions, reference,
    };
}

/// The tests beside the mappings, and bodies against their schemas; with the feature `testing`.
#[cfg(feature = "testing")]
pub use mapwright_testing::{Schemas, TestRun};
