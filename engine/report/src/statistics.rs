//! How often each rule found something.

use std::collections::BTreeMap;

use mapwright::{Rule, Severity};
use mapwright_validate::Report;
use serde_json::{Value, json};

/// Returns a line for each rule with findings: their number, the severity, the rule, and what it finds. The most frequent one is first.
pub fn statistics(report: &Report) -> String {
    let lines = counted(report);
    let width = |of: &dyn Fn(&RuleCount<'_>) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let (numbers, ids) = (width(&|line| line.0.to_string().len()), width(&|line| line.2.id.len()));
    let lines = lines.iter().map(|(number, severity, rule)| {
        let severity = severity.to_string();
        format!("{number:>numbers$}  {severity:<7}  {:<ids$}  {}\n", rule.id, rule.summary)
    });
    lines.collect()
}

/// Returns the same as a list of objects with `rule`, `severity`, `count` and `summary`.
pub fn statistics_json(report: &Report) -> String {
    let line = |(number, severity, rule): RuleCount<'_>| json!({ "rule": rule.id, "severity": severity, "count": number, "summary": rule.summary });
    format!("{:#}\n", counted(report).into_iter().map(line).collect::<Value>())
}

/// How often a rule found something.
type RuleCount<'r> = (usize, Severity, &'r Rule);

fn counted(report: &Report) -> Vec<RuleCount<'_>> {
    let mut numbers: BTreeMap<(Severity, &str), (usize, &Rule)> = BTreeMap::new();
    for finding in &report.findings {
        numbers.entry((finding.severity(), finding.rule.id)).or_insert((0, finding.rule)).0 += 1;
    }
    let mut lines: Vec<(usize, Severity, &Rule)> =
        numbers.into_iter().map(|((severity, _), (number, rule))| (number, severity, rule)).collect();
    lines.sort_by_key(|(number, ..)| std::cmp::Reverse(*number));
    lines
}
