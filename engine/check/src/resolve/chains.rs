//! The conversions that a version defines by name.

use std::collections::BTreeMap;

use mapwright_convert::Conversion;
use mapwright_findings::{KnownNames, Unread};

/// The conversions that a version defines by name, ready to be applied.
#[derive(Default)]
pub(crate) struct Chains {
    built: BTreeMap<String, Vec<Conversion>>,
    /// The number of conversions of each, with those inside of arguments.
    lengths: BTreeMap<String, usize>,
    /// The ones with a finding.
    unread: Unread,
}

impl Chains {
    /// Returns the conversions of a name.
    pub(crate) fn get(&self, name: &str) -> Option<Vec<Conversion>> {
        self.built.get(name).cloned()
    }

    /// Returns the first conversion of a name.
    pub(crate) fn first(&self, name: &str) -> Option<&Conversion> {
        self.built.get(name)?.first()
    }

    /// Returns all names.
    pub(crate) fn known(&self) -> KnownNames {
        KnownNames::new(self.built.keys().map(String::as_str), self.unread.clone())
    }

    /// Starts with names that could not be read.
    pub(crate) fn start(&mut self, unread: Unread) {
        self.unread = unread;
    }

    /// Returns whether a name is defined, or has a finding.
    pub(crate) fn is_defined(&self, name: &str) -> bool {
        self.built.contains_key(name) || self.has_finding(name)
    }

    /// Returns whether a name has a finding.
    pub(crate) fn has_finding(&self, name: &str) -> bool {
        self.unread.may_hold(name)
    }

    /// Takes note of a name with a finding, whose uses have none.
    pub(crate) fn refuse(&mut self, name: &str) {
        self.unread.add(&Unread::from_iter([name.to_owned()]));
    }

    /// Returns the number of conversions that a name stands for, with those inside of arguments.
    pub(crate) fn length(&self, name: &str) -> usize {
        self.lengths.get(name).copied().unwrap_or(1)
    }

    /// Defines a name.
    pub(crate) fn define(&mut self, name: &str, length: usize, chain: Vec<Conversion>) {
        self.lengths.insert(name.to_owned(), length);
        self.built.insert(name.to_owned(), chain);
    }
}
