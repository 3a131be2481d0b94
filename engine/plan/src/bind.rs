//! Settings, checked against their declarations and bound once.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::sync::Arc;

use mapwright_json::{Doc, Json, TrieBuilder, walk};
use serde_json::{Map, Value};

use crate::eval::condition::holds;
use crate::eval::lazy::lazy_values;
use crate::eval::scope::Scope;
use crate::plan::Condition;
use crate::redact::{REDACTED, Redactor};
use crate::settings::{BoundSettings, COMMON, SettingPlan, SettingProblem, SettingsError};
use crate::tally::{Point, Tally, What};
use crate::written::Written;
use mapwright_convert::{Matcher, Tables};
use mapwright_findings::{nearest, one_of};
use mapwright_language::spec::SettingType;

impl BoundSettings {
    /// Checks settings against their declarations; all problems at once.
    pub(crate) fn new(
        plans: &[SettingPlan],
        given: &Value,
        redact: bool,
        tally: Option<&Tally>,
    ) -> Result<Self, SettingsError> {
        let Value::Object(given) = given else {
            let found = SettingProblem::NotAnObject { found: Json::Tree(given).kind().name().to_owned() };
            return Err(SettingsError { problems: vec![found] });
        };
        let mut values = given.clone();
        let mut problems = Vec::new();
        settle(plans, &mut values, "", &mut problems);
        let known: HashSet<&str> = known_names(plans).collect();
        let unknown = values.keys().filter(|name| !known.contains(name.as_str())).cloned().collect();
        // a setting may be given under two names: only one value is used, both are secret
        let mut secrets = Vec::new();
        for members in [&values, given] {
            collect_secrets(plans, members, "", &mut secrets);
        }
        let redactor = Redactor::named(secrets);
        let mut written = Written::default();
        read_written(plans, &values, "", &mut written, &mut problems);
        let written = Arc::new(written);
        let (values, tables) = (Value::Object(values), Tables::default());
        let mut bound = Self { values, shown: None, tables, redactor, unknown, written };
        if let Some(members) = bound.values.as_object() {
            bound.missing(plans, members, "", tally, &mut problems);
            tally.into_iter().for_each(|tally| count_choices(plans, members, tally));
        }
        if !problems.is_empty() {
            return Err(SettingsError { problems }.redacted(&bound.redactor));
        }
        if redact {
            bound.shown = Some(bound.without_secrets(plans));
        }
        bound.tables = Tables::new(bound.tree());
        Ok(bound)
    }

    /// Reports what has to be there and is not, in these members of the settings or of a row.
    fn missing(
        &self,
        plans: &[SettingPlan],
        members: &Map<String, Value>,
        at: &str,
        tally: Option<&Tally>,
        problems: &mut Vec<SettingProblem>,
    ) {
        let unknown = LazyCell::new(|| {
            let known: HashSet<&str> = known_names(plans).collect();
            members.keys().map(String::as_str).filter(|name| !known.contains(name)).collect::<Vec<_>>()
        });
        for plan in plans {
            let name = format!("{at}{}", plan.name);
            if let Some(value) = members.get(&plan.name) {
                let rows = value.as_array().filter(|_| !plan.items.is_empty()).into_iter().flatten();
                for (row, members) in rows.enumerate().filter_map(|(row, value)| Some((row, filled(value)?)))
                {
                    self.missing(&plan.items, members, &format!("{name}[{row}]."), tally, problems);
                }
            } else if plan.required && plan.when.as_ref().is_none_or(|when| self.holds(when, tally)) {
                let near = nearest(&plan.name, unknown.iter().copied());
                let own = plan.error.as_ref().map(|error| match at {
                    "" => error.clone(),
                    _ => format!("{error} (`{name}`)"),
                });
                let message = match (own, near) {
                    (Some(error), None) => error,
                    (Some(error), Some(near)) => {
                        format!("{error} (`{near}` is given: did you mean `{}`?)", plan.name)
                    }
                    (None, None) => format!("the setting `{name}` is required"),
                    (None, Some(near)) => {
                        format!("the setting `{name}` is required (`{near}` is given: did you mean that?)")
                    }
                };
                problems.push(SettingProblem::Missing { name, message });
            }
        }
    }

