//! A version of a destination as plain data, for documents and comparisons: what it does with events, and where its files say so.
//!
//! Nothing is parsed again: a description is made from a [valid spec](mapwright_check::Valid), with what every version inherits. Named values
//! are expanded, so that a row states all that its value is made of.
//!
//! ```
//! let files: mapwright_findings::Sources = [
//!     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
//!     ("mappings/acme/1/version.yaml", "
//! version: '1'
//! server: { value: https://api.acme.example.com }
//! values: { email: [traits.email, context.traits.email] }
//! operations: { save: { method: PUT, path: /people } }"),
//!     ("mappings/acme/1/identify.yaml", "
//! message: identify
//! payload: { person: { mail: { from: $email, as: lowercase, on_error: omit } } }
//! steps: { save: { operation: save, body: person } }"),
//! ].into_iter().collect();
//! let valid = mapwright_check::Spec::load(&files).check()?;
//! let description = mapwright_describe::describe(&valid, "acme", "1").expect("the version");
//! let row = &description.messages[0].parts[0].rows[0];
//! let sources: Vec<&str> = row.sources.iter().map(|source| source.text.as_str()).collect();
//! assert_eq!((row.target.as_str(), sources), ("mail", vec!["traits.email", "context.traits.email"]));
//! assert_eq!((row.conversions[0].text().as_str(), row.place.line), ("lowercase", 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod body_field;
mod data;
mod message;
mod place;
mod reader;
mod rows;
mod statement;
mod version;

pub use body_field::{BodyField, SchemaOf};
pub use data::{
    Absence, Choice, Conversion, Description, EventSource, FailedItems, Invalid, Message, Missing, Naming,
    Operation, Part, Placed, Rate, Requirement, Response, Row, Setting, Skip, Source, SourceKind, Step,
    Table, Unsupported, Warning,
};

pub use place::{Place, Statement};
pub use reader::all_of;

use mapwright_analyze::TrackingPlans;
use mapwright_analyze::view::VersionView;
use mapwright_check::{Checked, Valid};

/// Describes a version by its destination and its number. Nothing, if there is no such version without errors.
pub fn describe(valid: &Valid<Checked>, destination: &str, version: &str) -> Option<Description> {
    let is_it =
        |(of, at): &(&mapwright_language::catalog::Destination, &mapwright_language::catalog::Version)| {
            of.name == destination && at.number.0 == version
        };
    let (destination, version) = valid.versions().find(is_it)?;
    let plans = TrackingPlans::default();
    let view = VersionView::new(destination, version, &plans);
    Some(version::version(&view, &valid.catalog().texts))
}

/// Describes every version of a destination without errors, in their order.
pub fn describe_all(valid: &Valid<Checked>, destination: &str) -> Vec<Description> {
    let plans = TrackingPlans::default();
    let of_it = valid.versions().filter(|(of, _)| of.name == destination);
    of_it
        .map(|(destination, version)| {
            version::version(&VersionView::new(destination, version, &plans), &valid.catalog().texts)
        })
        .collect()
}
