//! `validate-mappings --watch`: checks again whenever a file changes.

mod changes;
mod kept;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use self::changes::{Changes, Watched};
use self::kept::{FileCache, Stamp};
use crate::error::CommandError;
use crate::exit::DONE;
use crate::folder::ReadFile;
use crate::terminal;
use crate::validate::args::Args;
use crate::validate::roots::{Root, roots};

/// Clears a terminal.
const CLEAR: &[u8] = b"\x1b[2J\x1b[3J\x1b[H";

/// Runs a check now and after every change, until the command is stopped or its output is closed.
pub(super) fn watch(
    args: &Args,
    check: impl Fn(&Args, ReadFile<'_>) -> Result<u8, CommandError>,
) -> Result<u8, CommandError> {
    let (kept, mut changes) = (FileCache::default(), Changes::new());
    let mut is_first = true;
    loop {
        let clear: &[u8] = if io::stdout().is_terminal() { CLEAR } else { b"\n" };
        if !is_first && io::stdout().write_all(clear).and_then(|()| io::stdout().flush()).is_err() {
            return Ok(DONE);
        }
        is_first = false;
        // what changes in the meantime is checked next
        let (before, watched) = state(args);
        changes.watch(watched);
        if let Err(error) = check(args, &|path| kept.read(path)) {
            terminal::complain(&error.report());
        }
        if !args.report.quiet {
            terminal::complain("watching for changes; Ctrl-C stops");
        }
        loop {
            let changed = changes.wait();
            let is_checked = |path: &&PathBuf| before.binary_search_by(|(known, _)| known.cmp(path)).is_ok();
            let those = changed.iter().filter(is_checked).inspect(|path| kept.forget(path)).count();
            if those > 0 || state(args).0 != before {
                break;
            }
        }
    }
}

/// The files that a check reads, each with what changes if it does, and the folders that they are in. Files that cannot be read are none: they come back.
fn state(args: &Args) -> (Vec<(PathBuf, Stamp)>, Watched) {
    let roots = roots(&args.paths, args.stdin_filename.as_deref()).unwrap_or_default();
    let files = roots.iter().flat_map(Root::files);
    let mut state: Vec<_> =
        files.filter_map(|path| Stamp::of(&path).ok().map(|stamp| (path, stamp))).collect();
    state.sort();
    let watched = Watched::new(&roots, state.iter().map(|(path, _)| path.as_path()));
    (state, watched)
}
