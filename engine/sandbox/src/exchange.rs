//! What a double was asked, and what it answered: for comparisons of what arrives.

use mapwright::Redactor;
use mapwright_loopback::{Received, Reply};
use serde_json::Value;

use crate::contract::Contract;
use crate::ticket::Ticket;

/// A request, read, with its response. Secret settings are redacted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Exchange {
    /// The HTTP method.
    pub method: String,
    /// The path of the operation, with its parameters as in `/people/{id}`; of a refused request, the path as it was sent.
    pub path: String,
    /// The parameters of the path.
    pub params: Vec<(String, String)>,
    /// The query parameters, without those that authorize the request.
    pub query: Vec<(String, String)>,
    /// The body as an object, whatever its encoding.
    pub body: Option<Value>,
    /// The status of the response.
    pub status: u16,
    /// Why the request was refused, as a code.
    pub refused: Option<&'static str>,
    /// The body of the response, if it is JSON.
    pub answer: Option<Value>,
}

impl Exchange {
    /// A request that an operation took.
    pub(crate) fn taken(
        request: &Received,
        ticket: &Ticket,
        contract: &Contract,
        reply: &Reply,
        redactor: &Redactor,
    ) -> Exchange {
        let shown = |(name, value): &(String, String)| (name.clone(), redactor.redact(value).into_owned());
        let is_secret = |name: &str| contract.secret_parameters().any(|secret| secret == name);
        Exchange {
            method: request.parts.method.to_string(),
            path: contract.endpoint.path.clone(),
            params: ticket.params.iter().map(shown).collect(),
            query: ticket.query.iter().filter(|(name, _)| !is_secret(name)).map(shown).collect(),
            body: ticket.body.as_ref().map(|body| redactor.redact_json(body.value())),
            status: reply.status,
            refused: None,
            answer: serde_json::from_slice(&reply.body).ok(),
        }
    }

    /// A request that no operation took.
    pub(crate) fn refused(
        request: &Received,
        code: &'static str,
        status: u16,
        redactor: &Redactor,
    ) -> Exchange {
        Exchange {
            method: request.parts.method.to_string(),
            path: redactor.redact(request.parts.uri.path()).into_owned(),
            params: Vec::new(),
            query: Vec::new(),
            body: None,
            status,
            refused: Some(code),
            answer: None,
        }
    }
}
