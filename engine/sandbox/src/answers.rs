//! Scripted responses: by operation, in turn or by what the request is.

use std::collections::BTreeMap;

use hyper::header::HeaderMap;
use mapwright::suggest;
use mapwright_loopback::Reply;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_saphyr::Error as YamlError;

use crate::ticket::Ticket;

/// The scripted responses, by operation.
///
/// A response with `when` is given to every request that fits, the first such response counts. The others are given in turn, and the last of them to
/// every request after that. An operation without responses, or whose responses all have a `when` that does not fit, gets made-up ones.
///
/// ```
/// use mapwright_sandbox::Answers;
///
/// let answers = Answers::parse("
/// create_person:
///   - { when: { body: { email: taken@example.com } }, status: 409, body: { error: { message: taken } } }
///   - { status: 503, headers: { Retry-After: 1 } }
///   - { status: 201, body: { id: p1 } }
/// ")?;
/// # let _ = answers;
/// let error = Answers::parse("create_person: [{ state: 503 }]").unwrap_err();
/// assert_eq!(error.to_string(), "line 1, column 19: unknown key `state`: did you mean `status`?");
/// # Ok::<(), mapwright_sandbox::AnswersError>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Answers {
    operations: BTreeMap<String, Vec<Scripted>>,
}

/// An error about scripted responses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswersError {
    /// They cannot be read.
    #[error("line {line}, column {column}: {problem}")]
    Syntax {
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: u64,
        /// What is wrong there, and what is expected.
        problem: String,
    },
    /// They name an operation that the version does not have.
    #[error("the version has no operation `{name}`: {help}")]
    Operation {
        /// The name.
        name: String,
        /// Similar names, or all of them.
        help: String,
    },
}

impl AnswersError {
    fn of(error: &YamlError) -> Self {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        AnswersError::Syntax { line, column, problem: problem(error) }
    }
}

/// Returns the message about a mistake in the text.
fn problem(error: &YamlError) -> String {
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => {
            format!("unknown key `{field}`: {}", suggest(field, expected))
        }
        YamlError::DuplicateMappingKey { key: Some(key), .. } => {
            format!("duplicate key `{key}`; remove one of them")
        }
        YamlError::Unexpected { expected: "sequence start", .. } => "expected a list".to_owned(),
        YamlError::Unexpected { expected: "mapping start", .. } => "expected an object".to_owned(),
        YamlError::Message { msg, .. } => msg.clone(),
        YamlError::ExternalMessage { msg, .. } => format!("not YAML: {}", msg.replace('\'', "`")),
        // its place is stated beside it
        other => {
            let text = other.to_string();
            text.split_once(" at line ").map_or(text.as_str(), |(text, _)| text).to_owned()
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    when: Option<When>,
    #[serde(default = "success", deserialize_with = "status")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    body: Option<Value>,
    text: Option<String>,
}

/// What a request must have: everything that is stated.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    #[serde(default)]
    params: BTreeMap<String, Value>,
    #[serde(default)]
    query: BTreeMap<String, Value>,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    body: Option<Value>,
}

fn success() -> u16 {
    200
}

fn status<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let found = Value::deserialize(from)?;
    let status = found.as_u64().and_then(|number| u16::try_from(number).ok());
    status.filter(|status| (200..600).contains(status)).ok_or_else(|| {
        D::Error::custom(format!("expected a number from 200 to 599 as `status`, found `{}`", text(&found)))
    })
}

impl Answers {
    /// Reads responses in YAML or JSON.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Answers, AnswersError> {
        let budget = serde_saphyr::budget! { max_depth: 64, max_aliases: 1_000, max_nodes: 100_000, enforce_alias_anchor_ratio: false };
        let options = serde_saphyr::options! { budget: budget, strict_booleans: true, with_snippet: false };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| AnswersError::of(&error))
    }

    /// Checks them against the operations that there are.
    pub(crate) fn check<'o>(&self, known: impl Iterator<Item = &'o str> + Clone) -> Result<(), AnswersError> {
        for name in self.operations.keys() {
            if !known.clone().any(|known| known == name) {
                return Err(AnswersError::Operation { name: name.clone(), help: suggest(name, known) });
            }
        }
        Ok(())
    }
}

