//! What an operation wants of a request.

use hyper::header::HeaderMap;
use mapwright::{Carried, Endpoint, Plan, Schemas, suggest};

use crate::body;
use crate::items::ItemCounter;
use crate::pattern::Pattern;
use crate::refusal::Refusal;
use crate::route::Route;
use crate::settings::Bound;
use crate::ticket::Ticket;

/// An operation, ready to look at requests.
pub(crate) struct Contract {
    pub(crate) endpoint: Endpoint,
    pub(crate) route: Route,
    at: usize,
    headers: Vec<Wanted>,
    query: Vec<Wanted>,
    items: ItemCounter,
}

/// A header or a query parameter.
struct Wanted {
    name: String,
    /// The expected value; `None` if it depends on the event.
    values: Vec<Pattern>,
    /// Whether it is present only with some settings.
    optional: bool,
    /// Whether it authorizes the request.
    secret: bool,
}

const HEADER: &str = "header";
const PARAMETER: &str = "query parameter";

impl Contract {
    /// The contracts of all operations.
    pub(crate) fn all(bound: &Bound) -> Vec<Contract> {
        let others = bound.other.endpoints();
        let both = bound.mapper.endpoints().into_iter().zip(others).enumerate();
        both.map(|(at, (mut endpoint, other))| {
            // the path of the server may depend on settings
            for (made, _) in &bound.texts {
                endpoint.path = endpoint.path.replace(made.as_str(), &format!("{{{made}}}"));
            }
            let wanted = |these: &[Carried], others: &[Carried]| -> Vec<Wanted> {
                let of = |all: &[Carried], name: &str| all.iter().find(|other| other.name == name).cloned();
                let alone = others.iter().filter(|other| of(these, &other.name).is_none());
                let all = these.iter().map(|carried| (carried, of(others, &carried.name)));
                all.chain(alone.map(|other| (other, None)))
                    .map(|(carried, other)| Wanted::new(bound, carried, other.as_ref()))
                    .collect()
            };
            Contract {
                headers: wanted(&endpoint.headers, &other.headers),
                query: wanted(&endpoint.query, &other.query),
                route: Route::new(&endpoint.path),
                items: ItemCounter::new(endpoint.items.iter().map(|items| (items.place.as_str(), items.all))),
                at,
                endpoint,
            }
        })
        .collect()
    }

    /// The names of parameters whose values must not be shown.
    pub(crate) fn secret_parameters(&self) -> impl Iterator<Item = &str> {
        self.query.iter().filter(|wanted| wanted.secret).map(|wanted| wanted.name.as_str())
    }

    /// Looks at everything but the method and the path, which fit.
    pub(crate) fn look(
        &self,
        headers: &HeaderMap,
        query: &[(String, String)],
        body: &[u8],
        plan: &Plan,
        schemas: &Schemas,
    ) -> Result<Ticket, Refusal> {
        let header = |name: &str| -> Vec<String> {
            let all = headers.get_all(name).iter();
            all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
        };
        let param = |name: &str| -> Vec<String> {
            query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
        };
        for secret in [true, false] {
            for wanted in self.headers.iter().filter(|wanted| wanted.secret == secret) {
                wanted.look(HEADER, &header(&wanted.name))?;
            }
            for wanted in self.query.iter().filter(|wanted| wanted.secret == secret) {
                wanted.look(PARAMETER, &param(&wanted.name))?;
            }
        }
        let operation = &self.endpoint.operation;
        let known = self.query.iter().map(|wanted| wanted.name.as_str());
        if let Some((name, _)) = query.iter().find(|(name, _)| !known.clone().any(|known| known == name)) {
            let help = match self.query.is_empty() {
                true => "it has none".to_owned(),
                false => suggest(name, known),
            };
            return Err(Refusal::Parameter { operation: operation.clone(), name: name.clone(), help });
        }
        let read = body::read(&self.endpoint, &self.items, headers, body)?;
        let violations = read.iter().flat_map(|read| body::refused(&self.endpoint, plan, schemas, read));
        let violations: Vec<_> = violations.collect();
        if let (false, Some(schema)) = (violations.is_empty(), &self.endpoint.schema) {
            return Err(Refusal::Schema { operation: operation.clone(), schema: schema.clone(), violations });
        }
        Ok(Ticket {
            operation: operation.clone(),
            at: self.at,
            params: Vec::new(),
            query: query.to_vec(),
            body: read,
        })
    }
}

impl Wanted {
    fn new(bound: &Bound, carried: &Carried, other: Option<&Carried>) -> Wanted {
        let others = other.map(|other| other.values.as_slice()).unwrap_or_default();
        let value = |(at, value): (usize, &String)| match others.get(at) {
            Some(other) => Pattern::new(value, other, &bound.texts),
            None => Pattern::Any,
        };
        let redactor = bound.mapper.redactor();
        let holds_secret = carried.values.iter().any(|value| redactor.contains_secret(value));
        let values = match carried.signs {
            // signatures are not verified
            true => vec![Pattern::Any],
            false => carried.values.iter().enumerate().map(value).collect(),
        };
        Wanted {
            name: carried.name.clone(),
            values,
            optional: other.is_none(),
            secret: carried.signs || holds_secret || carried.name.eq_ignore_ascii_case("authorization"),
        }
    }

    fn look(&self, what: &'static str, found: &[String]) -> Result<(), Refusal> {
        let name = || self.name.clone();
        if self.optional && found.is_empty() {
            return Ok(());
        }
        for (at, pattern) in self.values.iter().enumerate() {
            let fits = found.get(at).is_some_and(|found| pattern.fits(found));
            if self.secret && !fits {
                return Err(Refusal::Unauthorized { what, name: name(), given: !found.is_empty() });
            }
            let expected = || pattern.shown();
            match found.get(at) {
                None => return Err(Refusal::Missing { what, name: name(), expected: expected() }),
                Some(found) if !fits => {
                    return Err(Refusal::Other {
                        what,
                        name: name(),
                        found: found.clone(),
                        expected: expected(),
                    });
                }
                Some(_) => {}
            }
        }
        match found.get(self.values.len()) {
            // a value more than what the settings make
            Some(found) if !self.values.is_empty() => {
                let found = if self.secret { "…".to_owned() } else { found.clone() };
                Err(Refusal::Other { what, name: name(), found, expected: "no further value".to_owned() })
            }
            _ => Ok(()),
        }
    }
}
