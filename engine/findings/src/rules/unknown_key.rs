//! `unknown-key`: a key that is not defined where it is used.
//!
//! Page: `docs/rules/unknown-key.md`. Fixtures: `tests/data/rules/unknown-key/`.

use crate::finding::{Report, Reports, Rule, Severity, nearest};
use crate::fix::Mend;
use crate::source::At;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-key",
    severity: Severity::Error,
    summary: "a key that is not defined where it is used",
    doc: include_str!("unknown_key.md"),
};

/// Reports a key that `what` does not have.
pub fn report(reports: &mut Reports, key: &At<String>, what: &str, known: &[&str]) {
    let message = format!("unknown key `{}` in {what}", key.value);
    let report = reports.meant(Report::new(&RULE, key.span, message), &key.value, known.iter().copied());
    reports.add(report);
}

/// Reports the key of a map that is a row but for this letter.
pub fn report_nearly<T>(reports: &mut Reports, key: &At<String>, meant: &str) -> Option<T> {
    let message = format!("`{}` is not a key of a row", key.value);
    let mend = Mend::guess(key.span, key.value.as_str(), meant);
    let help = format!("did you mean `{meant}`? write a field that is named `{}` below `object:`", key.value);
    reports.add(Report::new(&RULE, key.span, message).help(help).mend(mend));
    None
}

/// Reports an edit of a list where a row stands.
pub fn report_edit<T>(reports: &mut Reports, key: &At<String>) -> Option<T> {
    let message = format!("`{}` cannot stand here", key.value);
    let help = format!(
        "edit the list of an inherited row as `from: {{ {0}: … }}`; write a field that is named `{0}` below `object:`",
        key.value
    );
    reports.add(Report::new(&RULE, key.span, message).help(help));
    None
}

/// Reports an edit of a list where an entry of a list stands.
pub fn report_entry<T>(reports: &mut Reports, key: &At<String>) -> Option<T> {
    let message = format!("`{}` is not a key of an entry", key.value);
    let help = format!(
        "an edit takes the place of an inherited list: write `{{ {0}: … }}` instead of `[{{ {0}: … }}]`",
        key.value
    );
    reports.add(Report::new(&RULE, key.span, message).help(help));
    None
}

/// Reports a key that a row does not have. `word` is a key of the map that makes it a row.
pub fn report_in_row(reports: &mut Reports, key: &At<String>, word: Option<&At<String>>, known: &[&str]) {
    let name = &key.value;
    let near = nearest(name, known.iter().copied());
    let report = Report::new(&RULE, key.span, format!("`{name}` is not a key of a row"));
    let Some(word) = word else {
        let report = reports.meant(report, name, known.iter().copied());
        return reports.add(report);
    };
    let as_fields = format!("write fields below `object:` if one of them is named `{}`", word.value);
    let help = near.map_or_else(|| as_fields.clone(), |near| format!("did you mean `{near}`? {as_fields}"));
    let label = format!("`{}` makes the map a row", word.value);
    let report = reports.mended(report.help(help).related(word.span, label), name, known.iter().copied());
    reports.add(report);
}

/// Reports a parameter that the operation's path does not have.
pub fn report_parameter<'a>(
    reports: &mut Reports,
    key: &At<String>,
    path: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let message = format!("`{}` is not a parameter of `{path}`", key.value);
    let help = match known.clone().into_iter().next() {
        Some(_) => reports.suggest(&key.value, known),
        None => "the path has no parameters".to_owned(),
    };
    reports.add(Report::new(&RULE, key.span, message).help(help));
}
