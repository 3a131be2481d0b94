//! The repository that the current folder is in: what reads reports about it looks for files in its root.

use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::folder::slashes;

/// The repository, and where in it the current folder is.
#[derive(Debug)]
pub(crate) struct Repository {
    /// Its root and the current folder, if there is one.
    place: Option<(PathBuf, PathBuf)>,
}

impl Repository {
    /// Finds the root: the nearest folder with `.git`.
    pub(crate) fn here() -> Self {
        let here = env::current_dir().and_then(fs::canonicalize).ok();
        let root =
            |here: &Path| here.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned);
        Self { place: here.and_then(|here| Some((root(&here)?, here))) }
    }

    /// Returns a path from the root. One that is elsewhere stays as it is.
    pub(crate) fn path(&self, path: &str) -> String {
        let Some((root, here)) = &self.place else { return path.to_owned() };
        let mut full = PathBuf::new();
        for step in here.join(path).components() {
            match step {
                Component::ParentDir => drop(full.pop()),
                Component::CurDir => {}
                step => full.push(step),
            }
        }
        full.strip_prefix(root).map_or_else(|_| path.to_owned(), slashes)
    }
}
