//! Who has to act.

use crate::decode::words;

words! {
    /// Who has to act on an error.
    pub enum Fault {
        /// The event has to be right.
        Event = "event",
        /// The settings have to be right.
        Settings = "settings",
        /// The destination has to work.
        Destination = "destination",
    }
}
