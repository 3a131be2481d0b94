//! `mapwright schema`: prints JSON Schemas.

use mapwright::{NotFound, Sources, Spec, suggest};

use crate::args::SchemaArgs;
use crate::error::CommandError;
use crate::{mappings, output, terminal};

pub(crate) fn run(args: &SchemaArgs) -> Result<u8, CommandError> {
    let sources = mappings::sources(&args.mappings)?.without_tests();
    let destination = args.name.as_deref().and_then(|name| name.split('/').next());
    let spec = mappings::loaded(&sources, destination);
    match &args.name {
        None => {
            let names = names(&sources, &spec).join("\n");
            output::print(terminal::stdout(), format!("{names}\n").as_bytes())
        }
        Some(name) => output::print(terminal::stdout(), find(name, &sources, &spec)?.as_bytes()),
    }
}

/// Returns the names of all schemas.
pub(crate) fn names(sources: &Sources, spec: &Spec) -> Vec<String> {
    shared(sources).map(|(name, _)| name.to_owned()).chain(spec.body_schemas()).collect()
}

fn find(name: &str, sources: &Sources, spec: &Spec) -> Result<String, CommandError> {
    if let Some((_, text)) = shared(sources).find(|(known, _)| *known == name) {
        return Ok(text.to_owned());
    }
    match spec.body_schema(name) {
        Err(NotFound::Address { .. }) => {
            let known: Vec<&str> = shared(sources).map(|(name, _)| name).collect();
            let help = format!(
                "{}; write the schema of a request body as `DESTINATION/VERSION/OPERATION`",
                suggest(name, known.iter().copied())
            );
            Err(CommandError::NoSchema { name: name.to_owned(), help })
        }
        found => Ok(found?),
    }
}

/// Returns the schemas that belong to no destination: those of the language and of events.
fn shared(sources: &Sources) -> impl Iterator<Item = (&str, &str)> {
    sources
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix("schemas/")?.strip_suffix(".schema.json")?, text)))
}
