//! `impossible-comparison`: a comparison with something that the value can never be.
//!
//! Page: `docs/rules/impossible-comparison.md`. Fixtures: `tests/data/rules/impossible-comparison/`.

use crate::finding::{Report, Reports, Rule, Severity, nearest, one_of};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "impossible-comparison",
    severity: Severity::Warning,
    summary: "a comparison with something that the value can never be",
    doc: include_str!("impossible_comparison.md"),
};

/// Why a comparison of values of different types does not hold.
const OF_TYPES: &str = "values of different types are never equal and never in order";

/// What is compared, where the values are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Values of different types.
    Types,
    /// Two texts, or two constants of one type.
    Alike,
    /// Something, and the items of a list that has none.
    EmptyList,
}

/// The values that a name can have.
#[derive(Debug, Clone, Copy)]
pub struct Choices<'c> {
    /// The name.
    pub name: &'c str,
    /// The values.
    pub values: &'c [String],
    /// Whether what it is compared with is one of them.
    pub is_one: bool,
}

/// Reports a comparison that always or never holds. `choices` are those of the name that is compared, `wanted` is the text that it is compared
/// with.
pub fn report(
    reports: &mut Reports,
    span: Span,
    comparison: &str,
    always: bool,
    choices: Option<Choices<'_>>,
    wanted: Option<&str>,
    compared: Compared,
) {
    let how = if always { "always" } else { "never" };
    let near = match (&choices, wanted) {
        (Some(choices), Some(wanted)) if compared != Compared::EmptyList && !choices.is_one => {
            reports.nearest(wanted, choices.values)
        }
        _ => None,
    };
    let help = match (choices, compared) {
        (_, Compared::EmptyList) => {
            "the list is empty: state what it holds, or remove the comparison".to_owned()
        }
        (Some(Choices { is_one: true, .. }), _) => OF_TYPES.to_owned(),
        (Some(choices), _) => match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`{}` is {}", choices.name, one_of(choices.values)),
        },
        (None, Compared::Alike) if wanted == Some("") => {
            "a value that is there is never an empty text: to ask whether there is one, write its name alone, or `not` before it"
                .to_owned()
        }
        (None, Compared::Alike) => "both are constants: compare a name, or remove the comparison".to_owned(),
        (None, Compared::Types) => OF_TYPES.to_owned(),
    };
    let report = Report::new(&RULE, span, format!("`{comparison}` {how} holds")).help(help);
    reports.add(match near.zip(wanted) {
        Some((near, wanted)) => report.mend(Mend::guess(span, wanted, near)),
        None => report,
    });
}

/// Reports a comparison of a name with a word that it can never be.
pub fn report_word(reports: &mut Reports, span: Span, name: &str, word: &str, known: &[&str]) {
    let help = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`{name}` is {}", one_of(known)),
    };
    reports.add(Report::new(&RULE, span, format!("`{name}` is never `{word}`")).help(help));
}
