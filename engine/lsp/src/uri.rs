//! Paths as editors write them.

use std::path::{Path, PathBuf};

use ls_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands in paths as it is.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':');

/// The path of a file, or none if it is not on this machine.
pub(crate) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = percent_decode_str(rest).decode_utf8().ok()?.into_owned();
    // `/c:/x` is a path with a drive
    let drive = path.strip_prefix('/').filter(|path| path.chars().nth(1) == Some(':'));
    Some(PathBuf::from(drive.map_or(path.clone(), str::to_owned)))
}

/// The address of a file.
pub(crate) fn of(path: &Path) -> Option<Uri> {
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", utf8_percent_encode(&path, ENCODED)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for name in ["/a/b.yaml", "/a b/ü#%.yaml", "/a/2.10/x.test.yaml"] {
            let uri = of(Path::new(name)).unwrap();
            assert_eq!(path(&uri), Some(PathBuf::from(name)), "{}", uri.as_str());
        }
        let uri: Uri = "file:///c%3A/maps/x.yaml".parse().unwrap();
        assert_eq!(path(&uri), Some(PathBuf::from("c:/maps/x.yaml")));
        let uri: Uri = "untitled:Untitled-1".parse().unwrap();
        assert_eq!(path(&uri), None);
    }
}
