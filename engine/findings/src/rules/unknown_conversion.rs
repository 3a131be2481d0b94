//! `unknown-conversion`: a conversion that does not exist.
//!
//! Page: `docs/rules/unknown-conversion.md`. Fixtures: `tests/data/rules/unknown-conversion/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity, nearest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-conversion",
    severity: Severity::Error,
    summary: "a conversion that does not exist",
    doc: include_str!("unknown_conversion.md"),
};

/// `built_in` are the names of all conversions, `defined` those that the version defines.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    built_in: impl IntoIterator<Item = &'a str>,
    defined: &'a KnownNames,
) {
    let several: Vec<&str> = name.split([',', '|']).map(str::trim).filter(|name| !name.is_empty()).collect();
    let help = match nearest(name, defined.iter().chain(built_in)) {
        _ if several.len() > 1 => format!("write several conversions as a list: `[{}]`", several.join(", ")),
        Some(near) => format!("did you mean `{near}`?"),
        None => "see docs/language/conversions.md for all conversions".to_owned(),
    };
    let report = Report::new(&RULE, span, format!("unknown conversion `{name}`")).help(help);
    reports.add_unknown(name, defined, report);
}
