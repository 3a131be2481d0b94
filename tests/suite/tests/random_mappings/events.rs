//! Random events with the names that random mappings read.

use mapwright_tests::random::scalars;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Names of members.
const NAMES: [&str; 9] = ["a", "b", "email", "date", "list", "o", "plan", "street", "odd key"];

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            1 => prop::collection::vec(
                prop::collection::vec((prop::sample::select(&NAMES[..]), inner.clone()), 0..3)
                    .prop_map(object),
                0..3,
            ).prop_map(Value::from),
            2 => prop::collection::vec((prop::sample::select(&NAMES[..]), inner), 0..5).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&str, Value)>) -> Value {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

/// Returns an object of random members, or now and then any value.
fn objects() -> impl Strategy<Value = Value> {
    let members = prop::collection::vec((prop::sample::select(&NAMES[..]), values()), 0..8);
    prop_oneof![12 => members.prop_map(object), 1 => values()]
}

prop_compose! {
    /// Returns a random identify event.
    pub fn events()(
        user in prop::option::weighted(0.8, scalars()),
        traits in prop::option::weighted(0.9, objects()),
        context in prop::option::weighted(0.7, objects()),
        properties in prop::option::weighted(0.7, objects()),
        lookup in prop::option::weighted(0.3, scalars()),
    ) -> Value {
        let mut event = Map::new();
        event.insert("type".into(), "identify".into());
        let members = [
            ("userId", user),
            ("traits", traits),
            ("context", context.map(|traits| json!({ "traits": traits }))),
            ("properties", properties),
            ("integrations", lookup.map(|lookup| json!({ "All": true, "Acme": { "lookup": lookup } }))),
        ];
        event.extend(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        event.into()
    }
}
