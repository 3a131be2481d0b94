//! One of the files that have the path one after the other.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mapwright_driver::checkpoint::{LogCheckpoint, Mark};

use super::identity::{FileMark, HEAD, head_of, is_same, starts_with};
use crate::input::Source;

/// The polling interval.
const EVERY: Duration = Duration::from_millis(200);

/// How long a file that another one follows must not have grown before it ends: who writes to it may not have noticed yet.
const LATE: Duration = Duration::from_secs(1);

/// The same if its last line has no end.
const UNFINISHED: Duration = Duration::from_secs(5);

/// The progress that files are recorded in.
pub(super) type Log = Arc<Mutex<LogCheckpoint>>;

pub(super) fn locked(log: &Mutex<LogCheckpoint>) -> MutexGuard<'_, LogCheckpoint> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files that have taken the place of the one that is read, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Successors(Arc<Mutex<VecDeque<Successor>>>);

/// A file that follows another one.
#[derive(Debug)]
pub(super) struct Successor {
    pub(super) file: File,
    pub(super) name: PathBuf,
}

impl Successors {
    pub(super) fn take(&self) -> Option<Successor> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn put(&self, files: impl IntoIterator<Item = Successor>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(files);
    }
}

/// Where a file stands among those that are followed.
pub(super) struct FollowedFile {
    /// The path that it had first.
    pub(super) path: PathBuf,
    /// The position of its first event.
    pub(super) from: u64,
    pub(super) log: Option<Log>,
}

/// A file that is read to its end, which is reached when another one has taken its place.
pub(super) struct Generation {
    file: File,
    place: FollowedFile,
    successors: Successors,
    /// Set if nothing follows.
    ended: Arc<AtomicBool>,
    /// Whether it is known that another file follows.
    is_followed: bool,
    head: Vec<u8>,
    read: u64,
    /// Whether what was read ends in the middle of a line.
    is_unfinished: bool,
    /// When the end was met, after which nothing was read.
    quiet: Option<Instant>,
}

impl Generation {
    pub(super) fn new(
        file: File,
        place: FollowedFile,
        successors: Successors,
        ended: Arc<AtomicBool>,
        is_followed: bool,
    ) -> Self {
        let (head, read, is_unfinished, quiet) = (Vec::new(), 0, false, None);
        Self { file, place, successors, ended, is_followed, head, read, is_unfinished, quiet }
    }

