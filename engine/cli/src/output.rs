//! What commands write: files, and standard output.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::CommandError;
use crate::exit::DONE;

/// Returns options for files that only their owner can read: they contain values of events.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Returns the file that an output names; `-` is standard output, as no name is.
pub(crate) fn named(path: &Option<PathBuf>) -> Option<&Path> {
    path.as_deref().filter(|path| *path != Path::new("-"))
}

/// Creates an empty file, or empties it.
pub(crate) fn create(path: &Path) -> Result<File, CommandError> {
    let file = private().write(true).create(true).truncate(true).open(path);
    file.map_err(|error| CommandError::Output { name: path.display().to_string(), error })
}

/// Writes the output of a command to standard output. A closed output, as with `| head`, is not an error.
pub(crate) fn print(mut stdout: impl Write, text: &[u8]) -> Result<u8, CommandError> {
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::Output { name: "standard output".to_owned(), error })
        }
        _ => Ok(DONE),
    }
}
