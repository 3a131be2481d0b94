//! Baselines: the findings that a team knows of, so that only new ones count.

use std::collections::{HashMap, HashSet};

use mapwright::Finding;
use serde::{Deserialize, Serialize};

use crate::report::{Report, Suppressed, Suppression};

/// The findings that were there when it was written, by what stays the same where lines move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Each with the rule.
    fingerprints: HashMap<String, String>,
}

/// The file: for people it also says what the findings are.
#[derive(Serialize, Deserialize)]
struct BaselineFile {
    version: u32,
    findings: Vec<BaselineEntry>,
}

#[derive(Serialize, Deserialize)]
struct BaselineEntry {
    fingerprint: String,
    #[serde(default)]
    rule: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    message: String,
}

const VERSION: u32 = 1;

impl Baseline {
    /// Reads the text of a baseline.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: BaselineFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.version != VERSION {
            return Err(format!("it has the version {}, expected {VERSION}; write it again", file.version));
        }
        Ok(Self {
            fingerprints: file.findings.into_iter().map(|known| (known.fingerprint, known.rule)).collect(),
        })
    }

    /// Adds the findings of another one.
    pub fn extend(&mut self, other: Self) {
        self.fingerprints.extend(other.fingerprints);
    }

    /// Returns whether it has a finding.
    pub fn has(&self, finding: &Finding) -> bool {
        self.fingerprints.contains_key(&finding.fingerprint)
    }

    /// Returns the text of a baseline with all findings of a report, those that a baseline suppresses already too.
    pub fn write(report: &Report) -> String {
        let known = report.suppressed.iter().filter(|known| known.by == Suppression::Baseline);
        let mut findings: Vec<BaselineEntry> = report
            .findings
            .iter()
            .chain(known.map(|known| &known.finding))
            .map(|finding| BaselineEntry {
                fingerprint: finding.fingerprint.clone(),
                rule: finding.rule.id.to_owned(),
                path: finding.place.path.clone(),
                message: finding.message.clone(),
            })
            .collect();
        findings.sort_by(|a, b| (&a.path, &a.rule, &a.fingerprint).cmp(&(&b.path, &b.rule, &b.fingerprint)));
        let text = serde_json::to_string_pretty(&BaselineFile { version: VERSION, findings });
        text.unwrap_or_default() + "\n"
    }
}

impl Report {
    /// Takes out the findings that a baseline knows. Returns how many of its entries are no longer found, of the rules that are reported.
    pub fn apply_baseline(&mut self, baseline: &Baseline, is_reported: impl Fn(&str) -> bool) -> usize {
        let (known, new): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.findings).into_iter().partition(|finding| baseline.has(finding));
        self.findings = new;
        let found: HashSet<&str> = known.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let expected = baseline.fingerprints.iter().filter(|(_, rule)| is_reported(rule));
        let gone = expected.filter(|(fingerprint, _)| !found.contains(fingerprint.as_str())).count();
        let known = known.into_iter().map(|finding| Suppressed { finding, by: Suppression::Baseline });
        self.suppressed.extend(known);
        gone
    }
}
