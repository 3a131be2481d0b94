//! What the event alone rejects is rejected before the first request, whatever stands beside it that a response decides.

use mapwright::{Event, Request, Response, Scratch};
use mapwright_tests::ends::{driven, explained, previewed};
use mapwright_tests::mapper;
use serde_json::{Value, json};

/// What becomes of an event that a part of a mapping is not made for.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Ahead {
    /// It is rejected before the first request.
    Rejected,
    /// A preview warns that it may be rejected; a run rejects it after some responses.
    Perhaps,
    /// It is mapped without a warning.
    Mapped,
}

use Ahead::{Mapped, Perhaps, Rejected};

/// A step that captures, and one after it, with what else the payload has.
fn mapping(payload: &str, step: &str) -> String {
    format!(
        "message: identify
values: {{ n: {{ from: traits.n, as: integer }} }}
payload:
  c: {{ a: userId }}
  o: {{ f: {{ from: traits.n, as: integer }} }}
{payload}
steps:
  a: {{ operation: find, capture: {{ id: response.body.id }} }}
  {step}
"
    )
}

fn event() -> Value {
    json!({ "type": "identify", "userId": "u", "traits": {
        "n": "zz", "lines": "a\nb", "dots": "..", "o": { "a": { "b": 1 } }, "long": "x".repeat(9000),
        "l": [{ "n": "zz" }],
    } })
}

/// What becomes of the event, in a preview, an explanation and runs alike.
fn holds(mapping: &str, ahead: Ahead, field: Option<&str>) {
    let mapper = mapper(mapping, json!({}));
    let text = event().to_string();
    let (text, mut scratch) = (text.as_str(), Scratch::new());
    let preview = previewed(&mapper, Event::from(text), &mut scratch);
    assert_eq!(explained(&mapper, Event::from(text), &mut scratch), preview, "{mapping}");
    let runs = [json!({ "id": "5" }), json!({})].map(|body| {
        let answer = |_: &Request<'_>, _| Response::new(200, [], body.to_string());
        driven(&mapper, Event::from(text), &mut scratch, answer)
    });
    let codes: Vec<&str> = preview.warnings.iter().map(|warning| warning.code.as_str()).collect();
    let found = match (&preview.rejection, codes.as_slice()) {
        (Some(_), _) => Rejected,
        (None, []) => Mapped,
        (None, ["may_be_rejected"]) => Perhaps,
        _ => panic!("{preview:?}\n{mapping}"),
    };
    assert_eq!(found, ahead, "{preview:?}\n{mapping}");
    match ahead {
        Rejected => {
            for run in &runs {
                assert_eq!(*run, preview, "{mapping}");
            }
            let rejection = preview.rejection.unwrap();
            assert_eq!(rejection.field.as_deref(), field, "{rejection}\n{mapping}");
        }
        Perhaps => {
            assert!(runs.iter().any(|run| run.rejection.is_some()), "{runs:?}\n{mapping}");
            let warned = preview.warnings[0].field.as_deref();
            assert_eq!(warned, field, "{mapping}");
        }
        Mapped => assert!(runs.iter().all(|run| run.rejection.is_none()), "{runs:?}\n{mapping}"),
    }
}

const BODY: &str = "b: { operation: send, body: d }";

#[test]
fn a_row_beside_one_that_waits_rejects_before_the_first_request() {
    let integer = "{ from: traits.n, as: integer }";
    for (rows, field) in [
        (format!("id: captures.id, n: {integer}"), "d.n"),
        (format!("loc: {{ id: captures.id, n: {integer} }}"), "d.loc.n"),
        (format!("loc: {{ n: {integer}, id: captures.id }}"), "d.loc.n"),
        ("loc: { id: captures.id, n: { from: traits.zz, on_missing: reject } }".to_owned(), "d.loc.n"),
        (format!("a: {{ b: {{ id: captures.id }}, c: {{ id: captures.id, n: {integer} }} }}"), "d.a.c.n"),
        (format!("l: {{ list: [captures.id, {integer}] }}"), "d.l"),
        (format!("l: {{ join: [captures.id, {integer}] }}"), "d.l"),
        ("l: { list: [captures.id, $n] }".to_owned(), "$n"),
        ("l: { join: [captures.id, $n] }".to_owned(), "$n"),
        ("l: { object: { a: captures.id, b: $n } }".to_owned(), "$n"),
        ("l: { concat: [captures.id, $n] }".to_owned(), "$n"),
        ("l: { merge: [{ object: { a: captures.id } }, { object: { n: $n } }] }".to_owned(), "$n"),
        (
            "l: { each: traits.l, to: { id: captures.id, n: { from: item.n, as: integer } } }".to_owned(),
            "d.l.n",
        ),
        ("l: { switch: captures.id, cases: { '1': $n }, else: $n }".to_owned(), "$n"),
        ("l: { template: '{{ $n }}-{{ captures.id }}' }".to_owned(), "$n"),
        ("x: [captures.id, $n], loc: { id: captures.id, n: $n }".to_owned(), "$n"),
        ("x: { from: traits.n, when: captures.id == $n }".to_owned(), "$n"),
    ] {
        holds(&mapping(&format!("  d: {{ {rows} }}"), BODY), Rejected, Some(field));
    }
}

