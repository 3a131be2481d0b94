//! `invalid-argument`: an argument that a conversion does not have, lacks or cannot use.
//!
//! Page: `docs/rules/invalid-argument.md`. Fixtures: `tests/data/rules/invalid-argument/`.

use crate::finding::{Report, Reports, Rule, Severity, nearest, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-argument",
    severity: Severity::Error,
    summary: "an argument that a conversion does not have, lacks or cannot use",
    doc: include_str!("invalid_argument.md"),
};

/// An argument that the conversion does not have; `known` are those that it has.
pub fn report_unknown(reports: &mut Reports, span: Span, conversion: &str, name: &str, known: &[&str]) {
    let report = match known {
        [] => Report::new(&RULE, span, format!("`{conversion}` takes no arguments, found `{name}`"))
            .help(format!("write `{conversion}` alone")),
        known => Report::new(&RULE, span, format!("`{name}` is not an argument of `{conversion}`"))
            .help(suggest(name, known.iter().copied())),
    };
    reports.add(report);
}

/// An argument that is not given and has to be; `meaning` says what it takes and what it is for.
pub fn report_missing(
    reports: &mut Reports,
    span: Span,
    conversion: &str,
    name: &str,
    meaning: Option<String>,
) {
    let report = Report::new(&RULE, span, format!("`{conversion}` needs the argument `{name}`"));
    reports.add(report.maybe_help(meaning.map(|meaning| format!("it is {meaning}"))));
}

/// An argument that its conversion cannot use.
#[derive(Debug)]
pub struct BadArgument<'a> {
    /// The conversion.
    pub conversion: &'a str,
    /// The argument.
    pub name: &'a str,
    /// What it takes.
    pub expected: &'a str,
    /// What the file says.
    pub found: &'a str,
    /// The words that it takes, if it takes words.
    pub words: &'a [&'a str],
    /// A call of the conversion.
    pub example: Option<&'a str>,
}

/// An argument of another kind, or one that does not parse.
pub fn report_bad(reports: &mut Reports, span: Span, argument: &BadArgument<'_>) {
    let BadArgument { conversion, name, expected, found, words, example } = *argument;
    let message = format!("`{name}` of `{conversion}`: expected {expected}, found `{found}`");
    let help = match (nearest(found.trim_matches('"'), words.iter().copied()), example) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, _) if expected == "text" && !found.starts_with(['[', '{']) => {
            format!("a text that reads like something else is written in quotes: `\"{found}\"`")
        }
        (None, Some(example)) => format!("it is written as in `{example}`"),
        (None, None) => "docs/language/conversions.md has examples".to_owned(),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
