//! Reads folders of mappings.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mapwright::{FIXTURES, FileText, Sources};

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
    #[error("`{}` has more than {MAX_FILE_BYTES} bytes (limit `file_bytes`), expected a mapping or a schema", path.display())]
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
    /// A file or folder whose name cannot be read as text.
    #[error("`{}` has a name that is not UTF-8; rename it", path.display())]
    NotText {
        /// The file or folder.
        path: PathBuf,
    },
    /// A link leads out of the folder.
    #[error("`{}` is a link that leads out of its folder; copy the file, or pass the folder that contains it", path.display())]
    Outside {
        /// The link.
        path: PathBuf,
    },
    /// A device or a pipe.
    #[error("`{}` is a device or a pipe, expected a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A folder of schemas that is named does not exist.
    #[error("`mapwright.toml` names the folder of schemas `{}`, which does not exist", path.display())]
    NoSchemas {
        /// The folder.
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

impl FolderError {
    /// Shows its path as findings do.
    fn shown(mut self, show: Show<'_>) -> Self {
        match &mut self {
            Self::Unreadable { path, .. }
            | Self::TooLarge { path }
            | Self::TooDeep { path }
            | Self::Yml { path }
            | Self::NotText { path }
            | Self::Outside { path }
            | Self::NotAFile { path }
            | Self::NoSchemas { path }
            | Self::OneDestination { path }
            | Self::Empty { path } => *path = show(path).into(),
        }
        self
    }
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
    let Parts { mappings, schemas } = parts(folder)?;
    collect(&mappings, "mappings", &slashes, &text_of, &mut sources)?;
    if let Some(schemas) = schemas {
        collect(&schemas, "schemas", &slashes, &text_of, &mut sources)?;
    }
    if sources.iter().next().is_none() {
        return Err(FolderError::Empty { path: folder.to_owned() });
    }
    // a check reports such a file, and other commands would continue without it
    if let Some((path, _)) = sources.iter().find(|(path, _)| is_yaml(path) && !path.ends_with(".yaml")) {
        return Err(FolderError::Yml { path: sources.shown(path).into() });
    }
    Ok(sources)
}

/// Returns the paths of the files that [`folder`] reads.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let Parts { mappings, schemas } = parts(folder)?;
    let mut files = Vec::new();
    let mut add = |_: String, path: &Path| {
        files.push(path.to_owned());
        Ok(())
    };
    walk(&mappings, "mappings", &mut add)?;
    if let Some(schemas) = schemas {
        walk(&schemas, "schemas", &mut add)?;
    }
    Ok(files)
}

/// The folders of mappings and schemas.
struct Parts {
    mappings: PathBuf,
    schemas: Option<PathBuf>,
}

fn parts(folder: &Path) -> Result<Parts, FolderError> {
    let inside = folder.join("mappings");
    let mappings = if inside.is_dir() { part_of(inside, folder)? } else { folder.to_owned() };
    let is_named = |path: &Path| path.file_name() == Some(OsStr::new("mappings"));
    let beside = match folder.file_name() {
        Some(_) => is_named(folder).then(|| folder.with_file_name("schemas")),
        // `.` and `..` have no name of their own
        None => fs::canonicalize(folder).is_ok_and(|real| is_named(&real)).then(|| folder.join("../schemas")),
    };
    let schemas =
        [Some(folder.join("schemas")), beside].into_iter().flatten().find(|schemas| schemas.is_dir());
    let schemas = schemas.map(|schemas| {
        if schemas.parent() == Some(folder) {
            return part_of(schemas, folder);
        }
        // a folder that is a link itself has its schemas beside it, or beside what it leads to
        let real = fs::canonicalize(folder).ok().and_then(|real| Some(real.parent()?.to_owned()));
        let beside = schemas.parent().unwrap_or(folder);
        part_of(schemas.clone(), beside)
            .or_else(|error| real.map_or(Err(error), |real| part_of(schemas, &real)))
    });
    Ok(Parts { mappings, schemas: schemas.transpose()? })
}

