//! `unknown-conversion`: a conversion that does not exist.
//!
//! Page: `docs/rules/unknown-conversion.md`. Fixtures: `tests/data/rules/unknown-conversion/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity, nearest};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-conversion",
    severity: Severity::Error,
    summary: "a conversion that does not exist",
    doc: include_str!("unknown_conversion.md"),
};

/// Reports an unknown conversion. `built_in` are the names of all conversions, `defined` those that the version defines.
pub fn report<'a>(
    reports: &mut Reports,
    span: Span,
    name: &str,
    built_in: impl IntoIterator<Item = &'a str>,
    defined: &'a KnownNames,
) {
    let several: Vec<&str> = name.split([',', '|']).map(str::trim).filter(|name| !name.is_empty()).collect();
    let known: Vec<&str> = defined.iter().chain(built_in).collect();
    let near = nearest(name, known.iter().copied());
    let help = match near {
        _ if several.len() > 1 => format!("write several conversions as a list: `[{}]`", several.join(", ")),
        Some(near) => format!("did you mean `{near}`?"),
        None if let Some(meant) = meant(name) => format!("did you mean `{meant}`?"),
        None => "see docs/language/conversions.md for all conversions".to_owned(),
    };
    let report = Report::new(&RULE, span, format!("unknown conversion `{name}`")).help(help);
    let report = match meant(name) {
        _ if several.len() > 1 => report.mend(Mend::rewrite(span, format!("[{}]", several.join(", ")))),
        Some(meant) if near.is_none() => report.mend(Mend::guess(span, name, meant)),
        _ => reports.mended(report, name, known),
    };
    reports.add_unknown(name, defined, report);
}

/// Returns the conversion that does what other languages have this word for.
fn meant(word: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 20] = [
        ("lower", "lowercase"),
        ("tolower", "lowercase"),
        ("downcase", "lowercase"),
        ("upper", "uppercase"),
        ("toupper", "uppercase"),
        ("upcase", "uppercase"),
        ("str", "string"),
        ("text", "string"),
        ("int", "integer"),
        ("float", "number"),
        ("num", "number"),
        ("bool", "boolean"),
        ("strip", "trim"),
        ("json", "json_text"),
        ("stringify", "json_text"),
        ("date", "iso8601"),
        ("timestamp", "unix_seconds"),
        ("epoch", "unix_seconds"),
        ("length", "count"),
        ("substring", "truncate"),
    ];
    let folded = word.to_lowercase().replace(['_', '-'], "");
    WORDS.iter().find(|(known, _)| *known == folded).map(|(_, meant)| *meant)
}
