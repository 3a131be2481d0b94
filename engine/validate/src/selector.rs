//! How rules are named: one by its id, and groups by what their ids begin with.

use mapwright::Rule;
use mapwright_findings::nearest;

/// Names a rule, a group of rules such as `unknown` for `unknown-key` and its like, or all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(String);

/// A name that neither a rule nor a group has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRule {
    /// The name.
    pub name: String,
    /// The one that is probably meant.
    pub near: Option<String>,
}

const ALL: &str = "all";

impl Selector {
    /// Reads a name.
    ///
    /// ```
    /// use mapwright_validate::Selector;
    ///
    /// let group = Selector::new("unknown").unwrap();
    /// let named = |id| mapwright::rules().iter().find(|rule| rule.id == id).unwrap();
    /// assert!(group.selects(named("unknown-key")) && !group.selects(named("duplicate-key")));
    /// assert_eq!(Selector::new("unknown-kye").unwrap_err().near.as_deref(), Some("unknown-key"));
    /// ```
    ///
    /// # Errors
    /// Returns an error if no rule has that name.
    pub fn new(name: &str) -> Result<Self, UnknownRule> {
        if let Some(selector) = Self::known(name) {
            return Ok(selector);
        }
        let near = nearest(name, mapwright::rules().iter().map(|rule| rule.id)).map(str::to_owned);
        Err(UnknownRule { name: name.to_owned(), near })
    }

    /// Reads a name; none if no rule has it.
    pub(crate) fn known(name: &str) -> Option<Self> {
        let selector = Self(name.strip_suffix("-*").unwrap_or(name).to_owned());
        mapwright::rules().iter().any(|rule| selector.selects(rule)).then_some(selector)
    }

    /// Returns whether it names this rule.
    pub fn selects(&self, rule: &Rule) -> bool {
        self.0 == ALL
            || rule.id.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// Returns the name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// How exactly it names rules: an id more than a group, a group more than all.
    pub(crate) fn exactness(&self) -> usize {
        if self.0 == ALL { 0 } else { self.0.len() }
    }
}
