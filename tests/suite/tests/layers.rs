//! One set of rules for laying files over each other: versions, shared parts and steps, variants, destinations.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use mapwright::{Sources, Spec};
use mapwright_tests::{DESTINATION, VERSION, findings, sources};

const IDENTIFY: &str = "
message: identify
skip: [{ when: traits.internal, reason: internal users are not sent }]
payload:
  person:
    id: [userId, traits.id, { from: anonymousId, when: settings.flag }]
    name: { join: [traits.first, traits.last], with: ' ' }
    score: { from: traits.score, as: [number, { round: 2 }] }
    rest: { rest_of: [traits, context.traits], omit: [a, b] }
require:
  - { any: [payload.person.id, traits.email], otherwise: an id is required, code: no_id }
warn:
  - { when: traits.old, code: old, message: an old trait }
  - { when: traits.odd, code: odd, message: an odd trait }
steps:
  find: { operation: find, capture: { id: response.body.id } }
  send:
    operation: send
    body: person
    on:
      - { status: 404, class: done }
      - { status: 409, class: give_up, code: conflict }
";

/// The files of a version 1.1 that extends the first with this `identify.yaml`.
fn extended(identify: &str, over: &str) -> Sources {
    let mut files = sources(identify);
    files.insert("mappings/acme/1.1/version.yaml", "version: \"1.1\"\nextends: \"1.0\"\n");
    files.insert("mappings/acme/1.1/identify.yaml", over);
    files
}

/// What a mapping of version 1.1 is, without places.
fn shown(over: &str) -> String {
    let files = extended(IDENTIFY, over);
    assert_eq!(findings(&files), "");
    plain(&files, "acme/1.1/identify", None)
}

