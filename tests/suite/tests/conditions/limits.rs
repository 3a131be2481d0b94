//! What waits for a response, what is bounded, and what is found when a mapping is checked.

use mapwright::Scratch;
use mapwright_tests::{Became, drive, findings, mapper, preview, sources};
use serde_json::{Map, Value, json};
use url::Url;

use crate::harness::{hold, rows, template};

#[test]
fn what_waits_for_a_response_is_not_known_in_any_expression() {
    let cases = [
        ("captures.c", None),
        ("not captures.c", None),
        ("captures.c|lower == 'x'", None),
        ("'x' in captures.c|string", None),
        ("captures.c|default('x') == 'x'", None),
        ("captures.c is defined", None),
        ("captures.c + 1 > 1", None),
        ("[captures.c]|length > 0", None),
        ("traits.yes and captures.c|trim", None),
        ("traits.no and captures.c|trim", Some(false)),
        ("captures.c|trim and traits.no", Some(false)),
        ("traits.yes or captures.c|trim", Some(true)),
        ("captures.c|trim or traits.yes", Some(true)),
        ("captures.c|trim or traits.no", None),
        ("not (captures.c|trim and traits.no)", Some(true)),
        ("1 if captures.c else 2", Some(true)),
        ("1 if captures.c else 0", None),
        ("1 < captures.c < 0", None),
        ("captures.c < 1 < 0", Some(false)),
        ("traits.yes|default(captures.c)", Some(true)),
        ("traits.missing|default(captures.c)", None),
        ("traits.yes|lower == 'true'", Some(true)),
        ("traits.yes|lower == 'false'", Some(false)),
        // what exceeds the limit `template_fuel` is not known either, but something else may decide
        ("traits.no and (traits.long ~ traits.long ~ traits.long ~ traits.long ~ traits.long)", Some(false)),
        ("(traits.long ~ traits.long ~ traits.long ~ traits.long ~ traits.long) and traits.no", Some(false)),
        ("(traits.long ~ traits.long ~ traits.long ~ traits.long ~ traits.long) or traits.yes", Some(true)),
    ];
    let event = json!({
        "type": "identify", "userId": "u", "traits": { "yes": true, "no": false, "long": "x".repeat(300_000) },
    });
    for (condition, expected) in cases {
        let identify = json!({
            "message": "identify",
            "payload": { "thing": { "a": "userId" } },
            "steps": {
                "find": { "operation": "find", "capture": { "c": "response.body.id" } },
                "send": { "operation": "send", "when": condition, "body": "thing" },
            },
        });
        let sent = preview(&mapper(&identify.to_string(), json!({})), &event).sent();
        let says = sent.get(1).map(|request| request.when.as_deref());
        let expected = match expected {
            Some(true) => Some(None),
            Some(false) => None,
            None => Some(Some(condition)),
        };
        assert_eq!(says, expected, "{condition}");
    }
}

#[test]
fn a_preview_prints_what_a_template_waits_for() {
    let cases = [
        ("{{ captures.c }}", "{c}"),
        ("a {{ captures.c|upper }} {{ userId }}", "a {c} u"),
        ("{% if captures.c %}a{% endif %}", "{c}"),
        ("{% for x in captures.c %}a{% endfor %}", "{c}"),
        ("{% for x in [1] if captures.c %}a{% endfor %}", "{c}"),
        ("{% if true %}a{{ captures.c }}{% endif %}", "a{c}"),
        ("{{ captures.c if traits.no else userId }}", "u"),
    ];
    for (text, expected) in cases {
        let identify = json!({
            "message": "identify",
            "payload": {
                "other": { "t": { "template": text } },
                "thing": { "a": { "template": text }, "b": "payload.other.t", "c": "payload.other", "d": "$text" },
            },
            "values": { "text": { "template": text } },
            "steps": {
                "find": { "operation": "find", "capture": { "c": "response.body.id" } },
                "send": { "operation": "send", "query": { "a": { "template": text } }, "body": "thing" },
            },
        });
        let event = json!({ "type": "identify", "userId": "u" });
        let sent = preview(&mapper(&identify.to_string(), json!({})), &event).sent();
        let body = json!({ "a": expected, "b": expected, "c": { "t": expected }, "d": expected });
        assert_eq!(sent[1].body, body, "{text}");
        let url = Url::parse(sent[1].line.trim_start_matches("POST ")).unwrap();
        assert_eq!(url.query_pairs().next().unwrap().1, expected, "{text}");
    }
}

