//! How many items a request has: counted in the pass over its text that checks it.

use mapwright_json::{Doc, Limits, NodeId, Scratch, Step, SyntaxError, Trie, TrieBuilder, scan, walk};
use serde_json::Value;

/// Finds and counts the items of the bodies of an operation.
#[derive(Debug)]
pub(crate) struct ItemCounter {
    trie: Trie,
    places: Vec<Place>,
}

/// Where items are.
#[derive(Debug)]
struct Place {
    node: NodeId,
    /// Whether all items of the body are there, and not only some.
    all: bool,
}

impl ItemCounter {
    /// A counter of the items at these places: each a JSON pointer, and whether all items are there.
    pub(crate) fn new<'p>(places: impl IntoIterator<Item = (&'p str, bool)>) -> ItemCounter {
        let mut paths = TrieBuilder::new();
        let places = places.into_iter().filter_map(|(pointer, all)| {
            let names: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
            let steps: Vec<Step<'_>> = names.iter().map(|name| step(name)).collect();
            let node = paths.path(&steps).ok()?;
            Some(Place { node, all })
        });
        let places = places.collect();
        ItemCounter { trie: paths.build(), places }
    }

    /// Checks that a string is JSON, and counts its items; none, if the operation does not take those of several events.
    pub(crate) fn in_text(&self, text: &str) -> Result<Option<u64>, SyntaxError> {
        let limits = Limits { bytes: Limits::MAX_BYTES, ..Limits::default() };
        let mut scratch = Scratch::new();
        scan(&self.trie, text.as_bytes(), &mut scratch, &limits).map(|doc| self.count(&doc))
    }

    /// Counts the items of a body that is not JSON.
    pub(crate) fn in_value(&self, value: &Value) -> Option<u64> {
        let mut scratch = Scratch::new();
        self.count(&walk(&self.trie, value, &mut scratch))
    }

    fn count(&self, doc: &Doc<'_>) -> Option<u64> {
        let count = |place: &Place| doc.get(place.node).and_then(|value| value.len()).unwrap_or(0) as u64;
        let all = self.places.iter().filter(|place| place.all).map(count).max();
        let some = self.places.iter().filter(|place| !place.all).map(count).reduce(|sum, more| sum + more);
        all.max(some)
    }
}

/// A name in a JSON pointer.
fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}

fn step(name: &str) -> Step<'_> {
    name.parse().map_or(Step::Key(name), Step::Index)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_are_counted_at_their_places() {
        for (places, body, items) in [
            (vec![], json!({ "items": [1, 2] }), None),
            (vec![("", true)], json!([{}, {}, {}]), Some(3)),
            (vec![("/a~1b/0/items", true)], json!({ "a/b": [{ "items": [1, 2] }, 3] }), Some(2)),
            (vec![("/by_id", true)], json!({ "by_id": { "u1": {}, "u2": {} } }), Some(2)),
            (
                vec![("/users", false), ("/deleted", false)],
                json!({ "users": [1, 2], "deleted": [3] }),
                Some(3),
            ),
            (vec![("/items", true), ("/ids", true)], json!({ "items": [1, 2], "ids": [1, 2] }), Some(2)),
            (vec![("/items", true)], json!({ "items": "none" }), Some(0)),
        ] {
            let counter = ItemCounter::new(places.iter().copied());
            assert_eq!(counter.in_value(&body), items, "{places:?}");
            assert_eq!(counter.in_text(&body.to_string()).ok(), Some(items), "{places:?}");
        }
    }

    #[test]
    fn a_text_that_is_no_json_is_an_error() {
        let said = ItemCounter::new([]).in_text(r#"{"items": [1"#).map_err(|error| error.to_string());
        assert_eq!(
            said,
            Err("byte 12: expected `,` or `]` after an item of an array, found the end of the text"
                .to_owned())
        );
    }
}
