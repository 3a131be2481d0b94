//! What is sent decides: a row that nothing needs neither rejects an event nor warns of it, and an event that no way leads through the
//! steps is rejected before its first request. Previews, explanations and runs say the same.

mod harness;

use harness::{Case, hold, rejected, steps};
use mapwright::Limits;
use serde_json::{Value, json};

/// A payload with a part whose date rejects the event, and one that is right.
const DATED: &str = "
payload:
  bad: { name: userId, date: { from: traits.date, as: unix_seconds } }
  good: { name: userId }
steps:
";

/// The same, with steps.
fn dated(steps: &str) -> &'static str {
    format!("{DATED}{steps}").leak()
}

fn event(traits: Value) -> Value {
    json!({ "userId": "u1", "traits": traits })
}

fn undated() -> Value {
    event(json!({ "date": "never" }))
}

#[test]
fn a_part_that_is_not_sent_neither_rejects_nor_warns() {
    const TWO: &str = "
payload:
  long: { name: userId }
  short:
    date: { from: traits.date, as: unix_seconds }
    age: { from: traits.age, as: integer, on_error: omit }
steps:
  a: { operation: send, when: userId, body: long }
  b: { operation: send, unless: userId, body: short }
";
    hold(
        vec![
            Case {
                about: "a known user has nothing to do with what only unknown ones need",
                mapping: TWO,
                event: event(json!({ "date": "never", "age": "old" })),
                shown: steps(&["a"], &[]),
                runs: vec![(&[200], &["a"], "done")],
            },
            Case {
                about: "an unknown user is rejected",
                mapping: TWO,
                event: json!({ "traits": { "date": "never", "age": "old" } }),
                shown: rejected("short.date"),
                runs: vec![],
            },
            Case {
                about: "an unknown user is warned of",
                mapping: TWO,
                event: json!({ "traits": { "age": "old" } }),
                shown: steps(&["b"], &["value_dropped"]),
                runs: vec![(&[200], &["b"], "done")],
            },
        ],
        Limits::default(),
    );
}

