//! The commands `mapwright` and `validate-mappings`.

mod args;
mod check_connection;
mod dead_letter;
mod delete;
mod delivery;
mod error;
mod explain;
pub mod input;
mod line;
mod list;
mod map;
pub mod mappings;
mod output;
pub mod pipeline;
mod preview;
pub mod progress;
mod rejection;
mod schema;
mod send;
mod settings;
mod show;
mod summary;
mod target;
pub mod terminal;
pub mod validate;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Cli, Command};
use crate::error::CommandError;

/// Success.
const DONE: u8 = 0;
/// Some events were rejected or failed.
const REJECTED: u8 = 1;
/// The command failed.
const FAILED: u8 = 2;
/// Ended by Ctrl-C, as shells report it.
const INTERRUPTED: u8 = 130;
/// Ended by SIGTERM.
const TERMINATED: u8 = 143;

/// Runs `mapwright` with these arguments, the first of which is the program's own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            terminal::complain(&error.render().to_string());
            return ExitCode::from(FAILED);
        }
        Err(help) => {
            // a closed output is not an error
            let _ = help.print();
            return ExitCode::from(DONE);
        }
    };
    let done = match &cli.command {
        Command::Map(args) => map::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Send(args) => send::run(args),
        Command::Delete(args) => delete::run(args),
        Command::CheckConnection(args) => check_connection::run(args),
        Command::Show(args) => show::run(args),
        Command::List(args) => list::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "mapwright", &mut script);
            print(&script)
        }
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        terminal::complain(&error.report());
        FAILED
    }))
}

/// Writes the output of a command to standard output. A closed output, as with `| head`, is not an error.
fn print(text: &[u8]) -> Result<u8, CommandError> {
    let mut output = terminal::stdout();
    match output.write_all(text).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::Output { name: "standard output".to_owned(), error })
        }
        _ => Ok(DONE),
    }
}
