//! Loads mappings: the built-in ones, and folders that extend or override them.

use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};

use mapwright::{Checked, Finding, NotFound, Plans, Schemas, Sources, Spec, Valid};

use crate::args::{Command, MappingArgs};
use crate::error::CommandError;
use crate::folder::{self, folder};

/// Returns all files that the arguments select.
pub(crate) fn sources(args: &MappingArgs) -> Result<Sources, CommandError> {
    over(mapwright_builtin::sources(), args)
}

/// Returns all files that the arguments select, where the paths of built-in ones say so.
pub(crate) fn marked(args: &MappingArgs) -> Result<Sources, CommandError> {
    over(built_in(), args)
}

fn over(built_in: Sources, args: &MappingArgs) -> Result<Sources, CommandError> {
    let mut sources = if args.no_builtin { Sources::new() } else { built_in };
    for path in &args.mappings {
        sources.extend(folder(path)?);
    }
    if sources.iter().next().is_none() {
        return Err(CommandError::NoMappings);
    }
    Ok(sources)
}

/// Adds to an error about a name where it is defined: in a folder here that the command line does not name.
pub(crate) fn here(error: CommandError, command: &Command) -> CommandError {
    let is_named = command.mappings().is_none_or(|args| !args.mappings.is_empty());
    match error {
        CommandError::NotFound(error) if !is_named => match folder_here(&error) {
            Some(folder) => CommandError::NotFoundHere { error, folder },
            None => error.into(),
        },
        error => error,
    }
}

/// The folder of mappings that the current folder has or belongs to, if what is missing is there.
fn folder_here(missing: &NotFound) -> Option<PathBuf> {
    let inner = match missing {
        NotFound::Destination { name, .. } => PathBuf::from(name),
        NotFound::Version { destination, version, .. } => Path::new(destination).join(version),
        _ => return None,
    };
    let is_plain = inner.components().all(|part| matches!(part, Component::Normal(_)));
    let here = fs::canonicalize(env::current_dir().ok()?).ok()?;
    let root = folder::root_of(&here).filter(|root| is_plain && root.join(inner).is_dir())?;
    Some(match root.strip_prefix(&here) {
        Ok(below) if below.as_os_str().is_empty() => PathBuf::from("."),
        Ok(below) => below.to_owned(),
        Err(_) => here.strip_prefix(&root).ok()?.components().map(|_| "..").collect(),
    })
}

/// Loads and checks the mappings, or those of one destination. An error ends the command.
pub(crate) fn checked(args: &MappingArgs, destination: Option<&str>) -> Result<Valid<Checked>, CommandError> {
    checked_of(sources(args)?, args, destination)
}

/// The same for files that are loaded already.
pub(crate) fn checked_of(
    sources: Sources,
    args: &MappingArgs,
    destination: Option<&str>,
) -> Result<Valid<Checked>, CommandError> {
    let sources = sources.without_tests();
    loaded(&sources, destination).check().map_err(|mut found| {
        if args.no_builtin {
            point_at_builtin(&mut found.findings, &sources, "without `--no-builtin`");
        }
        CommandError::Findings { report: render(&found.findings, &sources) }
    })
}

/// Returns the body schemas of plans from these mappings. One that cannot be used ends the command: nothing would be checked against it.
pub(crate) fn body_schemas(plans: &Plans, args: &MappingArgs) -> Result<Schemas, CommandError> {
    let schemas = Schemas::new(plans);
    match schemas.findings() {
        [] => Ok(schemas),
        findings => Err(CommandError::Findings { report: render(findings, &sources(args)?) }),
    }
}

/// Loads one destination, or all of them.
pub(crate) fn loaded(sources: &Sources, destination: Option<&str>) -> Spec {
    // an unknown name needs all destinations, to suggest a similar one
    match destination.filter(|name| sources.destinations().any(|known| known == *name)) {
        Some(name) => Spec::load_only(sources, name),
        None => Spec::load(sources),
    }
}

/// Adds help to findings that disappear when the folder is checked together with the built-in mappings.
pub(crate) fn point_at_builtin(findings: &mut [Finding], own: &Sources, how: &str) {
    if findings.is_empty() {
        return;
    }
    let built_in = built_in();
    let builtin_names: Vec<&str> = built_in.destinations().collect();
    // no other destination can inherit from the built-in ones
    let touches = |name: &&str| {
        let extends = |text: &str| text.contains("extends");
        builtin_names.contains(name)
            || own.get(&format!("mappings/{name}/destination.yaml")).is_some_and(extends)
    };
    if !own.destinations().any(|name| touches(&name)) {
        return;
    }
    let mut laid_over = built_in.clone();
    laid_over.extend(own.clone());
    let (own, laid_over) = (own.clone().without_tests(), laid_over.without_tests());
    let left: Vec<Finding> =
        own.destinations().flat_map(|name| found_in(Spec::load_only(&laid_over, name))).collect();
    let is_in = |list: &[Finding], finding: &Finding| {
        list.iter().any(|known| known.rule == finding.rule && known.place == finding.place)
    };
    // what only tests and reports find is no missing definition
    let checked = found_in(Spec::load(&own));
    for finding in findings.iter_mut().filter(|finding| is_in(&checked, finding) && !is_in(&left, finding)) {
        let group = finding.rule.id.split('-').next().unwrap_or_default();
        let Some((_, does)) = IN_BUILT_IN.iter().find(|(known, _)| *known == group) else { continue };
        finding.help = Some(format!(
            "{how}, the folder is checked together with the built-in mappings, which {does} this"
        ));
    }
}

/// The groups of rules about what the built-in mappings may have, with what they do with it.
const IN_BUILT_IN: [(&str, &str); 3] = [("unknown", "define"), ("missing", "define"), ("unused", "use")];

/// The findings of a check, errors and warnings.
fn found_in(spec: Spec) -> Vec<Finding> {
    match spec.check() {
        Ok(valid) => valid.warnings().to_vec(),
        Err(found) => found.findings,
    }
}

/// The prefix of the paths of built-in files.
pub(crate) const BUILT_IN: &str = "(built in)/";

/// Returns the built-in mappings, under paths that cannot be confused with files on disk.
pub(crate) fn built_in() -> Sources {
    let files = mapwright_builtin::sources();
    let mut named = Sources::new();
    for (path, text) in files.iter() {
        named.insert_as(path, format!("{BUILT_IN}{path}"), text);
    }
    named
}

/// Returns mappings as they are, or laid over the built-in ones that they touch.
pub(crate) fn beside(own: &Sources, builtin: bool) -> Sources {
    if builtin { mapwright_validate::laid_over(built_in(), own) } else { own.clone() }
}

/// Renders findings as text.
pub(crate) fn render(findings: &[Finding], sources: &Sources) -> String {
    mapwright_report::render_findings(findings, sources, mapwright_report::Look::PLAIN)
}
