//! Reads the users to delete: one id per line, CSV with an id column, or JSON. Ids stay exactly as they are written.

mod csv_file;
mod json_file;
mod user;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::input::STDIN;

pub(crate) use user::{DELETED, User, UsersError};
use user::{MAX_BYTES, Users};

/// Returns the users of the command line.
pub(crate) fn given(ids: &[String]) -> Result<Vec<User>, UsersError> {
    match ids.iter().any(|id| id.trim().is_empty()) {
        true => Err(UsersError::EmptyId),
        false => Ok(ids.iter().map(|id| User::new(id)).collect()),
    }
}

/// Reads the users of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Users, UsersError> {
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

fn users(bytes: Vec<u8>, file: &str) -> Result<Users, UsersError> {
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let found = match content.trim_ascii_start().first() {
        Some(b'{' | b'[') => json_file::users(bytes, file)?,
        _ => csv_file::users(content, file)?,
    };
    let file = file.to_owned();
    match (found.users.is_empty(), found.deleted) {
        (false, _) => Ok(found),
        (true, 0) => Err(UsersError::Empty { file }),
        (true, deleted) => Err(UsersError::NobodyLeft { file, deleted }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(content: &str) -> Result<Vec<String>, String> {
        let found = users(content.as_bytes().to_vec(), "users").map_err(|error| error.to_string())?;
        Ok(found.users.into_iter().map(|user| user.id).collect())
    }

    #[test]
    fn every_form_is_read() {
        for content in [
            "u1\nu,2\n".replace("u,2", "\"u,2\"").as_str(),
            "userId\nu1\n\"u,2\"\n",
            "email,User ID\r\na@example.com,u1\r\n,\"u,2\"\r\n",
            "email;User ID\r\na@example.com;u1\r\n;u,2\r\n",
            "email\tuser_id\na@example.com\tu1\n\tu,2\n",
            "userId|email\nu1|a@example.com\nu,2|\n",
            "sep=;\nuserId;email\nu1;a@example.com\nu,2;\n",
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
        let of = |content: &str| users(content.into(), "users").unwrap().users.remove(0).event("delete");
        let event = r#"{"type":"delete","users":[{"email":"a@example.com","userId":"u1"}]}"#;
        assert_eq!(of("email,userId,x\na@example.com,u1,\n"), event);
        assert_eq!(of("{\"email\":\"a@example.com\",\"userId\":\"u1\"}"), event);
    }

    #[test]
    fn ids_stay_as_they_are_written() {
        let of = |content: &str| users(content.into(), "users").unwrap().users.remove(0);
        for number in ["123456789012345678901234", "1.0", "1e3", "-7"] {
            for content in [format!("[{number}]"), format!("{{\"userId\":{number}}}")] {
                let user = of(&content);
                assert_eq!(user.id, number);
                let event = format!(r#"{{"type":"delete","users":[{{"userId":{number}}}]}}"#);
                assert_eq!(user.event("delete"), event);
            }
        }
        assert_eq!(of("[\" u1 \"]").id, " u1 ");
        assert_eq!(
            of("{\"id\":\"\\u0061\"}").event("delete"),
            r#"{"type":"delete","users":[{"id":"\u0061","userId":"\u0061"}]}"#
        );
    }

    #[test]
    fn a_report_names_those_who_are_left() {
        let csv = "userId,outcome,destination\nu1,deleted,acme\nu2,failed,acme\nu3,not_found,acme\n";
        assert_eq!(ids(csv), Ok(vec!["u2".to_owned(), "u3".to_owned()]));
        let json =
            "{\"userId\":\"u1\",\"outcome\":\"deleted\",\"destination\":\"acme\"}\n{\"userId\":\"u2\"}";
        assert_eq!(ids(json), Ok(vec!["u2".to_owned()]));
    }

    #[test]
    fn nobody_is_passed_over_in_silence() {
        let errors = [
            "userId\nu1\n\"\"\n",
            "{\"userId\":null}",
            "{\"email\":\"x\"}",
            "a,b\n1,2\n",
            "a;b\n1;2\n",
            "a\tb\n1\t2\n",
            "email\na@example.com\n",
            "external_id\nu1\n",
            "userId,x\nu1\n",
            "userId,x\nu1,\"y\nu2,z\n",
            "u1\n\"u2\nu3\n",
            "userId\n u1\n",
            "userId;user_id\nu1;u2\n",
            "{\"userId\":\"u1\",\"user_id\":\"u2\"}",
            "{\"userId\":[\"u1\"]}",
            "",
            "{\"userId\":",
            "[]",
            "userId,outcome,destination\nu1,deleted,acme\n",
        ];
        let errors: Vec<String> = errors.into_iter().map(|content| ids(content).unwrap_err()).collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