/// Returns a path, or an error if it is a link that leads out of its folder.
fn part_of(path: PathBuf, folder: &Path) -> Result<PathBuf, FolderError> {
    let unreadable = |error| FolderError::Unreadable { path: path.clone(), error };
    if !fs::symlink_metadata(&path).map_err(unreadable)?.is_symlink() {
        return Ok(path);
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let (real, folder) = (fs::canonicalize(&path), fs::canonicalize(folder));
    match real.map_err(unreadable)?.starts_with(folder.map_err(unreadable)?) {
        true => Ok(path),
        false => Err(FolderError::Outside { path }),
    }
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

/// Reads a file.
pub(crate) type ReadFile<'r> = &'r dyn Fn(&Path) -> Result<FileText, FolderError>;

/// Reads the mappings of a folder that contains `<destination>/…`, and the schemas in it or beside it.
pub(crate) fn root(folder: &Path, show: Show<'_>, reading: ReadFile<'_>) -> Result<Sources, FolderError> {
    let mut sources = Sources::new();
    collect(folder, "mappings", show, reading, &mut sources)?;
    if sources.iter().next().is_none() {
        return Err(FolderError::Empty { path: folder.to_owned() });
    }
    if let Some(schemas) = schemas_of(folder)? {
        collect(&schemas, "schemas", show, reading, &mut sources)?;
    }
    Ok(sources)
}

/// Returns the paths of the files that [`root`] reads.
pub(crate) fn root_files(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let mut files = Vec::new();
    let mut add = |_: String, path: &Path| {
        files.push(path.to_owned());
        Ok(())
    };
    walk(folder, "mappings", &mut add)?;
    if let Some(schemas) = schemas_of(folder)? {
        walk(&schemas, "schemas", &mut add)?;
    }
    Ok(files)
}

/// The schemas in a folder of mappings, or beside it.
fn schemas_of(folder: &Path) -> Result<Option<PathBuf>, FolderError> {
    let inside = folder.join("schemas");
    let (schemas, owner) = match inside.is_dir() {
        true => (inside, folder),
        false => (folder.with_file_name("schemas"), folder.parent().unwrap_or(folder)),
    };
    if schemas.is_dir() { part_of(schemas, owner).map(Some) } else { Ok(None) }
}

/// What a `mapwright.toml` names: folders of schemas and of fixtures, and other files or folders. All are JSON files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'c> {
    pub(crate) schemas: &'c [String],
    pub(crate) fixtures: &'c [String],
    pub(crate) others: &'c [String],
}

/// Adds the files that a `mapwright.toml` in this folder names.
pub(crate) fn named(
    folder: &Path,
    named: Named<'_>,
    show: Show<'_>,
    reading: ReadFile<'_>,
    sources: &mut Sources,
) -> Result<(), FolderError> {
    for (inner, path) in named_files(folder, named)? {
        if sources.get(&inner).is_none() {
            let text = reading(&path).map_err(|error| error.shown(show))?;
            sources.insert_text_as(inner, show(&path), text);
        }
    }
    Ok(())
}

/// Returns those files: the path of each among the sources, and on disk.
pub(crate) fn named_files(
    folder: &Path,
    Named { schemas, fixtures, others }: Named<'_>,
) -> Result<Vec<(String, PathBuf)>, FolderError> {
    let mut files = Vec::new();
    let mut add = |inner: String, path: &Path| {
        if inner.ends_with(".json") {
            files.push((inner, path.to_owned()));
        }
        Ok(())
    };
    for named in schemas {
        let path = folder.join(named);
        if !path.is_dir() {
            return Err(FolderError::NoSchemas { path });
        }
        walk(&part_of(path, folder)?, "schemas", &mut add)?;
    }
    for named in fixtures {
        let path = folder.join(named);
        // that there is none is a finding in the file that names it
        if path.is_dir() {
            walk(&part_of(path, folder)?, FIXTURES.trim_end_matches('/'), &mut add)?;
        }
    }
    for named in others {
        let path = folder.join(named);
        // that there is none is a finding in the file that names it
        if path.is_dir() {
            walk(&part_of(path, folder)?, named, &mut add)?;
        } else if path.is_file() {
            add(named.clone(), &part_of(path, folder)?)?;
        }
    }
    Ok(files)
}

fn collect(
    folder: &Path,
    name: &str,
    show: Show<'_>,
    reading: ReadFile<'_>,
    sources: &mut Sources,
) -> Result<(), FolderError> {
    let found = walk(folder, name, &mut |inner, path| {
        sources.insert_text_as(inner, show(path), reading(path)?);
        Ok(())
    });
    found.map_err(|error| error.shown(show))
}

/// What to do with a file: its path among the sources, and on disk.
type Found<'f> = &'f mut dyn FnMut(String, &Path) -> Result<(), FolderError>;

/// Finds the files of mappings and schemas in a folder. Links must not lead out of it.
fn walk(folder: &Path, name: &str, found: Found<'_>) -> Result<(), FolderError> {
    walk_in(folder, folder, name, 0, found)
}

fn walk_in(
    root: &Path,
    folder: &Path,
    name: &str,
    depth: usize,
    found: Found<'_>,
) -> Result<(), FolderError> {
    let unreadable = |error| FolderError::Unreadable { path: folder.to_owned(), error };
    if depth > MAX_DEPTH {
        return Err(FolderError::TooDeep { path: folder.to_owned() });
    }
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let file = &*entry.file_name().to_string_lossy().into_owned();
        if file.starts_with('.') {
            continue;
        }
        let inner = format!("{name}/{file}");
        // listing a folder shows this without another look at each file
        let kind = entry.file_type().map_err(unreadable)?;
        let of_root = |path: PathBuf| if kind.is_symlink() { part_of(path, root) } else { Ok(path) };
        let is_folder = kind.is_dir() || kind.is_symlink() && path.is_dir();
        let is_read = is_folder || file.ends_with(".json") || is_yaml(file);
        if is_read && entry.file_name().to_str().is_none() {
            return Err(FolderError::NotText { path });
        }
        if is_folder {
            // among destinations, `schemas` is not a destination
            if inner != "mappings/schemas" {
                walk_in(root, &of_root(path)?, &inner, depth + 1, found)?;
            }
        } else if is_read {
            found(inner, &of_root(path)?)?;
        }
    }
    Ok(())
}

