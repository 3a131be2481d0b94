//! Which captures can be set where: what the check says of it and what a preview shows, against what runs do.

mod graphs;

use std::collections::{BTreeSet, HashSet};

use graphs::{Call, Step, answers, mapping, send, steps};
use mapwright::{Mapper, Outcome, Scratch, Spec};
use mapwright_tests::{NOW, bind, compile, drive, findings, mapper, preview, sources};
use proptest::prelude::*;
use serde_json::{Value, json};

fn previewed(mapper: &Mapper, event: &Value) -> Vec<(String, Option<String>)> {
    preview(mapper, event).sent().into_iter().map(|sent| (sent.line, sent.when)).collect()
}

fn event() -> Value {
    json!({ "type": "identify", "userId": "u1", "traits": { "items": [{ "kind": "a" }, { "kind": "b" }] } })
}

#[test]
fn a_way_back_takes_what_another_way_back_has_captured() {
    let mapper = mapper(
        r#"
message: identify
steps:
  a: { operation: find, when: captures.z, query: { z: captures.z } }
  b: { operation: get, params: { id: userId }, on: { status: 409, then: a } }
  c: { operation: send, on: { status: 404, capture: { z: response.body.z }, then: b } }
"#,
        json!({}),
    );
    let shown = previewed(&mapper, &event());
    let url = |path: &str| format!("https://api.acme.example.com/{path}");
    assert_eq!(
        shown,
        [
            (format!("GET {}", url("things?z=%7Bz%7D")), Some("captures.z".to_owned())),
            (format!("GET {}", url("things/u1")), None),
            (format!("POST {}", url("send")), None),
        ]
    );
    let answers = [200, 404, 409, 200, 200, 200].map(|status| (status, json!({ "z": 1 })));
    let (sent, end) = drive(&mapper, &event(), &answers);
    let lines: Vec<&str> = sent.iter().map(|sent| sent.line.as_str()).collect();
    assert_eq!(end, "done");
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[3], format!("GET {}", url("things?z=1")));
}

#[test]
fn a_capture_is_reported_where_no_way_can_have_set_it() {
    for (steps, reported) in [
        (
            "a: { operation: send, when: captures.z }\n  b: { operation: send, capture: { z: response.body.z } }",
            true,
        ),
        // the step's own response comes after its condition, and before its warnings
        ("a: { operation: send, when: captures.z, capture: { z: response.body.z } }", true),
        (
            "a: { operation: send, capture: { z: response.body.z }, warn: [{ when: captures.z, code: c, message: m }] }",
            false,
        ),
        (
            "a: { operation: send, on: { status: 202, class: done, capture: { z: response.body.z } }, capture: { y: captures.z } }",
            false,
        ),
        // what is captured on the way to another step is not there on the way to the next
        (
            "a: { operation: send, on: { status: 404, capture: { z: response.body.z }, then: c } }\n  \
             b: { operation: send, when: captures.z }\n  c: { operation: send }",
            true,
        ),
        // each round forgets
        (
            "a:\n    for_each: traits.items\n    steps:\n      b: { operation: send, when: captures.z }\n      \
             c: { operation: send, capture: { z: response.body.z } }",
            true,
        ),
        (
            "a:\n    for_each: traits.items\n    steps:\n      b: { operation: send, when: captures.z }\n      \
             c: { operation: send, on: { status: 404, capture: { z: response.body.z }, then: b } }",
            false,
        ),
        (
            "a: { operation: send, for_each: traits.items, capture: { z: response.body.z } }\n  \
             b: { operation: send, when: captures.z }",
            false,
        ),
    ] {
        let found = findings(&sources(&format!("message: identify\nsteps:\n  {steps}\n")));
        assert_eq!(found.contains("capture-before-set"), reported, "{steps}\n{found}");
    }
}

#[test]
fn a_step_of_a_loop_is_shown_where_its_condition_asks_for_the_item() {
    let mapper = mapper(
        r#"
message: identify
steps:
  each:
    for_each: traits.items
    steps:
      look: { operation: find, when: 'item.kind == "a"', capture: { id: response.body.id } }
      put: { operation: send, when: captures.id }
"#,
        json!({}),
    );
    // of the second item, nothing is looked for and nothing can be captured
    let shown: Vec<Option<String>> = previewed(&mapper, &event()).into_iter().map(|(_, when)| when).collect();
    assert_eq!(shown, [None, Some("captures.id".to_owned())]);
}

