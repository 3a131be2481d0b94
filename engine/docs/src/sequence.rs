//! A diagram of calls between two: who calls, and who answers.

/// Calls in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// Who calls.
    pub caller: String,
    /// Who answers.
    pub callee: String,
    /// What happens.
    pub items: Vec<Item>,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A call.
    Call(String),
    /// A response, and what is read of it.
    Answer(String),
    /// Something that the caller does by itself.
    Note(String),
    /// What happens under a condition, or several times.
    Group {
        /// What it is.
        kind: Group,
        /// The condition.
        label: String,
        /// What happens in it.
        items: Vec<Item>,
    },
}

/// What a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It may happen.
    Optional,
    /// It happens several times.
    Loop,
}

impl Group {
    /// Returns the word in a diagram.
    pub fn word(self) -> &'static str {
        match self {
            Group::Optional => "opt",
            Group::Loop => "loop",
        }
    }
}
