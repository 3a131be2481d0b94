//! A file that is written whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::CommandError;
use crate::output;

/// The most attempts to find a name that is not in use.
const NAMES: usize = 16;

/// A file that is to be written at the end of a command.
#[derive(Debug)]
pub(crate) struct WholeFile {
    /// The path, as in errors.
    name: String,
    target: WriteTarget,
}

#[derive(Debug)]
enum WriteTarget {
    /// A file, which a new one replaces; without the links that lead to it.
    File { path: PathBuf, permissions: Option<Permissions> },
    /// A device or a pipe.
    Stream(File),
}

impl WholeFile {
    /// Checks that the file can be written, and leaves everything as it is.
    pub(crate) fn new(path: &Path) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        match target_of(path) {
            Ok(target) => Ok(Self { name, target }),
            Err(error) => Err(CommandError::Output { name, error }),
        }
    }

    /// Writes the file.
    pub(crate) fn write(self, text: &[u8]) -> Result<(), CommandError> {
        let written = match self.target {
            WriteTarget::Stream(mut stream) => stream.write_all(text).and_then(|()| stream.flush()),
            WriteTarget::File { path, permissions } => replace(&path, permissions, text),
        };
        written.map_err(|error| CommandError::Output { name: self.name, error })
    }
}

fn target_of(path: &Path) -> io::Result<WriteTarget> {
    let found = match fs::metadata(path) {
        Ok(found) => Some(found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let path = match &found {
        Some(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Some(found) if !found.is_file() => {
            return Ok(WriteTarget::Stream(fs::OpenOptions::new().append(true).open(path)?));
        }
        // its owner does not want it to be replaced
        Some(found) if found.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
        Some(_) => fs::canonicalize(path)?,
        // the new file would take the place of the link
        None if fs::symlink_metadata(path).is_ok() => {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the link leads to no file"));
        }
        None => path.to_owned(),
    };
    let (beside, _) = beside(&path)?;
    fs::remove_file(beside)?;
    Ok(WriteTarget::File { path, permissions: found.map(|found| found.permissions()) })
}

fn replace(path: &Path, permissions: Option<Permissions>, text: &[u8]) -> io::Result<()> {
    let (beside, mut file) = beside(path)?;
    let permitted = permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions));
    let written = permitted.and_then(|()| file.write_all(text)).and_then(|()| file.sync_all());
    let written = written.and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // it is incomplete
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Creates a file beside this one, under a name that nothing has.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut tries = 0;
    loop {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}-{tries}.tmp", std::process::id()));
        let beside = path.with_file_name(name);
        match output::private().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < NAMES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}
