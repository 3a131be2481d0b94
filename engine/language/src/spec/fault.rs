//! Who has to act.

use crate::decode::words;

words! {
    /// Who must act on an error.
    pub enum Fault {
        /// The event must be fixed.
        Event = "event",
        /// The settings must be fixed.
        Settings = "settings",
        /// The destination must be fixed.
        Destination = "destination",
    }
}
