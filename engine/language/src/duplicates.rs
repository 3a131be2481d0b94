//! What YAML readers disagree about: keys that stand twice in one map, merge keys, and numbers with leading zeros.

use std::collections::HashMap;

use mapwright_findings::Reports;
use mapwright_findings::rules::{duplicate_key, misread_yaml};

use crate::yaml::{Data, Key, Node};

/// Checks a whole file. The same key in two files is not a duplicate.
pub(crate) fn check(reports: &mut Reports, node: &Node) {
    match &node.data {
        Data::Map(entries) => {
            check_keys(reports, entries);
            entries.iter().filter(|(key, _)| is_merge(key)).for_each(|(key, _)| {
                misread_yaml::report_merge(reports, key.span);
            });
            entries.iter().for_each(|(_, node)| check(reports, node));
        }
        Data::List(items) => items.iter().for_each(|item| check(reports, item)),
        Data::Number(number, written) if has_zeros(written) => {
            misread_yaml::report_zeros(reports, node.span, written, &number.to_string());
        }
        _ => {}
    }
}

/// Whether a key is `<<` without quotes.
fn is_merge(key: &Key) -> bool {
    key.text == "<<" && (key.span.end - key.span.start) as usize == key.text.len()
}

/// Whether a number has zeros that do not count, as in `010`.
fn has_zeros(written: &str) -> bool {
    let digits = written.trim_start_matches(['+', '-']);
    digits.strip_prefix('0').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
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
            Some(earlier) => duplicate_key::report(reports, key.span, &key.text, earlier.span),
        }
    }
}
