//! The files of a command: an output must be neither an input nor another output, under whatever name.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::args::{TargetArgs, WireArgs};
use crate::error::CommandError;
use crate::{folder, settings};

/// The most links that lead from one to the next.
const LINKS: usize = 32;

/// The files that a command is about to read and to write. Nothing is opened.
#[derive(Debug, Default)]
pub(crate) struct Files {
    read: Vec<UsedFile>,
    written: Vec<UsedFile>,
}

/// A file and its use.
#[derive(Debug)]
struct UsedFile {
    /// Its use, as in errors.
    what: String,
    identity: FileIdentity,
}

/// What makes two names those of one file.
#[derive(Debug, PartialEq, Eq)]
enum FileIdentity {
    /// A file that exists: its device and its number.
    #[cfg(unix)]
    Inode(u64, u64),
    /// A file that does not exist yet, or on systems without such numbers: its path without links.
    Path(PathBuf),
}

const STDIN: &str = "standard input";
const STDOUT: &str = "standard output";
const STDERR: &str = "standard error";

impl Files {
    /// Adds files of events; `-` or none is standard input.
    pub(crate) fn events(mut self, files: &[OsString]) -> Self {
        if files.is_empty() {
            return self.stdin();
        }
        for file in files {
            self = self.input("input", Path::new(file));
        }
        self
    }

    /// Adds an input; `-` is standard input.
    pub(crate) fn input(mut self, what: &str, path: &Path) -> Self {
        if path == Path::new("-") {
            return self.stdin();
        }
        self.read.extend(used(format!("the {what} `{}`", path.display()), path));
        self
    }

    fn stdin(mut self) -> Self {
        self.read.extend(open(STDIN, &io::stdin()));
        self
    }

    /// Adds the settings and the mappings of a target.
    pub(crate) fn target(mut self, args: &TargetArgs) -> Result<Self, CommandError> {
        for path in settings::files(&args.aim.given) {
            self = self.input("settings", &path);
        }
        for folder in &args.mappings.mappings {
            for path in folder::files(folder)? {
                self = self.input("mapping", &path);
            }
        }
        Ok(self)
    }

    /// Adds the certificates and the key of a connection.
    pub(crate) fn wire(mut self, args: &WireArgs) -> Self {
        let files =
            [("authorities", &args.ca), ("certificate", &args.client_cert), ("key", &args.client_key)];
        for (what, path) in files {
            self = path.iter().fold(self, |files, path| files.input(what, path));
        }
        self
    }

    /// Adds the file of an option that is written, if it is given.
    pub(crate) fn output(mut self, option: &str, path: Option<&Path>) -> Self {
        let path = path.into_iter().flat_map(|path| used(format!("`{option} {}`", path.display()), path));
        self.written.extend(path);
        self
    }

    /// Adds standard output, if it is written.
    pub(crate) fn stdout(mut self, is_written: bool) -> Self {
        self.written.extend(is_written.then(|| open(STDOUT, &io::stdout())).flatten());
        self
    }

    /// Returns an error if an output is also another file of the command. Messages on standard error are an output too.
    pub(crate) fn check(mut self) -> Result<(), CommandError> {
        self.written.extend(open(STDERR, &io::stderr()));
        for (at, output) in self.written.iter().enumerate() {
            let others = self.read.iter().chain(self.written.iter().take(at));
            let same = others.filter(|other| other.identity == output.identity);
            // one log of both is what shells make of `> log 2>&1`
            let mut same =
                same.filter(|other| (output.what.as_str(), other.what.as_str()) != (STDERR, STDOUT));
            if let Some(other) = same.next() {
                return Err(CommandError::SameFile {
                    output: output.what.clone(),
                    other: other.what.clone(),
                });
            }
        }
        Ok(())
    }
}

fn used(what: String, path: &Path) -> Option<UsedFile> {
    let identity = match fs::metadata(path) {
        Ok(found) if !found.is_file() => return None,
        Ok(found) => of_file(&found, path)?,
        Err(_) => FileIdentity::Path(without_links(path)?),
    };
    Some(UsedFile { what, identity })
}

/// Returns the path of a file that does not exist, without links: also those that lead to it.
fn without_links(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        match fs::read_link(&path) {
            Ok(to) => path = folder.join(to),
            Err(_) => return Some(fs::canonicalize(folder).unwrap_or_default().join(path.file_name()?)),
        }
    }
    None
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems need it")]
fn of_file(found: &fs::Metadata, _: &Path) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt as _;
    Some(FileIdentity::Inode(found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn of_file(_: &fs::Metadata, path: &Path) -> Option<FileIdentity> {
    Some(FileIdentity::Path(fs::canonicalize(path).ok()?))
}

/// Returns a file that is already open.
#[cfg(unix)]
fn open(what: &str, stream: &impl std::os::fd::AsFd) -> Option<UsedFile> {
    let found = fs::File::from(stream.as_fd().try_clone_to_owned().ok()?).metadata().ok()?;
    let identity = of_file(&found, Path::new("")).filter(|_| found.is_file())?;
    Some(UsedFile { what: what.to_owned(), identity })
}

#[cfg(not(unix))]
fn open<S>(_: &str, _: &S) -> Option<UsedFile> {
    None
}
