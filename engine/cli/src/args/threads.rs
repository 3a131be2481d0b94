//! The number of worker threads.

use std::num::NonZeroUsize;

/// Parses a number of threads.
pub(super) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= 1024);
    threads.ok_or_else(|| format!("expected a number from 1 to 1024, found `{text}`"))
}