#[test]
fn what_every_way_needs_rejects_before_the_first_request() {
    let complementary = [
        "update: { operation: send, when: captures.id, body: bad }\n  create: { operation: send, unless: captures.id, body: bad }",
        "update: { operation: send, when: captures.id, body: bad }\n  create: { operation: send, when: not captures.id, body: bad }",
        "update: { operation: send, when: not captures.id, body: bad }\n  create: { operation: send, unless: not captures.id, body: bad }",
        "update:\n    when: captures.id\n    steps: { put: { operation: send, body: bad } }\n  create: { operation: send, unless: captures.id, body: bad }",
    ];
    let of_pair = complementary.map(|pair| Case {
        about: "both of two ways",
        mapping: dated(&format!(
            "  find: {{ operation: find, capture: {{ id: response.body.id }} }}\n  {pair}\n"
        )),
        event: undated(),
        shown: rejected("bad.date"),
        runs: vec![],
    });
    let mut cases: Vec<Case> = of_pair.into();
    cases.extend([
        Case {
            about: "the second of two steps",
            mapping: dated("  a: { operation: send, body: good }\n  b: { operation: send, body: bad }\n"),
            event: undated(),
            shown: rejected("bad.date"),
            runs: vec![],
        },
        Case {
            about: "a body of the step itself",
            mapping: "steps:\n  a: { operation: find }\n  b: { operation: send, body: { date: { from: traits.date, as: unix_seconds } } }\n",
            event: undated(),
            shown: rejected("body.date"),
            runs: vec![],
        },
        Case {
            about: "a body that waits for a response in another field",
            mapping: "
steps:
  a: { operation: find, capture: { id: response.body.id } }
  b: { operation: send, body: { id: captures.id, date: { from: traits.date, as: unix_seconds } } }
",
            event: undated(),
            shown: rejected("body.date"),
            runs: vec![],
        },
        Case {
            about: "a parameter of a later step",
            mapping: "steps:\n  a: { operation: find }\n  b: { operation: get, params: { id: traits.none } }\n",
            event: undated(),
            shown: rejected("id"),
            runs: vec![],
        },
        Case {
            about: "a header of a later step",
            mapping: "steps:\n  a: { operation: find }\n  b: { operation: find, headers: { X-Name: traits.name } }\n",
            event: event(json!({ "name": "a\nb" })),
            shown: rejected("X-Name"),
            runs: vec![],
        },
        Case {
            about: "an item of a loop",
            mapping: "
steps:
  each:
    for_each: traits.items
    operation: send
    body: { price: { from: item.price, as: number } }
",
            event: event(json!({ "items": [{ "price": 1 }, { "price": "2" }, { "price": "much" }] })),
            shown: rejected("body.price"),
            runs: vec![],
        },
        Case {
            about: "an item of a loop whose rounds forget what they have captured",
            mapping: "
steps:
  each:
    for_each: traits.items
    steps:
      a: { operation: send, unless: captures.id, body: { date: { from: item.date, as: unix_seconds } } }
      b: { operation: find, capture: { id: response.body.id }, on: { status: 409, capture: { id: { value: 1 } }, then: a } }
",
            event: event(json!({ "items": [{}, { "date": "never" }] })),
            shown: rejected("body.date"),
            runs: vec![],
        },
        Case {
            about: "an item of a loop around another",
            mapping: "
steps:
  each:
    for_each: traits.items
    steps:
      inner: { operation: find, for_each: item.inner }
      a: { operation: send, body: { date: { from: item.date, as: unix_seconds } } }
",
            event: event(json!({ "items": [{ "inner": [1, 2] }, { "inner": [1], "date": "never" }] })),
            shown: rejected("body.date"),
            runs: vec![],
        },
        Case {
            about: "a loop around another",
            mapping: "
steps:
  each:
    for_each: traits.items
    steps:
      inner: { operation: find, for_each: item.inner }
      a: { operation: send, body: { date: { from: item.date, as: unix_seconds } } }
",
            event: event(json!({ "items": [{ "inner": [1, 2] }, { "inner": [1], "date": 1 }] })),
            shown: steps(&["inner", "inner", "a", "inner", "a"], &[]),
            runs: vec![(&[], &["inner", "inner", "a", "inner", "a"], "done")],
        },
        Case {
            about: "what a way back leads to again",
            mapping: dated(
                "  a: { operation: find }\n  b: { operation: find, on: { status: 404, then: a } }\n  c: { operation: send, body: bad }\n",
            ),
            event: undated(),
            shown: rejected("bad.date"),
            runs: vec![],
        },
        Case {
            about: "a part from which another takes the value",
            mapping: "
payload:
  bad: { date: { from: traits.date, as: unix_seconds } }
  other: { when: payload.bad.date }
steps:
  a: { operation: find }
  b: { operation: send, body: other }
",
            event: undated(),
            shown: rejected("bad.date"),
            runs: vec![],
        },
    ]);
    hold(cases, Limits::default());
}

