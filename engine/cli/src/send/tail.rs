//! Follows a growing file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::input::Source;

/// The polling interval.
const EVERY: Duration = Duration::from_millis(200);

/// Returns the file as an endless source.
pub(crate) fn source(path: &Path) -> Source {
    Source::reader(&path.to_string_lossy(), Tail { path: path.into(), file: None, read: 0 })
}

struct Tail {
    path: Box<Path>,
    file: Option<File>,
    read: u64,
}

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.file.is_none() {
            self.file = Some(File::open(&self.path)?);
        }
        let Some(file) = &mut self.file else { return Ok(0) };
        loop {
            let count = file.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                self.read += count as u64;
                return Ok(count);
            }
            if file.metadata()?.len() < self.read {
                return Err(io::Error::other("the file became shorter while it was followed"));
            }
            thread::sleep(EVERY);
        }
    }
}
