//! The shipped mappings, and made-up ones that cover the language, pass their own checks and tests.

use mapwright::{Outcome, Scratch, Sources};
use mapwright_report::{Format, Look, render};
use mapwright_tests::{NOW, bind, compile, files, made_up, workspace};
use mapwright_validate::{Options, Report, validate};
use serde_json::{Value, json};

fn folder(name: &str) -> Sources {
    files(&workspace().join("tests/mappings").join(name))
}

fn flawless(sources: &Sources) -> Report {
    let report = validate(sources, &Options::default());
    assert!(report.findings.is_empty(), "{}", render(&report, sources, Format::Text(Look::PLAIN)));
    report
}

#[test]
fn the_shipped_mappings_pass_their_tests() {
    let checked = flawless(&mapwright_builtin::sources()).checked;
    assert!(checked.tests > 100 && checked.cases >= 250, "{checked:?}");
}

/// The names of the parts that steps send as their body, also within groups.
fn bodies(steps: &Value, sent: &mut Vec<String>) {
    for step in steps.as_object().into_iter().flat_map(|steps| steps.values()) {
        sent.extend(step["body"].as_str().map(str::to_owned));
        bodies(&step["steps"], sent);
    }
}

/// The names of the parts that rows read as a whole, since only a part may have the field `"..."`.
fn read(rows: &Value, sent: &mut Vec<String>) {
    match rows {
        Value::String(source) => {
            let part = source.strip_prefix("payload.").filter(|part| !part.contains('.'));
            sent.extend(part.map(str::to_owned));
        }
        Value::Array(rows) => rows.iter().for_each(|row| read(row, sent)),
        Value::Object(rows) => rows.values().for_each(|row| read(row, sent)),
        _ => {}
    }
}

#[test]
fn every_payload_part_of_a_shipped_mapping_is_sent() {
    let sources = mapwright_builtin::sources();
    let is_mapping = |path: &str| {
        path.starts_with("mappings/") && path.ends_with(".yaml") && !path.ends_with(".test.yaml")
    };
    let files = sources.iter().filter(|(path, _)| is_mapping(path));
    let files: Vec<(&str, Value)> =
        files.map(|(path, text)| (path, serde_saphyr::from_str(text).unwrap())).collect();
    let mut sent = Vec::new();
    for (_, file) in &files {
        bodies(&file["steps"], &mut sent);
        ["payload", "values"].iter().for_each(|key| read(&file[key], &mut sent));
    }
    let mut parts = 0;
    for (path, file) in &files {
        let variants = file["variants"].as_object().into_iter().flat_map(|variants| variants.values());
        for part in std::iter::once(file).chain(variants).filter_map(|part| part["payload"].as_object()) {
            parts += part.len();
            let idle: Vec<&String> = part.keys().filter(|name| !sent.contains(name)).collect();
            assert!(idle.is_empty(), "{path}: {idle:?} are never sent");
        }
    }
    assert!(parts > 10);
}

#[test]
fn the_made_up_destinations_pass_their_tests() {
    for name in made_up() {
        let checked = flawless(&folder(&name)).checked;
        assert!(checked.tests > 0 && checked.cases >= 5, "{name}: {checked:?}");
    }
}

#[test]
fn requests_of_each_version_name_it() {
    let plans = compile(&mapwright_builtin::sources());
    for version in ["1.4", "2.10", "2.14", "2.16", "preview"] {
        let mapper = bind(&plans, "intercom", json!({ "apiVersion": version }));
        let mut scratch = Scratch::new();
        let event = json!({ "type": "identify", "userId": "u1" });
        let Outcome::Mapped(mut run) = mapper.map(&event, NOW, &mut scratch) else { panic!("{version}") };
        let request = run.request().unwrap().unwrap();
        let header = request.headers().find(|(name, _)| *name == "Intercom-Version").map(|(_, value)| value);
        assert_eq!(header, Some(if version == "preview" { "Preview" } else { version }));
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
