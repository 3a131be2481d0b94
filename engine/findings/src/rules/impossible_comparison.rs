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

/// Reports a comparison that always or never holds. `choices` are the name that is compared and the values that it can have, `wanted` is the text
/// that it is compared with; `is_empty`, if it is looked for in a list without items.
pub fn report(
    reports: &mut Reports,
    span: Span,
    comparison: &str,
    always: bool,
    choices: Option<(String, Vec<String>)>,
    wanted: Option<&str>,
    is_empty: bool,
) {
    let how = if always { "always" } else { "never" };
    let near = match (&choices, wanted) {
        (Some((_, values)), Some(wanted)) if !is_empty && !values.iter().any(|value| value == wanted) => {
            nearest(wanted, values).map(|near| Mend::guess(span, wanted, near))
        }
        _ => None,
    };
    let help = match (choices, is_empty) {
        (_, true) => "the list is empty: state what it holds, or remove the comparison".to_owned(),
        (Some((_, values)), _) if wanted.is_some_and(|wanted| values.iter().any(|value| value == wanted)) => {
            OF_TYPES.to_owned()
        }
        (Some((name, values)), _) => match wanted.and_then(|wanted| nearest(wanted, &values)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`{name}` is {}", one_of(&values)),
        },
        (None, _) => OF_TYPES.to_owned(),
    };
    let report = Report::new(&RULE, span, format!("`{comparison}` {how} holds")).help(help);
    reports.add(match near {
        Some(near) => report.mend(near),
        None => report,
    });
}
