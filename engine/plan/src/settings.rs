//! What the operator configures, checked and bound once.

use std::fmt;

use mapwright_json::{Doc, Json, TrieBuilder, walk};
use serde_json::{Map, Value};

use crate::plan::Condition;
use crate::redact::{REDACTED, Redactor};
use crate::run::condition::holds;
use crate::run::scope::Scope;
use mapwright_convert::PathStep;
use mapwright_convert::Val;
use mapwright_findings::{nearest, one_of};
use mapwright_language::spec::SettingType;

/// A declared setting.
#[derive(Debug)]
pub struct SettingPlan {
    pub name: String,
    pub kind: Option<SettingType>,
    pub secret: bool,
    pub required: bool,
    pub when: Option<Condition>,
    pub error: Option<String>,
    pub default: Option<Value>,
    pub one_of: Vec<Value>,
    pub alias: Vec<String>,
    /// The columns of a list, whose items are objects then; any item will do if there are none.
    pub items: Vec<SettingPlan>,
}

/// What a destination says about one of its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting<'p> {
    /// Its name.
    pub name: &'p str,
    /// The type of its value as `destination.yaml` writes it, as in `string`; nothing if any value will do.
    pub kind: Option<&'static str>,
    /// Other names that it accepts.
    pub alias: &'p [String],
    /// Whether it must never be printed.
    pub secret: bool,
    /// Whether it, or one of its columns, must never be printed.
    pub holds_secrets: bool,
    /// Whether it has to be given, perhaps only under a condition.
    pub required: bool,
}

/// Settings that fit their declarations.
#[derive(Clone)]
pub struct Bound {
    values: Value,
    /// The same with secrets replaced, when they must not be seen.
    shown: Option<Value>,
    /// The redactor of all secrets, whether or not `shown` replaces them.
    redactor: Redactor,
    /// Given and not declared.
    pub unknown: Vec<String>,
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingProblem {
    /// They are no object.
    #[error("settings are an object, found {found}")]
    NotAnObject {
        /// What was found.
        found: String,
    },
    /// A required setting is not there.
    #[error("{message}")]
    Missing {
        /// The setting; in a table with its row, from 0, and its column, as in `events[1].to`.
        name: String,
        /// The destination's own words, or ours.
        message: String,
    },
    /// A setting has a value of another type.
    #[error("the setting `{name}` takes {expected}, found {found}")]
    WrongType {
        /// The setting; in a table with its row, from 0, and its column, as in `events[1].to`.
        name: String,
        /// What it takes.
        expected: &'static str,
        /// What was found; a secret's value is not shown.
        found: String,
    },
    /// A setting has a value that it may not have.
    #[error("the setting `{name}` is one of {expected}, found {found}")]
    NotAllowed {
        /// The setting; in a table with its row, from 0, and its column, as in `events[1].to`.
        name: String,
        /// Its values.
        expected: String,
        /// What was found; a secret's value is not shown.
        found: String,
    },
    /// The settings lead to a server that requests must not go to.
    #[error("the settings lead to `{url}`: {problem}")]
    BadServer {
        /// The URL.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The settings make a header that cannot be sent.
    #[error("the settings make a header `{name}` that cannot be sent: {problem}")]
    BadHeader {
        /// The header.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct SettingsError {
    /// The problems, in the order of the declarations.
    pub problems: Vec<SettingProblem>,
}

/// Prints the names of the settings, without values.
impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.values.as_object().into_iter().flat_map(Map::keys).collect();
        let Self { redactor, unknown, .. } = self;
        let mut shown = f.debug_struct("Bound");
        shown.field("names", &names).field("redactor", redactor).field("unknown", unknown);
        shown.finish_non_exhaustive()
    }
}

impl SettingsError {
    /// Redacts the secrets in the texts of the problems.
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        for problem in &mut self.problems {
            match problem {
                SettingProblem::NotAnObject { .. } | SettingProblem::Missing { .. } => {}
                SettingProblem::WrongType { found, .. } | SettingProblem::NotAllowed { found, .. } => {
                    redactor.redact_in(found);
                }
                SettingProblem::BadServer { url, problem } => {
                    redactor.redact_in(url);
                    redactor.redact_in(problem);
                }
                SettingProblem::BadHeader { problem, .. } => redactor.redact_in(problem),
            }
        }
        self
    }
}

