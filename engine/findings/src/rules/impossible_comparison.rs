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

/// Reports a comparison that always or never holds. `choices` are the name that is compared and the values that it can have, `wanted` is the text
/// that it is compared with.
pub fn report(
    reports: &mut Reports,
    span: Span,
    comparison: &str,
    always: bool,
    choices: Option<(String, Vec<String>)>,
    wanted: Option<&str>,
    compared: Compared,
) {
    let how = if always { "always" } else { "never" };
    let near = match (&choices, wanted) {
        (Some((_, values)), Some(wanted))
            if compared != Compared::EmptyList && !values.iter().any(|value| value == wanted) =>
        {
            nearest(wanted, values).map(|near| Mend::guess(span, wanted, near))
        }
        _ => None,
    };
    let help = match (choices, compared) {
        (_, Compared::EmptyList) => {
            "the list is empty: state what it holds, or remove the comparison".to_owned()
        }
        (Some((_, values)), _) if wanted.is_some_and(|wanted| values.iter().any(|value| value == wanted)) => {
            OF_TYPES.to_owned()
        }
        (Some((name, values)), _) => match wanted.and_then(|wanted| nearest(wanted, &values)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`{name}` is {}", one_of(&values)),
        },
        (None, Compared::Alike) if wanted == Some("") => {
            "a value that is there is never an empty text: to ask whether there is one, write its name alone, or `not` before it"
                .to_owned()
        }
        (None, Compared::Alike) => "both are constants: compare a name, or remove the comparison".to_owned(),
        (None, Compared::Types) => OF_TYPES.to_owned(),
    };
    let report = Report::new(&RULE, span, format!("`{comparison}` {how} holds")).help(help);
    reports.add(match near {
        Some(near) => report.mend(near),
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
