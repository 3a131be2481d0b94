//! Scripted answers: by operation, in turn or by what the request is.

use std::collections::BTreeMap;

use hyper::header::HeaderMap;
use mapwright::suggest;
use mapwright_loopback::Reply;
use serde::Deserialize;
use serde_json::Value;

use crate::ticket::Ticket;

/// What requests are answered, by operation.
///
/// An answer with `when` is given to every request that fits, the first such answer counts. The others are given in turn, and the last of them to
/// every request after that. An operation without answers, or whose answers all have a `when` that does not fit, gets made-up ones.
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
/// assert!(error.to_string().contains("unknown field `state`"), "{error}");
/// # Ok::<(), mapwright_sandbox::AnswersError>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Answers {
    operations: BTreeMap<String, Vec<Scripted>>,
}

/// An error about scripted answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswersError {
    /// They cannot be read.
    #[error("the answers cannot be read: {0}")]
    Syntax(String),
    /// They name an operation that the version does not have.
    #[error("the version has no operation `{name}`: {help}")]
    Operation {
        /// The name.
        name: String,
        /// What is near, or all names.
        help: String,
    },
    /// A status that no response can have.
    #[error("an answer to `{operation}` has the status {status}: expected a number from 200 to 599")]
    Status {
        /// The operation.
        operation: String,
        /// The status.
        status: u16,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    when: Option<When>,
    #[serde(default = "success")]
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

impl Answers {
    /// Reads answers in YAML or JSON.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Answers, AnswersError> {
        let budget = serde_saphyr::budget! { max_depth: 64, max_aliases: 1_000, max_nodes: 100_000, enforce_alias_anchor_ratio: false };
        let options = serde_saphyr::options! { budget: budget, strict_booleans: true, with_snippet: false };
        serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| AnswersError::Syntax(error.to_string()))
    }

    /// Checks them against the operations that there are.
    pub(crate) fn check<'o>(&self, known: impl Iterator<Item = &'o str> + Clone) -> Result<(), AnswersError> {
        for (name, answers) in &self.operations {
            if !known.clone().any(|known| known == name) {
                return Err(AnswersError::Operation { name: name.clone(), help: suggest(name, known) });
            }
            if let Some(answer) = answers.iter().find(|answer| !(200..600).contains(&answer.status)) {
                return Err(AnswersError::Status { operation: name.clone(), status: answer.status });
            }
        }
        Ok(())
    }
}

/// Answers, and which of them were given.
#[derive(Debug)]
pub(crate) struct Script {
    answers: Answers,
    given: BTreeMap<String, usize>,
}

impl Script {
    pub(crate) fn new(answers: Answers) -> Script {
        Script { answers, given: BTreeMap::new() }
    }

    /// The answer to a request, if one is scripted.
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
                .is_none_or(|body| ticket.body.as_ref().is_some_and(|found| includes(found, body)))
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
