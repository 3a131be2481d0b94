//! Random mappings with random events: a preview, an explanation and a run say the same of an event as text, as a tree and in another
//! spelling.
//!
//! `PROPTEST_CASES=100000 cargo test --profile long -p mapwright-tests --test random_mappings` is the long form.

mod events;
mod mappings;

use std::sync::Arc;

use mapwright::{Event, Mapper, Request, Response, Scratch, Spec};
use mapwright_tests::ends::{driven, driven_owned, explained, previewed};
use mapwright_tests::random::otherwise_written;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};

use events::events;
use mappings::{Mapping, SETTINGS, mappings};

/// Returns the number of mappings, which `PROPTEST_CASES` overrides.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

/// Compiles a mapping, if it has no errors: for runs, and for runs that count what they reach.
fn compiled(mapping: &Mapping) -> Option<[Mapper; 2]> {
    let plans = Spec::load(&mapping.sources()).check().ok()?.compile();
    let settings: Value = serde_saphyr::from_str(SETTINGS).unwrap();
    let plan = plans.plan("acme", None, &settings).unwrap();
    let counted = plan.bind_counted(&settings, &Arc::new(plan.tally())).unwrap();
    Some([plan.bind(&settings).unwrap(), counted])
}

/// Answers with an id, a list and a status that depend on the step and on how many requests came before.
fn answer(request: &Request<'_>, before: usize, seed: u8) -> Response {
    let roll = usize::from(seed) + before * 7 + request.step.len();
    let status = [200, 200, 404, 201, 409, 200][roll % 6];
    let body = match roll % 4 {
        0 => json!({ "id": "i1", "n": 5, "data": [{ "id": "i2" }] }),
        1 => json!({ "id": null, "data": [] }),
        2 => json!({ "id": { "x": 1 }, "n": "twelve" }),
        _ => json!({}),
    };
    let headers = vec![("X-Id".to_owned(), "h1".to_owned())];
    Response::new(status, headers, body.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        max_global_rejects: u32::MAX,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_way_to_map_an_event_says_the_same(
        mapping in mappings(),
        events in prop::collection::vec(events(), 1..4),
        rolls in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let mapper = compiled(&mapping);
        prop_assume!(mapper.is_some());
        let [mapper, counted] = &mapper.unwrap();
        let mut scratch = Scratch::new();
        for event in &events {
            let text = event.to_string();
            let mut rolls = rolls.iter().copied().cycle();
            let mut other = String::new();
            otherwise_written(event, &mut || rolls.next().unwrap_or(0), &mut other);
            let preview = previewed(mapper, Event::from(text.as_str()), &mut scratch);
            prop_assert_eq!(&preview, &previewed(mapper, Event::Value(event), &mut scratch), "text and tree");
            prop_assert_eq!(&preview, &explained(mapper, Event::from(text.as_str()), &mut scratch), "with a trace");
            prop_assert_eq!(&preview, &explained(mapper, Event::Value(event), &mut scratch), "a tree with a trace");
            prop_assert_eq!(&preview, &previewed(counted, Event::from(text.as_str()), &mut scratch), "counted");
            let spelt = previewed(mapper, Event::from(other.as_str()), &mut scratch);
            prop_assert_eq!(spelt.normal(), preview.clone().normal(), "written in another way: {}", other);
            for seed in 0..3 {
                let answer = |request: &Request<'_>, before| answer(request, before, seed);
                let run = driven(mapper, Event::from(text.as_str()), &mut scratch, answer);
                prop_assert_eq!(&run, &driven(mapper, Event::Value(event), &mut scratch, answer), "text and tree");
                prop_assert_eq!(&run, &driven_owned(mapper, &text, answer), "borrowed and owned");
                prop_assert_eq!(&run, &driven(counted, Event::from(text.as_str()), &mut scratch, answer), "counted");
                let spelt = driven(mapper, Event::from(other.as_str()), &mut scratch, answer);
                prop_assert_eq!(spelt.normal(), run.clone().normal(), "written in another way: {}", other);
                // the first request depends on no response, so that a preview knows it exactly
                if let Some(first) = run.requests.first() {
                    prop_assert_eq!(Some(first), preview.requests.first(), "the first request");
                }
            }
        }
    }
}

#[test]
fn most_random_mappings_are_valid() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = mappings();
    let mut random = || strategy.new_tree(&mut runner).unwrap().current();
    let valid = (0..100).filter(|_| compiled(&random()).is_some()).count();
    assert!(valid >= 60, "{valid} of 100 random mappings are valid");
}
