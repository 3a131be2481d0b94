//! `duplicate-key`: a key that occurs more than once in a map.

use std::collections::HashMap;

use crate::finding::{Report, Reports, Rule, Severity};
use crate::load::yaml::{Data, Key, Node};

/// The rule.
pub static RULE: Rule = Rule {
    id: "duplicate-key",
    severity: Severity::Error,
    summary: "a key that occurs more than once in a map",
    doc: include_str!("duplicate_key.md"),
};

/// Checks a whole file. The same key in two files is not a duplicate.
pub fn check(reports: &mut Reports, node: &Node) {
    match &node.data {
        Data::Map(entries) => {
            check_keys(reports, entries);
            entries.iter().for_each(|(_, node)| check(reports, node));
        }
        Data::List(items) => items.iter().for_each(|item| check(reports, item)),
        _ => {}
    }
}

fn check_keys(reports: &mut Reports, entries: &[(Key, Node)]) {
    // most maps are small, where comparing is faster than hashing
    const SMALL: usize = 16;
    let before = |place: usize| entries.get(..place).unwrap_or_default();
    let repeats =
        |(place, (key, _)): (usize, &(Key, Node))| before(place).iter().any(|(k, _)| k.text == key.text);
    if entries.len() <= SMALL && !entries.iter().enumerate().any(repeats) {
        return;
    }
    let mut first: HashMap<&str, &Key> = HashMap::new();
    for (key, _) in entries {
        match first.get(key.text.as_str()) {
            None => {
                first.insert(&key.text, key);
            }
            Some(earlier) => reports.add(
                Report::new(&RULE, key.span, format!("duplicate key `{}`", key.text))
                    .related(earlier.span, "first defined here")
                    .help("remove one of them"),
            ),
        }
    }
}
