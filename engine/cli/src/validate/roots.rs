//! The mapping folders that paths belong to.

use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::error::CommandError;
use crate::folder;

/// A mapping folder to check.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) path: PathBuf,
    /// Whether findings show absolute paths.
    absolute: bool,
}

impl Root {
    /// Returns a path as findings show it: relative to the current folder, unless an absolute path was passed.
    pub(super) fn show(&self, path: &Path) -> String {
        let here = env::current_dir().and_then(fs::canonicalize).ok().filter(|_| !self.absolute);
        let Some(here) = here else { return folder::slashes(path) };
        let common = path.components().zip(here.components()).take_while(|(a, b)| a == b).count();
        let up = here.components().skip(common).map(|_| Component::ParentDir);
        folder::slashes(&up.chain(path.components().skip(common)).collect::<PathBuf>())
    }
}

/// Returns the mapping folders that the paths belong to, without duplicates.
pub(super) fn roots(paths: &[PathBuf]) -> Result<Vec<Root>, CommandError> {
    let mut roots: Vec<Root> = Vec::new();
    for path in paths {
        let no_path = |error| CommandError::NoPath { path: path.clone(), error };
        let real = fs::canonicalize(path).map_err(no_path)?;
        let root = folder::root_of(&real).ok_or_else(|| CommandError::NoRoot { path: path.clone() })?;
        if !roots.iter().any(|known| known.path == root) {
            roots.push(Root { path: root, absolute: path.is_absolute() });
        }
    }
    Ok(roots)
}
