//! `invalid-argument`: an unknown, missing or invalid argument of a conversion.

use crate::convert::{Definition, ParamType};
use crate::finding::{Report, Reports, Rule, Severity, nearest, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-argument",
    severity: Severity::Error,
    summary: "an unknown, missing or invalid argument of a conversion",
    doc: include_str!("invalid_argument.md"),
};

/// Reports an argument that the conversion does not have.
pub fn report_unknown(reports: &mut Reports, span: Span, definition: &Definition, name: &str) {
    let conversion = definition.name;
    let report = match definition.params {
        [] => Report::new(&RULE, span, format!("`{conversion}` takes no arguments, found `{name}`"))
            .help(format!("write `{conversion}` alone")),
        params => Report::new(&RULE, span, format!("`{name}` is not an argument of `{conversion}`"))
            .help(suggest(name, params.iter().map(|param| param.name))),
    };
    reports.add(report);
}

/// Reports a required argument that is missing.
pub fn report_missing(reports: &mut Reports, span: Span, definition: &Definition, name: &str) {
    let conversion = definition.name;
    let report = Report::new(&RULE, span, format!("missing argument `{name}` of `{conversion}`"));
    let params = definition.params.iter();
    reports.add(
        report.maybe_help(
            params
                .filter(|param| param.name == name)
                .map(|param| format!("expected {}: {}", param.takes, param.summary))
                .next(),
        ),
    );
}

/// Reports an argument of the wrong type, or one that does not parse.
pub fn report_bad(
    reports: &mut Reports,
    span: Span,
    definition: &Definition,
    name: &str,
    expected: &str,
    found: &str,
) {
    let message = format!("`{name}` of `{}`: expected {expected}, found `{found}`", definition.name);
    let words = definition.params.iter().find(|param| param.name == name).map(|param| param.takes);
    let near = match words {
        Some(ParamType::Word(words) | ParamType::Words(words)) => {
            nearest(found.trim_matches('"'), words.iter().copied())
        }
        _ => None,
    };
    let help = match (near, definition.examples.first()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, _) if expected == "text" && !found.starts_with(['[', '{']) => {
            format!("put it in quotes if it is text: `\"{found}\"`")
        }
        (None, Some(example)) => format!("write it as in `{}`", example.call),
        (None, None) => "see docs/language/conversions.md for examples".to_owned(),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
