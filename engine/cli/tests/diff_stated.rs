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
require:
  - { any: [payload.person.id], otherwise: an id is required }
  - { that: traits.plan != 'none', otherwise: a plan is required }
steps: { save: { operation: save, body: person } }
",
    ),
];

fn stated(folder: &Path, edit: (&str, &str)) {
    for (path, text) in STATED {
        let path = folder.join("mappings/acme").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace(edit.0, edit.1)).unwrap();
    }
}

#[test]
fn what_no_kind_of_change_describes_is_told_as_it_is_stated() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    stated(old.path(), ("", ""));
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
        stated(new.path(), edit);
        let sides = [old.path().join("mappings"), new.path().join("mappings")];
        let ran = run(["diff", "--no-builtin", sides[0].to_str().unwrap(), sides[1].to_str().unwrap()]);
        assert_eq!(ran.code, Some(1), "{edit:?}: {ran}");
        let told = ran.stdout.lines().find(|line| line.contains(" states ")).map(str::trim);
        all += &format!("{}\n", told.unwrap_or_else(|| panic!("{edit:?}: {ran}")));
    }
    insta::assert_snapshot!(all);
    // for readers only
    for edit in [("title: Acme", "title: The Acme"), ("versions:", "# a comment\nversions:")] {
        stated(new.path(), edit);
        let sides = [old.path().join("mappings"), new.path().join("mappings")];
        let ran = run(["diff", "--no-builtin", sides[0].to_str().unwrap(), sides[1].to_str().unwrap()]);
        assert!(!ran.stdout.contains(" states "), "{edit:?}: {ran}");
    }
}
