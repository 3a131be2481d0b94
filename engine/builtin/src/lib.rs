//! The mappings that ship with Mapwright, as files in memory.

use mapwright::Sources;

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// All shipped files: `mappings/…` and `schemas/…`.
///
/// ```
/// let sources = mapwright_builtin::sources();
/// assert!(sources.iter().any(|(path, _)| path.ends_with("/destination.yaml")));
/// ```
pub fn sources() -> Sources {
    FILES.iter().copied().collect()
}
