//! Names that stand for two destinations, or for two versions.

use std::collections::HashMap;

use mapwright_findings::Reports;
use mapwright_findings::rules::ambiguous_name::{report, report_alias, report_setting};
use mapwright_findings::{At, Span};
use mapwright_language::catalog::{Catalog, Destination};
use mapwright_language::decode::Named;
use mapwright_language::spec::SettingSpec;
use mapwright_language::yaml::{Data, Node};

/// Looks at all destinations.
pub(crate) fn check(catalog: &Catalog, reports: &mut Reports) {
    // the destinations of each name, and where they state it
    let mut first: HashMap<&str, Vec<(&Destination, Span)>> = HashMap::new();
    for destination in &catalog.destinations {
        for (alias, version) in &destination.spec.versions.aliases {
            let own = destination.folders.contains(&alias.value);
            if own && version.value.0 != alias.value {
                report_alias(reports, alias.span, &alias.value, &version.value.0);
            }
        }
        of_settings(&destination.spec.settings, reports);
        for (name, span) in names(destination) {
            // one that is laid over another has its names, unless it states others
            let known = first.entry(name).or_default();
            if let Some((other, first)) =
                known.iter().find(|(other, _)| !is_family(catalog, destination, other))
            {
                report(reports, span, name, &other.name, *first);
            }
            if !known.iter().any(|(other, _)| std::ptr::eq(*other, destination)) {
                known.push((destination, span));
            }
        }
    }
}

fn names(destination: &Destination) -> Vec<(&str, Span)> {
    match destination.node.get("names") {
        Some(Node { data: Data::List(items), .. }) => {
            items.iter().filter_map(|item| Some((item.as_text()?, item.span))).collect()
        }
        Some(one) => one.as_text().map(|text| (text, one.span)).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Whether two destinations extend the same one, or one of them the other.
fn is_family(catalog: &Catalog, a: &Destination, b: &Destination) -> bool {
    root(catalog, a) == root(catalog, b)
}

/// The destination at the end of what a destination extends.
fn root<'c>(catalog: &'c Catalog, destination: &'c Destination) -> &'c str {
    let mut at = destination;
    for _ in 0..catalog.destinations.len() {
        let base = at.spec.extends.as_ref();
        match base.and_then(|base| catalog.destinations.iter().find(|other| other.name == base.value)) {
            Some(base) => at = base,
            None => return base.map_or(&at.name, |base| &base.value),
        }
    }
    &at.name
}

/// Looks at the keys under which operators give settings.
fn of_settings(settings: &Named<SettingSpec>, reports: &mut Reports) {
    let own = settings.iter().map(|(name, _)| (name.value.as_str(), name));
    let mut known: HashMap<&str, &At<String>> = own.collect();
    for (name, setting) in settings {
        for alias in &setting.alias {
            let first = *known.entry(alias).or_insert(name);
            if first.value != name.value {
                report_setting(reports, name.span, alias, &first.value, first.span);
            }
        }
        of_settings(&setting.items, reports);
    }
}
