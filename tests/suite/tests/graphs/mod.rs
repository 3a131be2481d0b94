//! Random steps, with conditions, captures, ways back and loops.

use std::fmt::Write as _;

use mapwright::{Mapper, Outcome, Progress, Response, Scratch};
use mapwright_tests::NOW;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What all of them have before their steps.
const HEAD: &str = "message: identify
payload:
  plain: { id: { value: 1 } }
  dated: { dated: { value: true }, date: { from: traits.date, as: unix_seconds } }
steps:
";

/// How many captures the random steps have.
pub const CAPTURES: usize = 3;

/// A step that calls.
#[derive(Debug, Clone)]
pub struct Call {
    /// A capture, and whether the step is made when it is there or when it is not.
    pub when: Option<(usize, bool)>,
    pub sets: Option<usize>,
    /// On a 404: what is captured, and the step of the same group that is next.
    pub then: Option<(Option<usize>, usize)>,
    /// Whether its body has a date.
    pub dated: bool,
}

#[derive(Debug, Clone)]
pub enum Step {
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
    let dated = prop::bool::weighted(0.3);
    (when, sets, then, dated).prop_map(|(when, sets, then, dated)| Call { when, sets, then, dated })
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
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
    let body = if call.dated { "dated" } else { "plain" };
    let _ = write!(text, "{name}: {{ operation: send, body: {body}");
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
pub fn mapping(steps: &[Step]) -> String {
    let mut text = String::from(HEAD);
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
                let _ = writeln!(text, "s{at}: {{ {head}, steps: {{");
                for (inner, call) in calls.iter().enumerate() {
                    let mut line = String::new();
                    let group = format!("s{at}_");
                    write_call(&mut line, &format!("{group}{inner}"), &group, calls.len(), call, false);
                    let _ = writeln!(text, "    {},", line.trim_end());
                }
                text.push_str("  } }\n");
            }
        }
    }
    let all: Vec<String> = (0..CAPTURES).map(|capture| format!("c{capture}: response.body.id")).collect();
    let _ = writeln!(text, "  last: {{ operation: send, capture: {{ {} }} }}", all.join(", "));
    text
}

/// The requests, by their instructions and with whether they have a date, that a run sends to these responses: whether the status is 404, and
/// which captures the body has. Then how it ends.
pub fn send(mapper: &Mapper, event: &str, answers: &[(bool, u8)]) -> (Vec<(usize, bool)>, String) {
    let mut scratch = Scratch::new();
    let mut sent = Vec::new();
    let mut run = match mapper.map(event, NOW, &mut scratch) {
        Outcome::Mapped(run) => run,
        other => return (sent, format!("{other:?}")),
    };
    let mut answers = answers.iter();
    loop {
        match run.request() {
            Ok(Some(request)) => {
                let body = request.json().unwrap_or_default();
                sent.push((request.instruction, body.starts_with(br#"{"dated""#)));
            }
            Ok(None) => return (sent, "done".to_owned()),
            Err(rejection) => return (sent, format!("rejected: {rejection}")),
        }
        let Some((missing, captures)) = answers.next() else { return (sent, "no response".to_owned()) };
        let members = (0..CAPTURES).filter(|capture| captures & 1 << capture != 0);
        let body: serde_json::Map<String, Value> =
            members.map(|capture| (format!("c{capture}"), json!(capture + 1))).collect();
        let status = if *missing { 404 } else { 200 };
        let body = Value::Object(body).to_string().into_bytes();
        match run.respond(&Response::new(status, [], body), NOW) {
            Ok(Progress::Next) => {}
            other => return (sent, format!("{other:?}")),
        }
    }
}

pub fn answers() -> impl Strategy<Value = Vec<Vec<(bool, u8)>>> {
    prop::collection::vec(prop::collection::vec((any::<bool>(), 0..8_u8), 1..30), 1..20)
}
