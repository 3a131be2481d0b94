//! The texts of files, which are read again only if they change.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use mapwright::FileText;

use crate::folder::{self, FolderError};

/// What changes with the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(Option<SystemTime>, u64);

impl Stamp {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self(found.modified().ok(), found.len()))
    }
}

/// The files that were read.
#[derive(Debug, Default)]
pub(super) struct FileCache(RefCell<HashMap<PathBuf, (Stamp, FileText)>>);

impl FileCache {
    /// Reads a file, unless it is as it was.
    pub(super) fn read(&self, path: &Path) -> Result<FileText, FolderError> {
        // what changes while it is read has another stamp afterwards
        let Ok(stamp) = Stamp::of(path) else { return folder::text_of(path) };
        let same = |known: &(Stamp, FileText)| (known.0 == stamp).then(|| known.1.clone());
        if let Some(text) = self.0.borrow().get(path).and_then(same) {
            return Ok(text);
        }
        let text = folder::text_of(path)?;
        self.0.borrow_mut().insert(path.to_owned(), (stamp, text.clone()));
        Ok(text)
    }

    /// Lets a file be read again, whatever its stamp says: clocks of file systems are coarse.
    pub(super) fn forget(&self, path: &Path) {
        self.0.borrow_mut().remove(path);
    }
}