    /// Returns it as a source with this name.
    pub(super) fn source(self, name: &Path) -> Source {
        Source::reader(&name.to_string_lossy(), self)
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.file.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                if self.read == 0 && count > 0 {
                    self.identify()?;
                }
                self.read += count as u64;
                self.is_unfinished = buffer.get(count.saturating_sub(1)).is_some_and(|last| *last != b'\n');
                self.quiet = None;
                return Ok(count);
            }
            self.is_whole()?;
            if self.is_followed {
                let since = *self.quiet.get_or_insert_with(Instant::now);
                if since.elapsed() >= if self.is_unfinished { UNFINISHED } else { LATE } {
                    return Ok(0);
                }
                thread::sleep(EVERY);
                continue;
            }
            self.identify()?;
            // what was written to this file before the other one is read first
            match self.has_successor()? {
                true => self.is_followed = true,
                false => thread::sleep(EVERY),
            }
        }
    }

    /// Records what the file is known by, before its first event is read, and again when it has grown to twice as many first bytes.
    fn identify(&mut self) -> io::Result<()> {
        let head = head_of(&mut self.file)?;
        if head.is_empty() || (head.len() < 2 * self.head.len() && head.len() < HEAD) || head == self.head {
            return Ok(());
        }
        self.head = head;
        let Some(log) = &self.place.log else { return Ok(()) };
        let mark = Mark { from: self.place.from, text: FileMark::new(&self.file, &self.head)?.text() };
        let mut log = locked(log);
        // a file that an earlier delivery has read is there already
        if log.marks().contains(&mark) {
            return Ok(());
        }
        log.mark(mark).map_err(io::Error::other)
    }

    /// Returns an error if the file does not have what was read from it any more.
    fn is_whole(&mut self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        if length < self.read {
            return Err(io::Error::other(format!(
                "the file became shorter while it was followed: it has {length} bytes, and {} were read",
                self.read
            )));
        }
        match starts_with(&mut self.file, &self.head)? {
            true => Ok(()),
            false => Err(io::Error::other("the file was replaced by other content while it was followed")),
        }
    }

    /// Returns whether another file has the path, and has content: who writes to it has left this one.
    fn has_successor(&mut self) -> io::Result<bool> {
        let path = &self.place.path;
        let old = self.file.metadata()?;
        let is_new = |found: &Metadata| found.is_file() && found.len() > 0 && !is_same(found, &old);
        // between two files, there may be none
        if !fs::metadata(path).is_ok_and(|found| is_new(&found)) {
            return Ok(false);
        }
        let Ok(file) = File::open(path) else { return Ok(false) };
        let new = file.metadata()?;
        if !is_new(&new) {
            return Ok(false);
        }
        // names that change at this moment are looked at again a little later
        let (Some(found), Some(again)) = (between(path, &old, &new)?, between(path, &old, &new)?) else {
            return Ok(false);
        };
        let names = |found: &[Successor]| found.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
        if names(&found) != names(&again) {
            return Ok(false);
        }
        let newest = Successor { file, name: path.clone() };
        self.successors.put(found.into_iter().chain([newest]));
        Ok(true)
    }
}

/// Returns the files that had the path after the old file and before the new one, as after two rotations at once: those with its name and a number
/// or a date, written after the old one. `None` if one of them is renamed at this moment.
///
/// # Errors
/// Returns an error if one of them cannot be read: its events must not be left out silently.
fn between(path: &Path, old: &Metadata, new: &Metadata) -> io::Result<Option<Vec<Successor>>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(stem) = path.file_name().and_then(OsStr::to_str) else { return Ok(Some(Vec::new())) };
    let written = old.modified()?;
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let suffix =
            name.to_str().and_then(|name| name.strip_prefix(stem)).filter(|suffix| !suffix.is_empty());
        let is_rotated =
            |suffix: &str| suffix.bytes().all(|byte| byte.is_ascii_digit() || b".-_T".contains(&byte));
        if !suffix.is_some_and(is_rotated) {
            continue;
        }
        let path = path.with_file_name(&name);
        let is_meant = |about: &Metadata| {
            about.is_file()
                && about.len() > 0
                && about.modified().is_ok_and(|modified| modified > written)
                && !is_same(about, old)
                && !is_same(about, new)
        };
        match fs::metadata(&path) {
            Ok(about) if !is_meant(&about) => continue,
            Ok(_) => {}
            // a link that leads nowhere
            Err(_) if fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let name = path.display();
                return Err(io::Error::new(
                    error.kind(),
                    format!("`{name}` follows it and cannot be opened: {error}"),
                ));
            }
        };
        // what is open now has this name no longer if it was renamed in between
        let about = file.metadata()?;
        if !is_meant(&about) {
            return Ok(None);
        }
        found.push((about.modified()?, Successor { file, name: path }));
    }
    found.sort_by_key(|(modified, _)| *modified);
    Ok(Some(found.into_iter().map(|(_, file)| file).collect()))
}

impl Read for Generation {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_on(buffer).inspect_err(|_| self.ended.store(true, Ordering::Relaxed))
    }
}

/// Returns a source that reports that a file is not the one that was read.
pub(super) fn changed(name: &Path) -> Source {
    struct Changed;
    impl Read for Changed {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the file before it has not as many events as when it was followed"))
        }
    }
    Source::reader(&name.to_string_lossy(), Changed)
}
