//! The fuzz targets as plain functions: they take any bytes, and panic if an invariant is broken.
//!
//! `tests/fuzz` runs them under libFuzzer; `tests/short.rs` runs them over the seeds and some thousand mutations of those.
//! See `docs/fuzzing.md`.

mod event;
mod json;
mod mapping_yaml;
mod mutate;
mod outcome;
mod paths;
mod plans;
mod request;
mod responses;
mod settings;
mod templates;

pub use event::event;
pub use mapping_yaml::mapping_yaml;
pub use mutate::Mutator;
pub use paths::paths;
pub use responses::responses;
pub use settings::settings;
pub use templates::templates;

/// A target.
pub type Target = fn(&[u8]);

/// All targets, by the names of their seed folders and libFuzzer binaries.
pub const TARGETS: [(&str, Target); 6] = [
    ("event", event),
    ("mapping_yaml", mapping_yaml),
    ("paths", paths),
    ("responses", responses),
    ("settings", settings),
    ("templates", templates),
];
