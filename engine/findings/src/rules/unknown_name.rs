//! `unknown-name`: a name that neither the event nor the language defines.
//!
//! Page: `docs/rules/unknown-name.md`. Fixtures: `tests/data/rules/unknown-name/`.

use crate::finding::{Report, Reports, Rule, Severity, nearest, one_of};
use crate::fix::Mend;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-name",
    severity: Severity::Error,
    summary: "a name that neither the event nor the language defines",
    doc: include_str!("unknown_name.md"),
};

/// The names that a path may start with.
#[derive(Debug)]
pub struct Known<'a> {
    /// The top-level fields of an event.
    pub fields: &'a [&'a str],
    /// The names of what is not an event, as in `settings`.
    pub reserved: &'a [&'a str],
    /// Paths that may be meant by their last name alone, as in `settings.apiKey`.
    pub owned: &'a [String],
}

impl<'a> Known<'a> {
    fn all(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.fields.iter().chain(self.reserved).copied()
    }
}

/// Says which of these paths is meant by its last name alone, with the rest of what is written; if it is one.
pub fn of_owner(name: &str, written: &str, owned: &[String]) -> Option<String> {
    let last = |path: &&String| path.rsplit('.').next().unwrap_or_default().to_owned();
    let same = owned.iter().find(|path| last(path) == name);
    let near = || {
        let names: Vec<String> = owned.iter().map(|path| last(&path)).collect();
        let near = nearest(name, &names)?;
        owned.iter().find(|path| last(path) == *near)
    };
    let owner = same.or_else(near)?;
    Some(format!("did you mean `{owner}{}`?", written.strip_prefix(name).unwrap_or_default()))
}

/// Reports an unknown name in a source. `written` is the whole path.
pub fn report(reports: &mut Reports, span: Span, name: &str, written: &str, known: &Known<'_>) {
    let constant = format!("write a constant as `{{ value: {} }}`", as_yaml(written));
    let help = match (nearest(name, known.all()), of_owner(name, written, known.owned)) {
        (Some(near), _) if written == name => format!("did you mean `{near}`? {constant}"),
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(owned)) if written == name => format!("{owned} {constant}"),
        (None, Some(owned)) => owned,
        (None, None) if written == name => {
            format!("{constant}, a custom top-level field of the event as `$.{name}`")
        }
        (None, None) if written.parse::<f64>().is_ok() => constant,
        (None, None) => format!("write a custom top-level field of the event as a JSONPath: `$.{name}`"),
    };
    let report = reports.mended(no_field(span, name).help(help), name, known.all());
    reports.add(report);
}

/// Reports an unknown name in a condition or a template, where a string may be meant.
pub fn report_in_expression(reports: &mut Reports, span: Span, name: &str, written: &str, known: &Known<'_>) {
    let help = match (nearest(name, known.all()), of_owner(name, written, known.owned)) {
        _ if matches!(name, "null" | "nil") => {
            "write `none`, or test for a value with `is defined`".to_owned()
        }
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(owned)) => owned,
        (None, None) if written == name => format!("put a string in quotes: `\"{name}\"`"),
        (None, None) => {
            format!("expected a field of an event, or one of {}", one_of(known.reserved.iter().copied()))
        }
    };
    let report = no_field(span, name).help(help);
    let report = match name {
        "null" | "nil" => report.mend(Mend::guess(span, name, "none")),
        _ => reports.mended(report, name, known.all()),
    };
    reports.add(report);
}

fn no_field(span: Span, name: &str) -> Report {
    Report::new(&RULE, span, format!("`{name}` is not a field of an event"))
}

/// Returns a string in YAML notation, quoted where it would otherwise be read as another type.
pub fn as_yaml(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
        && text.starts_with(char::is_alphabetic)
        && text.parse::<f64>().is_err()
        && !matches!(text, "true" | "false" | "null");
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// Reports a path that continues behind a field with a single value; `path` are its names.
pub fn report_member(reports: &mut Reports, span: Span, path: &str, field: &str, known: &Known<'_>) {
    let rest = path.strip_prefix(field).unwrap_or("");
    let help = match rest.strip_prefix('.') {
        // paths do not start with `event.`
        Some(rest) if known.fields.iter().any(|field| rest.split(['.', '[']).next() == Some(field)) => {
            format!("did you mean `{rest}`? paths start at the top level of the event")
        }
        _ => format!("use `{field}` itself"),
    };
    let message = format!("`{field}` is a single value of an event and has no members");
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a member that `owner`, which states what became of an event, has not.
pub fn report_found(reports: &mut Reports, span: Span, owner: &str, name: &str, known: &[&str]) {
    report_lack(reports, &RULE, span, (owner, name), known);
}

/// Reports a member that `owner` has not, by the rule of what that is.
pub(crate) fn report_lack(
    reports: &mut Reports,
    rule: &'static Rule,
    span: Span,
    (owner, name): (&str, &str),
    known: &[impl AsRef<str>],
) {
    let report = Report::new(rule, span, format!("`{owner}` has no `{name}`"));
    let report = match known {
        [] => report.help(format!("use `{owner}` itself")),
        known => reports.meant(report, name, known.iter().map(AsRef::as_ref)),
    };
    reports.add(report);
}

/// Reports a member of a list, of which only items have members.
pub fn report_list(reports: &mut Reports, span: Span, list: &str, name: &str) {
    let report = Report::new(&RULE, span, format!("`{list}` is a list, and has no `{name}`"));
    reports.add(report.help(format!("name an item, as in `{list}[0]`")));
}
