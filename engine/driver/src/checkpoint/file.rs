//! The file of a log: it is opened only if it is a file, and written only as a whole.

use std::ffi::OsString;
use std::fs::{self, File, FileType, Metadata, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::CheckpointError;

/// The most attempts to find a name that is not in use.
const NAMES: usize = 16;

/// Opens the file, and locks it; `None` if there is none.
pub(super) fn open(path: &Path) -> Result<Option<File>, CheckpointError> {
    if kind(path)?.is_none() {
        return Ok(None);
    }
    let file = options().open(path).map_err(|error| failed(path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(CheckpointError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(path, error)),
    }
}

/// Opens the file for reading only, whether it is in use or not.
pub(super) fn read(path: &Path) -> Result<File, CheckpointError> {
    kind(path)?;
    File::open(path).map_err(|error| failed(path, error))
}

/// Creates the file with this content, and locks it. It is there as a whole or not at all.
pub(super) fn create(path: &Path, text: &str) -> Result<File, CheckpointError> {
    let exists = || CheckpointError::Exists { path: path.to_owned() };
    if kind(path)?.is_some() {
        return Err(exists());
    }
    let (beside, file) = write_beside(path, text).map_err(|error| failed(path, error))?;
    let linked = fs::hard_link(&beside, path);
    // what is left is a file without effect
    let _ = fs::remove_file(&beside);
    match linked {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists()),
        // a file system without hard links
        Err(_) => return create_in_place(path, text),
    }
    sync_folder(path).map_err(|error| failed(path, error))?;
    Ok(file)
}

fn create_in_place(path: &Path, text: &str) -> Result<File, CheckpointError> {
    let mut file = match options().create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CheckpointError::Exists { path: path.to_owned() });
        }
        Err(error) => return Err(failed(path, error)),
    };
    let written = file.lock().and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
    written.and_then(|()| sync_folder(path)).map_err(|error| failed(path, error))?;
    Ok(file)
}

/// Replaces the file `old`, which was opened from this path, and locks the new one.
pub(super) fn replace(path: &Path, old: &File, text: &str) -> Result<File, CheckpointError> {
    match kind(path)? {
        Some(found) if !is_same(old, &found).map_err(|error| failed(path, error))? => {
            return Err(CheckpointError::Replaced { path: path.to_owned() });
        }
        _ => {}
    }
    let (beside, file) = write_beside(path, text).map_err(|error| failed(path, error))?;
    if let Err(error) = fs::rename(&beside, path).and_then(|()| sync_folder(path)) {
        let _ = fs::remove_file(&beside);
        return Err(failed(path, error));
    }
    Ok(file)
}

/// Writes a new file beside this one, under a name that nothing has.
fn write_beside(path: &Path, text: &str) -> io::Result<(PathBuf, File)> {
    let mut tries = 0;
    let (beside, mut file) = loop {
        let mut name = OsString::from(path);
        name.push(format!(".{:08x}.new", fastrand::u32(..)));
        let beside = PathBuf::from(name);
        match options().create_new(true).open(&beside) {
            Ok(file) => break (beside, file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < NAMES => tries += 1,
            Err(error) => return Err(error),
        }
    };
    // locked before it is found under the name of the log
    let written = file.lock().and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    Ok((beside, file))
}

/// Returns what is at the path, if it is a file.
fn kind(path: &Path) -> Result<Option<Metadata>, CheckpointError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, error)),
    };
    match found.is_file() {
        true => Ok(Some(found)),
        false => Err(CheckpointError::NotAFile { path: path.to_owned(), found: named(found.file_type()) }),
    }
}

fn named(kind: FileType) -> &'static str {
    match kind {
        kind if kind.is_symlink() => "a link",
        kind if kind.is_dir() => "a folder",
        _ => "a device or a pipe",
    }
}

#[cfg(unix)]
fn is_same(file: &File, found: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let file = file.metadata()?;
    Ok((file.dev(), file.ino()) == (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn is_same(_: &File, _: &Metadata) -> io::Result<bool> {
    Ok(true)
}

/// Makes a new name in the folder survive a power failure.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match cfg!(unix) {
        true => File::open(folder.unwrap_or(Path::new(".")))?.sync_all(),
        false => Ok(()),
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn failed(path: &Path, error: io::Error) -> CheckpointError {
    CheckpointError::Io { path: path.to_owned(), error }
}
