//! One cause, one finding: what follows from a mistake is reported with the mistake.

use std::collections::{HashMap, HashSet};

use mapwright::{Finding, Place, Severity};
use mapwright_findings::rules::misread_yaml;
use mapwright_findings::rules::value_mismatch::{MADE_AT, SENT_BY};

use crate::report::Report;

/// How many places of a kind a finding names.
const SHOWN: usize = 3;

/// The label of a test that shows what is reported.
const SHOWN_BY: &str = "this test shows it";

/// A line of a file.
type LineOfFile = (String, usize);

fn line(place: &Place) -> LineOfFile {
    (place.path.clone(), place.line)
}

/// What follows from findings that are reported.
#[derive(Default)]
struct Told {
    /// The findings by the lines that they are about.
    by_line: HashMap<LineOfFile, usize>,
    /// What follows from each: a place, what is there, and how severe it is.
    follows: HashMap<usize, Vec<(Place, &'static str, Severity)>>,
    /// The findings that follow from others.
    known: Vec<usize>,
}

impl Told {
    fn follows(&mut self, cause: usize, place: &Place, label: &'static str, severity: Severity) {
        let all = self.follows.entry(cause).or_default();
        if all.iter().all(|(known, ..)| known != place) {
            all.push((place.clone(), label, severity));
        }
    }
}

impl Report {
    /// Leaves out what follows from another finding. That finding names the rest, and is as severe.
    ///
    /// A value that is wrong where it is made is reported once, and names the rows that send it. What tests find of rows of which something is reported
    /// already, by the checks or by other tests, follows from that.
    pub fn one_per_cause(&mut self) {
        let mut told = Told::default();
        self.values(&mut told);
        self.tests(&mut told);
        self.leave_out(told);
    }

    /// The findings of the checks.
    fn values(&self, told: &mut Told) {
        let of_others = self.findings.iter().filter(|finding| finding.rule.id != misread_yaml::RULE.id);
        let others: HashSet<&Place> = of_others.map(|finding| &finding.place).collect();
        let mut made: HashMap<(&str, Option<&str>, LineOfFile), usize> = HashMap::new();
        for (at, finding) in self.findings.iter().enumerate().filter(|(_, finding)| !is_of_tests(finding)) {
            // that a merge key is none of the keys here says more than that nothing is merged
            if finding.rule.id == misread_yaml::RULE.id && others.contains(&finding.place) {
                told.known.push(at);
                continue;
            }
            let made_at = finding.related.iter().find(|(_, label)| label == MADE_AT).map(|(place, _)| place);
            let first = match made_at.filter(|_| finding.fix.is_none()) {
                Some(place) => {
                    let key = (finding.rule.id, finding.help.as_deref(), line(place));
                    *made.entry(key).or_insert(at)
                }
                None => at,
            };
            if first != at {
                told.known.push(at);
                told.follows(first, &finding.place, SENT_BY, finding.severity());
            }
            if finding.severity() != Severity::Hint {
                let of_value = |label: &str| label == SENT_BY || label == MADE_AT;
                let rows = finding.related.iter().filter(|(_, label)| of_value(label));
                for place in rows.map(|(place, _)| place).chain([&finding.place]) {
                    told.by_line.entry(line(place)).or_insert(first);
                }
            }
        }
    }

    /// The findings of tests: those that stand at a row first, and then those of few rows, so that what others show as well follows from them.
    fn tests(&self, told: &mut Told) {
        let of_tests = self.findings.iter().enumerate();
        let mut of_tests: Vec<(usize, &Finding)> =
            of_tests.filter(|(_, finding)| is_of_tests(finding)).collect();
        of_tests.sort_by_key(|(at, finding)| (!is_at_row(finding), finding.made_by.len(), *at));
        for (at, finding) in of_tests {
            let cause = |rows: &Vec<Place>| rows.iter().find_map(|row| told.by_line.get(&line(row)).copied());
            let causes = finding.made_by.iter().map(cause);
            match causes.collect::<Option<Vec<usize>>>().filter(|_| finding.fix.is_none()) {
                Some(causes) => {
                    told.known.push(at);
                    let test = match is_at_row(finding) {
                        true => finding.related.first().map(|(place, _)| place),
                        false => Some(&finding.place),
                    };
                    for cause in causes {
                        if let Some(test) = test {
                            told.follows(cause, test, SHOWN_BY, finding.severity());
                        }
                    }
                }
                None => {
                    for row in finding.made_by.iter().flatten() {
                        told.by_line.entry(line(row)).or_insert(at);
                    }
                }
            }
        }
    }

    /// Leaves out what follows, and names it where it follows from.
    fn leave_out(&mut self, told: Told) {
        for (cause, follows) in told.follows {
            let Some(finding) = self.findings.get_mut(cause) else { continue };
            let severest = follows.iter().map(|(.., severity)| *severity).chain([finding.severity()]).min();
            severest.into_iter().for_each(|severity| finding.set_severity(severity));
            let is_named = |place: &Place| {
                finding.place == *place || finding.related.iter().any(|(known, _)| known == place)
            };
            let new: Vec<(Place, &str)> = follows
                .into_iter()
                .map(|(place, label, _)| (place, label))
                .filter(|(place, _)| !is_named(place))
                .collect();
            for label in [SENT_BY, SHOWN_BY] {
                let places = new.iter().filter(|(_, known)| *known == label);
                let more = places.clone().count().saturating_sub(SHOWN);
                for (index, (place, _)) in places.take(SHOWN).enumerate() {
                    let label = match more {
                        more if more > 0 && index + 1 == SHOWN => format!("{label}, and {more} more"),
                        _ => label.to_owned(),
                    };
                    finding.related.push((place.clone(), label));
                }
            }
        }
        let known: HashSet<usize> = told.known.into_iter().collect();
        let mut at = 0..;
        self.findings.retain(|_| at.next().is_none_or(|at| !known.contains(&at)));
    }
}

fn is_of_tests(finding: &Finding) -> bool {
    !finding.made_by.is_empty()
}

/// Whether a finding of a test stands at the row that it is about.
fn is_at_row(finding: &Finding) -> bool {
    finding.made_by.iter().flatten().any(|row| *row == finding.place)
}
