//! `mapwright import`: mappings in the formats of other platforms.

use std::cell::Cell;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use mapwright::{Finding, Schemas, Sources, Spec};
use mapwright_describe::{Description, describe};
use mapwright_diff::diff;
use mapwright_start::{
    Address, ApiDocument, Imported, Names, NewFile, NewOperation, Note, OpenApi, StartError, operations_text,
};

use crate::args::{FormatArgs, ImportArgs, ImportFrom, OpenApiArgs, PlaceArgs};
use crate::error::CommandError;
use crate::whole::WholeFile;
use crate::{folder, fresh, new, output, terminal};

/// The largest document of an API with the files that it refers to, in bytes.
const MAX_DOCUMENT: u64 = 64 << 20;

pub(crate) fn run(args: &ImportArgs) -> Result<u8, CommandError> {
    match &args.from {
        ImportFrom::Rudderstack(args) => format(args, mapwright_start::rudderstack),
        ImportFrom::Segment(args) => format(args, mapwright_start::segment),
        ImportFrom::Openapi(args) => openapi(args),
    }
}

fn format(
    args: &FormatArgs,
    read: impl FnOnce(&str, &str) -> Result<Imported, StartError>,
) -> Result<u8, CommandError> {
    let text = fresh::read(&args.file)?;
    let read =
        read(&text, &args.part).map_err(|error| CommandError::Import { path: args.file.clone(), error })?;
    if let Some(address) = &args.into {
        return new::write(&args.place, address, &read);
    }
    let parts: String = read.parts.iter().map(|(name, part)| part.text(name, 2)).collect();
    output::print(terminal::stdout(), format!("payload:\n{parts}").as_bytes())?;
    Ok(fresh::tell(&read.notes))
}

fn openapi(args: &OpenApiArgs) -> Result<u8, CommandError> {
    let address = Address::read(&args.into, Names::Version)?;
    let unread = |path: &Path, reason| CommandError::Unread { path: path.to_owned(), reason };
    // the other files of the document share its limit
    let left = Cell::new(MAX_DOCUMENT);
    let text = document(&args.file, &left).map_err(|reason| unread(&args.file, reason))?;
    let patch =
        args.patch.as_deref().map(|path| document(path, &left).map_err(|reason| unread(path, reason)));
    let patch = patch.transpose()?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let folder = args.file.parent().unwrap_or(Path::new(""));
    let api = ApiDocument {
        text: &text,
        file: &name,
        patch: patch.as_deref(),
        beside: &|path| beside(folder, path, &left),
    };
    let mut read = mapwright_start::openapi(api, &args.operations, &args.into)
        .map_err(|error| CommandError::Import { path: args.file.clone(), error })?;
    read.notes.extend(unusable(&read));
    let is_known = fresh::known(&args.place)?.show_plain(&address.destination, None).is_ok();
    let (mut files, renewed) = match args.update {
        true => Renewed::of(&args.place, read.schemas)?,
        false => (read.schemas, Renewed::default()),
    };
    if !is_known {
        files.extend(read.files);
    }
    let known = if is_known { described(&fresh::sources(&args.place)?, &address) } else { None };
    let told = renewed.changes(&args.place, &address, known.as_ref())?;
    let is_same = args.update && files.is_empty() && renewed.files.is_empty();
    renewed.write(&args.place)?;
    output::print(terminal::stdout(), told.as_bytes())?;
    if is_same {
        output::print(terminal::stdout(), b"no schema has changed\n")?;
    }
    let code = fresh::write(&args.place, &files, &read.notes)?;
    let is_stated = |of: &NewOperation| {
        let operations = known.iter().flat_map(|version| &version.operations);
        operations.into_iter().any(|known| known.method == of.method && known.path == of.path)
    };
    // an operation that is imported again has been edited
    let missing: Vec<&NewOperation> =
        read.operations.iter().filter(|operation| !(args.update && is_stated(operation))).collect();
    if is_known && !missing.is_empty() {
        let said =
            format!("\nadd this to mappings/{}/version.yaml:\n\n{}", args.into, operations_text(missing));
        output::print(terminal::stdout(), said.as_bytes())?;
    }
    Ok(code)
}

