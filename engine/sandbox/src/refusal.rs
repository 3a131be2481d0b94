//! Why a request does not fit, in words.

use mapwright::{Encoding, Violation};

/// Why a request is refused.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Refusal {
    /// No operation has the path.
    #[error("no operation has the path `{path}`{}", near.as_ref().map(|near| format!(": did you mean `{near}`?")).unwrap_or_default())]
    Path { path: String, near: Option<String> },
    /// The operations with this path have other methods.
    #[error("no operation has the method {method} at `{path}`: {known}")]
    Method { method: String, path: String, known: String },
    /// The credentials are missing, or differ from those of the settings. No value is shown, since it is secret.
    #[error("{}", match given {
        true => format!("the {what} `{name}` is not what the settings make of it"),
        false => format!("the {what} `{name}` is missing, which authorizes the request"),
    })]
    Unauthorized { what: &'static str, name: String, given: bool },
    /// A header or parameter is missing.
    #[error("the {what} `{name}` is missing: expected {expected}")]
    Missing { what: &'static str, name: String, expected: String },
    /// A header or parameter has another value.
    #[error("the {what} `{name}` is `{found}`: expected {expected}")]
    Other { what: &'static str, name: String, found: String, expected: String },
    /// The operation has no such parameter.
    #[error("`{operation}` has no query parameter `{name}`: {help}")]
    Parameter { operation: String, name: String, help: String },
    /// The body is missing.
    #[error("`{operation}` has a body, and the request has none")]
    NoBody { operation: String },
    /// There is a body.
    #[error("`{operation}` has no body, and the request has one of {bytes} bytes")]
    Body { operation: String, bytes: usize },
    /// The body is said to be something else.
    #[error("the body is {found}: expected `Content-Type: {expected}`")]
    MediaType { found: String, expected: &'static str },
    /// The body is compressed otherwise.
    #[error("the body is {found}: expected {expected}")]
    Compression { found: String, expected: &'static str },
    /// The body cannot be read.
    #[error("the body cannot be read as {}: {problem}", kind(*encoding))]
    Unreadable { encoding: Encoding, problem: String },
    /// The body violates its schema.
    #[error("the body of `{operation}` does not fit its schema `{schema}`: {}", listed(violations))]
    Schema { operation: String, schema: String, violations: Vec<Violation> },
    /// There have been too many requests.
    #[error("more requests than the rate `{rate}` allows: {requests} in {seconds} s")]
    Throttled { rate: String, requests: u64, seconds: u64 },
    /// It has nothing to do with the API.
    #[error("{message}")]
    Server { status: u16, message: String },
}

impl Refusal {
    /// The status, and a name for programs.
    pub(crate) fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Refusal::Path { .. } => (404, "unknown_path"),
            Refusal::Method { .. } => (404, "unknown_method"),
            Refusal::Unauthorized { .. } => (401, "unauthorized"),
            Refusal::Missing { .. } => (400, "missing"),
            Refusal::Other { .. } => (400, "wrong_value"),
            Refusal::Parameter { .. } => (400, "unknown_parameter"),
            Refusal::NoBody { .. } => (400, "missing_body"),
            Refusal::Body { .. } => (400, "unexpected_body"),
            Refusal::MediaType { .. } => (400, "wrong_media_type"),
            Refusal::Compression { .. } => (400, "wrong_compression"),
            Refusal::Unreadable { .. } => (400, "unreadable_body"),
            Refusal::Schema { .. } => (422, "schema_violation"),
            Refusal::Throttled { .. } => (429, "too_many_requests"),
            Refusal::Server { status, .. } => (*status, "refused"),
        }
    }

    /// How far the request came: of several operations with the same path, the one that it comes furthest with was meant.
    pub(crate) fn stage(&self) -> usize {
        match self {
            Refusal::Path { .. } | Refusal::Method { .. } | Refusal::Server { .. } => 0,
            Refusal::Unauthorized { .. } => 1,
            Refusal::Missing { .. } | Refusal::Other { .. } => 2,
            Refusal::Parameter { .. } => 3,
            Refusal::NoBody { .. } | Refusal::Body { .. } => 4,
            Refusal::MediaType { .. } | Refusal::Compression { .. } | Refusal::Unreadable { .. } => 5,
            Refusal::Schema { .. } | Refusal::Throttled { .. } => 6,
        }
    }

    /// What the schema refuses.
    pub(crate) fn violations(&self) -> &[Violation] {
        match self {
            Refusal::Schema { violations, .. } => violations,
            _ => &[],
        }
    }
}

fn kind(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Json => "JSON",
        Encoding::Form => "a form",
        Encoding::Xml => "XML",
    }
}

/// Violations in a line, each with its place.
fn listed(violations: &[Violation]) -> String {
    let each = violations.iter().map(|violation| match violation.path.as_slice() {
        [] => violation.message.clone(),
        // it says itself what is missing
        [name] if violation.message.starts_with(&format!("`{name}`")) => violation.message.clone(),
        path => format!("`{}`: {}", path.join("."), violation.message),
    });
    each.collect::<Vec<_>>().join("; ")
}
