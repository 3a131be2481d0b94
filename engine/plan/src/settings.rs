//! Settings of operators, checked and bound once.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use mapwright_json::Json;
use serde_json::{Map, Value};

use crate::plan::Condition;
use crate::redact::{REDACTED, Redactor};
use crate::written::Written;
use mapwright_convert::Tables;
use mapwright_convert::Val;
use mapwright_convert::{Matcher, PathStep};
use mapwright_findings::Span;
use mapwright_language::spec::SettingType;

/// A declared setting.
#[derive(Debug)]
pub struct SettingPlan {
    /// The name.
    pub name: String,
    /// Its position.
    pub span: Span,
    /// The type; `None` for any.
    pub kind: Option<SettingType>,
    /// Whether the value must never be printed.
    pub secret: bool,
    /// Whether it must be given.
    pub required: bool,
    /// The condition under which it must be given.
    pub when: Option<Condition>,
    /// The message if it is missing or its value is invalid, instead of the default message or before it.
    pub error: Option<String>,
    /// The value when it is missing.
    pub default: Option<Value>,
    /// The values that it accepts; empty for all.
    pub one_of: Vec<Value>,
    /// Of text: the pattern that is found in each value that it accepts.
    pub pattern: Option<Matcher>,
    /// Other names that it is accepted under.
    pub alias: Vec<String>,
    /// Of a template that operators write: the names that it can read, if it is filled in anywhere.
    pub names: Option<Vec<String>>,
    /// The columns of a list, whose items are then objects; without columns, every item is valid.
    pub items: Vec<SettingPlan>,
}

/// The declaration of a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Setting<'p> {
    /// Its name.
    pub name: &'p str,
    /// The type of its value as `destination.yaml` writes it, as in `string`; `None` if every value is valid.
    pub kind: Option<&'static str>,
    /// Other names that it accepts.
    pub alias: &'p [String],
    /// Whether it must never be printed.
    pub secret: bool,
    /// Whether it, or one of its columns, must never be printed.
    pub holds_secrets: bool,
    /// Whether it has to be given, perhaps only under a condition.
    pub required: bool,
    /// The values that it accepts; empty for all.
    pub one_of: &'p [Value],
    /// The regular expression that is found in each text that it accepts.
    pub pattern: Option<&'p str>,
    /// Its value when it is not given.
    pub default: Option<&'p Value>,
    /// The columns of a list.
    columns: Columns<'p>,
}

/// The columns of a setting, as a destination states them.
#[derive(Debug, Clone, Copy)]
struct Columns<'p>(&'p [SettingPlan]);

impl PartialEq for Columns<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(SettingPlan::shown).eq(other.0.iter().map(SettingPlan::shown))
    }
}

impl<'p> Setting<'p> {
    /// Creates an optional setting of any type that is not secret.
    pub fn new(name: &'p str) -> Self {
        Self {
            name,
            kind: None,
            alias: &[],
            secret: false,
            holds_secrets: false,
            required: false,
            one_of: &[],
            pattern: None,
            default: None,
            columns: Columns(&[]),
        }
    }

    /// Returns the columns of a list whose items are objects.
    ///
    /// ```
    /// # let files: mapwright::Sources = [
    /// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.example.com], settings: { keys: { type: list, items: { of: { type: string }, key: { type: string, secret: true } } } } }"),
    /// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.example.com }, operations: { save: { method: POST, path: /people } } }"),
    /// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
    /// # ].into_iter().collect();
    /// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
    /// let keys = plan.settings().find(|setting| setting.name == "keys").ok_or("no setting")?;
    /// let columns: Vec<_> = keys.columns().map(|column| (column.name, column.secret)).collect();
    /// assert_eq!(columns, [("of", false), ("key", true)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn columns(&self) -> impl Iterator<Item = Setting<'p>> + use<'p> {
        self.columns.0.iter().map(SettingPlan::shown)
    }

    /// Returns a placeholder that fits, for a reader who only sees what is made of it: `text` where any text is valid. With a pattern, the
    /// values for different numbers differ if several match.
    ///
    /// # Errors
    /// If no text is known that matches the pattern.
    ///
    /// ```
    /// let mut setting = mapwright::Setting::new("plan");
    /// assert_eq!(setting.stand_in("a plan", 0)?, "a plan");
    /// setting.pattern = Some("^plan-[0-9]{6}$");
    /// assert_eq!(setting.stand_in("a plan", 0)?, "plan-012345");
    /// assert_eq!(setting.stand_in("a plan", 1)?, "plan-123456");
    /// setting = mapwright::Setting::new("plans");
    /// setting.kind = Some("integer");
    /// assert_eq!(setting.stand_in("a plan", 0)?, 1);
    /// # Ok::<(), mapwright::SettingsError>(())
    /// ```
    pub fn stand_in(&self, text: &str, number: usize) -> Result<Value, SettingsError> {
        if let Some(first) = self.one_of.first() {
            return Ok(self.default.unwrap_or(first).clone());
        }
        Ok(match (self.kind, self.pattern) {
            (_, Some(pattern)) => {
                if let Some(default) = self.default {
                    return Ok(default.clone());
                }
                let matching =
                    Matcher::stated(pattern).ok().and_then(|pattern| pattern.text_like(text, number));
                let (name, pattern) = (self.name.to_owned(), pattern.to_owned());
                let unknown =
                    || SettingsError { problems: vec![SettingProblem::NotMadeUp { name, pattern }] };
                Value::String(matching.ok_or_else(unknown)?)
            }
            (Some("boolean"), _) => Value::Bool(false),
            (Some("integer" | "number"), _) => Value::from(1),
            (Some("list"), _) => Value::Array(Vec::new()),
            (Some("object"), _) => Value::Object(Map::new()),
            _ => Value::String(text.to_owned()),
        })
    }
}