#[test]
fn a_step_is_shown_where_its_condition_asks_for_a_part_that_holds_a_capture() {
    let mapper = mapper(
        r#"
message: identify
payload:
  link: { id: captures.id, label: { template: "x{{ captures.id }}" }, user: userId }
steps:
  look: { operation: find, capture: { id: response.body.id } }
  field: { operation: send, when: payload.link.id, body: { of: { value: field } } }
  text: { operation: send, when: 'payload.link.label == "x1"', body: { of: { value: text } } }
  whole: { operation: send, when: payload.link, body: link }
  known: { operation: send, when: 'payload.link.user == "u1"', body: { of: { value: known } } }
  never: { operation: send, when: 'payload.link.user == "u2"', body: { of: { value: never } } }
"#,
        json!({}),
    );
    let shown: Vec<Option<String>> = previewed(&mapper, &event()).into_iter().map(|(_, when)| when).collect();
    let when = |text: &str| Some(text.to_owned());
    assert_eq!(
        shown,
        [None, when("payload.link.id"), when(r#"payload.link.label == "x1""#), when("payload.link"), None]
    );
    let (sent, end) = drive(&mapper, &event(), &vec![(200, json!({ "id": 1 })); 5]);
    assert_eq!((sent.len(), end.as_str()), (5, "done"));
}

/// A looped step continues at a step outside of its loop, from which the loop begins again.
#[test]
fn a_step_after_a_loop_reads_what_its_last_round_has_captured() {
    let text = r#"
message: identify
payload: { thing: { id: captures.id, always: { value: true } } }
steps:
  all:
    for_each: properties.list
    steps:
      find: { operation: find, query: { of: item }, capture: { id: response.body.id } }
  save: { operation: send, body: thing }
"#;
    let mapper = mapper(text, json!({}));
    let saved = |answers: &[Value]| {
        let list: Vec<usize> = (0..answers.len()).collect();
        let event = json!({ "type": "identify", "properties": { "list": list } });
        let answers: Vec<(u16, Value)> = answers.iter().map(|answer| (200, answer.clone())).collect();
        drive(&mapper, &event, &answers).0.pop().unwrap().body
    };
    let (first, last, none) = (json!({ "id": "first" }), json!({ "id": "last" }), json!({}));
    assert_eq!(saved(&[first.clone(), last]), json!({ "id": "last", "always": true }));
    assert_eq!(saved(&[first, none]), json!({ "always": true }));
    assert_eq!(saved(&[]), json!({ "always": true }));
}

#[test]
fn a_jump_out_of_a_loop_ends_the_loop() {
    let mapper = mapper(
        r#"
message: identify
steps:
  outer:
    for_each: traits.items
    steps:
      first: { operation: find, query: { of: item.kind } }
      inner:
        operation: get
        for_each: { list: [{ value: x }, { value: y }] }
        params: { id: item }
        on: { status: 404, then: first }
  last: { operation: send }
"#,
        json!({}),
    );
    let statuses = [200, 404, 200, 200, 200, 200, 200, 200, 200];
    let (sent, end) = drive(&mapper, &event(), &statuses.map(|status| (status, json!({}))));
    let lines: Vec<&str> = sent.iter().map(|sent| sent.line.rsplit('/').next().unwrap()).collect();
    assert_eq!(end, "done");
    assert_eq!(lines, ["things?of=a", "x", "things?of=a", "x", "y", "things?of=b", "x", "y", "send"]);
}

/// A place in the steps: the step, and in a group the call, or one past its last.
type At = (usize, Option<usize>);

/// A set of captures.
type Set = u8;

fn with(set: Set, capture: Option<usize>) -> Set {
    capture.map_or(set, |capture| set | 1 << capture)
}

/// What a group or looped step sets.
fn sets_of(calls: &[Call]) -> Set {
    calls.iter().fold(0, |set, call| with(with(set, call.sets), call.then.and_then(|(capture, _)| capture)))
}

/// Every place with every set of captures with which it can be reached, whatever conditions and responses say: found by trying all.
fn reachable(steps: &[Step]) -> HashSet<(At, Set)> {
    let mut seen = HashSet::new();
    let mut open: Vec<(At, Set)> = vec![((0, None), 0)];
    while let Some((at, set)) = open.pop() {
        if !seen.insert((at, set)) {
            continue;
        }
        let next = |inner: Option<usize>| match inner {
            Some(inner) => (at.0, Some(inner + 1)),
            None => (at.0 + 1, None),
        };
        let mut after = |call: &Call, group: usize, inner: Option<usize>, set: Set| {
            let jump = call.then.map(|(capture, target)| {
                let target = target % group;
                let to = if inner.is_some() { (at.0, Some(target)) } else { (target, None) };
                (to, with(set, capture))
            });
            open.extend(jump);
            open.push((next(inner), set));
            (next(inner), with(set, call.sets))
        };
        let reached = match (steps.get(at.0), at.1) {
            (None, _) => continue,
            (Some(Step::Call(call)), _) => vec![after(call, steps.len(), None, set)],
            // each round forgets what the call has set
            (Some(Step::Looped(call)), _) => {
                let forgotten = set & !sets_of(std::slice::from_ref(call));
                let done = after(call, steps.len(), None, forgotten);
                vec![done, ((at.0 + 1, None), set)]
            }
            (Some(Step::Group { looped, calls, .. }), None) => {
                let inside = if *looped { set & !sets_of(calls) } else { set };
                vec![((at.0, Some(0)), inside), ((at.0 + 1, None), set)]
            }
            (Some(Step::Group { looped, calls, .. }), Some(inner)) => match calls.get(inner) {
                Some(call) => vec![after(call, calls.len(), Some(inner), set)],
                None if *looped => vec![((at.0, Some(0)), set & !sets_of(calls)), ((at.0 + 1, None), set)],
                None => vec![((at.0 + 1, None), set)],
            },
        };
        open.extend(reached);
    }
    seen
}

/// The first conditions that read a capture which is never set there, as the findings say it.
fn never_set(steps: &[Step]) -> BTreeSet<String> {
    let reachable = reachable(steps);
    let (mut found, mut told) = (BTreeSet::new(), BTreeSet::new());
    let mut ask = |at: At, name: String, when: Option<(usize, bool)>| {
        if let Some((capture, _)) = when
            && !reachable.iter().any(|(place, set)| *place == at && set & 1 << capture != 0)
            && told.insert(capture)
        {
            found.insert(format!("step `{name}` reads the capture `c{capture}` before any step sets it"));
        }
    };
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Call(call) | Step::Looped(call) => ask((at, None), format!("s{at}"), call.when),
            Step::Group { when, calls, .. } => {
                ask((at, None), format!("s{at}"), *when);
                for (inner, call) in calls.iter().enumerate() {
                    ask((at, Some(inner)), format!("s{at}_{inner}"), call.when);
                }
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn the_check_reports_just_the_captures_that_no_way_sets(steps in steps()) {
        let files = sources(&mapping(&steps));
        let found: BTreeSet<String> = match Spec::load(&files).check() {
            Ok(_) => BTreeSet::new(),
            Err(found) => {
                // a step that continues with itself is another matter
                let (others, found_here): (Vec<_>, Vec<_>) =
                    found.findings.iter().partition(|finding| finding.message.contains("continues with itself"));
                prop_assert!(found_here.iter().all(|finding| finding.rule.id == "capture-before-set"), "{found}");
                prop_assert!(others.iter().all(|finding| finding.rule.id == "invalid-value"), "{found}");
                found_here.iter().map(|finding| finding.message.clone()).collect()
            }
        };
        prop_assert_eq!(found, never_set(&steps), "{}", mapping(&steps));
    }

    #[test]
    fn a_preview_shows_whatever_a_run_can_send(
        steps in steps(),
        answers in answers(),
        items in 0..3_usize,
    ) {
        let files = sources(&mapping(&steps));
        // conditions that are never true are reported; without them, the steps are always made
        prop_assume!(Spec::load(&files).check().is_ok());
        let mapper = bind(&compile(&files), "acme", json!({}));
        let event = json!({ "type": "identify", "traits": { "items": vec![1; items] } }).to_string();
        let shown: BTreeSet<usize> = {
            let mut scratch = Scratch::new();
            let Outcome::Mapped(mut run) = mapper.map(event.as_str(), NOW, &mut scratch) else { panic!("not mapped") };
            run.preview().unwrap().iter().map(|request| request.instruction).collect()
        };
        for answers in &answers {
            for (sent, _) in send(&mapper, &event, answers).0 {
                prop_assert!(shown.contains(&sent), "{sent} is not in {shown:?}\n{}", mapping(&steps));
            }
        }
    }
}