#[test]
fn what_only_some_ways_need_rejects_where_it_is_needed() {
    hold(
        vec![
            Case {
                about: "one of two ways",
                mapping: dated(
                    "  find: { operation: find, capture: { id: response.body.id } }\n  \
                     update: { operation: send, when: captures.id, body: bad }\n  \
                     create: { operation: send, unless: captures.id, body: good }\n",
                ),
                event: undated(),
                shown: steps(&["find", "create when not captures.id"], &["may_be_rejected"]),
                runs: vec![
                    (&[200, 200], &["find", "create"], "done"),
                    (&[201, 200], &["find"], "bad.date"),
                ],
            },
            Case {
                about: "two conditions that are not each other's opposite",
                mapping: dated(
                    "  find: { operation: find, capture: { id: response.body.id, other: response.body.other } }\n  \
                     update: { operation: send, when: captures.id, body: bad }\n  \
                     create: { operation: send, unless: captures.other, body: good }\n",
                ),
                event: undated(),
                shown: steps(&["find", "create when not captures.other"], &["may_be_rejected"]),
                runs: vec![(&[200, 200], &["find", "create"], "done"), (&[201], &["find"], "bad.date")],
            },
            Case {
                about: "a response between two conditions may change what they read",
                mapping: dated(
                    "  find: { operation: find, capture: { id: response.body.id } }\n  \
                     update: { operation: send, when: captures.id, body: bad }\n  \
                     again: { operation: find, capture: { id: response.body.id } }\n  \
                     create: { operation: send, unless: captures.id, body: bad }\n",
                ),
                event: undated(),
                shown: steps(&["find", "again"], &["may_be_rejected", "may_be_rejected"]),
                runs: vec![
                    (&[200, 201], &["find", "again"], "done"),
                    (&[200, 200], &["find", "again"], "bad.date"),
                ],
            },
            Case {
                about: "the recovery of a step",
                mapping: dated(
                    "  update: { operation: send, when: captures.id, body: bad }\n  \
                     create: { operation: send, body: good, on: { status: 409, capture: { id: { value: i1 } }, then: update } }\n",
                ),
                event: undated(),
                shown: steps(&["create"], &["may_be_rejected"]),
                runs: vec![(&[200], &["create"], "done"), (&[409], &["create"], "bad.date")],
            },
            Case {
                about: "a step that a response rule leaves out",
                mapping: dated(
                    "  a: { operation: find, on: { status: 404, then: c } }\n  b: { operation: send, body: bad }\n  c: { operation: find }\n",
                ),
                event: undated(),
                shown: steps(&["a", "c"], &["may_be_rejected"]),
                runs: vec![(&[404, 200], &["a", "c"], "done"), (&[200], &["a"], "bad.date")],
            },
            Case {
                about: "a loop that waits for a response",
                mapping: "
steps:
  find: { operation: find, capture: { id: response.body.id } }
  each:
    for_each: traits.items
    when: captures.id
    operation: send
    body: { price: { from: item.price, as: number } }
",
                event: event(json!({ "items": [{ "price": 1 }, { "price": "much" }] })),
                shown: steps(&["find", "each when captures.id"], &["may_be_rejected"]),
                runs: vec![(&[200], &["find"], "done"), (&[201, 200], &["find", "each"], "body.price")],
            },
            Case {
                about: "what is not known cannot be converted yet",
                mapping: "
steps:
  find: { operation: find, capture: { id: response.body.id } }
  put:
    operation: put
    when: captures.id
    params: { id: { from: captures.id, as: { replace: { text: i, with: '' } } } }
    body: { number: { template: '{{ captures.id }}', as: [{ replace: { text: i, with: '' } }, integer] }, id: { from: captures.id, as: [string, uppercase] } }
",
                event: event(json!({})),
                shown: steps(&["find", "put when captures.id"], &[]),
                runs: vec![(&[201, 200], &["find", "put"], "done")],
            },
            Case {
                about: "other fields of a part of which one field is read",
                mapping: "
payload:
  bad: { name: userId, date: { from: traits.date, as: unix_seconds } }
  other: { name: payload.bad.name }
steps:
  a: { operation: send, when: payload.bad.name, body: other }
",
                event: undated(),
                shown: steps(&["a"], &[]),
                runs: vec![(&[200], &["a"], "done")],
            },
        ],
        Limits::default(),
    );
}

#[test]
fn a_condition_needs_the_rows_that_it_reads_if_it_is_asked() {
    const LINK: &str = "
payload:
  link: { id: traits.id, remove: { from: traits.remove, as: boolean } }
steps:
  attach: { operation: send, when: payload.link.id, unless: payload.link.remove }
";
    hold(
        vec![
            Case {
                about: "the row decides",
                mapping: LINK,
                event: event(json!({ "id": 1, "remove": "perhaps" })),
                shown: rejected("link.remove"),
                runs: vec![],
            },
            Case {
                about: "another condition decides",
                mapping: LINK,
                event: event(json!({ "remove": "perhaps" })),
                shown: steps(&[], &[]),
                runs: vec![(&[], &[], "done")],
            },
            Case {
                about: "a response may decide",
                mapping: "
payload:
  link: { remove: { from: traits.remove, as: boolean } }
steps:
  find: { operation: find, capture: { id: response.body.id } }
  attach: { operation: send, when: captures.id, unless: payload.link.remove }
",
                event: event(json!({ "remove": "perhaps" })),
                // a response that gives an id makes the condition one that cannot be decided, and without an id it does not hold
                shown: steps(&["find"], &["may_be_rejected"]),
                runs: vec![(&[200], &["find"], "done"), (&[201], &["find"], "link.remove")],
            },
        ],
        Limits::default(),
    );
}

