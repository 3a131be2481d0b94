//! The words of the modifiers of rows.

use crate::decode::words;

words! {
    /// A value that is absent by default.
    pub enum Keep {
        /// JSON's null.
        Null = "null",
        /// The empty string.
        Empty = "empty",
    }
}

words! {
    /// What happens if a field is absent.
    pub enum OnMissing {
        /// The field is omitted.
        Omit = "omit",
        /// The event is rejected.
        Reject = "reject",
        /// `null` is written.
        Null = "null",
    }
}

words! {
    /// What happens if a conversion fails.
    pub enum OnError {
        /// The event is rejected.
        Reject = "reject",
        /// The field is dropped with a warning.
        Omit = "omit",
        /// The next alternative of `from` is used, with a warning.
        Next = "next",
    }
}
