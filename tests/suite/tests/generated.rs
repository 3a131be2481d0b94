//! Committed files that are generated from the code are up to date: the schemas of the language and of reports, and the pages of the rules.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mapwright::{Rule, Severity, Sources, Spec};
use mapwright_report::{Look, coverage_schema, json_schema, render_findings};
use mapwright_tests::{files, generated, rust_files, workspace};
use mapwright_validate::{Options, breaking_changes, validate};
use serde_json::Value;

fn json(schema: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(schema).unwrap())
}

#[test]
fn schemas_of_the_language() {
    for (name, schema) in mapwright::language_schemas() {
        generated(&format!("schemas/{name}.schema.json"), &json(&schema));
    }
}

#[test]
fn schema_of_reports() {
    generated("schemas/validate-report.schema.json", &json(&json_schema()));
    generated("schemas/validate-coverage.schema.json", &json(&coverage_schema()));
}

#[test]
fn schema_of_differences() {
    let schema = mapwright_diff::diff_schema();
    generated("schemas/diff-report.schema.json", &json(&schema));
    let valid = Spec::load_only(&mapwright_builtin::sources().without_tests(), "intercom").check().unwrap();
    let versions = mapwright_describe::describe_all(&valid, "intercom");
    let diffs = versions.windows(2).map(|pair| mapwright_diff::diff(&pair[0], &pair[1])).collect();
    let events = Some(mapwright_diff::EventsReport::default());
    let doubles = Some(mapwright_diff::DoublesReport::default());
    let report = mapwright_diff::DiffReport { diffs, events, doubles };
    let report: Value = serde_json::from_str(&report.json()).unwrap();
    assert!(report["diffs"][0]["changes"].as_array().unwrap().len() > 50);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

/// The page lists every kind of change with its level and its meaning, and no other.
#[test]
fn kinds_of_changes_are_listed() {
    let page = std::fs::read_to_string(workspace().join("docs/diff.md")).unwrap();
    let lines = mapwright_diff::KINDS
        .iter()
        .map(|rule| format!("| `{}` | {} | {} |", rule.kind, rule.level.word(), rule.meaning));
    let (_, table) = page.split_once("| kind | level | meaning |\n|---|---|---|\n").unwrap();
    let listed: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    assert_eq!(listed, lines.collect::<Vec<_>>());
}

#[test]
fn schema_of_the_configuration() {
    let schema = mapwright_validate::config_schema();
    generated("schemas/mapwright-toml.schema.json", &json(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let fits = |path: &str| {
        let text = std::fs::read_to_string(workspace().join("tests/data/rules").join(path)).unwrap();
        validator.is_valid(&toml::from_str(&text).unwrap())
    };
    for rule in ["invalid-config", "unplanned-field"] {
        assert!(fits(&format!("{rule}/pass/mapwright.toml")), "{rule}");
    }
    assert!(fits("../../../mapwright.toml"));
    assert!(!fits("invalid-config/fail/mapwright.toml"));
}

#[test]
fn pages_of_the_rules() {
    let mut index = String::from(MADE_FROM);
    index += "# Rules of `validate-mappings`\n\n";
    index += "`validate-mappings --explain RULE` prints a rule's page in the terminal.\n\n| rule | severity | finds |\n|---|---|---|\n";
    for rule in mapwright::rules() {
        generated(&format!("docs/rules/{}.md", rule.id), &page(rule));
        writeln!(index, "| [`{0}`]({0}.md) | {1} | {2} |", rule.id, severity(rule), rule.summary).unwrap();
    }
    generated("docs/rules/README.md", &index);
    let pages = std::fs::read_dir(workspace().join("docs/rules")).unwrap().count();
    assert_eq!(pages, mapwright::rules().len() + 1, "docs/rules has pages of rules that are gone");
}

const MADE_FROM: &str = "<!-- Made from the sources of the rules and their fixtures; `UPDATE_GENERATED=1 cargo test -p mapwright-tests` rewrites it. -->\n";

fn severity(rule: &Rule) -> &'static str {
    match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

fn page(rule: &Rule) -> String {
    let folder = format!("tests/data/rules/{}", rule.id);
    let sources: Sources = files(&workspace().join(&folder).join("fail"));
    let mut findings = validate(&sources, &Options::default()).findings;
    let before = workspace().join(&folder).join("before");
    if before.is_dir() {
        findings.extend(breaking_changes(&files(&before), &sources).findings);
    }
    let mut page =
        format!("{MADE_FROM}# `{}`\n\n*{}*: {}\n\n{}", rule.id, severity(rule), rule.summary, rule.doc);
    page += "\n## Example\n";
    let mut shown = BTreeSet::new();
    for path in findings.iter().map(|finding| finding.place.path.as_str()) {
        if let (Some(text), true) = (sources.get(path), shown.insert(path)) {
            let language = path.rsplit('.').next().unwrap();
            write!(page, "\n`{path}`:\n\n```{language}\n{}\n```\n", text.trim_end()).unwrap();
        }
    }
    write!(
        page,
        "\n`validate-mappings` reports:\n\n```text\n{}```\n",
        render_findings(&findings, &sources, Look::PLAIN)
    )
    .unwrap();
    let source = source(rule);
    write!(page, "\nSource: [`{source}`](../../{source}). ").unwrap();
    writeln!(page, "Fixtures, wrong and right ones: [`{folder}`](../../{folder}).").unwrap();
    page
}

/// The source of a rule, which is called like it; what looks for it may be another file of that name, in another crate.
fn source(rule: &Rule) -> String {
    let file = format!("/rules/{}.rs", rule.id.replace('-', "_"));
    let mut found = rust_files("engine/findings").into_iter().filter(|path| path.ends_with(&file));
    let source = found.next().unwrap_or_else(|| panic!("{} has no file", rule.id));
    assert_eq!(found.next(), None, "{} has another file", rule.id);
    source
}

#[test]
fn the_source_of_a_rule_names_its_page_and_its_fixtures() {
    for rule in mapwright::rules() {
        let (id, source) = (rule.id, source(rule));
        let text = std::fs::read_to_string(workspace().join(&source)).unwrap();
        let opening: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let expected = format!("//! Page: `docs/rules/{id}.md`. Fixtures: `tests/data/rules/{id}/`.");
        assert!(opening[0].starts_with(&format!("//! `{id}`: ")), "{source}: {}", opening[0]);
        assert_eq!(opening.last(), Some(&expected.as_str()), "{source}");
        for path in [format!("docs/rules/{id}.md"), format!("tests/data/rules/{id}")] {
            assert!(workspace().join(&path).exists(), "{path}");
        }
    }
}

/// Returns all YAML files of the shipped mappings and of the test mappings.
fn mapping_files() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&workspace().join("mappings"), &mut found);
    collect(&workspace().join("tests/mappings"), &mut found);
    found.sort();
    assert!(found.len() > 30);
    found
}

/// Returns the schema of a file for editors.
fn schema_of(path: &Path) -> &'static str {
    match path.file_name().unwrap().to_str().unwrap() {
        "destination.yaml" => "mapping-destination",
        "version.yaml" => "mapping-version",
        file if file.ends_with(".test.yaml") => "mapping-test",
        _ => "mapping-message",
    }
}

