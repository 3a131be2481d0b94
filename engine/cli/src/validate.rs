//! The command `validate-mappings`.

mod args;
mod mutate;
mod outputs;
mod roots;

use std::ffi::OsString;
use std::process::ExitCode;

use mapwright::{Sources, suggest};
use mapwright_validate::{Options, Report, validate};

use self::args::Args;
use self::outputs::{Outputs, print};
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::{folder, mappings, program};

/// Runs `validate-mappings` with these arguments, the first of which is the program's own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::main(arguments, |args: &Args| match &args.explain {
        Some(rule) => explain(rule),
        None if args.mutate => mutate::mutate(args),
        None => check(args),
    })
}

fn explain(id: &str) -> Result<u8, CommandError> {
    let Some(rule) = mapwright::rules().iter().find(|rule| rule.id == id) else {
        let known: Vec<&str> = mapwright::rules().iter().map(|rule| rule.id).collect();
        return Err(CommandError::NoRule { name: id.to_owned(), help: suggest(id, known.iter().copied()) });
    };
    print(&format!("{}: {}\n\n{}", rule.id, rule.summary, rule.doc)).map(|()| DONE)
}

fn check(args: &Args) -> Result<u8, CommandError> {
    let outputs = Outputs::new(args)?;
    let options = Options::default().with_tests(!args.no_tests);
    let mut report = Report::default();
    // the files of all roots, by their paths in findings
    let mut texts = Sources::new();
    for root in roots::roots(&args.paths)? {
        let own = folder::root(&root.path, &|path| root.show(path))?;
        let mut sources = if args.builtin { mappings::built_in() } else { Sources::new() };
        sources.extend(own.clone());
        let mut found = validate(&sources, &options);
        if !args.builtin {
            mappings::point_at_builtin(&mut found.findings, &own, options, "with `--builtin`");
        }
        // a change of one file can break others, so all findings of the folder are reported
        report.extend(found);
        texts.extend(sources.by_shown_path());
    }
    outputs.write(&report, &texts)?;
    Ok(if report.fails(args.deny_warnings) { REJECTED } else { DONE })
}
