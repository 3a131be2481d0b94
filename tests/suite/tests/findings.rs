//! A name whose entry could not be read is not reported a second time where it is used. What is kept back belongs to one kind of name in
//! one version of one destination, and counts against that version.

use mapwright::{Plans, Schemas, Sources, Spec, TestRun, WithFindings};
use mapwright_tests::list;

/// A kind of name: an entry called `save` that is right, one that cannot be read, and a use of it.
struct Kind {
    name: &'static str,
    /// The rule that reports a `save` that is not there.
    rule: &'static str,
    right: &'static [Edit],
    unread: &'static [Edit],
    using: &'static [Edit],
}

/// Text for a place of the files below.
type Edit = (&'static str, &'static str);

const KINDS: [Kind; 12] = [
    Kind {
        name: "operation",
        rule: "unknown-operation",
        right: &[("OPERATIONS", "save: { method: PUT, path: /save }")],
        unread: &[("OPERATIONS", "save: 5")],
        using: &[("STEPS", "use_operation: { operation: save }")],
    },
    Kind {
        name: "value",
        rule: "unknown-value",
        right: &[("VALUES", "save: [userId]")],
        unread: &[("VALUES", "save: { frm: userId }")],
        using: &[("FIELDS", "use_list: $save")],
    },
    Kind {
        name: "part",
        rule: "unknown-payload",
        right: &[("PARTS", "save: { x: userId }")],
        unread: &[("PARTS", "save: 5")],
        using: &[("FIELDS", "use_part: payload.save")],
    },
    Kind {
        name: "field",
        rule: "unknown-payload",
        right: &[("OTHER_FIELDS", "save: userId")],
        unread: &[("OTHER_FIELDS", "save: { frm: userId }")],
        using: &[("FIELDS", "use_field: payload.other.save")],
    },
    Kind {
        name: "setting",
        rule: "unknown-setting",
        right: &[("SETTINGS", "save: { type: string }")],
        unread: &[("SETTINGS", "save: 5")],
        using: &[("FIELDS", "use_setting: settings.save")],
    },
    Kind {
        name: "column",
        rule: "unknown-column",
        right: &[("COLUMNS", "save: { type: string }")],
        unread: &[("COLUMNS", "save: 5")],
        using: &[("FIELDS", "use_column: { each: settings.rows, to: item.save }")],
    },
    Kind {
        name: "set",
        rule: "unknown-set",
        right: &[("SETS", "save: [a]")],
        unread: &[("SETS", "save: { a: b }")],
        using: &[("FIELDS", "use_set: { from: traits, as: { omit: $save } }")],
    },
    Kind {
        name: "rate",
        rule: "unknown-rate",
        right: &[("RATES", "save: { requests: 1, per: 1s }")],
        unread: &[("RATES", "save: 5")],
        using: &[("OPERATIONS", "limited: { method: GET, path: /limited, rate: save }")],
    },
    Kind {
        name: "step",
        rule: "unknown-step",
        right: &[("STEPS", "save: { operation: send }")],
        unread: &[("STEPS", "save: 5")],
        using: &[("STEPS", "use_step: { operation: send, on: { status: 404, then: save } }")],
    },
    Kind {
        name: "capture",
        rule: "unknown-capture",
        right: &[("CAPTURES", "save: response.body.id")],
        unread: &[("CAPTURES", "save: { frm: response.body.id }")],
        using: &[("STEPS", "use_capture: { operation: send, when: captures.save }")],
    },
    Kind {
        name: "parameter",
        rule: "missing-parameter",
        right: &[("PARAMS", "save: userId")],
        unread: &[("PARAMS", "save: { frm: userId }")],
        using: &[],
    },
    Kind {
        name: "schema",
        rule: "invalid-schema",
        right: &[("SCHEMA", r#"{ "type": "object" }"#)],
        unread: &[("SCHEMA", "{")],
        using: &[("OPERATIONS", "checked: { method: PUT, path: /checked, schema: save.json }")],
    },
];

const DESTINATION: &str = "
title: Acme
names: [Acme]
versions: { default: '1.0' }
settings:
  rows: { type: list, items: { id: { type: string }, <COLUMNS> } }
  <SETTINGS>
hosts: [api.acme.example.com]
rates: { other: { requests: 1, per: 1s }, <RATES> }
";

const VERSION: &str = "
version: '1.0'
server: { value: https://api.acme.example.com }
values:
  id: [userId]
  <VALUES>
sets:
  few: [a]
  <SETS>
operations:
  send: { method: POST, path: /send }
  put: { method: PUT, path: '/things/{save}' }
  <OPERATIONS>
";

const IDENTIFY: &str = "
message: identify
payload:
  person:
    id: userId
    <FIELDS>
  other:
    id: userId
    <OTHER_FIELDS>
  <PARTS>
steps:
  first:
    operation: send
    body: person
    capture: { id: response.body.id, <CAPTURES> }
  <STEPS>
";

/// Only where the parameter is what it is about: elsewhere a capture of that name would take its place.
const PUT: Edit = ("STEPS", "put: { operation: put, params: { <PARAMS> } }");

fn files(destination: &str, edits: &[Edit]) -> Vec<(String, String)> {
    let filled = |text: &str| {
        let mut text = text.to_owned();
        for place in [
            "COLUMNS",
            "SETTINGS",
            "RATES",
            "VALUES",
            "SETS",
            "OPERATIONS",
            "FIELDS",
            "OTHER_FIELDS",
            "PARTS",
            "CAPTURES",
            "STEPS",
            "PARAMS",
        ] {
            let marker = format!("<{place}>");
            let line = text.lines().find(|line| line.contains(&marker)).unwrap_or_default();
            let between = match line.trim() == marker {
                true => format!("\n{}", " ".repeat(line.len() - line.trim_start().len())),
                false => ", ".to_owned(),
            };
            let here: Vec<&str> =
                edits.iter().filter(|(at, _)| *at == place).map(|(_, text)| *text).collect();
            text = text.replace(&marker, &here.join(&between));
        }
        text
    };
    let mut files: Vec<(String, String)> = vec![
        (format!("mappings/{destination}/destination.yaml"), filled(DESTINATION)),
        (format!("mappings/{destination}/1.0/version.yaml"), filled(VERSION)),
        (format!("mappings/{destination}/1.0/identify.yaml"), filled(IDENTIFY)),
    ];
    if let Some((_, schema)) = edits.iter().find(|(place, _)| *place == "SCHEMA") {
        files.push((format!("schemas/{destination}/1.0/save.json"), (*schema).to_owned()));
    }
    files
}

fn sources(files: impl IntoIterator<Item = (String, String)>) -> Sources {
    files.into_iter().collect()
}

fn check(sources: &Sources) -> Result<Plans, Box<WithFindings>> {
    Spec::load(sources).check().map(mapwright::Valid::compile)
}

/// The findings as `rule in destination`, and the versions that can be used.
fn found(sources: &Sources) -> (Vec<String>, Vec<String>) {
    let (findings, plans) = match check(sources) {
        Ok(plans) => (Vec::new(), plans),
        Err(found) => {
            let findings = found.findings.iter().map(|finding| {
                let destination = finding.place.path.split('/').nth(1).unwrap_or_default();
                format!("{} in {destination}", finding.rule.id)
            });
            (findings.collect(), found.partial.compile())
        }
    };
    let versions = plans.destinations().flat_map(|destination| {
        plans.versions(destination).map(move |plan| format!("{destination} {}", plan.version()))
    });
    (findings, versions.collect())
}

fn edits(kind: &Kind, entry: &[Edit]) -> Vec<Edit> {
    let put = (kind.name == "parameter").then_some(PUT);
    entry.iter().chain(kind.using).copied().chain(put).collect()
}

#[test]
fn a_name_that_is_right_has_no_finding() {
    for kind in &KINDS {
        let sources = sources(files("a", &edits(kind, kind.right)));
        let findings = check(&sources).err().map(|found| list(&found.findings));
        assert_eq!(findings, None, "{}", kind.name);
    }
}

#[test]
fn a_name_whose_entry_could_not_be_read_is_reported_once() {
    for kind in &KINDS {
        let sources = sources(files("a", &edits(kind, kind.unread)));
        let found = check(&sources).unwrap_err();
        let findings = list(&found.findings);
        let of_use = found.findings.iter().filter(|finding| finding.rule.id == kind.rule).count();
        // a schema that cannot be read is found fault with by the rule that also finds those that are not there
        assert_eq!(of_use, usize::from(kind.name == "schema"), "{}: {findings}", kind.name);
        assert_eq!(found.partial.compile().versions("a").count(), 0, "{}", kind.name);
    }
}

#[test]
fn an_entry_that_could_not_be_read_hides_nothing_of_another_destination() {
    for kind in &KINDS {
        let both = files("a", &edits(kind, kind.unread)).into_iter().chain(files("b", &edits(kind, &[])));
        let (findings, versions) = found(&sources(both));
        let wanted = format!("{} in b", kind.rule);
        // a schema that is missing is reported where it is named, the broken one where it stands
        assert!(findings.contains(&wanted), "{}: {findings:?}", kind.name);
        assert!(versions.is_empty(), "{}: {versions:?}", kind.name);
    }
}

#[test]
fn an_entry_that_could_not_be_read_hides_nothing_of_another_kind() {
    for unread in &KINDS {
        for missing in &KINDS {
            if unread.name == missing.name {
                continue;
            }
            let all: Vec<Edit> = unread.unread.iter().copied().chain(edits(missing, &[])).collect();
            let sources = sources(files("a", &all));
            let found = check(&sources).unwrap_err();
            let hidden = !found.findings.iter().any(|finding| finding.rule.id == missing.rule);
            // a step that could not be read may make any capture
            let may_be_there = (unread.name, missing.name) == ("step", "capture");
            assert_eq!(
                hidden,
                may_be_there,
                "unread {}, missing {}: {}",
                unread.name,
                missing.name,
                list(&found.findings)
            );
        }
    }
}

#[test]
fn an_entry_that_could_not_be_read_hides_nothing_of_another_version() {
    let (a, b) = (files("a", &[("OPERATIONS", "save: 5")]), files("a", &[KINDS[0].using[0]]));
    let other =
        b.into_iter().skip(1).map(|(path, text)| (path.replace("1.0", "2.0"), text.replace("1.0", "2.0")));
    let (findings, versions) = found(&sources(a.into_iter().chain(other)));
    assert_eq!(findings, ["wrong-type in a", "unknown-operation in a"]);
    assert!(versions.is_empty(), "{versions:?}");
}

#[test]
fn where_all_entries_could_not_be_read_no_name_of_theirs_is_reported() {
    for (entries, using) in [
        ("operations", ("STEPS", "use_operation: { operation: save }")),
        ("values", ("FIELDS", "use_list: $save")),
        ("sets", ("FIELDS", "use_set: { from: traits, as: { omit: $save } }")),
        ("tables", ("FIELDS", "use_table: { from: userId, as: { lookup: save } }")),
    ] {
        // what stood there before becomes another finding
        let (entry, unreadable) = (format!("\n{entries}:\n"), format!("\n{entries}: 5\nunknown:\n"));
        let mut files = files("a", &[using]);
        files[1].1 =
            files[1].1.replace("\nsets:", "\ntables:\n  few: { a: b }\nsets:").replace(&entry, &unreadable);
        let found = check(&sources(files)).unwrap_err();
        let rules: Vec<&str> = found.findings.iter().map(|finding| finding.rule.id).collect();
        assert_eq!(rules, ["wrong-type", "unknown-key"], "{}", list(&found.findings));
    }
}

/// What is said of a place of the first version only once is true of each version that inherits it.
#[test]
fn a_finding_that_was_made_before_counts_against_each_version_that_has_it() {
    let first = files("a", &[KINDS[0].right[0], KINDS[0].using[0]]);
    let later = ["2.0", "3.0"].map(|number| {
        let text = format!("version: '{number}'\nextends: '1.0'\nremove: [operations.save]");
        (format!("mappings/a/{number}/version.yaml"), text)
    });
    let last = ("mappings/a/4.0/version.yaml".to_owned(), "version: '4.0'\nextends: '3.0'".to_owned());
    let sources = sources(first.into_iter().chain(later).chain([last]));
    let (findings, versions) = found(&sources);
    assert_eq!(findings, ["unknown-operation in a"]);
    assert_eq!(versions, ["a 1.0"]);
    let found = check(&sources).unwrap_err();
    let labels: Vec<&str> = found.findings[0].related.iter().map(|(_, label)| label.as_str()).collect();
    assert_eq!(
        labels,
        ["2.0", "3.0", "4.0"].map(|number| format!("in version `{number}`, which inherits it"))
    );
}

/// The newer version comes first in the order of its folder's name.
#[test]
fn what_is_wrong_only_in_a_version_that_inherits_a_place_does_not_count_against_the_other() {
    for (removed, rule) in [
        ("operations.send.path", "missing-key"),
        ("operations.put", "unknown-operation"),
        ("values.id", "unknown-value"),
    ] {
        let first = files("a", &[PUT, ("PARAMS", "save: $id")]);
        let first =
            first.into_iter().map(|(path, text)| (path.replace("1.0", "2.9"), text.replace("1.0", "2.9")));
        let text = format!("version: '2.10'\nextends: '2.9'\nremove: [{removed}]");
        let sources = sources(first.chain([("mappings/a/2.10/version.yaml".to_owned(), text)]));
        let (findings, versions) = found(&sources);
        assert_eq!(findings, [format!("{rule} in a")], "{removed}");
        assert_eq!(versions, ["a 2.9"], "{removed}");
        let found = check(&sources).unwrap_err();
        let label = found.findings[0].related.last().map(|(_, label)| label.as_str());
        assert_eq!(label, Some("in version `2.10`, which inherits it"), "{removed}");
    }
}

#[test]
fn what_is_wrong_where_it_is_written_is_not_said_of_the_version_that_inherits_it() {
    for kind in &KINDS {
        let first = files("a", &edits(kind, kind.unread));
        let first =
            first.into_iter().map(|(path, text)| (path.replace("1.0", "2.9"), text.replace("1.0", "2.9")));
        let text = "version: '2.10'\nextends: '2.9'".to_owned();
        let sources = sources(first.chain([("mappings/a/2.10/version.yaml".to_owned(), text)]));
        let found = check(&sources).unwrap_err();
        let labels: Vec<&str> = found
            .findings
            .iter()
            .flat_map(|finding| &finding.related)
            .map(|(_, label)| label.as_str())
            .collect();
        assert!(labels.is_empty(), "{}: {}", kind.name, list(&found.findings));
        assert_eq!(found.partial.compile().versions("a").count(), 0, "{}", kind.name);
    }
}

/// The finding about the first destination kept the second one's back, whose test then passed without the step.
#[test]
fn a_test_does_not_pass_with_a_step_left_out() {
    let test = "
tests:
  - name: one request
    event: { type: identify, userId: u1 }
    expect: { requests: [{ step: first }] }
";
    let test = ("mappings/b/1.0/identify.test.yaml".to_owned(), test.to_owned());
    let operation = &KINDS[0];
    let both = files("a", operation.unread).into_iter().chain(files("b", operation.using)).chain([test]);
    let sources = sources(both);
    let found = check(&sources).unwrap_err();
    let plans = found.partial.compile();
    assert_eq!(TestRun::new(&plans, &Schemas::new(&plans), &sources).cases, 0);
}
