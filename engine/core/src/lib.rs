//! Turns customer-data events into API calls, from YAML alone.

mod admission;
mod check;
mod compile;
pub mod convert;
mod finding;
mod limits;
mod load;
mod lookup;
mod mapper;
mod plan;
mod run;
mod settings;
mod show;
mod source;
mod spec;
mod testing;
mod value;
mod warning;

pub use admission::Skip;
pub use check::rules::all as rules;
pub use check::{Checked, Spec, Valid, WithFindings};
pub use compile::{Plan, Plans};
pub use finding::{Finding, Rule, Severity, suggest};
pub use limits::Limits;
pub use lookup::NotFound;
pub use mapper::{Event, FaultOf, Mapper, Outcome, Rejection, Scratch};
pub use run::explain::{Became, Explanation, FieldTrace, StepTrace, StepVerdict, TraceEvent};
pub use run::request::{Body, Request};
pub use run::response::Response;
pub use run::{Ended, Failure, Progress, Run};
pub use settings::{REDACTED, Setting, SettingProblem, SettingsError};
pub use source::{Place, Sources};
pub use spec::language_schemas;
pub use testing::TestRun;
pub use warning::Warning;