/// Whether a file looks like YAML, whatever else is read.
fn is_yaml(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    small.ends_with(".yaml") || small.ends_with(".yml")
}

/// Returns a path with `/` as separator, as in findings.
pub(crate) fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Reads a file of mappings.
pub(crate) fn text_of(path: &Path) -> Result<FileText, FolderError> {
    read(path).map(FileText::from)
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FolderError> {
    let unreadable = |error| FolderError::Unreadable { path: path.to_owned(), error };
    // opening a pipe would wait for a writer
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(FolderError::NotAFile { path: path.to_owned() });
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    read_from(path, file)
}

/// Reads a file of text that is not a mapping, with the same limit.
///
/// # Errors
/// Why it cannot be read.
pub(crate) fn text(path: &Path) -> Result<String, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    // a pipe is what a shell makes of a command
    let bytes = read_from(path, file).map_err(|error| match error {
        FolderError::Unreadable { error, .. } => error.to_string(),
        FolderError::TooLarge { .. } => {
            format!("it has more than {MAX_FILE_BYTES} bytes (limit `file_bytes`)")
        }
        other => other.to_string(),
    })?;
    String::from_utf8(bytes).map_err(|_| "it is not text in UTF-8".to_owned())
}

/// Reads what is the content of a file.
pub(crate) fn read_from(path: &Path, content: impl Read) -> Result<Vec<u8>, FolderError> {
    let unreadable = |error| FolderError::Unreadable { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    content.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(FolderError::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}
