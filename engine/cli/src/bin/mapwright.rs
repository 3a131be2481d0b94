//! The command `mapwright`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mapwright_cli::main(std::env::args_os())
}
