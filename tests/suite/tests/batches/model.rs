//! Random batches against a model: every item comes out once, every limit holds, order holds, and responses mean what a plain reading of the rules says.

use std::collections::BTreeMap;

use mapwright::{Batch, BatchAnswer, Batcher, ItemAnswer, ReadyBatch, Response};
use mapwright_tests::NOW;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Depot, bodies, group, identify, page, prepared, track};

/// What an event is, as far as batches are concerned.
#[derive(Debug, Clone)]
enum Made {
    Event { list: u8, test: bool, size: usize },
    Person(u8),
    Group(u8),
    Page(u8),
}

impl Made {
    fn event(&self, at: usize) -> Value {
        match self {
            Made::Event { list, test, size } => {
                let mut event = track(&format!("l{list}"), at);
                if *test {
                    event["properties"]["test"] = json!(true);
                }
                if *size > 0 {
                    event["properties"]["data"] = json!("x".repeat(*size));
                }
                event
            }
            Made::Person(id) => identify(&format!("p{id}"), json!({ "email": format!("{at}@example.com") })),
            Made::Group(id) => group(&format!("g{id}")),
            Made::Page(name) => page(&format!("n{name}")),
        }
    }

    /// What it shares with those that it may stand with.
    fn key(&self) -> (u8, u8) {
        match self {
            Made::Event { list, .. } => (0, *list),
            Made::Person(_) => (1, 0),
            Made::Group(_) => (2, 0),
            Made::Page(_) => (3, 0),
        }
    }

    fn most(&self) -> usize {
        match self {
            Made::Event { .. } => 4,
            Made::Person(_) => 100,
            Made::Group(_) | Made::Page(_) => 3,
        }
    }
}

/// The bytes of a batch that is open, and its items, each with those that were merged into it.
type Filling = (usize, Vec<Vec<usize>>);

fn made(largest: usize) -> impl Strategy<Value = Made> {
    prop_oneof![
        4 => (0..3u8, prop::bool::weighted(0.1), 0..=largest)
            .prop_map(|(list, test, size)| Made::Event { list, test, size }),
        2 => (0..6u8).prop_map(Made::Person),
        1 => (0..9u8).prop_map(Made::Group),
        1 => (0..4u8).prop_map(Made::Page),
    ]
}

/// The batches by a plain reading: for each key a list that is closed when it is full, or by an item that stands alone. Persons of one id are one.
fn naive(events: &[Made]) -> Vec<Vec<Vec<usize>>> {
    let mut open: BTreeMap<(u8, u8), Filling> = BTreeMap::new();
    let mut closed = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let key = event.key();
        if let Made::Event { test: true, .. } = event {
            closed.extend(open.remove(&key).map(|(_, batch)| batch));
            closed.push(vec![vec![at]]);
            continue;
        }
        let (_, batch) = open.entry(key).or_insert_with(|| (at, Vec::new()));
        let same = |tags: &&mut Vec<usize>| match (event, &events[tags[0]]) {
            (Made::Person(one), Made::Person(other)) => one == other,
            _ => false,
        };
        match batch.iter_mut().find(same) {
            Some(tags) => tags.push(at),
            None => batch.push(vec![at]),
        }
        if batch.len() == event.most() {
            closed.extend(open.remove(&key).map(|(_, batch)| batch));
        }
    }
    let mut rest: Vec<_> = open.into_values().collect();
    rest.sort();
    closed.extend(rest.into_iter().map(|(_, batch)| batch));
    closed
}

/// The batches of the engine, in the order in which they are complete.
fn batches(depot: &Depot, events: &[Made]) -> Vec<Batch<usize>> {
    let (mut batcher, mut complete): (Batcher<usize>, _) = (depot.mapper.batcher(), Vec::new());
    for (at, event) in events.iter().enumerate() {
        complete.extend(batcher.add(depot.item(&event.event(at)), at).complete);
    }
    complete.extend(batcher.take_all());
    complete
}

fn body(ready: &ReadyBatch<usize>) -> (usize, Value) {
    let bytes = ready.request().body.as_ref().unwrap().bytes();
    (bytes.len(), serde_json::from_slice(bytes).unwrap())
}

/// A response of the API: a status, and what it says of items, each with a kind.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    names: Vec<(usize, u8)>,
}

fn answer() -> impl Strategy<Value = Answer> {
    let status = prop_oneof![
        3 => Just(207u16), 2 => Just(200), 1 => Just(413), 1 => Just(400), 1 => Just(503), 1 => Just(429), 1 => Just(401)
    ];
    (status, prop::collection::vec((0..6usize, 0..3u8), 0..4))
        .prop_map(|(status, names)| Answer { status, names })
}

const KINDS: [&str; 3] = ["schema", "quota", "note"];

