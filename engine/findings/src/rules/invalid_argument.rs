//! `invalid-argument`: an unknown, missing or invalid argument of a conversion.
//!
//! Page: `docs/rules/invalid-argument.md`. Fixtures: `tests/data/rules/invalid-argument/`.

use crate::finding::{Report, Reports, Rule, Severity, nearest, suggest};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "invalid-argument",
    severity: Severity::Error,
    summary: "an unknown, missing or invalid argument of a conversion",
    doc: include_str!("invalid_argument.md"),
};

/// Reports an argument that the conversion does not have. `known` are its arguments.
pub fn report_unknown(reports: &mut Reports, span: Span, conversion: &str, name: &str, known: &[&str]) {
    let report = match known {
        [] => Report::new(&RULE, span, format!("`{conversion}` takes no arguments, found `{name}`"))
            .help(format!("write `{conversion}` alone")),
        known => Report::new(&RULE, span, format!("`{name}` is not an argument of `{conversion}`"))
            .help(suggest(name, known.iter().copied())),
    };
    reports.add(report);
}

/// Reports a required argument that is missing. `meaning` is its type and its purpose.
pub fn report_missing(
    reports: &mut Reports,
    span: Span,
    conversion: &str,
    name: &str,
    meaning: Option<String>,
) {
    let report = Report::new(&RULE, span, format!("missing argument `{name}` of `{conversion}`"));
    reports.add(report.maybe_help(meaning.map(|meaning| format!("expected {meaning}"))));
}

/// Reports a map that stands in place of the arguments. `name` is the argument that takes it.
pub fn report_map(reports: &mut Reports, span: Span, conversion: &str, name: &str) {
    let message = format!("the map of `{conversion}` contains none of its arguments");
    let help = format!("write a table as `{conversion}: {{ {name}: {{ … }} }}`");
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// An argument that its conversion does not accept.
#[derive(Debug)]
pub struct BadArgument<'a> {
    /// The conversion.
    pub conversion: &'a str,
    /// The argument.
    pub name: &'a str,
    /// The expected type.
    pub expected: &'a str,
    /// The value in the file.
    pub found: &'a str,
    /// What was meant, if that is known.
    pub meant: Option<&'a str>,
    /// The allowed words, if the argument is a word.
    pub words: &'a [&'a str],
    /// A call of the conversion.
    pub example: Option<&'a str>,
}

/// Reports a row as an argument, where an event is not at hand.
pub fn report_row(reports: &mut Reports, span: Span, conversion: &str, name: &str, expected: &str) {
    let message = format!("`{name}` of `{conversion}`: expected {expected}, found a row");
    reports.add(Report::new(&RULE, span, message).help(format!("use `{conversion}` in the rows instead")));
}

/// Reports an argument of the wrong type, or one that does not parse.
pub fn report_bad(reports: &mut Reports, span: Span, argument: &BadArgument<'_>) {
    let BadArgument { conversion, name, expected, found, meant, words, example } = *argument;
    let message = format!("`{name}` of `{conversion}`: expected {expected}, found `{found}`");
    let near = || nearest(found.trim_matches('"'), words.iter().copied());
    let help = match (meant.or_else(near), example) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, _) if expected == "text" && !found.starts_with(['[', '{']) => {
            format!("put it in quotes if it is text: `\"{found}\"`")
        }
        (None, Some(example)) => format!("write it as in `{example}`"),
        (None, None) => "see docs/language/conversions.md for examples".to_owned(),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}
