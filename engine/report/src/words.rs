//! Words that several formats share.

use std::borrow::Cow;

use mapwright::{Finding, Rule};

use crate::escape::escape;

/// The name of the program, as other programs know it.
pub(crate) const TOOL: &str = "validate-mappings";

/// Returns the address of a rule's page.
pub(crate) fn page(rule: &Rule) -> String {
    format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), rule.id)
}

/// Returns the message and the help in one line.
pub(crate) fn message(finding: &Finding) -> String {
    let message = escape(&finding.message);
    match help(finding) {
        Some(help) => format!("{message} ({help})"),
        None => message.into_owned(),
    }
}

/// Returns the help in one line.
pub(crate) fn help(finding: &Finding) -> Option<Cow<'_, str>> {
    finding.help.as_deref().map(escape)
}

/// Returns a number with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}
