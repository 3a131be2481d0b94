//! How often each rule found something.

use std::collections::BTreeMap;

use mapwright::{Rule, Severity};
use mapwright_validate::Report;

/// Returns a line for each rule with findings: their number, the severity, the rule, and what it finds. The most frequent one is first.
pub fn statistics(report: &Report) -> String {
    let mut numbers: BTreeMap<(Severity, &str), (usize, &Rule)> = BTreeMap::new();
    for finding in &report.findings {
        numbers.entry((finding.severity(), finding.rule.id)).or_insert((0, finding.rule)).0 += 1;
    }
    let mut lines: Vec<(usize, Severity, &Rule)> =
        numbers.into_iter().map(|((severity, _), (number, rule))| (number, severity, rule)).collect();
    lines.sort_by_key(|(number, ..)| std::cmp::Reverse(*number));
    let width = |of: &dyn Fn(&(usize, Severity, &Rule)) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let (numbers, ids) = (width(&|line| line.0.to_string().len()), width(&|line| line.2.id.len()));
    let lines = lines.iter().map(|(number, severity, rule)| {
        let severity = severity.to_string();
        format!("{number:>numbers$}  {severity:<7}  {:<ids$}  {}\n", rule.id, rule.summary)
    });
    lines.collect()
}
