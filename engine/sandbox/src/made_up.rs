//! Responses that are made up: a body in which everything stands that the mapping reads of it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use mapwright::{Endpoint, Mapper, Response, Schemas, SentOn, Shape};
use mapwright_analyze::schema::Schema;
use mapwright_loopback::Reply;
use serde_json::{Map, Value, json};

use crate::model;
use crate::ticket::Ticket;

/// How values are made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Text,
    Number,
}

/// The shape of a body.
#[derive(Debug, Clone)]
enum BodySource {
    /// The values that the mapping reads.
    Read(Shape, Leaf),
    /// Its schema, with what is read of it.
    Schema(Arc<Schema>, Shape),
}

/// How an operation is answered.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    answer: Answer,
    /// Whether the responses to two requests differ.
    varies: bool,
}

/// The shape of a response.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    /// No body.
    body: Option<BodySource>,
    headers: Vec<String>,
    /// The values that have to be numbers, since a later request may not send them as texts: JSON pointers.
    numbers: Vec<String>,
}

impl Manner {
    /// The first way to answer that the mapping accepts. The schema of responses takes precedence over what is made up without one.
    pub(crate) fn of(
        endpoint: &Endpoint,
        mapper: &Mapper,
        schemas: &Schemas,
        of_answers: Option<Arc<Schema>>,
    ) -> Manner {
        let numbers = endpoint.sent_on.iter().filter(|sent| is_number(sent, mapper, schemas));
        let numbers: Vec<String> = numbers.map(|sent| sent.value.clone()).collect();
        let with = |status: u16, body: Option<BodySource>| Answer {
            status,
            body,
            headers: endpoint.answer_headers.clone(),
            numbers: numbers.clone(),
        };
        let shape = || endpoint.answer.clone();
        let of_schema = of_answers.map(|schema| Some(BodySource::Schema(schema, shape())));
        let made_up = [
            Some(BodySource::Read(shape(), Leaf::Text)),
            Some(BodySource::Read(shape(), Leaf::Number)),
            Some(BodySource::Read(Shape::Any, Leaf::Text)),
            None,
        ];
        let bodies: Vec<Option<BodySource>> = of_schema.into_iter().chain(made_up).collect();
        let all = [200, 201, 202, 204].into_iter().flat_map(|status| {
            let fits = move |body: &&Option<BodySource>| status != 204 || body.is_none();
            bodies.iter().filter(fits).map(|body| with(status, body.clone())).collect::<Vec<_>>()
        });
        let accepted = |answer: &Answer| {
            let reply = answer.reply(0);
            let headers: Vec<(String, String)> = reply.headers;
            let response = Response::new(reply.status, headers, reply.body.to_vec());
            mapper.accepts(&endpoint.operation, &response)
        };
        let usual = with(200, Some(BodySource::Read(shape(), Leaf::Text)));
        let answer = all.into_iter().find(accepted).unwrap_or(usual);
        Manner { varies: answer.reply(0) != answer.reply(1), answer }
    }

    /// The response to a request: the same for the same request.
    pub(crate) fn answer(&self, ticket: &Ticket) -> Reply {
        let body = ticket.body.as_ref().map(|body| &body.text);
        let seed = self.varies.then(|| hash((&ticket.operation, &ticket.params, &ticket.query, body)));
        self.answer.reply(seed.unwrap_or_default())
    }
}

impl Answer {
    fn reply(&self, seed: u64) -> Reply {
        let reply = match &self.body {
            Some(BodySource::Read(shape, leaf)) => {
                Reply::json(self.status, &self.document(shape, *leaf, seed))
            }
            Some(BodySource::Schema(schema, shape)) => {
                Reply::json(self.status, &modelled(schema, shape, seed))
            }
            None => Reply::empty(self.status),
        };
        let leaf = match self.body {
            Some(BodySource::Read(_, leaf)) => leaf,
            _ => Leaf::Text,
        };
        reply.with_headers(self.headers.iter().map(|name| {
            let value = made_up(name, leaf, hash((seed, name)));
            (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }))
    }

    /// A whole body; one of which nothing is read is an empty object.
    fn document(&self, shape: &Shape, leaf: Leaf, seed: u64) -> Value {
        match shape {
            Shape::Any => json!({}),
            shape => self.filled(shape, "value", "", leaf, seed),
        }
    }

    fn filled(&self, shape: &Shape, name: &str, at: &str, leaf: Leaf, seed: u64) -> Value {
        let seed = hash((seed, name));
        match shape {
            Shape::Object(members) => {
                let member = |(name, shape): &(String, Shape)| {
                    let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                    (name.clone(), self.filled(shape, name, &at, leaf, seed))
                };
                Value::Object(members.iter().map(member).collect::<Map<_, _>>())
            }
            Shape::List(item) => Value::Array(vec![self.filled(item, name, &format!("{at}/0"), leaf, seed)]),
            _ if self.numbers.iter().any(|known| known == at) => made_up(name, Leaf::Number, seed),
            _ => made_up(name, leaf, seed),
        }
    }
}

/// A body as its schema says; an empty object, if that is too much to describe.
fn modelled(schema: &Schema, shape: &Shape, seed: u64) -> Value {
    let text = |name: &str, at: &str| {
        made_up(name, Leaf::Text, hash((seed, at))).as_str().unwrap_or_default().to_owned()
    };
    let number = |_: &str, at: &str| hash((seed, at)) >> 44;
    model::body(schema, shape, &text, &number).unwrap_or_else(|| json!({}))
}

/// Whether the schema of a later request takes a value as a number, and not as a string.
fn is_number(sent: &SentOn, mapper: &Mapper, schemas: &Schemas) -> bool {
    let Some(schema) = &sent.schema else { return false };
    let path: Vec<&str> = sent.place.split('/').skip(1).collect();
    let refused = |value: Value| {
        let body = path.iter().rev().fold(value, |inner, step| match step.parse::<usize>() {
            Ok(_) => Value::Array(vec![inner]),
            Err(_) => Value::Object(Map::from_iter([((*step).to_owned(), inner)])),
        });
        schemas.refused(&mapper.plan(), schema, &body).iter().any(|found| found.path == path)
    };
    refused(json!("text")) && !refused(json!(1))
}

fn made_up(name: &str, leaf: Leaf, seed: u64) -> Value {
    match leaf {
        Leaf::Text => Value::String(format!("{name}-{:08x}", seed >> 32)),
        Leaf::Number => json!(seed >> 44),
    }
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
