//! Every limit has a name, a default and a clear error.

use mapwright::Limits;
use mapwright_tests::{drive, findings, mapper, preview, sources};

/// Returns the findings of a mapping with this key and text.
fn found(key: &str, text: &str) -> String {
    let mapping = serde_json::json!({
        "message": "identify",
        "payload": { "thing": { "a": { key: text, if key == "when" { "value" } else { "description" }: "x" } } },
        "steps": { "send": { "operation": "send", "body": "thing" } },
    });
    findings(&sources(&mapping.to_string()))
}

#[test]
fn conditions_and_templates_have_a_bounded_number_of_tokens() {
    let condition = |links: usize| format!("userId{}", " and userId".repeat(links));
    assert_eq!(found("when", &condition(124)), "");
    assert_eq!(
        found("when", &condition(125)),
        "mappings/acme/1.0/identify.yaml:1:55 invalid-condition: the condition has more than 250 tokens (limit `expression_tokens`) (split it into rows of a payload part and read those)"
    );
    let template = |names: usize| "a {{ userId }}".repeat(names);
    assert_eq!(found("template", &template(83)), "");
    assert_eq!(
        found("template", &template(84)),
        "mappings/acme/1.0/identify.yaml:1:59 invalid-template: the template has more than 250 tokens (limit `expression_tokens`) (split it into rows of a payload part and read those)"
    );
    // deep nesting is refused before it is parsed
    for deep in ["not ", "(", "[", "-", "a.", "a|abs or "] {
        assert!(
            found("when", &format!("{}userId", deep.repeat(4_000))).contains("`expression_tokens`"),
            "{deep}"
        );
    }
    for deep in ["{{ userId", "{% if userId %}", "{{ userId }}{# note #}"] {
        assert!(found("template", &deep.repeat(4_000)).contains("`expression_tokens`"), "{deep}");
    }
}

#[test]
fn only_numbers_are_multiplied() {
    for fine in [
        "traits.n|float * 2 > 3",
        "(2 + traits.n|int) * -traits.m|length == 4",
        "2 * 3 == 6",
        "traits.n * 2 > 3",
        "(1 + traits.n) * 2",
    ] {
        assert_eq!(found("when", fine), "", "{fine}");
    }
    for repeats in ["'x' * 100000000", "[0] * 100000000", "2 * (traits.n ~ 'x')", "traits.n|lower * 2"] {
        assert_eq!(
            found("when", repeats),
            "mappings/acme/1.0/identify.yaml:1:56 invalid-condition: `*` takes numbers, and one operand is never a number (convert a string with `|float` or `|int`)",
            "{repeats}"
        );
    }
}

/// Comparing 80,000 members pairwise would take minutes.
#[test]
fn objects_with_many_members_are_united_in_linear_time() {
    let members = |value: u32| -> serde_json::Map<String, serde_json::Value> {
        (0..80_000).map(|place| (format!("k{place}"), value.into())).collect()
    };
    let event =
        serde_json::json!({ "type": "identify", "traits": members(1), "context": { "traits": members(2) } });
    for row in ["{ rest_of: [context.traits, traits] }", "{ merge: [context.traits, traits] }", "traits"] {
        for field in ["all", "\"...\""] {
            let part = format!("{{ {field}: {row}, k7: {{ value: stated }} }}");
            let identify = format!(
                "message: identify\npayload:\n  thing: {part}\nsteps:\n  send: {{ operation: send, body: thing }}\n"
            );
            let body = preview(&mapper(&identify, serde_json::json!({})), &event).body();
            let all = if field == "all" { &body["all"] } else { &body };
            assert_eq!(all.as_object().unwrap().len(), 80_000, "{part}");
            assert_eq!((&all["k79999"], &body["k7"]), (&1.into(), &"stated".into()), "{part}");
        }
    }
}

/// A mapping with these named values and parts, whose step sends `thing`.
fn with_values(values: &[String], parts: &[String], x: &str) -> String {
    format!(
        "message: identify\nvalues:\n{}payload:\n{}  thing: {{ x: {x} }}\nsteps: {{ send: {{ operation: send, body: thing }} }}\n",
        values.concat(),
        parts.concat()
    )
}

