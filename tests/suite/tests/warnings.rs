//! `warn` in versions, mappings and variants.

use mapwright::{Event, Mapper, Outcome, Request, Response, Scratch, Sources};
use mapwright_tests::ends::{End, driven, explained, previewed};
use mapwright_tests::{DESTINATION, NOW, VERSION, bind, compile, findings, preview};
use serde_json::{Value, json};

const IDENTIFY: &str = r#"
message: identify
payload:
  thing: { id: { from: userId, as: string }, plan: traits.plan }
  note: { plan: { from: traits.plan, as: { lookup: { table: { pro: Professional } } }, on_error: omit } }
require: [{ any: [payload.thing.id], otherwise: no id }]
warn:
  - { when: not payload.note.plan, code: unknown_plan, message: the plan is none that is known }
steps:
  send: { operation: send, body: thing }
variants:
  quiet:
    when: traits.quiet
    warn: [{ when: not traits.plan, code: no_plan, message: there is no plan }]
"#;

fn of_version(warn: &str) -> Sources {
    [
        ("mappings/acme/destination.yaml", DESTINATION),
        ("mappings/acme/1.0/version.yaml", &format!("{VERSION}{warn}")),
        ("mappings/acme/1.0/identify.yaml", IDENTIFY),
    ]
    .into_iter()
    .collect()
}

fn acme() -> Mapper {
    let warn =
        "warn: [{ when: traits and traits is not mapping, code: odd_traits, message: traits are no object }]";
    bind(&compile(&of_version(warn)), "acme", json!({}))
}

/// Returns the codes of the warnings, which are the same for text, tree and trace.
fn warned(mapper: &Mapper, event: &Value) -> Vec<String> {
    let (text, mut scratch) = (event.to_string(), Scratch::new());
    let mut of = |event: Event<'_>| match mapper.map(event, NOW, &mut scratch) {
        Outcome::Mapped(run) => run.warnings().to_vec(),
        other => panic!("not mapped: {other:?}"),
    };
    let of_text = of(Event::from(text.as_str()));
    assert_eq!(of_text, of(Event::Value(event)));
    assert_eq!(of_text, mapper.explain(Event::Value(event), NOW, &mut Scratch::new()).warnings);
    of_text.into_iter().map(|warning| warning.code).collect()
}

#[test]
fn warnings_of_the_version_come_before_those_of_the_mapping() {
    let mapper = acme();
    for (traits, codes) in [
        (json!({ "plan": "pro" }), [].as_slice()),
        (json!({ "plan": "free" }), &["unknown_plan"]),
        (json!("pro"), &["odd_traits", "unknown_plan"]),
        (Value::Null, &["unknown_plan"]),
    ] {
        let event = json!({ "type": "identify", "userId": "u1", "traits": traits });
        assert_eq!(warned(&mapper, &event), codes, "{event}");
        assert_eq!(preview(&mapper, &event).sent().len(), 1, "the event is sent all the same");
    }
}

#[test]
fn a_variant_replaces_the_warnings_of_its_mapping() {
    let event =
        |plan| json!({ "type": "identify", "userId": "u1", "traits": { "quiet": true, "plan": plan } });
    assert_eq!(warned(&acme(), &event(Value::Null)), ["no_plan"]);
    assert_eq!(warned(&acme(), &event(json!("free"))), [""; 0]);
}

#[test]
fn an_event_that_is_rejected_is_not_warned_about() {
    let mapper = acme();
    let rejection = preview(&mapper, &json!({ "type": "identify", "traits": "pro" })).rejection();
    assert_eq!(rejection.message, "no id");
}

#[test]
fn a_warning_before_the_first_step_knows_no_response() {
    let step = "warn: [{ when: response.status == 200, code: c, message: m }]\n";
    let found = findings(&of_version(step));
    assert!(
        found.contains("`response` is available only in `capture`, `on` and `warn` of a step"),
        "{found}"
    );
}

