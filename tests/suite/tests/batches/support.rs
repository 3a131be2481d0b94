//! Events of the destination `depot`, and what becomes of their items.

use std::sync::LazyLock;

use mapwright::{BatchItem, ItemAnswer, Mapper, Outcome, ReadyBatch, Scratch};
use mapwright_tests::{NOW, bind, compile, files, workspace};
use serde_json::{Value, json};

/// A mapper of the destination whose operations all have a batch.
pub struct Depot {
    pub mapper: Mapper,
}

impl Depot {
    pub fn new() -> Self {
        static MAPPER: LazyLock<Mapper> = LazyLock::new(|| {
            let plans = compile(&files(&workspace().join("tests/mappings/depot")));
            bind(&plans, "depot", json!({}))
        });
        Self { mapper: MAPPER.clone() }
    }

    /// A mapper of a destination whose operation puts up to six items into a request, and up to three of each list.
    pub fn of_lists() -> Self {
        static MAPPER: LazyLock<Mapper> = LazyLock::new(|| Depot::with_lists(""));
        Self { mapper: MAPPER.clone() }
    }

    /// The same, where items with the same id become one.
    pub fn of_lists_that_merge() -> Self {
        static MAPPER: LazyLock<Mapper> =
            LazyLock::new(|| Depot::with_lists("id: item.id\n      merge: true"));
        Self { mapper: MAPPER.clone() }
    }

    fn with_lists(merge: &str) -> Mapper {
        let version = r#"
version: "1.0"
server: { value: https://api.acme.example.com }
operations:
  send:
    method: POST
    path: /changes
    batch:
      MERGE
      most: 6
      lists: { by: item.list, most: 3 }
      body:
        people: { each: items, where: item.list == "people", to: item.at }
        events: { each: items, where: item.list == "events", to: item.at }
        others: { each: items, where: item.list is undefined, to: item.at }
"#
        .replace("MERGE", merge);
        let destination =
            "title: Acme\nnames: [Acme]\nversions: { default: \"1.0\" }\nhosts: [api.acme.example.com]\n";
        let track = "message: track\nsteps: { send: { operation: send, body: { id: properties.id, list: properties.list, at: properties.at } } }\n";
        let sources = [
            ("mappings/acme/destination.yaml", destination),
            ("mappings/acme/1.0/version.yaml", version.as_str()),
            ("mappings/acme/1.0/track.yaml", track),
        ];
        let sources = sources.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        bind(&compile(&sources), "acme", json!({}))
    }

    /// The item of the only request of an event.
    pub fn item(&self, event: &Value) -> BatchItem {
        let (text, mut scratch) = (event.to_string(), Scratch::new());
        match self.mapper.map(text.as_str(), NOW, &mut scratch) {
            Outcome::Mapped(mut run) => run.request().unwrap().unwrap().batch().unwrap().clone(),
            other => panic!("{event}: {other:?}"),
        }
    }
}

pub fn track(list: &str, at: usize) -> Value {
    json!({ "type": "track", "event": format!("e{at}"), "userId": format!("u{at}"), "properties": { "list": list } })
}

pub fn identify(id: &str, traits: Value) -> Value {
    json!({ "type": "identify", "userId": id, "traits": traits })
}

pub fn group(id: &str) -> Value {
    json!({ "type": "group", "groupId": id, "traits": { "name": "n" } })
}

pub fn page(name: &str) -> Value {
    json!({ "type": "page", "name": name })
}

/// The requests that events become together, with their places as tags.
pub fn prepared(depot: &Depot, events: &[Value]) -> Vec<ReadyBatch<usize>> {
    let (mut batcher, mut batches) = (depot.mapper.batcher(), Vec::new());
    for (tag, event) in events.iter().enumerate() {
        batches.extend(batcher.add(depot.item(event), tag).complete);
    }
    batches.extend(batcher.take_all());
    batches.into_iter().flat_map(|batch| batch.prepare(NOW).ready).collect()
}

/// The bodies of requests.
pub fn bodies(ready: &[ReadyBatch<usize>]) -> Vec<Value> {
    let body = |ready: &ReadyBatch<usize>| {
        serde_json::from_slice(ready.request().body.as_ref().unwrap().bytes()).unwrap()
    };
    ready.iter().map(body).collect()
}

/// What has become of items, a line each.
pub fn become_of(settled: &[(usize, ItemAnswer)]) -> Vec<String> {
    let line = |(tag, answer): &(usize, ItemAnswer)| match answer {
        ItemAnswer::Accepted { warnings, .. } => {
            let warnings: String = warnings.iter().map(|warning| format!(", {}", warning.message)).collect();
            format!("{tag}: accepted{warnings}")
        }
        ItemAnswer::Failed(problem) => {
            let api = problem.api.code.iter().chain(&problem.api.message);
            let words: Vec<&str> = std::iter::once(&problem.code).chain(api).map(String::as_str).collect();
            format!("{tag}: {}", words.join(" "))
        }
        other => panic!("{other:?}"),
    };
    settled.iter().map(line).collect()
}
