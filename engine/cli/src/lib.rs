//! The commands `mapwright` and `validate-mappings`.

mod append;
mod args;
mod check_connection;
mod checkpoint;
mod completions;
mod dead_letter;
mod delete;
mod delivery;
mod destination;
mod diff;
mod docs;
mod error;
mod exit;
mod explain;
mod files;
mod fmt;
pub mod folder;
mod fresh;
mod git;
mod import;
pub mod input;
mod line;
mod list;
mod lsp;
mod map;
mod mappings;
mod new;
mod output;
pub mod pipeline;
mod preview;
mod program;
pub mod progress;
mod rejection;
mod repository;
mod sandbox;
mod schema;
mod send;
mod settings;
mod show;
mod summary;
mod surroundings;
mod target;
pub mod terminal;
mod test;
mod together;
mod users;
pub mod validate;
mod variable;
mod whole;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::error::CommandError;

/// Runs `mapwright` with these arguments, the first of which is the program's own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::main(arguments, |cli: &Cli| {
        run(&cli.command).map_err(|error| mappings::here(error, &cli.command))
    })
}

fn run(command: &Command) -> Result<u8, CommandError> {
    match command {
        Command::Map(args) => map::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Send(args) => send::run(args),
        Command::Delete(args) => delete::run(args),
        Command::CheckConnection(args) => check_connection::run(args),
        Command::Checkpoint(args) => checkpoint::run(args),
        Command::Test(args) => test::run(args),
        Command::Sandbox(args) => sandbox::run(args),
        Command::Show(args) => show::run(args),
        Command::Docs(args) => docs::run(args),
        Command::Diff(args) => diff::run(args),
        Command::List(args) => list::run(args),
        Command::Schema(args) => schema::run(args),
        Command::New(args) => new::run(args),
        Command::Import(args) => import::run(args),
        Command::Fmt(args) => fmt::run(args),
        Command::Lsp(args) => lsp::run(args),
        Command::Completions { shell } => output::print(terminal::stdout(), &completions::script(*shell)),
    }
}
