//! What breaks, compared with what the mappings were.

use mapwright::{Checked, FIXTURES, Finding, Place, Schemas, Sources, Spec, TestResult, TestRun, Valid};
use mapwright_describe::{Description, describe_all};
use mapwright_diff::{Change, Level, diff};
use mapwright_findings::rules::breaking_change;

use crate::config::Config;
use crate::finished;
use crate::report::{CheckCounts, Report};
use crate::suppress::Ran;

/// Finds changes from `before` that are breaking. Comments in the files can allow them, and a [`CONFIG_FILE`](crate::CONFIG_FILE) among them gives them another level. A change that several versions inherit is one finding. Versions with errors are left out.
///
/// ```
/// use mapwright::Sources;
/// use mapwright_validate::breaking_changes;
///
/// let files = |field: &str| -> Sources {
///     [
///         ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }".to_owned()),
///         ("mappings/acme/1/version.yaml", "
/// version: '1'
/// server: { value: https://api.acme.example.com }
/// operations: { save: { method: PUT, path: /people } }".to_owned()),
///         ("mappings/acme/1/identify.yaml", format!("
/// message: identify
/// payload: {{ person: {{ {field}: traits.email }} }}
/// steps: {{ save: {{ operation: save, body: person }} }}")),
///     ].into_iter().collect()
/// };
/// let found = breaking_changes(&files("email"), &files("mail")).findings;
/// assert_eq!(found[0].message, "`person.email` is now `person.mail`; in `acme/1`");
/// assert_eq!((found[0].place.path.as_str(), found[0].place.line), ("mappings/acme/1/identify.yaml", 3));
/// ```
pub fn breaking_changes(before: &Sources, now: &Sources) -> Report {
    let (before, now_tested) = (before.clone().without_tests(), now.clone().without_tests());
    let mut found = Vec::new();
    for name in now_tested.destinations().filter(|name| is_changed(&before, &now_tested, name)) {
        let (old, new) = (versions(&before, name), versions(&now_tested, name));
        let mut changes: Vec<(Change, Vec<String>)> = Vec::new();
        for was in &old {
            let Some(is) = new.iter().find(|is| is.version == was.version) else { continue };
            let address = format!("{}/{}", is.destination, is.version);
            let breaking = diff(was, is).changes.into_iter().filter(|change| change.level == Level::Breaking);
            for change in breaking {
                let mut change = change;
                if change.new_place.is_none() {
                    change.new_place = place_of(is, &change);
                }
                let same = |known: &Change| {
                    known.what == change.what
                        && (&known.old_place, &known.new_place) == (&change.old_place, &change.new_place)
                };
                match changes.iter_mut().find(|(known, _)| same(known)) {
                    Some((_, versions)) => {
                        if !versions.contains(&address) {
                            versions.push(address.clone());
                        }
                    }
                    None => changes.push((change, vec![address.clone()])),
                }
            }
        }
        found.extend(changes.iter().map(|(change, versions)| finding(now, change, versions)));
    }
    let (config, _) = Config::read(now);
    finished(now, &config, found, Vec::new(), CheckCounts::default(), Ran::OnlyRevision)
}

/// Returns the tests that pass, and that fail with what the mappings were: the output that they look at has changed. Those of destinations without changes
/// are not run.
pub fn changed_tests<'r>(before: &Sources, now: &Sources, results: &'r [TestResult]) -> Vec<&'r TestResult> {
    let before = before.clone().without_tests();
    let plain = now.clone().without_tests();
    let changed: Vec<&str> = plain.destinations().filter(|name| is_changed(&before, &plain, name)).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    // the tests as they are, beside the mappings as they were
    let mut mixed = before;
    mixed.extend(now.only(|path| path.ends_with(".test.yaml") || path.starts_with(FIXTURES)));
    let plans = match Spec::load(&mixed).check() {
        Ok(valid) => valid.compile(),
        Err(found) => found.partial.compile(),
    };
    let run = TestRun::new(&plans, &Schemas::new(&plans), &mixed);
    let fails = |result: &TestResult| {
        let same = |known: &&TestResult| known.version == result.version && known.place == result.place;
        run.results.iter().find(same).is_some_and(|known| !known.failures.is_empty())
    };
    let is_of_changed = |result: &TestResult| {
        result.version.split_once('/').is_some_and(|(destination, _)| changed.contains(&destination))
    };
    let passing = results.iter().filter(|result| result.failures.is_empty() && is_of_changed(result));
    passing.filter(|result| fails(result)).collect()
}

/// Whether the files of a destination are others. What another destination that it extends has changed is found there.
fn is_changed(before: &Sources, now: &Sources, name: &str) -> bool {
    let folders = [format!("mappings/{name}/"), format!("schemas/{name}/")];
    folders.iter().any(|folder| before.below(folder).ne(now.below(folder)))
}

fn versions(sources: &Sources, name: &str) -> Vec<Description> {
    let described = |valid: &Valid<Checked>| describe_all(valid, name);
    match Spec::load_only(sources, name).check() {
        Ok(valid) => described(&valid),
        Err(found) => described(&found.partial),
    }
}

/// Where something that is gone would be: in its mapping.
fn place_of(of: &Description, change: &Change) -> Option<mapwright_describe::Place> {
    let is_its = |message: &&mapwright_describe::Message| Some(&message.name) == change.message.as_ref();
    of.messages.iter().find(is_its).or(of.messages.first()).map(|message| message.place.clone())
}

fn finding(now: &Sources, change: &Change, versions: &[String]) -> Finding {
    let (path, line) = change.new_place.as_ref().map_or(("", 1), |place| (place.file.as_str(), place.line));
    let text = now.shown_text(path).unwrap_or_default();
    let mut start = 0;
    let mut bytes = 0..0;
    for (at, content) in text.split_inclusive('\n').enumerate() {
        if at + 1 == line {
            let indent = content.len() - content.trim_start().len();
            bytes = start + indent..start + content.trim_end().len();
        }
        start += content.len();
    }
    let place = Place::new(path, text, bytes);
    let before = change.old_place.as_ref().map(|place| format!("{}:{}", place.file, place.line));
    breaking_change::finding(place, &change.what.sentence(), versions, before.as_deref())
}
