//! JSON objects or ids, in any format of events. Values stay as they are written, since a number may not fit any number type.

use std::fmt;
use std::io::Cursor;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::user::{DELETED, ID_NAMES, User, Users, UsersError, plain};
use crate::input::{Batch, BatchSize, Input, Limits, Source};

/// The members of an object, in order, with their values as written.
struct Members<'j>(Vec<(String, &'j RawValue)>);

impl<'j> Deserialize<'j> for Members<'j> {
    fn deserialize<D: Deserializer<'j>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'j> Visitor<'j> for Reads {
            type Value = Members<'j>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Members<'j>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reads)
    }
}

/// Parses objects, or ids.
pub(super) fn users(bytes: Vec<u8>, file: &str) -> Result<Users, UsersError> {
    let mut input = Input::new([Source::reader(file, Cursor::new(bytes))], Limits::default());
    let mut batch = Batch::new(BatchSize::DEFAULT);
    let mut found = Users::default();
    while input.fill(&mut batch) {
        for event in batch.events() {
            let line = event.place.line;
            let broken = |problem: String| UsersError::Broken { file: file.to_owned(), line, problem };
            let json = event.json.map_err(|fault| broken(fault.to_string()))?;
            if json.trim_ascii_start().first() != Some(&b'{') {
                let id: &RawValue =
                    serde_json::from_slice(json).map_err(|error| broken(json_problem(&error)))?;
                found.users.push(
                    user(id, &[], None).ok_or_else(|| UsersError::NoId { file: file.to_owned(), line })?,
                );
                continue;
            }
            let Members(members) =
                serde_json::from_slice(json).map_err(|error| broken(json_problem(&error)))?;
            let Some(at) =
                id_of(&members).map_err(|()| UsersError::SeveralIds { file: file.to_owned(), line })?
            else {
                return Err(UsersError::NoId { file: file.to_owned(), line });
            };
            let user = members.get(at).and_then(|(_, id)| user(id, &members, Some(at)));
            let user = user.ok_or_else(|| UsersError::NoId { file: file.to_owned(), line })?;
            let text = |name: &str| {
                let (_, value) = members.iter().find(|(known, _)| known == name)?;
                serde_json::from_str::<String>(value.get()).ok()
            };
            if text("outcome").as_deref() == Some(DELETED) && text("destination").is_some() {
                found.deleted += 1;
            } else {
                found.users.push(user);
            }
        }
    }
    match input.take_errors().pop() {
        None => Ok(found),
        Some(error) => {
            Err(UsersError::Broken { file: file.to_owned(), line: error.line, problem: error.to_string() })
        }
    }
}

/// Returns the member with the id; an error if there are several.
fn id_of(members: &[(String, &RawValue)]) -> Result<Option<usize>, ()> {
    for name in ID_NAMES {
        let mut named = members.iter().enumerate().filter(|(_, (key, _))| plain(key) == name);
        match (named.next(), named.next()) {
            (Some((at, _)), None) => return Ok(Some(at)),
            (Some(_), Some(_)) => return Err(()),
            (None, _) => {}
        }
    }
    Ok(None)
}

/// Returns the user with this id, and the other members.
fn user(id: &RawValue, members: &[(String, &RawValue)], at: Option<usize>) -> Option<User> {
    let json = id.get();
    let text = match json.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(json).ok().filter(|text| !text.trim().is_empty())?,
        b'-' | b'0'..=b'9' => json.to_owned(),
        _ => return None,
    };
    let others = members
        .iter()
        .enumerate()
        .filter(|(other, (name, _))| name != "userId" && (Some(*other) != at || plain(name) != "userid"));
    Some(User::with(&text, json, others.map(|(_, (name, value))| (name.as_str(), value.get().to_owned()))))
}

/// Returns the error message without the position, since the line is reported separately.
fn json_problem(error: &serde_json::Error) -> String {
    let problem = error.to_string();
    problem.split_once(" at line ").map_or(problem.as_str(), |(problem, _)| problem).to_owned()
}
