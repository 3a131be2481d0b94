//! `mapwright docs`: the page of a destination.

use std::fs;
use std::path::Path;

use mapwright::NotFound;
use mapwright_docs::{Document, destination, guide, markdown, page};
use mapwright_language::catalog::Destination;
use mapwright_language::unaliased;

use crate::args::{DocsArgs, PageFormat};
use crate::error::CommandError;
use crate::exit::DONE;
use crate::{mappings, output, terminal};

pub(crate) fn run(args: &DocsArgs) -> Result<u8, CommandError> {
    let valid = mappings::checked(&args.mappings, Some(&args.page))?;
    let destinations = &valid.catalog().destinations;
    let names = destinations.iter().map(|known| known.name.as_str());
    let of = destinations.iter().find(|known| known.name == args.page);
    let of = of.ok_or_else(|| NotFound::destination(&args.page, names))?;
    let (name, document) = match args.migrate.as_deref() {
        Some([from, to]) => {
            let [from, to] = [version(of, from)?, version(of, to)?];
            (format!("{}-{from}-{to}", args.page), guide(valid, &args.page, &from, &to))
        }
        _ => (args.page.clone(), destination(valid, &args.page)),
    };
    let document = document.ok_or_else(|| NotFound::destination(&args.page, []))?;
    match (&args.output, args.format) {
        (Some(folder), _) => write(folder, &name, &document),
        (None, PageFormat::Markdown) => output::print(terminal::stdout(), markdown(&document).as_bytes()),
        (None, PageFormat::Html) => output::print(terminal::stdout(), page(&document).as_bytes()),
    }
}

/// Returns the number of a version that may be named by an alias.
fn version(of: &Destination, name: &str) -> Result<String, CommandError> {
    let aliases = &of.spec.versions.aliases;
    let aliases = aliases.iter().map(|(alias, number)| (alias.value.as_str(), number.value.0.as_str()));
    let number = unaliased(name, aliases.clone());
    let mut known: Vec<&str> = of.versions.iter().map(|version| version.number.0.as_str()).collect();
    if known.contains(&number) {
        return Ok(number.to_owned());
    }
    known.extend(aliases.map(|(alias, _)| alias));
    Err(NotFound::version(&of.name, name, &known).into())
}

/// Writes a page in all formats.
fn write(folder: &Path, name: &str, document: &Document) -> Result<u8, CommandError> {
    let unwritable = |error| CommandError::Output { name: folder.display().to_string(), error };
    fs::create_dir_all(folder).map_err(unwritable)?;
    for (ending, text) in [("md", markdown(document)), ("html", page(document))] {
        let path = folder.join(format!("{name}.{ending}"));
        let unwritable = |error| CommandError::Output { name: path.display().to_string(), error };
        fs::write(&path, text).map_err(unwritable)?;
        terminal::complain(&format!("wrote {}", path.display()));
    }
    Ok(DONE)
}
