//! The shipped mappings, and made-up ones that cover the language, pass their own checks and tests.

use mapwright::Sources;
use mapwright_tests::{files, workspace};
use mapwright_validate::{Format, Options, Report, validate};
use serde_json::{Value, json};

fn folder(name: &str) -> Sources {
    files(&workspace().join("tests/data/mappings").join(name))
}

fn flawless(sources: &Sources) -> Report {
    let report = validate(sources, &Options::default());
    assert!(report.findings.is_empty(), "{}", report.render(sources, Format::Text { color: false }));
    report
}

#[test]
fn the_shipped_mappings_pass_their_tests() {
    let checked = flawless(&mapwright_builtin::sources()).checked;
    assert!(checked.tests > 100 && checked.cases >= 250, "{checked:?}");
}

#[test]
fn the_made_up_destinations_pass_their_tests() {
    for name in ["catalog", "fanout", "formpost"] {
        let checked = flawless(&folder(name)).checked;
        assert!(checked.tests > 0 && checked.cases >= 5, "{name}: {checked:?}");
    }
}

#[test]
fn the_patched_schema_of_a_later_version_is_its_own() {
    let mut sources = mapwright_builtin::sources();
    let path = "mappings/intercom/2.16/identify.yaml";
    let number = sources.get(path).unwrap().replace("last: string", "last: number");
    sources.insert(path, number);
    let report = validate(&sources, &Options::default());
    let found: Vec<&str> = report.findings.iter().map(|finding| finding.rule.id).collect();
    assert!(found.contains(&"schema-violation"), "{found:?}");
}

#[test]
fn the_schemas_of_events_take_their_own_examples() {
    let sources = mapwright_builtin::sources();
    let events: Vec<(&str, Value)> = sources
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix("schemas/events/")?, text)))
        .map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
        .collect();
    assert!(events.len() > 1);
    let uri = |name: &str| format!("https://schemas.example.com/{name}");
    let resources =
        events.iter().map(|(name, schema)| (uri(name), jsonschema::Resource::from_contents(schema.clone())));
    let registry = jsonschema::Registry::new().extend(resources).unwrap().prepare().unwrap();
    for (name, schema) in &events {
        let validator = jsonschema::options()
            .with_registry(&registry)
            .with_base_uri(uri(name))
            .build(schema)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for example in schema.get("examples").and_then(Value::as_array).into_iter().flatten() {
            validator.validate(example).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        assert!(!validator.is_valid(&json!({ "type": 7, "regulationType": 7 })), "{name}");
    }
}
