//! Reads folders of mappings.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mapwright::Sources;

/// The largest mapping file in bytes.
pub const MAX_FILE_BYTES: u64 = 4 << 20;
/// The deepest nesting of folders.
const MAX_DEPTH: usize = 8;

/// An error about a mapping folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The operating system reported an error.
    #[error("cannot read `{}`: {error}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A file is too large to be a mapping.
    #[error("`{}` has more than {MAX_FILE_BYTES} bytes (limit `MAX_FILE_BYTES`), expected a mapping or a schema", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Folders are nested too deeply.
    #[error("`{}` is nested deeper than {MAX_DEPTH} folders, expected `<destination>/<version>/<message>.yaml`", path.display())]
    TooDeep {
        /// The folder.
        path: PathBuf,
    },
    /// A file that would be ignored.
    #[error("`{}` would be ignored, since mapping files end in `.yaml`; rename it", path.display())]
    Yml {
        /// The file.
        path: PathBuf,
    },
    /// The folder of a single destination was passed instead of its parent.
    #[error("`{}` is the folder of a single destination, expected its parent folder", path.display())]
    OneDestination {
        /// The folder.
        path: PathBuf,
    },
    /// The folder contains no mappings.
    #[error(
        "`{}` contains no mappings, expected `<destination>/…` in it, or `mappings/` and `schemas/`",
        path.display()
    )]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// Reads the mappings of a folder that contains `<destination>/…`, or `mappings/` and `schemas/`. A folder that is named
/// `mappings` may have `schemas` beside it.
///
/// Findings show files by their paths on disk.
///
/// # Errors
/// Returns an error if something cannot be read, or if there are no mappings.
pub fn folder(folder: &Path) -> Result<Sources, FolderError> {
    let mut sources = Sources::new();
    if folder.join("destination.yaml").is_file() {
        return Err(FolderError::OneDestination { path: folder.to_owned() });
    }
    let inside = folder.join("mappings");
    let mappings = if inside.is_dir() { inside } else { folder.to_owned() };
    let mut schemas = vec![folder.join("schemas")];
    if folder.file_name() == Some(OsStr::new("mappings")) {
        schemas.push(folder.with_file_name("schemas"));
    }
    collect(&mappings, "mappings", 0, &slashes, &mut sources)?;
    if let Some(schemas) = schemas.iter().find(|schemas| schemas.is_dir()) {
        collect(schemas, "schemas", 0, &slashes, &mut sources)?;
    }
    if sources.iter().next().is_none() {
        return Err(FolderError::Empty { path: folder.to_owned() });
    }
    Ok(sources)
}

/// Returns the mapping folder that a path belongs to: the folder itself, its nearest parent, or the one beside the schemas that contain it.
pub(crate) fn root_of(path: &Path) -> Option<PathBuf> {
    let inside = path.join("mappings");
    if inside.is_dir() {
        return Some(inside);
    }
    if any_folder(path, is_destination) {
        return Some(path.to_owned());
    }
    path.ancestors().filter(|folder| folder.is_dir()).find_map(|folder| {
        if is_version(folder) {
            return folder.parent().and_then(Path::parent).map(Path::to_owned);
        }
        if is_destination(folder) {
            return folder.parent().map(Path::to_owned);
        }
        match folder.file_name().and_then(OsStr::to_str) {
            Some("mappings") => Some(folder.to_owned()),
            Some("schemas") => Some(folder.with_file_name("mappings")).filter(|beside| beside.is_dir()),
            _ => None,
        }
    })
}

/// Returns whether this is the folder of a destination. A folder that extends another does not need a `destination.yaml`.
fn is_destination(folder: &Path) -> bool {
    folder.join("destination.yaml").is_file() || any_folder(folder, is_version)
}

fn is_version(folder: &Path) -> bool {
    folder.join("version.yaml").is_file()
}

fn any_folder(folder: &Path, is: impl Fn(&Path) -> bool) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| is(&entry.path()))
}

/// Returns the path of a file in findings.
type Show<'s> = &'s dyn Fn(&Path) -> String;

/// Reads the mappings of a folder that contains `<destination>/…`, and the schemas in it or beside it.
pub(crate) fn root(folder: &Path, show: Show<'_>) -> Result<Sources, FolderError> {
    let mut sources = Sources::new();
    collect(folder, "mappings", 0, show, &mut sources)?;
    if sources.iter().next().is_none() {
        return Err(FolderError::Empty { path: folder.to_owned() });
    }
    let schemas = [folder.join("schemas"), folder.with_file_name("schemas")];
    if let Some(schemas) = schemas.iter().find(|schemas| schemas.is_dir()) {
        collect(schemas, "schemas", 0, show, &mut sources)?;
    }
    Ok(sources)
}

fn collect(
    folder: &Path,
    name: &str,
    depth: usize,
    show: Show<'_>,
    sources: &mut Sources,
) -> Result<(), FolderError> {
    let unreadable = |error| FolderError::Unreadable { path: folder.to_owned(), error };
    if depth > MAX_DEPTH {
        return Err(FolderError::TooDeep { path: folder.to_owned() });
    }
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(file) = path.file_name().and_then(OsStr::to_str).filter(|file| !file.starts_with('.'))
        else {
            continue;
        };
        let inner = format!("{name}/{file}");
        if path.is_dir() {
            // among destinations, `schemas` is not a destination
            if inner != "mappings/schemas" {
                collect(&path, &inner, depth + 1, show, sources)?;
            }
        } else if file.ends_with(".yaml") || file.ends_with(".json") {
            sources.insert_bytes_as(inner, show(&path), read(&path)?);
        } else if file.ends_with(".yml") {
            return Err(FolderError::Yml { path });
        }
    }
    Ok(())
}

/// Returns a path with `/` as separator, as in findings.
pub(crate) fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn read(path: &Path) -> Result<Vec<u8>, FolderError> {
    let unreadable = |error| FolderError::Unreadable { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(FolderError::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}
