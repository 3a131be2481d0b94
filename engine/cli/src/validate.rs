//! The command `validate-mappings`: everything that is known about mappings before their first event.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice as StreamColor};
use clap::{ColorChoice, Parser, ValueEnum, ValueHint};
use mapwright::{Finding, Sources, suggest};
use mapwright_validate::{Format, Options, Report, validate};

use crate::args::examples;
use crate::error::CommandError;
use crate::{DONE, FAILED, REJECTED, mappings, terminal};

/// Check mappings: everything that can be known about them before the first event
///
/// Reads whole folders of mappings, as files of one destination depend on each other, and reports what is wrong in the files
/// that were asked for. The tests beside the mappings are run, and the requests that they make are checked against the schemas
/// of the API, which stand in the folder `schemas` beside `mappings`.
#[derive(Debug, Parser)]
#[command(name = "validate-mappings", version, after_help = examples::validate())]
struct Args {
    /// Folders of mappings, of a destination or of a version, or single files
    #[arg(value_name = "PATH", default_value = "mappings", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Written::Text)]
    format: Written,
    /// Let warnings fail too
    #[arg(long)]
    deny_warnings: bool,
    /// Neither run mapping tests nor ask for them
    #[arg(long)]
    no_tests: bool,
    /// Lay the mappings over the built-in ones, which they may extend
    #[arg(long)]
    builtin: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    /// Tell what a rule is about, and what to do about its findings
    #[arg(long, value_name = "RULE", conflicts_with_all = ["paths", "no_tests", "builtin"])]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    /// For people, with the lines of the files
    Text,
    /// For machines: schemas/validate-report.schema.json says how
    Json,
}

/// Runs `validate-mappings` with these arguments, the first of which is the program's own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            terminal::complain(&error.render().to_string());
            return ExitCode::from(FAILED);
        }
        Err(help) => {
            // nobody reads it: no reason to complain
            let _ = help.print();
            return ExitCode::from(DONE);
        }
    };
    let done = match &args.explain {
        Some(rule) => explain(rule),
        None => check(&args),
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        terminal::complain(&error.report());
        FAILED
    }))
}

fn explain(id: &str) -> Result<u8, CommandError> {
    let Some(rule) = mapwright::rules().iter().find(|rule| rule.id == id) else {
        let known: Vec<&str> = mapwright::rules().iter().map(|rule| rule.id).collect();
        return Err(CommandError::NoRule { name: id.to_owned(), help: suggest(id, known.iter().copied()) });
    };
    print(&format!("{}: {}\n\n{}", rule.id, rule.summary, rule.doc))?;
    Ok(DONE)
}

fn check(args: &Args) -> Result<u8, CommandError> {
    let options = Options::default().with_tests(!args.no_tests);
    let mut report = Report::default();
    // the files of all roots, by the paths that findings show
    let mut texts = Sources::new();
    for root in roots(&args.paths)? {
        let own = mappings::root(&root.path, &|path| root.show(path))?;
        let mut sources = if args.builtin { mappings::built_in() } else { Sources::new() };
        sources.extend(own.clone());
        let mut found = validate(&sources, &options);
        if !args.builtin {
            mappings::point_at_builtin(&mut found.findings, &own, options, "with `--builtin`");
        }
        let asked_for = Selection::new(&root, &own);
        report.findings.extend(found.findings.into_iter().filter(|finding| asked_for.covers(finding)));
        report.checked += found.checked;
        texts.extend(sources.iter().map(|(path, text)| (sources.shown(path), text)).collect());
    }
    let format = match args.format {
        Written::Text => Format::Text { color: wants_color(args.color) },
        Written::Json => Format::Json,
    };
    print(&report.render(&texts, format))?;
    Ok(if report.fails(args.deny_warnings) { REJECTED } else { DONE })
}

fn wants_color(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&io::stdout()) != StreamColor::Never,
    }
}

/// Writes a text whose controls are escaped already. A reader that has gone away, as with `| head`, is no failure.
fn print(text: &str) -> Result<(), CommandError> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::Output { name: "standard output".to_owned(), error })
        }
        _ => Ok(()),
    }
}

