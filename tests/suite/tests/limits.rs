//! Every limit has a name, a default and a clear error.

use mapwright_tests::{findings, mapper, preview, sources};

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
            "mappings/acme/1.0/identify.yaml:1:55 invalid-condition: `*` takes numbers, and one operand is never a number (convert a string with `|float` or `|int`)",
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
