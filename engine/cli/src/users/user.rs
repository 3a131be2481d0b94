//! Users to delete, and errors about them.

use std::io;

use bytes::Bytes;

/// The largest file of users in bytes. All users are in memory before the first one is deleted.
pub(super) const MAX_BYTES: u64 = 256 << 20;
/// The names of the id's column or member, in any case and with any separators, in order of preference.
pub(super) const ID_NAMES: [&str; 2] = ["userid", "id"];
/// The outcome of a deleted user in a report. A report can be read again, and then names those who are left.
pub(crate) const DELETED: &str = "deleted";

/// A user to delete.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct User {
    pub(crate) id: String,
    /// The user for the mapping: the members of a JSON object, with `userId` and the other columns or members of the file.
    json: String,
}

impl User {
    pub(crate) fn new(id: &str) -> Self {
        Self::with(id, &quoted(id), [])
    }

    /// Returns the user with this id, as text and as JSON, and other members, whose values are JSON.
    pub(super) fn with<'m>(
        id: &str,
        id_json: &str,
        others: impl IntoIterator<Item = (&'m str, String)>,
    ) -> Self {
        let mut json = String::new();
        for (name, value) in others {
            json.push_str(&format!("{}:{value},", quoted(name)));
        }
        json.push_str(&format!("\"userId\":{id_json}"));
        Self { id: id.to_owned(), json }
    }

    /// Returns the deletion event.
    pub(crate) fn event(&self, message: &str) -> Bytes {
        format!("{{\"type\":{},\"users\":[{{{}}}]}}", quoted(message), self.json).into()
    }
}

/// The users of a file.
#[derive(Debug, Default)]
pub(crate) struct Users {
    pub(crate) users: Vec<User>,
    /// The number of lines that a report calls deleted, which are left out.
    pub(crate) deleted: usize,
}

/// An error about users to delete.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsersError {
    #[error("cannot read `{file}`: {error}")]
    Io { file: String, error: io::Error },
    #[error("`{file}` has more than {MAX_BYTES} bytes; split it")]
    TooLarge { file: String },
    #[error("`{file}` has no column `userId` in its first line; nobody was deleted")]
    NoColumn { file: String },
    #[error(
        "the first line of `{file}` is `{found}`, which looks like the name of a column; expected a column `userId`, or one id per line; nobody was deleted"
    )]
    UnknownColumn { file: String, found: String },
    #[error("line {line} of `{file}` has no user id; nobody was deleted")]
    NoId { file: String, line: u64 },
    #[error("line {line} of `{file}` has several user ids; nobody was deleted")]
    SeveralIds { file: String, line: u64 },
    #[error(
        "line {line} of `{file}` has a user id with {found}; remove it, or write the id as JSON to delete it as it is; nobody was deleted"
    )]
    OddId { file: String, line: u64, found: &'static str },
    #[error("line {line} of `{file}` cannot be read: {problem}; nobody was deleted")]
    Broken { file: String, line: u64, problem: String },
    #[error("`{file}` contains no users")]
    Empty { file: String },
    #[error("`{file}` contains no users that are left: its {deleted} users are deleted already")]
    NobodyLeft { file: String, deleted: usize },
    #[error("`--user-id` requires an id, found an empty one; nobody was deleted")]
    EmptyId,
}

/// Returns text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns a name in lower case without separators: `user_id`, `User ID` and `userId` are equal.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