    /// Whether a condition over settings holds.
    fn holds(&self, condition: &Condition, tally: Option<&Tally>) -> bool {
        let trie = TrieBuilder::new().build();
        let mut scratch = mapwright_json::Scratch::new();
        let doc: Doc<'_> = walk(&trie, &Value::Null, &mut scratch);
        holds(&Scope { tally, ..Scope::of_settings(self, &doc, 0, lazy_values(&[])) }, condition)
    }

    fn without_secrets(&self, plans: &[SettingPlan]) -> Value {
        let mut shown = self.values.clone();
        every_secret(plans, &mut shown, &mut |secret| *secret = Value::from(REDACTED));
        shown
    }
}

/// Reads what operators write in a notation, in the members of the settings or of a row.
fn read_written(
    plans: &[SettingPlan],
    members: &Map<String, Value>,
    at: &str,
    written: &mut Written,
    problems: &mut Vec<SettingProblem>,
) {
    for plan in plans {
        let name = format!("{at}{}", plan.name);
        match members.get(&plan.name) {
            Some(Value::String(text)) => {
                if let Some(kind) = plan.kind.filter(|kind| kind.is_written())
                    && let Err(problem) = written.add(kind, text, plan.names.as_deref())
                {
                    let (kind, error) = (kind.word(), plan.unfit());
                    problems.push(SettingProblem::Unreadable { name, kind, problem, error });
                }
            }
            Some(Value::Array(rows)) if !plan.items.is_empty() => {
                let rows = rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.as_object()?)));
                for (row, members) in rows {
                    read_written(&plan.items, members, &format!("{name}[{row}]."), written, problems);
                }
            }
            _ => {}
        }
    }
}

/// Counts which of the values that they can have settings have, or the members of a row.
fn count_choices(plans: &[SettingPlan], members: &Map<String, Value>, tally: &Tally) {
    for plan in plans {
        let Some(value) = members.get(&plan.name) else { continue };
        if let Some(at) = plan.choices().iter().position(|choice| choice == value) {
            tally.hear(Point { span: plan.span, what: What::Choice(at) });
        }
        let rows = value.as_array().filter(|_| !plan.items.is_empty()).into_iter().flatten();
        rows.filter_map(Value::as_object).for_each(|row| count_choices(&plan.items, row, tally));
    }
}

/// The names of declared settings, and of those that every destination may have.
fn known_names(plans: &[SettingPlan]) -> impl Iterator<Item = &str> {
    plans.iter().map(|plan| plan.name.as_str()).chain(COMMON)
}

/// Whether a value that is given counts as one.
fn is_given(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

/// The members of a row in which there is anything; one without is what an empty form leaves.
fn filled(row: &Value) -> Option<&Map<String, Value>> {
    row.as_object().filter(|members| members.values().any(is_given))
}

/// Gives settings, or the members of a row, their own names and their defaults, and checks their values.
fn settle(
    plans: &[SettingPlan],
    values: &mut Map<String, Value>,
    at: &str,
    problems: &mut Vec<SettingProblem>,
) {
    // removed all at once, since removing one moves all members behind it
    let mut removed: HashSet<&str> = HashSet::new();
    for plan in plans {
        for alias in &plan.alias {
            if let Some(value) = values.get_mut(alias).filter(|_| removed.insert(alias)).map(Value::take)
                && (removed.remove(plan.name.as_str()) || !values.contains_key(&plan.name))
            {
                values.insert(plan.name.clone(), value);
            }
        }
        match values.get_mut(&plan.name).filter(|value| is_given(value)) {
            Some(value) => plan.settle(value, &format!("{at}{}", plan.name), problems),
            None => match &plan.default {
                Some(default) => {
                    removed.remove(plan.name.as_str());
                    values.insert(plan.name.clone(), default.clone());
                }
                None => drop(removed.insert(plan.name.as_str())),
            },
        }
    }
    if !removed.is_empty() {
        values.retain(|name, _| !removed.contains(name.as_str()));
    }
}

/// Collects the secrets in settings or in a row, under all names and aliases, each with its path.
fn collect_secrets(
    plans: &[SettingPlan],
    members: &Map<String, Value>,
    at: &str,
    secrets: &mut Vec<(String, String)>,
) {
    for plan in plans {
        for name in std::iter::once(&plan.name).chain(&plan.alias) {
            let Some(value) = members.get(name) else { continue };
            let path = format!("{at}{name}");
            if plan.secret {
                collect_texts(value, &path, secrets);
            } else if !plan.items.is_empty() {
                // a single row outside of a list holds secrets too
                let rows = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                for (row, members) in
                    rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.as_object()?)))
                {
                    collect_secrets(&plan.items, members, &format!("{path}[{row}]."), secrets);
                }
            }
        }
    }
}

