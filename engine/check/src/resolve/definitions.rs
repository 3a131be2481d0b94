//! Builds the conversions that a version defines by name.

use std::collections::HashSet;

use mapwright_convert::find;
use mapwright_findings::rules::{invalid_argument, invalid_value};
use mapwright_language::decode::by_name;
use mapwright_language::limits::CHAIN;
use mapwright_language::spec::{ArgsSpec, ConversionSpec};

use crate::conversion;
use crate::resolve::Resolver;

impl Resolver<'_, '_> {
    /// Builds the conversions that the version defines, each after those that it uses.
    pub(crate) fn define_chains(&mut self) {
        let defined = &self.version.spec.conversions;
        self.chains.start(defined.unread().clone());
        for (name, _) in defined {
            self.define_chain(&name.value);
        }
    }

    /// Defines a name after those that it uses.
    fn define_chain(&mut self, name: &str) {
        let defined = &self.version.spec.conversions;
        let used =
            |name: &str| by_name(defined, name).map(|calls| names_in(calls)).unwrap_or_default().into_iter();
        let mut open = vec![(name.to_owned(), used(name))];
        let mut on_the_way = HashSet::from([name.to_owned()]);
        while let Some((name, rest)) = open.last_mut() {
            match rest.next() {
                Some(next) if self.chains.is_defined(&next) || defined.place(&next).is_none() => {}
                Some(next) if on_the_way.contains(&next) => self.contains_itself(&next),
                Some(next) => {
                    on_the_way.insert(next.clone());
                    let names = used(&next);
                    open.push((next, names));
                }
                None => {
                    let name = std::mem::take(name);
                    open.pop();
                    on_the_way.remove(&name);
                    self.build_chain(&name);
                }
            }
        }
    }

    fn contains_itself(&mut self, name: &str) {
        self.chains.refuse(name);
        let defined = &self.version.spec.conversions;
        let Some((key, _)) = defined.place(name).and_then(|place| defined.get(place)) else { return };
        let message = format!("the conversion `{name}` contains itself");
        invalid_value::report(self.reports, key.span, message, "write its conversions directly");
    }

    fn build_chain(&mut self, name: &str) {
        let defined = &self.version.spec.conversions;
        let Some((key, calls)) = defined.place(name).and_then(|place| defined.get(place)) else { return };
        if self.chains.is_defined(name) {
            return;
        }
        if find(name).is_some() {
            let message = format!("`{name}` is the name of a conversion of the engine");
            return invalid_value::report(self.reports, key.span, message, "choose another name");
        }
        let names = names_in(calls);
        // a definition that only uses one with a finding has none of its own
        if names.iter().any(|used| defined.place(used).is_some() && self.chains.has_finding(used)) {
            return self.chains.refuse(name);
        }
        let length = names.iter().map(|used| self.chains.length(used)).sum();
        if length > CHAIN {
            self.chains.refuse(name);
            let message = format!(
                "`{name}` has more than {CHAIN} conversions, including those of the names in it (limit `chain`)"
            );
            return invalid_value::report(self.reports, key.span, message, "write a shorter chain");
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
            self.chains.refuse(name);
        } else {
            self.chains.define(name, length, chain);
        }
    }
}

/// Returns the names of the conversions of a chain, and of those inside of their arguments.
fn names_in(calls: &[ConversionSpec]) -> Vec<String> {
    calls.iter().flat_map(conversion::names).collect()
}
