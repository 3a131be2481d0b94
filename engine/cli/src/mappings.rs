//! Loads mappings: the built-in ones, and folders that extend or override them.

use mapwright::{Checked, Finding, Sources, Spec, Valid};

use crate::args::MappingArgs;
use crate::error::CommandError;
use crate::folder::folder;

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

/// Loads and checks the mappings, or those of one destination. An error ends the command.
pub(crate) fn checked(args: &MappingArgs, destination: Option<&str>) -> Result<Valid<Checked>, CommandError> {
    let sources = sources(args)?.without_tests();
    // an unknown name needs all destinations, to suggest a similar one
    let spec = match destination.filter(|name| sources.destinations().any(|known| known == *name)) {
        Some(name) => Spec::load_only(&sources, name),
        None => Spec::load(&sources),
    };
    spec.check().map_err(|mut found| {
        if args.no_builtin {
            point_at_builtin(&mut found.findings, &sources, "without `--no-builtin`");
        }
        CommandError::Findings { report: render(&found.findings, &sources) }
    })
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
    let laid_over = laid_over.without_tests();
    let mut left: Vec<Finding> = Vec::new();
    for name in own.destinations() {
        match Spec::load_only(&laid_over, name).check() {
            Ok(valid) => left.extend_from_slice(valid.warnings()),
            Err(found) => left.extend(found.findings),
        }
    }
    let of_them = |finding: &Finding| {
        // tests are not run for this: what they find is no missing definition
        !finding.place.path.ends_with(".test.yaml") && !BY_TESTS.contains(&finding.rule.id)
    };
    for finding in findings.iter_mut().filter(|finding| of_them(finding)) {
        if !left.iter().any(|left| left.rule == finding.rule && left.place == finding.place) {
            finding.help = Some(format!(
                "{how}, the folder is checked together with the built-in mappings, which define this"
            ));
        }
    }
}

/// The rules whose findings are made by running tests.
const BY_TESTS: [&str; 3] = ["failing-test", "schema-violation", "untested-mapping"];

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

/// Renders findings as text.
pub(crate) fn render(findings: &[Finding], sources: &Sources) -> String {
    mapwright_validate::render_findings(findings, sources, false)
}