/// Collects the strings and numbers in a secret value.
fn collect_texts(value: &Value, path: &str, texts: &mut Vec<(String, String)>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::String(text) => texts.push((path.to_owned(), text.clone())),
        Value::Number(number) => {
            texts.push((path.to_owned(), number.to_string()));
            // a payload may write it without its fraction
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
            texts.extend(whole.map(|number| (format!("{path}.whole"), format!("{number:.0}"))));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| collect_texts(item, &format!("{path}[{at}]"), texts));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect_texts(value, &format!("{path}.{name}"), texts));
        }
    }
}

/// Shows every secret in settings, or in the members of a row.
fn every_secret(plans: &[SettingPlan], values: &mut Value, show: &mut dyn FnMut(&mut Value)) {
    for plan in plans {
        let Some(value) = values.get_mut(&plan.name) else { continue };
        if plan.secret {
            show(value);
        } else if let Value::Array(rows) = value {
            rows.iter_mut().for_each(|row| every_secret(&plan.items, row, show));
        }
    }
}

impl SettingPlan {
    /// Checks a value, and the rows of a table; `name` says where it is.
    fn settle(&self, value: &mut Value, name: &str, problems: &mut Vec<SettingProblem>) {
        if let Some(problem) = self.problem(value, name) {
            return problems.push(problem);
        }
        let Value::Array(rows) = value else { return };
        if self.items.is_empty() {
            return;
        }
        for (at, row) in rows.iter_mut().enumerate() {
            let name = format!("{name}[{at}]");
            match row {
                Value::Object(_) if filled(row).is_none() => {}
                Value::Object(members) => settle(&self.items, members, &format!("{name}."), problems),
                other => {
                    let found = self.found(other);
                    problems.push(self.wrong_type(name, "an object", found));
                }
            }
        }
    }

    /// A value as messages show it.
    fn found(&self, value: &Value) -> String {
        if self.secret {
            "a secret of the wrong type".to_owned()
        } else if self.holds_secrets() {
            Json::Tree(value).kind().name().to_owned()
        } else {
            format!("`{value}`")
        }
    }

    fn problem(&self, value: &Value, name: &str) -> Option<SettingProblem> {
        let (name, found) = (name.to_owned(), self.found(value));
        if let Some(kind) = self.kind.filter(|kind| !kind.takes(value)) {
            let unquoted = kind == SettingType::Text && (value.is_number() || value.is_boolean());
            let found = if unquoted { format!("{found}: write it in quotes") } else { found };
            return Some(self.wrong_type(name, kind.expected(), found));
        }
        if !self.one_of.is_empty() && !self.one_of.contains(value) {
            let texts: Vec<String> = self
                .one_of
                .iter()
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                .collect();
            let expected = format!("must be one of {}", one_of(texts.iter().map(String::as_str)));
            return Some(self.not_allowed(name, expected, found));
        }
        let differs = |pattern: &&Matcher| !value.as_str().is_some_and(|text| pattern.finds(text));
        let pattern = self.pattern.as_ref().filter(differs)?;
        let found = if self.secret { "another secret".to_owned() } else { found };
        Some(self.not_allowed(name, format!("must match `{}`", pattern.text()), found))
    }

    fn wrong_type(&self, name: String, expected: &'static str, found: String) -> SettingProblem {
        SettingProblem::WrongType { name, expected, found, error: self.unfit() }
    }

    /// The destination's own words where a value is not even of the type: those of a required setting say that it is missing.
    fn unfit(&self) -> Option<String> {
        self.error.clone().filter(|_| !self.required)
    }

    fn not_allowed(&self, name: String, expected: String, found: String) -> SettingProblem {
        SettingProblem::NotAllowed { name, expected, found, error: self.error.clone() }
    }
}