/// Responses, and which of them were given.
#[derive(Debug)]
pub(crate) struct Script {
    answers: Answers,
    given: BTreeMap<String, usize>,
}

impl Script {
    pub(crate) fn new(answers: Answers) -> Script {
        Script { answers, given: BTreeMap::new() }
    }

    /// The response to a request, if one is scripted.
    pub(crate) fn next(&mut self, ticket: &Ticket, headers: &HeaderMap) -> Option<Reply> {
        let answers = self.answers.operations.get(&ticket.operation)?;
        let fits = |answer: &&Scripted| answer.when.as_ref().is_some_and(|when| when.fits(ticket, headers));
        if let Some(answer) = answers.iter().find(fits) {
            return Some(answer.reply());
        }
        let in_turn: Vec<&Scripted> = answers.iter().filter(|answer| answer.when.is_none()).collect();
        let given = self.given.entry(ticket.operation.clone()).or_default();
        let answer = in_turn.get(*given).or(in_turn.last())?;
        *given = given.saturating_add(1);
        Some(answer.reply())
    }

    pub(crate) fn restart(&mut self) {
        self.given.clear();
    }
}

impl Scripted {
    fn reply(&self) -> Reply {
        let reply = match (&self.body, &self.text) {
            (_, Some(text)) => Reply::new(self.status, "text/plain; charset=utf-8", text.clone()),
            (Some(body), None) => Reply::json(self.status, body),
            (None, None) => Reply::empty(self.status),
        };
        let kind = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let mut reply =
            reply.with_headers(self.headers.iter().map(|(name, value)| (name.clone(), text(value))));
        if let Some((_, kind)) = kind {
            reply.kind = text(kind);
        }
        reply
    }
}

impl When {
    fn fits(&self, ticket: &Ticket, headers: &HeaderMap) -> bool {
        let named = |all: &[(String, String)], name: &str, value: &Value| {
            all.iter().any(|(known, found)| known == name && *found == text(value))
        };
        let header = |name: &str, value: &Value| {
            headers.get_all(name).iter().any(|found| found.as_bytes() == text(value).as_bytes())
        };
        self.params.iter().all(|(name, value)| named(&ticket.params, name, value))
            && self.query.iter().all(|(name, value)| named(&ticket.query, name, value))
            && self.headers.iter().all(|(name, value)| header(name, value))
            && self
                .body
                .as_ref()
                .is_none_or(|body| ticket.body.as_ref().is_some_and(|found| includes(found.value(), body)))
    }
}

/// A value as a header or a parameter has it.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether an object has at least these members, at every level; anything else is the same.
fn includes(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| found.get(name).is_some_and(|found| includes(found, wanted)))
        }
        // a form and XML have text only
        (Value::String(found), wanted) if !wanted.is_string() => text(wanted) == *found,
        (found, wanted) => found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_answers_is_said_with_its_place_and_what_is_expected() {
        for (text, said) in [
            ("find:\n  - { state: 503 }", "line 2, column 7: unknown key `state`: did you mean `status`?"),
            (
                "find: [{ when: { querry: { id: u1 } } }]",
                "line 1, column 18: unknown key `querry`: did you mean `query`?",
            ),
            (
                "find: [{ zzz: 1 }]",
                "line 1, column 10: unknown key `zzz`: expected `when`, `status`, `headers`, `body` or `text`",
            ),
            (
                "find: [{ status: busy }]",
                "line 1, column 18: expected a number from 200 to 599 as `status`, found `busy`",
            ),
            (
                "find: [{ status: 700 }]",
                "line 1, column 18: expected a number from 200 to 599 as `status`, found `700`",
            ),
            ("find: { status: 503 }", "line 1, column 7: expected a list"),
            ("find: [503]", "line 1, column 8: expected an object"),
            ("find: [{ when: u1 }]", "line 1, column 16: expected an object"),
            ("find: []\nfind: []", "line 2, column 1: duplicate key `find`; remove one of them"),
            ("find: [{ status: 503", "line 1, column 8: not YAML: unclosed bracket"),
        ] {
            let error = Answers::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{text}\n{said}\n{error}");
        }
    }
}
