//! `mapwright diff`: every kind of change is found, by an edit of one thing, and the edit alone.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use common::{root, run};
use serde_json::Value;

const DESTINATION: (&str, &str) = (
    "mappings/acme/destination.yaml",
    r##"title: Acme
description: A destination.
names: [Acme]
versions: { default: '1' }
settings:
  key: { type: string, secret: true, required: true }
  region: { type: string, one_of: [us, eu], default: us }
  plain: { type: string }
sources:
  web: { cloud: [identify, track] }
hosts: [api.acme.example.com, eu.acme.example.com]
rates: { all: { requests: 60, per: 1m } }
responses:
  - { status: 429, class: throttle }
  - { status: 404, class: give_up, code: gone, advice: look it up }
  - { status: 410, class: give_up }
unsupported: { skip: nothing to do }
"##,
);
const VERSION: (&str, &str) = (
    "mappings/acme/1/version.yaml",
    r##"version: '1'
description: The first.
server: { value: https://api.acme.example.com }
headers: { X-Key: settings.key }
query: { v: { value: '1' } }
tables: { plans: { p: pro } }
sets: { reserved: [token] }
operations:
  save: { method: POST, path: /people, rate: all, schema: person.json, declared: { person: rest } }
  find: { method: GET, path: /people }
  note: { method: POST, path: /notes }
"##,
);
const IDENTIFY: (&str, &str) = (
    "mappings/acme/1/identify.yaml",
    r##"message: identify
description: A person.
skip:
  - { when: traits.test, reason: a test }
values:
  known: { from: traits.known, as: boolean, on_error: omit }
payload:
  person:
    id: [userId, traits.id]
    mail: { from: traits.email, as: lowercase, error: no mail }
    plan: { from: traits.plan, as: { lookup: plans }, on_error: omit }
    name: { from: traits.name, as: { limit_text: 10 } }
    note: { from: traits.note, when: traits.noted, description: A note. }
    size: { from: traits.size, as: integer }
    when: traits.date
    rest: { rest_of: [traits], omit: [$reserved], as: [{ flatten: { separator: . } }, { limit_names: { max: 9, without: $ } }, { limit_keys: 5 }, { scalars: { others: json } }] }
  memo:
    text: traits.memo
    kind: { value: memo }
require:
  - { any: [payload.person.id, payload.person.mail], otherwise: an id is required }
  - { that: traits.plan != 'none', otherwise: a plan is required, code: no_plan }
warn:
  - { when: traits.old, code: old, message: this is old }
  - { when: traits.odd, code: odd, message: this is odd }
order: { user: userId }
steps:
  find: { operation: find, query: { id: payload.person.id }, capture: { found: response.body.id }, when: $known and options.look }
  save: { operation: save, body: person }
  note: { operation: note, body: memo, on: [{ status: 409, class: done }] }
variants:
  retl:
    when: channel == 'sources'
"##,
);
const TRACK: (&str, &str) = (
    "mappings/acme/1/track.yaml",
    r##"message: track
payload: { event: { name: event } }
steps: { note: { operation: note, body: event } }
"##,
);
const SCHEMA: (&str, &str) = (
    "schemas/acme/1/person.json",
    r##"{"type": "object", "properties": {"id": {"type": "string"}, "mail": {"type": "string", "maxLength": 50}, "plan": {"enum": ["pro", "free"]}, "size": {"type": "integer"}, "note": {"type": "string", "pattern": "^a"}}}"##,
);

/// An edit: the file, what is there, and what takes its place; a file without either is removed.
type Edit = ((&'static str, &'static str), &'static str, &'static str);

/// Edits, with the kinds of change that they are, and that their reverse is.
const EDITS: &[(&str, &str, &[Edit])] = &[
    ("message_removed", "message_added", &[(TRACK, "", "")]),
    ("message_when", "", &[(IDENTIFY, "channel == 'sources'", "channel == 'warehouse'")]),
    ("message_types", "message_types_dropped", &[(TRACK, "message: track", "message: [track, page]")]),
    (
        "calls_changed",
        "",
        &[(
            IDENTIFY,
            "  save: { operation: save, body: person }\n",
            "  save: { operation: save, body: person }\n  again: { operation: note, body: memo }\n",
        )],
    ),
    ("field_removed", "field_added", &[(IDENTIFY, "    kind: { value: memo }\n", "")]),
    ("field_renamed", "", &[(IDENTIFY, "    when: traits.date", "    date: traits.date")]),
    (
        "field_moved",
        "",
        &[
            (IDENTIFY, "    name: { from: traits.name, as: { limit_text: 10 } }\n", ""),
            (
                IDENTIFY,
                "    kind: { value: memo }\n",
                "    kind: { value: memo }\n    name: { from: traits.name, as: { limit_text: 10 } }\n",
            ),
        ],
    ),
    (
        "attribute_to_field",
        "field_to_attribute",
        &[(IDENTIFY, "    when: traits.date\n", "    when: traits.date\n    city: traits.city\n")],
    ),
    (
        "field_retyped",
        "",
        &[
            (SCHEMA, "\"size\": {\"type\": \"integer\"}", "\"size\": {\"type\": \"string\"}"),
            (IDENTIFY, "as: integer", "as: string"),
        ],
    ),
    ("sources_removed", "sources_added", &[(IDENTIFY, "[userId, traits.id]", "[userId]")]),
    ("priority_changed", "", &[(IDENTIFY, "[userId, traits.id]", "[traits.id, userId]")]),
    ("conversion_changed", "", &[(IDENTIFY, "as: lowercase", "as: uppercase")]),
    ("limit_lowered", "limit_raised", &[(IDENTIFY, "limit_text: 10", "limit_text: 5")]),
    ("limit_changed", "", &[(IDENTIFY, "others: json", "others: keep")]),
    (
        "absence_stricter",
        "",
        &[(IDENTIFY, "    when: traits.date", "    when: { from: traits.date, on_missing: reject }")],
    ),
    (
        "absence_changed",
        "",
        &[(IDENTIFY, "    when: traits.date", "    when: { from: traits.date, default: 0 }")],
    ),
    ("field_condition", "", &[(IDENTIFY, "when: traits.noted", "when: traits.notable")]),
    ("attributes_from", "", &[(IDENTIFY, "rest_of: [traits]", "rest_of: [traits, context.traits]")]),
    ("attribute_naming", "", &[(IDENTIFY, "separator: .", "separator: _")]),
    ("attribute_names", "", &[(IDENTIFY, "without: $ ", "without: $_ ")]),
    ("attributes_reserved", "attributes_freed", &[(VERSION, "reserved: [token]", "reserved: [token, key]")]),
    ("declaration_dropped", "declaration_required", &[(VERSION, ", declared: { person: rest }", "")]),
    (
        "body_removed",
        "body_added",
        &[(IDENTIFY, "  note: { operation: note, body: memo, on", "  note: { operation: note, on")],
    ),
    (
        "requirement_removed",
        "requirement_added",
        &[(
            IDENTIFY,
            "  - { that: traits.plan != 'none', otherwise: a plan is required, code: no_plan }\n",
            "",
        )],
    ),
    ("requirement_stricter", "requirement_looser", &[(IDENTIFY, "any: [payload", "all: [payload")]),
    ("requirement_code", "", &[(IDENTIFY, "code: no_plan", "code: planless")]),
    ("requirement_reworded", "", &[(IDENTIFY, "a plan is required", "a plan is needed")]),
    ("skip_removed", "skip_added", &[(IDENTIFY, "skip:\n  - { when: traits.test, reason: a test }\n", "")]),
    (
        "warning_removed",
        "warning_added",
        &[(IDENTIFY, "  - { when: traits.odd, code: odd, message: this is odd }\n", "")],
    ),
    ("warning_when", "", &[(IDENTIFY, "when: traits.old", "when: traits.ancient")]),
    ("warning_reworded", "", &[(IDENTIFY, "this is old", "this is very old")]),
    ("order_changed", "", &[(IDENTIFY, "user: userId", "user: traits.id")]),
    ("option_ignored", "option_read", &[(IDENTIFY, " and options.look", "")]),
    ("named_value_changed", "", &[(IDENTIFY, "from: traits.known", "from: traits.wellKnown")]),
    (
        "step_removed",
        "step_added",
        &[(
            IDENTIFY,
            "  find: { operation: find, query: { id: payload.person.id }, capture: { found: response.body.id }, when: $known and options.look }\n",
            "",
        )],
    ),
    ("step_renamed", "", &[(IDENTIFY, "  save: { operation: save", "  store: { operation: save")]),
    (
        "step_moved",
        "",
        &[
            (IDENTIFY, "  save: { operation: save, body: person }\n", ""),
            (IDENTIFY, "steps:\n", "steps:\n  save: { operation: save, body: person }\n"),
        ],
    ),
    ("step_changed", "", &[(IDENTIFY, "$known and options.look", "$known or options.look")]),
    (
        "endpoint_added",
        "endpoint_removed",
        &[(VERSION, "  note: {", "  other: { method: POST, path: /others }\n  note: {")],
    ),
    ("endpoint_changed", "", &[(VERSION, "POST, path: /people", "PUT, path: /people")]),
    (
        "operation_renamed",
        "",
        &[(VERSION, "  find: {", "  search: {"), (IDENTIFY, "operation: find", "operation: search")],
    ),
    ("operation_changed", "", &[(VERSION, "path: /notes", "path: /notes, encoding: form")]),
    ("schema_stricter", "schema_looser", &[(SCHEMA, "\"maxLength\": 50", "\"maxLength\": 40")]),
    (
        "schema_stricter",
        "schema_looser",
        &[(
            SCHEMA,
            "{\"type\": \"object\",",
            "{\"type\": \"object\", \"anyOf\": [{\"required\": [\"id\"]}, {\"required\": [\"mail\"]}],",
        )],
    ),
    ("schema_otherwise", "", &[(SCHEMA, "\"^a\"", "\"^b\"")]),
    (
        "auth_changed",
        "",
        &[(
            VERSION,
            "headers: {",
            "auth: { basic: { username: settings.key, password: { value: x } } }\nheaders: {",
        )],
    ),
    ("header_changed", "", &[(VERSION, "X-Key: settings.key", "X-Key: settings.plain")]),
    ("parameter_changed", "", &[(VERSION, "v: { value: '1' }", "v: { value: '2' }")]),
    ("server_changed", "", &[(VERSION, "server: { value: https://api", "server: { value: https://eu")]),
    ("host_added", "host_removed", &[(DESTINATION, "hosts: [", "hosts: [au.acme.example.com, ")]),
    ("answer_removed", "answer_added", &[(IDENTIFY, ", on: [{ status: 409, class: done }]", "")]),
    ("answer_changed", "", &[(DESTINATION, "status: 410, class: give_up", "status: 410, class: retry")]),
    ("code_changed", "", &[(DESTINATION, "code: gone", "code: missing")]),
    ("advice_changed", "", &[(DESTINATION, "advice: look it up", "advice: look again")]),
    ("rate_changed", "", &[(DESTINATION, "requests: 60", "requests: 30")]),
    ("setting_added", "setting_removed", &[(DESTINATION, "  plain:", "  more: { type: string }\n  plain:")]),
    (
        "setting_required",
        "setting_optional",
        &[(DESTINATION, "plain: { type: string }", "plain: { type: string, required: true }")],
    ),
    ("setting_read", "setting_ignored", &[(IDENTIFY, "kind: { value: memo }", "kind: settings.plain")]),
    ("setting_values", "", &[(DESTINATION, "one_of: [us, eu]", "one_of: [us, au]")]),
    ("setting_default", "", &[(DESTINATION, "default: us", "default: eu")]),
    ("table_changed", "", &[(VERSION, "p: pro", "p: prof")]),
    ("unsupported_changed", "", &[(DESTINATION, "skip: nothing", "reject: nothing")]),
    ("source_changed", "", &[(DESTINATION, "cloud: [identify, track]", "cloud: [identify]")]),
    ("stated_otherwise", "", &[(IDENTIFY, "as: boolean, on_error: omit", "as: boolean, on_error: reject")]),
    ("described", "", &[(IDENTIFY, "A note.", "Notes.")]),
];

fn write(folder: &Path, edits: &[Edit]) {
    for (path, text) in [DESTINATION, VERSION, IDENTIFY, TRACK, SCHEMA] {
        let mut text = text.to_owned();
        let mut is_gone = false;
        for ((of, _), old, new) in edits.iter().filter(|edit| edit.0.0 == path) {
            assert!(text.contains(old), "{of}: {old}");
            is_gone |= old.is_empty() && new.is_empty();
            text = text.replacen(old, new, 1);
        }
        if !is_gone {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
}

/// The kinds of changes from one folder to another.
fn kinds(old: &Path, new: &Path) -> Vec<String> {
    let sides = [old.to_str().unwrap(), new.to_str().unwrap()];
    let ran = run(["diff", "--no-builtin", "--format", "json", sides[0], sides[1]]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"));
    let changes =
        report["diffs"].as_array().unwrap().iter().flat_map(|diff| diff["changes"].as_array().unwrap());
    changes.map(|change| change["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_kind_of_change_is_found() {
    let base = tempfile::tempdir().unwrap();
    write(base.path(), &[]);
    assert_eq!(kinds(base.path(), base.path()), [""; 0]);
    let mut found = BTreeSet::from(["version_removed".to_owned(), "version_added".to_owned()]);
    let mut all = String::new();
    for (kind, reverse, edits) in EDITS {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), edits);
        let (there, back) = (kinds(base.path(), folder.path()), kinds(folder.path(), base.path()));
        assert!(there.iter().any(|it| it == kind), "{kind}: {there:?}");
        assert!(reverse.is_empty() || back.iter().any(|it| it == reverse), "{reverse}: {back:?}");
        writeln!(all, "{kind}: {}", there.join(", ")).unwrap();
        writeln!(all, "  back: {}", back.join(", ")).unwrap();
        found.extend(there.into_iter().chain(back));
    }
    insta::assert_snapshot!(all);
    let version = tempfile::tempdir().unwrap();
    write(version.path(), &[]);
    let second = version.path().join("mappings/acme/2/version.yaml");
    fs::create_dir_all(second.parent().unwrap()).unwrap();
    fs::write(second, "version: '2'\nextends: '1'\n").unwrap();
    assert_eq!(kinds(base.path(), version.path()), ["version_added"]);
    assert_eq!(kinds(version.path(), base.path()), ["version_removed"]);
    // docs/diff.md lists them all, as another test makes sure
    let page = fs::read_to_string(root().join("docs/diff.md")).unwrap();
    let (_, table) = page.split_once("| kind | level | meaning |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    let listed: BTreeSet<String> = rows.filter_map(|row| row.split('`').nth(1)).map(str::to_owned).collect();
    assert_eq!(found, listed);
}