/// A condition that exceeds the limit `template_fuel` rejects the event before the first request, wherever it stands.
#[test]
fn the_work_of_a_condition_is_bounded() {
    let much = "(traits.long ~ traits.long ~ traits.long ~ traits.long ~ traits.long) != 'x'";
    let find = "  find: { operation: find, capture: { c: response.body.id } }\n";
    let send = "  send: { operation: send, body: { a: userId } }\n";
    let cases = [
        (
            "row",
            format!(
                "steps:\n{find}  send: {{ operation: send, body: {{ a: {{ value: 1, when: \"{much}\" }} }} }}\n"
            ),
        ),
        (
            "unless",
            format!(
                "steps:\n  send: {{ operation: send, body: {{ a: {{ value: 1, unless: \"{much}\" }} }} }}\n"
            ),
        ),
        (
            "each",
            format!(
                "steps:\n{find}  send: {{ operation: send, body: {{ a: {{ each: traits.l, where: \"{much}\", to: item }} }} }}\n"
            ),
        ),
        (
            "step",
            format!("steps:\n{find}  send: {{ operation: send, when: \"{much}\", body: {{ a: userId }} }}\n"),
        ),
        (
            "step unless",
            format!(
                "steps:\n{find}  send: {{ operation: send, unless: \"{much}\", body: {{ a: userId }} }}\n"
            ),
        ),
        (
            "only step",
            format!("steps:\n  send: {{ operation: send, when: \"{much}\", body: {{ a: userId }} }}\n"),
        ),
        (
            "group",
            format!(
                "steps:\n{find}  g: {{ when: \"{much}\", steps: {{ send: {{ operation: send, body: {{ a: userId }} }} }} }}\n"
            ),
        ),
        (
            "for_each",
            format!(
                "steps:\n{find}  g: {{ for_each: traits.l, where: \"{much}\", steps: {{ send: {{ operation: send, body: {{ a: item }} }} }} }}\n"
            ),
        ),
        ("skip", format!("skip: [{{ when: \"{much}\", reason: r }}]\nsteps:\n{find}{send}")),
        ("require", format!("require: [{{ that: \"{much}\", otherwise: m }}]\nsteps:\n{find}{send}")),
        ("variant", format!("steps:\n{find}{send}variants:\n  v: {{ when: \"{much}\" }}\n")),
        (
            "switch",
            format!(
                "steps:\n{find}  send: {{ operation: send, body: {{ a: {{ switch: userId, cases: {{ u: {{ value: 1, when: \"{much}\" }} }} }} }} }}\n"
            ),
        ),
        (
            "template",
            format!(
                "steps:\n{find}  send: {{ operation: send, body: {{ a: {{ template: \"{{% if {much} %}}1{{% endif %}}\" }} }} }}\n"
            ),
        ),
    ];
    let traits = |n: usize| json!({ "long": "x".repeat(n), "l": [1, 2] });
    for (name, text) in cases {
        let mapper = mapper(&format!("message: identify\n{text}"), json!({}));
        let event = |n| json!({ "type": "identify", "userId": "u", "traits": traits(n) });
        let (small, large) = (event(10), event(300_000));
        let was = |became: Became| match became {
            Became::Rejected(rejection) => rejection.code,
            other => format!("{other:?}"),
        };
        assert_ne!(was(preview(&mapper, &small)), "limit_exceeded", "{name}");
        assert_eq!(was(preview(&mapper, &large)), "limit_exceeded", "{name}");
        let bytes = large.to_string();
        let (mut scratch, bytes) = (Scratch::new(), bytes.as_str());
        let explained = mapwright_tests::ends::explained(&mapper, bytes.into(), &mut scratch);
        assert_eq!(
            explained.rejection.map(|rejection| rejection.code).as_deref(),
            Some("limit_exceeded"),
            "{name}"
        );
        let (sent, how) = drive(&mapper, &large, &[(200, json!({ "id": 1 })), (200, json!({}))]);
        assert!(sent.is_empty(), "{name}: {} requests, {how}", sent.len());
        assert!(how.contains("template_fuel"), "{name}: {how}");
    }
}

