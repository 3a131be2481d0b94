//! Definitions that nothing uses, in no version that has them.

use std::collections::{BTreeMap, BTreeSet};

use mapwright_findings::rules::unused_definition::{Kind, report, report_used};
use mapwright_findings::{Reports, Span};
use mapwright_language::catalog::{Catalog, Destination};

use crate::uses::{Key, Uses, uses};
use crate::view::VersionView;

/// What the versions define and use.
#[derive(Default)]
pub(crate) struct Definitions {
    versions: BTreeMap<(String, String), Uses>,
    /// The destinations in which an event is mapped at all.
    mapped: BTreeSet<String>,
}

impl Definitions {
    /// Gathers what a version defines and uses.
    pub(crate) fn add(&mut self, version: &VersionView<'_>) {
        let destination = &version.destination.name;
        if !version.flows.is_empty() {
            self.mapped.insert(destination.clone());
        }
        let at = (destination.clone(), version.version.number.0.clone());
        self.versions.insert(at, uses(version));
    }

    /// Adds what nothing uses.
    pub(crate) fn report(self, catalog: &Catalog, reports: &mut Reports) {
        // what a version uses is used in those that it inherits from
        let mut used: BTreeMap<(&str, &str), BTreeSet<&Key>> = BTreeMap::new();
        for destination in &catalog.destinations {
            let family = bases(catalog, destination);
            for version in &destination.versions {
                let at = (destination.name.clone(), version.number.0.clone());
                let Some(uses) = self.versions.get(&at) else { continue };
                for base in version.bases.iter().chain([&version.number]) {
                    for of in &family {
                        used.entry((of, base.0.as_str())).or_default().extend(&uses.used);
                    }
                }
            }
        }
        for destination in &catalog.destinations {
            let of = |(of, _): &(&str, &str)| *of == destination.name;
            let names: BTreeSet<&Key> =
                used.iter().filter(|(at, _)| of(at)).flat_map(|(_, names)| names.iter().copied()).collect();
            for (name, _) in destination.spec.settings.iter().filter(|(_, setting)| setting.unused) {
                if names.contains(&(Kind::Setting, None, name.value.clone())) {
                    report_used(reports, name.span, &name.value);
                }
            }
        }
        let mut found: BTreeMap<(Span, Kind), (&Key, bool)> = BTreeMap::new();
        for ((destination, number), uses) in
            self.versions.iter().filter(|((of, _), _)| self.is_known(catalog, of))
        {
            let names = used.get(&(destination.as_str(), number.as_str()));
            for (key, span) in &uses.defined {
                let of_all = (Kind::Capture, key.1.clone(), "*".to_owned());
                let is_used = names.is_some_and(|names| {
                    names.contains(key) || key.0 == Kind::Capture && names.contains(&of_all)
                });
                let entry = found.entry((*span, key.0)).or_insert((key, false));
                entry.1 |= is_used;
            }
        }
        let unused: BTreeSet<&Key> = found.values().filter(|(_, used)| !used).map(|(key, _)| *key).collect();
        for ((span, kind), (key, is_used)) in &found {
            // of a part that is not used, every field is not
            let within = key.2.split_once('.').map(|(outer, _)| outer.to_owned());
            let outer = match kind {
                Kind::Field => Kind::Part,
                Kind::Column => Kind::Setting,
                _ => *kind,
            };
            let is_inside =
                outer != *kind && within.is_some_and(|name| unused.contains(&(outer, key.1.clone(), name)));
            if !is_used && !is_inside {
                report(reports, *span, *kind, key.2.as_str());
            }
        }
    }

    /// Whether all versions of a destination, and of those around it, are known.
    fn is_known(&self, catalog: &Catalog, name: &str) -> bool {
        let family: Vec<&Destination> = catalog
            .destinations
            .iter()
            .filter(|other| other.name == name || bases(catalog, other).contains(&name))
            .collect();
        self.mapped.contains(name)
            && family.iter().all(|destination| {
                destination
                    .folders
                    .iter()
                    .all(|folder| self.versions.contains_key(&(destination.name.clone(), folder.clone())))
                    && destination.versions.iter().all(|version| version.unread.is_empty())
            })
    }
}

/// The destination, and those that it extends.
fn bases<'c>(catalog: &'c Catalog, destination: &'c Destination) -> Vec<&'c str> {
    let mut all = vec![destination.name.as_str()];
    let mut at = Some(destination);
    while let Some(base) = at.and_then(|at| at.spec.extends.as_ref()) {
        if all.contains(&base.value.as_str()) {
            break;
        }
        all.push(&base.value);
        at = catalog.destinations.iter().find(|other| other.name == base.value);
    }
    all
}
