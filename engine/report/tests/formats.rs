//! Reports are as their readers ask: what the formats say of elements, attributes and values is stated here as data, in our own words.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use mapwright::{Finding, Place, Rule, Severity, Sources};
use mapwright_report::{FORMATS, Format, Look, render};
use mapwright_validate::{Options, Report, validate};
use roxmltree::Node;
use serde_json::Value;

static ODD: Rule = Rule::new("odd", Severity::Warning, "odd", "It is odd.\n\n```yaml\na: 1\n```\n");

/// A report of real findings: with fixes, related places, suppressions and failing tests, and two findings that are alike.
fn report() -> (Report, Sources) {
    let sources: Sources = [
        (
            "mappings/acme/destination.yaml",
            "title: Acme\nnames: [Acme]\nversions: { default: \"1\" }\nhosts: [api.acme.example.com]\n",
        ),
        (
            "mappings/acme/1/version.yaml",
            "version: \"1\"\nserver: { value: https://api.acme.example.com }\noperations:\n  send: { method: POST, path: /send }\nconversions:\n  one: trim # mapwright: allow(unused-definition) the \"next\" version\n  two: trim\n",
        ),
        (
            "mappings/acme/1/identify.yaml",
            "message: identify\npayload:\n  person: { email: [traits.email, traits.email], mail: traits.emial, note: traits.emial }\nsteps:\n  send: { operation: send, body: person }\n",
        ),
        (
            "mappings/acme/1/identify.test.yaml",
            "tests:\n  - { name: one, event: { type: identify, traits: { email: a@example.com } }, expect: { requests: [{ body: { email: b@example.com } }] } }\n  - { name: two, event: { type: identify, traits: { email: a@example.com } }, expect: { requests: [{ step: send }] } }\n",
        ),
    ]
    .into_iter()
    .collect();
    let mut report = validate(&sources, &Options::default());
    assert!(report.findings.len() > 3 && !report.suppressed.is_empty() && report.tests.len() == 2);
    let place = Place::new("mappings/a b/ü.yaml", "a: 1\nb: 2\n", 0..7);
    report.findings.push(Finding::new(&ODD, place, "`a` <odd> & \"so\""));
    (report, sources)
}

fn rendered(name: &str) -> String {
    let (report, sources) = report();
    let format: Format = FORMATS.iter().find(|format| format.name == name).unwrap().with(Look::PLAIN);
    render(&report, &sources, format)
}