impl Bound {
    /// The value at a path, or what is shown instead of it.
    pub fn get(&self, steps: &[PathStep]) -> Option<Json<'_>> {
        let mut at = Json::Tree(self.tree());
        for step in steps {
            at = match step {
                PathStep::Key(key) => at.get(key)?,
                PathStep::Index(index) => at.index(*index)?,
            };
        }
        Some(at)
    }

    /// Returns all values, with secrets replaced if they are redacted.
    pub fn tree(&self) -> &Value {
        self.shown.as_ref().unwrap_or(&self.values)
    }

    /// Whether secrets are hidden.
    pub fn is_redacted(&self) -> bool {
        self.shown.is_some()
    }

    /// Returns the redactor of all secrets.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Whether a secret stands in a value, so that no message may show it. Where secrets are hidden, none does: the same text would be
    /// there by chance, and to say so would tell something of the secret.
    pub fn has_secret_in(&self, value: &Val<'_>) -> bool {
        !self.is_redacted() && self.redactor.contains_secret(&value.to_string())
    }

    /// Returns true if a value is text that contains a replaced secret.
    pub fn hides(&self, value: &Val<'_>) -> bool {
        self.is_redacted() && value.as_text().is_some_and(|text| text.contains(REDACTED))
    }

    /// Checks settings against their declarations; all problems at once.
    pub fn new(plans: &[SettingPlan], given: &Value, redact: bool) -> Result<Self, SettingsError> {
        let Value::Object(given) = given else {
            let found = SettingProblem::NotAnObject { found: kind(given).to_owned() };
            return Err(SettingsError { problems: vec![found] });
        };
        let mut values = given.clone();
        let mut problems = Vec::new();
        settle(plans, &mut values, "", &mut problems);
        let unknown = values.keys().filter(|name| !is_known(plans, name)).cloned().collect();
        // a setting may be given under two names: only one value is used, both are secret
        let mut secrets = Vec::new();
        for members in [&values, given] {
            collect_secrets(plans, members, "", &mut secrets);
        }
        let redactor = Redactor::named(secrets);
        let mut bound = Self { values: Value::Object(values), shown: None, redactor, unknown };
        if let Some(members) = bound.values.as_object() {
            bound.missing(plans, members, "", &mut problems);
        }
        if !problems.is_empty() {
            return Err(SettingsError { problems }.redacted(&bound.redactor));
        }
        if redact {
            bound.shown = Some(bound.without_secrets(plans));
        }
        Ok(bound)
    }

    /// Reports what has to be there and is not, in these members of the settings or of a row.
    fn missing(
        &self,
        plans: &[SettingPlan],
        members: &Map<String, Value>,
        at: &str,
        problems: &mut Vec<SettingProblem>,
    ) {
        for plan in plans {
            let name = format!("{at}{}", plan.name);
            if let Some(value) = members.get(&plan.name) {
                let rows = value.as_array().filter(|_| !plan.items.is_empty()).into_iter().flatten();
                for (row, members) in rows.enumerate().filter_map(|(row, value)| Some((row, filled(value)?)))
                {
                    self.missing(&plan.items, members, &format!("{name}[{row}]."), problems);
                }
            } else if plan.required && plan.when.as_ref().is_none_or(|when| self.holds(when)) {
                let known = |name: &str| is_known(plans, name);
                let near =
                    nearest(&plan.name, members.keys().map(String::as_str).filter(|name| !known(name)));
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

    fn without_secrets(&self, plans: &[SettingPlan]) -> Value {
        let mut shown = self.values.clone();
        every_secret(plans, &mut shown, &mut |secret| *secret = Value::from(REDACTED));
        shown
    }

    /// Whether a condition over settings holds.
    fn holds(&self, condition: &Condition) -> bool {
        let trie = TrieBuilder::new().build();
        let mut scratch = mapwright_json::Scratch::new();
        let doc: Doc<'_> = walk(&trie, &Value::Null, &mut scratch);
        holds(&self.scope(&doc, 0), condition)
    }

    /// A scope in which only settings have values.
    pub fn scope<'a>(&'a self, doc: &'a Doc<'a>, now: i64) -> Scope<'a> {
        Scope {
            doc,
            settings: self,
            options: true,
            parts: &[],
            captures: &[],
            unknown: None,
            response: None,
            item: None,
            now,
        }
    }
}

