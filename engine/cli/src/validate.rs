//! The command `validate-mappings`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice as StreamColor};
use clap::{ColorChoice, Parser, ValueEnum, ValueHint};
use mapwright::{Sources, suggest};
use mapwright_validate::{Format, Options, Report, validate};

use crate::args::examples;
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::{folder, mappings, output, program};

/// Check mappings: everything that can be known about them before the first event
///
/// Checks whole mapping folders, since their files depend on each other: a path selects the folder that it belongs to, and all
/// findings in that folder are reported. Runs the tests beside the mappings, and validates their requests against the API's schemas
/// in the folder `schemas` beside `mappings`.
#[derive(Debug, Parser)]
#[command(name = "validate-mappings", version, after_help = examples::validate())]
struct Args {
    /// Mapping folders, or folders or files in them or in the `schemas` beside them
    #[arg(value_name = "PATH", default_value = "mappings", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Written::Text)]
    format: Written,
    /// Fail on warnings too
    #[arg(long)]
    deny_warnings: bool,
    /// Neither run nor require mapping tests
    #[arg(long)]
    no_tests: bool,
    /// Check the mappings together with the built-in ones, which they may extend
    #[arg(long)]
    builtin: bool,
    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    /// Explain a rule and how to fix its findings
    #[arg(long, value_name = "RULE", conflicts_with_all = ["paths", "no_tests", "builtin"])]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    /// For people, with source lines
    Text,
    /// For programs; see schemas/validate-report.schema.json
    Json,
}

/// Runs `validate-mappings` with these arguments, the first of which is the program's own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::main(arguments, |args: &Args| match &args.explain {
        Some(rule) => explain(rule),
        None => check(args),
    })
}

fn explain(id: &str) -> Result<u8, CommandError> {
    let Some(rule) = mapwright::rules().iter().find(|rule| rule.id == id) else {
        let known: Vec<&str> = mapwright::rules().iter().map(|rule| rule.id).collect();
        return Err(CommandError::NoRule { name: id.to_owned(), help: suggest(id, known.iter().copied()) });
    };
    print(&format!("{}: {}\n\n{}", rule.id, rule.summary, rule.doc))
}

fn check(args: &Args) -> Result<u8, CommandError> {
    let options = Options::default().with_tests(!args.no_tests);
    let mut report = Report::default();
    // the files of all roots, by their paths in findings
    let mut texts = Sources::new();
    for root in roots(&args.paths)? {
        let own = folder::root(&root.path, &|path| root.show(path))?;
        let mut sources = if args.builtin { mappings::built_in() } else { Sources::new() };
        sources.extend(own.clone());
        let mut found = validate(&sources, &options);
        if !args.builtin {
            mappings::point_at_builtin(&mut found.findings, &own, "with `--builtin`");
        }
        // a change of one file can break others, so all findings of the folder are reported
        report.findings.extend(found.findings);
        report.checked += found.checked;
        texts.extend(sources.by_shown_path());
    }
    let format = match args.format {
        Written::Text => Format::Text { color: wants_color(args.color) },
        Written::Json => Format::Json,
    };
    print(&report.render(&texts, format))?;
    Ok(if report.fails(args.deny_warnings) { REJECTED } else { DONE })
}

/// Controls in the text are escaped already, but for the colours.
fn print(text: &str) -> Result<u8, CommandError> {
    output::print(io::stdout().lock(), text.as_bytes())
}

fn wants_color(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&io::stdout()) != StreamColor::Never,
    }
}

/// A mapping folder to check.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// Whether findings show absolute paths.
    absolute: bool,
}

impl Root {
    /// Returns a path as findings show it: relative to the current folder, unless an absolute path was passed.
    fn show(&self, path: &Path) -> String {
        let here = env::current_dir().and_then(fs::canonicalize).ok().filter(|_| !self.absolute);
        let Some(here) = here else { return folder::slashes(path) };
        let common = path.components().zip(here.components()).take_while(|(a, b)| a == b).count();
        let up = here.components().skip(common).map(|_| Component::ParentDir);
        folder::slashes(&up.chain(path.components().skip(common)).collect::<PathBuf>())
    }
}

/// Returns the mapping folders that the paths belong to, without duplicates.
fn roots(paths: &[PathBuf]) -> Result<Vec<Root>, CommandError> {
    let mut roots: Vec<Root> = Vec::new();
    for path in paths {
        let no_path = |error| CommandError::NoPath { path: path.clone(), error };
        let real = fs::canonicalize(path).map_err(no_path)?;
        let root = folder::root_of(&real).ok_or_else(|| CommandError::NoRoot { path: path.clone() })?;
        if !roots.iter().any(|known| known.path == root) {
            roots.push(Root { path: root, absolute: path.is_absolute() });
        }
    }
    Ok(roots)
}
