//! One cause, one finding: what tests find is said where the mapping is known to be wrong.

use std::collections::HashMap;

use mapwright::{Finding, Place, Severity};
use mapwright_findings::rules::value_mismatch::SENT_BY;

use crate::report::Report;

/// How many tests a finding names.
const SHOWN: usize = 3;

impl Report {
    /// Leaves out what tests find of rows of which something else is said already: that finding names the tests. It is as severe as what they found.
    pub fn one_per_cause(&mut self) {
        let of_tests = |finding: &Finding| !finding.made_by.is_empty();
        let mut by_line: HashMap<(String, usize), usize> = HashMap::new();
        for (at, finding) in self.findings.iter().enumerate() {
            if !of_tests(finding) && finding.severity() != Severity::Hint {
                let rows = finding.related.iter().filter(|(_, label)| label == SENT_BY);
                for place in rows.map(|(place, _)| place).chain([&finding.place]) {
                    by_line.entry((place.path.clone(), place.line)).or_insert(at);
                }
            }
        }
        let cause = |place: &Place| by_line.get(&(place.path.clone(), place.line)).copied();
        // each with the test that shows it, and how severe that is
        let mut shown: HashMap<usize, Vec<(Place, Severity)>> = HashMap::new();
        let mut known = Vec::new();
        for (at, finding) in self.findings.iter().enumerate().filter(|(_, finding)| of_tests(finding)) {
            let causes: Option<Vec<usize>> = finding.made_by.iter().map(cause).collect();
            let Some(causes) = causes else { continue };
            known.push(at);
            let test = match finding.made_by.contains(&finding.place) {
                true => finding.related.first().map(|(place, _)| place),
                false => Some(&finding.place),
            };
            for cause in causes {
                let tests = shown.entry(cause).or_default();
                if let Some(test) = test.filter(|test| tests.iter().all(|(known, _)| known != *test)) {
                    tests.push((test.clone(), finding.severity()));
                }
            }
        }
        for (cause, tests) in shown {
            let Some(finding) = self.findings.get_mut(cause) else { continue };
            let severest = tests.iter().map(|(_, severity)| *severity).chain([finding.severity()]).min();
            severest.into_iter().for_each(|severity| finding.set_severity(severity));
            let more = tests.len().saturating_sub(SHOWN);
            for (index, (place, _)) in tests.into_iter().take(SHOWN).enumerate() {
                let label = match more {
                    more if more > 0 && index + 1 == SHOWN => format!("this test shows it, and {more} more"),
                    _ => "this test shows it".to_owned(),
                };
                finding.related.push((place, label));
            }
        }
        let mut at = 0..;
        self.findings.retain(|_| at.next().is_none_or(|at| known.binary_search(&at).is_err()));
    }
}