/// What an element may have: attributes that it needs, others, and elements in it.
type Element = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// By the schema that Jenkins' plugin for JUnit and others share, and `file` and `line`, which GitLab and pytest have beside it.
const JUNIT: [Element; 6] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors", "disabled"], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests"],
        &[
            "failures",
            "errors",
            "time",
            "disabled",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
        ],
        &["testcase", "properties", "system-out", "system-err"],
    ),
    (
        "testcase",
        &["name", "classname"],
        &["time", "status", "assertions", "file", "line"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("failure", &[], &["message", "type"], &[]),
    ("skipped", &[], &["message"], &[]),
    ("system-out", &[], &[], &[]),
];

/// By what Checkstyle writes and its readers look for.
const CHECKSTYLE: [Element; 3] = [
    ("checkstyle", &["version"], &[], &["file"]),
    ("file", &["name"], &[], &["error"]),
    ("error", &["line", "severity", "message", "source"], &["column"], &[]),
];

fn is_as(node: Node<'_, '_>, elements: &[Element]) {
    let name = node.tag_name().name();
    let (_, needed, others, inside) = elements.iter().find(|element| element.0 == name).unwrap();
    for attribute in node.attributes() {
        let known = needed.iter().chain(*others).any(|known| *known == attribute.name());
        assert!(known, "{name}: {}", attribute.name());
        if matches!(attribute.name(), "line" | "column" | "tests" | "failures" | "errors" | "skipped") {
            attribute.value().parse::<usize>().unwrap();
        }
    }
    assert!(needed.iter().all(|needed| node.has_attribute(*needed)), "{node:?}");
    for child in node.children().filter(Node::is_element) {
        assert!(inside.contains(&child.tag_name().name()), "{name}: {child:?}");
        is_as(child, elements);
    }
}

#[test]
fn junit_has_the_elements_and_numbers_of_its_schema() {
    let text = rendered("junit");
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    is_as(root, &JUNIT);
    let count = |node: Node<'_, '_>, name: &str| {
        node.descendants().filter(|node| node.has_tag_name(name)).count().to_string()
    };
    for suite in
        document.descendants().filter(|node| matches!(node.tag_name().name(), "testsuite" | "testsuites"))
    {
        assert_eq!(suite.attribute("tests"), Some(count(suite, "testcase").as_str()));
        assert_eq!(suite.attribute("failures"), Some(count(suite, "failure").as_str()));
        if let Some(skipped) = suite.attribute("skipped") {
            assert_eq!(skipped, count(suite, "skipped"));
        }
    }
    // a test case is known again by its names
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let names: Vec<_> = cases
        .map(|case| (case.attribute("classname"), case.attribute("name"), case.attribute("line")))
        .collect();
    assert!(names.len() > 4);
}

#[test]
fn checkstyle_has_the_elements_of_its_schema() {
    let text = rendered("checkstyle");
    let document = roxmltree::Document::parse(&text).unwrap();
    is_as(document.root_element(), &CHECKSTYLE);
    let files: Vec<_> =
        document.root_element().children().filter_map(|file| file.attribute("name")).collect();
    assert_eq!(files.iter().collect::<BTreeSet<_>>().len(), files.len(), "each file once");
    for error in document.descendants().filter(|node| node.has_tag_name("error")) {
        let severity = error.attribute("severity").unwrap();
        assert!(["ignore", "info", "warning", "error"].contains(&severity), "{severity}");
        assert_ne!(error.attribute("line"), Some("0"));
    }
}

#[test]
fn gitlab_has_the_members_of_code_quality() {
    let issues: Vec<Value> = serde_json::from_str(&rendered("gitlab")).unwrap();
    let mut fingerprints = BTreeSet::new();
    for issue in &issues {
        for member in ["description", "check_name", "fingerprint"] {
            assert!(issue[member].as_str().is_some(), "{issue}");
        }
        let severity = issue["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.starts_with("./") && !path.starts_with('/'), "{path}");
        let (begin, end) = (&issue["location"]["lines"]["begin"], &issue["location"]["lines"]["end"]);
        assert!(begin.as_u64().unwrap() >= 1 && end.as_u64() >= begin.as_u64(), "{issue}");
        fingerprints.insert(issue["fingerprint"].as_str().unwrap());
    }
    assert_eq!(fingerprints.len(), issues.len(), "GitLab shows one of those that are alike");
}

/// The region of a location or a replacement.
fn is_region(region: &Value) {
    let number = |name: &str| region[name].as_u64().unwrap();
    let (start, end) =
        ((number("startLine"), number("startColumn")), (number("endLine"), number("endColumn")));
    assert!(start.0 >= 1 && start.1 >= 1 && start <= end, "{region}");
    number("byteOffset");
    number("byteLength");
}

#[test]
fn sarif_refers_to_what_is_there() {
    let log: Value = serde_json::from_str(&rendered("sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let (driver, bases) = (&run["tool"]["driver"], &run["originalUriBaseIds"]);
    let rules = driver["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len());
    let is_file = |artifact: &Value| {
        let uri = artifact["uri"].as_str().unwrap();
        assert!(uri.is_ascii() && !uri.contains([' ', '\\', '<']), "{uri}");
        assert!(bases.get(artifact["uriBaseId"].as_str().unwrap()).is_some());
    };
    let is_location = |location: &Value| {
        is_file(&location["physicalLocation"]["artifactLocation"]);
        is_region(&location["physicalLocation"]["region"]);
    };
    let (mut fixes, mut silent) = (0, 0);
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note", "none"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        result["locations"].as_array().unwrap().iter().for_each(is_location);
        let related = result["relatedLocations"].as_array().cloned().unwrap_or_default();
        related.iter().for_each(is_location);
        let ids: BTreeSet<u64> = related.iter().map(|location| location["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), related.len());
        for fix in result["fixes"].as_array().into_iter().flatten() {
            fixes += 1;
            assert!(fix["description"]["text"].is_string());
            for change in fix["artifactChanges"].as_array().unwrap() {
                is_file(&change["artifactLocation"]);
                for replacement in change["replacements"].as_array().unwrap() {
                    is_region(&replacement["deletedRegion"]);
                }
            }
        }
        for suppression in result["suppressions"].as_array().unwrap() {
            silent += 1;
            assert!(["inSource", "external"].contains(&suppression["kind"].as_str().unwrap()));
        }
    }
    assert!(fixes > 1 && silent == 1, "{fixes} {silent}");
}