/// What an event with these traits is rejected for.
fn rejection(text: &str, traits: &Value) -> Option<String> {
    let event = json!({ "type": "identify", "userId": "u", "traits": traits });
    match preview(&rows([("t".into(), template(text))]), &event) {
        Became::Rejected(rejection) => Some(rejection.message),
        Became::Mapped(_) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_work_of_a_template_is_bounded() {
    let numbers: Vec<u32> = (0..1_000).collect();
    let long = "x".repeat(300_000);
    let traits = json!({
        "l": numbers, "s": long, "big": vec![1; 20_001], "o": { "s": long }, "named": { "a name of a member": long },
        "longs": vec![&long; 5],
    });
    let written = format!("{{% for a in traits.l %}}{}{{% endfor %}}", "x".repeat(2_000));
    for text in [
        written.as_str(),
        "{% for a in traits.l %}{% for x in [[traits.s]] %}{{ x|length }}{% endfor %}{% endfor %}",
        "{% for a in traits.l %}{% for x in [{'a': traits.s}] %}{{ x|length }}{% endfor %}{% endfor %}",
        "{% for a in traits.l %}{% for b in traits.l %}{% endfor %}{% endfor %}",
        "{% for a in traits.l %}{% if a in traits.l %}{% endif %}{% endfor %}",
        "{% for a in traits.l %}{{ traits.s }}{% endfor %}",
        "{% for a in traits.l %}{% if traits.o.a %}{% endif %}{% if traits.o == a %}{% endif %}{% endfor %}",
        "{% for a in traits.big %}{% endfor %}",
        "{% for a in traits.s %}{% endfor %}",
        "{{ traits.s|replace('x', traits.s) }}",
        "{{ traits.l|join(traits.s) }}",
        "{{ traits.longs|join }}",
        "{{ traits.s ~ traits.s ~ traits.s }}",
        "{{ traits.s + traits.s + traits.s }}",
        "{{ traits.big|list }}",
        "{{ traits.big[1:] }}",
        "{{ (traits.big + traits.big)|length }}",
    ] {
        assert_eq!(
            rejection(text, &traits).as_deref(),
            Some("the template cannot be filled in: it exceeds the limit `template_fuel` of 20000"),
            "{text}"
        );
    }
    for text in [
        "{% for a in traits.l %}{{ a }};{% endfor %}",
        "{{ traits.s }}{{ traits.s }}{{ traits.s }}{{ traits.s }}{{ traits.s }}",
        "{{ traits.s|lower|upper|trim|title }}{{ traits.s|upper }}{{ traits.s|string }}{{ traits.s }}",
        "{{ traits.s|replace('x', '') }}",
        "{{ traits.big|length }}{{ traits.big|last }}{{ traits.big|string }}",
        "{% if 7 in traits.big %}{{ traits.s }}{% endif %}",
        "{{ traits.s ~ 'abc' ~ 'def' }}",
        "{% for x in [traits.big] %}{{ x|length }}{% endfor %}",
        "{% for x in [traits.named] %}{{ x|length }}{% endfor %}",
        "{% for x in [[traits.s]] %}{{ x|length }}{% endfor %}",
        "{% for x in [{'a name': traits.s}] %}{{ x|length }}{% endfor %}",
    ] {
        assert_eq!(rejection(text, &traits), None, "{text}");
    }
}

/// Compared with every item separately, the objects of each of these events would be read some ten thousand times: that takes minutes.
#[test]
fn membership_is_linear_in_the_size_of_the_list() {
    let wide: Map<String, Value> = (0..20_000).map(|at| (format!("k{at}"), at.into())).collect();
    let mut last: Map<String, Value> =
        wide.iter().rev().map(|(key, value)| (key.clone(), value.clone())).collect();
    let long = "\u{e9}\n".repeat(100_000);
    let texts: Vec<String> = (0..20_000).map(|at| format!("\n{at}")).collect();
    let conditions =
        ["traits.x in traits.l", "traits.x not in traits.l", "traits.x in traits.l and (\"x\"|lower)"];
    let holds = |x: Value, l: Value| hold(conditions, &json!({ "x": x, "l": l }).to_string());
    let small = vec![json!({ "k0": 0 }); 20_000];
    assert_eq!(holds(json!(wide), json!(small)), [false, true, false]);
    let mut with_last = small.clone();
    with_last.push(json!(last));
    assert_eq!(holds(json!(wide), json!(with_last)), [true, false, true]);
    last.insert("k0".into(), json!(1));
    with_last.push(json!(last));
    assert_eq!(holds(json!(last), json!(with_last)), [true, false, true]);
    assert_eq!(holds(json!(long), json!(texts)), [false, true, false]);
    assert_eq!(holds(json!(texts), json!([texts, small])), [true, false, true]);
}

#[test]
fn what_cannot_be_evaluated_is_found_when_a_mapping_is_checked() {
    let found = |key: &str, text: &str| {
        let mapping = json!({
            "message": "identify",
            "payload": { "thing": { "a": { key: text, if key == "when" { "value" } else { "description" }: "x" } } },
            "steps": { "send": { "operation": "send", "body": "thing" } },
        });
        findings(&sources(&mapping.to_string()))
    };
    for (text, problem) in [
        ("traits.a|uper", "unknown filter `uper` (did you mean `upper`?)"),
        ("traits.a is strin", "unknown test `strin` (did you mean `string`?)"),
        ("traits.a|lower(1)", "too many arguments of `lower` (`lower` takes no arguments)"),
        ("traits.a|replace('x')", "missing argument of `replace` (write `replace(old, new, count)`)"),
        (
            "traits.a|round(1, precision=2)",
            "duplicate argument of `round` (write `round(precision, method)`)",
        ),
        ("traits.a|round(digits=2)", "too many arguments of `round` (write `round(precision, method)`)"),
        ("traits.a is startingwith", "missing argument of `startingwith` (write `startingwith(other)`)"),
        ("traits.a is matching", "missing argument of `matching` (write `matching(pattern)`)"),
        (
            "traits.a is matching('a(')",
            "expected a regular expression, found `a(` (unclosed group) (see https://docs.rs/regex/latest/regex/#syntax)",
        ),
        (
            "traits.a is matching('(a{1,1000}){1,1000}')",
            "expected a regular expression, found `(a{1,1000}){1,1000}` (it compiles to more than 1024 KiB (limit `pattern_bytes`)) (see https://docs.rs/regex/latest/regex/#syntax)",
        ),
        (
            r#"traits.a is matching("\bpro\b")"#,
            r"expected a regular expression, found `\bpro\b` (it has a backspace) (a word boundary is written as `\\b`)",
        ),
        ("traits.a is number(1)", "too many arguments of `number` (`number` takes no arguments)"),
        ("traits.a|join(*traits.b)", "unpacking of arguments is not supported (state them one by one)"),
        (
            "traits.a == 1e999",
            "the number is out of range (numbers have up to 64 bits; `traits.id|string == \"…\"` compares the digits of longer ones)",
        ),
        (
            "traits.a|lower - 1 > 0",
            "`-` takes numbers, and one operand is never a number (convert a string with `|float` or `|int`)",
        ),
    ] {
        let found = found("when", text);
        assert!(found.ends_with(&format!("invalid-condition: {problem}")), "{text}: {found}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
    for (text, problem) in [
        (
            "{% for a, b in traits.a %}{% endfor %}",
            "a loop takes one variable (write `{% for item in list %}`)",
        ),
        (
            "{% for a in traits.a recursive %}{% endfor %}",
            "recursive loops are not supported (nest a loop inside the loop)",
        ),
        (
            "{% for a in traits.a %}{{ loop.idx }}{% endfor %}",
            "unknown loop variable `loop.idx` (expected one of `loop.index`, `loop.index0`, `loop.revindex`, `loop.revindex0`, `loop.first`, `loop.last`, `loop.length`, `loop.depth`, `loop.depth0`)",
        ),
        (
            "{% set a = 1 %}",
            "this statement is not supported (templates support only `{{ … }}`, `{% if %}` and `{% for %}`)",
        ),
        ("{{ traits.a|uper }}", "unknown filter `uper` (did you mean `upper`?)"),
    ] {
        let found = found("template", text);
        assert!(found.ends_with(&format!("invalid-template: {problem}")), "{text}: {found}");
    }
    let unknown = found("template", "{% for a in traits.a %}{{ a }}{% else %}{{ a }}{% endfor %}");
    assert!(unknown.contains("unknown-name"), "{unknown}");
    let unknown = found("template", "{% for a in traits.a if loop.first %}{{ a }}{% endfor %}");
    assert!(unknown.contains("unknown-name"), "{unknown}");
}
