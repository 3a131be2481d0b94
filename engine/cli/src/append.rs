//! Appends dead letters to a file that several processes may append to at the same time.
//!
//! A line is written as a whole while the file is locked. So a last line without an end, found while the file is locked, is what a process
//! left that has died: no other line is ever truncated.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::CommandError;
use crate::{dead_letter, output};

/// How long the first line may wait for the lock. A process holds it for one line.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file or a stream that takes lines.
pub(crate) trait AppendLines {
    /// Appends a line.
    fn append(&mut self, line: &[u8]) -> io::Result<()>;

    /// Returns after everything that was appended is on disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file that processes share.
#[derive(Debug)]
pub(crate) struct SharedFile {
    file: File,
}

/// Opens a file of dead letters, and removes the rest of a line that a crash has left: its event is not finished and will be delivered
/// again. A device or a pipe is written as it is.
pub(crate) fn open(path: &Path) -> Result<Box<dyn AppendLines>, CommandError> {
    let failed = |error| CommandError::Output { name: path.display().to_string(), error };
    let found = fs::metadata(path).ok();
    if found.as_ref().is_some_and(|found| !found.is_file() && !found.is_dir()) {
        return Ok(Box::new(Stream(fs::OpenOptions::new().append(true).open(path).map_err(failed)?)));
    }
    let file = output::private().read(true).append(true).create(true).open(path).map_err(failed)?;
    let until = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                thread::sleep(Duration::from_millis(2));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(CommandError::Locked { name: path.display().to_string() });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    let mut file = SharedFile { file };
    file.mend().and_then(|_| file.file.unlock()).map_err(failed)?;
    if found.is_none() {
        sync_folder(path);
    }
    Ok(Box::new(file))
}

/// Makes a new name in the folder survive a power failure, where the folder can be synced.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}

impl AppendLines for SharedFile {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.lock()?;
        let appended = self.append_locked(line);
        let unlocked = self.file.unlock();
        appended.and(unlocked)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

impl SharedFile {
    fn append_locked(&mut self, line: &[u8]) -> io::Result<()> {
        let start = self.mend()?;
        self.file.write_all(line).inspect_err(|_| {
            // as on a full disk: what was written of the line is removed, unless a program without a lock has gone on
            let length = self.file.metadata().map_or(start, |found| found.len());
            if length > start && length - start < line.len() as u64 {
                let _ = self.file.set_len(start);
            }
        })
    }

    /// Makes the file end with a line break, and returns its length.
    fn mend(&mut self) -> io::Result<u64> {
        let length = self.file.seek(SeekFrom::End(0))?;
        let mut last = [0];
        if length > 0 {
            self.file.seek(SeekFrom::Start(length - 1))?;
            self.file.read_exact(&mut last)?;
        }
        if length == 0 || last == *b"\n" {
            return Ok(length);
        }
        let start = last_line_start(&mut self.file, length)?;
        self.file.seek(SeekFrom::Start(start))?;
        let mut line = Vec::new();
        (&mut self.file).take(length - start).read_to_end(&mut line)?;
        if dead_letter::is_torn(&line) {
            self.file.set_len(start)?;
            return Ok(start);
        }
        self.file.write_all(b"\n")?;
        Ok(length + 1)
    }
}

/// Returns where the last line starts: after the last line break.
fn last_line_start(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    let mut buffer = vec![0; 64 * 1024];
    while end > 0 {
        let size = (buffer.len() as u64).min(end);
        let Some(chunk) = buffer.get_mut(..usize::try_from(size).unwrap_or_default()) else { break };
        file.seek(SeekFrom::Start(end - size))?;
        file.read_exact(chunk)?;
        if let Some(at) = memchr::memrchr(b'\n', chunk) {
            return Ok(end - size + at as u64 + 1);
        }
        end -= size;
    }
    Ok(0)
}

/// A device or a pipe.
struct Stream(File);

impl AppendLines for Stream {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.0.write_all(line)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_that_was_cut_off_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead.ndjson");
        let whole = "{\"dead_letter\":1,\"outcome\":\"failed\",\"event\":{\"a\":1}}\n";
        for (before, after) in [
            (String::new(), String::new()),
            (whole.to_owned(), whole.to_owned()),
            (format!("{whole}{}", &whole[..40]), whole.to_owned()),
            (format!("{whole}{}", &whole[..3]), whole.to_owned()),
            (whole.trim_end().to_owned(), whole.to_owned()),
            ("something else".to_owned(), "something else\n".to_owned()),
        ] {
            std::fs::write(&path, &before).unwrap();
            open(&path).unwrap().append(b"next\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{after}next\n"));
            // also a line that a process left that died in the meantime
            std::fs::write(&path, "").unwrap();
            let mut lines = open(&path).unwrap();
            std::fs::write(&path, &before).unwrap();
            lines.append(b"next\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{after}next\n"));
        }
    }
}
