//! What commands write: files, and standard output.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::CommandError;
use crate::exit::DONE;

/// Returns an error if a file is also an input.
pub(crate) fn is_no_input(path: &Path, inputs: &[OsString]) -> Result<(), CommandError> {
    let known = |path: &Path| fs::canonicalize(path).ok().filter(|path| path.is_file());
    let Some(target) = known(path) else { return Ok(()) };
    match inputs.iter().any(|file| known(file.as_ref()).as_ref() == Some(&target)) {
        true => Err(CommandError::OutputIsInput { path: path.to_owned() }),
        false => Ok(()),
    }
}

/// Returns the file that an output names; `-` is standard output, as no name is.
pub(crate) fn named(path: &Option<PathBuf>) -> Option<&Path> {
    path.as_deref().filter(|path| *path != Path::new("-"))
}

/// Creates an empty file.
pub(crate) fn create(path: &Path) -> Result<File, CommandError> {
    File::create(path).map_err(|error| CommandError::Output { name: path.display().to_string(), error })
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
