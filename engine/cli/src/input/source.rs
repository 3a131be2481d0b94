//! Where events are read from.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of standard input in events and errors.
pub const STDIN: &str = "<stdin>";

/// A source of events. It is opened when reading reaches it.
pub struct Source {
    name: Arc<str>,
    kind: Kind,
}

enum Kind {
    Stdin,
    File(PathBuf),
    Reader(Box<dyn Read + Send>),
}

impl Source {
    /// Returns standard input.
    #[must_use]
    pub fn stdin() -> Self {
        Self { name: Arc::from(STDIN), kind: Kind::Stdin }
    }

    /// Returns a file, which has this name in events and errors.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { name: path.to_string_lossy().into(), kind: Kind::File(path) }
    }

    /// Returns the source of a command-line argument: `-` is standard input, anything else is a file.
    #[must_use]
    pub fn argument(argument: &OsStr) -> Self {
        if argument == "-" { Self::stdin() } else { Self::file(argument) }
    }

    /// Returns the sources of a command's arguments: standard input if there are none.
    #[must_use]
    pub fn arguments(arguments: &[OsString]) -> Vec<Self> {
        match arguments {
            [] => vec![Self::stdin()],
            arguments => arguments.iter().map(|argument| Self::argument(argument)).collect(),
        }
    }

    /// Returns a source that reads from any reader, with a custom name.
    #[must_use]
    pub fn reader(name: &str, reader: impl Read + Send + 'static) -> Self {
        Self { name: Arc::from(name), kind: Kind::Reader(Box::new(reader)) }
    }

    /// Returns the name in events and errors.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the (compressed) size in bytes of a regular file, and `None` for other sources.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match &self.kind {
            Kind::File(path) => path.metadata().ok().filter(std::fs::Metadata::is_file).map(|it| it.len()),
            Kind::Stdin | Kind::Reader(_) => None,
        }
    }

    pub(super) fn open(self) -> (Arc<str>, io::Result<Box<dyn Read + Send>>) {
        let reader = match self.kind {
            Kind::Stdin => Ok(Box::new(Whole { file: io::stdin(), length: left_of_stdin(), read: 0 }) as _),
            // some systems open a folder and fail on the first read
            Kind::File(path) if path.is_dir() => {
                Err(io::Error::new(io::ErrorKind::IsADirectory, "expected a file, found a folder"))
            }
            Kind::File(path) => Whole::open(&path).map(|file| Box::new(file) as Box<dyn Read + Send>),
            Kind::Reader(reader) => Ok(reader),
        };
        (self.name, reader)
    }
}

/// A file that must not become shorter while it is read.
struct Whole<F> {
    file: F,
    /// The length when it was opened; 0 for what has none, such as a pipe.
    length: u64,
    read: u64,
}

impl Whole<File> {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length, read: 0 })
    }
}

impl<F: Read> Read for Whole<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read += count as u64;
        if count == 0 && !buffer.is_empty() && self.read < self.length {
            return Err(io::Error::other(format!(
                "the file became shorter while it was read: it had {} bytes, and {} were read",
                self.length, self.read
            )));
        }
        Ok(count)
    }
}

/// Returns the number of bytes that are left of standard input, if it is a file.
#[cfg(unix)]
fn left_of_stdin() -> u64 {
    use std::io::Seek as _;
    use std::os::fd::AsFd as _;
    let Ok(mut file) = io::stdin().as_fd().try_clone_to_owned().map(File::from) else { return 0 };
    let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map_or(0, |found| found.len());
    length.saturating_sub(file.stream_position().unwrap_or(length))
}

#[cfg(not(unix))]
fn left_of_stdin() -> u64 {
    0
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}