#[test]
fn values_that_read_others_twice_end_at_a_number_of_rows() {
    let last = |rows: &dyn Fn(usize) -> String, first: &str, x: &str| {
        let values: Vec<String> = std::iter::once(format!("  v0: {first}\n"))
            .chain((1..=40).map(|at| format!("  v{at}: {}\n", rows(at - 1))))
            .collect();
        findings(&sources(&with_values(&values, &[], x)))
    };
    for (rows, first, x) in [
        (
            &(|of| format!(r#"{{ template: "{{{{ $v{of} }}}}{{{{ $v{of} }}}}" }}"#))
                as &dyn Fn(usize) -> String,
            "traits.s",
            "$v40",
        ),
        (
            &|of| format!(r#"{{ value: "1", when: $v{of} and $v{of} }}"#),
            "item.x",
            "{ each: traits.l, to: $v40 }",
        ),
        (
            &|of| format!(r#"{{ template: "{{% if $v{of} == 5 %}}a{{% elif $v{of} %}}b{{% endif %}}" }}"#),
            "item.x",
            "{ each: traits.l, to: $v40 }",
        ),
        (&|of| format!("{{ join: [$v{of}, $v{of}] }}"), "traits.s", "$v40"),
    ] {
        let found = last(rows, first, x);
        assert!(found.contains("(limit `list_rows`)"), "{found}");
    }
}

#[test]
fn what_is_made_of_large_values_has_a_bounded_number_of_bytes() {
    let large = serde_json::json!({
        "type": "identify", "userId": "u", "traits": { "s": "a".repeat(1 << 20), "l": ["b".repeat(1 << 20)] },
    });
    let parts: Vec<String> = std::iter::once("  q0: { a: traits.s }\n".to_owned())
        .chain((1..=30).map(|at| format!("  q{at}: {{ a: payload.q{0}, b: payload.q{0} }}\n", at - 1)))
        .collect();
    let fields: String =
        (1..=30).map(|at| format!(", f{at}: {{ join: [payload.q.f{0}, payload.q.f{0}] }}", at - 1)).collect();
    let fields = vec![format!("  q: {{ f0: traits.s{fields} }}\n")];
    let value = |form: &str, of: &str| -> Vec<String> {
        let values = (1..=10).map(|at| format!("  v{at}: {}\n", form.replace('V', &format!("$v{}", at - 1))));
        std::iter::once(format!("  v0: {of}\n")).chain(values).collect()
    };
    let none = || vec!["  n: traits.n\n".to_owned()];
    for mapping in [
        with_values(&none(), &parts, "payload.q30"),
        with_values(&none(), &fields, "payload.q.f30"),
        with_values(&value("{ concat: [V, V] }", "traits.l"), &[], "$v10"),
        with_values(&value("{ list: [V, V] }", "traits.s"), &[], "$v10"),
        with_values(&value("{ join: [V, V] }", "traits.s"), &[], "$v10"),
        with_values(&value("{ object: { a: V, b: V } }", "traits.s"), &[], "$v10"),
        with_values(&value("{ template: \"{{ V }}{{ V }}\" }", "traits.s"), &[], "$v10"),
    ] {
        let preview = preview(&mapper(&mapping, serde_json::json!({ "apiKey": "k" })), &large);
        assert!(format!("{preview:?}").contains("limit `request_bytes`"), "{mapping}{preview:.300?}");
    }
}

#[test]
fn the_items_of_all_rounds_are_counted_before_the_first_request() {
    let identify = "message: identify\npayload: { line: { all: { each: item.l, to: item } } }\n\
                    steps: { lines: { for_each: traits.lines, operation: send, body: line } }\n";
    let mut limits = Limits::default();
    limits.items = 20;
    let mapper = mapper(identify, serde_json::json!({})).with_limits(limits);
    let sent = |rounds: usize, items: usize| {
        let line = serde_json::json!({ "l": vec![1; items] });
        let event = serde_json::json!({ "type": "identify", "traits": { "lines": vec![line; rounds] } });
        let answers = vec![(200, serde_json::json!({})); rounds];
        let (sent, end) = drive(&mapper, &event, &answers);
        assert_eq!(end.contains("limit `items`"), sent.is_empty(), "{end}");
        sent.len()
    };
    assert_eq!(sent(3, 4), 3);
    assert_eq!(sent(4, 8), 0);
}

#[test]
fn what_is_made_on_the_way_to_a_small_value_is_bounded_too() {
    let mut limits = Limits::default();
    (limits.request_bytes, limits.event_bytes) = (10_000, 10_000);
    let long = "{ template: '{{ traits.s }}{{ traits.s }}' }";
    let said = |row: &str, items: usize| {
        let identify = format!(
            "message: identify\npayload: {{ thing: {{ id: userId, n: {row} }} }}\nsteps: {{ send: {{ operation: send, body: thing }} }}\n"
        );
        let traits = serde_json::json!({ "s": "a".repeat(1_000), "l": vec![1; items] });
        let event = serde_json::json!({ "type": "identify", "userId": "u", "traits": traits });
        format!("{:?}", preview(&mapper(&identify, serde_json::json!({})).with_limits(limits), &event))
    };
    for row in [
        format!("{{ each: traits.l, to: {{ a: {long}, b: item }}, as: count }}"),
        format!("{{ each: traits.l, to: {{ list: [item, {long}] }}, as: count }}"),
    ] {
        assert!(said(&row, 2).starts_with("Mapped"), "{row}: {}", said(&row, 2));
        let made = said(&row, 8);
        assert!(made.contains("the items of lists have more than 10000 bytes"), "{row}: {made}");
    }
    let list = |rows: usize| format!("{{ list: [{}], as: count }}", vec![long; rows].join(", "));
    assert!(said(&list(3), 0).starts_with("Mapped"));
    assert!(said(&list(6), 0).contains("what is made has more than 10000 bytes"));
    let concat = |rows: usize| format!("{{ concat: [{}], as: count }}", vec![long; rows].join(", "));
    assert!(said(&concat(3), 0).starts_with("Mapped"));
    assert!(said(&concat(6), 0).contains("what is made has more than 10000 bytes"));
}