/// A folder of mappings, and what was asked for in it.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// Whether findings show paths from the root of the file system.
    absolute: bool,
    /// Paths as [`Sources`] has them: `mappings`, `mappings/acme/2.10`.
    asked_for: Vec<String>,
}

impl Root {
    /// A path as findings show it: as it is written from the current folder, unless an absolute one was asked for.
    fn show(&self, path: &Path) -> String {
        let here = env::current_dir().and_then(fs::canonicalize).ok().filter(|_| !self.absolute);
        let Some(here) = here else { return mappings::slashes(path) };
        let common = path.components().zip(here.components()).take_while(|(a, b)| a == b).count();
        let up = here.components().skip(common).map(|_| Component::ParentDir);
        mappings::slashes(&up.chain(path.components().skip(common)).collect::<PathBuf>())
    }
}

/// The folders of mappings that hold the paths, each once.
fn roots(paths: &[PathBuf]) -> Result<Vec<Root>, CommandError> {
    let mut roots: Vec<Root> = Vec::new();
    for path in paths {
        let no_path = |error| CommandError::NoPath { path: path.clone(), error };
        let real = fs::canonicalize(path).map_err(no_path)?;
        let root = root_of(&real);
        let below = real.strip_prefix(&root).unwrap_or(Path::new("")).to_owned();
        let asked_for = mappings::slashes(&Path::new("mappings").join(below));
        match roots.iter_mut().find(|known| known.path == root) {
            Some(known) => known.asked_for.push(asked_for.trim_end_matches('/').to_owned()),
            None => roots.push(Root {
                path: root,
                absolute: path.is_absolute(),
                asked_for: vec![asked_for.trim_end_matches('/').to_owned()],
            }),
        }
    }
    Ok(roots)
}

/// The folder that holds the destinations: above one of them, a folder `mappings` in or around the path, or the path itself.
fn root_of(path: &Path) -> PathBuf {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let destination = folder.ancestors().find(|folder| folder.join("destination.yaml").is_file());
    if let Some(root) = destination.and_then(Path::parent) {
        return root.to_owned();
    }
    let inside = folder.join("mappings");
    if inside.is_dir() {
        return inside;
    }
    let named = folder.ancestors().find(|folder| folder.file_name() == Some(OsStr::new("mappings")));
    named.unwrap_or(folder).to_owned()
}

/// The files of a root that were asked for.
struct Selection<'r> {
    root: &'r Root,
    /// The paths of files as [`Sources`] has them, by those that findings show.
    paths: BTreeMap<&'r str, &'r str>,
}

impl<'r> Selection<'r> {
    fn new(root: &'r Root, own: &'r Sources) -> Self {
        let paths = own.iter().map(|(path, _)| (own.shown(path), path)).collect();
        Self { root, paths }
    }

    /// A finding counts with any of its places: a line of a mapping breaks the tests of another file.
    fn covers(&self, finding: &Finding) -> bool {
        let related = finding.related.iter().map(|(place, _)| place);
        std::iter::once(&finding.place).chain(related).any(|place| self.covers_path(&place.path))
    }

    fn covers_path(&self, shown: &str) -> bool {
        let path = match self.paths.get(shown) {
            Some(path) => (*path).to_owned(),
            None if shown.starts_with(mappings::BUILT_IN) => return false,
            // a file that is not there
            None => match absolute(shown).strip_prefix(&self.root.path) {
                Ok(below) => mappings::slashes(&Path::new("mappings").join(below)),
                Err(_) => shown.to_owned(),
            },
        };
        self.root.asked_for.iter().any(|asked_for| {
            let below = |folder: &str| {
                path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let schemas = asked_for.replacen("mappings", "schemas", 1);
            let tests = asked_for.strip_suffix(".yaml").map(|stem| format!("{stem}.test.yaml"));
            below(asked_for) || below(&schemas) || tests.is_some_and(|tests| tests == path)
        })
    }
}

/// A path from the root of the file system, whether anything is there or not.
fn absolute(path: &str) -> PathBuf {
    let mut absolute = env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => drop(absolute.pop()),
            Component::CurDir => {}
            part => absolute.push(part),
        }
    }
    absolute
}
