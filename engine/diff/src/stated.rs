//! What files state in another way, and no other change tells: so that no difference goes unreported.

use std::collections::HashMap;

use mapwright_describe::{Place, Statement};

use crate::change::{Change, Changes};
use crate::kinds::ChangeKind as Kind;

/// The most characters of a value that are shown.
const SHOWN: usize = 200;

/// What is noted where one side alone has it; of everything else, what it is a part of is told.
const ALONE: [&str; 5] = ["error", "names", "versions", ".schema", ".auth"];

/// What is told where it is read.
const READ_ELSEWHERE: [&str; 4] = ["values.", "requirements.", "conversions.", "sets."];

/// Notes what differs where no change that is known stands.
pub(crate) fn own(old: &[Statement], new: &[Statement], changes: &mut Changes) {
    let is_own = |name: &str| !READ_ELSEWHERE.iter().any(|start| name.starts_with(start));
    for (was, is) in differing(old, new).filter(|(was, is)| name(*was, *is).is_some_and(is_own)) {
        if !changes.list.iter().any(|change| tells(change, was, is)) {
            add(was, is, changes);
        }
    }
}

/// Notes what differs of what others read, where `is_told` says that none of them tells.
pub(crate) fn read_elsewhere(
    old: &[Statement],
    new: &[Statement],
    is_told: impl Fn(&str) -> bool,
    changes: &mut Changes,
) {
    let is_told = |name: &str| !READ_ELSEWHERE.iter().any(|start| name.starts_with(start)) || is_told(name);
    for (was, is) in differing(old, new).filter(|(was, is)| !name(*was, *is).is_none_or(is_told)) {
        add(was, is, changes);
    }
}

type Pair<'d> = (Option<&'d Statement>, Option<&'d Statement>);

fn differing<'d>(old: &'d [Statement], new: &'d [Statement]) -> impl Iterator<Item = Pair<'d>> {
    let by_name = |list: &'d [Statement]| -> HashMap<&'d str, &'d Statement> {
        list.iter().map(|of| (of.name.as_str(), of)).collect()
    };
    let (olds, news) = (by_name(old), by_name(new));
    let both = old.iter().map(move |was| (Some(was), news.get(was.name.as_str()).copied()));
    let added = new.iter().filter(move |is| !olds.contains_key(is.name.as_str())).map(|is| (None, Some(is)));
    let has = |list: &[Statement], of: &Statement| list.iter().any(|known| known.group() == of.group());
    let counts = move |(was, is): &Pair<'_>| match (was, is) {
        (Some(was), Some(is)) => was.value != is.value,
        (Some(of), None) | (None, Some(of)) => {
            ALONE.iter().any(|end| of.name.ends_with(end)) && has(old, of) && has(new, of)
        }
        (None, None) => false,
    };
    both.chain(added).filter(counts)
}

fn name<'d>(was: Option<&'d Statement>, is: Option<&'d Statement>) -> Option<&'d str> {
    was.or(is).map(|of| of.name.as_str())
}

/// Whether a change stands where one of the statements does.
fn tells(change: &Change, was: Option<&Statement>, is: Option<&Statement>) -> bool {
    let within = |place: &Option<Place>, of: Option<&Statement>| {
        place.as_ref().is_some_and(|place| of.is_some_and(|of| of.lines.contains(place)))
    };
    within(&change.old_place, was) || within(&change.new_place, is)
}

fn add(was: Option<&Statement>, is: Option<&Statement>, changes: &mut Changes) {
    let shown = |of: Option<&Statement>| {
        of.map(|of| {
            let text = of.value.to_string();
            match text.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                None => text,
            }
        })
    };
    let what = Kind::StatedOtherwise {
        what: name(was, is).unwrap_or_default().to_owned(),
        old: shown(was),
        new: shown(is),
    };
    changes.add(what, was.map(|was| &was.place), is.map(|is| &is.place));
}