impl Answer {
    fn response(&self) -> Response {
        let errors: Vec<Value> = self
            .names
            .iter()
            .map(|(at, kind)| json!({ "index": at, "kind": KINDS[usize::from(*kind)] }))
            .collect();
        Response::new(self.status, [], json!({ "errors": errors }).to_string())
    }

    /// What becomes of the item at a place of an import with so many: `ok`, `note`, `failed`, `again`, or `split`.
    fn of(&self, place: usize, items: usize) -> &'static str {
        match self.status {
            200 => "ok",
            207 => {
                let says = |wanted: fn(u8) -> bool| {
                    self.names.iter().any(|(at, kind)| *at == place && wanted(*kind))
                };
                match () {
                    () if says(|kind| kind == 1) => "again",
                    () if says(|kind| kind == 0) => "failed",
                    () if says(|kind| kind == 2) => "note",
                    () => "ok",
                }
            }
            413 | 400 if items > 1 => "split",
            503 | 429 => "again",
            _ => "failed",
        }
    }
}

fn became(answer: &ItemAnswer) -> &'static str {
    match answer {
        ItemAnswer::Accepted { warnings, .. } if warnings.is_empty() => "ok",
        ItemAnswer::Accepted { .. } => "note",
        _ => "failed",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_are_those_of_a_plain_reading(events in prop::collection::vec(made(0), 0..60)) {
        let depot = Depot::new();
        let found: Vec<Vec<Vec<usize>>> = batches(&depot, &events)
            .iter()
            .map(|batch| {
                let tags: Vec<usize> = batch.tags().copied().collect();
                // tags of one item follow each other
                let mut items: Vec<Vec<usize>> = Vec::new();
                for tag in tags {
                    let same = items.last().is_some_and(|last| match (&events[last[0]], &events[tag]) {
                        (Made::Person(one), Made::Person(other)) => one == other,
                        _ => false,
                    });
                    match items.last_mut().filter(|_| same) {
                        Some(last) => last.push(tag),
                        None => items.push(vec![tag]),
                    }
                }
                assert_eq!(items.len(), batch.items());
                items
            })
            .collect();
        prop_assert_eq!(found, naive(&events));
    }

    #[test]
    fn lists_of_a_body_have_limits_of_their_own(lists in prop::collection::vec(0..3usize, 0..40)) {
        const NAMES: [&str; 3] = ["people", "events", "others"];
        let depot = Depot::of_lists();
        let events: Vec<Value> = lists
            .iter()
            .enumerate()
            .map(|(at, list)| {
                let name = (*list < 2).then_some(NAMES[*list]);
                json!({ "type": "track", "properties": { "list": name, "at": at } })
            })
            .collect();
        // a batch ends before the item for which its list has no room, and when it is full
        let mut expected: Vec<[Vec<usize>; 3]> = Vec::new();
        let mut is_open = false;
        for (at, list) in lists.iter().enumerate() {
            if !is_open || expected.last().is_none_or(|batch| batch[*list].len() == 3) {
                expected.push(Default::default());
            }
            if let Some(batch) = expected.last_mut() {
                batch[*list].push(at);
                is_open = batch.iter().map(Vec::len).sum::<usize>() < 6;
            }
        }
        let expected: Vec<Value> = expected
            .iter()
            .map(|batch| {
                let lists = NAMES.iter().zip(batch).filter(|(_, items)| !items.is_empty());
                lists.map(|(name, items)| ((*name).to_owned(), json!(items))).collect()
            })
            .collect();
        prop_assert_eq!(bodies(&prepared(&depot, &events)), expected);
    }

    #[test]
    fn lists_have_their_limits_when_items_are_merged(made in prop::collection::vec((0..8u8, 0..3usize), 0..40)) {
        const NAMES: [&str; 3] = ["people", "events", "others"];
        let depot = Depot::of_lists_that_merge();
        let events: Vec<Value> = made
            .iter()
            .enumerate()
            .map(|(at, (id, list))| {
                let name = (*list < 2).then_some(NAMES[*list]);
                json!({ "type": "track", "properties": { "id": id, "list": name, "at": at } })
            })
            .collect();
        // an item that is merged stays where it is, and moves to the list of the later one, if that names one and there is room
        let mut expected: Vec<Vec<(u8, usize, usize)>> = Vec::new();
        let mut is_open = false;
        for (at, (id, list)) in made.iter().enumerate() {
            if let Some(batch) = expected.last_mut().filter(|_| is_open) {
                let count = |list: usize| batch.iter().filter(|(_, known, _)| *known == list).count();
                match batch.iter().position(|(known, ..)| known == id) {
                    Some(place) => {
                        let before = batch[place].1;
                        let now = if *list < 2 { *list } else { before };
                        if now == before || count(now) < 3 {
                            batch[place] = (*id, now, at);
                            continue;
                        }
                    }
                    None if count(*list) < 3 => {
                        batch.push((*id, *list, at));
                        is_open = batch.len() < 6;
                        continue;
                    }
                    None => {}
                }
            }
            expected.push(vec![(*id, *list, at)]);
            is_open = true;
        }
        let expected: Vec<Value> = expected
            .iter()
            .map(|batch| {
                let of = |list: usize| -> Vec<usize> {
                    batch.iter().filter(|(_, known, _)| *known == list).map(|(.., at)| *at).collect()
                };
                let lists = NAMES.iter().enumerate().map(|(list, name)| (*name, of(list)));
                let lists = lists.filter(|(_, items)| !items.is_empty());
                lists.map(|(name, items)| (name.to_owned(), json!(items))).collect()
            })
            .collect();
        prop_assert_eq!(bodies(&prepared(&depot, &events)), expected);
    }

    #[test]
    fn every_limit_holds_and_no_item_is_lost(events in prop::collection::vec(made(180), 0..40)) {
        let depot = Depot::new();
        let mut seen = Vec::new();
        let mut last: BTreeMap<(u8, u8), usize> = BTreeMap::new();
        for batch in batches(&depot, &events) {
            let prepared = batch.prepare(NOW);
            prop_assert!(prepared.settled.is_empty());
            for ready in &prepared.ready {
                let tags: Vec<usize> = ready.batch().tags().copied().collect();
                let key = events[tags[0]].key();
                prop_assert!(tags.iter().all(|tag| events[*tag].key() == key));
                let items = ready.batch().items();
                prop_assert!(items <= events[tags[0]].most());
                let (bytes, body) = body(ready);
                if let Made::Event { .. } = events[tags[0]] {
                    let alone = tags.iter().any(|tag| matches!(events[*tag], Made::Event { test: true, .. }));
                    prop_assert!(bytes <= 400 && (!alone || items == 1), "{bytes}");
                    let names: Vec<String> = tags.iter().map(|tag| format!("e{tag}")).collect();
                    let sent = body["events"].as_array().unwrap().iter();
                    prop_assert_eq!(sent.map(|event| event["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), names);
                }
                // items of a key are sent in their order
                let first = tags[0];
                prop_assert!(last.insert(key, first).is_none_or(|before| before < first));
                seen.extend(tags);
            }
        }
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..events.len()).collect::<Vec<_>>());
    }

    #[test]
    fn answers_mean_what_the_rules_say(
        events in prop::collection::vec(made(100).prop_filter("of imports", |made| matches!(made, Made::Event { .. })), 1..12),
        mut answers in prop::collection::vec(answer(), 0..40),
    ) {
        let depot = Depot::new();
        let mut open: std::collections::VecDeque<Batch<usize>> = batches(&depot, &events).into();
        let mut settled = Vec::new();
        while let Some(batch) = open.pop_front() {
            for ready in batch.prepare(NOW).ready {
                let tags: Vec<usize> = ready.batch().tags().copied().collect();
                // in the end, everything is accepted
                let answer = answers.pop().unwrap_or(Answer { status: 200, names: Vec::new() });
                let expected: Vec<(usize, &str)> = tags.iter().enumerate().map(|(place, tag)| (*tag, answer.of(place, tags.len()))).collect();
                let BatchAnswer { settled: now, again, unmatched, .. } = ready.answer(&answer.response(), NOW);
                let mut found: Vec<(usize, &str)> = now.iter().map(|(tag, item)| (*tag, became(item))).collect();
                for part in &again {
                    let word = match part.reason {
                        mapwright::AgainReason::Split => "split",
                        _ => "again",
                    };
                    prop_assert_eq!(part.throttle, answer.status == 429);
                    found.extend(part.batch.tags().map(|tag| (*tag, word)));
                    if word == "split" {
                        let most = if answer.status == 400 { 1 } else { tags.len().div_ceil(2) };
                        prop_assert!(part.batch.items() <= most);
                    }
                }
                prop_assert!(found.iter().map(|(tag, _)| tag).is_sorted() || now.len() < tags.len());
                found.sort_unstable();
                prop_assert_eq!(&found, &expected);
                // an entry is tried by each of the three that take it
                let outside = answer.names.iter().filter(|(at, _)| *at >= tags.len() && answer.status == 207);
                let tried = |kind: u8| 1 + usize::from(kind != 2) + usize::from(kind == 1);
                prop_assert_eq!(unmatched, outside.map(|(_, kind)| tried(*kind)).sum::<usize>());
                settled.extend(now.into_iter().map(|(tag, _)| tag));
                open.extend(again.into_iter().map(|part| part.batch));
            }
        }
        settled.sort_unstable();
        prop_assert_eq!(settled, (0..events.len()).collect::<Vec<_>>());
    }
}
