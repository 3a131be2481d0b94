//! `mapwright new`: starts a destination, a version or a mapping.

use std::path::Path;

use mapwright::Spec;
use mapwright_start::{Address, Imported, Names, NewFile, Part, TableFormat, Version};

use crate::args::{NewArgs, NewWhat, PlaceArgs};
use crate::error::CommandError;
use crate::fresh;

pub(crate) fn run(args: &NewArgs) -> Result<u8, CommandError> {
    match &args.what {
        NewWhat::Destination { fresh, place } => {
            let files = mapwright_start::destination(fresh)?;
            if fresh::known(place)?.show_plain(fresh, None).is_ok() {
                return Err(CommandError::Exists { name: fresh.clone() });
            }
            fresh::write(place, &files, &[])
        }
        NewWhat::Version { fresh, extends, place } => {
            let file = mapwright_start::version(fresh, extends)?;
            let address = Address::read(fresh, Names::Version)?;
            let spec = fresh::known(place)?;
            spec.show_plain(&format!("{}/{extends}", address.destination), None)?;
            if spec.show_plain(fresh, None).is_ok() {
                return Err(CommandError::Exists { name: fresh.clone() });
            }
            fresh::write(place, &[file], &[])
        }
        NewWhat::Mapping { fresh, from_table, place } => {
            let read = from_table.as_deref().map(|path| table(path, fresh)).transpose()?.unwrap_or_default();
            let files = mapping(fresh::known(place)?, fresh, &read.parts)?;
            fresh::write(place, &files, &read.notes)
        }
    }
}

/// Returns the files of a new mapping with these parts.
pub(crate) fn mapping(
    spec: Spec,
    address: &str,
    parts: &[(String, Part)],
) -> Result<Vec<NewFile>, CommandError> {
    let read = Address::read(address, Names::Mapping)?;
    mapwright_start::example(&read.message)?;
    let of_version = format!("{}/{}", read.destination, read.version);
    let version = spec.show_plain(&of_version, None)?;
    let destination = spec.show_plain(&read.destination, None)?;
    if maps(spec, &read) {
        return Err(CommandError::Mapped { version: of_version, message: read.message });
    }
    Ok(mapwright_start::mapping(address, &Version::read(&destination, &version), parts)?)
}

/// Whether the version maps this message type, also in a mapping of several types.
fn maps(spec: Spec, address: &Address) -> bool {
    let plans = match spec.check() {
        Ok(valid) => valid.compile(),
        Err(found) => found.partial.compile(),
    };
    let mut versions = plans.versions(&address.destination);
    let of_version = versions.find(|plan| plan.version() == address.version);
    of_version
        .is_some_and(|plan| plan.messages().chain(plan.commands()).any(|message| message == address.message))
}

fn table(path: &Path, address: &str) -> Result<Imported, CommandError> {
    let read = Address::read(address, Names::Mapping)?;
    let text = fresh::read(path)?;
    let is_markdown = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md"));
    let format = if is_markdown { TableFormat::Markdown } else { TableFormat::Csv };
    mapwright_start::table(&text, format, &read.message)
        .map_err(|error| CommandError::Import { path: path.to_owned(), error })
}

/// Writes a mapping with these parts.
pub(crate) fn write(place: &PlaceArgs, address: &str, read: &Imported) -> Result<u8, CommandError> {
    let files = mapping(fresh::known(place)?, address, &read.parts)?;
    fresh::write(place, &files, &read.notes)
}
