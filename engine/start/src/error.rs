//! Why nothing can be started.

/// Why nothing can be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A name that cannot be a folder of mappings.
    #[error(
        "`{name}` cannot name a {kind}: expected letters, digits, `_`, `-` and `.`, and a letter or a digit first"
    )]
    Name {
        /// What it would name.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Something else than what an address is made of.
    #[error("expected `{expected}`, found `{found}`")]
    Address {
        /// The parts of the address.
        expected: &'static str,
        /// What was stated.
        found: String,
    },
    /// A message type that does not exist.
    #[error("unknown message type `{name}`: {help}")]
    Message {
        /// The name.
        name: String,
        /// What to do.
        help: String,
    },
    /// An operation that a document does not have.
    #[error("unknown operation `{name}`: {help}")]
    Operation {
        /// What was stated.
        name: String,
        /// What to do.
        help: String,
    },
    /// The file is not what its format says.
    #[error("line {line}, column {column}: this is not {format}: {reason}")]
    Syntax {
        /// The format.
        format: &'static str,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// Why.
        reason: String,
    },
    /// The patch of a document cannot be read.
    #[error("the patch: {0}")]
    Patch(Box<StartError>),
    /// The content is something else.
    #[error("expected {expected}, found {found}")]
    Content {
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// A table without a column.
    #[error(
        "the table has no column `{column}`; its first row names the columns `source`, `target`, `required` and `type`, found {found}"
    )]
    Column {
        /// The column.
        column: &'static str,
        /// The columns that it has.
        found: String,
    },
}

impl StartError {
    /// The error as one of a patch.
    pub(crate) fn of_patch(self) -> Self {
        Self::Patch(Box::new(self))
    }
}
