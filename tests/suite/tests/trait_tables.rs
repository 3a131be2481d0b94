//! The trait tables of the existing Intercom destination's documentation, row by row: each path provides the field, and earlier paths take
//! precedence.

use mapwright::Mapper;
use mapwright_tests::{Became, bind, compile, preview};
use serde_json::{Map, Value, json};

/// The type of a row's values.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Seconds,
    Boolean,
    /// What a contact is.
    Role,
    Object,
}

/// One row: its paths in order of precedence, and the position of the value in the request body.
struct Row {
    paths: &'static [&'static str],
    /// The position in 1.4; `None` if the version does not have the field.
    old: Option<&'static str>,
    /// The position in 2.10.
    new: &'static str,
    kind: Kind,
}

struct Table {
    /// An event without any of the paths, in two parts: its identifiers, which a row may replace, and the rest.
    base: Value,
    id: Value,
    /// The operations whose bodies contain the fields, in 1.4 and 2.10.
    calls: [&'static str; 2],
    rows: Vec<Row>,
}

const USER_ID: &[&str] =
    &["userId", "traits.userId", "traits.id", "context.traits.userId", "context.traits.id"];

const fn row(paths: &'static [&'static str], old: &'static str, new: &'static str, kind: Kind) -> Row {
    Row { paths, old: Some(old), new, kind }
}

const fn only_new(paths: &'static [&'static str], new: &'static str, kind: Kind) -> Row {
    Row { paths, old: None, new, kind }
}

fn tables() -> [Table; 3] {
    use Kind::{Boolean, Integer, Object, Role, Seconds, Text};
    let identify = Table {
        base: json!({ "type": "identify" }),
        id: json!({ "properties": { "email": "base@example.com" } }),
        calls: ["POST https://api.intercom.io/users", "POST https://api.intercom.io/contacts"],
        rows: vec![
            row(USER_ID, "user_id", "external_id", Text),
            row(&["traits.email", "context.traits.email"], "email", "email", Text),
            row(&["traits.phone", "context.traits.phone"], "phone", "phone", Text),
            row(&["traits.avatar", "context.traits.avatar"], "custom_attributes.avatar", "avatar", Text),
            row(&["traits.name", "context.traits.name"], "name", "name", Text),
            row(&["traits.role", "context.traits.role"], "custom_attributes.role", "role", Role),
            row(
                &["traits.ownerId", "context.traits.ownerId"],
                "custom_attributes.ownerId",
                "owner_id",
                Integer,
            ),
            row(&["traits.createdAt", "context.traits.createdAt"], "signed_up_at", "signed_up_at", Seconds),
            row(
                &["traits.unsubscribedFromEmails", "context.traits.unsubscribedFromEmails"],
                "unsubscribed_from_emails",
                "unsubscribed_from_emails",
                Boolean,
            ),
            only_new(&["context.traits.lastSeenAt", "last_seen_at"], "last_seen_at", Seconds),
        ],
    };
    let track = Table {
        base: json!({ "type": "track", "event": "Base", "timestamp": 1_600_000_000 }),
        id: json!({ "context": { "externalId": [{ "type": "email", "id": "base@example.com" }] } }),
        calls: ["POST https://api.intercom.io/events"; 2],
        rows: vec![
            row(USER_ID, "user_id", "user_id", Text),
            row(&["traits.email", "context.traits.email"], "email", "email", Text),
            row(&["event"], "event_name", "event_name", Text),
            row(&["timestamp"], "created", "created_at", Seconds),
            row(&["properties"], "metadata", "metadata", Object),
            only_new(&["properties.id", "traits.id"], "id", Text),
        ],
    };
    let group = Table {
        base: json!({ "type": "group" }),
        id: json!({ "groupId": "base" }),
        calls: ["POST https://api.intercom.io/companies"; 2],
        rows: vec![
            row(&["groupId"], "company_id", "company_id", Text),
            row(&["traits.name", "name"], "name", "name", Text),
            row(&["traits.website", "website"], "website", "website", Text),
            row(&["traits.plan", "context.traits.plan"], "plan", "plan", Text),
            row(&["traits.size", "context.traits.size"], "size", "size", Integer),
            row(&["traits.industry", "context.traits.industry"], "industry", "industry", Text),
            row(
                &["traits.monthlySpend", "context.traits.monthlySpend"],
                "monthly_spend",
                "monthly_spend",
                Integer,
            ),
            row(
                &["traits.remoteCreatedAt", "context.traits.remoteCreatedAt"],
                "remote_created_at",
                "remote_created_at",
                Seconds,
            ),
            row(&["traits"], "custom_attributes", "custom_attributes", Object),
        ],
    };
    [identify, track, group]
}

