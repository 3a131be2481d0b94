//! The shipped mappings and schemas, as files in memory.

use mapwright::Sources;

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Returns all shipped files: `mappings/…` and `schemas/…`.
///
/// ```
/// let sources = mapwright_builtin::sources();
/// assert!(sources.iter().any(|(path, _)| path.ends_with("/destination.yaml")));
/// ```
pub fn sources() -> Sources {
    FILES.iter().copied().collect()
}
