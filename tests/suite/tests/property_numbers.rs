//! The numbers that properties are tried with: those that conditions and schemas tell from their neighbours.

use mapwright_tests::sources;
use mapwright_validate::{Options, validate};

/// What never is refused, and has a bound.
const ANY: &str = r#"{ "anyOf": [{ "maximum": 100 }, { "exclusiveMinimum": 100 }] }"#;

/// The messages of the properties that fail, of a mapping that sends a quantity, which has this schema, and a score.
fn broken(quantity: &str, properties: &str) -> String {
    let mut sources = sources(
        "message: identify\npayload:\n  thing:\n    quantity: { from: traits.quantity, as: number, on_error: omit }\n    score: { from: traits.score, as: number, on_error: omit, when: \"traits.score <= 40\" }\nsteps:\n  send: { operation: send, body: thing }\n",
    );
    let version = sources.get("mappings/acme/1.0/version.yaml").unwrap().to_owned();
    let version = version.replace("path: /send", "path: /send, schema: thing.json");
    sources.insert("mappings/acme/1.0/version.yaml", version);
    sources.insert(
        "schemas/acme/1.0/thing.json",
        format!(r#"{{ "properties": {{ "quantity": {quantity}, "score": {{}} }} }}"#),
    );
    let tests = format!("settings: {{ apiKey: key }}\nproperties:\n{properties}");
    sources.insert("mappings/acme/1.0/identify.test.yaml", tests);
    let findings = validate(&sources, &Options::default()).findings;
    let failed = findings.iter().filter(|finding| finding.rule.id == "failing-test");
    failed.map(|finding| format!("{}\n", finding.message)).collect()
}

#[test]
fn numbers_at_and_beside_a_bound_are_tried() {
    // of a condition, and of a schema
    for number in ["39", "40", "40.5", "41", "0", "2.5", "-1"] {
        let said = broken(ANY, &format!("  - {{ name: bound, must: traits.score != {number} }}\n"));
        assert!(said.contains("`traits.score != "), "{number}: {said}");
    }
    for number in ["99", "100.5", "101", "0", "2.5"] {
        let said = broken(ANY, &format!("  - {{ name: bound, must: traits.quantity != {number} }}\n"));
        assert!(said.contains("`traits.quantity != "), "{number}: {said}");
    }
}

#[test]
fn a_body_that_breaks_its_schema_at_a_bound_is_found() {
    let said =
        broken(r#"{ "type": "number", "not": { "const": 100 } }"#, "  - { name: every body is right }\n");
    assert!(said.contains("a body violates its schema"), "{said}");
}
