//! What both programs do around their work: arguments in, exit code out.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::args;
use crate::completions;
use crate::error::CommandError;
use crate::exit::{DONE, FAILED};
use crate::terminal;

/// Runs a program with these arguments, the first of which is its own name.
pub(crate) fn main<A: Parser>(
    arguments: impl IntoIterator<Item = OsString>,
    run: impl FnOnce(&A) -> Result<u8, CommandError>,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match completions::answered(A::command, &arguments) {
        Ok(false) => {}
        Ok(true) => return ExitCode::from(DONE),
        Err(error) => {
            terminal::complain(&error.to_string());
            return ExitCode::from(FAILED);
        }
    }
    let args = match A::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            terminal::complain(&args::without_secrets(error).render().to_string());
            return ExitCode::from(FAILED);
        }
        Err(help) => {
            // a closed output is not an error
            let _ = help.print();
            return ExitCode::from(DONE);
        }
    };
    ExitCode::from(run(&args).unwrap_or_else(|error| {
        terminal::complain(&error.report());
        FAILED
    }))
}