fn plain(files: &Sources, address: &str, variant: Option<&str>) -> String {
    let shown = Spec::load(files).show(address, variant).unwrap();
    let lines = shown.lines().map(|line| line.rsplit_once("  # ").map_or(line, |(line, _)| line).trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_list_is_edited_by_the_same_words() {
    insta::assert_snapshot!(shown(
        "
message: identify
skip: { first: { when: traits.test, reason: tests are not sent } }
payload:
  person:
    id: { from: { without: anonymousId, last: [traits.uid], instead: { traits.id: traits.ID } } }
    name: { join: { first: traits.title } }
    score: { as: { instead: { round: { round: 1 } }, last: absolute } }
    rest: { omit: { last: c, without: a }, rest_of: { without: context.traits } }
require: { instead: { no_id: { any: { last: traits.phone } } } }
warn: { without: old, instead: { odd: { message: a strange trait } } }
steps:
  send: { on: { first: { status: 410, class: done }, without: conflict, instead: { 404: { class: retry } } } }
"
        .replace("absolute", "string")
        .as_str()
    ));
}

#[test]
fn an_edit_beside_the_list_is_told_and_takes_the_place_of_nothing() {
    let over =
        "message: identify\npayload: { person: { id: { first: traits.uid, without: anonymousId } } }\n";
    insta::assert_snapshot!(findings(&extended(IDENTIFY, over)));
}

#[test]
fn what_is_removed_is_gone_before_the_file_is_laid() {
    insta::assert_snapshot!(shown(
        "
message: identify
remove: [payload.person.score, require.no_id, warn, steps.send.on.404, skip]
payload: { person: { score: traits.points } }
"
    ));
}

#[test]
fn what_replaces_inherits_nothing() {
    insta::assert_snapshot!(shown(
        "
message: identify
payload: { person: { replace: true, id: userId, email: traits.email } }
require: [{ any: [userId], otherwise: userId is required }]
steps:
  send: { replace: true, operation: send, body: person }
"
    ));
}

#[test]
fn new_steps_say_where_they_go() {
    let steps = "
message: identify
steps:
  first: { operation: find, before: find }
  second: { operation: find, after: find }
  third: { operation: find, after: find }
  last: { operation: find }
";
    let shown = shown(steps);
    let names: Vec<&str> = ["first:", "find:", "second:", "third:", "send:", "last:"].into();
    let places: Vec<usize> = names.iter().map(|name| shown.find(&format!("\n  {name}")).unwrap()).collect();
    assert!(places.is_sorted(), "{shown}");
}

#[test]
fn a_mapping_is_laid_over_the_parts_rows_and_steps_of_its_version() {
    let identify = "
message: identify
remove: [payload.lookup.phone]
order: { user: { on_error: omit } }
payload:
  lookup: { email: { as: lowercase }, name: traits.name }
steps:
  look: { use: look, when: payload.lookup.name, remove: [warn], on: { last: { status: 410, class: done } } }
  send: { operation: send, body: lookup }
variants:
  short: { when: traits.short, payload: { other: { b: traits.b } }, steps: { send: { body: other } } }
";
    let version = format!(
        "{VERSION}
order: {{ user: {{ from: [userId], as: string }} }}
payload:
  lookup: {{ email: traits.email, phone: traits.phone }}
  other: {{ a: traits.a }}
steps:
  look: {{ use: base, operation: get }}
  base:
    operation: find
    params: {{ id: userId }}
    warn: [{{ code: looked, message: looked }}]
    on: [{{ status: 404, class: done }}]
"
    );
    let mut files = sources(identify);
    files.insert("mappings/acme/1.0/version.yaml", version);
    assert_eq!(findings(&files), "");
    let mapping = plain(&files, "acme/1.0/identify", None);
    let variant = plain(&files, "acme/1.0/identify", Some("short"));
    insta::assert_snapshot!(format!("{mapping}\n---\n{variant}"));
    // what a later version makes of a shared part counts in the mapping that is laid over it
    files.insert(
        "mappings/acme/2.0/version.yaml",
        "version: \"2.0\"\nextends: \"1.0\"\npayload: { lookup: { email: context.traits.email } }\n",
    );
    assert_eq!(findings(&files), "");
    let later = plain(&files, "acme/2.0/identify", None);
    assert!(later.contains("from: context.traits.email\n      as: lowercase"), "{later}");
}

#[test]
fn a_variant_of_an_inherited_mapping_is_edited_too() {
    let identify = format!(
        "{IDENTIFY}variants:\n  short:\n    when: traits.short\n    remove: [steps.find]\n    payload: {{ person: {{ id: {{ from: {{ first: traits.short }} }} }} }}\n"
    );
    let over = "
message: identify
payload: { person: { id: { from: { last: traits.uid } } } }
variants:
  short: { payload: { person: { id: { from: { without: anonymousId } } } } }
  long: { when: traits.long, payload: { person: { score: { default: 1 } } } }
";
    let files = extended(&identify, over);
    assert_eq!(findings(&files), "");
    let short = plain(&files, "acme/1.1/identify", Some("short"));
    let sources = ["traits.short", "userId", "traits.id", "traits.uid"].join("\n        - ");
    assert!(short.contains(&sources) && !short.contains("anonymousId"), "{short}");
    assert!(!short.contains("find:"), "{short}");
    let gone = "message: identify\nremove: [variants.short.payload.person.name]\n";
    let files = extended(&identify, gone);
    assert_eq!(findings(&files), "");
    assert!(!plain(&files, "acme/1.1/identify", Some("short")).contains("name:"));
    assert!(plain(&files, "acme/1.1/identify", None).contains("name:"));
    let files = extended(&identify, "message: identify\nremove: [variants.short]\n");
    assert_eq!(findings(&files), "");
    assert!(!plain(&files, "acme/1.1/identify", None).contains("variants"));
}

#[test]
fn overrides_of_nothing_are_findings() {
    insta::assert_snapshot!(findings(&extended(
        IDENTIFY,
        "
message: identify
remove: [variants.shrot, require.no_idd]
payload:
  person:
    id: { from: { without: traits.idd, instead: { traits.uid: traits.UID } } }
    new: { from: { first: userId } }
    other: { on_error: omit }
  another: { replace: true, id: userId }
warn: { without: ood }
steps:
  send: { operation: put, params: { id: userId }, before: find }
  more: { operation: find, after: sned }
"
    )));
    insta::assert_snapshot!(findings(&sources(
        "
message: identify
remove: [steps.find]
payload: { person: { id: { from: { last: userId } } } }
require: { last: { that: userId, otherwise: a } }
steps:
  send: { operation: send, body: person, after: find }
variants:
  short: { when: traits.short, steps: { find: { when: userId } } }
"
    )));
}

#[test]
fn a_destination_is_laid_over_another() {
    let mut files = extended(IDENTIFY, "message: identify\nremove: [skip]\n");
    files.insert(
        "mappings/other/destination.yaml",
        "
extends: acme
title: Other
names: { first: Other }
settings: { region: { one_of: { last: au } }, extra: { type: string } }
versions: { default: \"1.1\" }
",
    );
    files.insert(
        "mappings/other/1.0/version.yaml",
        "version: \"1.0\"\nheaders: { X-Extra: settings.extra }\n",
    );
    files.insert(
        "mappings/other/1.0/identify.yaml",
        "message: identify\npayload: { person: { extra: settings.extra } }\n",
    );
    files.insert("mappings/other/3/version.yaml", "version: \"3\"\nextends: \"1.1\"\n");
    assert_eq!(findings(&files), "");
    insta::assert_snapshot!(plain(&files, "other", None));
    let newest = plain(&files, "other/3/identify", None);
    assert!(newest.contains("extra: settings.extra") && !newest.contains("skip"), "{newest}");
    assert!(plain(&files, "other/3", None).contains("X-Extra"));
    assert!(!plain(&files, "acme/1.1", None).contains("X-Extra"));

    files.insert("mappings/acme/destination.yaml", format!("{DESTINATION}extends: other\n"));
    insta::assert_snapshot!(findings(&files));
    files.insert("mappings/acme/destination.yaml", format!("{DESTINATION}extends: othre\n"));
    insta::assert_snapshot!(findings(&files));
}

#[test]
fn a_file_of_ones_own_is_laid_over_the_one_of_the_same_path() {
    let mut files = sources(IDENTIFY);
    let own = [
        ("mappings/acme/destination.yaml", "settings: { extra: { type: string } }\n"),
        ("mappings/acme/1.0/identify.yaml", "payload: { person: { extra: settings.extra } }\n"),
    ];
    files.extend(own.into_iter().collect());
    assert_eq!(findings(&files), "");
    let shown = plain(&files, "acme/1.0/identify", None);
    assert!(shown.contains("extra: settings.extra") && shown.contains("operation: find"), "{shown}");
}

#[test]
fn a_version_removes_an_inherited_mapping() {
    let files = |remove: &str| {
        let mut files = sources(IDENTIFY);
        files.insert("mappings/acme/1.0/page.yaml", "message: page\nsteps: { send: { operation: send } }\n");
        files.insert(
            "mappings/acme/1.0/page.test.yaml",
            "tests:\n  - name: a page\n    event: { type: page }\n    expect: { requests: [{ step: send }] }\n",
        );
        files.insert(
            "mappings/acme/1.1/version.yaml",
            format!("version: \"1.1\"\nextends: \"1.0\"\n{remove}"),
        );
        files.insert("mappings/acme/1.2/version.yaml", "version: \"1.2\"\nextends: \"1.1\"\n");
        files
    };
    let mapped = |files: &Sources, version: &str| -> Vec<String> {
        let plans = mapwright_tests::compile(files);
        let plan = plans.plan("acme", Some(version), &serde_json::json!({})).unwrap();
        plan.messages().map(str::to_owned).collect()
    };
    let all = files("");
    assert_eq!(mapped(&all, "1.2"), ["identify", "page"]);
    let fewer = files("remove: [mappings.page]\n");
    assert_eq!(mapped(&fewer, "1.0"), ["identify", "page"]);
    assert_eq!(mapped(&fewer, "1.1"), ["identify"]);
    assert_eq!(mapped(&fewer, "1.2"), ["identify"]);
    assert_eq!(
        findings(&files("remove: [mappings.pgae]\n")),
        "mappings/acme/1.1/version.yaml:3:10 override-nothing: `mappings.pgae` is removed here, but nothing of that name is inherited (did you mean `mappings.page`?)"
    );
    // one of its own is new
    let mut own = files("remove: [mappings.page]\n");
    own.insert("mappings/acme/1.1/page.yaml", "message: page\nsteps: { look: { operation: find } }\n");
    assert_eq!(
        plain(&own, "acme/1.2/page", None),
        "message: page\nsteps: { look: { operation: find } }\noperations: { find: { method: GET, path: /things } }"
    );
}