#[test]
fn a_row_that_only_some_responses_reach_may_reject() {
    for rows in [
        "x: [captures.id, $n]",
        "loc: { x: [captures.id, $n], y: userId }",
        "x: { from: $n, when: captures.id }",
        "x: { from: $n, unless: captures.id }",
        "x: { template: '{{ captures.id }}-{{ $n }}' }",
        "x: { template: '{% if captures.id %}{{ $n }}{% endif %}' }",
        "x: { switch: captures.id, cases: { '5': $n }, else: userId }",
        "x: { from: captures.id, as: [string, integer, { multiply: $n }] }",
        "x: { from: userId, when: captures.id and $n }",
        "x: { each: captures.id, to: $n }",
    ] {
        holds(&mapping(&format!("  d: {{ {rows} }}"), BODY), Perhaps, Some("$n"));
    }
    for rows in ["x: { id: captures.id, n: userId }", "x: { from: $n, when: captures.id and traits.zz }"] {
        holds(&mapping(&format!("  d: {{ {rows} }}"), BODY), Mapped, None);
    }
}

#[test]
fn a_condition_that_waits_does_not_hide_what_rejects() {
    for (condition, ahead, field) in [
        ("when: captures.id == $n", Rejected, "$n"),
        ("when: $n == captures.id", Rejected, "$n"),
        ("unless: captures.id == $n", Rejected, "$n"),
        ("when: captures.id and $n", Perhaps, "$n"),
        ("when: $n and captures.id", Perhaps, "$n"),
        ("when: captures.id or $n", Perhaps, "$n"),
        ("unless: captures.id or $n", Perhaps, "$n"),
        ("when: captures.id or payload.o.f", Perhaps, "o.f"),
        ("when: '(1 if captures.id else $n)'", Perhaps, "$n"),
    ] {
        holds(&mapping("", &format!("b: {{ operation: send, body: c, {condition} }}")), ahead, Some(field));
        let group = format!("g: {{ {condition}, steps: {{ b: {{ operation: send, body: c }} }} }}");
        holds(&mapping("", &group), ahead, Some(field));
    }
}

#[test]
fn a_url_or_a_header_that_the_event_makes_wrong_rejects_before_the_first_request() {
    for (operation, rest, ahead, field) in [
        ("send", "headers: { X-Z: captures.id, X-N: traits.lines }", Rejected, Some("X-N")),
        ("send", "headers: { X-Z: captures.id, X-N: traits.o }", Rejected, Some("X-N")),
        ("send", "query: { z: captures.id }, headers: { X-N: traits.lines }", Rejected, Some("X-N")),
        ("send", "query: { z: captures.id, n: $n }", Rejected, Some("$n")),
        ("send", "query: { z: captures.id, n: traits.long }", Rejected, None),
        ("put", "params: { id: traits.dots }, query: { z: captures.id }", Rejected, Some("id")),
        ("put", "params: { id: traits.o }, query: { z: captures.id }", Rejected, Some("id")),
        ("put", "params: { id: traits.zz }, headers: { X-Z: captures.id }", Rejected, Some("id")),
        ("put", "params: { id: captures.id }, headers: { X-N: traits.lines }", Rejected, Some("X-N")),
        ("send", "query: { q: [captures.id, $n] }", Perhaps, Some("$n")),
        ("send", "query: { q: { from: $n, when: captures.id } }", Perhaps, Some("$n")),
        ("send", "headers: { X-A: [captures.id, $n] }", Perhaps, Some("$n")),
        ("send", "query: { z: captures.id, n: traits.o }", Mapped, None),
    ] {
        holds(&mapping("", &format!("b: {{ operation: {operation}, body: c, {rest} }}")), ahead, field);
    }
}
