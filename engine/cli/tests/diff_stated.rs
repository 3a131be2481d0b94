//! `mapwright diff` of what no kind of change describes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;

use common::run;

/// The mappings of which one place at a time is edited.
const STATED: [(&str, &str); 3] = [
    (
        "destination.yaml",
        "title: Acme
names: [Acme]
versions: { default: '1', aliases: { newest: '1' } }
settings: { key: { type: string, secret: true } }
hosts: [api.acme.example.com]
error: { code: response.body.code }
",
    ),
    (
        "1/version.yaml",
        "version: '1'
server: { value: https://api.acme.example.com }
auth: { basic: { username: settings.key, password: { value: x } } }
sets: { plans: [pro, team] }
operations:
  save:
    method: POST
    path: /people
    batch:
      most: 10
      wait: 1s
      id: item.id
      body: { kind: { value: people }, people: items }
",
    ),
    (
        "1/identify.yaml",
        "message: identify
values:
  known: { value: known, when: userId }
  code: { from: traits.code, as: integer, on_error: omit }
payload:
  person:
    id: userId
    plan: { from: traits.plan, when: traits.plan in $plans }
    kind: { switch: $known, cases: { known: traits.kind }, else: traits.other }
    order: { join: [traits.first, $code] }
    text: { template: '{{ settings.key }}x' }
require:
  - { any: [payload.person.id], otherwise: an id is required }
  - { that: traits.plan != 'none', otherwise: a plan is required }
steps: { save: { operation: save, body: person } }
",
    ),
];

fn stated(folder: &Path, edits: &[(&str, &str)]) {
    for (path, text) in STATED {
        let path = folder.join("mappings/acme").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = edits.iter().fold(text.to_owned(), |text, edit| text.replace(edit.0, edit.1));
        fs::write(path, text).unwrap();
    }
}

/// What is reported of edits, change by change.
fn told(edits: &[(&str, &str)]) -> Vec<String> {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    stated(old.path(), &[]);
    stated(new.path(), edits);
    let sides = [old.path().join("mappings"), new.path().join("mappings")];
    let ran = run(["diff", "--no-builtin", sides[0].to_str().unwrap(), sides[1].to_str().unwrap()]);
    assert!(ran.code != Some(2), "{edits:?}: {ran}");
    let words = ["breaking ", "behavioural ", "cosmetic "];
    let lines = ran.stdout.lines().map(str::trim);
    lines.filter(|line| words.iter().any(|word| line.starts_with(word))).map(str::to_owned).collect()
}

#[test]
fn what_no_kind_of_change_describes_is_told_as_it_is_stated() {
    let mut all = String::new();
    for edit in [
        ("names: [Acme]", "names: [Acme, ACME]"),
        ("newest: '1'", "latest: '1'"),
        (", secret: true", ""),
        ("error: { code: response.body.code }", "error: { code: response.body.error }"),
        ("password: { value: x }", "password: { value: y }"),
        ("plans: [pro, team]", "plans: [pro, solo]"),
        ("wait: 1s", "wait: 2s"),
        ("id: item.id", "id: item.kind"),
        ("{ value: people }, people: items", "{ value: persons }, people: items"),
        ("{ value: known, when: userId }", "{ value: other, when: userId }"),
        ("on_error: omit", "on_error: reject"),
        (
            "  - { any: [payload.person.id], otherwise: an id is required }\n  - { that: traits.plan != 'none', otherwise: a plan is required }\n",
            "  - { that: traits.plan != 'none', otherwise: a plan is required }\n  - { any: [payload.person.id], otherwise: an id is required }\n",
        ),
    ] {
        let told = told(&[edit]);
        let one = told.iter().find(|line| line.contains(" states "));
        all += &format!("{}\n", one.unwrap_or_else(|| panic!("{edit:?}: {told:?}")));
    }
    insta::assert_snapshot!(all);
    // for readers only
    for edit in [("title: Acme", "title: The Acme"), ("versions:", "# a comment\nversions:")] {
        let told = told(&[edit]);
        assert!(!told.iter().any(|line| line.contains(" states ")), "{edit:?}: {told:?}");
    }
}

#[test]
fn several_changes_on_a_line_are_all_told() {
    let mut all = String::new();
    for edits in [
        &[("type: string", "type: number"), (", secret: true", "")][..],
        &[("hosts: [", "hosts: [eu.acme.example.com, "), ("names: [Acme]", "names: [Acme, ACME]")],
        &[
            ("when: traits.plan in $plans", "when: userId, error: wrong plan"),
            ("plans: [pro, team]", "plans: [pro]"),
        ],
        &[
            ("id: userId\n", "id: [userId, traits.id]\n"),
            ("as: integer, on_error: omit", "as: integer, on_error: reject"),
        ],
    ] {
        let told = told(edits);
        all += &format!("{edits:?}\n");
        told.iter().for_each(|line| all += &format!("  {line}\n"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn other_spellings_are_no_changes() {
    for edit in [
        ("when: traits.plan in $plans", "when: '(traits.plan in $plans)'"),
        ("that: traits.plan != 'none'", "that: (traits.plan) != \"none\""),
        ("plan: { from: traits.plan, when", "plan: { from: $.traits.plan, when"),
        ("id: userId", "id: { from: userId }"),
        ("join: [traits.first, $code]", "join: [{ from: traits.first }, $code]"),
        ("as: integer, on_error", "as: [integer], on_error"),
        ("'{{ settings.key }}x'", "\"{{settings.key}}x\""),
    ] {
        let told = told(&[edit]);
        assert!(told.is_empty(), "{edit:?}: {told:?}");
    }
}

#[test]
fn requirements_that_are_looser_or_stricter() {
    let any = "any: [payload.person.id]";
    let with = |needs: &'static str| told(&[(any, needs)]);
    insta::assert_snapshot!(
        [
            with("any: [payload.person.id, payload.person.kind]"),
            with("all: [payload.person.id, payload.person.kind]"),
            with("any: [payload.person.id], when: traits.plan"),
            with("any: [payload.person.kind]"),
        ]
        .map(|lines| lines.join("\n"))
        .join("\n\n")
    );
}

#[test]
fn what_is_an_attribute_and_read_as_well_has_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let rest = ("    kind: {", "    rest: { rest_of: [traits] }\n    kind: {");
    let second = ("steps: {", "steps: { note: { operation: note, body: { text: traits.note } },");
    let operation = ("operations:\n", "operations:\n  note: { method: POST, path: /notes }\n");
    stated(folder.path(), &[rest, second, operation]);
    let mappings = folder.path().join("mappings");
    let mappings = mappings.to_str().unwrap();
    let ran = run(["diff", "--no-builtin", mappings, mappings]);
    assert_eq!(ran.stdout, "no changes\n", "{ran}");
}
