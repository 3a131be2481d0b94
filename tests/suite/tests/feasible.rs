//! Rejections before the first request, against all ways that responses can lead random steps.

mod graphs;

use std::collections::{BTreeSet, HashSet};

use graphs::{Call, Step, answers, mapping, send, steps};
use mapwright::{Outcome, Scratch, Spec};
use mapwright_tests::{NOW, bind, compile, sources};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A place in random steps, the round of the loop that it is in, and the captures that are set.
type State = (usize, Option<usize>, usize, u8);

/// Whether some responses lead a run past the last step without a date: found by trying all responses.
fn avoids_dates(steps: &[Step], items: usize) -> bool {
    let (mut open, mut seen): (Vec<State>, HashSet<State>) = (vec![(0, None, 0, 0)], HashSet::new());
    let holds = |when: Option<(usize, bool)>, set: u8| {
        when.is_none_or(|(capture, there)| (set & 1 << capture != 0) == there)
    };
    let with = |set: u8, capture: Option<usize>| capture.map_or(set, |capture| set | 1 << capture);
    // after the responses that there are: done or gone back, with a capture or without
    let answered = |call: &Call, set: u8, next: State, back: &dyn Fn(usize) -> State| {
        let mut states = vec![(next, set), (next, with(set, call.sets))];
        if let Some((capture, target)) = call.then {
            states.extend([(back(target), set), (back(target), with(set, capture))]);
        }
        states.into_iter().map(|((at, inner, round, _), set)| (at, inner, round, set)).collect::<Vec<State>>()
    };
    let sets_of = |calls: &[Call]| {
        calls
            .iter()
            .fold(0, |set, call| with(with(set, call.sets), call.then.and_then(|(capture, _)| capture)))
    };
    while let Some(state) = open.pop() {
        let (at, inner, round, set) = state;
        if !seen.insert(state) {
            continue;
        }
        let after = (at + 1, None, 0, set);
        match (steps.get(at), inner) {
            // the last step has no date
            (None, _) => return true,
            (Some(Step::Call(call)), _) => match holds(call.when, set) {
                false => open.push(after),
                true if call.dated => {}
                true => open.extend(answered(call, set, after, &|target| (target % steps.len(), None, 0, 0))),
            },
            (Some(Step::Looped(call)), None) if holds(call.when, set) && items > 0 => {
                open.push((at, Some(0), 0, set & !sets_of(std::slice::from_ref(call))));
            }
            (Some(Step::Looped(_)), None) => open.push(after),
            (Some(Step::Looped(call)), Some(0)) if !call.dated => {
                let end = (at, Some(1), round, 0);
                open.extend(answered(call, set, end, &|target| (target % steps.len(), None, 0, 0)));
            }
            (Some(Step::Looped(_)), Some(0)) => {}
            (Some(Step::Looped(call)), Some(_)) if round + 1 < items => {
                open.push((at, Some(0), round + 1, set & !sets_of(std::slice::from_ref(call))));
            }
            (Some(Step::Looped(_)), Some(_)) => open.push(after),
            (Some(Step::Group { when, looped, calls }), None) => match (holds(*when, set), looped) {
                (true, true) if items > 0 => open.push((at, Some(0), 0, set & !sets_of(calls))),
                (true, false) => open.push((at, Some(0), 0, set)),
                _ => open.push(after),
            },
            (Some(Step::Group { looped, calls, .. }), Some(place)) => match calls.get(place) {
                Some(call) if !holds(call.when, set) => open.push((at, Some(place + 1), round, set)),
                Some(call) if call.dated => {}
                Some(call) => {
                    let back = |target: usize| (at, Some(target % calls.len()), round, 0);
                    open.extend(answered(call, set, (at, Some(place + 1), round, 0), &back));
                }
                None if *looped && round + 1 < items => {
                    open.push((at, Some(0), round + 1, set & !sets_of(calls)));
                }
                None => open.push(after),
            },
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// A run whose date is wrong goes as one without a date, up to the first request that has one.
    #[test]
    fn an_event_is_rejected_first_only_if_no_answers_lead_it_past_the_rejection(
        steps in steps(),
        answers in answers(),
        items in 0..3_usize,
    ) {
        let files = sources(&mapping(&steps));
        prop_assume!(Spec::load(&files).check().is_ok());
        let mapper = bind(&compile(&files), "acme", json!({}));
        let event = |date: Value| {
            json!({ "type": "identify", "traits": { "items": vec![1; items], "date": date } }).to_string()
        };
        let (right, wrong) = (event(Value::Null), event(json!("never")));
        let shown = {
            let mut scratch = Scratch::new();
            match mapper.map(wrong.as_str(), NOW, &mut scratch) {
                Outcome::Mapped(mut run) => {
                    let requests = run.preview().unwrap();
                    Some(requests.iter().map(|request| request.instruction).collect::<BTreeSet<usize>>())
                }
                _ => None,
            }
        };
        if avoids_dates(&steps, items) {
            prop_assert!(shown.is_some(), "rejected, though there is a way\n{}", mapping(&steps));
        }
        for answers in &answers {
            let (all, end) = send(&mapper, &right, answers);
            let (sent, wrong_end) = send(&mapper, &wrong, answers);
            let Some(shown) = &shown else {
                prop_assert!(sent.is_empty(), "{sent:?}");
                continue;
            };
            let before: Vec<(usize, bool)> = all.iter().copied().take_while(|(_, dated)| !dated).collect();
            prop_assert_eq!(&sent, &before, "{}", mapping(&steps));
            match before.len() < all.len() {
                true => prop_assert!(wrong_end.starts_with("rejected"), "{wrong_end}"),
                false => prop_assert_eq!(wrong_end, end),
            }
            prop_assert!(sent.iter().all(|(instruction, _)| shown.contains(instruction)), "{}", mapping(&steps));
        }
    }
}

/// What the body of a round reads need not have been made for anything else.
#[test]
fn the_bodies_of_rounds_read_named_values_before_the_first_request() {
    let mapper = bind(
        &compile(&sources(
            r#"
message: identify
values: { list: [traits.list, traits.others] }
steps:
  find: { operation: find, capture: { id: response.body.id } }
  each: { operation: send, for_each: traits.items, body: { key: { from: item, as: email, when: $list } } }
"#,
        )),
        "acme",
        json!({}),
    );
    for (others, is_rejected) in [(json!([""]), true), (Value::Null, false)] {
        let event = json!({ "type": "identify", "traits": { "items": ["none"], "others": others } });
        let mut scratch = Scratch::new();
        let outcome = mapper.map(&event, NOW, &mut scratch);
        assert_eq!(matches!(outcome, Outcome::Rejected { .. }), is_rejected, "{event}");
    }
}
