//! The identity of a file that is followed.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The number of bytes at the start of a file that belong to its identity: a number is used again when a file was deleted.
pub(super) const HEAD: usize = 1_024;

/// What a file is known by, as a mark in a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileMark {
    device: u64,
    number: u64,
    /// How many of the first bytes are hashed.
    bytes: usize,
    hash: String,
}

impl FileMark {
    /// Returns the mark of a file that starts with these bytes.
    pub(super) fn new(file: &File, head: &[u8]) -> io::Result<Self> {
        let (device, number) = numbers(&file.metadata()?);
        Ok(Self { device, number, bytes: head.len(), hash: hash(head) })
    }

    pub(super) fn text(&self) -> String {
        format!("file {} {} {} {}", self.device, self.number, self.bytes, self.hash)
    }

    pub(super) fn of_text(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("file ")?.split(' ');
        let mut part = || parts.next();
        let (device, number) = (part()?.parse().ok()?, part()?.parse().ok()?);
        let bytes = part()?.parse().ok().filter(|bytes| *bytes <= HEAD)?;
        Some(Self { device, number, bytes, hash: part()?.to_owned() })
    }

    /// Finds the file: under the path that is followed, or under another name in its folder.
    pub(super) fn find(&self, path: &Path) -> Option<(File, PathBuf)> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let others = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| {
            // shown as the path is: relative to the current folder, if that is
            path.with_file_name(entry.file_name())
        });
        std::iter::once(path.to_owned()).chain(others).find_map(|path| {
            let is_it =
                fs::metadata(&path).is_ok_and(|found| found.is_file() && numbers(&found) == self.numbers());
            let mut file = is_it.then(|| File::open(&path).ok()).flatten()?;
            let head = first_bytes(&mut file, self.bytes).ok()?;
            (head.len() == self.bytes && hash(&head) == self.hash).then_some((file, path))
        })
    }

    fn numbers(&self) -> (u64, u64) {
        (self.device, self.number)
    }
}

/// Returns the first bytes of a file, up to [`HEAD`] of them; its position stays the same.
pub(super) fn head_of(file: &mut File) -> io::Result<Vec<u8>> {
    first_bytes(file, HEAD)
}

fn first_bytes(file: &mut File, bytes: usize) -> io::Result<Vec<u8>> {
    let at = file.stream_position()?;
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(bytes as u64).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(at))?;
    Ok(head)
}

/// Returns whether a file still starts with these bytes; its position stays the same.
pub(super) fn starts_with(file: &mut File, expected: &[u8]) -> io::Result<bool> {
    Ok(first_bytes(file, expected.len())? == expected)
}

fn hash(head: &[u8]) -> String {
    Sha256::digest(head).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns whether both are one file.
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    numbers(one) == numbers(other)
}

#[cfg(unix)]
fn numbers(found: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino())
}

/// Without numbers, the first bytes must be enough, and the place of a file is not taken by another.
#[cfg(not(unix))]
fn numbers(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
