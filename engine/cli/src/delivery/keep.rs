//! Storing outcomes before they count as finished.

use mapwright_driver::Finished;

use crate::error::CommandError;

/// The most outcomes that are synced together. Fewer than the driver reads ahead, so that it never waits for a sync that waits for it.
pub(super) const TOGETHER: usize = 1_024;

/// What stores outcomes.
pub(crate) trait Keep<T> {
    /// Stores an outcome.
    fn keep(&mut self, finished: &Finished<T>) -> Result<Durability, CommandError>;

    /// Returns after all that was stored is on disk.
    fn sync(&mut self) -> Result<(), CommandError>;
}

/// How an outcome is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It counts as finished.
    Safe,
    /// It counts as finished after the next sync.
    Unsynced,
}

/// What only looks at outcomes.
impl<T, F: FnMut(&Finished<T>) -> Result<(), CommandError>> Keep<T> for F {
    fn keep(&mut self, finished: &Finished<T>) -> Result<Durability, CommandError> {
        self(finished).map(|()| Durability::Safe)
    }

    fn sync(&mut self) -> Result<(), CommandError> {
        Ok(())
    }
}
