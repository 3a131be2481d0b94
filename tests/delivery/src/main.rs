//! `mapwright`, for tests that kill it: cargo builds the binaries of a package for its own tests only.

use std::process::ExitCode;

fn main() -> ExitCode {
    mapwright_cli::main(std::env::args_os())
}
