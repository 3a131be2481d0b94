//! `secret-leak`: a secret that goes where it can be read.
//!
//! Page: `docs/rules/secret-leak.md`. Fixtures: `tests/data/rules/secret-leak/`.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "secret-leak",
    severity: Severity::Warning,
    summary: "a secret that goes where it can be read",
    doc: include_str!("secret_leak.md"),
};

/// Where a secret goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// Into a body.
    Body,
    /// Into the path of a URL.
    Path,
    /// Into the query of a URL.
    Query,
    /// Into the server of a URL.
    Server,
    /// Into an order key.
    Order,
    /// Into a capture.
    Capture,
    /// Into what a command shows.
    Result,
    /// Into a message.
    Message,
    /// Beside the signature that is made with it.
    Signature,
}

/// Reports a secret outside of headers and `auth`.
pub fn report(reports: &mut Reports, span: Span, name: &str, leak: Leak) {
    let place = match leak {
        Leak::Body => "a body",
        Leak::Path => "the path of a URL",
        Leak::Query => "the query of one request",
        Leak::Server => "the server of all URLs",
        Leak::Order => "an order key",
        Leak::Capture => "a capture",
        Leak::Result => "what a command shows",
        Leak::Message => "a message",
        Leak::Signature => "the request beside the signature that is made with it",
    };
    let help = match leak {
        Leak::Body | Leak::Path | Leak::Query | Leak::Server => {
            "send it in a header or in `auth`; an API that takes it only in the query has it in `query` of the version"
        }
        Leak::Signature => "send the `signature` alone, or what names the key without being it",
        Leak::Order | Leak::Capture | Leak::Result | Leak::Message => {
            "use something that is not secret, or a hash of it (`as: sha256`)"
        }
    };
    reports.add(Report::new(&RULE, span, format!("the secret `{name}` goes into {place}")).help(help));
}
