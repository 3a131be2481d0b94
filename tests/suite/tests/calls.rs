//! Calls of an SDK: what an event becomes, what its steps may say, and who refuses it.

use std::fmt::Write as _;

use mapwright::{
    Became, CALLS, Calls, FaultOf, Limits, Mapper, Outcome, OwnedOutcome, Run, Schemas, Scratch, SdkCall,
    Sources, Spec, StepVerdict, TestRun,
};
use mapwright_tests::{NOW, bind, compile, files, findings, list, sources, workspace};
use mapwright_validate::{Options, validate};
use serde_json::{Value, json};

const VERSION: &str = r#"
version: "1.0"
server: { value: https://api.acme.example.com }
operations:
  send: { method: POST, path: /send }
  update: { call: Chat.update, arguments: [payload.user] }
  track: { call: Chat.track, arguments: [event, payload.metadata] }
"#;

/// The files of a destination whose operations are requests and calls.
fn chat(identify: &str) -> Sources {
    let mut files = sources(identify);
    files.insert("mappings/acme/1.0/version.yaml", VERSION);
    files
}

fn mapper(identify: &str, settings: Value) -> Mapper {
    bind(&compile(&chat(identify)), "acme", settings)
}

fn made(mapper: &Mapper, event: &Value) -> Calls {
    match mapper.map(event, NOW, &mut Scratch::new()) {
        Outcome::Calls(calls) => calls,
        other => panic!("{other:?}"),
    }
}

/// Calls as text: `Chat.track("Opened")`.
fn shown(calls: &[SdkCall]) -> Vec<String> {
    let text = |call: &SdkCall| {
        let list = std::str::from_utf8(call.json()).unwrap();
        format!("{}: {}({})", call.step, call.function, &list[1..list.len() - 1])
    };
    calls.iter().map(text).collect()
}

const USERS: &str = r#"
message: identify
payload:
  user: { id: userId, email: traits.email }
  metadata: { plan: traits.plan }
steps:
  update: { operation: update }
  rename: { operation: update, when: traits.name, arguments: [{ name: traits.name }] }
  each:
    for_each: traits.events
    where: item.name
    steps:
      report: { operation: track, arguments: [item.name, item.at, traits.none, item.total] }
      count: { operation: track, unless: item.at, arguments: [{ join: [item.name, userId], with: "/" }, payload.metadata] }
"#;

#[test]
fn an_event_becomes_all_its_calls_in_order() {
    let mapper = mapper(USERS, json!({}));
    let event = json!({
        "type": "identify", "userId": "u1",
        "traits": { "email": "a@example.com", "name": "Ada", "plan": "pro",
            "events": [{ "name": "a" }, { "at": 1 }, { "name": "b", "at": 2, "total": 3.50 }] },
    });
    let expected = [
        r#"update: Chat.update({"id":"u1","email":"a@example.com"})"#,
        r#"rename: Chat.update({"name":"Ada"})"#,
        r#"report: Chat.track("a")"#,
        r#"count: Chat.track("a/u1",{"plan":"pro"})"#,
        r#"report: Chat.track("b",2,null,3.5)"#,
    ];
    let calls = made(&mapper, &event);
    assert_eq!(shown(&calls.calls), expected);
    assert_eq!((calls.message.as_str(), calls.warnings.len()), ("identify", 0));
    // the same of an owned event, of bytes and of an explanation
    let text = event.to_string();
    let OwnedOutcome::Calls { calls: owned, .. } = mapper.start(text.as_str(), NOW, Scratch::new()) else {
        panic!()
    };
    assert_eq!(owned, calls);
    let explained = mapper.explain(text.as_str(), NOW, &mut Scratch::new());
    let Became::Calls(previewed) = explained.became else { panic!("{:?}", explained.became) };
    assert_eq!(previewed, calls.calls);
    let verdicts: Vec<_> =
        explained.steps.iter().map(|step| (step.step.as_str(), step.verdict == StepVerdict::Made)).collect();
    assert_eq!(
        verdicts,
        [
            ("update", true),
            ("rename", true),
            ("report", true),
            ("count", true),
            ("report", true),
            ("count", false)
        ]
    );
    let values: Vec<Value> = calls.calls[4].arguments();
    assert_eq!(values, [json!("b"), json!(2), Value::Null, json!(3.5)]);
}

#[test]
fn arguments_that_are_missing_keep_the_place_of_others() {
    let mapping = |arguments: &str| {
        format!(
            "message: identify\npayload: {{ user: {{ id: traits.id }} }}\nsteps: {{ send: {{ operation: update, arguments: {arguments} }} }}\n"
        )
    };
    let mut text = String::new();
    for arguments in [
        "[]",
        "[payload.user]",
        "[payload.user, traits.name]",
        "[traits.name, payload.user]",
        "[traits.none, traits.none]",
        "[traits.none, { value: null }]",
        "[{ from: traits.none, default: 1 }, [traits.none, traits.name]]",
        "[{ list: [traits.none, traits.name] }, { each: traits.tags, to: item }]",
        "[{ from: traits.name, when: traits.none }, { template: '{{ traits.name }}!' }]",
        "[{ from: traits.empty, keep: empty }]",
        "[traits.empty, settings.region, now]",
    ] {
        let mapper = mapper(&mapping(arguments), json!({}));
        let full = json!({ "type": "identify", "traits": { "id": 1, "name": "Ada", "tags": ["x", null], "empty": "" } });
        let none = json!({ "type": "identify" });
        for event in [full, none] {
            let calls = made(&mapper, &event).calls;
            let Became::Calls(previewed) = mapper.explain(&event, NOW, &mut Scratch::new()).became else {
                panic!()
            };
            assert_eq!(previewed, calls);
            writeln!(text, "{arguments}  {}", shown(&calls)[0].replace("send: Chat.update", "")).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn an_event_that_cannot_make_a_call_makes_none() {
    let mapping = r#"
message: identify
payload: { user: { id: { from: traits.id, as: integer } } }
steps:
  track: { operation: track, arguments: [{ value: first }] }
  update: { operation: update }
"#;
    let mapper = mapper(mapping, json!({}));
    for (id, ok) in [("7", true), ("x", false)] {
        let event = json!({ "type": "identify", "traits": { "id": id } });
        let explained = mapper.explain(&event, NOW, &mut Scratch::new()).became;
        match mapper.map(&event, NOW, &mut Scratch::new()) {
            Outcome::Calls(calls) if ok => assert_eq!(calls.calls.len(), 2),
            Outcome::Rejected { rejection, message, .. } if !ok => {
                assert_eq!((rejection.code.as_str(), message.as_str()), ("invalid_value", "identify"));
                assert_eq!(rejection.field.as_deref(), Some("user.id"));
                let Became::Rejected(explained) = explained else { panic!("{explained:?}") };
                assert_eq!(explained, rejection);
            }
            other => panic!("{other:?}"),
        }
    }
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        let event = json!({ "type": "identify", "traits": { "id": 7 } });
        match mapper.with_limits(limits).map(&event, NOW, &mut Scratch::new()) {
            Outcome::Rejected { rejection, .. } => rejection.message,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        limits(|limits| limits.requests = 1),
        "the event needs more than 1 requests (limit `requests`)"
    );
    assert_eq!(
        limits(|limits| limits.request_bytes = 8),
        "the list of arguments of `track` has 9 bytes, and 8 are allowed (limit `request_bytes`)"
    );
}

#[test]
fn who_knows_only_requests_refuses_calls() {
    let calls = made(&mapper(USERS, json!({})), &json!({ "type": "identify", "userId": "u1" }));
    let refusal = calls.refusal();
    assert_eq!((refusal.code.as_str(), refusal.fault), (CALLS, FaultOf::Settings));
    insta::assert_snapshot!(refusal.message, @"the mapping of `identify` calls `Chat.update` of an SDK, and only HTTP requests are made here; choose a version whose operations are requests");
}

#[test]
fn requests_of_the_same_version_are_runs() {
    let mapping = "message: identify\npayload: { user: { id: userId } }\nsteps: { send: { operation: send, body: user } }\nvariants:\n  chat: { when: channel == \"web\", steps: { send: { replace: true, operation: update } } }\n";
    let mapper = mapper(mapping, json!({}));
    let event = |channel: &str| json!({ "type": "identify", "userId": "u1", "channel": channel });
    let (mut scratch, of_server) = (Scratch::new(), event("server"));
    let Outcome::Mapped(mut run) = mapper.map(&of_server, NOW, &mut scratch) else { panic!() };
    let run: &mut Run<'_> = &mut run;
    assert_eq!(run.request().unwrap().unwrap().url, "https://api.acme.example.com/send");
    assert_eq!(shown(&made(&mapper, &event("web")).calls), [r#"send: Chat.update({"id":"u1"})"#]);
    // an API has no such endpoint
    let names: Vec<String> = mapper.endpoints().into_iter().map(|endpoint| endpoint.operation).collect();
    assert_eq!(names, ["send"]);
}

#[test]
fn secrets_of_calls_are_redacted_where_they_print() {
    let mapping = "message: identify\nsteps: { send: { operation: update, arguments: [{ token: settings.apiKey }] } }\n";
    let plans = compile(&chat(mapping));
    let settings = json!({ "apiKey": "sekrit-key" });
    let plan = plans.plan("acme", None, &settings).unwrap();
    let event = json!({ "type": "identify" });
    let calls = made(&plan.bind(&settings).unwrap(), &event);
    assert_eq!(calls.calls[0].json(), br#"[{"token":"sekrit-key"}]"#);
    let printed = format!("{calls:?}");
    assert!(!printed.contains("sekrit") && printed.contains("[redacted]"), "{printed}");
    let hidden = made(&plan.bind_redacted(&settings).unwrap(), &event);
    assert_eq!(hidden.calls[0].json(), br#"[{"token":"[redacted]"}]"#);
}

/// What is found in a version with these operations, and a mapping with these steps.
fn found(operations: &str, rest: &str) -> String {
    let mut files = sources(&format!("message: identify\npayload: {{ user: {{ id: userId }} }}\n{rest}\n"));
    let version = format!(
        "version: \"1.0\"\nserver: {{ value: https://api.acme.example.com }}\noperations:\n{operations}"
    );
    files.insert("mappings/acme/1.0/version.yaml", version);
    files.insert(
        "schemas/acme/1.0/update.json",
        r#"{ "type": "array", "maxItems": 2, "prefixItems": [{ "type": "object", "additionalProperties": false, "properties": { "id": { "type": "string" } } }, { "type": "integer" }] }"#,
    );
    match Spec::load(&files).check() {
        Err(found) => list(&found.findings),
        Ok(_) => {
            let mut findings = validate(&files, &Options::default()).findings;
            findings.retain(|finding| !["untested-mapping", "unused-definition"].contains(&finding.rule.id));
            list(&findings)
        }
    }
}

#[test]
fn what_calls_cannot_have_is_found() {
    let usual =
        "  update: { call: Chat.update, arguments: [payload.user] }\n  send: { method: POST, path: /send }\n";
    let step = |keys: &str| format!("steps: {{ one: {{ operation: update{keys} }} }}");
    let mut text = String::new();
    for (operations, rest) in [
        (
            "  update: { call: Chat.update, method: POST, path: /x, query: { a: userId }, headers: { A: userId }, rate: r, idempotent: true }",
            step(""),
        ),
        (
            "  update: { call: Chat.update, encoding: form, compress: gzip, auth: { basic: { username: settings.apiKey } }, declared: { a: b }, batch: { most: 2, body: items }, responses: [{ status: 404, class: done }] }",
            step(""),
        ),
        ("  update: { call: chat update }", step("")),
        ("  update: { call: 7 }", step("")),
        ("  update: { call: Chat..update }", step("")),
        ("  update: { cal: Chat.update }", step("")),
        ("  update: { arguments: [userId] }", step("")),
        ("  update: { call: Chat.update, arguments: userId }", step("")),
        ("  update: { call: Chat.update, arguments: [payload.usr, traits.email, $nick] }", step("")),
        ("  update: { call: Chat.update, schema: upd.json }", step("")),
        (usual, step(", body: user")),
        (
            usual,
            step(
                ", body: { id: userId }, params: { id: userId }, query: { a: userId }, headers: { A: userId }",
            ),
        ),
        (
            usual,
            step(
                ", capture: { id: response.body.id }, on: [{ status: 404, class: done }], warn: [{ code: a, message: b }]",
            ),
        ),
        (usual, step(", page: { next: response.body.next, most: 3 }, cache: 1h")),
        (usual, step(", for_each: traits.list, on_failure: continue, order: { a: userId }")),
        (usual, step(", arguments: [response.body.id, captures.id, item.id]")),
        (usual, "steps: { one: { operation: send, arguments: [userId] } }".to_owned()),
        (usual, "steps: { one: { operation: send, body: user }, two: { operation: update } }".to_owned()),
        (usual, format!("{}\nresult: {{ id: userId }}", step(""))),
        (
            "  update: { call: Chat.update }\n  send: { method: POST, path: /send, batch: { most: 2, body: items, operation: update } }",
            "steps: { one: { operation: send, body: user } }".to_owned(),
        ),
        (
            "  update: { call: Chat.update, schema: update.json, arguments: [{ id: { from: userId, as: integer } }, { from: traits.age, as: string }] }",
            step(""),
        ),
        (
            "  update: { call: Chat.update, schema: update.json, arguments: [{ name: userId }, { from: traits.age, as: integer }] }",
            step(""),
        ),
    ] {
        let found = found(operations, &rest).replace('\n', "\n    ");
        writeln!(text, "{operations}\n{rest}\n    {found}\n").unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_version_with_calls_alone_needs_no_server() {
    let mut files = chat("message: identify\nsteps: { one: { operation: update, arguments: [userId] } }\n");
    files.insert(
        "mappings/acme/1.0/version.yaml",
        "version: \"1.0\"\noperations: { update: { call: Chat.update } }\n",
    );
    let mapper = bind(&compile(&files), "acme", json!({}));
    assert_eq!(
        shown(&made(&mapper, &json!({ "type": "identify", "userId": "u1" })).calls),
        [r#"one: Chat.update("u1")"#]
    );
    files.insert("mappings/acme/1.0/version.yaml", "version: \"1.0\"\noperations: { update: { call: Chat.update }, send: { method: POST, path: /send } }\n");
    assert!(findings(&files).contains("a version needs the key `server`"), "{}", findings(&files));
}

#[test]
fn versions_and_steps_lay_arguments_over_others() {
    let mut files = chat(
        "message: identify\npayload: { user: { id: userId } }\nsteps: { update: { operation: update } }\n",
    );
    files.insert(
        "mappings/acme/2.0/version.yaml",
        "version: \"2.0\"\nextends: \"1.0\"\noperations: { update: { arguments: { last: [traits.email] } }, track: { call: Chat.event } }\n",
    );
    files.insert("mappings/acme/2.0/identify.yaml", "message: identify\nsteps: { update: { unless: traits.none }, track: { operation: track, arguments: [userId] } }\n");
    let plans = compile(&files);
    let plan = plans.plan("acme", Some("2.0"), &json!({})).unwrap();
    let mapper = plan.bind(&json!({ "apiKey": "k" })).unwrap();
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "email": "a@example.com" } });
    assert_eq!(
        shown(&made(&mapper, &event).calls),
        [r#"update: Chat.update({"id":"u1"},"a@example.com")"#, r#"track: Chat.event("u1")"#]
    );
    files.insert(
        "mappings/acme/2.0/identify.yaml",
        "message: identify\nsteps: { track: { operation: track, arguments: [userId] } }\n",
    );
    files.insert("mappings/acme/2.1/version.yaml", "version: \"2.1\"\nextends: \"2.0\"\n");
    files.insert(
        "mappings/acme/2.1/identify.yaml",
        "message: identify\nsteps: { track: { operation: update } }\n",
    );
    insta::assert_snapshot!(findings(&files));
    let files = chat(USERS);
    insta::assert_snapshot!("shown", Spec::load(&files).show("acme/1.0/identify", None).unwrap());
}

#[test]
fn tests_say_how_calls_differ() {
    let mapping = "message: identify\npayload: { user: { id: userId, email: traits.email } }\nsteps:\n  update: { operation: update }\n  track: { operation: track, when: traits.on, arguments: [{ value: On }, { at: traits.on }] }\n";
    let tests = r#"
settings: { apiKey: hidden }
tests:
  - name: right
    event: { type: identify, userId: u1, traits: { on: 1 } }
    expect: { calls: [{ step: update, call: Chat.update, arguments: [{ id: u1 }] }, { arguments: [On, { at: 1 }] }] }
  - { name: another function, event: { type: identify, userId: u1 }, expect: { calls: [{ step: updat, call: Chat.track }] } }
  - { name: other arguments, event: { type: identify, userId: u1 }, expect: { calls: [{ arguments: [{ id: u2 }, 1] }] } }
  - { name: another value, event: { type: identify, userId: u1 }, expect: { calls: [{ arguments: [{ id: u2 }] }] } }
  - { name: one more, event: { type: identify, userId: u1, traits: { on: 1 } }, expect: { calls: [{ step: update }] } }
  - { name: none, event: { type: identify, userId: u1 }, expect: { calls: [] } }
  - { name: requests, event: { type: identify, userId: u1 }, expect: { requests: [{ step: update }] } }
  - { name: no request, event: { type: identify, userId: u1 }, expect: { requests: [] } }
  - { name: a rejection, event: { type: identify, userId: u1 }, expect: { rejected: {} } }
  - { name: nothing, event: { type: identify, userId: u1 }, expect: { calls: [{}] } }
  - { name: both, event: { type: identify, userId: u1 }, expect: { calls: [{ step: update }], requests: [] } }
  - { name: responses, event: { type: identify, userId: u1 }, responses: [{ status: 200 }], expect: { calls: [{ step: update }] } }
"#;
    let mut files = chat(mapping);
    files.insert("mappings/acme/1.0/identify.test.yaml", tests);
    let mut text = list(&validate(&files, &Options::default()).findings);
    let right = tests.lines().filter(|line| !line.contains("name: nothing") && !line.contains("name: both"));
    files.insert("mappings/acme/1.0/identify.test.yaml", right.collect::<Vec<_>>().join("\n"));
    let plans = compile(&files);
    let run = TestRun::new(&plans, &Schemas::new(&plans), &files);
    write!(text, "\n\n{}", list(&run.findings)).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn the_browser_mapping_is_covered_by_its_tests() {
    let files = files(&workspace().join("tests/mappings/parley"));
    let plans = compile(&files);
    let run = TestRun::counted(&plans, &Schemas::new(&plans), &files);
    assert_eq!(list(&run.findings), "");
    let coverage = run.coverage.unwrap();
    let missed: Vec<&str> =
        coverage.points.iter().filter(|point| point.times == 0).map(|point| point.text.as_str()).collect();
    assert_eq!(missed, Vec::<&str>::new());
}
