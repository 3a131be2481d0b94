//! Reads the users to delete: one id per line, CSV with an id column, or JSON.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::input::{Batch, BatchSize, Input, Limits, STDIN, Source};

/// The largest file of users in bytes. All users are in memory before the first one is deleted.
const MAX_BYTES: u64 = 256 << 20;
/// The names of the id's column or member, in any case and with any separators, in order of preference.
const ID_NAMES: [&str; 2] = ["userid", "id"];

/// A user to delete.
#[derive(Debug, PartialEq)]
pub(crate) struct User {
    pub(crate) id: String,
    /// The user for the mapping: an object with `userId`, and the other columns or members of the file.
    json: Map<String, Value>,
}

impl User {
    pub(crate) fn new(id: &str) -> Self {
        Self::with(id, Map::new())
    }

    fn with(id: &str, mut json: Map<String, Value>) -> Self {
        json.insert("userId".to_owned(), Value::from(id));
        Self { id: id.to_owned(), json }
    }

    /// Returns the deletion event.
    pub(crate) fn event(&self, message: &str) -> Bytes {
        json!({ "type": message, "users": [self.json] }).to_string().into()
    }
}

/// An error about a file of users.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsersError {
    #[error("cannot read `{file}`: {error}")]
    Io { file: String, error: io::Error },
    #[error("`{file}` has more than {MAX_BYTES} bytes; split it")]
    TooLarge { file: String },
    #[error("`{file}` has no column `userId` in its first line")]
    NoColumn { file: String },
    #[error("line {line} of `{file}` has no user id; nobody was deleted")]
    NoId { file: String, line: u64 },
    #[error("line {line} of `{file}` cannot be read: {problem}; nobody was deleted")]
    Broken { file: String, line: u64, problem: String },
    #[error("`{file}` contains no users")]
    Empty { file: String },
}

/// Reads the users of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<User>, UsersError> {
    let (reader, file): (io::Result<Box<dyn Read>>, _) = match path == Path::new("-") {
        true => (Ok(Box::new(io::stdin())), STDIN.to_owned()),
        false => (File::open(path).map(|file| Box::new(file) as _), path.display().to_string()),
    };
    let failed = |error| UsersError::Io { file: file.clone(), error };
    let mut bytes = Vec::new();
    reader.map_err(failed)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(UsersError::TooLarge { file });
    }
    users(bytes, &file)
}

fn users(bytes: Vec<u8>, file: &str) -> Result<Vec<User>, UsersError> {
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let users = match content.trim_ascii_start().first() {
        Some(b'{' | b'[') => from_json(bytes, file)?,
        _ => from_csv(content, file)?,
    };
    if users.is_empty() {
        return Err(UsersError::Empty { file: file.to_owned() });
    }
    Ok(users)
}

/// Parses objects, or ids, in any format of events.
fn from_json(bytes: Vec<u8>, file: &str) -> Result<Vec<User>, UsersError> {
    let mut input = Input::new([Source::reader(file, Cursor::new(bytes))], Limits::default());
    let mut batch = Batch::new(BatchSize::DEFAULT);
    let mut users = Vec::new();
    while input.fill(&mut batch) {
        for event in batch.events() {
            let line = event.place.line;
            let broken = |problem: String| UsersError::Broken { file: file.to_owned(), line, problem };
            let json = event.json.map_err(|fault| broken(fault.to_string()))?;
            let value: Value = serde_json::from_slice(json).map_err(|error| broken(json_problem(&error)))?;
            let user = match value {
                Value::Object(members) => id_of(&members).map(|id| User::with(&id, members)),
                id => text(&id).map(|id| User::new(&id)),
            };
            users.push(user.ok_or_else(|| UsersError::NoId { file: file.to_owned(), line })?);
        }
    }
    match input.take_errors().pop() {
        None => Ok(users),
        Some(error) => {
            Err(UsersError::Broken { file: file.to_owned(), line: error.line, problem: error.to_string() })
        }
    }
}