/// Schemas that nothing can be held against, such as those over a limit.
fn unusable(read: &OpenApi) -> Vec<Note> {
    let mut sources = Sources::new();
    for file in read.files.iter().chain(&read.schemas) {
        sources.insert(file.path.clone(), file.text.clone());
    }
    let Ok(valid) = Spec::load(&sources).check() else { return Vec::new() };
    let schemas = Schemas::new(&valid.compile());
    let note = |finding: &Finding| Note {
        place: finding.place.path.rsplit('/').next().unwrap_or_default().to_owned(),
        text: format!(
            "{}; replace a reference that the body does not need by `{{}}`, in a `--patch`",
            finding.message
        ),
    };
    schemas.findings().iter().map(note).collect()
}

/// A version as data, as far as it has no errors.
fn described(sources: &Sources, address: &Address) -> Option<Description> {
    let sources = sources.clone().without_tests();
    match Spec::load_only(&sources, &address.destination).check() {
        Ok(valid) => describe(&valid, &address.destination, &address.version),
        Err(found) => describe(&found.partial, &address.destination, &address.version),
    }
}

/// Schemas that are there already, and are others now.
#[derive(Default)]
struct Renewed {
    files: Vec<NewFile>,
}

impl Renewed {
    /// Parts the schemas into those that are new and those that take the place of others. What is the same is left as it is.
    fn of(place: &PlaceArgs, schemas: Vec<NewFile>) -> Result<(Vec<NewFile>, Self), CommandError> {
        let (mut new, mut renewed) = (Vec::new(), Self::default());
        for schema in schemas {
            let path = place.folder.join(&schema.path);
            match path.is_file() {
                false => new.push(schema),
                true if fresh::read(&path)? == schema.text => {}
                true => renewed.files.push(schema),
            }
        }
        Ok((new, renewed))
    }

    /// What changes in bodies, in lines.
    fn changes(
        &self,
        place: &PlaceArgs,
        address: &Address,
        before: Option<&Description>,
    ) -> Result<String, CommandError> {
        let Some(before) = before.filter(|_| !self.files.is_empty()) else { return Ok(String::new()) };
        let mut sources = fresh::sources(place)?;
        for file in &self.files {
            sources.insert(file.path.clone(), file.text.clone());
        }
        let mut said = String::new();
        if let Some(now) = described(&sources, address) {
            for change in diff(before, &now).changes {
                let _ = writeln!(said, "{:<11}  {}", change.level.word(), change.what.sentence());
            }
        }
        Ok(said)
    }

    fn write(self, place: &PlaceArgs) -> Result<(), CommandError> {
        let mut said = String::new();
        for file in self.files {
            let path = place.folder.join(&file.path);
            WholeFile::new(&path)?.write(file.text.as_bytes())?;
            let _ = writeln!(said, "rewrote {}", folder::slashes(&path));
        }
        output::print(terminal::stdout(), said.as_bytes()).map(drop)
    }
}

/// Reads a document of an API, which may be larger than a mapping, of as many bytes as are `left`.
fn document(path: &Path, left: &Cell<u64>) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(left.get() + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let Some(rest) = left.get().checked_sub(bytes.len() as u64) else {
        return Err(format!(
            "it has more than {MAX_DOCUMENT} bytes with its other files (limit `MAX_DOCUMENT`)"
        ));
    };
    left.set(rest);
    String::from_utf8(bytes).map_err(|_| "it is not text in UTF-8".to_owned())
}

/// Reads a file that a document refers to: one in its folder, or below.
fn beside(folder: &Path, path: &str, left: &Cell<u64>) -> Result<String, String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let real = |path: &Path| fs::canonicalize(path).map_err(|error| error.to_string());
    let (root, found) = (real(folder)?, real(&folder.join(path))?);
    // a link may lead anywhere
    if !found.starts_with(&root) || !found.is_file() {
        return Err("it is not a file in the folder of the document".to_owned());
    }
    document(&found, left)
}
