//! Settings of tests that no version can be bound to: where their mistake stands.

use std::collections::BTreeSet;

use mapwright_findings::rules::invalid_value;
use mapwright_findings::{Reports, Span};
use mapwright_language::yaml::Node;
use mapwright_plan::settings::{SettingProblem, SettingsError};

/// Reports settings that cannot be used, and returns where: tests that fail since then fail for that. `stated` are laid over each other. A name that is not known is
/// reported already.
pub(crate) fn report(
    error: &SettingsError,
    stated: &[&Node],
    known: &BTreeSet<&str>,
    reports: &mut Reports,
) -> Option<Span> {
    let keys = || stated.iter().rev().flat_map(|node| node.as_map().unwrap_or_default()).map(|(key, _)| key);
    if let Some(unknown) = keys().find(|key| !known.contains(key.text.as_str())) {
        return Some(unknown.span);
    }
    let names = error.problems.iter().filter_map(name);
    let named = names
        .map(|name| name.split(['.', '[']).next().unwrap_or(name))
        .find_map(|name| keys().find(|key| key.text == name));
    let span = named.map(|key| key.span).or_else(|| stated.first().map(|node| node.span))?;
    let problems: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
    let message = format!("the tests cannot run with these settings: {}", problems.join("; "));
    invalid_value::report(
        reports,
        span,
        message,
        "state the settings that the destination takes, or expect the rejection `invalid_settings`",
    );
    Some(span)
}

/// The setting that a problem is about.
fn name(problem: &SettingProblem) -> Option<&str> {
    match problem {
        SettingProblem::Missing { name, .. }
        | SettingProblem::WrongType { name, .. }
        | SettingProblem::NotAllowed { name, .. }
        | SettingProblem::Unreadable { name, .. } => Some(name),
        _ => None,
    }
}
