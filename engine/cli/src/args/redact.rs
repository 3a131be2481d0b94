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
        if error.kind() == ErrorKind::UnknownArgument {
            let name = option_name(&argument);
            if name.is_none() {
                // the tip would repeat it
                error.remove(ContextKind::Suggested);
            }
            let shown = name.unwrap_or(REDACTED).to_owned();
            error.insert(ContextKind::InvalidArg, ContextValue::String(shown));
        }
    }
    error
}

/// So many bytes a name of an option has at most. What is longer may be a key that starts with dashes.
const LONGEST_NAME: usize = 40;

/// Returns the name of an option as it was typed, such as `--setings`, `--dry_run` or `-x`; none if it does not look like one.
fn option_name(argument: &str) -> Option<&str> {
    let name = argument.split('=').next().unwrap_or(argument);
    let single = || name.strip_prefix('-').filter(|letter| letter.len() == 1);
    let word = name.strip_prefix("--").or_else(single)?;
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_name = word.len() <= LONGEST_NAME
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.split(['-', '_', '.']).all(is_part);
    is_name.then_some(name)
}
