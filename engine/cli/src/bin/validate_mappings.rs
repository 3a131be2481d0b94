//! The command `validate-mappings`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mapwright_cli::validate::main(std::env::args_os())
}