#[test]
fn requirements_and_warnings_come_before_the_rows_that_they_do_not_read() {
    const REQUIRE: &str = "
payload:
  person: { email: { from: traits.email, as: string }, id: userId, date: { from: traits.date, as: unix_seconds } }
require:
  - any: [payload.person.email, payload.person.id]
    otherwise: an email or an id is needed
  - that: traits.consent
    code: no_consent
    otherwise: consent is needed
warn:
  - { when: payload.person.date, code: dated, message: there is a date }
  - { when: traits.consent, code: consented, message: there is consent }
steps:
  a: { operation: send, body: person }
";
    let of = |user: Value, traits: Value| json!({ "userId": user, "traits": traits });
    hold(
        vec![
            Case {
                about: "what is required is not there, and a date is wrong",
                mapping: REQUIRE,
                event: of(Value::Null, json!({ "consent": true, "date": "never" })),
                shown: rejected("missing_required"),
                runs: vec![],
            },
            Case {
                about: "of what is required, one has a value and the other cannot be read",
                mapping: REQUIRE,
                event: of(json!("u1"), json!({ "email": {}, "date": 1 })),
                shown: rejected("no_consent"),
                runs: vec![],
            },
            Case {
                about: "whether there is what is required cannot be said",
                mapping: REQUIRE,
                event: of(Value::Null, json!({ "consent": true, "email": {} })),
                shown: rejected("person.email"),
                runs: vec![],
            },
            Case {
                about: "all that is required is there, and a date is wrong",
                mapping: REQUIRE,
                event: of(json!("u1"), json!({ "consent": true, "date": "never" })),
                shown: rejected("person.date"),
                runs: vec![],
            },
            Case {
                about: "warnings of which it cannot be said whether they hold",
                mapping: "
payload:
  person: { id: userId, date: { from: traits.date, as: unix_seconds } }
warn:
  - { when: payload.person.date, code: dated, message: there is a date }
  - { when: not payload.person.date, code: undated, message: there is no date }
  - { when: payload.person.id, code: known, message: there is an id }
steps:
  a: { operation: find }
",
                event: undated(),
                shown: steps(&["a"], &["known"]),
                runs: vec![(&[200], &["a"], "done")],
            },
        ],
        Limits::default(),
    );
}

#[test]
fn limits_count_what_is_sent() {
    let items = |count: usize| event(json!({ "items": vec![1; count] }));
    let mut limits = Limits::default();
    (limits.requests, limits.items) = (3, 6);
    hold(
        vec![
            Case {
                about: "more rounds than there may be requests",
                mapping: "steps:\n  each: { operation: send, for_each: traits.items }\n",
                event: items(4),
                shown: rejected("limit_exceeded"),
                runs: vec![],
            },
            Case {
                about: "as many rounds as there may be requests",
                mapping: "steps:\n  each: { operation: send, for_each: traits.items }\n",
                event: items(3),
                shown: steps(&["each", "each", "each"], &[]),
                runs: vec![(&[], &["each", "each", "each"], "done")],
            },
            Case {
                about: "only so many of all that could be sent may be",
                mapping: "
steps:
  each:
    for_each: traits.items
    steps:
      find: { operation: find, capture: { id: response.body.id } }
      put: { operation: send, when: captures.id }
",
                event: items(2),
                shown: steps(&["find", "put when captures.id", "find"], &["may_be_rejected"]),
                runs: vec![
                    (&[200, 200], &["find", "find"], "done"),
                    (&[201, 200, 201], &["find", "put", "find"], "limit_exceeded"),
                ],
            },
            Case {
                about: "items of a part that is not sent do not count",
                mapping: "
payload:
  few: { of: { each: traits.items, to: item } }
  many: { of: { each: traits.items, to: item }, again: { each: traits.items, to: item } }
steps:
  a: { operation: send, body: few }
  b: { operation: send, when: traits.all, body: many }
",
                event: items(4),
                shown: steps(&["a"], &[]),
                runs: vec![(&[], &["a"], "done")],
            },
            Case {
                about: "items of all parts that are sent count together",
                mapping: "
payload:
  few: { of: { each: traits.items, to: item } }
steps:
  a: { operation: send, body: few }
  b: { operation: send, body: { again: { each: traits.items, to: item } } }
",
                event: items(4),
                shown: steps(&["a"], &["may_be_rejected"]),
                runs: vec![(&[], &["a"], "limit_exceeded")],
            },
        ],
        limits,
    );
}
