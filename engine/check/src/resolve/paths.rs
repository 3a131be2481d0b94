//! Steps of paths: as tries take them, and in parts that are sent as a list.

use std::borrow::Cow;

use mapwright_convert::PathStep;
use mapwright_json::Step;
use mapwright_language::decode::Named;
use mapwright_language::spec::{FIELD_ITEMS, RowSpec};

pub(crate) fn trie_steps(steps: &[PathStep]) -> Vec<Step<'_>> {
    steps
        .iter()
        .map(|step| match step {
            PathStep::Key(key) => Step::Key(key),
            PathStep::Index(index) => Step::Index(*index),
        })
        .collect()
}

/// The steps of a path into a part. One that is sent as a list is the list.
pub(crate) fn steps_in<'s>(fields: &Named<RowSpec>, steps: &'s [PathStep]) -> Cow<'s, [PathStep]> {
    let is_named = matches!(steps.first(), Some(PathStep::Key(name)) if name == FIELD_ITEMS);
    if is_named || fields.place(FIELD_ITEMS).is_none() {
        return Cow::Borrowed(steps);
    }
    std::iter::once(PathStep::Key(FIELD_ITEMS.to_owned())).chain(steps.iter().cloned()).collect()
}
