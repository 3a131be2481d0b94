//! Mappings: the built-in ones, and those of folders laid over them.

use mapwright::{Checked, Finding, Sources, Spec, Valid};
use mapwright_validate::{Options, validate};

use crate::args::MappingArgs;
use crate::error::CommandError;
use crate::folder::folder;

/// All files that the arguments ask for.
pub(crate) fn sources(args: &MappingArgs) -> Result<Sources, CommandError> {
    let mut sources = if args.no_builtin { Sources::new() } else { mapwright_builtin::sources() };
    for path in &args.mappings {
        sources.extend(folder(path)?);
    }
    if sources.iter().next().is_none() {
        return Err(CommandError::NoMappings);
    }
    Ok(sources)
}

/// Loads and checks them, or those of one destination; any finding that is an error ends the command.
pub(crate) fn checked(args: &MappingArgs, destination: Option<&str>) -> Result<Valid<Checked>, CommandError> {
    let mut sources = sources(args)?.without_tests();
    // with none of that name, all are looked through for one that may be meant
    if let Some(name) = destination.filter(|name| sources.destinations().any(|known| known == *name)) {
        sources = sources.only(name);
    }
    Spec::load(&sources).check().map_err(|mut found| {
        if args.no_builtin {
            let options = Options::default().with_tests(false);
            point_at_builtin(&mut found.findings, &sources, options, "without `--no-builtin`");
        }
        CommandError::Findings { report: render(&found.findings, &sources) }
    })
}

/// Tells of findings that are gone over the built-in mappings how these come in.
pub(crate) fn point_at_builtin(findings: &mut [Finding], own: &Sources, options: Options, how: &str) {
    if findings.is_empty() {
        return;
    }
    let mut laid_over = built_in();
    laid_over.extend(own.clone());
    let left = validate(&laid_over, &options).findings;
    for finding in findings {
        if !left.iter().any(|left| left.rule == finding.rule && left.place == finding.place) {
            finding.help = Some(format!(
                "{how}, the folder is laid over the built-in mappings, and this is found there"
            ));
        }
    }
}

/// What the paths of built-in files start with.
pub(crate) const BUILT_IN: &str = "(built in)/";

/// The built-in mappings, under paths that cannot be taken for files on disk.
pub(crate) fn built_in() -> Sources {
    let files = mapwright_builtin::sources();
    let mut named = Sources::new();
    for (path, text) in files.iter() {
        named.insert_as(path, format!("{BUILT_IN}{path}"), text);
    }
    named
}

/// Findings as people read them.
pub(crate) fn render(findings: &[Finding], sources: &Sources) -> String {
    mapwright_validate::render_findings(findings, sources, false)
}
