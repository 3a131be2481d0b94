//! Fixes on the command line: files that are written, or shown as a diff.

use std::path::Path;

use mapwright::Sources;
use mapwright_report::is_unsafe;
use mapwright_validate::Mended;
use similar::TextDiff;

use crate::error::CommandError;
use crate::whole::WholeFile;

/// Writes the files that changed. Each is whole at any time.
pub(crate) fn write(mended: &Mended) -> Result<(), CommandError> {
    for path in &mended.changed {
        let text = mended.sources.get(path).unwrap_or("");
        // what findings show of a file on disk is its path from here
        WholeFile::new(Path::new(mended.sources.shown(path)))?.write(text.as_bytes())?;
    }
    Ok(())
}

/// Returns what would change, as a unified diff.
pub(crate) fn diff(before: &Sources, mended: &Mended) -> String {
    let diffs = mended.changed.iter().map(|path| {
        let (old, new) = (before.get(path).unwrap_or(""), mended.sources.get(path).unwrap_or(""));
        let shown = before.shown(path);
        TextDiff::from_lines(old, new).unified_diff().context_radius(2).header(shown, shown).to_string()
    });
    let safe = |c: char| if is_unsafe(c) && !matches!(c, '\t' | '\r') { '\u{fffd}' } else { c };
    diffs.collect::<String>().chars().map(safe).collect()
}
