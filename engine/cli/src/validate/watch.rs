//! `validate-mappings --watch`: checks again whenever a file changes.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::error::CommandError;
use crate::exit::DONE;
use crate::terminal;
use crate::validate::args::Args;
use crate::validate::roots::{Root, roots};

/// How often files are looked at.
const PAUSE: Duration = Duration::from_millis(200);
/// Clears a terminal.
const CLEAR: &[u8] = b"\x1b[2J\x1b[3J\x1b[H";

/// Runs a check now and after every change, until the command is stopped or nobody reads its output.
pub(super) fn watch(
    args: &Args,
    check: impl Fn(&Args) -> Result<u8, CommandError>,
) -> Result<u8, CommandError> {
    let mut is_first = true;
    loop {
        let clear: &[u8] = if io::stdout().is_terminal() { CLEAR } else { b"\n" };
        if !is_first && io::stdout().write_all(clear).and_then(|()| io::stdout().flush()).is_err() {
            return Ok(DONE);
        }
        is_first = false;
        // what changes in the meantime is checked next
        let before = state(args);
        if let Err(error) = check(args) {
            terminal::complain(&error.report());
        }
        if !args.report.quiet {
            terminal::complain("watching for changes; Ctrl-C stops");
        }
        while state(args) == before {
            thread::sleep(PAUSE);
        }
    }
}

/// The files that a check reads, with what changes if they do. Files that cannot be read are none: they come back.
fn state(args: &Args) -> Vec<(PathBuf, Option<SystemTime>, u64)> {
    let roots = roots(&args.paths, args.stdin_filename.as_deref()).unwrap_or_default();
    let files = roots.iter().flat_map(Root::files);
    let mut state: Vec<_> = files
        .filter_map(|path| {
            let found = path.metadata().ok()?;
            Some((path, found.modified().ok(), found.len()))
        })
        .collect();
    state.sort();
    state
}
