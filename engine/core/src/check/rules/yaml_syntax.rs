//! `yaml-syntax`: a file that is not YAML.

use crate::finding::{Report, Reports, Rule, Severity};
use crate::load::yaml::YamlError;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "yaml-syntax",
    severity: Severity::Error,
    summary: "a file that is not YAML",
    doc: include_str!("yaml_syntax.md"),
};

pub(crate) fn report(reports: &mut Reports, error: YamlError) {
    reports.add(
        Report::new(&RULE, error.span, error.message).help("a text with `: ` or `#` in it needs quotes"),
    );
}
