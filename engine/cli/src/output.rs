//! Files that commands write.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;

use crate::error::CommandError;

/// Returns an error if a file is also an input.
pub(crate) fn is_no_input(path: &Path, inputs: &[OsString]) -> Result<(), CommandError> {
    let known = |path: &Path| fs::canonicalize(path).ok().filter(|path| path.is_file());
    let Some(target) = known(path) else { return Ok(()) };
    match inputs.iter().any(|file| known(file.as_ref()).as_ref() == Some(&target)) {
        true => Err(CommandError::OutputIsInput { path: path.to_owned() }),
        false => Ok(()),
    }
}

/// Creates an empty file.
pub(crate) fn create(path: &Path) -> Result<File, CommandError> {
    File::create(path).map_err(|error| CommandError::Output { name: path.display().to_string(), error })
}
