//! The conversions that a version defines by name.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use mapwright_convert::{Conversion, find};
use mapwright_findings::rules::{invalid_argument, invalid_value};
use mapwright_findings::{KnownNames, Unread};
use mapwright_language::decode::by_name;
use mapwright_language::spec::ArgsSpec;

use crate::conversion;
use crate::resolve::Resolver;

/// The most conversions that a definition has, with those of the names that it uses: names that use others twice double it each time.
const MOST: usize = 100;

/// The conversions that a version defines by name, ready to be applied.
#[derive(Default)]
pub struct Chains {
    built: BTreeMap<String, Vec<Conversion>>,
    /// How many conversions each has, with those inside of arguments.
    sizes: BTreeMap<String, usize>,
    /// Those with a finding.
    unread: Unread,
    /// Those that a row or another definition uses.
    used: RefCell<BTreeSet<String>>,
}

impl Chains {
    /// Returns the conversions of a name, which is used.
    pub fn get(&self, name: &str) -> Option<Vec<Conversion>> {
        let chain = self.built.get(name)?;
        self.used.borrow_mut().insert(name.to_owned());
        Some(chain.clone())
    }

    /// Returns the first conversion of a name.
    pub fn first(&self, name: &str) -> Option<&Conversion> {
        self.built.get(name)?.first()
    }

    /// Returns all names.
    pub fn known(&self) -> KnownNames {
        KnownNames::new(self.built.keys().map(String::as_str), self.unread.clone())
    }

    /// Returns whether nothing uses a name.
    pub fn is_unused(&self, name: &str) -> bool {
        !self.used.borrow().contains(name)
    }
}

impl Resolver<'_, '_> {
    /// Builds the conversions that the version defines, each after those that it uses.
    pub fn define_chains(&mut self) {
        let defined = &self.version.spec.conversions;
        self.chains.unread = defined.unread().clone();
        for (name, _) in defined {
            self.define_chain(&name.value, &mut Vec::new());
        }
    }

    fn define_chain(&mut self, name: &str, open: &mut Vec<String>) {
        let defined = &self.version.spec.conversions;
        let Some((key, calls)) = defined.iter().find(|(key, _)| key.value == name) else { return };
        if self.chains.built.contains_key(name) || self.chains.unread.may_hold(name) {
            return;
        }
        if find(name).is_some() {
            let message = format!("`{name}` is the name of a conversion of the engine");
            return invalid_value::report(self.reports, key.span, message, "choose another name");
        }
        if open.iter().any(|open| open == name) {
            let message = format!("the conversion `{name}` contains itself");
            self.chains.unread.add(&Unread::Names(vec![name.to_owned()]));
            return invalid_value::report(self.reports, key.span, message, "write its conversions directly");
        }
        if open.len() >= MOST {
            let message = format!(
                "`{name}` is used by a name that is used by another, more than {MOST} times in a row"
            );
            self.chains.unread.add(&Unread::Names(vec![name.to_owned()]));
            return invalid_value::report(self.reports, key.span, message, "write its conversions directly");
        }
        open.push(name.to_owned());
        let used: Vec<String> = calls.iter().flat_map(conversion::names).collect();
        for name in used.iter().filter(|name| by_name(defined, name).is_some()) {
            self.define_chain(name, open);
        }
        open.pop();
        let sizes = used.iter().map(|name| self.chains.sizes.get(name).copied().unwrap_or(1));
        let size = sizes.fold(0, usize::saturating_add);
        self.chains.sizes.insert(name.to_owned(), size);
        if size > MOST && !used.iter().any(|name| self.chains.unread.may_hold(name)) {
            let message = format!("`{name}` has {size} conversions, with those of the names that it uses");
            self.chains.unread.add(&Unread::Names(vec![name.to_owned()]));
            let advice = format!("a name stands for at most {MOST} conversions");
            return invalid_value::report(self.reports, key.span, message, &advice);
        }
        let mut chain = Vec::new();
        let errors = self.reports.errors();
        for call in calls {
            if let ArgsSpec::Operand(row) = &call.args {
                let (name, expected) = ("by", "a number; a source can be used only in the `as` of a row");
                invalid_argument::report_row(self.reports, row.span, &call.name.value, name, expected);
                continue;
            }
            match conversion::build(call, self) {
                Ok(built) => chain.extend(built),
                Err(problems) => conversion::report(call, problems, self.reports),
            }
        }
        if self.reports.errors() > errors {
            self.chains.unread.add(&Unread::Names(vec![name.to_owned()]));
        } else {
            self.chains.built.insert(name.to_owned(), chain);
        }
    }
}
