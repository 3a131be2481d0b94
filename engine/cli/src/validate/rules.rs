//! What the command line says of rules: which to report, and what they are.

use std::path::{Path, PathBuf};

use mapwright::{Finding, Rule, suggest};
use mapwright_report::FormatName;
use mapwright_validate::{Baseline, Selector};
use serde_json::json;

use crate::error::CommandError;
use crate::folder;
use crate::validate::args::Args;

/// The findings that are wanted.
pub(super) struct Wanted {
    select: Vec<Selector>,
    ignore: Vec<Selector>,
    baseline: Option<Baseline>,
}

impl Wanted {
    /// What is wanted, with the findings of these baselines left out.
    pub(super) fn new(args: &Args, baselines: &[PathBuf]) -> Result<Self, CommandError> {
        let mut known: Option<Baseline> = None;
        for path in baselines {
            known.get_or_insert_default().extend(baseline(path)?);
        }
        Ok(Self { select: selectors(&args.select)?, ignore: selectors(&args.ignore)?, baseline: known })
    }

    pub(super) fn wants(&self, finding: &Finding) -> bool {
        self.selects(finding.rule)
    }

    /// Whether a rule of this name is reported. One that is gone is.
    pub(super) fn wants_rule(&self, id: &str) -> bool {
        mapwright::rules().iter().find(|rule| rule.id == id).is_none_or(|rule| self.selects(rule))
    }

    fn selects(&self, rule: &Rule) -> bool {
        let named = |list: &[Selector]| list.iter().any(|selector| selector.selects(rule));
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }

    pub(super) fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    /// Whether the baseline has a finding.
    pub(super) fn knows(&self, finding: &Finding) -> bool {
        self.baseline.as_ref().is_some_and(|baseline| baseline.has(finding))
    }
}

fn selectors(names: &[String]) -> Result<Vec<Selector>, CommandError> {
    names.iter().map(|name| Selector::new(name.trim()).map_err(|unknown| no_rule(&unknown.name))).collect()
}

fn no_rule(name: &str) -> CommandError {
    let known: Vec<&str> = mapwright::rules().iter().map(|rule| rule.id).collect();
    CommandError::NoRule { name: name.to_owned(), help: suggest(name, known.iter().copied()) }
}

/// Returns the page of a rule.
pub(super) fn explain(id: &str) -> Result<String, CommandError> {
    let rule = mapwright::rules().iter().find(|rule| rule.id == id).ok_or_else(|| no_rule(id))?;
    Ok(format!("{}: {}\n\n{}", rule.id, rule.summary, rule.doc))
}

/// Returns all rules.
pub(super) fn list(format: FormatName) -> String {
    let rules = mapwright::rules().iter();
    if format.name == "json" {
        let rules = rules.map(|rule| {
            json!({ "rule": rule.id, "severity": rule.severity, "summary": rule.summary, "documentation": rule.doc })
        });
        return format!("{:#}\n", serde_json::Value::from_iter(rules));
    }
    let longest = mapwright::rules().iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let line = |rule: &&mapwright::Rule| {
        format!("{:<longest$}  {:<7}  {}\n", rule.id, rule.severity.to_string(), rule.summary)
    };
    rules.map(line).collect()
}

/// Reads a baseline.
fn baseline(path: &Path) -> Result<Baseline, CommandError> {
    let failed = |reason| CommandError::Baseline { path: path.to_owned(), reason };
    let text = folder::text(path).map_err(failed)?;
    Baseline::read(&text).map_err(failed)
}