#[test]
fn a_message_prints_values_but_no_secret() {
    let message = |warn: &str| {
        let mapper = bind(
            &compile(&of_version(&format!("warn: [{warn}]"))),
            "acme",
            json!({ "apiKey": "s3cret-key" }),
        );
        let event = json!({ "type": "identify", "userId": "u1", "traits": { "plan": "pro" } });
        let mut scratch = Scratch::new();
        let Outcome::Mapped(run) = mapper.map(&event, NOW, &mut scratch) else { panic!("not mapped") };
        run.warnings().iter().map(|warning| warning.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(message("{ code: c, message: 'the plan is {{ traits.plan }}' }"), ["the plan is pro"]);
    assert_eq!(
        message("{ code: c, message: 'the size is {{ traits.size }}' }"),
        ["the size is {{ traits.size }}"]
    );
    assert_eq!(message("{ code: c, message: 'key {{ settings.apiKey }}' }"), ["key {{ settings.apiKey }}"]);
}

#[test]
fn what_a_message_prints_is_known_when_it_is_checked() {
    let found = findings(&of_version("warn: [{ code: c, message: 'the plan is {{ settings.plan }}' }]\n"));
    assert!(found.contains("unknown setting `plan`"), "{found}");
}

#[test]
fn a_conversion_that_warned_before_another_one_refused_is_heard() {
    let field = "{ from: traits.a, as: [{ truncate: 3 }, integer], on_error: omit }";
    let identify = format!(
        "message: identify\npayload: {{ thing: {{ a: {field}, id: userId }} }}\nsteps: {{ send: {{ operation: send, body: thing }} }}\n"
    );
    let mapper = mapwright_tests::mapper(&identify, json!({}));
    let codes = |a: &str| {
        let event = json!({ "type": "identify", "userId": "u", "traits": { "a": a } });
        let mut scratch = Scratch::new();
        let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!("not mapped") };
        run.preview().unwrap();
        let warnings = run.warnings().to_vec();
        assert_eq!(mapper.explain(&event, NOW, &mut Scratch::new()).warnings, warnings);
        warnings.into_iter().map(|warning| warning.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("abcd"), ["text_cut", "value_dropped"]);
    assert_eq!(codes("1234"), ["text_cut"]);
    assert_eq!(codes("abc"), ["value_dropped"]);
}

/// The warnings of an event whose requests are all answered with this body, as code and field.
fn answered(mapping: &str, event: &Value, body: &str) -> Vec<(String, Option<String>)> {
    let mapper = mapwright_tests::mapper(mapping, json!({}));
    let (mut scratch, answer) = (Scratch::new(), Response::new(200, [], body.to_owned()));
    let Outcome::Mapped(mut run) = mapper.map(event, NOW, &mut scratch) else { panic!("not mapped") };
    while run.request().unwrap().is_some() {
        run.respond(&answer, NOW).unwrap();
    }
    run.warnings().iter().map(|warning| (warning.code.clone(), warning.field.clone())).collect()
}

#[test]
fn a_warning_of_a_step_reads_what_its_response_has_given_by_name() {
    let mapping = r#"
message: identify
values: { found: captures.id }
payload: { thing: { id: userId, found: $found } }
steps:
  find: { operation: find, query: { q: userId }, capture: { id: response.body.id }, warn: [{ unless_found }] }
  send: { operation: send, body: thing }
"#;
    let codes = |condition: &str, event: &Value, body: &str| {
        let warn = format!("{{ when: {condition}, code: c, message: 'found {{{{ $found }}}}' }}");
        answered(&mapping.replace("{ unless_found }", &warn), event, body)
    };
    let event = json!({ "type": "identify", "userId": "u1" });
    let warned = vec![("c".to_owned(), None)];
    assert_eq!(codes("not $found", &event, r#"{"id":"c1"}"#), []);
    assert_eq!(codes("$found", &event, r#"{"id":"c1"}"#), warned);
    assert_eq!(codes("not $found", &event, "{}"), warned);
}

#[test]
fn each_round_of_a_step_warns() {
    let mapping = r#"
message: identify
payload:
  thing: { id: item.id, age: { from: item.age, as: integer, on_error: omit } }
steps:
  all:
    for_each: traits.people
    operation: send
    body: thing
"#;
    let people =
        json!([{ "id": 1, "age": 1 }, { "id": 2, "age": "old" }, { "id": 3, "age": "older" }, { "id": 4 }]);
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "people": people } });
    let warned = answered(mapping, &event, "{}");
    let codes: Vec<&str> = warned.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["value_dropped", "value_dropped"], "{warned:?}");
}

#[test]
fn a_step_warns_of_the_fields_that_it_reads() {
    let event = json!({ "type": "identify", "userId": "u1", "traits": { "name": "Alexandra", "l": [{ "x": "Alexandra" }] } });
    let cut = |from: &str| format!("{{ from: {from}, as: {{ truncate: 3 }} }}");
    let warned = |query: &str| {
        let (name, item) = (cut("traits.name"), cut("item.x"));
        let mapping = format!(
            "message: identify\npayload:\n  thing: {{ a: {name}, ab: {name}, l: {{ each: traits.l, to: {{ x: {item} }} }}, id: userId }}\n\
             steps:\n  find: {{ operation: find, query: {{ {query} }} }}\n  send: {{ operation: send, when: traits.send, body: thing }}\n"
        );
        let warned = answered(&mapping, &event, "{}");
        assert!(warned.iter().all(|(code, _)| code == "text_cut"), "{warned:?}");
        warned.into_iter().filter_map(|(_, field)| field).collect::<Vec<_>>()
    };
    assert_eq!(warned("q: payload.thing.id"), [""; 0]);
    assert_eq!(warned("q: payload.thing.a"), ["thing.a"]);
    assert_eq!(warned("q: payload.thing.ab"), ["thing.ab"]);
    assert_eq!(warned("q: \"payload.thing.l[0].x\""), ["thing.l.x"]);
    assert_eq!(warned("q: payload.thing.ab, r: payload.thing.a"), ["thing.a", "thing.ab"]);
    assert_eq!(warned("q: { template: '{{ payload.thing }}' }"), ["thing.a", "thing.ab", "thing.l.x"]);
}

/// A part that reads a capture is sent by two steps: its other rows warn once, however it is looked at.
#[test]
fn a_row_that_no_response_changes_warns_once() {
    let mapper = mapwright_tests::mapper(
        r#"
message: identify
payload:
  c: { n: { from: traits.n, as: integer, on_error: omit }, r: captures.role }
steps:
  find: { operation: find, capture: { role: response.body.role } }
  a: { operation: send, body: c }
  b: { operation: send, body: c }
"#,
        json!({}),
    );
    let event =
        json!({ "type": "identify", "userId": "u", "traits": { "n": "x", "email": "a@example.com" } });
    let event = Event::Value(&event);
    let codes = |end: End| -> Vec<(String, Option<String>)> {
        assert_eq!(end.requests.len(), 3, "{end:?}");
        end.warnings.into_iter().map(|warning| (warning.code, warning.field)).collect()
    };
    let once = [("value_dropped".to_owned(), Some("c.n".to_owned()))];
    for role in [json!({ "role": "user" }), json!({})] {
        let answer = |_: &Request<'_>, _| Response::new(200, [], role.to_string());
        assert_eq!(codes(driven(&mapper, event, &mut Scratch::new(), answer)), once);
    }
    assert_eq!(codes(previewed(&mapper, event, &mut Scratch::new())), once);
    assert_eq!(codes(explained(&mapper, event, &mut Scratch::new())), once);
}
