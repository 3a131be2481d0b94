//! `mapwright` for tests that kill it: cargo builds binaries of a package only for its own tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    mapwright_cli::main(std::env::args_os())
}
