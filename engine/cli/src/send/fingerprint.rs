//! Fingerprints of inputs, so that the progress of one input is not used for another.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::CommandError;
use crate::input::STDIN;

/// The number of bytes at the start and at the end of each file that are hashed.
const ENDS: u64 = 64 * 1024;

/// Returns the sizes, and a hash of the sizes and of both ends of each file, in order. Names are not included: a file may be renamed.
pub(crate) fn files(paths: &[OsString]) -> Result<String, CommandError> {
    if paths.is_empty() {
        return Err(CommandError::NotResumable { name: STDIN.to_owned() });
    }
    let mut hash = Sha256::new();
    let mut bytes = 0;
    for path in paths {
        let path = Path::new(path);
        bytes += add(&mut hash, file(path)?)
            .map_err(|error| CommandError::NoPath { path: path.to_owned(), error })?;
    }
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let files = if paths.len() == 1 { "1 file".to_owned() } else { format!("{} files", paths.len()) };
    Ok(format!("{files}, {bytes} bytes, {hash}"))
}

/// Returns the fingerprint of a growing file, which is its path. A link in its place may lead to another file later.
pub(crate) fn growing(path: &Path) -> Result<String, CommandError> {
    file(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let full =
        fs::canonicalize(folder).map_err(|error| CommandError::NoPath { path: path.to_owned(), error })?;
    let full = path.file_name().map_or(full.clone(), |name| full.join(name));
    Ok(format!("the growing file {}", full.display()))
}

fn file(path: &Path) -> Result<File, CommandError> {
    if path == Path::new("-") {
        return Err(CommandError::NotResumable { name: STDIN.to_owned() });
    }
    let unreadable = |error| CommandError::NoPath { path: path.to_owned(), error };
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(CommandError::NotResumable { name: path.display().to_string() });
    }
    File::open(path).map_err(unreadable)
}

fn add(hash: &mut Sha256, mut file: File) -> io::Result<u64> {
    let size = file.metadata()?.len();
    hash.update(size.to_be_bytes());
    let mut part = Vec::new();
    for start in [0, size.saturating_sub(ENDS)] {
        file.seek(SeekFrom::Start(start))?;
        part.clear();
        (&mut file).take(ENDS).read_to_end(&mut part)?;
        hash.update(&part);
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts_and_names_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            files(&[path.into()]).unwrap()
        };
        let long = vec![b'x'; 200_000];
        let same_ends = [&long[..99_000], b"y", &long[99_001..]].concat();
        assert_eq!(of("a", b"one"), of("b", b"one"));
        assert_ne!(of("a", b"one"), of("b", b"two"));
        assert_ne!(of("a", &long), of("b", &[&long[..], b"x"].concat()));
        assert_ne!(of("a", &long), of("b", &[&long[1..], b"y"].concat()));
        // the bytes in between are not hashed
        assert_eq!(of("a", &long), of("b", &same_ends));
    }
}
