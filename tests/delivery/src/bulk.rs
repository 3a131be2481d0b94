//! An API that takes many items in one request and answers for each of them, and a mapping for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mapwright::{Mapper, Sources, Spec};
use mapwright_loopback::{Admitted, Api, Options, Received, Reply, Server};
use serde_json::{Value, json};

/// The mapping: notes of users, many in one request or each in its own.
pub const MAPPING: &[(&str, &str)] = &[
    (
        "mappings/depot/destination.yaml",
        r#"
title: Depot
names: [Depot]
versions: { default: bulk }
settings: { token: { type: string, secret: true, required: true } }
hosts: [depot.example.com]
"#,
    ),
    (
        "mappings/depot/bulk/version.yaml",
        r#"
version: bulk
server: { value: https://depot.example.com }
headers: { Authorization: { template: "Bearer {{ settings.token }}" } }
order: { user: userId }
operations:
  import:
    method: POST
    path: /import
    idempotent: true
    batch:
      most: 500
      bytes: 200kB
      wait: 200ms
      id: item.id
      body: { items: items }
    responses:
      # without a body, nothing is known of the items
      - { status: 2xx, when: response.body is undefined, class: retry }
      - status: 2xx
        class: done
        failed:
          - { each: response.body.failed, index: item.index, code: item.code, message: item.message }
          - { each: response.body.busy, id: item.id, class: retry }
      - { status: 413, class: split }
"#,
    ),
    (
        "mappings/depot/bulk/track.yaml",
        r#"
message: track
payload: { note: { id: messageId, user: userId, n: properties.n, text: properties.text } }
steps: { import: { operation: import, body: note } }
"#,
    ),
    (
        "mappings/depot/single/version.yaml",
        r#"
version: single
extends: bulk
operations:
  import: { replace: true, method: POST, path: /notes, idempotent: true }
"#,
    ),
];

/// The files of the mapping.
#[must_use]
pub fn sources() -> Sources {
    MAPPING.iter().copied().collect()
}

/// A mapper for a version of the mapping: `bulk` or `single`.
#[must_use]
pub fn mapper(version: &str) -> Mapper {
    let plans = Spec::load(&sources()).check().unwrap_or_else(|findings| panic!("{findings}")).compile();
    let settings = json!({ "token": "token" });
    plans.plan("depot", Some(version), &settings).unwrap().bind(&settings).unwrap()
}

/// The `n`th event, of one of some users.
#[must_use]
pub fn event(n: u64, users: u64) -> Value {
    json!({ "type": "track", "messageId": format!("m{n}"), "userId": format!("u{}", n % users), "event": "Noted",
        "properties": { "n": n, "text": "a note of some words, as long as they are" } })
}

/// What the API thinks of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is taken.
    Good,
    /// It is refused.
    Bad,
    /// It is taken the second time.
    Busy,
    /// It is taken, but not with others.
    Bulky,
}

impl Kind {
    /// What the API thinks of the `n`th event.
    #[must_use]
    pub fn of(n: u64) -> Kind {
        match n {
            n if n % 17 == 3 => Kind::Bad,
            n if n % 23 == 5 => Kind::Busy,
            n if n % 211 == 11 => Kind::Bulky,
            _ => Kind::Good,
        }
    }
}

/// What the API has taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// How often each item was taken.
    pub times: BTreeMap<u64, u64>,
    /// The items of each user, in the order in which they were first taken.
    pub order: BTreeMap<String, Vec<u64>>,
    /// The most items of a request.
    pub largest: usize,
    busy: BTreeSet<u64>,
}

/// The API.
#[derive(Debug, Default)]
pub struct Depot {
    taken: Mutex<Taken>,
}

impl Depot {
    /// Serves it.
    pub async fn start(options: Options) -> Server<Depot> {
        Server::start(options, |_| Depot::default()).await.unwrap()
    }

    /// What it has taken.
    #[must_use]
    pub fn taken(&self) -> Taken {
        self.state().clone()
    }

    fn state(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn import(&self, items: &[Value]) -> Reply {
        let number = |item: &Value| item["n"].as_u64().unwrap();
        if items.len() > 1 && items.iter().any(|item| Kind::of(number(item)) == Kind::Bulky) {
            return Reply::json(413, &json!({ "error": "too large" }));
        }
        let mut state = self.state();
        state.largest = state.largest.max(items.len());
        let (mut failed, mut busy) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let n = number(item);
            match Kind::of(n) {
                Kind::Bad => failed.push(json!({ "index": index, "code": "bad_n", "message": "n is bad" })),
                Kind::Busy if state.busy.insert(n) => busy.push(json!({ "id": item["id"] })),
                _ => {
                    let times = state.times.entry(n).or_default();
                    *times += 1;
                    if *times == 1 {
                        let user = item["user"].as_str().unwrap().to_owned();
                        state.order.entry(user).or_default().push(n);
                    }
                }
            }
        }
        Reply::json(200, &json!({ "failed": failed, "busy": busy }))
    }
}

impl Api for Depot {
    type Ticket = &'static str;

    fn admit(&self, request: &Received) -> Result<Admitted<&'static str>, Reply> {
        match request.parts.uri.path() {
            "/import" => Ok(Admitted::new("import")),
            "/notes" => Ok(Admitted::new("notes")),
            path => Err(self.refuse(404, format!("no `{path}` here"))),
        }
    }

    fn apply(&self, request: &Received, ticket: &&'static str) -> Reply {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match (*ticket, body["items"].as_array()) {
            ("import", Some(items)) => self.import(items),
            ("notes", _) => self.import(std::slice::from_ref(&body)),
            _ => self.refuse(422, "no items".to_owned()),
        }
    }

    fn refuse(&self, status: u16, message: String) -> Reply {
        Reply::json(status, &json!({ "error": message }))
    }

    fn reset(&self) {
        *self.state() = Taken::default();
    }
}