impl Kind {
    /// Returns a distinct value for each path of a row.
    fn value(self, place: usize) -> Value {
        match self {
            Kind::Text => format!("v{place}@example.com").into(),
            Kind::Integer => (100 + place).into(),
            Kind::Seconds => (1_558_290_864 + place).into(),
            Kind::Boolean => (place == 0).into(),
            Kind::Role => if place == 0 { "lead" } else { "user" }.into(),
            Kind::Object => json!({ format!("k{place}"): place }),
        }
    }
}

fn set(event: &mut Value, path: &str, value: Value) {
    let mut at = event;
    for key in path.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[key];
    }
    *at = value;
}

fn field<'v>(body: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(body, |at, key| &at[key])
}

fn mappers() -> [Mapper; 2] {
    let plans = compile(&mapwright_builtin::sources());
    ["1.4", "2.10"].map(|version| bind(&plans, "intercom", json!({ "apiVersion": version })))
}

fn bodies(mapper: &Mapper, event: &Value, call: &str) -> Vec<Value> {
    let sent = preview(mapper, event).sent();
    sent.into_iter().filter(|sent| sent.line == call).map(|sent| sent.body).collect()
}

#[test]
fn each_path_of_each_row_counts_in_its_turn() {
    let mappers = mappers();
    let mut tried = 0;
    for table in tables() {
        for row in table.rows {
            let fields = [row.old, Some(row.new)];
            for ((mapper, call), name) in mappers.iter().zip(table.calls).zip(fields) {
                let Some(name) = name else { continue };
                for place in 0..row.paths.len() {
                    // this path alone; this path and all later ones; and the same with earlier paths that are null or empty
                    for (before, after) in
                        [(None, false), (None, true), (Some(Value::Null), true), (Some(json!("")), true)]
                    {
                        // 1.4 uses the custom attributes of `traits`, or else those of `context.traits`
                        if before.is_some() && name.starts_with("custom_attributes.") {
                            continue;
                        }
                        let mut event = table.base.clone();
                        event.as_object_mut().unwrap().extend(table.id.as_object().unwrap().clone());
                        for (at, path) in row.paths.iter().enumerate() {
                            match (at.cmp(&place), &before) {
                                (std::cmp::Ordering::Less, Some(nothing)) => {
                                    set(&mut event, path, nothing.clone())
                                }
                                (std::cmp::Ordering::Less, None) => {}
                                (std::cmp::Ordering::Equal, _) => set(&mut event, path, row.kind.value(at)),
                                (std::cmp::Ordering::Greater, _) if after => {
                                    set(&mut event, path, row.kind.value(at))
                                }
                                (std::cmp::Ordering::Greater, _) => {}
                            }
                        }
                        let sent = bodies(mapper, &event, call);
                        let body = sent.first().unwrap_or_else(|| panic!("no {call} for {event}"));
                        assert_eq!(
                            field(body, name),
                            &row.kind.value(place),
                            "`{name}` of {event} in {body}"
                        );
                        tried += 1;
                    }
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn without_any_path_a_field_is_left_out_and_what_is_required_rejects() {
    for mapper in mappers() {
        for (event, message) in [
            (json!({ "type": "identify", "traits": { "name": "Ada" } }), "userId"),
            (json!({ "type": "track", "event": "E" }), "userId"),
            (json!({ "type": "track", "userId": "u1" }), "Event name is required"),
            (json!({ "type": "group", "userId": "u1" }), "groupId is required"),
        ] {
            match preview(&mapper, &event) {
                Became::Rejected(rejection) => assert!(rejection.message.contains(message), "{rejection}"),
                other => panic!("{event}: {other:?}"),
            }
        }
    }
    for table in tables() {
        let mut event = table.base.clone();
        event.as_object_mut().unwrap().extend(table.id.as_object().unwrap().clone());
        for (mapper, call) in mappers().iter().zip(table.calls) {
            let body = bodies(mapper, &event, call).remove(0);
            let known =
                ["email", "company_id", "event_name", "created", "created_at", "update_last_request_at"];
            let more: Vec<_> =
                body.as_object().unwrap().keys().filter(|key| !known.contains(&key.as_str())).collect();
            assert!(more.is_empty(), "{more:?}");
        }
    }
}

#[test]
fn tags_of_a_group_are_the_names_of_tags() {
    for mapper in mappers() {
        let event =
            json!({ "type": "group", "groupId": "g1", "context": { "traits": { "tags": ["a", "b"] } } });
        let names: Vec<Value> = bodies(&mapper, &event, "POST https://api.intercom.io/tags")
            .into_iter()
            .map(|body| body["name"].clone())
            .collect();
        assert_eq!(names, ["a", "b"]);
    }
}
