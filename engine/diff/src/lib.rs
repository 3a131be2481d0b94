//! What changes from one version of a destination to another, or to the same one after an edit: over what the versions do, and not over their text.
//!
//! Both sides are [descriptions](mapwright_describe::Description). Each change has a kind, the data of what has changed, the places of both
//! sides, and a [level](Level) by the [rule](KINDS) of its kind.
//!
//! ```
//! use mapwright_diff::{ChangeKind, Level, diff};
//!
//! let files = |row: &str| -> mapwright_findings::Sources {
//!     let mapping = format!("message: identify\npayload: {{ person: {{ {row} }} }}\nsteps: {{ save: {{ operation: save, body: person }} }}");
//!     [
//!         ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }".to_owned()),
//!         ("mappings/acme/1/version.yaml", "
//! version: '1'
//! server: { value: https://api.acme.example.com }
//! operations: { save: { method: PUT, path: /people } }".to_owned()),
//!         ("mappings/acme/1/identify.yaml", mapping),
//!     ].into_iter().collect()
//! };
//! let described = |row: &str| {
//!     let valid = mapwright_check::Spec::load(&files(row)).check().expect("valid mappings");
//!     mapwright_describe::describe(&valid, "acme", "1").expect("the version")
//! };
//! let found = diff(&described("id: userId"), &described("external_id: userId"));
//! let [change] = found.changes.as_slice() else { panic!() };
//! assert_eq!(change.what, ChangeKind::FieldRenamed { old: "person.id".into(), new: "person.external_id".into() });
//! assert_eq!((change.level, change.what.rule().kind), (Level::Breaking, "field_renamed"));
//! assert_eq!(change.what.sentence(), "`person.id` is now `person.external_id`");
//! ```

mod answers;
mod change;
mod doubles;
mod events;
mod kinds;
mod level;
mod message;
mod pair;
mod render;
mod report;
mod rows;
mod schema;
mod sentence;
mod shortened;
mod stated;
mod table;
mod version;

pub use change::{Change, Diff, Side};
pub use doubles::{DoublesReport, PlaceCount, RequestCount, ResourceCount, State};
pub use events::{
    AttributeCount, AttributeRenamed, CallCount, Calls, Difference, EventsReport, Example, FieldCount,
    Identity, OutcomeCount, Together,
};
pub use kinds::{ChangeKind, KINDS};
pub use level::{KindRule, Level};
pub use pair::{Body, Pairs, RowAt, Same, bodies, pairs};
pub use render::text;
pub use report::{DiffReport, diff_schema};
pub use shortened::shortened;
pub use version::diff;
