//! Exit codes of the commands.

/// Success.
pub(crate) const DONE: u8 = 0;
/// Some events were rejected or failed.
pub(crate) const REJECTED: u8 = 1;
/// Something is left to do.
pub(crate) const LEFT: u8 = 1;
/// The command failed.
pub(crate) const FAILED: u8 = 2;
/// Ended by Ctrl-C, as shells report it.
pub(crate) const INTERRUPTED: u8 = 130;
/// Ended by SIGTERM.
pub(crate) const TERMINATED: u8 = 143;
/// Ended by SIGHUP.
pub(crate) const HUNG_UP: u8 = 129;