/// Settings that match their declarations.
#[derive(Clone)]
pub(crate) struct BoundSettings {
    pub values: Value,
    /// The same with secrets replaced, when they must not be seen.
    pub shown: Option<Value>,
    /// The tables in what [`tree`](Self::tree) returns.
    pub tables: Tables,
    /// The redactor of all secrets, hidden or not.
    pub redactor: Redactor,
    /// Given and not declared.
    pub unknown: Vec<String>,
    /// Templates, paths and patterns, as they were read.
    pub written: Arc<Written>,
}

/// One problem of the settings.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingProblem {
    /// They are not an object.
    #[error("settings are an object, found {found}")]
    NotAnObject {
        /// What was found.
        found: String,
    },
    /// A required setting is missing.
    #[error("{message}")]
    Missing {
        /// The setting; in a table with its row, from 0, and its column, as in `events[1].to`.
        name: String,
        /// The destination's own words, or ours.
        message: String,
    },
    /// A setting has a value of another type.
    #[error("{}the setting `{name}` takes {expected}, found {found}", before(error))]
    WrongType {
        /// The setting; in a table with its row, from 0, and its column, as in `events[1].to`.
        name: String,
        /// Its type.
        expected: &'static str,
        /// What was found; a secret's value is not shown.
        found: String,
        /// The destination's own words.
        error: Option<String>,
    },
    /// A setting has a value that it may not have.
    #[error("{}the setting `{name}` {expected}, found {found}", before(error))]
    NotAllowed {
        /// The setting; in a table with its row, from 0, and its column, as in `events[1].to`.
        name: String,
        /// What its values are, as in ``must be one of `us` or `eu` ``.
        expected: String,
        /// What was found; a secret's value is not shown.
        found: String,
        /// The destination's own words.
        error: Option<String>,
    },
    /// No placeholder is known that matches the pattern of a setting.
    #[error("the setting `{name}` matches `{pattern}`, and no text is known that does: state the setting")]
    NotMadeUp {
        /// The setting.
        name: String,
        /// Its pattern.
        pattern: String,
    },
    /// A template, a path or a pattern cannot be read.
    #[error("{}the setting `{name}` is not a {kind} that can be read: {problem}", before(error))]
    Unreadable {
        /// The setting; in a table with its row, from 0, and its column, as in `events[1].to`.
        name: String,
        /// Its type, as in `template`.
        kind: &'static str,
        /// What is wrong with it.
        problem: String,
        /// The destination's own words.
        error: Option<String>,
    },
    /// The settings select a server that is not allowed.
    #[error("the settings lead to `{url}`: {problem}")]
    BadServer {
        /// The URL.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Requests cannot be authorized with the settings.
    #[error("the settings give no authorization: `{part}` of `auth`: {problem}")]
    BadAuth {
        /// The part of the authorization.
        part: String,
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

/// Prefixes a problem with the destination's own message.
fn before(error: &Option<String>) -> String {
    error.as_ref().map(|error| format!("{error}: ")).unwrap_or_default()
}

/// All problems of the settings.
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, settings: { apiKey: { type: string, secret: true }, pages: { type: integer } }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.acme.example.com }, operations: { save: { method: POST, path: /people } } }"),
/// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
/// # ].into_iter().collect();
/// # let plan = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &serde_json::json!({}))?.clone();
/// use mapwright::SettingsError;
/// use serde_json::json;
///
/// let mapper = plan.bind(&json!({ "apiKey": "s3cret", "apikey": "x" }))?;
/// assert_eq!(mapper.unknown_settings(), ["the setting `apikey` is not declared: did you mean `apiKey`?"]);
/// let error: SettingsError = plan.bind(&json!({ "apiKey": "s3cret", "pages": "s3cret" })).unwrap_err();
/// assert!(!error.redacted(mapper.redactor()).to_string().contains("s3cret"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
#[non_exhaustive]
pub struct SettingsError {
    /// The problems, in the order of the declarations.
    pub problems: Vec<SettingProblem>,
}

