//! Where mappings come from: the embedding program reads the files of a folder.

use std::path::{Path, PathBuf};

use mapwright::Sources;

/// The folder of mappings that a file belongs to, with all its files.
#[derive(Debug)]
pub struct Folder {
    /// The folder of mappings.
    pub root: PathBuf,
    /// All its files, each shown by its whole path.
    pub sources: Sources,
}

/// Finds and reads folders of mappings.
pub trait Folders {
    /// The folder that a file belongs to, or none if it belongs to none. The file need not exist.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn folder(&self, file: &Path) -> Result<Option<Folder>, String>;

    /// The path among the sources that a file of the folder has, or would have.
    fn key(&self, root: &Path, file: &Path) -> Option<String>;
}
