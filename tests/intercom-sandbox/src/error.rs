//! Errors of the API, with Intercom's statuses, codes and messages.

use serde_json::{Value, json};

use crate::ids::ContactId;

/// An error of the API. Its text is the message of the error body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("Access Token Invalid")]
    Unauthorized,
    #[error("Access Token Invalid")]
    MissingAuthorization,
    #[error("Exceeded rate limit of {limit} in {seconds}_seconds")]
    RateLimited { limit: u64, seconds: u64 },
    #[error("The requested version could not be found")]
    UnknownVersion,
    #[error("The Accept header should send a media type of application/json")]
    NotAcceptable,
    #[error("The Content-Type header should be application/json")]
    UnsupportedMediaType,
    #[error("{0}")]
    TooLarge(String),
    #[error("The requested resource does not support this method")]
    MethodNotAllowed,
    #[error("invalid JSON in request body")]
    InvalidJson,

    #[error("User Not Found")]
    UserNotFound,
    #[error("Company Not Found")]
    CompanyNotFound,
    #[error("Resource Not Found")]
    ResourceNotFound,

    #[error("A contact matching those details already exists with id={0}")]
    Duplicate(ContactId),
    #[error("An archived contact matching those details already exists with id={0}")]
    ArchivedDuplicate(ContactId),
    #[error("A contact matching those details already exists")]
    UnnamedDuplicate,
    #[error("Multiple existing users match this email address - must be more specific using user_id")]
    SeveralUsers,

    #[error("{0} not specified")]
    Missing(&'static str),
    #[error("{message}")]
    Invalid { field: String, message: String },
    #[error("Custom attribute '{0}' does not exist")]
    UnknownAttribute(String),
    #[error("bad '{0}' parameter")]
    BadParameter(String),
    #[error("{field} must be {expected}")]
    TypeMismatch { field: String, expected: &'static str },
    #[error("You already have '{name}' in your {model} data")]
    AttributeTaken { name: String, model: &'static str },
    #[error("Cannot have more than 120 active event names")]
    TooManyEventNames,
    #[error("The contact has reached the limit of 1000 companies")]
    TooManyCompanies,
    #[error("Company already exists.")]
    CompanyRace,
    #[error("{0}")]
    Unprocessable(&'static str),
}

impl Refusal {
    /// Returns an error about a value that is not allowed.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal::Invalid { field: field.into(), message: message.into() }
    }

    /// Returns the status and the code of the error body.
    pub(crate) fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Refusal::InvalidJson | Refusal::Invalid { .. } | Refusal::UnknownAttribute(_) => {
                (400, "parameter_invalid")
            }
            Refusal::AttributeTaken { .. } => (400, "parameter_invalid"),
            Refusal::Missing(_) => (400, "parameter_not_found"),
            Refusal::BadParameter(_) => (400, "bad_request"),
            Refusal::TypeMismatch { .. } => (400, "type_mismatch"),
            Refusal::TooManyCompanies => (400, "contact_company_limit_exceeded"),
            Refusal::CompanyRace => (400, "unique_company_constraint"),
            Refusal::UnknownVersion => (400, "intercom_version_invalid"),
            Refusal::Unauthorized => (401, "unauthorized"),
            Refusal::MissingAuthorization => (401, "missing_authorization"),
            Refusal::UserNotFound | Refusal::ResourceNotFound => (404, "not_found"),
            Refusal::CompanyNotFound => (404, "company_not_found"),
            Refusal::MethodNotAllowed => (405, "method_not_allowed"),
            Refusal::NotAcceptable => (406, "media_type_not_acceptable"),
            Refusal::Duplicate(_) | Refusal::ArchivedDuplicate(_) => (409, "conflict"),
            Refusal::UnnamedDuplicate | Refusal::SeveralUsers => (409, "conflict"),
            Refusal::TooLarge(_) => (413, "request_too_large"),
            Refusal::UnsupportedMediaType => (415, "unsupported_media_type"),
            Refusal::TooManyEventNames => (422, "data_invalid"),
            Refusal::Unprocessable(_) => (422, "unprocessable_entity"),
            Refusal::RateLimited { .. } => (429, "rate_limit_exceeded"),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Refusal::Invalid { field, .. } | Refusal::TypeMismatch { field, .. } => Some(field),
            Refusal::UnknownAttribute(_) => Some("custom_attributes"),
            Refusal::Missing(field) => Some(field),
            _ => None,
        }
    }

    /// Returns the error body, in Intercom's format.
    pub(crate) fn body(&self, request_id: &str) -> Value {
        let mut error = json!({ "code": self.status_and_code().1, "message": self.to_string() });
        if let (Some(field), Some(error)) = (self.field(), error.as_object_mut()) {
            error.insert("field".into(), field.into());
        }
        json!({ "type": "error.list", "request_id": request_id, "errors": [error] })
    }
}
