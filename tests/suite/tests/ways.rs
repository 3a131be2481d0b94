//! The same event as text, as a parsed tree and with a trace is mapped to the same result, by every shipped mapping.

use mapwright::{Event, Mapper, Request, Response, Scratch};
use mapwright_tests::ends::{driven, explained, previewed};
use mapwright_tests::random::{otherwise_written, scalars};
use mapwright_tests::{bind, compile};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

/// Every request succeeds. With a conflict, the search finds nothing and the first creation gets a 409.
fn answer(request: &Request<'_>, conflict: bool) -> Response {
    let answers =
        json!({ "id": "i1", "data": [{ "id": "i2" }], "errors": [{ "message": "id=i3, archived" }] });
    let status = if conflict && request.step == "create_contact" { 409 } else { 200 };
    let empty = conflict && request.step == "find_contact";
    let body = if empty { b"{}".to_vec() } else { answers.to_string().into_bytes() };
    Response::new(status, [], body)
}

/// Names that mappings read, names that they omit, and unknown names.
const NAMES: [&str; 44] = [
    "email",
    "phone",
    "name",
    "firstName",
    "last_name",
    "avatar",
    "userId",
    "id",
    "role",
    "ownerId",
    "createdAt",
    "lastSeenAt",
    "unsubscribedFromEmails",
    "company",
    "tags",
    "size",
    "plan",
    "website",
    "industry",
    "monthlySpend",
    "remoteCreatedAt",
    "segments",
    "external_id",
    "company_id",
    "custom_attributes",
    "companies",
    "timestamp",
    "groupId",
    "remove",
    "address",
    "city",
    "a",
    "a_b",
    "a.b",
    "$set",
    "price",
    "amount",
    "currency",
    "url",
    "value",
    "ünïcode",
    "with \"quotes\"",
    "",
    "b",
];

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        1 => "[a-c.$_]{0,6}",
        1 => "[a-z]{180,200}",
    ]
}

fn objects(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::vec((names(), values), 0..9)
        .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>()))
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            2 => objects(inner),
        ]
    })
}

/// Often an object of traits, otherwise any value.
fn traits() -> impl Strategy<Value = Value> {
    prop_oneof![8 => objects(values()), 1 => values()]
}

prop_compose! {
    fn events()(
        kind in prop::sample::select(vec!["identify", "identify", "identify", "track", "group", "Group"]),
        top in prop::collection::vec((names(), values()), 0..4),
        traits in prop::option::weighted(0.8, traits()),
        of_context in prop::option::weighted(0.8, traits()),
        properties in prop::option::weighted(0.6, traits()),
        ids in prop::option::weighted(0.3, (
            prop::sample::select(vec!["email", "external_id", "user_id", "company_id"]), scalars())),
        retl in prop::option::weighted(0.2, scalars()),
        options in prop::option::weighted(0.3, prop_oneof![
            prop::sample::select(vec!["email", "external_id", "phone", "name", "a", "plan"]).prop_map(|lookup| json!({ "lookup": lookup })),
            scalars(),
        ]),
    ) -> Value {
        let mut event: Map<String, Value> = top.into_iter().collect();
        event.insert("type".into(), kind.into());
        event.entry("userId").or_insert_with(|| "u1".into());
        event.entry("event").or_insert_with(|| "Order Completed".into());
        event.entry("groupId").or_insert_with(|| "g1".into());
        let mut context = Map::new();
        let known = |name: &str, value: Option<Value>, into: &mut Map<String, Value>| {
            into.extend(value.map(|value| (name.to_owned(), value)));
        };
        known("traits", of_context, &mut context);
        known("mappedToDestination", retl, &mut context);
        known("externalId", ids.map(|(kind, id)| json!([{ "identifierType": kind, "type": kind, "id": id }])), &mut context);
        event.insert("context".into(), context.into());
        known("traits", traits, &mut event);
        known("properties", properties, &mut event);
        known("integrations", options.map(|options| json!({ "All": true, "Intercom": options })), &mut event);
        event.into()
    }
}

/// The mappers of all versions, for events that have a user only, or for anonymous ones too.
fn mappers(anonymous: bool) -> Vec<Mapper> {
    let plans = compile(&mapwright_builtin::sources());
    let numbers: Vec<&str> = plans.versions("intercom").map(|plan| plan.version()).collect();
    assert!(numbers.len() >= 2, "{numbers:?}");
    let settings = numbers.iter().map(|number| json!({ "apiVersion": number, "sendAnonymousId": anonymous }));
    settings.map(|settings| bind(&plans, "intercom", settings)).collect()
}

/// An event is mapped alike however it is given.
fn is_mapped_alike(mappers: &[Mapper]) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let given = (events(), prop::collection::vec(any::<u8>(), 1..60));
    let held = TestRunner::new(config).run(&given, |(event, rolls)| {
        let text = event.to_string();
        let mut rolls = rolls.iter().copied().cycle();
        let mut other = String::new();
        otherwise_written(&event, &mut || rolls.next().unwrap_or(0), &mut other);
        prop_assert_eq!(&serde_json::from_str::<Value>(&other).unwrap(), &event);
        let mut scratch = Scratch::new();
        for mapper in mappers {
            let of_text = previewed(mapper, Event::from(text.as_str()), &mut scratch);
            prop_assert_eq!(
                &of_text,
                &previewed(mapper, Event::Value(&event), &mut scratch),
                "text and tree"
            );
            prop_assert_eq!(
                &of_text,
                &explained(mapper, Event::from(text.as_str()), &mut scratch),
                "with a trace"
            );
            prop_assert_eq!(
                &of_text,
                &explained(mapper, Event::Value(&event), &mut scratch),
                "a tree with a trace"
            );
            let of_other = previewed(mapper, Event::from(other.as_str()), &mut scratch);
            prop_assert_eq!(of_other.normal(), of_text.normal(), "written in another way: {}", other);
            for conflict in [false, true] {
                let answer = |request: &Request<'_>, _| answer(request, conflict);
                let of_text = driven(mapper, Event::from(text.as_str()), &mut scratch, answer);
                prop_assert_eq!(
                    &of_text,
                    &driven(mapper, Event::Value(&event), &mut scratch, answer),
                    "text and tree"
                );
                let of_other = driven(mapper, Event::from(other.as_str()), &mut scratch, answer);
                prop_assert_eq!(of_other.normal(), of_text.normal(), "written in another way: {}", other);
            }
        }
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn an_event_is_mapped_alike_however_it_is_given() {
    is_mapped_alike(&mappers(false));
}

#[test]
fn an_event_is_mapped_alike_where_anonymous_ones_are_sent_too() {
    is_mapped_alike(&mappers(true));
}
