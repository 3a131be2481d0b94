//! `missing-parameter`: a path parameter without a value.
//!
//! Page: `docs/rules/missing-parameter.md`. Fixtures: `tests/data/rules/missing-parameter/`.

use crate::finding::{KnownNames, Report, Reports, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "missing-parameter",
    severity: Severity::Error,
    summary: "a path parameter without a value",
    doc: include_str!("missing_parameter.md"),
};

/// Reports a step that has no value for a parameter of the operation's path. `captures` are those that steps make.
pub fn report(reports: &mut Reports, span: Span, parameter: &str, path: &str, captures: &KnownNames) {
    let message = format!("missing value for the parameter `{parameter}` of `{path}`");
    let help = match reports.nearest(parameter, captures.iter()) {
        Some(near) => format!(
            "did you mean the capture `{near}`? add `params: {{ {parameter}: captures.{near} }}`, or capture it as `{parameter}`"
        ),
        None => format!("add `params: {{ {parameter}: … }}`, or capture it in an earlier step"),
    };
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a path that is written as a template.
pub fn report_template(reports: &mut Reports, span: Span, path: &str) {
    /// Returns the path with parameters, and what each of them is.
    fn parameters(path: &str) -> (String, Vec<(String, String)>) {
        let (mut plain, mut found, mut rest) = (String::new(), Vec::new(), path);
        while let Some((before, inner, after)) = rest
            .split_once("{{")
            .and_then(|(before, rest)| rest.split_once("}}").map(|(i, a)| (before, i, a)))
        {
            let source = inner.trim();
            let name =
                source.rsplit(['.', '$']).next().filter(|name| name.chars().all(char::is_alphanumeric));
            let name = name.unwrap_or("name").to_owned();
            plain.push_str(&format!("{before}{{{name}}}"));
            found.push((name, source.to_owned()));
            rest = after;
        }
        (plain + rest, found)
    }
    let (plain, found) = parameters(path);
    let params: Vec<String> = found.iter().map(|(name, source)| format!("{name}: {source}")).collect();
    let message = format!("`{path}` is a template, and a path has parameters");
    let help = format!("write `{plain}`, and `params: {{ {} }}` in the step", params.join(", "));
    reports.add(Report::new(&RULE, span, message).help(help));
}

/// Reports a path that does not parse.
pub fn report_path(reports: &mut Reports, span: Span, path: &str, problem: &str) {
    reports.add(
        Report::new(&RULE, span, format!("`{path}` is not a valid path: {problem}"))
            .help("write a path such as `/contacts/{contact_id}`"),
    );
}