/// Prints the names of the settings, without values.
impl fmt::Debug for BoundSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.values.as_object().into_iter().flat_map(Map::keys).collect();
        let Self { redactor, unknown, .. } = self;
        let mut shown = f.debug_struct("BoundSettings");
        shown.field("names", &names).field("redactor", redactor).field("unknown", unknown);
        shown.finish_non_exhaustive()
    }
}

impl SettingsError {
    /// Redacts the secrets in the texts of the problems.
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        for problem in &mut self.problems {
            match problem {
                SettingProblem::NotAnObject { .. }
                | SettingProblem::Missing { .. }
                | SettingProblem::NotMadeUp { .. } => {}
                SettingProblem::WrongType { found, .. } | SettingProblem::NotAllowed { found, .. } => {
                    redactor.redact_in(found);
                }
                SettingProblem::BadServer { url, problem } => {
                    redactor.redact_in(url);
                    redactor.redact_in(problem);
                }
                SettingProblem::BadHeader { problem, .. }
                | SettingProblem::BadAuth { problem, .. }
                | SettingProblem::Unreadable { problem, .. } => {
                    redactor.redact_in(problem);
                }
            }
        }
        self
    }
}

impl BoundSettings {
    /// Returns the value at a path, or its replacement.
    pub(crate) fn get(&self, steps: &[PathStep]) -> Option<Json<'_>> {
        PathStep::follow(Json::Tree(self.tree()), steps)
    }

    /// Returns all values, with secrets replaced if they are redacted.
    pub(crate) fn tree(&self) -> &Value {
        self.shown.as_ref().unwrap_or(&self.values)
    }

    /// Returns all values, as they were given or are by default.
    pub(crate) fn given(&self) -> &Value {
        &self.values
    }

    /// Whether secrets are hidden.
    pub(crate) fn is_redacted(&self) -> bool {
        self.shown.is_some()
    }

    /// Returns the redactor of all secrets.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Returns whether a value contains a secret, so that no message may show it. If secrets are hidden, it returns false: an equal text
    /// would be a coincidence, and hiding it would reveal something of the secret.
    pub(crate) fn has_secret_in(&self, value: &Val<'_>) -> bool {
        let text = || value.as_text().unwrap_or_else(|| value.to_string().into());
        !self.is_redacted() && self.redactor.contains_secret(&text())
    }

    /// Returns true if a value is text that contains a replaced secret.
    pub(crate) fn hides(&self, value: &Val<'_>) -> bool {
        self.is_redacted() && value.as_text().is_some_and(|text| text.contains(REDACTED))
    }
}

/// Settings that every destination may have: the engine reads them itself.
pub const COMMON: [&str; 7] = [
    "consentManagement",
    "oneTrustCookieCategories",
    "ketchConsentPurposes",
    "connectionMode",
    "eventFilteringOption",
    "whitelistedEvents",
    "blacklistedEvents",
];

impl SettingPlan {
    /// Returns the values that the setting can have, if they are few and known.
    pub fn choices(&self) -> Cow<'_, [Value]> {
        match self.kind {
            Some(SettingType::Boolean) if self.one_of.is_empty() => {
                Cow::Owned(vec![Value::Bool(true), Value::Bool(false)])
            }
            _ => Cow::Borrowed(&self.one_of),
        }
    }

    /// Returns the declaration of the setting.
    pub fn shown(&self) -> Setting<'_> {
        let Self { name, kind, secret, required, alias, one_of, pattern, default, .. } = self;
        let (secret, required, holds_secrets) = (*secret, *required, self.holds_secrets());
        let (kind, default) = (kind.map(SettingType::word), default.as_ref());
        let pattern = pattern.as_ref().map(Matcher::text);
        let columns = Columns(&self.items);
        Setting { name, kind, alias, secret, holds_secrets, required, one_of, pattern, default, columns }
    }

    /// Returns whether the setting, or a column of it, must never be printed.
    pub fn holds_secrets(&self) -> bool {
        self.secret || self.items.iter().any(Self::holds_secrets)
    }
}