fn id_of(members: &Map<String, Value>) -> Option<String> {
    let named = |name: &str| members.iter().find(|(key, _)| plain(key) == name);
    text(ID_NAMES.into_iter().find_map(named)?.1)
}

fn text(id: &Value) -> Option<String> {
    let id = match id {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(id).filter(|id| !id.is_empty())
}

/// Parses CSV. A single column does not need a header.
fn from_csv(content: &[u8], file: &str) -> Result<Vec<User>, UsersError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(content);
    let mut users = Vec::new();
    let mut columns: Option<(usize, csv::StringRecord)> = None;
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            UsersError::Broken { file: file.to_owned(), line, problem: csv_problem(&error) }
        })?;
        let line = record.position().map_or(1, csv::Position::line);
        if columns.is_none() {
            let found =
                ID_NAMES.into_iter().find_map(|name| record.iter().position(|column| plain(column) == name));
            match found {
                Some(at) => {
                    columns = Some((at, record));
                    continue;
                }
                None if record.len() == 1 => columns = Some((0, csv::StringRecord::new())),
                None => return Err(UsersError::NoColumn { file: file.to_owned() }),
            }
        }
        let Some((at, names)) = &columns else { continue };
        let id = record.get(*at).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| UsersError::NoId { file: file.to_owned(), line })?;
        let others = names
            .iter()
            .zip(&record)
            .enumerate()
            .filter(|(column, (_, value))| column != at && !value.is_empty());
        let others = others.map(|(_, (name, value))| (name.to_owned(), Value::from(value)));
        users.push(User::with(id, others.collect()));
    }
    Ok(users)
}

/// Returns the error message without the position, since the line is reported separately.
fn json_problem(error: &serde_json::Error) -> String {
    let problem = error.to_string();
    problem.split_once(" at line ").map_or(problem.as_str(), |(problem, _)| problem).to_owned()
}

fn csv_problem(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} columns as in the first line, found {len}")
        }
        csv::ErrorKind::Utf8 { .. } => "expected UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

/// Returns a name in lower case without separators: `user_id`, `User ID` and `userId` are equal.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(content: &str) -> Result<Vec<String>, String> {
        let users = users(content.as_bytes().to_vec(), "users").map_err(|error| error.to_string())?;
        Ok(users.into_iter().map(|user| user.id).collect())
    }

    #[test]
    fn every_form_is_read() {
        for content in [
            "u1\nu,2\n".replace("u,2", "\"u,2\"").as_str(),
            "userId\nu1\n\"u,2\"\n",
            "email,User ID\r\na@example.com,u1\r\n,\"u,2\"\r\n",
            "\u{feff}id,user_id\n7,u1\n8,\"u,2\"\n",
            "{\"userId\":\"u1\"}\n{\"userId\":\"u,2\",\"outcome\":\"failed\"}\n",
            "[\"u1\", \"u,2\"]",
            "[{\"id\": 7, \"user_id\": \"u1\"}, \"u,2\"]",
        ] {
            assert_eq!(ids(content), Ok(vec!["u1".to_owned(), "u,2".to_owned()]), "{content}");
        }
        assert_eq!(ids("[42]"), Ok(vec!["42".to_owned()]));
    }

    #[test]
    fn what_else_the_file_says_reaches_the_mapping() {
        let of = |content: &str| users(content.into(), "users").unwrap().remove(0).event("delete");
        let event = r#"{"type":"delete","users":[{"email":"a@example.com","userId":"u1"}]}"#;
        assert_eq!(of("email,userId,x\na@example.com,u1,\n"), event);
        assert_eq!(of("{\"email\":\"a@example.com\",\"userId\":\"u1\"}"), event);
    }

    #[test]
    fn nobody_is_passed_over_in_silence() {
        let errors = [
            "userId\nu1\n\"\"\n",
            "{\"userId\":null}",
            "{\"email\":\"x\"}",
            "a,b\n1,2\n",
            "userId,x\nu1\n",
            "",
            "{\"userId\":",
            "[]",
        ];
        let errors: Vec<String> = errors.into_iter().map(|content| ids(content).unwrap_err()).collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
