//! `invalid-argument`: an argument that a conversion does not have, lacks or cannot use.
//!
//! Page: `docs/rules/invalid-argument.md`. Fixtures: `tests/data/rules/invalid-argument/`.

use crate::convert::{Definition, ParamType};
use crate::finding::{Report, Reports, Rule, Severity, nearest, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-argument",
    severity: Severity::Error,
    summary: "an argument that a conversion does not have, lacks or cannot use",
    doc: include_str!("invalid_argument.md"),
};

/// An argument that the conversion does not have.
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

/// An argument that is not given and has to be.
pub fn report_missing(reports: &mut Reports, span: Span, definition: &Definition, name: &str) {
    let conversion = definition.name;
    let report = Report::new(&RULE, span, format!("`{conversion}` needs the argument `{name}`"));
    let params = definition.params.iter();
    reports.add(
        report.maybe_help(
            params
                .filter(|param| param.name == name)
                .map(|param| format!("it is {}: {}", param.takes, param.summary))
                .next(),
        ),
    );
}

/// An argument of another kind, or one that does not parse.
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
            format!("a text that reads like something else is written in quotes: `\"{found}\"`")
        }
        (None, Some(example)) => format!("it is written as in `{}`", example.call),
        (None, None) => "docs/language/conversions.md has examples".to_owned(),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
