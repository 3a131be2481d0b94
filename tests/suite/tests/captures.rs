//! Which captures can be set where: what the check says of it and what a preview shows, against what runs do.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use mapwright::{Mapper, Outcome, Progress, Response, Scratch, Spec};
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
  whole: { operation: send, when: payload.link, body: link }
  known: { operation: send, when: 'payload.link.user == "u1"', body: { of: { value: known } } }
  never: { operation: send, when: 'payload.link.user == "u2"', body: { of: { value: never } } }
"#,
        json!({}),
    );
    let shown: Vec<Option<String>> = previewed(&mapper, &event()).into_iter().map(|(_, when)| when).collect();
    let when = |text: &str| Some(text.to_owned());
    assert_eq!(shown, [None, when("payload.link.id"), when("payload.link"), None]);
    let (sent, end) = drive(&mapper, &event(), &vec![(200, json!({ "id": 1 })); 4]);
    assert_eq!((sent.len(), end.as_str()), (4, "done"));
}

/// A looped step goes on at a step outside of its loop, from which the loop begins anew.
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

/// How many captures the random steps have.
const CAPTURES: usize = 3;

/// A step that calls.
#[derive(Debug, Clone)]
struct Call {
    /// A capture, and whether the step is made when it is there or when it is not.
    when: Option<(usize, bool)>,
    sets: Option<usize>,
    /// On a 404: what is captured, and the step of the same group that is next.
    then: Option<(Option<usize>, usize)>,
}

#[derive(Debug, Clone)]
enum Step {
    Call(Call),
    /// One call for each item.
    Looped(Call),
    Group {
        when: Option<(usize, bool)>,
        looped: bool,
        calls: Vec<Call>,
    },
}

fn call() -> impl Strategy<Value = Call> {
    let capture = 0..CAPTURES;
    let when = prop::option::of((capture.clone(), any::<bool>()));
    let sets = prop::option::of(capture.clone());
    let then = prop::option::of((prop::option::of(capture), 0..6_usize));
    (when, sets, then).prop_map(|(when, sets, then)| Call { when, sets, then })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let when = prop::option::of((0..CAPTURES, any::<bool>()));
    let group = (when, any::<bool>(), prop::collection::vec(call(), 1..4));
    let step = prop_oneof![
        4 => call().prop_map(Step::Call),
        1 => call().prop_map(Step::Looped),
        1 => group.prop_map(|(when, looped, calls)| Step::Group { when, looped, calls }),
    ];
    prop::collection::vec(step, 1..6)
}

fn write_guard(text: &mut String, when: Option<(usize, bool)>) {
    if let Some((capture, there)) = when {
        let key = if there { "when" } else { "unless" };
        let _ = write!(text, ", {key}: captures.c{capture}");
    }
}

fn write_call(text: &mut String, name: &str, group: &str, size: usize, call: &Call, looped: bool) {
    let _ = write!(text, "{name}: {{ operation: send");
    if looped {
        text.push_str(", for_each: traits.items");
    }
    write_guard(text, call.when);
    if let Some(capture) = call.sets {
        let _ = write!(text, r#", capture: {{ c{capture}: "response.body.c{capture}" }}"#);
    }
    if let Some((capture, target)) = call.then {
        text.push_str(", on: { status: 404");
        if let Some(capture) = capture {
            let _ = write!(text, r#", capture: {{ c{capture}: "response.body.c{capture}" }}"#);
        }
        let _ = write!(text, ", then: {group}{} }}", target % size);
    }
    text.push_str(" }\n");
}

/// A mapping of these steps, after a step that sets no capture; one at the end could set all of them, so that every name is known.
fn mapping(steps: &[Step]) -> String {
    let mut text = String::from("message: identify\nsteps:\n");
    for (at, step) in steps.iter().enumerate() {
        text.push_str("  ");
        match step {
            Step::Call(call) => write_call(&mut text, &format!("s{at}"), "s", steps.len(), call, false),
            Step::Looped(call) => write_call(&mut text, &format!("s{at}"), "s", steps.len(), call, true),
            Step::Group { when, looped, calls } => {
                let mut head = String::from("description: a group");
                if *looped {
                    head.push_str(", for_each: traits.items");
                }
                write_guard(&mut head, *when);
                let _ = write!(text, "s{at}: {{ {head}, steps: {{\n");
                for (inner, call) in calls.iter().enumerate() {
                    let mut line = String::new();
                    let group = format!("s{at}_");
                    write_call(&mut line, &format!("{group}{inner}"), &group, calls.len(), call, false);
                    let _ = write!(text, "    {},\n", line.trim_end());
                }
                text.push_str("  } }\n");
            }
        }
    }
    let all: Vec<String> = (0..CAPTURES).map(|capture| format!("c{capture}: response.body.id")).collect();
    let _ = write!(text, "  last: {{ operation: send, capture: {{ {} }} }}\n", all.join(", "));
    text
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

/// The conditions that read a capture which is never set there, as the findings say it.
fn never_set(steps: &[Step]) -> BTreeSet<String> {
    let reachable = reachable(steps);
    let mut found = BTreeSet::new();
    let mut ask = |at: At, name: String, when: Option<(usize, bool)>| {
        if let Some((capture, _)) = when
            && !reachable.iter().any(|(place, set)| *place == at && set & 1 << capture != 0)
        {
            found.insert(format!("`{name}` reads the capture `c{capture}`, which no step before it sets"));
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

/// The steps, by their instructions, that a run sends to these answers: a status, and which captures the body has.
fn sends(mapper: &Mapper, event: &str, answers: &[(bool, u8)]) -> Vec<usize> {
    let mut scratch = Scratch::new();
    let Outcome::Mapped(mut run) = mapper.map(event, NOW, &mut scratch) else { panic!("not mapped") };
    let mut sent = Vec::new();
    for (missing, captures) in answers {
        let Some(request) = run.request().unwrap() else { break };
        sent.push(request.instruction);
        let members = (0..CAPTURES).filter(|capture| captures & 1 << capture != 0);
        let body: serde_json::Map<String, Value> =
            members.map(|capture| (format!("c{capture}"), json!(capture + 1))).collect();
        let status = if *missing { 404 } else { 200 };
        let body = Value::Object(body).to_string().into_bytes();
        match run.respond(&Response { status, headers: Vec::new(), body }, NOW) {
            Ok(Progress::Next) => {}
            _ => break,
        }
    }
    sent
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn the_check_reports_just_the_captures_that_no_way_sets(steps in steps()) {
        let files = sources(&mapping(&steps));
        let found: BTreeSet<String> = match Spec::load(&files).check() {
            Ok(_) => BTreeSet::new(),
            Err(found) => {
                prop_assert!(found.findings.iter().all(|finding| finding.rule.id == "capture-before-set"), "{found}");
                found.findings.iter().map(|finding| finding.message.clone()).collect()
            }
        };
        prop_assert_eq!(found, never_set(&steps), "{}", mapping(&steps));
    }

    #[test]
    fn a_preview_shows_whatever_a_run_can_send(
        steps in steps(),
        answers in prop::collection::vec(prop::collection::vec((any::<bool>(), 0..8_u8), 1..30), 1..20),
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
            for sent in sends(&mapper, &event, answers) {
                prop_assert!(shown.contains(&sent), "{sent} is not in {shown:?}\n{}", mapping(&steps));
            }
        }
    }
}
