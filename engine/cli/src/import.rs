//! `mapwright import`: mappings in the formats of other platforms.

use std::fs::File;
use std::io::Read as _;

use mapwright_start::{Address, Imported, Names, StartError};

use crate::args::{FormatArgs, ImportArgs, ImportFrom, OpenApiArgs};
use crate::error::CommandError;
use crate::{fresh, new, output, terminal};

/// The largest document of an API, in bytes.
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
    let text = document(args).map_err(|reason| CommandError::Unread { path: args.file.clone(), reason })?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let read = mapwright_start::openapi(&text, &name, &args.operations, &args.into)
        .map_err(|error| CommandError::Import { path: args.file.clone(), error })?;
    let mut files = read.schemas;
    let is_known = fresh::known(&args.place)?.show_plain(&address.destination, None).is_ok();
    if !is_known {
        files.extend(read.files);
    }
    let code = fresh::write(&args.place, &files, &read.notes)?;
    if is_known {
        let said = format!("\nadd this to mappings/{}/version.yaml:\n\n{}", args.into, read.operations);
        output::print(terminal::stdout(), said.as_bytes())?;
    }
    Ok(code)
}

/// Reads the document of an API, which may be larger than a mapping.
fn document(args: &OpenApiArgs) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(&args.file).map_err(|error| error.to_string())?;
    file.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        return Err(format!("it has more than {MAX_DOCUMENT} bytes (limit `MAX_DOCUMENT`)"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not text in UTF-8".to_owned())
}
