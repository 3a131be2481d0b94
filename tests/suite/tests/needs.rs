//! The needs of `docs/language/design.md`: each row of its tables has a mapping in `tests/data/needs`, with what becomes of events.

use std::collections::BTreeSet;
use std::fs;

use mapwright::{Severity, Sources};
use mapwright_report::{Format, Look, render};
use mapwright_tests::workspace;
use mapwright_validate::{Options, validate};
use serde_json::{Map, Value, json};

/// The sections whose tables list needs; the last one counts destinations.
const SECTIONS: std::ops::RangeInclusive<usize> = 1..=8;

/// The rows of the tables of the page: section, first cell and last cell.
fn rows() -> Vec<(usize, String, String)> {
    let page = fs::read_to_string(workspace().join("docs/language/design.md")).unwrap();
    let (mut section, mut rows) = (0, Vec::new());
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.split('.').next().unwrap().parse().unwrap();
        }
        let Some(cells) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else { continue };
        let cells: Vec<&str> = cells.split(" | ").collect();
        if !["need", "constructs"].contains(&cells[0]) {
            rows.push((section, cells[0].to_owned(), cells[cells.len() - 1].to_owned()));
        }
    }
    rows
}

/// What is stated of the needs of a section.
fn stated(section: usize) -> Vec<Value> {
    let path = workspace().join(format!("tests/data/needs/{section}.yaml"));
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(&fs::read_to_string(path).unwrap(), options).unwrap()
}

/// Puts members in the place of those of the same name; operations get those that are stated.
fn lay(under: &mut Value, over: &Value) {
    for (name, value) in over.as_object().into_iter().flatten() {
        let known = &mut under[name.as_str()];
        match value {
            Value::Object(operations) if name == "operations" => {
                for (operation, members) in operations {
                    lay(&mut known[operation.as_str()], members);
                }
            }
            value => *known = value.clone(),
        }
    }
}

/// A try of the row of a need as a test of a mapping.
fn test_of(tried: &Value) -> Value {
    let mut event = json!({ "type": "track" });
    lay(&mut event, &tried["event"]);
    let expected = match (tried.get("rejected"), tried.get("skipped"), tried.get("is")) {
        (Some(rejected), ..) => json!({ "rejected": rejected }),
        (_, Some(skipped), _) => json!({ "skipped": skipped }),
        (.., Some(value)) => json!({ "requests": [{ "body": { "field": value, "always": true } }] }),
        _ => json!({ "requests": [{ "body": { "always": true } }] }),
    };
    let mut test = json!({ "event": event, "expect": expected });
    if let Some(given) = tried.get("given") {
        test["settings"] = given.clone();
    }
    test
}

/// The files of a destination that has a need, with tests.
fn sources(need: &Value) -> Sources {
    let mut destination = json!({
        "title": "Acme", "names": ["ACME", "Acme"], "versions": { "default": "1" },
        "settings": { "apiKey": { "type": "string", "secret": true, "required": true } },
        "hosts": ["api.acme.example.com", "eu.acme.example.com"],
    });
    lay(&mut destination["settings"], &need["settings"]);
    lay(&mut destination, &need["destination"]);
    let mut version = json!({
        "version": "1",
        "server": { "value": "https://api.acme.example.com" },
        "headers": { "Authorization": { "template": "Bearer {{ settings.apiKey }}" } },
        "operations": {
            "send": { "method": "POST", "path": "/send" },
            "find": { "method": "GET", "path": "/things" },
            "get": { "method": "GET", "path": "/things/{id}" },
            "put": { "method": "PUT", "path": "/things/{id}" },
        },
    });
    lay(&mut version, &need["version"]);
    let mut mapping = json!({ "message": "track" });
    if let Some(row) = need.get("row") {
        mapping["payload"] = json!({ "thing": { "field": row, "always": { "value": true } } });
        mapping["steps"] = json!({ "send": { "operation": "send", "body": "thing" } });
    }
    lay(&mut mapping, &need["mapping"]);
    let list = |key: &str| need[key].as_array().cloned().unwrap_or_default();
    let mut tests: Vec<Value> = list("tries").iter().map(test_of).chain(list("tests")).collect();
    assert!(!tests.is_empty(), "{need} is not tried");
    for (at, test) in tests.iter_mut().enumerate() {
        test["name"] = Value::from(at.to_string());
        for response in test.get_mut("responses").and_then(Value::as_array_mut).into_iter().flatten() {
            response.as_object_mut().unwrap().entry("status").or_insert(json!(200));
        }
    }
    let tests = json!({ "settings": { "apiKey": "key" }, "now": "2024-05-01T12:00:00Z", "tests": tests });
    let mut files = Map::new();
    for (path, file) in
        [("destination", destination), ("1/version", version), ("1/track", mapping), ("1/track.test", tests)]
    {
        files.insert(format!("mappings/acme/{path}.yaml"), file);
    }
    files.extend(need["files"].as_object().cloned().unwrap_or_default());
    // JSON is YAML
    files.into_iter().map(|(path, file)| (path, file.to_string())).collect()
}

#[test]
fn every_need_of_the_page_is_met() {
    for section in SECTIONS {
        for need in stated(section) {
            let sources = sources(&need);
            let mut report = validate(&sources, &Options::default());
            report.findings.retain(|finding| finding.rule.severity == Severity::Error);
            let text = render(&report, &sources, Format::Text(Look::PLAIN));
            assert!(report.findings.is_empty(), "{section}. {}\n{text}", need["need"]);
            assert!(report.checked.tests > 0, "{section}. {}", need["need"]);
        }
    }
}

#[test]
fn every_row_of_the_page_is_stated_here_and_nothing_else() {
    let here: BTreeSet<(usize, String)> = SECTIONS
        .flat_map(|section| {
            stated(section).into_iter().map(move |need| (section, need["need"].as_str().unwrap().to_owned()))
        })
        .collect();
    let rows = rows();
    let there: BTreeSet<(usize, String)> = rows
        .iter()
        .filter(|(section, ..)| SECTIONS.contains(section))
        .map(|(section, need, _)| (*section, need.clone()))
        .collect();
    let lacking: Vec<_> = there.difference(&here).collect();
    let unknown: Vec<_> = here.difference(&there).collect();
    assert!(
        lacking.is_empty() && unknown.is_empty(),
        "without a test: {lacking:#?}, not on the page: {unknown:#?}"
    );
}

#[test]
fn nothing_is_missing_but_what_is_out_of_scope() {
    let rows = rows();
    let counts: Vec<&(usize, String, String)> = rows.iter().filter(|(section, ..)| *section == 9).collect();
    let last = counts.last().unwrap();
    assert_eq!(last.1, "out of scope");
    assert_eq!(last.2.split(';').count(), 4, "each of the four has its reason: {}", last.2);
    assert!(counts.iter().take(counts.len() - 1).all(|(.., today)| today == "all"));
    let open = rows.iter().filter(|(.., today)| today.contains("not yet"));
    assert_eq!(open.count(), 0);
}
