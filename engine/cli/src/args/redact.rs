//! Errors of the command line must not repeat what may be a secret.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use mapwright::REDACTED;

/// The option whose value may contain a user and a password.
const BASE_URL: &str = "--base-url";

/// Redacts the value of an invalid URL, and an argument that belongs to no option: it may be a part of a value without quotes.
pub(crate) fn without_secrets(mut error: Error) -> Error {
    let text = |error: &Error, kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    if let Some(argument) = text(&error, ContextKind::InvalidArg) {
        if argument.starts_with(BASE_URL) {
            // an invalid URL does not say where a password ends
            let url = text(&error, ContextKind::InvalidValue).unwrap_or_default();
            let scheme = ["https://", "http://"].into_iter().find(|scheme| url.starts_with(scheme));
            let shown = format!("{}{REDACTED}", scheme.unwrap_or_default());
            error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
        }
        if error.kind() == ErrorKind::UnknownArgument && !is_option(&argument) {
            error.insert(ContextKind::InvalidArg, ContextValue::String(REDACTED.to_owned()));
            // the tip would repeat it
            error.remove(ContextKind::Suggested);
        }
    }
    error
}

/// Returns whether it looks like the name of an option, such as `--setings`, or `-x`.
fn is_option(argument: &str) -> bool {
    let name =
        argument.strip_prefix("--").or_else(|| argument.strip_prefix('-').filter(|name| name.len() == 1));
    name.is_some_and(|name| {
        name.len() <= 20 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    })
}
