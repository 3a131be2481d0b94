//! `unplanned-field`: a path into the event that no tracking plan has.
//!
//! Page: `docs/rules/unplanned-field.md`. Fixtures: `tests/data/rules/unplanned-field/`.

use crate::finding::{Report, Reports, Rule, Severity, all_of};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unplanned-field",
    severity: Severity::Warning,
    summary: "a path into the event that no tracking plan has",
    doc: include_str!("unplanned_field.md"),
};

/// What tracking plans have in place of a path.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'p> {
    /// The object, as in `properties`.
    pub object: &'p str,
    /// The name that it does not have.
    pub name: &'p str,
    /// The path, as far as that name.
    pub path: &'p str,
    /// The names that it has; none, if it is not an object.
    pub listed: &'p [&'p str],
    /// The files that say so.
    pub files: &'p [&'p str],
}

/// Reports a path that the plans do not have.
pub fn report(reports: &mut Reports, span: Span, planned: Planned<'_>) {
    let Planned { object, name, path, listed, files } = planned;
    if listed.is_empty() {
        let message = format!("`{object}` has no members by the tracking plan");
        let help = format!("read `{object}` itself, or change {}", all_of(files));
        return reports.add(Report::new(&RULE, span, message).help(help));
    }
    let report = Report::new(&RULE, span, format!("no event has `{path}` by the tracking plan"));
    let near = reports.nearest(name, listed.iter().copied());
    reports.add(match near {
        Some(near) => {
            let meant = format!("{object}.{near}");
            report.help(format!("did you mean `{meant}`?")).mend(Mend::guess(span, path, meant))
        }
        None => report.help(match files {
            [file] => format!("remove it, or add `{name}` to `{file}`"),
            files => format!("remove it, or add `{name}` to the plan that it belongs to: {}", all_of(files)),
        }),
    });
}