fn validator(name: &str) -> jsonschema::Validator {
    let (_, schema) = mapwright::language_schemas().into_iter().find(|(known, _)| *known == name).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// Parses YAML like the engine: `yes` is text, and an anchor may be used often.
fn yaml(text: &str) -> Value {
    let budget = serde_saphyr::budget! { enforce_alias_anchor_ratio: false };
    let options = serde_saphyr::options! { strict_booleans: true, budget: budget };
    serde_saphyr::from_str_with_options(text, options).unwrap()
}

fn problems(path: &Path) -> Vec<String> {
    let file = yaml(&std::fs::read_to_string(path).unwrap());
    let validator = validator(schema_of(path));
    validator
        .iter_errors(&file)
        .map(|error| format!("{}: {error} at {}", path.display(), error.instance_path()))
        .collect()
}

#[test]
fn every_mapping_is_as_its_schema_says() {
    let problems: Vec<String> = mapping_files().iter().flat_map(|path| problems(path)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_mapping_names_its_schema_for_editors() {
    for path in mapping_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let line = text.lines().next().unwrap();
        let named = line.strip_prefix("# yaml-language-server: $schema=");
        let named = named.unwrap_or_else(|| panic!("{}: {line}", path.display()));
        let schema = path.parent().unwrap().join(named).canonicalize();
        let schema = schema.unwrap_or_else(|error| panic!("{}: {named}: {error}", path.display()));
        assert!(
            schema.ends_with(format!("schemas/{}.schema.json", schema_of(&path))),
            "{}: {named}",
            path.display()
        );
    }
}

#[test]
fn files_with_unknown_keys_are_not_as_their_schemas_say() {
    let folder = workspace().join("tests/data/rules/unknown-key/fail/mappings/acme/1");
    for file in ["identify.yaml", "identify.test.yaml"] {
        assert!(!problems(&folder.join(file)).is_empty(), "{file}");
    }
    let folder = workspace().join("tests/data/rules/unquoted-version/fail/mappings/acme");
    for file in ["destination.yaml", "2.10/version.yaml"] {
        assert!(!problems(&folder.join(file)).is_empty(), "{file}");
    }
}

#[test]
fn a_file_that_adds_to_another_may_state_only_what_differs() {
    for (name, text) in [
        ("mapping-message", "payload: { contact: { email: { as: lowercase } } }"),
        (
            "mapping-message",
            "payload: { contact: { email: { from: { first: traits.mail, without: [traits.email] } } } }",
        ),
        ("mapping-message", "variants: { retl: { remove: [steps.tag] } }"),
        ("mapping-version", "version: \"2\"\nextends: \"1\"\noperations: { send: { rate: slow } }"),
        (
            "mapping-version",
            "version: \"2\"\nextends: \"1\"\nvalues: { email: { instead: { traits.a: traits.b } } }",
        ),
    ] {
        let found: Vec<String> =
            validator(name).iter_errors(&yaml(text)).map(|error| error.to_string()).collect();
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}
