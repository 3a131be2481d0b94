//! New files, none of which takes the place of another one.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use mapwright::{Sources, Spec};
use mapwright_start::{NewFile, Note};

use crate::args::{MappingArgs, PlaceArgs};
use crate::error::CommandError;
use crate::exit::{DONE, LEFT};
use crate::{folder, mappings, output, terminal};

/// What is there already: the built-in mappings, and those of the folder.
pub(crate) fn known(place: &PlaceArgs) -> Result<Spec, CommandError> {
    sources(place).map(|sources| Spec::load(&sources))
}

/// The files of what is there already.
pub(crate) fn sources(place: &PlaceArgs) -> Result<Sources, CommandError> {
    let inside = place.folder.join("mappings");
    let any = fs::read_dir(inside).is_ok_and(|mut entries| entries.next().is_some());
    let folders = if any { vec![place.folder.clone()] } else { Vec::new() };
    let args = MappingArgs { mappings: folders, no_builtin: place.no_builtin };
    mappings::sources(&args)
}

/// Reads a file that something is to be made of.
pub(crate) fn read(path: &Path) -> Result<String, CommandError> {
    folder::text(path).map_err(|reason| CommandError::Unread { path: path.to_owned(), reason })
}

/// Writes the files, or none of them, and says which.
pub(crate) fn write(place: &PlaceArgs, files: &[NewFile], notes: &[Note]) -> Result<u8, CommandError> {
    let paths: Vec<PathBuf> = files.iter().map(|file| place.folder.join(&file.path)).collect();
    if let Some(path) = paths.iter().find(|path| fs::symlink_metadata(path).is_ok()) {
        return Err(CommandError::FileExists { path: path.clone() });
    }
    let mut written: Vec<&Path> = Vec::new();
    for (file, path) in files.iter().zip(&paths) {
        if let Err(error) = create(path, &file.text) {
            // half a mapping would be a finding
            for path in written {
                let _ = fs::remove_file(path);
            }
            return Err(match error.kind() {
                io::ErrorKind::AlreadyExists => CommandError::FileExists { path: path.clone() },
                _ => CommandError::Output { name: path.display().to_string(), error },
            });
        }
        written.push(path);
    }
    let mut said = String::new();
    for path in &written {
        let _ = writeln!(said, "wrote {}", folder::slashes(path));
    }
    output::print(terminal::stdout(), said.as_bytes())?;
    Ok(tell(notes))
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        // it is incomplete, as on a full disk
        let _ = fs::remove_file(path);
    }
    written
}

/// Says what could not be said, and returns the exit code for it.
pub(crate) fn tell(notes: &[Note]) -> u8 {
    if notes.is_empty() {
        return DONE;
    }
    let things =
        if notes.len() == 1 { "one thing is".to_owned() } else { format!("{} things are", notes.len()) };
    let list: String = notes.iter().map(|note| format!("\n  {note}")).collect();
    terminal::complain(&format!("{things} left to do:{list}"));
    LEFT
}
