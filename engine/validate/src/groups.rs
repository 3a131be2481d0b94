//! The parts of a mapping folder that say nothing of each other: destinations, each with those that it extends.

use std::collections::{BTreeMap, BTreeSet};

use mapwright::{FIXTURES, Sources};

/// The names of the folders of destinations that belong together.
pub(crate) type Group = BTreeSet<String>;

/// Returns the parts of a folder, each with its files. What no destination has, such as the configuration, is in none.
pub(crate) fn groups(sources: &Sources) -> Vec<(Group, Sources)> {
    let all: BTreeSet<&str> = sources.destinations().collect();
    let strays = sources.iter().any(|(path, _)| path.starts_with("mappings/") && destination(path).is_none());
    let extended: Option<Vec<(&str, &str)>> = all.iter().try_fold(Vec::new(), |mut pairs, name| {
        let path = format!("mappings/{name}/destination.yaml");
        for layer in sources.layers(&path) {
            if layer.text.contains("extends") {
                pairs.push((*name, base(layer.text).filter(|base| all.contains(base))?));
            }
        }
        Some(pairs)
    });
    let single = || vec![(all.iter().map(|name| (*name).to_owned()).collect(), sources.clone())];
    // what cannot be distinguished is checked as a whole
    let Some(extended) = extended.filter(|_| !strays && all.len() > 1) else { return single() };
    let mut roots: BTreeMap<&str, &str> = all.iter().map(|name| (*name, *name)).collect();
    for (name, base) in extended {
        let (from, to) = (root(&roots, name), root(&roots, base));
        roots.insert(from, to);
    }
    let mut groups: BTreeMap<&str, (Group, Sources)> = BTreeMap::new();
    for name in &all {
        groups.entry(root(&roots, name)).or_default().0.insert((*name).to_owned());
    }
    for (name, part) in sources.by_destination() {
        if let Some(root) = all.get(name.as_str()).map(|name| root(&roots, name)) {
            groups.entry(root).or_default().1.extend(part);
        }
    }
    let fixtures = sources.only(|path| path.starts_with(FIXTURES));
    groups
        .into_values()
        .map(|(group, mut part)| {
            part.extend(fixtures.clone());
            (group, part)
        })
        .collect()
}

/// Lays mappings over others, and leaves out the destinations that they cannot change: those that neither extend one of theirs nor are extended by
/// one.
///
/// ```
/// use mapwright::Sources;
/// let file = |name: &str| (format!("mappings/{name}/destination.yaml"), String::new());
/// let own: Sources = [file("acme")].into_iter().collect();
/// let all = mapwright_validate::laid_over(["acme", "other"].map(file).into_iter().collect(), &own);
/// assert_eq!(all.destinations().collect::<Vec<_>>(), ["acme"]);
/// ```
pub fn laid_over(below: Sources, own: &Sources) -> Sources {
    let mut all = below;
    all.extend(own.clone());
    let theirs: BTreeSet<&str> = own.destinations().collect();
    let touches =
        |group: &Group| theirs.is_empty() || group.iter().any(|name| theirs.contains(name.as_str()));
    let left_out: Group =
        groups(&all).into_iter().filter(|(group, _)| !touches(group)).flat_map(|(group, _)| group).collect();
    all.only(|path| !destination(path).is_some_and(|name| left_out.contains(name)))
}

/// The destination that a file is of.
fn destination(path: &str) -> Option<&str> {
    let (name, rest) = path.split_once('/')?.1.split_once('/')?;
    (!rest.is_empty()).then_some(name)
}

/// The destination that another one extends, as far as that can be seen without reading YAML.
fn base(text: &str) -> Option<&str> {
    let mut found = text.match_indices("extends").map(|(at, word)| text.get(at + word.len()..).unwrap_or(""));
    let value = found.next()?.trim_start().strip_prefix(':')?.trim_start().trim_start_matches(['"', '\'']);
    let end =
        value.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(value.len());
    found.next().is_none().then(|| value.get(..end)).flatten()
}

fn root<'n>(roots: &BTreeMap<&'n str, &'n str>, name: &'n str) -> &'n str {
    let mut at = name;
    for _ in 0..roots.len() {
        match roots.get(at) {
            Some(next) if *next != at => at = next,
            _ => break,
        }
    }
    at
}