/// Settings that every destination may have: the engine reads them itself.
pub const COMMON: [&str; 4] =
    ["consentManagement", "oneTrustCookieCategories", "ketchConsentPurposes", "connectionMode"];

fn is_known(plans: &[SettingPlan], name: &str) -> bool {
    plans.iter().any(|plan| plan.name == name) || COMMON.contains(&name)
}

/// Whether a value that is given counts as one.
fn is_given(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

/// The members of a row in which there is anything; one without is what a form leaves that nobody has filled in.
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
    for plan in plans {
        for alias in &plan.alias {
            if let Some(value) = values.shift_remove(alias) {
                values.entry(plan.name.as_str()).or_insert(value);
            }
        }
        match values.get_mut(&plan.name).filter(|value| is_given(value)) {
            Some(value) => plan.settle(value, &format!("{at}{}", plan.name), problems),
            None => {
                values.shift_remove(&plan.name);
                values.extend(plan.default.clone().map(|value| (plan.name.clone(), value)));
            }
        }
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
    pub fn shown(&self) -> Setting<'_> {
        let Self { name, kind, secret, required, alias, .. } = self;
        let (secret, required, holds_secrets) = (*secret, *required, self.holds_secrets());
        let kind = kind.map(|kind| match kind {
            SettingType::Text => "string",
            SettingType::Integer => "integer",
            SettingType::Number => "number",
            SettingType::Boolean => "boolean",
            SettingType::List => "list",
            SettingType::Object => "object",
        });
        Setting { name, kind, alias, secret, holds_secrets, required }
    }

    fn holds_secrets(&self) -> bool {
        self.secret || self.items.iter().any(Self::holds_secrets)
    }

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
                    problems.push(SettingProblem::WrongType { name, expected: "an object", found });
                }
            }
        }
    }

    /// A value as messages show it.
    fn found(&self, value: &Value) -> String {
        if self.secret {
            "a secret of another kind".to_owned()
        } else if self.holds_secrets() {
            kind(value).to_owned()
        } else {
            format!("`{value}`")
        }
    }

    fn problem(&self, value: &Value, name: &str) -> Option<SettingProblem> {
        let (name, found) = (name.to_owned(), self.found(value));
        let (fits, expected) = match self.kind {
            None => (true, ""),
            Some(SettingType::Text) => (value.is_string(), "text"),
            Some(SettingType::Integer) => (value.is_i64() || value.is_u64(), "a whole number"),
            Some(SettingType::Number) => (value.is_number(), "a number"),
            Some(SettingType::Boolean) => (value.is_boolean(), "`true` or `false`"),
            Some(SettingType::List) => (value.is_array(), "a list"),
            Some(SettingType::Object) => (value.is_object(), "an object"),
        };
        if !fits {
            let unquoted = expected == "text" && (value.is_number() || value.is_boolean());
            let found = if unquoted { format!("{found}: write it in quotes") } else { found };
            return Some(SettingProblem::WrongType { name, expected, found });
        }
        if !self.one_of.is_empty() && !self.one_of.contains(value) {
            let texts: Vec<String> = self
                .one_of
                .iter()
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                .collect();
            let expected = one_of(texts.iter().map(String::as_str));
            return Some(SettingProblem::NotAllowed { name, expected, found });
        }
        None
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
